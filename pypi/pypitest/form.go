package pypitest

import (
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
)

// form is an upload as it came.
type form struct {
	fields   map[string][]string
	filename string
	content  []byte
	kind     string // content type of the file
	file     bool   // there was one
	tuple    string // a text field that came as a file
	tooLong  bool   // the file is over the limit, and was not kept
}

// get is a field's first value; "UNKNOWN" counts as none.
func (f *form) get(name string) string {
	if v := f.fields[name]; len(v) > 0 && v[0] != "UNKNOWN" {
		return strings.TrimSpace(v[0])
	}
	return ""
}

func readForm(r *http.Request, limit int64) (*form, error) {
	f := &form{fields: map[string][]string{}}
	for k, v := range r.URL.Query() {
		f.fields[k] = append(f.fields[k], v...)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, nil // then nothing is in it, as in an empty form
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if err := f.take(part, limit); err != nil {
			return f, err
		}
	}
}

func (f *form) take(part *multipart.Part, limit int64) error {
	b, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return err
	}
	name := part.FormName()
	switch {
	case name == "content" && int64(len(b)) > limit:
		f.filename, f.file, f.tooLong, f.kind = filename(part), true, true, part.Header.Get("Content-Type")
	case name == "content" && filename(part) != "":
		f.filename, f.content, f.kind, f.file = filename(part), b, part.Header.Get("Content-Type"), true
	case filename(part) != "":
		f.tuple = name
	default:
		f.fields[name] = append(f.fields[name], string(b))
	}
	return nil
}

// filename is the whole name that was sent; the standard library would cut
// directories off, which the index has to refuse.
func filename(part *multipart.Part) string {
	d := part.Header.Get("Content-Disposition")
	_, rest, ok := strings.Cut(d, `filename="`)
	if !ok {
		return part.FileName()
	}
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// credentials are what the Authorization header holds. PyPI takes a token as
// a password, as a bearer, and by its own word.
func credentials(r *http.Request) (user, token string) {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "basic":
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		if err != nil {
			return "", ""
		}
		user, token, _ = strings.Cut(string(b), ":")
		return user, strings.TrimSpace(token)
	case "bearer", "token":
		return "__token__", strings.TrimSpace(rest)
	}
	return "", ""
}
