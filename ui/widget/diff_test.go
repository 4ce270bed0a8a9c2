package widget

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ferry/ui/style"
)

var someDiff = []string{"--- a/.travis.yml", "+++ b/.travis.yml", "@@ -1,2 +1,3 @@", " language: python", "--- a removed comment", "+++ an added one",
	"+    secure: \"" + strings.Repeat("kQ3w0N", 60) + "\"", "+語" + strings.Repeat("語", 80), `\ No newline at end of file`}

// TestDiffLosesNothing: whatever the width, the rows hold every character.
func TestDiffLosesNothing(t *testing.T) {
	for width := 12; width < 130; width += 7 {
		for _, st := range []style.Style{style.New(false, true), style.New(true, false)} {
			rows := Diff(st, someDiff, width)
			var got strings.Builder
			for _, r := range rows {
				if Width(r) > width {
					t.Fatalf("%d cells in a width of %d: %q", Width(r), width, r)
				}
				plain := []rune(ansi.Strip(r))
				got.WriteString(string(plain[3:]))
			}
			if want := st.Plain(strings.Join(someDiff, "")); got.String() != want {
				t.Fatalf("width %d: the rows hold\n%s\nof\n%s", width, got.String(), want)
			}
		}
	}
}

func TestDiffColours(t *testing.T) {
	st := style.New(false, true)
	rows := Diff(st, someDiff[:6], 80)
	for i, want := range []string{st.Faint(someDiff[0]), st.Faint(someDiff[1]), st.Faint(someDiff[2]), someDiff[3], st.Bad(someDiff[4]), st.Good(someDiff[5])} {
		if rows[i] != "   "+want {
			t.Errorf("row %d is %q", i, rows[i])
		}
	}
	if added, removed := DiffSize(someDiff); added != 3 || removed != 1 {
		t.Errorf("%d added, %d removed", added, removed)
	}
}

// TestGateHearsItsOwnLetter and no other as a yes.
func TestGateHearsItsOwnLetter(t *testing.T) {
	for _, r := range "yYwWx\r " {
		g := OpenGate("", time.Time{})
		g.Letter = 'w'
		if v := g.Press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}, time.Time{}.Add(maxDeaf)); (v == Yes) != (r == 'w') {
			t.Errorf("%q is %v", r, v)
		}
	}
}
