package widget

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/ui/style"
	"ferry/ui/visible"
)

// Verdict is what a gate makes of a key.
type Verdict int

// The verdicts. Nothing but an exact text, or a y where none is asked for, gives Yes.
const (
	NotYet Verdict = iota
	Yes
	No
)

// deaf is how long a gate hears nothing after it opens, and how long it must
// then be quiet; maxDeaf is when it hears whatever goes on. What is typed in
// that time was meant for what stood here before.
const (
	deaf    = 400 * time.Millisecond
	quiet   = 150 * time.Millisecond
	maxDeaf = 1500 * time.Millisecond
)

// Gate asks for a text to be typed, or for a plain yes.
type Gate struct {
	Want   string // the text; "" for yes or no
	Letter rune   // the key that means yes, where no text is wanted; 0 for y
	entry  Entry
	opened time.Time
	until  time.Time // it is deaf until then
}

// OpenGate opens a gate.
func OpenGate(want string, now time.Time) *Gate {
	return &Gate{Want: want, opened: now, until: now.Add(deaf)}
}

// Hears says whether a key that comes now counts.
func (g *Gate) Hears(now time.Time) bool { return !now.Before(g.until) }

// Typed is what was typed so far.
func (g *Gate) Typed() string { return g.entry.Text() }

// Matches says whether enter would pass.
func (g *Gate) Matches() bool { return g.Want != "" && g.entry.Text() == g.Want }

// Press takes a key. Esc is always heard: going back harms nobody.
func (g *Gate) Press(k tea.KeyMsg, now time.Time) Verdict {
	if k.Type == tea.KeyEsc && !k.Paste {
		return No
	}
	if !g.Hears(now) {
		g.until = maxTime(g.until, minTime(now.Add(quiet), g.opened.Add(maxDeaf)))
		return NotYet
	}
	if g.Want == "" {
		return g.plainAnswer(k)
	}
	if k.Type == tea.KeyEnter && !k.Paste {
		if g.Matches() {
			return Yes
		}
		return NotYet
	}
	g.entry.Press(k)
	return NotYet
}

func (g *Gate) plainAnswer(k tea.KeyMsg) Verdict {
	if k.Paste || k.Alt || len(k.Runes) != 1 {
		return NotYet
	}
	switch r := k.Runes[0]; {
	case g.Letter != 0 && r == g.Letter, g.Letter == 0 && (r == 'y' || r == 'Y'):
		return Yes
	case r == 'n', r == 'N', r == 'q':
		return No
	}
	return NotYet
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Line shows what was typed and what is still missing.
func (g *Gate) Line(st style.Style, label string, width int) string {
	note := ""
	switch {
	case g.Matches():
		note = st.Good(st.OK + " matches: enter starts it")
	case g.entry.Text() != "" && !prefix(g.Want, g.entry.Text()):
		note = st.Bad(st.Fail + " is not " + st.Plain(visible.Line(g.Want)))
	}
	label = "   " + label + "   "
	return Cut(st, label+g.entry.View(st, width-Width(label)-Width(note)-3)+"   "+note, width)
}

func prefix(s, p string) bool { return len(p) <= len(s) && s[:len(p)] == p }
