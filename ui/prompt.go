package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/keyring"
	"ferry/ui/widget"
)

// maxSecret is longer than any token or passphrase, in bytes.
const maxSecret = 8 << 10

// prompt asks for a secret. Nothing of it is drawn, not even how long it is.
type prompt struct {
	label string
	typed []byte
	reply chan<- keyring.Secret // buffered; the empty Secret is no
}

type (
	promptMsg struct {
		label string
		reply chan<- keyring.Secret
	}
	promptOverMsg struct{ reply chan<- keyring.Secret } // who asked has gone
)

// Secret asks the person, on behalf of the work under way. One question is open
// at a time; it closes when ctx ends.
func (d *driver) Secret(ctx context.Context, label string) (keyring.Secret, error) {
	d.asking.Lock()
	defer d.asking.Unlock()
	if ctx.Err() != nil {
		return keyring.Secret{}, context.Cause(ctx)
	}
	reply := make(chan keyring.Secret, 1)
	d.send(promptMsg{line(label), reply})
	select {
	case s := <-reply:
		if s.IsZero() {
			return s, keyring.ErrNotTyped
		}
		return s, nil
	case <-ctx.Done():
		d.send(promptOverMsg{reply})
		return keyring.Secret{}, context.Cause(ctx)
	}
}

func (m *model) prompted(msg promptMsg) {
	if m.leave != nil && m.leave.sent != "" { // leaving: nobody is there to answer
		msg.reply <- keyring.Secret{}
		return
	}
	m.help, m.find, m.note = nil, nil, ""
	m.prompt = &prompt{label: msg.label, reply: msg.reply, typed: make([]byte, 0, maxSecret)}
}

func (m *model) promptOver(msg promptOverMsg) {
	if m.prompt != nil && m.prompt.reply == msg.reply {
		m.closePrompt(keyring.Secret{})
		m.note = "It is not asked for any more."
	}
}

// closePrompt answers. The channel holds one answer, so this does not wait.
func (m *model) closePrompt(s keyring.Secret) {
	clear(m.prompt.typed[:cap(m.prompt.typed)])
	m.prompt.reply <- s
	m.prompt = nil
}

func (m *model) promptKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Type == tea.KeyCtrlC, k.Type == tea.KeyEsc && !k.Paste:
		m.closePrompt(keyring.Secret{})
	case k.Type == tea.KeyEnter && !k.Paste:
		m.seal()
	default:
		m.prompt.press(k)
	}
	return nil
}

func (m *model) seal() {
	s, err := keyring.Typed(m.prompt.typed)
	if err != nil {
		m.note = "Not taken: " + err.Error() + ". Type it again, or esc to go on without it."
		clear(m.prompt.typed)
		m.prompt.typed = m.prompt.typed[:0]
		return
	}
	m.closePrompt(s)
}

// press takes what edits: the secret itself, by key or by paste.
func (p *prompt) press(k tea.KeyMsg) {
	switch k.Type {
	case tea.KeyRunes, tea.KeySpace:
		p.put(string(k.Runes))
	case tea.KeyBackspace:
		p.typed = keyring.Backspace(p.typed)
	case tea.KeyCtrlU, tea.KeyCtrlW:
		p.typed = p.typed[:0]
	}
}

// put keeps what is pasted whole but for the line's end that copying adds.
func (p *prompt) put(text string) {
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	if len(p.typed)+len(text) <= cap(p.typed) { // it must not grow: what it grew out of would stay in memory
		p.typed = append(p.typed, text...)
	}
}

func (m *model) promptBody(width int) []string {
	out := []string{"", ""}
	for _, l := range widget.Wrap(m.prompt.label, width-4) {
		out = append(out, "   "+m.st.Bold(l))
	}
	for _, l := range widget.Wrap("Type it, or paste it, and press enter. Nothing of it is shown, not even its length.", width-4) {
		out = append(out, "   "+l)
	}
	return append(out, "", "   "+m.st.Bold(m.st.Entry))
}
