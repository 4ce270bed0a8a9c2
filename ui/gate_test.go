package ui

import (
	"math/rand/v2"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

func (r *rig) answered() (flow.Answer, bool) {
	select {
	case a := <-r.reply:
		return a, true
	default:
		return flow.Answer{}, false
	}
}

// TestGateNeverPassesByAccident types two hundred random things at a gate:
// held enters, pastes, type-ahead, pieces of the version. Only the exact text
// and then an enter may pass.
func TestGateNeverPassesByAccident(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		r := atGate(t, Options{})
		if rnd.IntN(2) == 0 { // opened this moment: all that follows at first is type-ahead
			r.openGate(newWorld(time.Hour), "1.4.0")
		}
		for range 60 {
			typed, open := "", r.m.gate != nil
			if open {
				typed = r.m.gate.Typed()
			}
			k := randomKey(rnd)
			hears := open && r.m.gate.Hears(r.now)
			r.do(k)
			r.wait(time.Duration(rnd.IntN(200)) * time.Millisecond)
			if a, ok := r.answered(); ok {
				if a.Yes && (k.Type != tea.KeyEnter || k.Paste || typed != "1.4.0" || !hears || a.Typed != "1.4.0") {
					t.Fatalf("seed %d: passed with %q on %q", seed, typed, k)
				}
				break
			}
		}
	}
}

func randomKey(rnd *rand.Rand) tea.KeyMsg {
	pieces := []string{"1", ".", "4", "0", "1.4.0", "1.4", "y", "Y", "n", "x", " ", "1.4.0\n", "\x1b[200~1.4.0\r", "１.4.0", "1.4.0\u200b", "R"}
	switch rnd.IntN(5) {
	case 0, 1:
		return tea.KeyMsg{Type: tea.KeyEnter}
	case 2:
		return tea.KeyMsg{Type: []tea.KeyType{tea.KeyBackspace, tea.KeyCtrlU, tea.KeyCtrlW, tea.KeyTab, tea.KeyUp, tea.KeyDown, tea.KeyCtrlD, tea.KeyCtrlJ}[rnd.IntN(8)]}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(pieces[rnd.IntN(len(pieces))]), Paste: rnd.IntN(3) == 0, Alt: rnd.IntN(8) == 0}
}

func TestGateIsDeafAtFirst(t *testing.T) {
	r := atGate(t, Options{})
	r.openGate(newWorld(time.Hour), "1.4.0")
	r.keys("1.4.0", "enter")
	r.wait(399 * time.Millisecond)
	r.keys("enter")
	if r.m.gate == nil || r.m.gate.Typed() != "" {
		t.Fatal("a key was heard while the gate was deaf")
	}
	r.wait(500 * time.Millisecond)
	r.keys("1.4.0")
	r.keys("enter")
	if a, ok := r.answered(); !ok || !a.Yes || a.Typed != "1.4.0" {
		t.Fatalf("answer %+v, %v", a, ok)
	}
}

func TestGateTakesAPaste(t *testing.T) {
	r := atGate(t, Options{})
	r.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(" 1.4.0\r\n"), Paste: true})
	if a, ok := r.answered(); ok {
		t.Fatalf("a pasted line break answered: %+v", a)
	}
	r.keys("enter")
	if a, _ := r.answered(); !a.Yes {
		t.Fatal("the pasted version did not match")
	}
}

func TestGateSaysNo(t *testing.T) {
	for _, k := range []string{"esc", "ctrl+c"} {
		r := atGate(t, Options{})
		r.keys("1.4.0", k)
		if a, ok := r.answered(); !ok || a.Yes {
			t.Errorf("%s: answer %+v, %v", k, a, ok)
		}
		if r.m.quit.now {
			t.Errorf("%s left the program", k)
		}
	}
}

func TestGateRefusesASmallWindow(t *testing.T) {
	r := atGate(t, Options{})
	r.size(59, 40)
	r.keys("1.4.0", "enter")
	if a, ok := r.answered(); ok {
		t.Fatalf("answered in a window that cannot show the question: %+v", a)
	}
	check(t, r.m)
	r.size(60, 16)
	r.keys("1.4.0", "enter")
	if a, _ := r.answered(); !a.Yes {
		t.Fatal("the gate stayed shut")
	}
}

func TestPlainGate(t *testing.T) {
	for k, want := range map[string]bool{"y": true, "n": false, "q": false} {
		r := atYesNo(t, Options{})
		r.keys("enter", "enter", "x")
		if _, ok := r.answered(); ok {
			t.Fatal("enter answered a question")
		}
		r.keys(k)
		if a, ok := r.answered(); !ok || a.Yes != want {
			t.Errorf("%s: %+v, %v", k, a, ok)
		}
	}
}

// TestGateShowsWhatItAsks: whose release, which version and which commit must be
// in view at every size at which the gate can be answered.
func TestGateShowsWhatItAsks(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {60, 60}, {79, 23}, {80, 24}, {99, 17}, {100, 16}, {120, 40}, {200, 60}} {
		r := atGate(t, Options{})
		r.size(size[0], size[1])
		v := squeezed(check(t, r.m))
		for _, want := range []string{"acme-core", "1.4.0", testCommit, "https://git.example/acme/acme-core", "Typetheversion1.4.0"} {
			if !contains(v, want) {
				t.Errorf("%v: %q is not in view:\n%s", size, want, r.m.View())
			}
		}
	}
}
