package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ferry/flow"
)

func TestQuestionsGoForwardAndBack(t *testing.T) {
	r := atFound(t, Options{})
	w := func() *wizard { return r.m.wiz }
	r.keys("enter", "4", "enter")
	if w().q.Key != "publish" || !strings.Contains(r.m.message(), "not at gitlab.com") {
		t.Fatalf("an option that is off was taken: %q, %q", w().q.Key, r.m.message())
	}
	r.keys("3", "enter")
	if w().q.Key != "branch" {
		t.Fatalf("GitHub Actions asks for %q", w().q.Key)
	}
	r.keys("left")
	if w().q.Key != "publish" || w().cursor != 2 {
		t.Fatalf("back at %q, option %d", w().q.Key, w().cursor)
	}
	r.keys("1", "enter", "1", "enter", "left", "left", "enter")
	if w().q.Key != "job" || w().cursor != 0 {
		t.Fatalf("the answer to %q was not kept: %d", w().q.Key, w().cursor)
	}
	r.keys("enter", "ctrl+u", "mine", "enter")
	if w().page != wizPlanning {
		t.Fatalf("page %d after the last question", w().page)
	}
	got := w().answers()
	want := map[string]string{"publish": "travis", "job": "py27", "branch": "mine", "test-first": "no"}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s = %q, want %q", k, got[k], v)
		}
	}
	check(t, r.m)
}

// TestAnAnswerThatIsNoQuestionAnyMore is not handed to the plan.
func TestAnAnswerThatIsNoQuestionAnyMore(t *testing.T) {
	r := atTextQuestion(t, Options{})
	r.keys("left", "left", "3", "enter", "enter")
	if got := r.m.wiz.answers(); len(got) != 3 || got["publish"] != "github" || got["job"] != "" {
		t.Errorf("the plan gets %v", got)
	}
}

func TestTextAnswers(t *testing.T) {
	r := atTextQuestion(t, Options{})
	r.keys("ctrl+u", "q", "?", "w", "1")
	r.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x\ny"), Paste: true})
	if got := r.m.wiz.entry.Text(); got != "q?w1xy" || r.m.quit.now {
		t.Errorf("typed %q", got)
	}
	r.keys("ctrl+u", "enter")
	if got := r.m.wiz.answers()["branch"]; got != "ferry-onboard" {
		t.Errorf("an empty line gave %q", got)
	}
}

func TestThePlanThatCannotBeMade(t *testing.T) {
	r := atTextQuestion(t, Options{})
	r.keys("ctrl+u", "main", "enter")
	r.planned()
	if v := check(t, r.m); !strings.Contains(v, "is the default branch") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("esc")
	if r.m.wiz.page != wizQuestion || r.m.wiz.entry.Text() != "main" {
		t.Errorf("page %d with %q", r.m.wiz.page, r.m.wiz.entry.Text())
	}
	r.keys("ctrl+c")
	if flow.ExitCode(r.m.quit.err) != 130 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

// TestAPlanThatCameTooLate is of other answers.
func TestAPlanThatCameTooLate(t *testing.T) {
	r := atTextQuestion(t, Options{})
	r.keys("enter")
	late := r.m.wiz.turn
	r.keys("left")
	r.do(plannedMsg{turn: late})
	if r.m.wiz.page != wizQuestion {
		t.Errorf("page %d", r.m.wiz.page)
	}
}

// TestTheDiffIsAgreedToByItsLetterAlone: no other key, no paste, not while it is
// deaf, not in a window that is too small.
func TestTheDiffIsAgreedToByItsLetterAlone(t *testing.T) {
	r := atDiff(t, Options{})
	r.keys("enter", "y", "Y", "W", "up", "down", "g", "G", "x", " ", "right", "left", "1", "ww")
	r.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("w"), Paste: true})
	r.size(59, 40)
	r.keys("w")
	check(t, r.m)
	if a, ok := r.answered(); ok || r.m.gate == nil {
		t.Fatalf("answered %+v", a)
	}
	r.size(60, 16)
	r.keys("w")
	if a, ok := r.answered(); !ok || !a.Yes {
		t.Errorf("w did not agree: %+v, %v", a, ok)
	}
	r = atDiff(t, Options{})
	r.question(flow.WriteCI)
	r.wait(399 * time.Millisecond)
	r.keys("w")
	if _, ok := r.answered(); ok {
		t.Error("a key was heard while the diff was deaf")
	}
	for _, k := range []string{"esc", "n", "q", "ctrl+c"} {
		r := atDiff(t, Options{})
		r.keys(k)
		if a, ok := r.answered(); !ok || a.Yes || r.m.quit.now {
			t.Errorf("%s: %+v, %v, left %v", k, a, ok, r.m.quit.now)
		}
	}
}

