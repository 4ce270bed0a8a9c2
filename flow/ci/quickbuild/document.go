package quickbuild

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// The documents of the REST API, as far as they are read.
type (
	buildsDoc struct {
		XMLName xml.Name   `xml:"list"`
		Builds  []buildDoc `xml:"com.pmease.quickbuild.model.Build"`
	}
	buildDoc struct {
		ID        int64      `xml:"id"`
		Version   string     `xml:"version"`
		Status    string     `xml:"status"`
		StatusAt  string     `xml:"statusDate"`
		Begun     string     `xml:"beginDate"`
		Took      *int64     `xml:"duration"` // milliseconds
		Scheduled bool       `xml:"scheduled"`
		Steps     []stepDoc  `xml:"stepRuntimes>entry"`
		Sources   []struct { // repositories
			Revision revision `xml:"com.pmease.quickbuild.repositorysupport.RepositoryRuntime>revisionDOM"`
		} `xml:"repositoryRuntimes>entry"`
		Variables []variable `xml:"secretAwareVariableValues>entry"`
		Older     []variable `xml:"variableValues>entry"`
	}
	stepDoc struct {
		Path   string `xml:"string"` // master>upload
		Status string `xml:"com.pmease.quickbuild.stepsupport.StepRuntime>status"`
	}
	// variable is a name and a value: two strings, or a string and one that may be
	// secret.
	variable struct {
		Strings []string `xml:"string"`
		Value   *string  `xml:"com.pmease.quickbuild.SecretAwareString>string"`
	}
	requestsDoc struct {
		XMLName  xml.Name     `xml:"list"`
		Requests []requestDoc `xml:"com.pmease.quickbuild.BuildRequest"`
	}
	requestDoc struct {
		ID        string     `xml:"id"`
		At        string     `xml:"requestDate"`
		Status    string     `xml:"status"`
		Scheduled bool       `xml:"scheduled"`
		Variables []variable `xml:"variables>entry"`
	}
)

// revision is what was checked out. Each kind of repository has an element of its
// own for it; a value in it that looks like a commit is one.
type revision struct{ commit string }

var hash = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// UnmarshalXML looks for the commit in whatever stands there.
func (r *revision) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); hash.MatchString(text) {
				r.commit = text
			}
		}
	}
	return nil
}

// get reads a document.
func (p *Provider) get(ctx context.Context, url, what string, v any) error {
	reply, err := p.client.Do(ctx, ci.Request{URL: url, What: what})
	if err != nil {
		return err
	}
	return decode(reply.Body, v)
}

// list reads a list. "No content" is how QuickBuild says that there is nothing.
func (p *Provider) list(ctx context.Context, url, what string, v any) error {
	reply, err := p.client.Do(ctx, ci.Request{URL: url, What: what, Also: []int{http.StatusNoContent}})
	if err != nil || reply.Status == http.StatusNoContent {
		return err
	}
	return decode(reply.Body, v)
}

var (
	errDoctype = errors.New("it has a document type, which is not read")
	errMore    = errors.New("something stands behind the document")
)

// decode reads one document and nothing else: no document type, and so no
// entities but XML's own. encoding/xml bounds the depth, ci the length.
func decode(body []byte, v any) error {
	if err := plain(body); err != nil {
		return &ci.MalformedError{Provider: name, Err: err}
	}
	if err := xml.Unmarshal(body, v); err != nil {
		return &ci.MalformedError{Provider: name, Err: err}
	}
	return nil
}

// plain reads a document to its end and looks for what has no place in it.
func plain(body []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(body)))
	for depth, roots := 0, 0; ; {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.Directive:
			return errDoctype
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		}
		if roots > 1 {
			return errMore
		}
	}
}

// named gives the value of a variable; "" if there is none.
func named(vs []variable, name string) string {
	for _, v := range vs {
		switch {
		case len(v.Strings) == 0 || v.Strings[0] != name:
		case v.Value != nil:
			return strings.TrimSpace(*v.Value)
		case len(v.Strings) > 1:
			return strings.TrimSpace(v.Strings[1])
		}
	}
	return ""
}

// state maps what QuickBuild says of a build. A recommended one passed, and
// somebody thought well of it.
func state(status string) ci.State {
	switch status {
	case "SUCCESSFUL", "RECOMMENDED":
		return ci.StatePassed
	case "FAILED":
		return ci.StateFailed
	case "CANCELLED":
		return ci.StateCancelled
	case "TIMEOUT":
		return ci.StateErrored
	case "RUNNING", "RUNNING_BUILD":
		return ci.StateRunning
	case "WAITING_PROCESS":
		return ci.StateQueued
	}
	return ci.StateUnknown
}

func note(status string) string {
	switch {
	case status == "TIMEOUT":
		return "timed out"
	case state(status) == ci.StateUnknown:
		return "QuickBuild calls its state " + strconv.Quote(status)
	}
	return ""
}

// build makes a build of its document, with one job: all of its steps.
func (d buildDoc) build(o Options) (ci.Build, error) {
	if d.ID <= 0 || d.Status == "" {
		return ci.Build{}, malformed("a build has no id, or no status")
	}
	id := strconv.FormatInt(d.ID, 10)
	vs := d.variables()
	b := ci.Build{
		ID: id, Number: d.Version, Name: o.Configuration, URL: o.URL + "/build/" + id, Event: event(d.Scheduled),
		Ref: named(vs, VariableRef), SHA: d.commit(vs), State: state(d.Status), Note: note(d.Status),
		Created: moment(d.Begun), Started: moment(d.Begun),
	}
	if b.SHA == "" {
		b.Ref = "" // a ref without a commit is of no use
	}
	if b.State.Final() {
		b.Ended = d.ended()
	}
	j := ci.Job{ID: id, Name: o.Configuration, URL: b.URL, State: b.State, Note: b.Note, Started: b.Started, Ended: b.Ended}
	for _, s := range d.Steps {
		if !slices.ContainsFunc(d.Steps, func(o stepDoc) bool { return strings.HasPrefix(o.Path, s.Path+">") }) {
			j.Steps = append(j.Steps, ci.Step{Name: s.Path, State: state(s.Status)})
		}
	}
	b.Jobs = []ci.Job{j}
	return b, nil
}

// variables are what the build was asked for with, in the words of any version.
func (d buildDoc) variables() []variable { return slices.Concat(d.Variables, d.Older) }

// commit is the one that the build was asked for with; where it checked out
// another, it is of neither.
func (d buildDoc) commit(vs []variable) string {
	var out []string
	for _, s := range d.Sources {
		if c := s.Revision.commit; c != "" {
			out = append(out, c)
		}
	}
	asked := named(vs, VariableCommit)
	switch {
	case asked != "" && len(out) > 0 && !slices.Contains(out, asked):
		return ""
	case asked != "":
		return asked
	case len(out) == 1:
		return out[0]
	}
	return ""
}

// ended is when the build was over. The date of its status is a later one where
// somebody recommended it.
func (d buildDoc) ended() time.Time {
	if begun := moment(d.Begun); d.Took != nil && *d.Took >= 0 && !begun.IsZero() {
		return begun.Add(time.Duration(*d.Took) * time.Millisecond)
	}
	return moment(d.StatusAt)
}

func event(scheduled bool) string {
	if scheduled {
		return "schedule"
	}
	return "api"
}

// moment is zero for what is no time.
func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func newestFirst(bs []ci.Build) {
	slices.SortStableFunc(bs, func(a, b ci.Build) int {
		if c := cmp.Compare(len(b.ID), len(a.ID)); c != 0 {
			return c
		}
		return cmp.Compare(b.ID, a.ID)
	})
}
