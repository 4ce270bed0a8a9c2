package travis

import (
	"strconv"
	"time"

	"ferry/flow/ci"
)

// The documents of API v3, as far as we read them.
type (
	buildsDoc struct {
		Builds     *[]buildDoc `json:"builds"`
		Pagination struct {
			IsLast bool `json:"is_last"`
		} `json:"@pagination"`
	}
	buildDoc struct {
		ID       int64      `json:"id"`
		Number   string     `json:"number"`
		State    string     `json:"state"`
		Event    string     `json:"event_type"`
		Started  *time.Time `json:"started_at"`
		Finished *time.Time `json:"finished_at"`
		Branch   named      `json:"branch"`
		Tag      *named     `json:"tag"`
		Commit   struct {
			SHA string `json:"sha"`
			Ref string `json:"ref"`
		} `json:"commit"`
		Jobs []jobDoc `json:"jobs"`
		By   struct {
			Login string `json:"login"`
		} `json:"created_by"`
	}
	jobDoc struct {
		ID           int64      `json:"id"`
		Number       string     `json:"number"`
		State        string     `json:"state"`
		AllowFailure bool       `json:"allow_failure"`
		Created      *time.Time `json:"created_at"`
		Started      *time.Time `json:"started_at"`
		Finished     *time.Time `json:"finished_at"`
		Stage        *named     `json:"stage"`
		Config       config     `json:"config"`
		Restarted    *time.Time `json:"restarted_at"`
		RestartedBy  *struct {
			Login string `json:"login"`
		} `json:"restarted_by"`
	}
	named   struct{ Name string }
	repoDoc struct {
		Slug          string `json:"slug"`
		Active        *bool  `json:"active"`
		Private       bool   `json:"private"`
		DefaultBranch named  `json:"default_branch"`
	}
	settingsDoc struct {
		Settings []struct {
			Name  string `json:"name"`
			Value any    `json:"value"`
		} `json:"settings"`
	}
	logDoc struct {
		Content *string   `json:"content"`
		Parts   []partDoc `json:"log_parts"`
	}
	partDoc struct {
		Content string `json:"content"`
		Final   bool   `json:"final"`
		Number  int    `json:"number"`
	}
)

// state maps what Travis says. "ready" and "configured" turn up in places; they
// and whatever else may come are not ends.
func state(s string) ci.State {
	switch s {
	case "created", "queued", "received":
		return ci.StateQueued
	case "started":
		return ci.StateRunning
	case "passed":
		return ci.StatePassed
	case "failed":
		return ci.StateFailed
	case "errored":
		return ci.StateErrored
	case "canceled", "cancelled":
		return ci.StateCancelled
	}
	return ci.StateUnknown
}

// note keeps the word for a state that we do not know.
func note(s string) string {
	if state(s) == ci.StateUnknown {
		return "Travis calls its state " + strconv.Quote(s)
	}
	return ""
}

// build turns a document into a Build, and says whether it is one on the ref.
// A pull request's build has the branch that it would be merged into.
func (p *Provider) build(d buildDoc, ref string) (ci.Build, bool) {
	id := strconv.FormatInt(d.ID, 10)
	b := ci.Build{
		ID: id, Number: d.Number, Name: "Travis CI", URL: p.web("/builds/" + id),
		Ref: d.ref(), SHA: d.Commit.SHA, Event: d.Event, State: state(d.State), Note: note(d.State),
		Started: moment(d.Started), Ended: moment(d.Finished), By: d.By.Login,
	}
	if d.Branch.Name == ref { // a ref that is neither branch nor tag goes by its whole name
		b.Ref = ref
	}
	for _, j := range d.Jobs {
		b.Jobs = append(b.Jobs, p.job(j))
		if t := moment(j.Restarted); t.After(b.Restarted) {
			b.Restarted, b.RestartedBy = t, j.restarter()
		}
		if t := moment(j.Created); !t.IsZero() && (b.Created.IsZero() || t.Before(b.Created)) {
			b.Created = t
		}
	}
	if b.Created.IsZero() {
		b.Created = b.Started
	}
	return b, d.Event != "pull_request" && (ref == "" || b.Ref == ref)
}

func (d buildDoc) ref() string {
	if d.Tag != nil && d.Tag.Name != "" {
		return "refs/tags/" + d.Tag.Name
	}
	return "refs/heads/" + d.Branch.Name
}

func (p *Provider) job(d jobDoc) ci.Job {
	id := strconv.FormatInt(d.ID, 10)
	j := ci.Job{
		ID: id, Number: d.Number, URL: p.web("/jobs/" + id), State: state(d.State), Note: note(d.State),
		Name: d.Config.name(), AllowFailure: d.AllowFailure, Started: moment(d.Started), Ended: moment(d.Finished),
	}
	if d.Stage != nil {
		j.Stage = d.Stage.Name
	}
	return j
}

func (d jobDoc) restarter() string {
	if d.RestartedBy == nil {
		return ""
	}
	return d.RestartedBy.Login
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
