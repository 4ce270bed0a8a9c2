package pypi

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Refusal is why an index did not take an upload, as far as its words say.
type Refusal string

// The refusals that have a way out of their own. They are PyPI's; other indexes
// use some of its words, and a status at the least.
const (
	RefusedOther           Refusal = ""
	RefusedToken           Refusal = "token"            // unknown, deleted, or another index's
	RefusedPassword        Refusal = "password"         // a user's password, which is not taken
	RefusedProject         Refusal = "project"          // the account may not upload to the project, or it is archived
	RefusedScope           Refusal = "scope"            // the token is for other projects
	RefusedExpired         Refusal = "expired"          // the token's time is over
	RefusedAccount         Refusal = "account"          // no verified address, no second factor, an inactive organisation
	RefusedPublisher       Refusal = "publisher"        // a trusted publisher was set up for another project
	RefusedReadOnly        Refusal = "read-only"        // the index takes nothing now
	RefusedName            Refusal = "name"             // not allowed, or malformed
	RefusedNameStdlib      Refusal = "name-stdlib"      // of a module of Python itself
	RefusedNameSimilar     Refusal = "name-similar"     // too like another project's
	RefusedNameTaken       Refusal = "name-taken"       // somebody was faster
	RefusedProjectRate     Refusal = "project-rate"     // too many new projects
	RefusedMetadataVersion Refusal = "metadata-version" // newer than the index reads
	RefusedLocalVersion    Refusal = "local-version"
	RefusedDirectURL       Refusal = "direct-url" // a dependency by its address
	RefusedMetadata        Refusal = "metadata"   // another field
	RefusedDescription     Refusal = "description"
	RefusedExists          Refusal = "exists"  // other bytes under this name, or these under another
	RefusedDeleted         Refusal = "deleted" // the name was used up by a deleted file
	RefusedOld             Refusal = "old"     // the release is older than 14 days
	RefusedSdist           Refusal = "sdist"   // there is one already
	RefusedFilename        Refusal = "filename"
	RefusedPlatform        Refusal = "platform" // a wheel's platform tag
	RefusedSize            Refusal = "size"
	RefusedProjectSize     Refusal = "project-size"
	RefusedDigest          Refusal = "digest"
	RefusedArchive         Refusal = "archive" // what is in the file
	RefusedAddress         Refusal = "address" // not where uploads go
	RefusedRegister        Refusal = "register"
	RefusedRate            Refusal = "rate"
	RefusedServer          Refusal = "server" // 5xx
)

// RefusedError is an index that did not take what was sent. Text is what it
// says, shortened; it is text from outside.
type RefusedError struct {
	File, URL  string
	Status     int
	Why        Refusal
	Text       string
	RetryAfter time.Duration // 0 if the server names none
}

func (e *RefusedError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s refuses %s with status %d", e.URL, e.File, e.Status)
	}
	return fmt.Sprintf("%s refuses %s: %s", e.URL, e.File, e.Text)
}

// reason is a form of words and what it means. The first that fits counts.
type reason struct {
	words string
	why   Refusal
}

