package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ferry/flow"
	"ferry/ui/widget"
)

// rescueKeys are the keys of a recovery.
func (m *model) rescueKeys() []binding {
	r := m.rec
	switch {
	case r.stop != nil:
		return append(m.scrollKeys(), m.lookKey("try again"), m.rescueBack())
	case r.lines:
		return append(m.scrollKeys(), bind([]string{"esc", "l"}, "esc", "close lines", quietly((*model).backFromRescue)))
	case r.page == rescueList:
		return m.versionKeys()
	case r.page == rescueFound && r.d != nil:
		return m.wayKeys()
	case r.page == rescuePlan:
		w, _ := r.chosen()
		begin := bind([]string{"enter"}, "enter", "begin", quietly((*model).goWay)).offIf(len(w.Plan.Nodes) == 0, "a person does this")
		return append(append(m.scrollKeys(), begin), m.rescueBack())
	case r.page == rescueNone:
		return []binding{m.lookKey("look again"), m.rescueBack()}
	}
	return []binding{m.rescueBack()}
}

// lookKey reads again: the version that is looked at, or which are in flight.
func (m *model) lookKey(name string) binding {
	look := (*model).lookAgainAt
	if m.rec.page != rescueFound {
		look = (*model).openRescue
	}
	return bind([]string{"r"}, "r", name, quietly(look)).offIf(m.reading, "the world is being read")
}

func (m *model) rescueBack() binding {
	r := m.rec
	up := "back"
	listed := r.page == rescueFound && r.o != nil && len(r.o.Versions) > 1
	top := r.page != rescuePlan && !listed
	if top {
		up = "home"
	}
	return bind([]string{"esc"}, "esc", up, quietly((*model).backFromRescue)).offIf(top && r.from.s == nil, "there is no other screen: q leaves")
}

func (m *model) versionKeys() []binding {
	r := m.rec
	out := []binding{
		bind([]string{"up", "k"}, m.arrows(), "choose", quietly(func(m *model) { r.list.By(-1); r.moved = true })),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { r.list.By(1); r.moved = true })).hide(),
	}
	for i := range r.o.Versions[:min(len(r.o.Versions), mostWays)] {
		out = append(out, bind([]string{itoa(i + 1)}, "1-"+itoa(min(len(r.o.Versions), mostWays)), "choose", quietly(func(m *model) { r.list.Cursor, r.moved = i, true })).hide())
	}
	return append(out, bind([]string{"enter"}, "enter", "look at it", quietly(func(m *model) { m.lookAt(r.list.Cursor) })), m.lookKey("look again"), m.rescueBack())
}

// wayKeys choose among the ways out.
func (m *model) wayKeys() []binding {
	r := m.rec
	ways := len(r.d.ways)
	none := ways == 0
	out := []binding{
		bind([]string{"up", "k"}, m.arrows(), "choose", quietly(func(m *model) { r.point(r.way - 1) })).offIf(none, "there is no way out to choose"),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { r.point(r.way + 1) })).offIf(none, "there is no way out to choose").hide(),
	}
	for i := range min(ways, mostWays) {
		out = append(out, bind([]string{itoa(i + 1)}, "1-"+itoa(min(ways, mostWays)), "choose", quietly(func(m *model) { r.point(i) })))
		out[len(out)-1].hidden = true
	}
	lines := r.d.Problem != nil && len(r.d.Problem.Lines) > 0
	idle := ways > 0 && r.d.ways[r.way].ID == flow.WayWait
	scroll := &m.body
	if m.w >= wideFrom {
		scroll = &r.side
	}
	return append(out,
		bind([]string{"enter"}, "enter", "plan it", quietly((*model).planWay)).offIf(none, "there is no way out to choose").offIf(idle, "leaving it needs no plan: r looks again, q leaves").offIf(m.reading, "the world is being read"),
		bind([]string{"l"}, "l", "log lines", quietly(func(m *model) { r.lines = true; m.body.Reset() })).offIf(!lines, "no line tells of a failure"),
		m.lookKey("look again"),
		further(scroll),
		bind([]string{"pgup", "ctrl+u"}, "pgup", "half a page up", quietly(func(*model) { scroll.By(-scroll.Page()) })).hide(),
		m.rescueBack())
}

// further shows more of a pane. The keys that choose do not scroll it, so it is in the
// key line where the pane has more than it shows.
func further(s *widget.Scroll) binding {
	down := func(name string) binding {
		return bind([]string{"pgdown", "ctrl+d"}, "pgdn", name, quietly(func(*model) { s.By(s.Page()) }))
	}
	if s.Fits() {
		return down("half a page down").hide()
	}
	return down("more")
}

// rescueName names the screen.
func (m *model) rescueName() string {
	switch r := m.rec; {
	case r.o == nil:
		return "Opening"
	case r.page == rescueList:
		return "Versions in flight"
	case r.page == rescuePlan:
		return "Plan of a way out"
	}
	return "Recover"
}

func (m *model) rescuePlace() string {
	r := m.rec
	if r.o == nil {
		return "recover   " + line(m.opt.Dir)
	}
	out := r.o.Project + "   recover"
	if r.page == rescueFound || r.page == rescuePlan {
		out += " " + line(r.want)
	}
	if m.w >= wideFrom && r.o.RemoteURL != "" {
		out += "   " + r.o.Remote + " " + r.o.RemoteURL
	}
	return out
}

