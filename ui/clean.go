package ui

import (
	"maps"
	"unicode/utf8"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/visible"
)

// maxSteps bounds the steps of a job that are shown.
const maxSteps = 100

// maxText bounds one text from outside, in bytes, before it is made visible.
const maxText = 2000

// line makes a text from outside fit to be drawn.
func line(s string) string { return visible.Line(bounded(s, maxText)) }

// bounded hides what is secret in a text, and cuts it. It looks no further than
// twice as far as is shown, so that no cut leaves half a secret.
func bounded(s string, longest int) string {
	s = keyring.Hide(s[:min(len(s), 2*longest)])
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func lines(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = line(s)
	}
	return out
}

// logLines are lines of a log, whose colours say nothing here.
func logLines(in []string) (out []string) {
	for _, s := range in {
		out = append(out, logLine(s, maxText)...)
	}
	return out
}

// logLine makes a line of a log visible, and looks for secrets again when no
// colour is in the way.
func logLine(s string, longest int) []string {
	out := visible.Log(bounded(s, longest))
	for i := range out {
		out[i] = keyring.Hide(out[i])
	}
	return out
}

func cleanEvent(ev flow.Event) flow.Event {
	ev.Text, ev.Line = line(ev.Text), line(ev.Line)
	if ev.Finding != nil {
		f := cleanFinding(*ev.Finding)
		ev.Finding = &f
	}
	ev.Problem = cleanProblem(ev.Problem)
	return ev
}

func cleanFinding(f flow.Finding) flow.Finding {
	f.Text, f.Warning, f.Problem, f.Diff = line(f.Text), line(f.Warning), cleanProblem(f.Problem), nil
	f.Proof = append([]flow.Proof(nil), f.Proof...)
	for i, p := range f.Proof {
		f.Proof[i] = flow.Proof{What: line(p.What), Where: line(p.Where)}
	}
	f.Jobs = append([]flow.Job(nil), f.Jobs...)
	for i := range f.Jobs {
		j := &f.Jobs[i]
		j.Number, j.Name, j.Note, j.URL = line(j.Number), line(j.Name), line(j.Note), line(j.URL)
		j.Stage, j.Why, j.Steps = line(j.Stage), line(j.Why), append([]flow.JobStep(nil), j.Steps[:min(len(j.Steps), maxSteps)]...)
		for k := range j.Steps {
			j.Steps[k].Name = line(j.Steps[k].Name)
		}
	}
	f.Files = append([]flow.File(nil), f.Files...)
	for i := range f.Files {
		d := &f.Files[i]
		d.Name, d.SHA256, d.URL = line(d.Name), line(d.SHA256), line(d.URL)
		d.Surfaces = maps.Clone(d.Surfaces)
	}
	f.Facts = append([]flow.Fact(nil), f.Facts...)
	for i := range f.Facts {
		a := &f.Facts[i]
		a.Witness, a.About, a.Says, a.Where = line(a.Witness), line(a.About), line(a.Says), line(a.Where)
	}
	return f
}

func cleanProblem(p *flow.Problem) *flow.Problem {
	if p == nil {
		return nil
	}
	c := *p
	c.Code, c.Text = line(p.Code), line(p.Text)
	c.Now, c.Lines, c.Next = lines(p.Now), logLines(p.Lines), lines(p.Next)
	return &c
}

// cleanPlan keeps what is drawn of a plan; the steps stay out of reach of the screens.
func cleanPlan(p flow.Plan) flow.Plan {
	p.Title = line(p.Title)
	p.Nodes = append([]flow.Node(nil), p.Nodes...)
	for i := range p.Nodes {
		p.Nodes[i].Title = line(p.Nodes[i].Title)
	}
	return p
}

// cleanSession gives a session whose texts can be drawn. Its functions stay.
func cleanSession(s Session) *Session {
	for _, t := range []*string{&s.Project, &s.Version, &s.Commit, &s.Subject, &s.Branch, &s.Dir,
		&s.Remote, &s.RemoteURL, &s.Index, &s.Trigger, &s.Latest} {
		*t = line(*t)
	}
	s.Plan = cleanPlan(s.Plan)
	if s.Index == "" {
		s.Index = "index"
	}
	return &s
}

func cleanFindings(in []flow.Finding, most int) []flow.Finding {
	if len(in) > most {
		in = in[:most]
	}
	out := make([]flow.Finding, len(in))
	for i, f := range in {
		out[i] = cleanFinding(f)
	}
	return out
}

// act is a node as screens show it.
type act struct {
	id                   flow.ID
	word, title, command string
	undo                 flow.Reversal
	permanent            bool // what is done, or what the world then does by itself, is permanent
	leads                bool // it sets something permanent going
}

func actOf(n flow.Node) act {
	a := act{id: n.ID, word: string(n.Effect), title: line(n.Title), command: line(flow.Shell(n.Command()))}
	a.leads, a.undo = n.LeadsTo == flow.Permanent, n.Reversal()
	a.undo.Text = line(a.undo.Text)
	if n.Effect == flow.Permanent || n.Effect == flow.Reads && a.leads {
		a.word, a.permanent = "PERMANENT", true
	}
	return a
}

func acts(nodes []flow.Node) []act {
	out := make([]act, len(nodes))
	for i, n := range nodes {
		out[i] = actOf(n)
	}
	return out
}

// pages are the session's links that a browser may open.
func (s *Session) pages() map[string]string {
	out := map[string]string{}
	if s.Links == nil {
		return out
	}
	for name, url := range s.Links() {
		if isPage(url) {
			out[name] = line(url)
		}
	}
	return out
}