// TestEveryCharacterOfADiffCanBeRead by scrolling, at every size.
func TestEveryCharacterOfADiffCanBeRead(t *testing.T) {
	want := []string{longValue[len(longValue)-4:], "condition: $TOXENV = py36", "@@ -18,3 +18,12 @@", "travis encrypt --com --add deploy.password"}
	for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 16}, {120, 40}} {
		r := atDiff(t, Options{})
		r.size(size[0], size[1])
		seen := ""
		for range 60 {
			seen += strings.ReplaceAll(squeezed(check(t, r.m)), "…", "") // a long line goes on behind it
			r.keys("down")
		}
		for _, s := range want {
			if !contains(seen, s) {
				t.Errorf("%v: %q never came into view", size, s)
			}
		}
		if r.m.gate == nil {
			t.Fatal("scrolling answered")
		}
	}
}

func TestADiffOfASharedStepSaysSo(t *testing.T) {
	r := atDiff(t, Options{})
	n, _ := r.m.wiz.plan.Node(flow.PushSetup)
	f := flow.Finding{Status: flow.Todo, Text: "the configuration is not there", Diff: &flow.Diff{Path: "configuration", Text: "@@ -0,0 +1 @@\n+<x/>\n"}}
	q := flow.Question{Node: n, Finding: f, Covers: []flow.Node{n}}
	r.do(askMsg{question{title: line(n.Title), covers: acts(q.Covers), change: changeOf(q)}, make(chan flow.Answer, 1)})
	if msg := r.m.message(); !strings.Contains(msg, "others see it") || !strings.Contains(r.m.keyLine(), "do it") {
		t.Errorf("says %q and %q", msg, r.m.keyLine())
	}
	q.Confirm = "acme" // what wants a text typed shows the diff among what it covers
	r.do(askMsg{question{title: line(n.Title), confirm: "acme", covers: acts(q.Covers), change: changeOf(q)}, make(chan flow.Answer, 1)})
	r.size(120, 40)
	if v := check(t, r.m); !strings.Contains(v, "+<x/>") || !strings.Contains(v, "Type acme to go on") {
		t.Errorf("frame:\n%s", v)
	}
}

// TestTakingBack asks first, and knows what stays.
func TestTakingBack(t *testing.T) {
	r := atTakenBack(t, Options{})
	if got := r.m.wiz.did(); len(got) != 1 || got[0] != "write .travis.yml" {
		t.Fatalf("what stays: %q", got)
	}
	r.keys("u")
	r.question(flow.WriteCI)
	r.wait(time.Second)
	if r.m.gate.showsChange() {
		t.Error("what would be written is shown where it is taken back")
	}
	r.keys("n")
	p := &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Declined", Err: flow.ErrDeclined}
	r.do(endedMsg{p})
	if got := r.m.wiz.did(); len(got) != 1 || r.m.shownProblem() != nil || !strings.Contains(r.m.message(), "Not taken back") {
		t.Errorf("after a no: %q, %v, %q", got, r.m.shownProblem(), r.m.message())
	}
	r.keys("u")
	r.do(endedMsg{}) // the step saw that it is not there
	if got := r.m.wiz.did(); len(got) != 0 || r.m.wiz.back != "commit .travis.yml on branch ferry-onboard" {
		t.Errorf("what was not there was taken back: %q, %q", got, r.m.wiz.back)
	}
	r = atTakenBack(t, Options{})
	r.keys("u")
	r.do(endedMsg{errors.New("it does not go")})
	if p := r.m.shownProblem(); p == nil || !strings.Contains(strings.Join(p.Now, "\n"), "done before: write .travis.yml") {
		t.Errorf("shows %+v", p)
	}
	check(t, r.m)
}

