package ui

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
	"ferry/ui/widget"
)

// binding is a key as data: what it is called, what it does, and why it is off.
type binding struct {
	key.Binding
	do     func(*model) tea.Cmd
	off    string // why it does nothing now; "" when it works
	hidden bool   // in the help, not in the key line
}

func bind(keys []string, show, name string, do func(*model) tea.Cmd) binding {
	return binding{Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(show, name)), do: do}
}

// quietly is for what needs no command.
func quietly(f func(*model)) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd { f(m); return nil }
}

func (b binding) offIf(no bool, why string) binding {
	if no && b.off == "" {
		b.off = why
	}
	return b
}

func (b binding) hide() binding { b.hidden = true; return b }

// key takes a key. A key that is held can come as several in one message.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	typing := m.gate != nil || m.find != nil || m.prompt != nil || m.answering()
	if k.Type != tea.KeyRunes || k.Paste || typing || !held(k.Runes) {
		return m.route(k)
	}
	var cmds []tea.Cmd
	for _, r := range k.Runes {
		k.Runes = []rune{r}
		cmds = append(cmds, m.route(k))
	}
	return tea.Batch(cmds...)
}

func held(rs []rune) bool {
	for _, r := range rs {
		if r != rs[0] {
			return false
		}
	}
	return len(rs) > 1
}

// route gives a key to what is open, else to the screen's bindings.
func (m *model) route(k tea.KeyMsg) tea.Cmd {
	m.note = ""
	if k.Type == tea.KeyCtrlC && !k.Paste {
		return m.interrupt(k)
	}
	switch {
	case k.Type == tea.KeyCtrlZ:
		return tea.Suspend
	case k.Type == tea.KeyCtrlL:
		return tea.ClearScreen
	case m.prompt != nil:
		return m.promptKey(k)
	case m.gate != nil:
		return m.gateKey(k)
	case m.find != nil:
		return m.findKey(k)
	case m.answering() && m.leave == nil && m.help == nil:
		return m.answerKey(k)
	case k.Paste: // only what can be typed into takes a paste
		return nil
	case m.help != nil:
		return m.helpKey(k)
	case m.leave != nil:
		return m.leaveKey(k)
	}
	for _, b := range m.bindings() {
		if b.off == "" && key.Matches(k, b.Binding) {
			return b.do(m)
		}
	}
	for _, b := range m.bindings() {
		if key.Matches(k, b.Binding) {
			m.note = b.Help().Key + " is off: " + b.off
		}
	}
	return nil
}

// again is how soon a second ctrl-c leaves at once.
const again = 2 * time.Second

// interrupt is ctrl-c: as q, and the second one leaves whatever is open.
func (m *model) interrupt(k tea.KeyMsg) tea.Cmd {
	second := !m.ctrlC.IsZero() && m.now.Sub(m.ctrlC) <= again
	m.ctrlC = m.now
	if m.leave != nil && m.leave.sent != "" {
		return m.leaveUnknown()
	}
	if second || m.leave != nil {
		return m.stop(flow.ErrInterrupted, nil)
	}
	if m.prompt != nil {
		return m.promptKey(k)
	}
	if m.gate != nil {
		return m.gateKey(k)
	}
	return m.goAway(flow.ErrInterrupted)
}

// bindings are the keys of the screen that is shown, in the order of the key line.
func (m *model) bindings() []binding {
	var out []binding
	switch {
	case m.jobs.full:
		out = m.logKeys()
	case m.screen == onHome:
		out = m.homeKeys()
	case m.screen == onWizard:
		out = m.wizardKeys()
	case m.screen == onRescue:
		out = m.rescueKeys()
	case m.shownProblem() != nil:
		out = m.problemKeys()
	case m.screen == onRelease && m.s != nil && m.shown() == "ci" && (!m.board.Ended || m.look != ""):
		out = append(m.ciKeys(), m.stageKeys()...)
	default:
		out = append(m.scrollKeys(), m.stageKeys()...)
	}
	return append(out, m.commonKeys()...)
}

func (m *model) homeKeys() []binding {
	closed := m.s == nil
	return []binding{
		bind([]string{"up", "k"}, m.arrows(), "move", quietly(func(m *model) { m.home.By(-1) })).offIf(closed, "the checkout is not open yet"),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { m.home.By(1) })).offIf(closed, "the checkout is not open yet").hide(),
		bind([]string{"enter"}, "enter", "open", quietly((*model).open)).offIf(closed, "the checkout is not open yet"),
		bind([]string{"r"}, "r", "read again", quietly((*model).read)).offIf(closed || m.reading, "the world is being read"),
		m.watchKey(),
		bind([]string{"pgdown", "ctrl+d"}, "pgdn", "down", quietly(func(m *model) { m.body.By(m.body.Page()) })).hide(),
		bind([]string{"pgup", "ctrl+u"}, "pgup", "up", quietly(func(m *model) { m.body.By(-m.body.Page()) })).hide(),
	}
}

