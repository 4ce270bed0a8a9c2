package github

import (
	"context"
	"strconv"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// The events of builds that are known by hearsay.
const (
	eventCheck  = "check"
	eventStatus = "status"
)

// The apps whose checks we read differently: Actions, whose runs we know at
// first hand, and Travis, which says action_required of a build that errored.
const (
	appActions = "github-actions"
	appTravis  = "travis-ci"
)

// reports lists what other services say about a commit.
func (p *Provider) reports(ctx context.Context, sha string) ([]ci.Build, error) {
	checks, err := p.checks(ctx, sha)
	if err != nil {
		return nil, failure("the checks of "+sha, err)
	}
	statuses, err := p.statuses(ctx, sha)
	if err != nil {
		return nil, failure("the statuses of "+sha, err)
	}
	var out []ci.Build
	for _, c := range checks {
		if c.GetApp().GetSlug() != appActions {
			out = append(out, check(c))
		}
	}
	for _, s := range statuses { // the combined state is "pending" where there are none
		out = append(out, status(s, sha))
	}
	return out, nil
}

// checks lists all checks of a commit, or of what a ref points to now. A part of
// them is an error: what is beyond it would be taken for absent.
func (p *Provider) checks(ctx context.Context, at string) ([]*gh.CheckRun, error) {
	o := &gh.ListCheckRunsOptions{ListOptions: gh.ListOptions{PerPage: searchSize}}
	return paged("checks", &o.ListOptions, func() ([]*gh.CheckRun, *int, *gh.Response, error) {
		doc, res, err := p.client.Checks.ListCheckRunsForRef(ctx, p.owner, p.repo, at, o)
		if doc == nil {
			return nil, nil, res, err
		}
		return doc.CheckRuns, doc.Total, res, err
	})
}

// statuses lists the newest status of each context of a commit.
func (p *Provider) statuses(ctx context.Context, sha string) ([]*gh.RepoStatus, error) {
	o := &gh.ListOptions{PerPage: searchSize}
	return paged("statuses", o, func() ([]*gh.RepoStatus, *int, *gh.Response, error) {
		doc, res, err := p.client.Repositories.GetCombinedStatus(ctx, p.owner, p.repo, sha, o)
		if doc == nil {
			return nil, nil, res, err
		}
		return doc.Statuses, doc.TotalCount, res, err
	})
}

// paged reads page after page, and at most maxPages of them, until as much is read
// as the list says that it has.
func paged[T any](what string, o *gh.ListOptions, read func() ([]T, *int, *gh.Response, error)) ([]T, error) {
	var out []T
	for range maxPages {
		page, total, res, err := read()
		switch {
		case err != nil:
			return nil, err
		case total == nil:
			return nil, malformed("the list of " + what + " is missing")
		}
		if out = append(out, page...); len(out) >= *total {
			return out, nil
		}
		if o.Page = res.NextPage; o.Page == 0 {
			break
		}
	}
	return nil, malformed("there are more " + what + " of this commit than are read")
}

func check(c *gh.CheckRun) ci.Build {
	b := ci.Build{
		ID: strconv.FormatInt(c.GetID(), 10), Name: c.GetName(), URL: c.GetDetailsURL(), SHA: c.GetHeadSHA(), Event: eventCheck,
		State: state(c.GetStatus(), c.GetConclusion()), Note: note(c.GetStatus(), c.GetConclusion()),
		Created: c.GetStartedAt().Time, Started: c.GetStartedAt().Time, By: c.GetApp().GetName(),
	}
	if c.GetApp().GetSlug() == appTravis && c.GetConclusion() == "action_required" {
		b.State, b.Note = ci.StateErrored, ""
	}
	if b.State.Final() {
		b.Ended = c.GetCompletedAt().Time
	}
	return b
}

func status(s *gh.RepoStatus, sha string) ci.Build {
	b := ci.Build{
		ID: strconv.FormatInt(s.GetID(), 10), Name: s.GetContext(), URL: s.GetTargetURL(), SHA: sha, Event: eventStatus,
		Note: s.GetDescription(), Created: s.GetCreatedAt().Time, Started: s.GetCreatedAt().Time, By: s.GetCreator().GetLogin(),
	}
	switch s.GetState() {
	case "success":
		b.State = ci.StatePassed
	case "failure":
		b.State = ci.StateFailed
	case "error":
		b.State = ci.StateErrored
	case "pending":
		b.State = ci.StateRunning
	default:
		b.State = ci.StateUnknown
	}
	if b.State.Final() {
		b.Ended = s.GetUpdatedAt().Time
	}
	return b
}