// TestLookingIsNoDeed: a step that reads and has an attempt has done nothing.
func TestLookingIsNoDeed(t *testing.T) {
	r := atDiff(t, Options{})
	r.keys("w")
	r.ran(flow.CheckProject, "read")
	if got := r.m.wiz.unchanged(); got != "Nothing has been changed." {
		t.Error(got)
	}
}

func TestLeavingTheSetup(t *testing.T) {
	for _, c := range []struct {
		name string
		at   func(testing.TB, Options) *rig
		keys []string
		exit int
		said string
	}{
		{"opening", atWizard, []string{"q"}, 2, "nothing has been changed"},
		{"question", atQuestion, []string{"q"}, 2, "ferry onboard goes on from here"},
		{"text", atTextQuestion, []string{"ctrl+c"}, 130, "nothing has been changed"},
		{"plan", atSetupPlan, []string{"q"}, 2, "nothing has been changed"},
		{"a local step", atSetupRun, []string{"q"}, 2, "done: write .travis.yml\n  now     begun: commit .travis.yml"},
		{"end", atSetupEnd, []string{"q"}, 0, "environment: pypi"},
		{"end, next", atSetupEnd, []string{"ctrl+c"}, 0, "next    ferry release"},
		{"after the end", atSetupEnd, []string{"esc", "esc", "left", "left", "q"}, 0, "acme-plugin-gcp is set up."},
		{"stop", atSetupStop, []string{"q"}, 2, "done before: write .travis.yml"},
		{"taken back", atTakenBack, []string{"q"}, 2, "Taken back: commit .travis.yml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.at(t, Options{})
			r.keys(c.keys...)
			said := strings.Join(r.m.farewell(r.m.quit.err), "\n")
			if got := flow.ExitCode(r.m.quit.err); !r.m.quit.now || got != c.exit || !strings.Contains(said, c.said) {
				t.Errorf("left %v, exit %d, said\n%s", r.m.quit.now, got, said)
			}
		})
	}
}

// TestLeavingWhatWasSent waits for the answer, as in a release.
func TestLeavingWhatWasSent(t *testing.T) {
	r := atSharedQuestion(t, Options{})
	r.keys("y")
	r.event(flow.Event{Kind: flow.KindRun, Step: flow.PushSetup})
	r.keys("q")
	check(t, r.m)
	if r.m.quit.now || r.m.leave == nil {
		t.Fatal("left while the answer was open")
	}
	r.saw(flow.PushSetup, flow.Finding{Status: flow.Done})
	r.do(endedMsg{flow.ErrInterrupted})
	if said := strings.Join(r.m.farewell(nil), "\n"); !strings.Contains(said, "it landed") || !strings.Contains(said, "come back with: ferry onboard") {
		t.Errorf("said %q", said)
	}
}

