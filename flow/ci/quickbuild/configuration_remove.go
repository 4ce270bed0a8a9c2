package quickbuild

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"

	"ferry/flow/ci"
)

// belowDoc lists configurations, as far as it is read: how many there are.
type belowDoc struct {
	XMLName xml.Name   `xml:"list"`
	Ones    []struct{} `xml:"com.pmease.quickbuild.model.Configuration"`
}

// Remove takes away the configuration of a draft. With it go the records of its
// builds, and whatever stands below: so nothing may.
func (p *Provider) Remove(ctx context.Context, d ci.Draft) error {
	what := "configuration " + d.Path
	switch {
	case p.o.Password.IsZero():
		return &ci.NeedsTokenError{Provider: name, What: "a change of " + what}
	case d.Path != p.o.Configuration || d.ID == "":
		return &ci.ConflictError{Provider: name, What: what, Text: "the draft is not of one that is there"}
	}
	if err := p.unchanged(ctx, d); err != nil {
		return err
	}
	if err := p.idle(ctx, d.ID); err != nil {
		return err
	}
	reply, err := p.client.Do(ctx, ci.Request{
		Method: http.MethodDelete, URL: p.rest("configurations/"+d.ID, nil), What: what,
		Also: []int{http.StatusNoContent, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusInternalServerError},
	})
	switch {
	case err != nil:
		return err
	case reply.Status == http.StatusInternalServerError:
		return &ci.RejectedError{Provider: name, What: "the removal of " + what, Status: reply.Status, Text: words(reply.Body)}
	case reply.Status >= http.StatusMethodNotAllowed:
		return &ci.UnsupportedError{Provider: name, What: "remove a configuration", Page: p.o.URL}
	}
	return nil
}

// idle refuses a configuration of which others have made use.
func (p *Provider) idle(ctx context.Context, id string) error {
	var below belowDoc
	if err := p.list(ctx, p.rest("configurations", url.Values{"parent_id": {id}}), "what stands below "+p.o.Configuration, &below); err != nil {
		return err
	}
	requests, err := p.requests(ctx, id)
	conflict := &ci.ConflictError{Provider: name, What: "configuration " + p.o.Configuration}
	switch {
	case err != nil:
		return err
	case len(below.Ones) > 0:
		conflict.Text = "others stand below it"
		return conflict
	case len(requests) > 0:
		conflict.Text = "a build runs there, or waits to"
		return conflict
	}
	return nil
}
