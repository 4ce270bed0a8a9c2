package quickbuild

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ferry/flow/ci"
	"ferry/keyring"
)

// Draft makes the document of the configuration and changes nothing on the server:
// its own, if it is there already; else a template's, or a plain one.
func (p *Provider) Draft(ctx context.Context, r ci.Recipe) (ci.Draft, error) {
	d := ci.Draft{Path: p.o.Configuration, Page: p.o.URL}
	id, err := p.lookup(ctx, d.Path)
	switch {
	case err != nil:
		return ci.Draft{}, err
	case id == "":
		return p.create(ctx, d, r)
	}
	d.ID = id
	if d.Before, err = p.document(ctx, id, d.Path); err != nil {
		return ci.Draft{}, err
	}
	return finish(d.Before, d.Path, d, r, (*draft).same)
}

// create drafts a configuration that is not there.
func (p *Provider) create(ctx context.Context, d ci.Draft, r ci.Recipe) (ci.Draft, error) {
	parent, err := p.parent(ctx)
	if err != nil {
		return ci.Draft{}, err
	}
	src, from := []byte(plainConfiguration), d.Path
	if r.Template != "" {
		from = r.Template
		if src, err = p.template(ctx, r.Template); err != nil {
			return ci.Draft{}, err
		}
	}
	return finish(src, from, d, r, func(d *draft) error { return d.anew(parent) })
}

// finish makes the draft of a document, which is that of the configuration from.
func finish(src []byte, from string, d ci.Draft, r ci.Recipe, first func(*draft) error) (ci.Draft, error) {
	work, err := begin(src, d)
	if err != nil {
		return ci.Draft{}, err
	}
	work.from = from
	if err := first(work); err != nil {
		return ci.Draft{}, err
	}
	if err := work.follow(r); err != nil {
		return ci.Draft{}, err
	}
	return work.done(r)
}

// same refuses a document that is of another configuration than was asked for.
func (d *draft) same() error {
	if d.root.value("id") != d.ID {
		return malformed("it gives another configuration than " + d.ID)
	}
	return nil
}

// parent is the number of the configuration that ours is to stand below.
func (p *Provider) parent(ctx context.Context) (string, error) {
	i := strings.LastIndex(p.o.Configuration, "/")
	if i < 0 || i == len(p.o.Configuration)-1 {
		return "", &ci.ConflictError{Provider: name, What: "configuration " + p.o.Configuration, Text: "it would stand below no other"}
	}
	id, err := p.lookup(ctx, p.o.Configuration[:i])
	if err == nil && id == "" {
		err = &ci.NotFoundError{Provider: name, What: "configuration " + p.o.Configuration[:i] + ", below which the new one is to stand"}
	}
	return id, err
}

func (p *Provider) template(ctx context.Context, path string) ([]byte, error) {
	id, err := p.lookup(ctx, path)
	switch {
	case err != nil:
		return nil, err
	case id == "":
		return nil, &ci.NotFoundError{Provider: name, What: "the template " + path}
	}
	return p.document(ctx, id, path)
}

// lookup is the number of a path; "" if there is no such configuration. A server
// that cannot tell has said nothing of that.
func (p *Provider) lookup(ctx context.Context, path string) (string, error) {
	what := "configuration " + path
	reply, err := p.client.Do(ctx, ci.Request{
		URL: p.rest("ids", url.Values{"configuration_path": {path}}), What: what, Also: []int{http.StatusNoContent, http.StatusNotFound},
	})
	switch {
	case err != nil:
		return "", err
	case reply.Status == http.StatusNoContent:
		return "", nil
	case reply.Status == http.StatusNotFound:
		return "", &ci.UnsupportedError{Provider: name, What: "find a configuration by its path", Page: p.o.URL}
	}
	return number(reply.Body, what)
}

func number(body []byte, what string) (string, error) {
	id := strings.TrimSpace(string(body))
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 || strconv.FormatInt(n, 10) != id {
		return "", malformed("it gives no number for " + what)
	}
	return id, nil
}

func (p *Provider) document(ctx context.Context, id, path string) ([]byte, error) {
	reply, err := p.client.Do(ctx, ci.Request{URL: p.rest("configurations/"+id, nil), What: "configuration " + path})
	return reply.Body, err
}

// statuses of a server that does not know how to take a configuration, or that
// chokes on this one.
var unable = []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}

// Save writes a draft. What the server has must still be what the draft was made
// from: a build changes it, too. That is looked at just before, as the server does
// not compare.
func (p *Provider) Save(ctx context.Context, d ci.Draft) (string, error) {
	what := "configuration " + d.Path
	switch {
	case p.o.Password.IsZero():
		return "", &ci.NeedsTokenError{Provider: name, What: "a change of " + what}
	case d.Path != p.o.Configuration:
		return "", &ci.ConflictError{Provider: name, What: what, Text: "the draft is of another configuration than " + p.o.Configuration}
	}
	if err := p.unchanged(ctx, d); err != nil {
		return "", err
	}
	reply, err := p.client.Do(ctx, ci.Request{
		Method: http.MethodPost, URL: p.rest("configurations", nil), What: what, Type: "application/xml", Body: d.XML,
		Also: append([]int{http.StatusInternalServerError}, unable...),
	})
	switch {
	case err != nil:
		return "", err
	case slices.Contains(unable, reply.Status):
		return "", &ci.UnsupportedError{Provider: name, What: "take a configuration", Page: p.o.URL}
	case reply.Status != http.StatusOK:
		return "", &ci.RejectedError{Provider: name, What: what, Status: reply.Status, Text: words(reply.Body)}
	}
	id, err := number(reply.Body, what)
	if err == nil && d.ID != "" && id != d.ID {
		err = malformed("it changed another configuration than " + d.ID)
	}
	return id, err
}

func (p *Provider) unchanged(ctx context.Context, d ci.Draft) error {
	conflict := &ci.ConflictError{Provider: name, What: "configuration " + d.Path}
	id, err := p.lookup(ctx, d.Path)
	switch {
	case err != nil:
		return err
	case id != d.ID:
		conflict.Text = "it was made, or removed, since the draft was"
		return conflict
	case id == "":
		return nil
	}
	now, err := p.document(ctx, id, d.Path)
	if err == nil && !bytes.Equal(now, d.Before) {
		conflict.Text = "it was changed since the draft was made"
		return conflict
	}
	return err
}

// maxWords is how much of a server's words is told.
const maxWords = 300

func words(body []byte) string {
	text := strings.TrimSpace(strings.ToValidUTF8(keyring.Hide(string(body)), "\uFFFD"))
	if strings.HasPrefix(text, "<") {
		return ""
	}
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return text
}
