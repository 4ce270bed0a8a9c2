package style

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// TestTwins: every glyph is one cell wide, and so is its ASCII twin.
func TestTwins(t *testing.T) {
	u, a := reflect.ValueOf(unicodeGlyphs), reflect.ValueOf(asciiGlyphs)
	for i := range u.NumField() {
		name := u.Type().Field(i).Name
		if w := ansi.StringWidth(u.Field(i).String()); w != 1 {
			t.Errorf("%s is %d cells wide", name, w)
		}
		if s := a.Field(i).String(); len(s) != 1 || s[0] > 0x7e {
			t.Errorf("the twin of %s is %q", name, s)
		}
	}
}

// TestNoColor: without colours bold, faint and reverse are all that is written.
func TestNoColor(t *testing.T) {
	s := New(false, false)
	for _, f := range []func(string) string{s.Good, s.Bad, s.Alarm, s.Warn, s.Busy, s.Bold, s.Faint, s.Reverse} {
		if got := f("x"); strings.Contains(got, "\x1b[3") || strings.Contains(got, ";3") {
			t.Errorf("a colour: %q", got)
		}
	}
}

func TestPlain(t *testing.T) {
	s := New(true, false)
	for in, want := range map[string]string{"abc": "abc", "é": "?", "語": "??", "a…b": "a?b"} {
		if got := s.Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}
