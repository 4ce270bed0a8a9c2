package ui

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"ferry/flow"
)

// yard is a small repository in memory that is set up by the real engine.
type yard struct {
	mu    sync.Mutex
	done  map[flow.ID]bool
	stays bool // what is done cannot be taken back
}

func newYard() *yard { return &yard{done: map[flow.ID]bool{}} }

type setupStep struct {
	y       *yard
	id      flow.ID
	cmd     []string
	text    string
	diff    *flow.Diff
	warning string
	facts   []flow.Fact
}

func (s setupStep) Command() []string { return s.cmd }

func (s setupStep) Observe(context.Context) flow.Finding {
	s.y.mu.Lock()
	defer s.y.mu.Unlock()
	if s.y.done[s.id] {
		return flow.Finding{Status: flow.Done, Text: s.text + ": done", Warning: s.warning, Facts: s.facts}
	}
	return flow.Finding{Status: flow.Todo, Text: s.text, Diff: s.diff}
}

func (s setupStep) Run(_ context.Context, log flow.Log) error {
	log("working on " + string(s.id))
	s.y.mu.Lock()
	defer s.y.mu.Unlock()
	s.y.done[s.id] = true
	return nil
}

type undoStep struct{ setupStep }

func (s undoStep) Undo(context.Context, flow.Log) error {
	s.y.mu.Lock()
	defer s.y.mu.Unlock()
	if s.y.stays {
		return errors.New("it does not go")
	}
	s.y.done[s.id] = false
	return nil
}

var longValue = `"kQ3w0NnT7b` + strings.Repeat("Zx8qR1", 112) + `="`

var travisDiff = &flow.Diff{Path: ".travis.yml", Text: `--- a/.travis.yml
+++ b/.travis.yml
@@ -18,3 +18,12 @@
   - tox -e $TOXENV
   - flake8 acme_plugin_gcp          # keep in sync with tox.ini
 
+deploy:
+  provider: pypi
+  username: __token__
+  password:
+    secure: ` + longValue + `
+  distributions: "sdist bdist_wheel"
+  on:
+    branch: pypi-release
+    condition: $TOXENV = py36
`}

func (y *yard) plan() flow.Plan {
	form := []flow.Fact{
		{About: "project", Says: "acme-plugin-gcp"}, {About: "owner", Says: "acme"}, {About: "repository", Says: "acme-plugin-gcp"},
		{About: "workflow", Says: "release.yml"}, {About: "environment", Says: "pypi"},
	}
	for i := range form {
		form[i].Where = "https://pypi.org/manage/account/publishing/"
	}
	write := undoStep{setupStep{y: y, id: flow.WriteCI, text: "9 lines to add, none to change", diff: travisDiff, cmd: []string{"travis", "encrypt", "--com", "--add", "deploy.password"},
		facts: []flow.Fact{{About: "job", Says: "deploys in 1 of 5 jobs (py36)"}, {About: "key", Says: "57:78:a1:00, 4096 bit, read from api.travis-ci.com"}}}}
	commit := undoStep{setupStep{y: y, id: flow.CommitSetup, text: "on branch ferry-onboard", cmd: []string{"git", "commit", "-m", "CI publishes releases"}}}
	push := undoStep{setupStep{y: y, id: flow.PushSetup, text: "no branch ferry-onboard on origin", cmd: []string{"git", "push", "origin", "ferry-onboard"}}}
	trust := setupStep{y: y, id: flow.TrustPublisher, text: "PyPI does not say", warning: "Add the publisher on PyPI; nobody can see from here whether it is there", facts: form}
	proof := setupStep{y: y, id: flow.CheckSetup, text: "exactly 1 of 5 jobs deploys pypi-release"}
	return flow.Plan{Name: "onboard", Title: "set acme-plugin-gcp up", Confirm: "acme-plugin-gcp", Nodes: []flow.Node{
		{ID: flow.CheckProject, Title: "read the project", Effect: flow.Reads, Step: setupStep{y: y, id: flow.CheckProject, text: "acme-plugin-gcp 0.1.0 (setup.py)"}},
		{ID: flow.WriteCI, Title: "write .travis.yml", Effect: flow.Local, Needs: []flow.ID{flow.CheckProject}, Step: write},
		{ID: flow.CommitSetup, Title: "commit .travis.yml on branch ferry-onboard", Effect: flow.Local, Needs: []flow.ID{flow.WriteCI}, Step: commit},
		{ID: flow.PushSetup, Title: "push branch ferry-onboard", Effect: flow.Shared, Needs: []flow.ID{flow.CommitSetup}, Step: push},
		{ID: flow.TrustPublisher.Of("pypi"), Title: "add the trusted publisher on PyPI", Effect: flow.Local, Needs: []flow.ID{flow.WriteCI}, Step: trust},
		{ID: flow.CheckSetup, Title: "check that exactly one job deploys", Effect: flow.Local, Needs: []flow.ID{flow.PushSetup}, Step: proof},
	}}
}

