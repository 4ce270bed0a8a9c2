package plain

import (
	"io"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// Recover is the one document of `ferry recover`: one release that is in flight, or
// none, or several of which none was named.
type Recover struct {
	flow.Recovery
	InFlight []flow.Recovery // all that are in flight, the one that is shown among them
	Exit     int
}

type recoverDocument struct {
	V          int             `json:"v"`
	Kind       string          `json:"kind"`
	Exit       int             `json:"exit"`
	Project    string          `json:"project"`
	Version    string          `json:"version"`
	Commit     string          `json:"commit"`
	State      string          `json:"state"`
	Summary    string          `json:"summary"`
	Plan       string          `json:"plan,omitempty"`
	Who        string          `json:"who,omitempty"`
	Since      string          `json:"since,omitempty"`
	Deadline   string          `json:"deadline,omitempty"`
	InFlight   []inFlight      `json:"in_flight"`
	Witnesses  []witnessField  `json:"witnesses"`
	Done       []string        `json:"done"`
	Missing    []string        `json:"missing"`
	Files      []fileEvent     `json:"files"`
	Options    []wayField      `json:"options"`
	NotOffered []notOfferedWay `json:"not_offered"`
	Problem    *problemEvent   `json:"problem,omitempty"`
}

type inFlight struct {
	Version string   `json:"version"`
	Commit  string   `json:"commit"`
	State   string   `json:"state"`
	Summary string   `json:"summary"`
	Command []string `json:"command"`
}

type witnessField struct {
	Name  string `json:"name"`
	Fact  string `json:"fact"`
	Where string `json:"where,omitempty"`
	Age   *int   `json:"age_s,omitempty"`
}

type wayField struct {
	ID          string      `json:"id"`
	Recommended bool        `json:"recommended"`
	Why         string      `json:"why,omitempty"`
	Text        string      `json:"text"`
	Consequence string      `json:"consequence"`
	Effect      flow.Effect `json:"effect"`
	Command     []string    `json:"command"`
	Page        string      `json:"page,omitempty"`
}

type notOfferedWay struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// WriteJSON writes the document on one line. The ages are those at now.
func (r Recover) WriteJSON(w io.Writer, now time.Time) error {
	doc := recoverDocument{V: 1, Kind: "recover", Exit: r.Exit, Project: r.Project, Version: r.Version, Commit: r.Commit, State: r.State,
		Summary: r.Summary, Plan: r.Plan, Who: r.Who, Since: timeText(r.Since), Deadline: timeText(r.Deadline), InFlight: []inFlight{},
		Witnesses: []witnessField{}, Done: list(r.Done), Missing: list(r.Missing), Files: []fileEvent{}, Options: []wayField{}, NotOffered: []notOfferedWay{}}
	for _, o := range r.InFlight {
		doc.InFlight = append(doc.InFlight, inFlight{o.Version, o.Commit, o.State, o.Summary, recoverCommand(o)})
	}
	for _, f := range r.Witnesses {
		doc.Witnesses = append(doc.Witnesses, witnessOf(f, now))
	}
	for _, f := range r.Files {
		doc.Files = append(doc.Files, fileOf(f))
	}
	for _, o := range r.Options {
		doc.Options = append(doc.Options, wayField{o.ID, o.Recommended, o.Why, o.Text, o.Consequence, o.Effect, list(o.Command), o.Page})
	}
	for _, n := range r.NotOffered {
		doc.NotOffered = append(doc.NotOffered, notOfferedWay(n))
	}
	doc.Problem = problemIn(r.Problem)
	return writeDocument(w, doc)
}

func recoverCommand(r flow.Recovery) []string { return []string{"ferry", "recover", r.Version} }

func witnessOf(f flow.Fact, now time.Time) witnessField {
	out := witnessField{Name: f.Witness, Fact: f.About + ": " + f.Says, Where: f.Where}
	if !f.ReadAt.IsZero() {
		age := int(max(0, now.Sub(f.ReadAt)) / time.Second)
		out.Age = &age
	}
	return out
}

// WriteText writes the same for people, in lines. The ages are those at now.
func (r Recover) WriteText(w io.Writer, now time.Time) error {
	t := recoverText{now: now}
	t.line(visible.Line(r.Summary))
	if r.Version != "" {
		t.release(r)
	}
	for _, o := range r.InFlight {
		if o.Version != r.Version {
			t.row("also", o.Version+"  "+o.Summary)
			t.row("", flow.Shell(recoverCommand(o)))
		}
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// recoverText is the text as it grows.
type recoverText struct {
	strings.Builder
	now time.Time
}

func (t *recoverText) line(text string) { t.WriteString(strings.TrimRight(text, " ") + "\n") }

func (t *recoverText) row(label, text string) {
	if text != "" {
		t.line(pad(label, 9) + visible.Line(text))
	}
}

func (t *recoverText) release(r Recover) {
	t.row("release", r.Project+" "+r.Version+" at "+r.Commit)
	t.row("state", stateText(board.State(r.State)))
	if r.Who != "" {
		t.row("started", "by "+r.Who+", "+duration(max(0, t.now.Sub(r.Since)))+" ago")
	}
	t.row("plan", r.Plan)
	for _, f := range r.Witnesses {
		t.row("fact", factText(f, t.now))
	}
	t.row("done", strings.Join(r.Done, ", "))
	t.row("missing", strings.Join(r.Missing, ", "))
	t.row("time", t.time(r))
	t.problem(r.Problem)
	for _, o := range r.Options {
		t.way(o)
	}
	for _, n := range r.NotOffered {
		t.row("not", n.ID+"  "+n.Why)
	}
}

// time is how long the index takes files of the version, where something is missing.
func (t *recoverText) time(r Recover) string {
	until := r.Deadline.UTC().Format("2006-01-02 15:04 UTC")
	switch {
	case r.Deadline.IsZero() || len(r.Missing) == 0:
		return ""
	case t.now.After(r.Deadline):
		return "the index took files of " + r.Version + " until " + until + ", and never will again"
	}
	return "the index takes files of " + r.Version + " until " + until + ", then never again"
}

func (t *recoverText) problem(p *flow.Problem) {
	if p == nil {
		return
	}
	t.row("problem", withCode(p, p.Text))
	for _, why := range p.Lines {
		t.row("why", why)
	}
	for _, now := range p.Now {
		t.row("now", now)
	}
}

func (t *recoverText) way(o flow.WayOut) {
	label := "or"
	if o.Recommended {
		label = "best"
	}
	t.row(label, o.ID+"  "+o.Text+effectText(o.Effect))
	t.row("", o.Consequence)
	if o.Why != "" {
		t.row("", "because "+o.Why)
	}
	t.row("", flow.Shell(o.Command))
}

func effectText(e flow.Effect) string {
	if e == flow.Permanent {
		return "  PERMANENT"
	}
	return ""
}
