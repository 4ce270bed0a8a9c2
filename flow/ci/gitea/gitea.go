// Package gitea reads builds from Gitea and Forgejo: the runs of their Actions,
// and for a commit without any, what other CI services report about it.
//
// What a server can tell depends on its age. New ones list runs with their jobs;
// older ones list the tasks that runners took up, to which the statuses of the
// commit add what still waits; the oldest have the statuses alone. Which it is
// shows when it is asked: what a server does not have, it does not find.
package gitea

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/keyring"
)

// name is what this provider is called, here and in errors.
const name = "gitea"

// Options say where the server is and which repository is meant.
type Options struct {
	URL       string // of the API, which ends with /api/v1
	UI        string // of the pages for people; derived from URL if empty
	Slug      string // owner/name
	Token     keyring.Secret
	HTTP      *http.Client
	UserAgent string
}

// Provider is a Gitea or Forgejo as seen for one repository.
type Provider struct {
	o      Options
	client ci.Client
	polite *ci.Polite
}

const apiPath = "/api/v1"

// New checks the options and asks nothing.
func New(o Options) (*Provider, error) {
	o.URL = strings.TrimSuffix(o.URL, "/")
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || !strings.HasSuffix(u.Path, apiPath) {
		return nil, fmt.Errorf("%q is not the URL of a Gitea API, which ends with %s", o.URL, apiPath)
	}
	owner, repo, ok := strings.Cut(o.Slug, "/")
	if !ok || owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, fmt.Errorf("%q is not a repository of the form owner/name", o.Slug)
	}
	if o.UI == "" {
		o.UI = strings.TrimSuffix(o.URL, apiPath)
	}
	o.UI = strings.TrimSuffix(o.UI, "/")
	client, polite := ci.PoliteClient(o.HTTP)
	p := &Provider{o: o, polite: polite}
	p.client = ci.Client{Provider: name, HTTP: client, Prepare: p.prepare}
	return p, nil
}

// Name is gitea.
func (p *Provider) Name() string { return name }

// LastAnswer is when the server last gave an answer that made sense.
func (p *Provider) LastAnswer() time.Time { return p.polite.LastAnswer() }

func (p *Provider) prepare(r *http.Request) error {
	if p.o.UserAgent != "" {
		r.Header.Set("User-Agent", p.o.UserAgent)
	}
	if p.o.Token.IsZero() {
		return nil
	}
	return p.o.Token.Use(func(v []byte) error {
		r.Header.Set("Authorization", "token "+string(v))
		return nil
	})
}

// at is the address of a part of the repository in the API.
func (p *Provider) at(parts ...string) string {
	owner, repo, _ := strings.Cut(p.o.Slug, "/")
	u := p.o.URL + "/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(repo)
	for _, part := range parts {
		u += "/" + part
	}
	return u
}

// Builds lists the runs on a ref: all of one commit, or else those among the
// newest few hundred. Jobs are fetched for the runs of a commit only. A commit
// without any run is looked up in the statuses that other services report: such a
// build has the event "status" and no Ref, for it is on none.
func (p *Provider) Builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	out, err := p.runs(ctx, q)
	aged := missing(err) // too old for runs, or the repository has no Actions, or is hidden
	if aged {
		out, err = p.tasks(ctx, q)
	}
	if missing(err) {
		if _, err := p.Inspect(ctx); err != nil {
			return nil, err
		}
		out, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(out) > 0 || q.SHA == "" || shortName(q.Ref) == q.Ref {
		return out, nil
	}
	return p.reports(ctx, q.SHA, aged)
}

// missing says whether an error means that there is no such thing to be asked.
func missing(err error) bool {
	var none *ci.NotFoundError
	return errors.As(err, &none)
}

// shortName is what a branch or tag is called; any other ref keeps its whole name.
func shortName(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}

func malformed(text string) error {
	return &ci.MalformedError{Provider: name, Err: errors.New(text)}
}

// How much is read of a long list. Servers give no more than fifty at once.
const (
	pageSize = 50
	maxPages = 10
)

// pages asks for one page after the other, until add has all there are.
func (p *Provider) pages(ctx context.Context, at, what string, q url.Values, add func(ci.Reply) (more bool, err error)) error {
	q.Set("limit", strconv.Itoa(pageSize))
	for page := 1; page <= maxPages; page++ {
		q.Set("page", strconv.Itoa(page))
		reply, err := p.client.Do(ctx, ci.Request{URL: at + "?" + q.Encode(), What: what})
		if err != nil {
			return err
		}
		if more, err := add(reply); err != nil || !more {
			return err
		}
	}
	return errMore
}

// errMore: there is more than is read.
var errMore = errors.New("there is more than is read")

// BuildsURL is the page with the runs; servers filter it by no ref.
func (p *Provider) BuildsURL(string) string { return p.o.UI + "/" + p.o.Slug + "/actions" }