func testChoices(answers map[string]string) []flow.Choice {
	out := []flow.Choice{{Key: "publish", Title: "How does CI publish?", Why: ".travis.yml is there, and no workflow", Default: "travis", Options: []flow.Option{
		{Value: "travis", Title: "Travis, the token sealed in .travis.yml", Lines: []string{"Only Travis can read it; a new key of the repository needs a new value.", "Everybody sees in the file how it is published."}},
		{Value: "travis-setting", Title: "Travis, the token a private setting", Lines: []string{"The setting is for branch pypi-release alone.", "Nothing in the file says where the token is."}},
		{Value: "github", Title: "GitHub Actions, trusted publishing", Lines: []string{"No token is stored anywhere.", "PyPI is told once which workflow may publish."}},
		{Value: "gitlab", Title: "GitLab CI, trusted publishing", Lines: []string{"No token is stored anywhere."}, Off: "the remote is not at gitlab.com"},
	}}}
	if strings.HasPrefix(answers["publish"], "travis") {
		out = append(out, flow.Choice{Key: "job", Title: "Which job deploys?", Default: "py36", Options: []flow.Option{{Value: "py27"}, {Value: "py36", Lines: []string{"the newest Python of the matrix"}}}})
	}
	return append(out, flow.Choice{Key: "branch", Title: "On which branch is it committed?", Why: "main is protected", Default: "ferry-onboard"})
}

func (y *yard) onboarding() *Onboarding {
	return &Onboarding{Project: "acme-plugin-gcp", Version: "0.1.0", Dir: "~/src/acme-plugin-gcp", RemoteURL: "https://git.example/acme/acme-plugin-gcp",
		Found: []flow.Fact{{About: "project", Says: "acme-plugin-gcp 0.1.0, from setup.py"}, {About: "CI", Says: ".travis.yml with 5 jobs, no deploy section"},
			{About: "PyPI", Says: "the name is free"}, {About: "TestPyPI", Says: "the name is free"}},
		Choices: testChoices, Given: map[string]string{"test-first": "no"},
		Plan: func(_ context.Context, a map[string]string) (flow.Plan, error) {
			if a["branch"] == "main" {
				return flow.Plan{}, &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Text: "--branch=main is the default branch", Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry onboard --branch=ferry-onboard"}}
			}
			return y.plan(), nil
		},
		Run: func(ctx context.Context, p flow.Plan, sink flow.Sink, ask flow.Ask) error {
			return (&flow.Engine{Sink: sink, Ask: ask}).Run(ctx, p)
		},
		Undo: func(ctx context.Context, p flow.Plan, id flow.ID, sink flow.Sink, ask flow.Ask) error {
			return (&flow.Engine{Sink: sink, Ask: ask}).Undo(ctx, p, id)
		},
	}
}

// Where the wizard can stand.

func atWizard(t testing.TB, o Options) *rig {
	o.Start = StartOnboard
	r := newRig(t, o)
	r.m.openWizard()
	return r
}

func atFound(t testing.TB, o Options) *rig {
	r := atWizard(t, o)
	r.onboarded(newYard().onboarding())
	return r
}

func (r *rig) onboarded(o *Onboarding) {
	var msg onboardedMsg
	if err := msg.open(context.Background(), nil, func(context.Context, Person) (*Onboarding, error) { return o, nil }); err != nil {
		r.t.Fatal(err)
	}
	r.do(msg)
}

func atQuestion(t testing.TB, o Options) *rig { r := atFound(t, o); r.keys("enter", "down"); return r }

func atTextQuestion(t testing.TB, o Options) *rig {
	r := atFound(t, o)
	r.keys("enter", "enter", "enter")
	return r
}

func atSetupPlan(t testing.TB, o Options) *rig {
	r := atTextQuestion(t, o)
	r.keys("enter")
	r.planned()
	return r
}

