package ui

import (
	"cmp"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/widget"
)

// way is what home offers first: it comes from where the release stands.
type way int

const (
	wayRelease way = iota
	wayWatch
	wayFinish
	wayDone
	wayProblem
	wayLook // nobody can tell: read again
)

// way reads the state. A check that fails is no failed release: the run says more.
func (m *model) way() way {
	if p := m.standing(); p != nil {
		return wayProblem
	}
	switch m.board.State() {
	case board.AllDone:
		return wayDone
	case board.DoneNotCleaned:
		return wayFinish
	case board.TriggeredNoBuild, board.Building, board.BuiltNotDeployed, board.DeployedNotVisible, board.PartlyDeployed:
		return wayWatch
	case board.Conflicted, board.FailedState:
		return wayProblem
	case board.UnknownState:
		return wayLook
	}
	return wayRelease
}

// standing is the problem that the survey shows behind the checks.
func (m *model) standing() *flow.Problem {
	if s := m.board.State(); s == board.AllDone || s == board.DoneNotCleaned {
		return nil
	}
	for i := len(m.board.Rows) - 1; i >= 0; i-- {
		r := m.board.Rows[i]
		bad := r.Finding.Status == flow.Failed || r.Finding.Status == flow.Conflict
		if r.Seen && bad && !preflight(r.Node.ID) {
			return r.Finding.Problem
		}
	}
	return nil
}

func preflight(id flow.ID) bool {
	switch id {
	case flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree:
		return true
	}
	return false
}

// menu is what can be chosen on home.
func (m *model) menu() []widget.Choice {
	if m.s == nil {
		return nil
	}
	v := m.s.Version
	first := widget.Choice{Name: "Release", Text: "cut " + v + " from " + m.from(), Note: checksText(m.stage("preflight"))}
	if m.known() {
		switch m.way() {
		case wayWatch:
			first = widget.Choice{Name: "Watch", Text: v + " is under way: join it"}
		case wayFinish:
			first = widget.Choice{Name: "Finish", Text: v + " is on " + m.s.Index + ": clean up"}
		case wayDone:
			first = widget.Choice{Name: "Summary", Text: v + " is on " + m.s.Index + ": nothing to do"}
		case wayProblem:
			first = widget.Choice{Name: "Problem", Text: m.problemLine()}
		case wayLook:
			first = widget.Choice{Name: "Join", Text: "go on from what the world shows of " + v}
		}
	}
	out := []widget.Choice{first, {Name: readEntry, Text: "look at everything again", Note: "reads only"}}
	if m.opt.Onboard != nil {
		out = append(out, widget.Choice{Name: onboardEntry, Text: "set up a repository", Note: "asks first"})
	}
	if m.opt.Recover != nil {
		out = slices.Insert(out, 1, widget.Choice{Name: recoverEntry, Text: m.halfDone(), Note: "reads first"})
	}
	return out
}

// The entries that are not always there.
const (
	onboardEntry = "Onboard"
	recoverEntry = "Recover"
	readEntry    = "Read again"
)

// halfDone says in one line what is half done. That nothing is can be said only
// where it was looked for.
func (m *model) halfDone() string {
	switch s := m.survey; {
	case len(s.InFlight) == 1:
		return s.InFlight[0]
	case len(s.InFlight) > 1:
		return itoa(len(s.InFlight)) + " in flight: " + s.InFlight[0]
	case s.Searched:
		return "nothing half done here"
	}
	return "look for a release that is half done"
}

// inFlight is the same in full, for where the entry has no room for it.
func (m *model) inFlight(width int) []string {
	if m.opt.Recover == nil || len(m.survey.InFlight) == 0 {
		return nil
	}
	out := []string{"", " " + m.st.Bold("Half done")}
	for _, t := range m.survey.InFlight {
		out = append(out, widget.Under("   ", t, width)...)
	}
	return out
}

// firstChoice is what has the focus: what is half done, unless the first entry is
// how to go on with it.
func (m *model) firstChoice() int {
	w := m.way()
	if m.opt.Recover == nil || len(m.survey.InFlight) == 0 || w == wayWatch || w == wayFinish {
		return 0
	}
	return 1
}

func (m *model) problemLine() string {
	if p := m.standing(); p != nil {
		return p.Text
	}
	return "see what stands in the way of " + m.s.Version
}

func (m *model) from() string {
	if m.s.Branch != "" {
		return m.s.Branch
	}
	return short(m.s.Commit)
}

func (m *model) known() bool { return !m.survey.At.IsZero() }

