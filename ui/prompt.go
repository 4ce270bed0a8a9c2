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
	agree chan<- bool           // the same for a question of yes or no; nil where a secret is asked for
}

type (
	promptMsg struct {
		label string
		reply chan<- keyring.Secret
		agree chan<- bool
	}
	promptOverMsg struct{ promptMsg } // who asked has gone
)

// Agree asks the person a question of yes or no, as Secret asks for a secret.
func (d *driver) Agree(ctx context.Context, question string) (bool, error) {
	d.asking.Lock()
	defer d.asking.Unlock()
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	reply := make(chan bool, 1)
	msg := promptMsg{label: line(question), agree: reply}
	d.send(msg)
	select {
	case yes := <-reply:
		return yes, nil
	case <-ctx.Done():
		d.send(promptOverMsg{msg})
		return false, context.Cause(ctx)
	}
}

// Secret asks the person, on behalf of the work under way. One question is open
// at a time; it closes when ctx ends.
func (d *driver) Secret(ctx context.Context, label string) (keyring.Secret, error) {
	d.asking.Lock()
	defer d.asking.Unlock()
	if ctx.Err() != nil {
		return keyring.Secret{}, context.Cause(ctx)
	}
	reply := make(chan keyring.Secret, 1)
	msg := promptMsg{label: line(label), reply: reply}
	d.send(msg)
	select {
	case s := <-reply:
		if s.IsZero() {
			return s, keyring.ErrNotTyped
		}
		return s, nil
	case <-ctx.Done():
		d.send(promptOverMsg{msg})
		return keyring.Secret{}, context.Cause(ctx)
	}
}

func (m *model) prompted(msg promptMsg) {
	if m.leave != nil && m.leave.sent != "" { // leaving: nobody is there to answer
		(&prompt{reply: msg.reply, agree: msg.agree}).close(keyring.Secret{}, false)
		return
	}
	m.help, m.find, m.note = nil, nil, ""
	m.prompt = &prompt{label: msg.label, reply: msg.reply, agree: msg.agree, typed: make([]byte, 0, maxSecret)}
}

func (m *model) promptOver(msg promptOverMsg) {
	if m.prompt != nil && m.prompt.reply == msg.reply && m.prompt.agree == msg.agree {
		m.closePrompt(keyring.Secret{})
		m.note = "It is not asked for any more."
	}
}

// close answers. The channel holds one answer, so this does not wait.
func (p *prompt) close(s keyring.Secret, yes bool) {
	clear(p.typed[:cap(p.typed)])
	if p.agree != nil {
		p.agree <- yes
		return
	}
	p.reply <- s
}

func (m *model) closePrompt(s keyring.Secret) {
	m.prompt.close(s, false)
	m.prompt = nil
}

// agreeKey hears y, and nothing else as a yes.
func (m *model) agreeKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Paste:
	case k.Type == tea.KeyRunes && (k.String() == "y" || k.String() == "Y"):
		m.prompt.close(keyring.Secret{}, true)
		m.prompt = nil
	case k.Type == tea.KeyCtrlC, k.Type == tea.KeyEsc, k.String() == "n", k.String() == "N", k.String() == "q":
		m.closePrompt(keyring.Secret{})
	}
	return nil
}

func (m *model) promptKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case m.prompt.agree != nil:
		return m.agreeKey(k)
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
	if m.prompt.agree != nil {
		return append(out, "", "   "+m.st.Bold("y")+" yes   "+m.st.Bold("n")+" no")
	}
	for _, l := range widget.Wrap("Type it, or paste it, and press enter. Nothing of it is shown, not even its length.", width-4) {
		out = append(out, "   "+l)
	}
	return append(out, "", "   "+m.st.Bold(m.st.Entry))
}
