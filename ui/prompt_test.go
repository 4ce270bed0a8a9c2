package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/keyring"
)

const typedCanary = "pypi-CANARYcanary1234567890"

// asked opens a prompt over whatever is shown.
func asked(r *rig) <-chan keyring.Secret {
	reply := make(chan keyring.Secret, 1)
	r.do(promptMsg{label: "Passphrase", reply: reply})
	return reply
}

func is(t *testing.T, s keyring.Secret, want string) {
	t.Helper()
	_ = s.Use(func(v []byte) error {
		if string(v) != want {
			t.Errorf("another secret of %d bytes arrived", len(v))
		}
		return nil
	})
}

// TestPromptShowsNothing: typed, pasted, corrected; no frame has a piece of it.
func TestPromptShowsNothing(t *testing.T) {
	for name, at := range map[string]func(testing.TB, Options) *rig{"opening": newRig, "home": atHome, "ci": atCI, "help": atHelp} {
		r := at(t, Options{})
		reply := asked(r)
		for _, k := range strings.Split(typedCanary+"x", "") {
			r.keys(k)
			check(t, r.m)
		}
		r.keys("backspace")
		frame := check(t, r.m)
		r.keys("enter")
		for _, part := range []string{"CANARY", "canary", "•", "*"} {
			if strings.Contains(frame, part) {
				t.Errorf("%s: the frame shows %q", name, part)
			}
		}
		is(t, <-reply, typedCanary)
		if r.m.prompt != nil {
			t.Errorf("%s: the question is still open", name)
		}
	}
}

func TestPromptTakesAPaste(t *testing.T) {
	r := atHome(t, Options{})
	reply := asked(r)
	r.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("qqqq\n"), Paste: true})
	r.keys("enter")
	is(t, <-reply, "qqqq")
	reply = asked(r)
	r.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("two\nlines"), Paste: true})
	r.keys("enter")
	if r.m.prompt == nil || !strings.Contains(r.m.message(), "control character") {
		t.Fatalf("a secret of two lines was taken: %q", r.m.message())
	}
	r.keys("enter") // nothing is typed: it is asked again
	r.keys("o", "n", "e", "ctrl+u", "1", "enter")
	is(t, <-reply, "1")
}

// TestPromptIsLeft: esc and ctrl-c give no secret, and a second ctrl-c leaves.
func TestPromptIsLeft(t *testing.T) {
	for _, key := range []string{"esc", "ctrl+c"} {
		r := atHome(t, Options{})
		reply := asked(r)
		r.keys("s", key)
		if s := <-reply; !s.IsZero() || r.m.quit.now {
			t.Errorf("%s: quits %v", key, r.m.quit.now)
		}
	}
	r := atHome(t, Options{})
	asked(r)
	r.keys("ctrl+c", "ctrl+c")
	if !r.m.quit.now {
		t.Error("the second ctrl-c did not leave")
	}
	r = atSending(t, Options{})
	if s := <-asked(r); !s.IsZero() || r.m.prompt != nil {
		t.Error("who leaves is asked for a secret")
	}
}

// TestDriverAsks: one question at a time, answered, refused, or given up.
func TestDriverAsks(t *testing.T) {
	d := newDriver(context.Background(), time.Now)
	got := make(chan tea.Msg, 8)
	d.send = func(m tea.Msg) { got <- m }
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := d.Secret(context.Background(), "a\x1b"); first <- err }()
	msg := (<-got).(promptMsg)
	if strings.ContainsRune(msg.label, 0x1b) {
		t.Errorf("the label is %q", msg.label)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() { _, err := d.Secret(ctx, "b"); second <- err }()
	msg.reply <- keyring.NewSecret("x")
	if err := <-first; err != nil {
		t.Error(err)
	}
	late := (<-got).(promptMsg)
	cause := errors.New("late")
	cancel(cause)
	if err := <-second; !errors.Is(err, cause) {
		t.Error(err)
	}
	if over := (<-got).(promptOverMsg); over.reply != late.reply {
		t.Error("another question was closed")
	}
	go func() { _, err := d.Secret(context.Background(), "c"); first <- err }()
	(<-got).(promptMsg).reply <- keyring.Secret{}
	if err := <-first; !errors.Is(err, keyring.ErrNotTyped) {
		t.Error(err)
	}
}

func TestPromptOver(t *testing.T) {
	r := atHome(t, Options{})
	reply := make(chan keyring.Secret, 1)
	r.do(promptMsg{label: "Passphrase", reply: reply})
	r.do(promptOverMsg{promptMsg{reply: make(chan keyring.Secret, 1)}}) // of an earlier question
	if r.m.prompt == nil {
		t.Fatal("another question's end closed this one")
	}
	r.do(promptOverMsg{promptMsg{reply: reply}})
	if r.m.prompt != nil {
		t.Error("the question is still open")
	}
	check(t, r.m)
}

// TestAgree: only y is a yes, whatever is shown.
func TestAgree(t *testing.T) {
	for key, want := range map[string]bool{"y": true, "Y": true, "n": false, "q": false, "esc": false, "ctrl+c": false} {
		r := newRig(t, Options{})
		reply := make(chan bool, 1)
		r.do(promptMsg{label: "May it?", agree: reply})
		r.keys("enter", "x")
		check(t, r.m)
		if r.m.prompt == nil {
			t.Fatal("enter answered")
		}
		r.keys(key)
		if got := <-reply; got != want || r.m.prompt != nil {
			t.Errorf("%s: %v", key, got)
		}
	}
	d := newDriver(context.Background(), time.Now)
	d.send = func(m tea.Msg) { m.(promptMsg).agree <- true }
	if yes, err := d.Agree(context.Background(), "May it?"); !yes || err != nil {
		t.Error(yes, err)
	}
}
