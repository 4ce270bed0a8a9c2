package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/ui/widget"
)

// Act is something that a person asks of CI while a release is watched.
type Act struct {
	Off string // why it cannot be done here; "" if it can
	// Run asks CI once, and returns when CI shows what came of it. typed is what
	// the person typed at the gate.
	Run func(ctx context.Context, sink flow.Sink, typed string) error
}

// acting is an open question about CI's build. Until it is answered with yes,
// what is under way goes on.
type acting struct {
	id  flow.ID
	act Act
}

// errActed ends a run whose place an act takes.
var errActed = errors.New("CI was asked for something else")

// restartOff is why CI cannot be asked to run the build again; "" if it can.
func (m *model) restartOff() string {
	f := m.board.Row(flow.AwaitCI).Finding
	switch {
	case m.s == nil || m.s.Restart.Run == nil:
		return "no CI that is watched runs a build again when asked"
	case m.s.Restart.Off != "":
		return m.s.Restart.Off
	case len(f.Jobs) == 0:
		return "there is no build"
	case !f.Over():
		return goesOn(f.Jobs)
	case m.sentRow().Running:
		return "the answer to what was sent is open"
	}
	return ""
}

func goesOn(jobs []flow.Job) string {
	for _, j := range jobs {
		if !j.State.Over() {
			return "job " + strings.TrimSpace(j.Number+" "+j.Name) + " has not ended"
		}
	}
	return "a job has not ended"
}

// cancelOff is why the build cannot be cancelled; "" if it can.
func (m *model) cancelOff() string {
	f := m.board.Row(flow.AwaitCI).Finding
	switch {
	case m.s == nil || m.s.Cancel.Run == nil:
		return "no CI that is watched stops a build when asked"
	case m.s.Cancel.Off != "":
		return m.s.Cancel.Off
	case len(f.Jobs) == 0:
		return "there is no build"
	case f.Over():
		return "no job goes on"
	case m.jobs.uploading():
		return "the upload has begun, by the log; what is uploaded stays"
	}
	return ""
}

// unpublished says whether a problem is one that another attempt of CI may mend.
func unpublished(p *flow.Problem) bool {
	return p != nil && (p.Code == flow.CodeCIRed || p.Code == flow.CodeNotPublished || p.Code == flow.CodeHalf)
}

// ask opens the gate before CI is asked. What leads to an upload wants the version.
func (m *model) askCI(id flow.ID) {
	want, act := "", m.s.Cancel
	if id == flow.RestartCI {
		want, act = m.s.Plan.Confirm, m.s.Restart
	}
	m.help, m.find, m.leave, m.note, m.jobs.full = nil, nil, nil, "", false
	m.gate = &gate{Gate: widget.OpenGate(want, m.now), act: &acting{id, act}, at: m.now}
}

// actOn does what was agreed to, and then goes on with the release.
func (m *model) actOn(a *acting, typed string) {
	m.start(m.withAct(a.id))
	m.jobs.own = a.id == flow.RestartCI
	m.d.act(m.s, a.act, typed)
}

// withAct is the plan with what CI is asked for before the wait for it.
func (m *model) withAct(id flow.ID) flow.Plan {
	p := m.s.Plan
	p.Nodes = nil
	for _, n := range m.s.Plan.Nodes {
		if n.ID == flow.AwaitCI {
			p.Nodes = append(p.Nodes, flow.Node{ID: id, Title: actTitle(id), Effect: flow.Shared})
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p
}

func actTitle(id flow.ID) string {
	if id == flow.RestartCI {
		return "have CI build the commit again"
	}
	return "cancel CI's build"
}

// act ends what is under way, asks CI, and goes on with the release.
func (d *driver) act(s *Session, a Act, typed string) {
	d.stop(errActed)
	d.do(func(ctx context.Context) {
		sink := func(ev flow.Event) { d.sink(s, ev) }
		err := guarded(func() error { return a.Run(ctx, sink, typed) })
		if err == nil {
			err = guarded(func() error { return s.Run(ctx, sink, d.ask) })
		}
		d.ran(ctx, err)
	})
}

// ran tells that a run has ended, unless an act took its place.
func (d *driver) ran(ctx context.Context, err error) {
	if !errors.Is(context.Cause(ctx), errActed) {
		d.send(endedMsg{err})
	}
}

// actTop says what is asked of whom; what happens then follows.
func (m *model) actTop(width int) []string {
	title := "Have CI build " + m.s.Project + " " + m.s.Version + " again?"
	if m.gate.act.id == flow.CancelCI {
		title = "Cancel CI's build of " + m.s.Project + " " + m.s.Version + "?"
	}
	out := []string{""}
	for _, l := range widget.Wrap(title, width-1) {
		out = append(out, " "+m.st.Bold(l))
	}
	out = append(out, "")
	f := m.board.Row(flow.AwaitCI).Finding
	out = append(out, m.field("build", f.Text, width)...)
	for _, p := range f.Proof {
		if isPage(p.Where) {
			out = append(out, m.field("", p.Where, width)...)
		}
	}
	return append(out, "")
}

func (m *model) actCovers(width int) []string {
	if m.gate.act.id == flow.CancelCI {
		return m.cancelCovers(width)
	}
	out := m.field("now", "CI builds commit "+short(m.s.Commit)+" again, the same one; nothing is pushed", width)
	out = append(out, m.field("index", m.onIndex(), width)...)
	out = append(out, m.field("leads to", m.st.Alarm("PERMANENT")+"  CI uploads to "+m.s.Index+" when its jobs pass", width)...)
	for _, l := range widget.Wrap("This cannot be undone. "+m.s.Version+" can be yanked, but its file names are used up.", width-4) {
		out = append(out, "   "+m.st.Alarm(l))
	}
	return append(out, m.field("then", "the new attempt is followed until the index has proved it", width)...)
}

// onIndex is what the index holds of the version already, as it was last read.
func (m *model) onIndex() string {
	r := m.board.Row(flow.ConfirmIndex)
	var names []string
	for _, f := range r.Finding.Files {
		if f.URL != "" {
			names = append(names, f.Name)
		}
	}
	switch {
	case !r.Seen:
		return "what it holds was not read"
	case len(names) == 0:
		return "no file of " + m.s.Version + " was seen there"
	}
	return fmt.Sprintf("%s of %s is there already and is not taken again: %s", count(len(names), "file"), m.s.Version, strings.Join(names, ", "))
}

func (m *model) cancelCovers(width int) []string {
	var names []string
	for _, j := range m.board.Row(flow.AwaitCI).Finding.Jobs {
		if !j.State.Over() {
			names = append(names, strings.TrimSpace(j.Number+" "+j.Name))
		}
	}
	out := m.field("stops", strings.Join(names, ", "), width)
	out = append(out, m.field("only", "until the upload starts: what was uploaded stays on "+m.s.Index, width)...)
	return append(out, m.field("stays", m.s.Trigger+"; the same commit can be built again, or given up", width)...)
}
