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
	checks, _, err := p.client.Checks.ListCheckRunsForRef(ctx, p.owner, p.repo, sha,
		&gh.ListCheckRunsOptions{ListOptions: gh.ListOptions{PerPage: searchSize}})
	if err != nil {
		return nil, failure("the checks of "+sha, err)
	}
	statuses, _, err := p.client.Repositories.GetCombinedStatus(ctx, p.owner, p.repo, sha, &gh.ListOptions{PerPage: searchSize})
	if err != nil {
		return nil, failure("the statuses of "+sha, err)
	}
	if checks == nil || statuses == nil || checks.Total == nil || statuses.TotalCount == nil {
		return nil, malformed("the list of checks or statuses is missing")
	}
	var out []ci.Build
	for _, c := range checks.CheckRuns {
		if c.GetApp().GetSlug() != appActions {
			out = append(out, check(c))
		}
	}
	for _, s := range statuses.Statuses { // the combined state is "pending" where there are none
		out = append(out, status(s, sha))
	}
	return out, nil
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