func (m *model) arrows() string { return m.st.Up + m.st.Down }

func (m *model) scrollKeys() []binding {
	return []binding{
		bind([]string{"up", "k"}, m.arrows(), "scroll", quietly(func(m *model) { m.body.By(-1) })),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { m.body.By(1) })).hide(),
		bind([]string{"pgdown", "ctrl+d"}, "pgdn", "half a page down", quietly(func(m *model) { m.body.By(m.body.Page()) })).hide(),
		bind([]string{"pgup", "ctrl+u"}, "pgup", "half a page up", quietly(func(m *model) { m.body.By(-m.body.Page()) })).hide(),
	}
}

func (m *model) ciKeys() []binding {
	none := m.jobs.log() == nil
	return []binding{
		bind([]string{"up", "k"}, m.arrows(), "job", quietly(func(m *model) { m.jobs.by(-1) })).offIf(len(m.jobs.list) < 2, "there is no other job"),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { m.jobs.by(1) })).offIf(len(m.jobs.list) < 2, "there is no other job").hide(),
		bind([]string{"l"}, "l", "log", quietly(func(m *model) { m.jobs.full = true })).offIf(none, "no log is followed"),
		bind([]string{"/"}, "/", "find", quietly(func(m *model) { m.find = &widget.Entry{} })).offIf(none, "no log is followed"),
		m.restartKey(), m.cancelKey(), m.seenKey(), m.failKey("n", 1).offIf(none, "no log is followed"), m.failKey("N", -1).offIf(none, "no log is followed"),
	}
}

func (m *model) restartKey() binding {
	why := m.restartOff()
	return bind([]string{"R"}, "R", "rerun", quietly(func(m *model) { m.askCI(flow.RestartCI) })).offIf(why != "", why)
}

func (m *model) cancelKey() binding {
	why := m.cancelOff()
	return bind([]string{"x"}, "x", "cancel build", quietly(func(m *model) { m.askCI(flow.CancelCI) })).offIf(why != "", why)
}

// failKey goes from one failing line of the log to another.
func (m *model) failKey(key string, dir int) binding {
	show, what := "n N", "next, previous failing line"
	if dir < 0 {
		show, what = "", ""
	}
	return bind([]string{key}, show, what, quietly(func(m *model) { m.failing(dir) })).hide()
}

func (m *model) logKeys() []binding {
	t := m.jobs.log()
	if t == nil {
		return []binding{bind([]string{"esc", "l"}, "esc", "close log", quietly(func(m *model) { m.jobs.full = false }))}
	}
	what := "failing line"
	if t.Finding() != "" {
		what = "next"
	}
	return []binding{
		bind([]string{"up", "k"}, m.arrows(), "scroll", quietly(func(*model) { t.By(-1) })),
		bind([]string{"down", "j"}, "", "", quietly(func(*model) { t.By(1) })).hide(),
		bind([]string{"g", "home"}, "g", "top", quietly(func(*model) { t.Top() })),
		bind([]string{"G", "end"}, "G", "end, follow", quietly(func(*model) { t.End() })),
		bind([]string{"/"}, "/", "find", quietly(func(m *model) { m.find = &widget.Entry{} })),
		bind([]string{"n"}, "n N", what, quietly(func(m *model) { m.failing(1) })),
		bind([]string{"N"}, "", "", quietly(func(m *model) { m.failing(-1) })).hide(),
		bind([]string{"pgdown", "ctrl+d"}, "pgdn", "half a page down", quietly(func(*model) { t.By(t.Page()) })).hide(),
		bind([]string{"pgup", "ctrl+u"}, "pgup", "half a page up", quietly(func(*model) { t.By(-t.Page()) })).hide(),
		bind([]string{"esc", "l"}, "esc", "close log", quietly((*model).closeLog)),
	}
}

func (m *model) closeLog() {
	if t := m.jobs.log(); t != nil && t.Finding() != "" {
		t.Find("")
		return
	}
	m.jobs.full = false
}

func (m *model) stageKeys() []binding {
	ended := m.board.Ended || !m.run.on
	up := "home"
	if m.look != "" {
		up = "back"
	}
	ended = ended || m.prior != nil // what is only followed can be left
	if m.rec != nil && m.look == "" {
		up = "diagnosis"
	}
	return []binding{
		m.undoKey().hide(),
		bind([]string{"left", "[", "h"}, m.st.Left+m.st.Right, "stage", quietly(func(m *model) { m.lookBy(-1) })).offIf(m.s == nil, "the checkout is not open yet"),
		bind([]string{"right", "]"}, "", "", quietly(func(m *model) { m.lookBy(1) })).offIf(m.s == nil, "the checkout is not open yet").hide(),
		bind([]string{"esc"}, "esc", up, (*model).back).offIf(!ended && m.look == "", "the release is under way: q leaves"),
	}
}

