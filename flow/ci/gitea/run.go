package gitea

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// runDoc is a run, as Gitea tells of it or as Forgejo does.
type runDoc struct {
	ID      int64     `json:"id"`
	URL     string    `json:"html_url"`
	Event   string    `json:"event"`
	Status  string    `json:"status"`
	Created time.Time `json:"created_at"`

	// Gitea's.
	SHA        string    `json:"head_sha"`
	Path       string    `json:"path"` // release.yaml@refs/heads/main
	Branch     string    `json:"head_branch"`
	Number     int64     `json:"run_number"`
	Attempt    int       `json:"run_attempt"`
	Conclusion string    `json:"conclusion"`
	Started    time.Time `json:"started_at"`
	Completed  time.Time `json:"completed_at"`
	Actor      account   `json:"actor"`
	Again      account   `json:"trigger_actor"`

	// Forgejo's.
	Commit   string    `json:"commit_sha"`
	Pretty   string    `json:"prettyref"`
	Workflow string    `json:"workflow_id"`
	Index    int64     `json:"index_in_repo"`
	Trigger  string    `json:"trigger_event"`
	Payload  string    `json:"event_payload"`
	Approval bool      `json:"need_approval"`
	User     account   `json:"trigger_user"`
	Begun    time.Time `json:"started"`
	Stopped  time.Time `json:"stopped"`
	Made     time.Time `json:"created"`
}

type account struct {
	Login string `json:"login"`
}

type runsDoc struct {
	Total *int     `json:"total_count"`
	Runs  []runDoc `json:"workflow_runs"`
}

// runs lists the runs of a query. Gitea filters by branch, Forgejo by ref, and
// each overlooks what it does not know; what comes is filtered again.
func (p *Provider) runs(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	v := url.Values{}
	if q.SHA != "" {
		v.Set("head_sha", q.SHA)
	}
	if q.Ref != "" {
		v.Set("ref", q.Ref)
	}
	if branch, ok := strings.CutPrefix(q.Ref, "refs/heads/"); ok {
		v.Set("branch", branch)
	}
	var all []runDoc
	err := p.pages(ctx, p.at("actions", "runs"), "repository "+p.o.Slug, v, func(r ci.Reply) (bool, error) {
		var doc runsDoc
		if err := json.Unmarshal(r.Body, &doc); err != nil || doc.Total == nil {
			return false, malformed("the list of runs is missing")
		}
		all = append(all, doc.Runs...)
		return len(doc.Runs) > 0 && len(all) < *doc.Total, nil
	})
	if errors.Is(err, errMore) && q.SHA == "" {
		err = nil // the newest were asked for
	}
	if errors.Is(err, errMore) {
		err = malformed("there are more runs of this commit than are read")
	}
	if err != nil {
		return nil, err
	}
	return p.whole(ctx, all, q)
}

// whole makes builds of the runs that the query asks for.
func (p *Provider) whole(ctx context.Context, runs []runDoc, q ci.Query) ([]ci.Build, error) {
	slices.SortStableFunc(runs, func(a, b runDoc) int { return cmp.Compare(b.ID, a.ID) })
	var out []ci.Build
	for _, r := range runs {
		b := r.build(q.Ref)
		if b.SHA == "" || r.ID <= 0 {
			return nil, malformed("a run has no commit, or no id")
		}
		if q.Ref != "" && b.Ref != q.Ref || q.SHA != "" && b.SHA != q.SHA || strings.HasPrefix(b.Event, "pull_request") {
			continue
		}
		if q.SHA != "" {
			if err := p.fill(ctx, &b); err != nil {
				return nil, err
			}
		}
		out = append(out, b)
	}
	return out, nil
}

func (r runDoc) build(asked string) ci.Build {
	b := ci.Build{
		ID: strconv.FormatInt(r.ID, 10), Number: strconv.FormatInt(cmp.Or(r.Number, r.Index), 10), Name: r.workflow(), URL: r.URL,
		Ref: r.ref(asked), SHA: cmp.Or(r.SHA, r.Commit), Event: cmp.Or(r.Trigger, r.Event),
		State: state(r.Status, r.Conclusion), Note: note(r.Status, r.Conclusion),
		Started: cmp.Or(moment(r.Started), moment(r.Begun)), Created: cmp.Or(moment(r.Created), moment(r.Made)),
		By: cmp.Or(r.Actor.Login, r.Again.Login, r.User.Login), Attempt: r.Attempt,
	}
	if b.Name != "." { // which is how no path at all ends
		b.File = b.Name
	}
	if r.Approval && !b.State.Final() {
		b.State, b.Note = ci.StateApproval, needsPerson
	}
	if b.State.Final() {
		b.Ended = cmp.Or(moment(r.Completed), moment(r.Stopped))
	}
	if b.Created.IsZero() {
		b.Created = b.Started
	}
	if r.Attempt > 1 {
		b.RestartedBy = r.Again.Login
	}
	return b
}

// workflow is the file's name: the titles of runs are those of commits.
func (r runDoc) workflow() string {
	file, _, _ := strings.Cut(r.Path, "@refs/")
	return path.Base(cmp.Or(file, r.Workflow))
}

// ref is the whole ref, which stands behind Gitea's path and in the event that
// Forgejo keeps. Where only the short name is told, the question makes it whole.
func (r runDoc) ref(asked string) string {
	if _, rest, ok := strings.Cut(r.Path, "@refs/"); ok {
		return "refs/" + rest
	}
	if r.Branch != "" {
		return "refs/heads/" + r.Branch // of a tag Gitea names no branch
	}
	var event struct {
		Ref     string `json:"ref"`
		Release struct {
			Tag string `json:"tag_name"`
		} `json:"release"`
	}
	_ = json.Unmarshal([]byte(r.Payload), &event) // without a payload nothing is known
	switch {
	case strings.HasPrefix(event.Ref, "refs/"):
		return event.Ref
	case event.Release.Tag != "":
		return "refs/tags/" + event.Release.Tag
	case asked != "" && r.Pretty == shortName(asked):
		return asked
	}
	return ""
}