func reasons() []reason {
	return []reason{
		{"invalid or non-existent authentication", RefusedToken}, {"signatures do not match", RefusedToken},
		{"username/password authentication is no longer", RefusedPassword},
		{"project-scoped token is not valid", RefusedScope}, {"token isn't allowed to upload", RefusedScope},
		{"token is expired", RefusedExpired}, {"isn't allowed to upload to project", RefusedProject},
		{"verified primary email", RefusedAccount}, {"two-factor authentication", RefusedAccount}, {"is inactive", RefusedAccount},
		{"non-user identities", RefusedPublisher}, {"invalid attestations", RefusedPublisher},
		{"read-only mode", RefusedReadOnly}, {"temporarily disabled", RefusedReadOnly},
		{"standard library module name", RefusedNameStdlib}, {"too similar to an existing", RefusedNameSimilar},
		{"conflicts with an existing project", RefusedNameTaken}, {"too many new projects", RefusedProjectRate},
		{"local versions", RefusedLocalVersion}, {"can't have direct dependency", RefusedDirectURL},
		{"invalid value for metadata-version", RefusedMetadataVersion}, {"unknown metadata version", RefusedMetadataVersion},
		{"file already exists", RefusedExists}, {"since been deleted", RefusedDeleted}, {"older than 14 days", RefusedOld},
		{"only one sdist", RefusedSdist}, {"unsupported platform tag", RefusedPlatform},
		{"project size too large", RefusedProjectSize}, {"file too large", RefusedSize},
		{"digest supplied does not match", RefusedDigest}, {"message digest", RefusedDigest},
		{"failed to render", RefusedDescription}, {"pre-registration is no longer", RefusedRegister},
		{"archive not accepted", RefusedArchive}, {"invalid distribution file", RefusedArchive}, {"does not exist in distribution file", RefusedArchive},
		{"record file", RefusedArchive}, {"metadata file", RefusedArchive}, {"invalid entry points", RefusedArchive},
		{"filename '", RefusedFilename}, {"invalid file extension", RefusedFilename}, {"start filename for", RefusedFilename},
		{"version in filename", RefusedFilename}, {"distribution filename", RefusedFilename}, {"filename is too long", RefusedFilename}, {"invalid wheel filename", RefusedFilename}, {"in the name", RefusedFilename},
		{"the name '", RefusedName}, {"is an invalid value for", RefusedMetadata}, {"valid classifier", RefusedMetadata},
		{"core-metadata", RefusedMetadata}, {"expected upload url", RefusedAddress}, {"this api has moved", RefusedAddress},
		{"already exists", RefusedExists}, {"already exist", RefusedExists}, // pypiserver, devpi and others
	}
}

// whyRefused reads the words first and the status where they say nothing.
func whyRefused(status int, text string) Refusal {
	low := strings.ToLower(text)
	for _, r := range reasons() {
		if strings.Contains(low, r.words) {
			return r.why
		}
	}
	switch {
	case status == http.StatusUnauthorized:
		return RefusedToken
	case status == http.StatusForbidden:
		return RefusedProject
	case status == http.StatusConflict:
		return RefusedExists
	case status == http.StatusRequestEntityTooLarge:
		return RefusedSize
	case status == http.StatusTooManyRequests:
		return RefusedRate
	case status/100 == 3, status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusGone:
		return RefusedAddress
	case status/100 == 5:
		return RefusedServer
	}
	return RefusedOther
}

// refused makes the error of an answer that is no success.
func refused(file string, resp *http.Response, now time.Time) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	text := said(resp, b)
	return &RefusedError{File: file, URL: publicURL(resp.Request.URL).String(), Status: resp.StatusCode, Text: text,
		Why: whyRefused(resp.StatusCode, text), RetryAfter: retryAfter(resp.Header.Get("Retry-After"), now)}
}

var (
	htmlTag    = regexp.MustCompile(`(?is)<(?:head|style|script)\b.*?</(?:head|style|script)>|<[^>]*>`)
	statusCode = regexp.MustCompile(`^[1-5][0-9][0-9] `)
)

// said is what the index says: in JSON, in plain text, in a page, or, over
// HTTP/1, in the status line.
func said(resp *http.Response, body []byte) string {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	text := plainText(kind, body)
	if kind == "text/html" {
		text = plainText("text/plain", []byte(html.UnescapeString(htmlTag.ReplaceAllString(string(body), " "))))
	}
	line := statusCode.ReplaceAllString(resp.Status, "")
	if line != http.StatusText(resp.StatusCode) && line != "" && (text == "" || kind == "text/html" || boilerplate(kind, body)) {
		text = line
	}
	return statusCode.ReplaceAllString(text, "")
}

// boilerplate: JSON without the one member that says why.
func boilerplate(kind string, body []byte) bool {
	var v struct{ Code, Message string }
	return kind == "application/json" && (json.Unmarshal(body, &v) != nil || v.Code == "" && v.Message == "")
}
