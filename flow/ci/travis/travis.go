// Package travis reads builds from the API of Travis CI, version 3, hosted or
// Enterprise. Public repositories can be read without a token.
package travis

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/keyring"
)

// The hosted service.
const (
	DefaultURL = "https://api.travis-ci.com"
	DefaultUI  = "https://app.travis-ci.com"
)

// name is what this provider is called, here and in errors.
const name = "travis"

// Options say where Travis is and which repository is meant.
type Options struct {
	URL       string // of the API; DefaultURL if empty
	UI        string // of the pages for people; DefaultUI if empty
	Slug      string // owner/name
	Token     keyring.Secret
	HTTP      *http.Client
	UserAgent string
	// Elsewhere is asked for builds where Travis hides the repository from us and
	// there is no token; nil: nobody is. What it gives may lack jobs and refs.
	Elsewhere func(context.Context, ci.Query) ([]ci.Build, error)
}

// Provider is Travis CI as seen for one repository.
type Provider struct {
	o      Options
	client ci.Client
	polite *ci.Polite
	tails  tails
	logs   ci.LogMemory
}

// New checks the options and asks nothing.
func New(o Options) (*Provider, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	if o.UI == "" {
		o.UI = DefaultUI
	}
	o.URL, o.UI = strings.TrimSuffix(o.URL, "/"), strings.TrimSuffix(o.UI, "/")
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a Travis API", o.URL)
	}
	if owner, repo, ok := strings.Cut(o.Slug, "/"); !ok || owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, fmt.Errorf("%q is not a repository of the form owner/name", o.Slug)
	}
	client, polite := ci.PoliteClient(o.HTTP)
	p := &Provider{o: o, polite: polite}
	p.client = ci.Client{Provider: name, HTTP: client, Prepare: p.prepare}
	return p, nil
}

// Name is travis.
func (p *Provider) Name() string { return name }

// LastAnswer is when Travis last gave an answer that made sense.
func (p *Provider) LastAnswer() time.Time { return p.polite.LastAnswer() }

func (p *Provider) prepare(r *http.Request) error {
	r.Header.Set("Travis-API-Version", "3")
	r.Header.Set("Accept", "application/json")
	if p.o.UserAgent != "" {
		r.Header.Set("User-Agent", p.o.UserAgent)
	}
	if p.o.Token.IsZero() {
		return nil // Travis refuses a header with an unknown token, so none is better than an empty one
	}
	return p.o.Token.Use(func(v []byte) error {
		r.Header.Set("Authorization", "token "+string(v))
		return nil
	})
}

func (p *Provider) repo() string { return p.o.URL + "/repo/" + url.PathEscape(p.o.Slug) }

// How many builds one request brings, and how many requests a search for one
// commit may take.
const (
	pageSize   = 10
	searchSize = 25
	maxPages   = 8
)

var errTooMany = errors.New("there are more builds on this ref than are read")

// Builds lists the builds on a ref with their jobs, in one request; a search
// for a commit that is not among the newest takes more.
func (p *Provider) Builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	out, err := p.builds(ctx, q)
	var hidden *ci.NotFoundError
	if errors.As(err, &hidden) && p.o.Token.IsZero() && p.o.Elsewhere != nil {
		return p.o.Elsewhere(ctx, q)
	}
	return out, err
}

func (p *Provider) builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	limit := pageSize
	if q.SHA != "" {
		limit = searchSize
	}
	var out []ci.Build
	for page := range maxPages {
		doc, err := p.page(ctx, q.Ref, limit, page*limit)
		if err != nil {
			return nil, err
		}
		for _, b := range *doc.Builds {
			if got, ok := p.build(b, q.Ref); ok && (q.SHA == "" || got.SHA == q.SHA) {
				out = append(out, got)
			}
		}
		if q.SHA == "" || len(*doc.Builds) < limit || doc.Pagination.IsLast {
			return out, nil
		}
	}
	if len(out) == 0 {
		return nil, &ci.MalformedError{Provider: name, Err: errTooMany}
	}
	return out, nil
}

func (p *Provider) page(ctx context.Context, ref string, limit, offset int) (buildsDoc, error) {
	v := url.Values{
		"sort_by": {"id:desc"}, "limit": {fmt.Sprint(limit)},
		"include": {"build.commit,build.jobs,job.config"}, // included things come in their standard form, with states and times
	}
	if ref != "" {
		v.Set("branch.name", branchName(ref))
	}
	if offset > 0 {
		v.Set("offset", fmt.Sprint(offset))
	}
	var doc buildsDoc
	if err := p.client.Get(ctx, p.repo()+"/builds?"+v.Encode(), "repository "+p.o.Slug, &doc); err != nil {
		return doc, err
	}
	if doc.Builds == nil {
		return doc, &ci.MalformedError{Provider: name, Err: errors.New("the list of builds is missing")}
	}
	return doc, nil
}

// branchName is what Travis calls the branch of a ref: the name of a tag is
// the branch of its builds.
func branchName(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}

// Inspect says whether Travis knows and builds the repository.
func (p *Provider) Inspect(ctx context.Context) (ci.Project, error) {
	var doc repoDoc
	if err := p.client.Get(ctx, p.repo(), "repository "+p.o.Slug, &doc); err != nil {
		return ci.Project{}, err
	}
	if doc.Active == nil {
		return ci.Project{}, &ci.MalformedError{Provider: name, Err: errors.New("it does not say whether the repository is active")}
	}
	out := ci.Project{
		Slug: doc.Slug, URL: p.web(""), Active: *doc.Active,
		Private: doc.Private, DefaultBranch: doc.DefaultBranch.Name,
	}
	if !p.o.Token.IsZero() {
		out.PushBuilds = p.pushBuilds(ctx)
	}
	return out, nil
}

// pushBuilds reads the setting "Build pushed branches", nil if it cannot be read.
func (p *Provider) pushBuilds(ctx context.Context) *bool {
	var doc settingsDoc
	if err := p.client.Get(ctx, p.repo()+"/settings", "the settings of "+p.o.Slug, &doc); err != nil {
		return nil
	}
	for _, s := range doc.Settings {
		if v, ok := s.Value.(bool); ok && s.Name == "build_pushes" {
			return &v
		}
	}
	return nil
}

func (p *Provider) web(rest string) string { return p.o.UI + "/github/" + p.o.Slug + rest }

// BuildsURL is the page with the builds of a ref; Travis filters none but branches.
func (p *Provider) BuildsURL(string) string { return p.web("/builds") }

// RestartCommand restarts a build that has ended. The Authorization header holds a
// variable, so it belongs in double quotes.
func (p *Provider) RestartCommand(b ci.Build) []string {
	if !b.State.Final() || b.ID == "" {
		return nil
	}
	return []string{
		"curl", "-X", "POST", "-H", "Travis-API-Version: 3", "-H", "Authorization: token $TRAVIS_TOKEN",
		p.o.URL + "/build/" + b.ID + "/restart",
	}
}
