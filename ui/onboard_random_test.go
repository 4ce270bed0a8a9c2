package ui

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"ferry/flow"
)

// hostileOnboarding says nothing but what an attacker would.
func hostileOnboarding(rnd *rand.Rand) *Onboarding {
	o := newYard().onboarding()
	o.Project, o.Version, o.Dir, o.RemoteURL = pick(rnd), pick(rnd), pick(rnd), pick(rnd)
	for range rnd.IntN(6) {
		o.Found = append(o.Found, flow.Fact{Witness: pick(rnd), About: pick(rnd), Says: pick(rnd), Where: pick(rnd)})
	}
	o.Given = map[string]string{pick(rnd): pick(rnd), "given": pick(rnd)}
	text := []string{pick(rnd), pick(rnd), pick(rnd), pick(rnd), pick(rnd)}
	o.Choices = func(map[string]string) []flow.Choice {
		return []flow.Choice{
			{Key: "a", Title: text[0], Why: text[1], Default: text[2], Options: []flow.Option{{Value: text[2], Title: text[3], Lines: text}, {Value: "x", Title: text[4], Off: text[0]}}},
			{Key: "b", Title: text[3], Why: text[4], Default: text[0]}, {Key: "given", Title: text[0]}}
	}
	plan := o.Plan
	o.Plan = func(ctx context.Context, a map[string]string) (flow.Plan, error) {
		p, err := plan(ctx, a)
		if rnd.IntN(8) == 0 {
			return p, randomProblem(rnd)
		}
		for i := range p.Nodes {
			p.Nodes[i].Title = pick(rnd)
		}
		return p, err
	}
	return o
}

// setupEvent does one random thing to a wizard.
func (r *rig) setupEvent(rnd *rand.Rand) {
	w := r.m.wiz
	if w == nil || r.m.screen != onWizard {
		return
	}
	if w.page == wizPlanning {
		r.planned()
	}
	if w.page != wizRun || len(r.m.board.Rows) == 0 {
		return
	}
	n := r.m.board.Rows[rnd.IntN(len(r.m.board.Rows))].Node
	f := randomFinding(rnd)
	for range rnd.IntN(4) {
		f.Facts = append(f.Facts, flow.Fact{Witness: pick(rnd), About: pick(rnd), Says: pick(rnd), Where: "https://" + pick(rnd)})
	}
	switch rnd.IntN(6) {
	case 0, 1:
		r.event(flow.Event{Kind: flow.KindObserved, Step: n.ID, Finding: f})
	case 2:
		r.event(flow.Event{Kind: []flow.Kind{flow.KindRun, flow.KindRan, flow.KindLine}[rnd.IntN(3)], Step: n.ID, Line: pick(rnd)})
	case 3:
		f.Diff = &flow.Diff{Path: pick(rnd), Text: pick(rnd) + "\n@@ x @@\n+" + pick(rnd) + "\n-" + pick(rnd)}
		n.Effect = []flow.Effect{flow.Local, flow.Shared}[rnd.IntN(2)]
		q := flow.Question{Node: n, Finding: *f, Confirm: []string{"", "", pick(rnd)}[rnd.IntN(3)]}
		r.reply = make(chan flow.Answer, 1)
		if r.m.run.on {
			r.do(askMsg{question{title: line(n.Title), finding: line(f.Text), confirm: q.Confirm, covers: acts([]flow.Node{n}), read: toRead(q), change: changeOf(q)}, r.reply})
		}
	case 4:
		if r.m.run.on && rnd.IntN(3) == 0 {
			r.event(flow.Event{Kind: flow.KindProblem, Problem: randomProblem(rnd)})
			r.do(endedMsg{randomProblem(rnd)})
		}
	case 5:
		if r.m.run.on && rnd.IntN(3) == 0 {
			r.event(flow.Event{Kind: flow.KindDone})
			r.do(endedMsg{})
		}
	}
}

// TestAnythingKeepsTheWizardsFrame, as of the other screens.
func TestAnythingKeepsTheWizardsFrame(t *testing.T) {
	keys := []string{"up", "down", "left", "right", "enter", "enter", "enter", "esc", "?", "g", "G", "q", "c", "y", "w", "R", "u", "1", "2", "j", "ctrl+u", "n", "r"}
	for seed := range walks() {
		rnd := rand.New(rand.NewPCG(seed, 3))
		r := newRig(t, Options{ASCII: seed%2 == 0, Color: seed%3 == 0, Start: StartOnboard})
		r.m.openWizard()
		r.onboarded(hostileOnboarding(rnd))
		check(t, r.m)
		for range 120 {
			switch rnd.IntN(8) {
			case 0:
				r.size(1+rnd.IntN(200), 1+rnd.IntN(60))
			case 1, 2, 3:
				r.setupEvent(rnd)
			default:
				r.keys(keys[rnd.IntN(len(keys))])
			}
			r.wait(time.Duration(rnd.IntN(900)) * time.Millisecond)
			check(t, r.m)
		}
	}
}

// FuzzDiffFits: whatever a diff holds, every row fits, and nothing agrees to it but its letter.
func FuzzDiffFits(f *testing.F) {
	for _, s := range hostile[:10] {
		f.Add("@@ -1 +1 @@\n+"+s, 80, 24)
	}
	f.Add(travisDiff.Text, 60, 16)
	f.Fuzz(func(t *testing.T, s string, w, h int) {
		if w < 1 || h < 1 || w > 300 || h > 100 {
			return
		}
		r := atDiff(t, Options{ASCII: len(s)%2 == 0, Color: true})
		r.m.gate.q.change = changeOf(flow.Question{Node: flow.Node{Effect: flow.Local}, Finding: flow.Finding{Diff: &flow.Diff{Path: s, Text: s}}})
		r.size(w, h)
		for range 5 {
			check(t, r.m)
			r.keys("pgdown", "enter", "y")
		}
		if _, ok := r.answered(); ok {
			t.Fatal("answered")
		}
	})
}