func TestOnboardFromHome(t *testing.T) {
	open := func(context.Context, Person) (*Onboarding, error) { return newYard().onboarding(), nil }
	r := atHome(t, Options{Onboard: open})
	if v := check(t, r.m); !strings.Contains(v, "set up a repository") {
		t.Fatalf("frame:\n%s", v)
	}
	r.keys("down", "down", "enter")
	if r.m.screen != onWizard {
		t.Fatal("home did not open it")
	}
	r.do(surveyedMsg{}) // of the survey that was under way
	r.onboarded(newYard().onboarding())
	check(t, r.m)
	r.keys("esc")
	if r.m.screen != onHome || r.m.wiz != nil {
		t.Errorf("screen %d", r.m.screen)
	}
	check(t, r.m)
	r.keys("q")
	if r.m.quit.err != nil {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

// TestTheReleaseBefore is what home's outcome still is.
func TestTheReleaseBefore(t *testing.T) {
	r := atError(t, Options{Onboard: func(context.Context, Person) (*Onboarding, error) { return newYard().onboarding(), nil }})
	r.keys("esc")
	r.survey(newWorld(time.Hour))
	check(t, r.m)
	r.keys("down", "down", "enter")
	r.do(onboardedMsg{err: errOpen})
	r.keys("r")
	r.onboarded(newYard().onboarding())
	r.keys("esc", "q")
	if flow.ExitCode(r.m.quit.err) != 1 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

func TestOnboardCannotOpen(t *testing.T) {
	r := atWizard(t, Options{})
	r.do(onboardedMsg{err: errOpen})
	if v := check(t, r.m); !strings.Contains(v, "repo.none") {
		t.Errorf("frame:\n%s", v)
	}
	r.keys("q")
	if flow.ExitCode(r.m.quit.err) != 64 {
		t.Errorf("outcome %v", r.m.quit.err)
	}
}

// TestValuesForAForm: each is copied whole, and its page is the one that wants it.
func TestValuesForAForm(t *testing.T) {
	var opened string
	r := atSetupEnd(t, Options{Browser: func(u string) error { opened = u; return nil }})
	for _, want := range []string{"acme-plugin-gcp", "acme", "acme-plugin-gcp", "release.yml", "pypi"} {
		r.keys("down")
		v := check(t, r.m)
		if drain(r.do(press("y")), 0); r.copy[len(r.copy)-1] != want || !strings.Contains(v, want) {
			t.Errorf("copied %q, want %q", r.copy[len(r.copy)-1], want)
		}
	}
	if drain(r.do(press("o")), 0); opened != "https://pypi.org/manage/account/publishing/" {
		t.Errorf("opened %q", opened)
	}
	if drain(r.do(press("c")), 0); r.copy[len(r.copy)-1] != "ferry release" {
		t.Errorf("copied %q", r.copy[len(r.copy)-1])
	}
}

// TestManySteps: the step that is asked about is in the list at every size.
func TestManySteps(t *testing.T) {
	y := newYard()
	o := y.onboarding()
	o.Plan = func(context.Context, map[string]string) (flow.Plan, error) {
		p := y.plan()
		for i := range 20 {
			id := flow.SetVariable.Of(itoa(i))
			p.Nodes = append(p.Nodes, flow.Node{ID: id, Title: "set variable " + itoa(i) + " of the branch that publishes", Effect: flow.Shared, Step: setupStep{y: y, id: id}})
		}
		return p, nil
	}
	for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 16}, {120, 40}} {
		for at := range 20 {
			r := atWizard(t, Options{})
			r.onboarded(o)
			r.keys("enter", "enter", "enter", "enter")
			r.planned()
			r.keys("enter")
			r.event(flow.Event{Kind: flow.KindRun, Step: flow.SetVariable.Of(itoa(at))})
			r.size(size[0], size[1])
			if v := check(t, r.m); !strings.Contains(v, "setting "+itoa(at)) {
				t.Errorf("%v: step %d is not in view:\n%s", size, at, v)
			}
		}
	}
}

// TestAFormThatIsWaitedFor shows its values while the page is still to be filled in,
// and where the waiting has stopped.
func TestAFormThatIsWaitedFor(t *testing.T) {
	r := atSetupRun(t, Options{})
	id := flow.TrustPublisher.Of("pypi")
	p := &flow.Problem{Code: "setup.form", Class: flow.ClassWaiting, Text: "PyPI does not know the workflow yet", Retry: flow.RetrySafe, Next: []string{"ferry onboard"}}
	f := flow.Finding{Status: flow.Underway, Text: p.Text, Problem: p, Facts: []flow.Fact{{About: "workflow", Says: "release.yml", Where: "https://pypi.org/manage/"}}}
	r.event(flow.Event{Kind: flow.KindRan, Step: flow.CommitSetup})
	for _, n := range r.m.wiz.plan.Nodes {
		r.saw(n.ID, flow.Finding{Status: flow.Done, Text: "there"})
	}
	r.saw(id, f)
	for range 2 {
		r.keys("down")
		if v := check(t, r.m); !strings.Contains(v, "release.yml") || r.m.wizardValue() != "release.yml" || r.m.wizardLink() != "https://pypi.org/manage/" {
			t.Errorf("%q, %q:\n%s", r.m.wizardValue(), r.m.wizardLink(), v)
		}
		r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
		r.do(endedMsg{p})
	}
}
