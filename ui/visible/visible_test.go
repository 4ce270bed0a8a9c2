package visible_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"ferry/ui/visible"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "acme-core 1.4.0 ok", "acme-core 1.4.0 ok"},
		{"words", "Größe 東京 naïve ✓", "Größe 東京 naïve ✓"},
		{"escape", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"clipboard", "\x1b]52;c;AAAA\x07", `\x1b]52;c;AAAA\x07`},
		{"c1 csi", "a\u009b2Jb", `a\u{9b}2Jb`},
		{"raw c1 byte", "a\x9b2Jb", `a\x9b2Jb`},
		{"carriage return", "ok\rFAIL", `ok\rFAIL`},
		{"line break", "one\ntwo", `one\ntwo`},
		{"tab", "a\tb", "a    b"},
		{"nul, del, bs", "\x00\x7f\b", `\x00\x7f\x08`},
		{"bidi", "a\u202egpj.exe", `a\u{202e}gpj.exe`},
		{"isolates", "\u2066x\u2069", `\u{2066}x\u{2069}`},
		{"zero width", "py\u200bpi", `py\u{200b}pi`},
		{"bom", "\ufeffx", `\u{feff}x`},
		{"separators", "a\u2028b\u2029c", `a\u{2028}b\u{2029}c`},
		{"tag characters", "a\U000e0041", `a\u{e0041}`},
		{"no-break space", "a\u00a0b", `a\u{a0}b`},
		{"blank letters", "\u3164\u115f\u2800", `\u{3164}\u{115f}\u{2800}`},
		{"variation selector", "a\ufe0f", `a\u{fe0f}`},
		{"private use", "\ue0b0", `\u{e0b0}`},
		{"not utf-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"surrogate", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"backslash", `C:\new\x1b`, `C:\new\x1b`},
		{"mark on nothing", "\u0301a", `\u{301}a`},
		{"mark", "e\u0301", "e\u0301"},
		{"tower of marks", "e" + strings.Repeat("\u0301", 6), "e" + strings.Repeat("\u0301", 4) + `\u{301}\u{301}`},
		{"replacement character itself", "\ufffd", "\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := visible.Line(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	got := visible.Text("one\r\ntwo\n\x1b[2J\rthree\n")
	if want := "one\ntwo\n\\x1b[2J\\rthree"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLines(t *testing.T) {
	if got := visible.Lines(""); len(got) != 0 {
		t.Errorf("an empty text has lines: %q", got)
	}
	if got := visible.Lines("a\n\nb"); !slices.Equal(got, []string{"a", "", "b"}) {
		t.Errorf("got %q", got)
	}
}

func TestLogDropsColourAndSplitsProgress(t *testing.T) {
	got := visible.Log("\x1b[32;1m10%\r\x1b[0m20%\r\ndone \x1b[2K\n")
	if want := []string{"10%", "20%", `done \x1b[2K`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A sequence that appears only once the colours are gone is shown like any other.
func TestLogShowsWhatDroppingReveals(t *testing.T) {
	got := visible.Log("\x1b\x1b[0m[2J")
	if want := []string{`\x1b[2J`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLimit(t *testing.T) {
	for _, tt := range []struct {
		in    string
		cells int
		more  string
		want  string
	}{
		{"short", 10, "…", "short"},
		{"exactly ten", 11, "…", "exactly ten"},
		{"longer than that", 8, "…", "longer …"},
		{"longer than that", 8, "...", "longe..."},
		{"東京東京", 5, "…", "東京…"},
		{"a\x1b[2Jb", 20, "…", `a\x1b[2Jb`},
		{"abc", 0, "…", ""},
		{"abc", 2, "...", "ab"},
	} {
		if got := visible.Limit(tt.in, tt.cells, tt.more); got != tt.want {
			t.Errorf("Limit(%q, %d): got %q, want %q", tt.in, tt.cells, got, tt.want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	for _, s := range []string{"", "a\nb", "\x1b]0;x\x07", "\u202e\u2069", "\xff\xc3\x28", "e\u0301\u0301", "\r\n\t\x9b", "\x1b\x1b[0m[1m"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, cells int) {
		line := visible.Line(s)
		printable(t, line, false)
		if again := visible.Line(line); again != line {
			t.Errorf("shown twice: %q, once: %q", again, line)
		}
		printable(t, visible.Text(s), true)
		for _, l := range visible.Log(s) {
			printable(t, l, false)
		}
		cells %= 200
		cut := visible.Limit(s, cells, "…")
		printable(t, cut, false)
		if w := ansi.StringWidth(cut); w > max(cells, 0) {
			t.Errorf("%q is %d cells wide, limit %d", cut, w, cells)
		}
	})
}

func printable(t *testing.T, s string, breaks bool) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if r == '\n' && breaks {
			continue
		}
		if !unicode.IsPrint(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			t.Errorf("%U in %q", r, s)
		}
	}
}
