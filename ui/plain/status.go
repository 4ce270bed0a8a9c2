package plain

import (
	"cmp"
	"io"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// Status is the one document of `ferry status`.
type Status struct {
	State   board.State
	Project Project
	Commit  string
	Remote  string
	Trigger Trigger
	CI      []string
	Facts   []flow.Fact
	Problem *flow.Problem // what stands in the way; nil if nothing does
	Next    []string      // the commands that go on
}

// Project is what the tree says it is.
type Project struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Source     string `json:"source"`      // where the version is written
	NeedsBuild bool   `json:"needs_build"` // the version is known only after a build
}

// Trigger is what starts a release.
type Trigger struct {
	Kind string `json:"kind"`
	Ref  string `json:"ref"`
}

type statusDocument struct {
	V       int           `json:"v"`
	Kind    string        `json:"kind"`
	State   board.State   `json:"state"`
	Project Project       `json:"project"`
	Commit  string        `json:"commit"`
	Remote  string        `json:"remote"`
	Trigger Trigger       `json:"trigger"`
	CI      []string      `json:"ci"`
	Facts   []factEvent   `json:"facts"`
	Problem *problemEvent `json:"problem,omitempty"`
	Next    []string      `json:"next"`
}

// Facts gathers what the witnesses said, each thing once.
func Facts(fs []flow.Finding) []flow.Fact {
	var out []flow.Fact
	seen := map[[3]string]bool{}
	for _, f := range fs {
		for _, fact := range f.Facts {
			key := [3]string{fact.Witness, fact.About, fact.Says}
			if !seen[key] {
				seen[key] = true
				out = append(out, fact)
			}
		}
	}
	return out
}

// WriteJSON writes the document on one line.
func (s Status) WriteJSON(w io.Writer) error {
	doc := statusDocument{1, "status", s.State, s.Project, s.Commit, s.Remote, s.Trigger, list(s.CI), []factEvent{}, nil, list(s.Next)}
	for _, f := range s.Facts {
		doc.Facts = append(doc.Facts, factOf(f))
	}
	doc.Problem = problemIn(s.Problem)
	return writeDocument(w, doc)
}

// WriteText writes the same for people. The ages of the facts are those at now.
func (s Status) WriteText(w io.Writer, now time.Time) error {
	var b strings.Builder
	row := func(label, text string) {
		if text != "" {
			b.WriteString(strings.TrimRight(pad(label, 9)+visible.Line(text), " ") + "\n")
		}
	}
	row("state", stateText(s.State))
	row("project", s.Project.text())
	row("commit", s.Commit)
	row("remote", s.Remote)
	row("trigger", strings.TrimSpace(s.Trigger.Kind+" "+s.Trigger.Ref))
	row("ci", strings.Join(s.CI, ", "))
	for _, f := range s.Facts {
		row("fact", factText(f, now))
	}
	if s.Problem != nil {
		row("problem", withCode(s.Problem, s.Problem.Text))
		for _, now := range s.Problem.Now {
			row("now", now)
		}
	}
	for i, next := range s.Next {
		row([]string{"next", "or"}[min(i, 1)], next)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p Project) text() string {
	text := strings.TrimSpace(p.Name + " " + p.Version)
	if p.Source != "" {
		text += " (" + p.Source + ")"
	}
	if p.NeedsBuild {
		text += ", known after a build"
	}
	return text
}

func factText(f flow.Fact, now time.Time) string {
	text := f.Witness + "  " + f.About + ": " + f.Says
	if !f.ReadAt.IsZero() {
		text += "  read " + duration(max(0, now.Sub(f.ReadAt))) + " ago"
	}
	return text
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(1, n-len(s))) }

// stateText is the state for people; a word that we do not know stands for itself.
func stateText(s board.State) string {
	return cmp.Or(map[board.State]string{
		board.NotStarted:         "not started",
		board.TriggeredNoBuild:   "triggered, no build yet",
		board.Building:           "building",
		board.BuiltNotDeployed:   "built, nothing on the index",
		board.PartlyDeployed:     "only a part of the files is on the index",
		board.DeployedNotVisible: "uploaded, not visible everywhere yet",
		board.DoneNotCleaned:     "published, not cleaned up",
		board.AllDone:            "done",
		board.Conflicted:         "in conflict",
		board.FailedState:        "failed",
		board.UnknownState:       "unknown",
	}[s], string(s))
}