// planned makes the plan that the driver was asked for.
func (r *rig) planned() {
	w := r.m.wiz
	msg := plannedMsg{turn: w.turn, acts: map[flow.ID]act{}}
	msg.plan, msg.err = w.o.Plan(context.Background(), w.answers())
	for _, n := range msg.plan.Nodes {
		msg.acts[n.ID] = actOf(n)
	}
	r.do(msg)
}

// atDiff is the run before anything was written, its diff open for a second.
func atDiff(t testing.TB, o Options) *rig {
	r := atSetupPlan(t, o)
	r.keys("enter")
	for _, n := range r.m.wiz.plan.Nodes {
		r.saw(n.ID, n.Step.Observe(context.Background()))
	}
	r.saw(flow.CheckProject, flow.Finding{Status: flow.Done, Text: "acme-plugin-gcp 0.1.0 (setup.py)"})
	r.question(flow.WriteCI)
	r.wait(1500e6)
	return r
}

// question asks as the engine does before a step.
func (r *rig) question(id flow.ID) {
	n, _ := r.m.wiz.plan.Node(id)
	f := n.Step.Observe(context.Background())
	q := flow.Question{Plan: r.m.wiz.plan.Title, Node: n, Finding: f, Covers: []flow.Node{n}}
	r.reply = make(chan flow.Answer, 1)
	r.event(flow.Event{Kind: flow.KindAsk, Step: id})
	r.do(askMsg{question{title: line(n.Title), finding: line(f.Text), covers: acts(q.Covers), change: changeOf(q)}, r.reply})
}

// atStep2 is the run after the file was written, while the commit is made.
func atSetupRun(t testing.TB, o Options) *rig {
	r := atDiff(t, o)
	r.keys("w")
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.WriteCI, Text: "yes"})
	r.ran(flow.WriteCI, "written, and it parses to what was meant")
	r.event(flow.Event{Kind: flow.KindRun, Step: flow.CommitSetup})
	r.event(flow.Event{Kind: flow.KindLine, Step: flow.CommitSetup, Line: "[ferry-onboard 8f3c2ab] CI publishes releases"})
	return r
}

func atSharedQuestion(t testing.TB, o Options) *rig {
	r := atSetupRun(t, o)
	r.event(flow.Event{Kind: flow.KindRan, Step: flow.CommitSetup})
	r.saw(flow.CommitSetup, flow.Finding{Status: flow.Done, Text: "8f3c2ab on ferry-onboard"})
	r.question(flow.PushSetup)
	r.wait(1500e6)
	return r
}

func atSetupEnd(t testing.TB, o Options) *rig {
	r := atSharedQuestion(t, o)
	r.keys("y")
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.PushSetup, Text: "yes"})
	r.ran(flow.PushSetup, "ferry-onboard is at 8f3c2ab")
	n, _ := r.m.wiz.plan.Node(flow.TrustPublisher.Of("pypi"))
	s := n.Step.(setupStep)
	r.saw(n.ID, flow.Finding{Status: flow.Done, Text: "not checked: PyPI shows it to nobody", Warning: s.warning, Facts: s.facts})
	r.saw(flow.CheckSetup, flow.Finding{Status: flow.Done, Text: "exactly 1 of 5 jobs deploys pypi-release"})
	r.event(flow.Event{Kind: flow.KindDone})
	r.do(endedMsg{})
	return r
}

func atSetupStop(t testing.TB, o Options) *rig {
	r := atSharedQuestion(t, o)
	r.keys("n")
	p := &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Declined: push branch ferry-onboard", Now: []string{"nothing was done after the question"},
		Retry: flow.RetrySafe, Next: []string{"ferry release"}, Err: flow.ErrDeclined}
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.PushSetup, Text: "no"})
	r.event(flow.Event{Kind: flow.KindProblem, Problem: p})
	r.do(endedMsg{p})
	return r
}

func atTakingBack(t testing.TB, o Options) *rig {
	r := atSetupStop(t, o)
	r.keys("u")
	r.question(flow.CommitSetup)
	r.wait(1500e6)
	return r
}

func atTakenBack(t testing.TB, o Options) *rig {
	r := atTakingBack(t, o)
	r.keys("y")
	r.event(flow.Event{Kind: flow.KindRun, Step: flow.CommitSetup, Text: "undo"})
	r.event(flow.Event{Kind: flow.KindRan, Step: flow.CommitSetup})
	r.saw(flow.CommitSetup, flow.Finding{Status: flow.Todo, Text: "on branch ferry-onboard"})
	r.do(endedMsg{})
	return r
}
