package widget

import (
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/ui/style"
	"ferry/ui/visible"
)

// Entry is one line that is typed. Its cursor stays at the end and does not
// blink, for a quiet screen writes nothing.
type Entry struct{ text []rune }

const maxEntry = 128

// Text is what was typed.
func (e *Entry) Text() string { return string(e.text) }

// Clear empties the entry.
func (e *Entry) Clear() { e.text = nil }

// Press takes a key that edits. What is pasted loses its line breaks, control
// characters and outer spaces, so that it can neither send nor steer.
func (e *Entry) Press(k tea.KeyMsg) {
	switch k.Type {
	case tea.KeyRunes, tea.KeySpace:
		if !k.Alt {
			e.put(k.Runes, k.Paste)
		}
	case tea.KeyBackspace:
		if n := len(e.text); n > 0 {
			e.text = e.text[:n-1]
		}
	case tea.KeyCtrlU:
		e.text = nil
	case tea.KeyCtrlW:
		t := strings.TrimRight(string(e.text), " ")
		e.text = []rune(t[:strings.LastIndex(t, " ")+1])
	}
}

func (e *Entry) put(rs []rune, paste bool) {
	if paste {
		rs = []rune(strings.TrimSpace(string(rs)))
	}
	for _, r := range rs {
		if unicode.IsPrint(r) && len(e.text) < maxEntry {
			e.text = append(e.text, r)
		}
	}
}

// View shows the text and the cursor; a text that is too long loses its start.
func (e *Entry) View(st style.Style, width int) string {
	t := []rune(visible.Line(string(e.text)))
	for len(t) > 0 && Width(string(t)) > width-1 {
		t = t[1:]
	}
	return st.Plain(string(t)) + st.Bold(st.Entry)
}
