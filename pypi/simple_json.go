package pypi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// simplePage is a page by PEP 691. Pointers tell what is missing or null from
// what is empty: a page without a list of files is no page with an empty list.
type simplePage struct {
	Meta *struct {
		Version string `json:"api-version"`
		Serial  int64  `json:"_last-serial"`
	} `json:"meta"`
	Name     *string       `json:"name"`
	Files    *[]simpleFile `json:"files"`
	Versions []string      `json:"versions"`
	Status   struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	} `json:"project-status"`
}

type simpleFile struct {
	Filename string            `json:"filename"`
	URL      string            `json:"url"`
	Hashes   map[string]string `json:"hashes"`
	Size     int64             `json:"size"`
	Uploaded string            `json:"upload-time"`
	Requires string            `json:"requires-python"`
	Yanked   yanked            `json:"yanked"`
	Core     coreMetadata      `json:"core-metadata"`
	Proven   string            `json:"provenance"`
}

// yanked is false, true, or the reason.
type yanked struct {
	is     bool
	reason string
}

func (y *yanked) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &y.is) == nil {
		return nil
	}
	y.is = true // an empty reason is a reason
	return json.Unmarshal(b, &y.reason)
}

// coreMetadata is false, true, or hashes.
type coreMetadata struct{ sha256 string }

func (c *coreMetadata) UnmarshalJSON(b []byte) error {
	var is bool
	if json.Unmarshal(b, &is) == nil {
		return nil
	}
	var hashes map[string]string
	err := json.Unmarshal(b, &hashes)
	c.sha256 = strings.ToLower(hashes["sha256"])
	return err
}

func parseSimpleJSON(a answer, p Page) (Page, error) {
	if a.kind != "application/vnd.pypi.simple.v1+json" && a.kind != "application/json" {
		return unread(p), a.notIndex("it is neither JSON nor a page of links")
	}
	var s simplePage
	if err := a.decode(&s); err != nil {
		return unread(p), err
	}
	switch {
	case s.Meta == nil || s.Name == nil || s.Files == nil:
		return unread(p), a.notIndex("the JSON has no meta, name or files")
	case !strings.HasPrefix(s.Meta.Version, "1."):
		return unread(p), a.notIndex("the JSON is of another API version than 1")
	case NormalizeName(*s.Name) != p.Name:
		return unread(p), a.notIndex("the page is of another project")
	}
	for _, f := range *s.Files {
		file, err := f.file(a.url)
		if err != nil {
			return unread(p), a.notIndex(err.Error())
		}
		p.Files = append(p.Files, file)
	}
	p.Versions = s.Versions
	p.Serial = max(p.Serial, s.Meta.Serial)
	p.Project, p.Reason = s.Status.Status, s.Status.Reason
	return p, nil
}

func (f simpleFile) file(base *url.URL) (File, error) {
	at, err := fileURL(base, f.URL)
	if err != nil {
		return File{}, err
	}
	file := File{
		Name: f.Filename, URL: at, SHA256: strings.ToLower(f.Hashes["sha256"]), Size: f.Size,
		Yanked: f.Yanked.is, YankedReason: f.Yanked.reason, RequiresPython: f.Requires,
		Uploaded: uploadTime(f.Uploaded), CoreMetadata: f.Core.sha256,
	}
	if f.Proven != "" {
		if file.Provenance, err = fileURL(base, f.Proven); err != nil {
			return File{}, err
		}
	}
	return file, file.check()
}

var hexSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check refuses what no index lists, so that nothing later has to.
func (f File) check() error {
	switch {
	case f.Name == "" || strings.ContainsAny(f.Name, "/\\"):
		return errors.New("a file has no proper name")
	case f.SHA256 != "" && !hexSHA256.MatchString(f.SHA256):
		return errors.New("a file's sha256 is malformed")
	case f.Size < 0:
		return errors.New("a file's size is negative")
	}
	return nil
}

// decode reads JSON of exactly one value.
func (a answer) decode(into any) error {
	d := json.NewDecoder(bytes.NewReader(a.body))
	err := d.Decode(into)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &TruncatedError{a.url.String()}
	}
	if err != nil {
		return a.notIndex("the JSON is malformed, or has other types")
	}
	if _, err = d.Token(); err != io.EOF {
		return a.notIndex("something follows the JSON")
	}
	return nil
}

// fileURL resolves a link against the page that holds it. Only the web's
// schemes lead to files.
func fileURL(base *url.URL, link string) (string, error) {
	u, err := base.Parse(link)
	if err != nil || link == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("a file has no proper link")
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), nil
}

// uploadTime is lenient: the time is a detail, and its spelling varies.
func uploadTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// unread takes back what a page must not claim once it proved unreadable.
func unread(p Page) Page {
	p.Found, p.Files, p.Versions = false, nil, nil
	return p
}
