package quickbuild

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

// missing says whether an error means that there is no such thing.
func missing(err error) bool {
	var none *ci.NotFoundError
	return errors.As(err, &none)
}

// Cancel takes a request back. A build that runs for it is stopped.
func (p *Provider) Cancel(ctx context.Context, b ci.Build) error {
	what := "build " + b.ID
	switch {
	case p.o.Password.IsZero():
		return &ci.NeedsTokenError{Provider: name, What: "a cancellation"}
	case b.State.Final():
		return &ci.ConflictError{Provider: name, What: what, Text: "it has ended"}
	}
	request := b.ID
	if _, err := strconv.ParseInt(b.ID, 10, 64); err == nil {
		if request, err = p.requestOf(ctx, b.ID); err != nil {
			return err
		}
	}
	if !goodID.MatchString(request) {
		return malformed("the request of " + what + " has no id")
	}
	_, err := p.client.Do(ctx, ci.Request{
		Method: http.MethodDelete, URL: p.rest("build_requests/"+request, nil), What: what, Also: []int{http.StatusNoContent},
	})
	return err
}

// requestOf is the request that a build runs for. There is none once it has ended.
func (p *Provider) requestOf(ctx context.Context, build string) (string, error) {
	what := "build " + build
	reply, err := p.client.Do(ctx, ci.Request{URL: p.rest("builds/"+build+"/request_id", nil), What: what, Also: []int{http.StatusNoContent}})
	if err != nil {
		return "", err
	}
	if reply.Status == http.StatusNoContent {
		return "", &ci.ConflictError{Provider: name, What: what, Text: "it has ended"}
	}
	return strings.TrimSpace(string(reply.Body)), nil
}

// configurationDoc is a configuration, as far as it is read.
type configurationDoc struct {
	XMLName  xml.Name `xml:"com.pmease.quickbuild.model.Configuration"`
	ID       int64    `xml:"id"`
	Name     string   `xml:"name"`
	Disabled *bool    `xml:"disabled"`
}

// Inspect says whether QuickBuild shows the configuration, and builds it.
func (p *Provider) Inspect(ctx context.Context) (ci.Project, error) {
	id, err := p.configuration(ctx)
	if err != nil {
		return ci.Project{}, err
	}
	var doc configurationDoc
	if err := p.get(ctx, p.rest("configurations/"+id, nil), "configuration "+p.o.Configuration, &doc); err != nil {
		return ci.Project{}, err
	}
	if doc.Disabled == nil || doc.Name == "" {
		return ci.Project{}, malformed("the configuration does not say whether it is disabled")
	}
	return ci.Project{Slug: p.o.Configuration, URL: p.o.URL, Active: !*doc.Disabled, Private: true}, nil
}