// rescueWorld is how many witnesses were asked, and how old the oldest answer is.
func (m *model) rescueWorld() string {
	r := m.rec
	switch {
	case m.reading && r.o == nil:
		return m.spin() + "opening"
	case m.reading:
		return m.spin() + "reading"
	case r.d == nil || r.page != rescueFound && r.page != rescuePlan:
		return ""
	}
	kinds := map[string]bool{}
	oldest := r.d.at
	for _, f := range r.d.Witnesses {
		kinds[witnessKind(f)] = true
		if !f.ReadAt.IsZero() && f.ReadAt.Before(oldest) {
			oldest = f.ReadAt
		}
	}
	names := fmt.Sprintf("%d witnesses", len(kinds))
	if len(kinds) == 1 {
		names = "1 witness"
	}
	return names + "   read " + age(m.now.Sub(oldest)) + " ago"
}

func (m *model) rescueSmall() string {
	if d := m.rec.d; d != nil {
		return d.Summary
	}
	return "recover"
}

func (m *model) rescueMessage() string {
	r := m.rec
	w, ok := r.chosen()
	switch {
	case r.page == rescuePlan && len(w.Plan.Nodes) == 0:
		return m.rescueUnchanged() + " c copies the command."
	case r.page == rescuePlan:
		return m.rescueUnchanged() + " enter begins; what others feel is asked for first."
	case !ok || r.page != rescueFound:
		return "Reading only. " + m.rescueUnchanged()
	case w.Recommended && w.Why != "" && m.w < wideFrom && !m.rescueDid(): // the reason needs the room
		return fmt.Sprintf("%d is recommended: %s", r.way+1, sentence(w.Why))
	case w.Recommended && w.Why != "":
		return fmt.Sprintf("%s %d is recommended: %s", m.rescueUnchanged(), r.way+1, sentence(w.Why))
	}
	if w.ID == flow.WayWait {
		return m.rescueUnchanged() + " r looks again, q leaves it as it is."
	}
	return m.rescueUnchanged() + " " + sentence(capital(w.Consequence))
}

// rescueDid says whether a way was begun here that changed something.
func (m *model) rescueDid() bool { return m.rec.began.ID != "" && len(m.board.Changed) > 0 }

// rescueUnchanged is said only where it is true.
func (m *model) rescueUnchanged() string {
	if !m.rescueDid() {
		return "Nothing has been changed."
	}
	return "Done here: " + m.changedNames() + "."
}

func capital(s string) string {
	if s == "" {
		return s
	}
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// age is how old something is: to the second only while it is new.
func age(t time.Duration) string {
	switch t = max(t, 0); {
	case t < time.Minute:
		return fmt.Sprintf("%ds", int(t.Seconds()))
	case t < 2*time.Hour:
		return fmt.Sprintf("%dm", int(t.Minutes()))
	}
	return span(t)
}

// rescuePageHere is the page of a way, else that of a witness.
func (m *model) rescuePageHere() string {
	r := m.rec
	if w, ok := r.chosen(); ok && isPage(w.Page) {
		return w.Page
	}
	if r.d != nil && len(r.d.pages) > 0 {
		return r.d.pages[0]
	}
	if r.o != nil && isPage(r.o.RemoteURL) {
		return r.o.RemoteURL
	}
	return ""
}

func (m *model) rescueCommand() string {
	if w, ok := m.rec.chosen(); ok {
		return w.command
	}
	return ""
}

// rescueValue is the diagnosis as text.
func (m *model) rescueValue() string {
	d := m.rec.d
	if d == nil {
		return ""
	}
	out := []string{sentence(d.Summary)}
	for _, f := range d.Witnesses {
		out = append(out, f.Witness+"  "+f.About+": "+f.Says)
	}
	return strings.Join(out, "\n")
}

// rescueCommandLine is the command that comes back here.
func (m *model) rescueCommandLine() string {
	if m.rec == nil || m.rec.want == "" {
		return "ferry recover"
	}
	return line(flow.Shell([]string{"ferry", "recover", m.rec.want}))
}

// rescueOutcome is what leaving now comes to: what the last way did, or why nothing
// could be told.
func (m *model) rescueOutcome() error {
	switch {
	case m.run.had && m.rec.began.ID != "":
		return m.run.err
	case m.rec.stop != nil:
		return m.rec.stop
	}
	return nil
}

// rescueFarewell is what stays in the scrollback.
func (m *model) rescueFarewell(err error) []string {
	r := m.rec
	if r.o == nil || r.d == nil && r.began.ID == "" {
		return problemLines(err)
	}
	head := r.o.Project + " " + line(r.want)
	switch {
	case len(m.quit.said) > 0:
		return append([]string{head}, m.quit.said...)
	case m.quit.left:
		return []string{head + " is under way: " + stateText(m.board.State()), "nothing was stopped by leaving", "come back with: " + m.rescueCommandLine()}
	case err != nil:
		return problemLines(err)
	case r.began.ID != "" && m.board.Ended:
		return []string{m.rescueDone()}
	case r.d == nil:
		return nil
	}
	out := []string{sentence(r.d.Summary)}
	if i := slices.IndexFunc(r.d.ways, func(w shownWay) bool { return w.Recommended && w.ID != flow.WayWait }); i >= 0 {
		out = append(out, "  next    "+r.d.ways[i].command)
	}
	return out
}

// rescueDone is what is true at the end of a way that was carried out.
func (m *model) rescueDone() string {
	r := m.rec
	name := r.o.Project + " " + line(r.want)
	if f := m.board.Row(flow.AbandonBranch).Finding; f.Status == flow.Done {
		return strings.TrimSuffix(name+" is given up: "+f.Text, ": ") + "."
	}
	if m.board.Row(flow.ConfirmIndex).Finding.Status == flow.Done {
		return name + " is on " + r.o.Index + " and can be installed."
	}
	return name + ": nothing is left to do of that."
}
