package gitea

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// eventStatus is the event of a build that is known by hearsay.
const eventStatus = "status"

// statusDoc is what a service says of a commit. Its state is called status here.
type statusDoc struct {
	ID      int64     `json:"id"`
	State   string    `json:"status"`
	URL     string    `json:"target_url"`
	Text    string    `json:"description"`
	Context string    `json:"context"`
	Creator account   `json:"creator"`
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"`
}

// statuses lists the newest status of each context of a commit.
func (p *Provider) statuses(ctx context.Context, sha string) ([]statusDoc, error) {
	var all []statusDoc
	err := p.pages(ctx, p.at("commits", url.PathEscape(sha), "status"), "the statuses of "+sha, url.Values{}, func(r ci.Reply) (bool, error) {
		var doc struct {
			Total    *int        `json:"total_count"`
			Statuses []statusDoc `json:"statuses"`
		}
		if err := json.Unmarshal(r.Body, &doc); err != nil || doc.Total == nil {
			return false, malformed("the list of statuses is missing")
		}
		all = append(all, doc.Statuses...)
		total := *doc.Total // of the page, on some servers
		if n, err := strconv.Atoi(r.Header.Get("X-Total-Count")); err == nil {
			total = n
		}
		return len(doc.Statuses) > 0 && (len(doc.Statuses) == pageSize || len(all) < total), nil
	})
	if errors.Is(err, errMore) {
		err = malformed("there are more statuses of this commit than are read")
	}
	return all, err
}

// reports makes builds of what is said about a commit. The jobs of Actions are
// among it; they count only where the server tells of them nowhere else. A commit
// that the server does not know has none.
func (p *Provider) reports(ctx context.Context, sha string, own bool) ([]ci.Build, error) {
	statuses, err := p.statuses(ctx, sha)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []ci.Build
	for _, s := range statuses {
		if own || !s.ofActions() {
			out = append(out, s.build(sha))
		}
	}
	return out, nil
}

func (s statusDoc) ofActions() bool { return strings.Contains(s.URL, "/actions/runs/") }

func (s statusDoc) build(sha string) ci.Build {
	b := ci.Build{
		ID: strconv.FormatInt(s.ID, 10), Name: s.Context, URL: s.URL, SHA: sha, Event: eventStatus,
		State: s.state(), Note: s.Text, Created: moment(s.Created), Started: moment(s.Created), By: s.Creator.Login,
	}
	if b.State.Final() {
		b.Ended = moment(s.Updated)
	}
	if b.State == ci.StateUnknown {
		b.Note = note(s.State, "")
	}
	return b
}

// state of a status. A warning is one that stops nobody.
func (s statusDoc) state() ci.State {
	switch s.State {
	case "success", "warning":
		return ci.StatePassed
	case "failure":
		return ci.StateFailed
	case "error":
		return ci.StateErrored
	case "pending":
		return ci.StateRunning
	case "skipped":
		return ci.StateSkipped
	}
	return ci.StateUnknown
}

// join adds a job to its run where no runner has taken it up. The context is
// made of the workflow, the job and the event: release / publish (push).
func (s statusDoc) join(b *ci.Build) {
	page, err := url.Parse(b.URL)
	if err != nil || page.Path == "" || !strings.Contains(s.URL, page.Path+"/jobs/") {
		return
	}
	known := slices.ContainsFunc(b.Jobs, func(j ci.Job) bool {
		return strings.Contains(s.Context, " / "+j.Name+" (") || strings.HasSuffix(s.Context, " / "+j.Name) || s.Context == j.Name
	})
	if known {
		return
	}
	j := ci.Job{Name: s.Context, URL: resolved(page, s.URL), State: s.state(), Note: s.Text}
	if s.State == "pending" {
		j.State = ci.StateQueued
	}
	if j.State.Final() {
		j.Ended = moment(s.Updated)
	}
	b.Jobs = append(b.Jobs, j)
}

// resolved makes a page's address whole: statuses name it without the host.
func resolved(run *url.URL, at string) string {
	u, err := run.Parse(at)
	if err != nil {
		return run.String()
	}
	return u.String()
}
