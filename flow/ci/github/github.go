// Package github reads builds from GitHub: the runs of Actions, and for a
// commit without any, what other CI services report about it.
package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
	"ferry/keyring"
)

// DefaultURL is the API of github.com. An Enterprise Server has its own below /api/v3.
const DefaultURL = "https://api.github.com"

// name is what this provider is called, here and in errors.
const name = "github"

// Options say where GitHub is and which repository is meant.
type Options struct {
	URL       string // of the API; DefaultURL if empty
	UI        string // of the pages for people; derived from URL if empty
	Slug      string // owner/name
	Token     keyring.Secret
	HTTP      *http.Client
	UserAgent string
}

// Provider is GitHub as seen for one repository.
type Provider struct {
	o           Options
	owner, repo string
	client      *gh.Client
	plain       *http.Client // carries no token
	polite      *ci.Polite
	logs        ci.LogMemory
}

// New checks the options and asks nothing.
func New(o Options) (*Provider, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	o.URL = strings.TrimSuffix(o.URL, "/")
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a GitHub API", o.URL)
	}
	owner, repo, ok := strings.Cut(o.Slug, "/")
	if !ok || owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, fmt.Errorf("%q is not a repository of the form owner/name", o.Slug)
	}
	if o.UI == "" {
		o.UI = webURL(base)
	}
	p := &Provider{o: o, owner: owner, repo: repo, plain: plainClient(o.HTTP)}
	api, polite := apiClient(o, base)
	p.polite = polite
	p.client, err = gh.NewClient(
		gh.WithHTTPClient(api), gh.WithURLs(gh.Ptr(o.URL+"/"), nil),
		gh.WithUserAgent(o.UserAgent), gh.WithDisableRateLimitCheck(),
	)
	if err != nil {
		return nil, fmt.Errorf("setting up the GitHub client: %w", err)
	}
	return p, nil
}

// webURL derives the pages for people from the API's place.
func webURL(api *url.URL) string {
	return api.Scheme + "://" + strings.TrimPrefix(api.Host, "api.")
}

// Name is github.
func (p *Provider) Name() string { return name }

// Budget is how many requests GitHub still grants this hour: to the token, or to
// the address of this machine without one, which is 60 for all that runs here.
func (p *Provider) Budget() ci.Budget { return p.polite.Budget() }

// WithoutToken says what GitHub withholds without a token: an hour has 60 requests on
// github.com (docs.github.com, "Rate limits for the REST API"), where 5000 are granted
// to one, and logs are shown to nobody. A server of one's own has its own limit.
func (p *Provider) WithoutToken() string {
	switch {
	case !p.o.Token.IsZero():
		return ""
	case p.o.URL == DefaultURL:
		return "60 requests an hour, and no logs of jobs"
	}
	return "no logs of jobs"
}

// LastAnswer is when GitHub last gave an answer that made sense.
func (p *Provider) LastAnswer() time.Time { return p.polite.LastAnswer() }

// How much is read of a long history.
const (
	pageSize   = 30  // newest runs of a ref
	searchSize = 100 // runs of one commit
	maxPages   = 10
	maxRuns    = 20 // runs of the commit whose jobs are fetched
)

// Builds lists the runs on a ref, the newest thirty or all of one commit. Jobs
// are fetched for the runs of a commit only. A commit without any run is
// looked up in the checks and statuses that other services report: such a
// build has the event "check" or "status" and no Ref, for it is on none.
func (p *Provider) Builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	runs, err := p.runs(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []ci.Build
	for _, r := range runs {
		b, ok := p.build(r, q)
		if !ok {
			continue
		}
		if q.SHA != "" && len(out) < maxRuns {
			if err := p.fill(ctx, &b, r.GetID()); err != nil {
				return nil, err
			}
		}
		out = append(out, b)
	}
	if len(out) > 0 || q.SHA == "" || q.ByHand || refName(q.Ref) == q.Ref {
		return out, nil
	}
	return p.reports(ctx, q.SHA)
}

// refName is what GitHub calls the branch of a run: the short name of a branch
// or tag. Any other ref keeps its whole name, and has no runs.
func refName(ref string) string {
	if s, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return s
	}
	return strings.TrimPrefix(ref, "refs/tags/")
}

func (p *Provider) runs(ctx context.Context, q ci.Query) ([]*gh.WorkflowRun, error) {
	o := &gh.ListWorkflowRunsOptions{
		Branch: refName(q.Ref), HeadSHA: q.SHA, ExcludePullRequests: true,
		ListOptions: gh.ListOptions{PerPage: pageSize},
	}
	if q.SHA != "" {
		o.PerPage = searchSize
	}
	if q.ByHand {
		o.Event = eventDispatch
	}
	var out []*gh.WorkflowRun
	for range maxPages {
		doc, res, err := p.client.Actions.ListRepositoryWorkflowRuns(ctx, p.owner, p.repo, o)
		if err != nil {
			return nil, failure("repository "+p.o.Slug, err)
		}
		if doc == nil || doc.TotalCount == nil || doc.WorkflowRuns == nil {
			return nil, malformed("the list of runs is missing")
		}
		out = append(out, doc.WorkflowRuns...)
		if q.SHA == "" || res.NextPage == 0 {
			return out, nil
		}
		o.Page = res.NextPage
	}
	return nil, malformed("there are more runs of this commit than are read")
}

func malformed(text string) error {
	return &ci.MalformedError{Provider: name, Err: errors.New(text)}
}

// fill adds the jobs to a build, and who is waited for.
func (p *Provider) fill(ctx context.Context, b *ci.Build, run int64) error {
	o := &gh.ListWorkflowJobsOptions{Filter: "latest", ListOptions: gh.ListOptions{PerPage: searchSize}}
	for range maxPages {
		doc, res, err := p.client.Actions.ListWorkflowJobs(ctx, p.owner, p.repo, run, o)
		if err != nil {
			return failure("the jobs of run "+b.ID, err)
		}
		if doc == nil || doc.Jobs == nil {
			return malformed("the list of jobs is missing")
		}
		for _, j := range doc.Jobs {
			b.Jobs = append(b.Jobs, job(j))
		}
		if o.Page = res.NextPage; o.Page == 0 {
			break
		}
	}
	return p.waits(ctx, b, run)
}

// BuildsURL is the page with the runs of a ref.
func (p *Provider) BuildsURL(ref string) string {
	u := p.o.UI + "/" + p.o.Slug + "/actions"
	if ref == "" {
		return u
	}
	return u + "?" + url.Values{"query": {"branch:" + refName(ref)}}.Encode()
}

// RestartCommand runs the failed jobs of a run again. The Authorization header
// holds a variable, so it belongs in double quotes.
func (p *Provider) RestartCommand(b ci.Build) []string {
	if !b.State.Final() || b.Event == eventCheck || b.Event == eventStatus {
		return nil
	}
	what := "/rerun-failed-jobs"
	if b.State == ci.StatePassed {
		what = "/rerun"
	}
	return []string{
		"curl", "-X", "POST", "-H", "Accept: application/vnd.github+json", "-H", "Authorization: Bearer $GH_TOKEN",
		p.o.URL + "/repos/" + p.o.Slug + "/actions/runs/" + b.ID + what,
	}
}
