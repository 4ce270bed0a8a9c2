package quickbuild

import (
	"bytes"
	"context"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ferry/flow/ci"
)

// goodID is what the id of a request looks like.
var goodID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// requests lists what the configuration was asked for and has not ended, the
// newest first.
func (p *Provider) requests(ctx context.Context, configuration string) ([]ci.Build, error) {
	docs, err := p.asked(ctx, configuration)
	if err != nil {
		return nil, err
	}
	return p.waiting(docs)
}

func (p *Provider) asked(ctx context.Context, configuration string) ([]requestDoc, error) {
	var doc requestsDoc
	v := url.Values{"configuration_id": {configuration}}
	err := p.list(ctx, p.rest("build_requests", v), "the requests for "+p.o.Configuration, &doc)
	return doc.Requests, err
}

// waiting shows requests as builds, the newest first.
func (p *Provider) waiting(docs []requestDoc) ([]ci.Build, error) {
	var out []ci.Build
	for _, d := range slices.Backward(docs) {
		if !goodID.MatchString(d.ID) || d.Status == "" {
			return nil, malformed("a request has no id, or no status")
		}
		out = append(out, d.build(p.o))
	}
	return out, nil
}

// build shows a request as the build that it will be.
func (d requestDoc) build(o Options) ci.Build {
	b := ci.Build{
		ID: d.ID, Name: o.Configuration, URL: o.URL, Event: event(d.Scheduled), Ref: named(d.Variables, VariableRef),
		SHA: named(d.Variables, VariableCommit), State: state(d.Status), Note: note(d.Status), Created: moment(d.At),
	}
	if b.SHA == "" {
		b.Ref = ""
	}
	b.Jobs = []ci.Job{{ID: d.ID, Name: o.Configuration, URL: o.URL, State: b.State, Note: b.Note}}
	return b
}

// joined puts requests before builds. One that runs has a build as well, which is
// the better witness, unless it began between the two questions. Which build it is
// shows in the variables; a request without any has one of those that are left.
func joined(builds, requests []ci.Build) []ci.Build {
	left := slices.DeleteFunc(slices.Clone(builds), ci.Build.Final)
	has := func(is func(ci.Build) bool) bool {
		i := slices.IndexFunc(left, is)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	}
	var out []ci.Build
	for _, r := range requests {
		same := func(b ci.Build) bool { return b.SHA == r.SHA && b.Ref == r.Ref }
		if r.State != ci.StateRunning || r.SHA != "" && !has(same) {
			out = append(out, r)
		}
	}
	for _, r := range requests {
		if r.State == ci.StateRunning && r.SHA == "" && !has(func(ci.Build) bool { return true }) {
			out = append(out, r)
		}
	}
	return append(out, builds...)
}

// The documents of a request.
type (
	order struct {
		XMLName       xml.Name `xml:"com.pmease.quickbuild.BuildRequest"`
		Configuration string   `xml:"configurationId"`
		Respect       bool     `xml:"respectBuildCondition"` // true may silently start nothing
		Variables     []pair   `xml:"variables>entry"`
	}
	pair struct {
		Strings [2]string `xml:"string"`
	}
	result struct {
		XMLName xml.Name `xml:"com.pmease.quickbuild.RequestResult"`
		ID      string   `xml:"requestId"`
		Looped  bool     `xml:"loopedRequest"`
	}
)

// Trigger asks once for a build of a commit on a ref, with variables besides the
// two that say so, and gives the request's id. A request that QuickBuild joins to
// one that waits already is a ConflictError: what that is for is not known.
func (p *Provider) Trigger(ctx context.Context, q ci.Query, variables map[string]string) (string, error) {
	what := "configuration " + p.o.Configuration
	switch {
	case p.o.Password.IsZero():
		return "", &ci.NeedsTokenError{Provider: name, What: "a build"}
	case !strings.HasPrefix(q.Ref, "refs/") || !hash.MatchString(q.SHA):
		return "", &ci.ConflictError{Provider: name, What: what, Text: "it names no whole ref and commit"}
	}
	id, err := p.configuration(ctx)
	if err != nil {
		return "", err
	}
	all := maps.Clone(variables)
	if all == nil {
		all = map[string]string{}
	}
	all[VariableRef], all[VariableCommit] = q.Ref, q.SHA
	body, err := written(id, all)
	if err != nil {
		return "", err
	}
	reply, err := p.client.Do(ctx, ci.Request{
		Method: http.MethodPost, URL: p.rest("build_requests", nil), What: what, Type: "application/xml", Body: body, Also: []int{http.StatusNoContent},
	})
	if err != nil {
		return "", err
	}
	if reply.Status == http.StatusNoContent {
		return "", &ci.ConflictError{Provider: name, What: what, Text: "the request was joined to one that waits already"}
	}
	var doc result
	if err := decode(reply.Body, &doc); err != nil {
		return "", err
	}
	if !goodID.MatchString(doc.ID) {
		return "", malformed("the request has no id")
	}
	if doc.Looped {
		return "", &ci.ConflictError{Provider: name, What: what, Text: "the request goes in a circle"}
	}
	return doc.ID, nil
}

// written makes the document of a request, its variables by their names.
func written(configuration string, variables map[string]string) ([]byte, error) {
	o := order{Configuration: configuration}
	for _, k := range slices.Sorted(maps.Keys(variables)) {
		o.Variables = append(o.Variables, pair{[2]string{k, variables[k]}})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(o); err != nil {
		return nil, malformed("the request cannot be written: " + err.Error())
	}
	return b.Bytes(), nil
}

// Requested is the build that a request became, or that it waits to be. One that
// was taken back before it became any is a NotFoundError.
func (p *Provider) Requested(ctx context.Context, request string) (ci.Build, error) {
	what := "request " + request
	build, err := p.identifier(ctx, url.Values{"request_id": {request}}, what)
	if err == nil {
		var doc buildDoc
		if err := p.get(ctx, p.rest("builds/"+build, nil), "build "+build, &doc); err != nil {
			return ci.Build{}, err
		}
		return doc.build(p.o)
	}
	if !missing(err) {
		return ci.Build{}, err
	}
	id, err := p.configuration(ctx)
	if err != nil {
		return ci.Build{}, err
	}
	waiting, err := p.requests(ctx, id)
	if err != nil {
		return ci.Build{}, err
	}
	for _, b := range waiting {
		if b.ID == request {
			return b, nil
		}
	}
	return ci.Build{}, &ci.NotFoundError{Provider: name, What: what}
}