// open does what the focused line says.
func (m *model) open() {
	switch m.menu()[m.home.Cursor].Name {
	case readEntry:
		m.read()
		return
	case recoverEntry:
		m.openRescue()
		return
	case onboardEntry:
		m.openWizard()
		return
	}
	if !m.known() {
		m.begin()
		return
	}
	switch m.way() {
	case wayDone:
		m.screen, m.run = onRelease, run{lines: map[flow.ID]*widget.Log{}}
		m.board.Ended = true
	case wayProblem:
		if m.standing() == nil {
			m.begin() // the run says what is in the way
			return
		}
		m.screen = onProblem
	default:
		m.begin()
	}
	m.body.Reset()
}

func (m *model) homeBody(width, height int) []string {
	if m.s == nil {
		return []string{"", " Opening " + line(m.opt.Dir) + " " + m.st.More}
	}
	if width >= wideFrom {
		left := width/2 - 2
		a := m.menuLines(left)
		b := slices.Concat(m.factLines(width-left-2), m.inFlight(width-left-2), m.planBlock(width-left-2))
		return widget.Beside(m.st, widget.Fit(m.st, a, left-1, height), m.body.View(m.st, b, width-left-2, height), left, width)
	}
	out := append(m.factLines(width)[1:], "")
	out = append(out, m.menuLines(width)[1:]...)
	return m.body.View(m.st, append(out, m.planBlock(width)...), width, height)
}

func (m *model) menuLines(width int) []string {
	m.home.Items = m.menu()
	out := append([]string{""}, m.home.Lines(m.st, width)...)
	if m.surveyP != nil {
		out = append(out, "")
		out = append(out, widget.Under("   ", m.st.Warn(m.st.Unknown+" unknown")+"  "+m.surveyP.Text, width)...)
	}
	if bad := m.badChecks(width); len(bad) > 0 {
		out = append(append(out, ""), bad...)
	}
	return out
}

// badChecks lists what preflight would stop at.
func (m *model) badChecks(width int) []string {
	if w := m.way(); !m.known() || w != wayRelease {
		return nil
	}
	var out []string
	for _, r := range m.stage("preflight").Rows {
		if r.Seen && r.Finding.Status != flow.Done {
			out = append(out, m.statusLine(r, nodeName(r.Node.ID, m.s.Index), r.Finding.Text, width)...)
		}
	}
	return out
}

// factLines: what is true now.
func (m *model) factLines(width int) []string {
	s := m.s
	latest := cmp.Or(s.Latest, m.noLatest())
	tree := s.Version + "   at " + short(s.Commit)
	if s.Subject != "" {
		tree += ` "` + s.Subject + `"`
	}
	if s.Branch != "" {
		tree += ", branch " + s.Branch
	}
	room := max(len("Between"), widget.Width("On "+s.Index))
	out := []string{""}
	out = append(out, label(m.st, "On "+s.Index, room, latest, width)...)
	out = append(out, label(m.st, "In tree", room, tree, width)...)
	return append(out, m.between(room, width)...)
}

// noLatest says why there is no newest version. That the index could not be read
// is no absence.
func (m *model) noLatest() string {
	switch {
	case !m.known() || m.reading:
		return "not read yet"
	case m.board.Row(flow.CheckVersion).Finding.Status == flow.Unknown:
		return "not known"
	}
	return "no version"
}

// between is what the witnesses say of this version.
func (m *model) between(room, width int) []string {
	if !m.known() {
		return label(m.st, "Between", room, "reading "+m.s.Remote+", CI and "+m.s.Index+" "+m.st.More, width)
	}
	var out []string
	name := "Between"
	for _, r := range m.board.Rows {
		if preflight(r.Node.ID) || r.Node.ID == flow.DeleteBranch && m.way() == wayRelease || r.Finding.Text == "" {
			continue
		}
		what := widget.Pad(m.st, nodeName(r.Node.ID, m.s.Index), 9)
		for i, l := range label(m.st, name, room, what+r.Finding.Text, width) {
			if i > 0 {
				l = strings.Repeat(" ", 9) + l
			}
			out = append(out, widget.Cut(m.st, l, width))
		}
		name = ""
	}
	return out
}

func (m *model) planBlock(width int) []string {
	out := []string{""}
	if m.known() && m.way() == wayDone {
		return append(out, " "+m.st.Bold("Nothing is left to do for "+m.s.Version+"."))
	}
	out = append(out, " "+m.st.Bold("What will happen"))
	out = append(out, m.planLines(width, false)...)
	same := "Same thing without this screen"
	typed := "ferry release --yes=" + m.s.Version
	if m.w < wideFrom {
		return append(append(out, ""), widget.Under(" "+same+":  ", typed, width)...)
	}
	out = append(out, "")
	ask := "You are asked before the first shared step, and type " + m.s.Version + ", because what is PERMANENT cannot be taken back."
	out = append(out, widget.Under(" ", ask, width)...)
	out = append(out, "", " "+m.st.Bold(same))
	return append(out, "   "+typed)
}
