// Package gitlab reads builds from GitLab's API, version 4: the pipelines of a ref,
// with the jobs of the pipelines that they start. Public projects can be read
// without a token.
package gitlab

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
	"ferry/keyring"
)

// DefaultURL is gitlab.com. Its API, as that of every instance, is below /api/v4.
const DefaultURL = "https://gitlab.com"

// name is what this provider is called, here and in errors.
const name = "gitlab"

// Options say where GitLab is and which project is meant.
type Options struct {
	URL       string // of the instance; DefaultURL if empty
	UI        string // of the pages for people; URL if empty
	Slug      string // group/name, or group/subgroup/name
	Token     keyring.Secret
	HTTP      *http.Client
	UserAgent string
	// Publishing are the jobs that publish by the CI file, where that is known: of
	// the manual jobs that no pipeline waits for only these are waited for. All of
	// them are if it is empty.
	Publishing []string
}

// Provider is GitLab as seen for one project.
type Provider struct {
	o      Options
	client *gl.Client
	polite *ci.Polite
	plain  ci.Client // for logs, which the library cannot read in part
	logs   ci.LogMemory

	mu    sync.Mutex
	birth map[int64]origin // of pipelines, which does not change
}

// New checks the options and asks nothing.
func New(o Options) (*Provider, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	o.URL = strings.TrimSuffix(strings.TrimSuffix(o.URL, "/"), "/api/v4")
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a GitLab instance", o.URL)
	}
	if parts := strings.Split(o.Slug, "/"); len(parts) < 2 || slices.Contains(parts, "") {
		return nil, fmt.Errorf("%q is not a project of the form group/name", o.Slug)
	}
	if o.UI == "" {
		o.UI = o.URL
	}
	o.UI = strings.TrimSuffix(o.UI, "/")
	p := &Provider{o: o, birth: map[int64]origin{}}
	hc, polite := apiClient(o, base)
	p.polite = polite
	p.plain = ci.Client{Provider: name, HTTP: hc, Prepare: p.prepare}
	p.client, err = gl.NewAuthSourceClient(gl.Unauthenticated{}, // the transport knows the token
		gl.WithURLWarningLogger(slog.New(slog.DiscardHandler)), gl.WithBaseURL(o.URL), gl.WithHTTPClient(hc), gl.WithUserAgent(o.UserAgent),
		gl.WithoutRetries(), gl.WithCustomRetryMax(0), gl.WithCustomLimiter(unlimited{}), // ours are the manners of ci.Polite
	)
	if err != nil {
		return nil, fmt.Errorf("setting up the GitLab client: %w", err)
	}
	return p, nil
}

// Name is gitlab.
func (p *Provider) Name() string { return name }

// Budget is what GitLab said last of its limit, which is one for a minute.
func (p *Provider) Budget() ci.Budget { return p.polite.Budget() }

// LastAnswer is when GitLab last gave an answer that made sense.
func (p *Provider) LastAnswer() time.Time { return p.polite.LastAnswer() }

// web is a page of the project.
func (p *Provider) web(rest string) string { return p.o.UI + "/" + p.o.Slug + "/-" + rest }

// BuildsURL is the page with the pipelines of a ref.
func (p *Provider) BuildsURL(ref string) string {
	if ref == "" {
		return p.web("/pipelines")
	}
	return p.web("/pipelines?" + url.Values{"ref": {refName(ref)}}.Encode())
}

// refName is what GitLab calls the ref of a pipeline: the short name of a branch
// or tag. Any other ref keeps its whole name, and has no pipelines.
func refName(ref string) string {
	if s, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return s
	}
	return strings.TrimPrefix(ref, "refs/tags/")
}

func malformed(text string) error {
	return &ci.MalformedError{Provider: name, Err: errors.New(text)}
}