// back goes one level up.
func (m *model) back() tea.Cmd {
	if m.look != "" {
		m.look = ""
		m.body.Reset()
		return nil
	}
	m.goHome()
	return nil
}

func (m *model) problemKeys() []binding {
	p := m.shownProblem()
	out := []binding{
		bind([]string{"up", "k"}, m.arrows(), "scroll", quietly(func(m *model) { m.body.By(-1) })),
		bind([]string{"down", "j"}, "", "", quietly(func(m *model) { m.body.By(1) })).hide(),
	}
	for i := range p.Next[:min(len(p.Next), 9)] {
		out = append(out, bind([]string{itoa(i + 1)}, "1-"+itoa(len(p.Next)), "choose", quietly(func(m *model) { m.pick = i })))
		out[len(out)-1].hidden = i > 0 || len(p.Next) < 2
	}
	switch {
	case m.screen == onProblem && m.openErr != nil:
		return append(out, bind([]string{"r"}, "r", "try again", quietly((*model).reopen)))
	case m.screen == onProblem:
		return append(out, bind([]string{"R"}, "R", "look again and go on", quietly((*model).begin)), m.watchKey(), bind([]string{"esc"}, "esc", "home", (*model).back))
	}
	out = append(append(out, m.againKeys(p)...), m.watchKey())
	for _, b := range m.stageKeys() {
		b.hidden = b.hidden || b.Help().Key != "esc"
		out = append(out, b)
	}
	return out
}

// againKeys: another attempt of CI where that may mend it, else another look.
func (m *model) againKeys(p *flow.Problem) []binding {
	look := bind([]string{"R"}, "R", "run again", quietly((*model).begin)).offIf(m.run.on, "the run has not ended")
	none := len(m.jobs.list) == 0 || m.s == nil || m.s.Follow == nil
	log := bind([]string{"l"}, "l", "log", quietly(func(m *model) { m.jobs.full = true })).offIf(none, "there is no log to show")
	narrow := m.w < wideFrom
	if m.restartOff() != "" || !unpublished(p) {
		why := m.restartOff()
		log.hidden = narrow
		return []binding{look, log, bind(nil, "R", "rerun", nil).offIf(true, orElse(why, "another attempt does not mend this"))}
	}
	look.SetKeys("r")
	look.SetHelp("r", "look again")
	look.hidden = narrow
	return []binding{m.restartKey(), look, log}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (m *model) reopen() {
	m.openErr, m.reading, m.screen = nil, true, onHome
	if m.opt.Start == StartRelease {
		m.screen = onRelease
	}
	m.d.open(m.opt.Open)
}

func (m *model) commonKeys() []binding {
	page, cmd, value := m.page(), m.commandHere(), m.valueHere()
	quit := "quit"
	if m.screen == onWizard && (m.run.on || !m.run.had) {
		quit = "leave"
	}
	if p := m.phase(); p == building || p == proving || p == sending {
		quit = "leave"
	}
	return []binding{
		bind([]string{"o"}, "o", "web", func(m *model) tea.Cmd { return m.browse(page) }).
			offIf(m.opt.Browser == nil, "there is no browser").offIf(page == "", "there is no page for this"),
		bind([]string{"c"}, "c", "copy command", func(m *model) tea.Cmd { return m.clip(cmd) }).offIf(cmd == "", "no command does this"),
		bind([]string{"y"}, "y", "copy text", func(m *model) tea.Cmd { return m.clip(value) }).offIf(value == "", "nothing here to copy"),
		bind([]string{"?"}, "?", "help", quietly((*model).openHelp)),
		bind([]string{"q"}, "q", quit, func(m *model) tea.Cmd { return m.goAway(nil) }),
	}
}

func (m *model) findKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Type == tea.KeyEsc:
		m.find = nil
	case k.Type == tea.KeyEnter && !k.Paste:
		text := m.find.Text()
		m.find = nil
		if t := m.jobs.log(); t != nil && !t.Find(text) {
			m.note = "not in the lines that are kept: " + line(text)
		}
	default:
		m.find.Press(k)
	}
	return nil
}

func (m *model) findNext(dir int) tea.Cmd {
	if t := m.jobs.log(); t != nil && !t.Next(dir) {
		m.note = "no further line with it"
	}
	return nil
}
