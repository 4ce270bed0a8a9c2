// Package quickbuild reads builds from PMEase QuickBuild, and asks it for them.
//
// QuickBuild knows builds by their configuration. Which commit and ref one is of
// shows in its variables, where the configuration declares them and the build was
// asked for with them, and the commit alone in the revision that it checked out. A
// build that says neither is of no release of ours.
package quickbuild

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/keyring"
)

// name is what this provider is called, here and in errors.
const name = "quickbuild"

// The variables that say what a build is of. A configuration declares both.
const (
	VariableRef    = "ferry_ref"    // refs/heads/pypi-release
	VariableCommit = "ferry_commit" // its whole hash
)

// Options say where QuickBuild is and which configuration releases.
type Options struct {
	URL           string // of the server, without /rest
	Configuration string // its path: root/release/pypi
	User          string
	Password      keyring.Secret
	HTTP          *http.Client
	UserAgent     string
}

// Provider is a QuickBuild as seen for one configuration.
type Provider struct {
	o      Options
	client ci.Client
	polite *ci.Polite
}

// New checks the options and asks nothing.
func New(o Options) (*Provider, error) {
	o.URL = strings.TrimSuffix(o.URL, "/")
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a QuickBuild server; ci.url names it", o.URL)
	}
	if o.Configuration == "" || strings.HasPrefix(o.Configuration, "/") {
		return nil, fmt.Errorf("%q is not the path of a configuration such as root/release/pypi; ci.configuration names it", o.Configuration)
	}
	client, polite := ci.PoliteClient(o.HTTP)
	p := &Provider{o: o, polite: polite}
	p.client = ci.Client{Provider: name, HTTP: client, Prepare: p.prepare}
	return p, nil
}

// Name is quickbuild.
func (p *Provider) Name() string { return name }

// LastAnswer is when QuickBuild last gave an answer that made sense.
func (p *Provider) LastAnswer() time.Time { return p.polite.LastAnswer() }

// prepare logs in. Of several kinds of answer QuickBuild wants none to be named.
func (p *Provider) prepare(r *http.Request) error {
	if p.o.UserAgent != "" {
		r.Header.Set("User-Agent", p.o.UserAgent)
	}
	if p.o.Password.IsZero() {
		return nil
	}
	return p.o.Password.Use(func(v []byte) error {
		r.SetBasicAuth(p.o.User, string(v))
		return nil
	})
}

func (p *Provider) rest(path string, q url.Values) string {
	u := p.o.URL + "/rest/" + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	return u
}

// How much is read of the history of a configuration: a page that a look costs, and
// larger ones where a commit is not on it.
const (
	firstPage = 25
	pageSize  = 100
	maxPages  = 11
)

var (
	errTooMany = errors.New("there are more builds of this configuration than are read")
	errSilent  = errors.New("a build of the configuration goes on that does not say which commit it is of")
)

// Builds lists the builds of the configuration that are known to be on a ref, and
// what is asked for and waits. A build of which the commit is known and the ref is
// not has no Ref: it is known only that there is one. While a build goes on that
// says nothing, nobody can know that there is none of ours.
func (p *Provider) Builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	id, err := p.configuration(ctx)
	if err != nil {
		return nil, err
	}
	builds, err := p.builds(ctx, id, q)
	if err != nil {
		return nil, err
	}
	requests, err := p.requests(ctx, id)
	if err != nil {
		return nil, err
	}
	all := joined(builds, requests)
	out := slices.DeleteFunc(slices.Clone(all), func(b ci.Build) bool { return !of(b, q) })
	silent := slices.ContainsFunc(all, func(b ci.Build) bool { return !b.Final() && b.SHA == "" })
	known := slices.ContainsFunc(out, func(b ci.Build) bool { return b.Ref != "" })
	if silent && !known {
		return nil, &ci.UnreachableError{Provider: name, Err: errSilent}
	}
	return out, nil
}

// of says whether a build is what a query asks for. One without a ref is, for a
// commit, as far as it goes.
func of(b ci.Build, q ci.Query) bool {
	if q.SHA == "" {
		return b.SHA != "" && (q.Ref == "" || b.Ref == q.Ref)
	}
	return b.SHA == q.SHA && (q.Ref == "" || b.Ref == q.Ref || b.Ref == "")
}

// configuration is the number of the configuration's path.
func (p *Provider) configuration(ctx context.Context) (string, error) {
	what := "configuration " + p.o.Configuration
	return p.identifier(ctx, url.Values{"configuration_path": {p.o.Configuration}}, what)
}

// identifier asks for a number; none is a NotFoundError.
func (p *Provider) identifier(ctx context.Context, q url.Values, what string) (string, error) {
	reply, err := p.client.Do(ctx, ci.Request{URL: p.rest("ids", q), What: what, Also: []int{http.StatusNoContent}})
	if err != nil {
		return "", err
	}
	if reply.Status == http.StatusNoContent {
		return "", &ci.NotFoundError{Provider: name, What: what}
	}
	id := strings.TrimSpace(string(reply.Body))
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
		return "", malformed("it gives no number for " + what)
	}
	return id, nil
}

func malformed(text string) error {
	return &ci.MalformedError{Provider: name, Err: errors.New(text)}
}

// builds reads the newest builds of the configuration, all that there are where a
// commit is looked for. They come newest first, and are sorted again.
func (p *Provider) builds(ctx context.Context, configuration string, q ci.Query) ([]ci.Build, error) {
	docs, err := p.documents(ctx, configuration, func(page []buildDoc) bool {
		return q.SHA == "" || slices.ContainsFunc(page, func(d buildDoc) bool {
			b, err := d.build(p.o)
			return err == nil && of(b, q)
		})
	})
	if err != nil {
		return nil, err
	}
	return p.made(docs)
}

// made makes builds of their documents, and sorts them.
func (p *Provider) made(docs []buildDoc) ([]ci.Build, error) {
	var out []ci.Build
	for _, d := range docs {
		b, err := d.build(p.o)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	newestFirst(out)
	return out, nil
}

// documents reads pages of builds until one is enough, or there are no more.
func (p *Provider) documents(ctx context.Context, configuration string, enough func(page []buildDoc) bool) ([]buildDoc, error) {
	var out []buildDoc
	count := firstPage
	for page := range maxPages {
		var doc buildsDoc
		v := url.Values{"configuration_id": {configuration}, "count": {strconv.Itoa(count)}}
		if page > 0 {
			v.Set("first", strconv.Itoa(firstPage+(page-1)*pageSize))
		}
		if err := p.list(ctx, p.rest("builds", v), "the builds of "+p.o.Configuration, &doc); err != nil {
			return nil, err
		}
		out = append(out, doc.Builds...)
		if len(doc.Builds) < count || enough(doc.Builds) {
			return out, nil
		}
		count = pageSize
	}
	return nil, &ci.MalformedError{Provider: name, Err: errTooMany}
}
