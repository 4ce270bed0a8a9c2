package steps_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/gitops/gittest"
)

const everyBranch = `on: push
jobs:
  up:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps: [{uses: pypa/gh-action-pypi-publish@release/v1}]
`

// files are those of the setup as the work tree has them.
func (y *bound) files() map[string]string {
	out := map[string]string{}
	for _, l := range y.setup.Lanes {
		w, err := y.setup.Rules(l).Workflow()
		must(y.t, err)
		out[w.Path] = string(w.Text)
	}
	return out
}

// committed is a bench on which the commit is made.
func committed(t testing.TB) (*bound, *steps.PushSetup) {
	y := newBound(t)
	c, p, _ := y.chain()
	y.run(c)
	return y, p
}

func TestPushSetupFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*bound)
		want  flow.Status
		code  string
		tells []string
	}{
		"not there": {nil, flow.Todo, "", []string{"to " + setupBranch}},
		"another's": {func(y *bound) {
			y.bench.git.Commit(slug, setupBranch, "Another's", map[string]string{"x": "x"}, day.Add(5*time.Hour))
		},
			flow.Conflict, flow.CodeSetupElsewhere, []string{"never moved", "FETCH_HEAD", "git push --force-with-lease"}},
		"squashed into main": {func(y *bound) { y.bench.git.Commit(slug, "main", "Publish (#1)", y.files(), day.Add(5*time.Hour)) },
			flow.Done, "", []string{"main on origin has it already"}},
		"something else on main": {func(y *bound) {
			y.bench.git.Commit(slug, "main", "Else", map[string]string{"x": "x"}, day.Add(5*time.Hour))
		}, flow.Todo, "", nil},
		"main itself is pushed": {func(y *bound) { y.git("push", "-q", "origin", "HEAD:main") }, flow.Done, "", []string{"main on origin has it"}},
		"pushed by hand":        {func(y *bound) { y.git("push", "-q", "origin", "HEAD:"+setupBranch) }, flow.Done, "", []string{setupBranch + " = "}},
		"it would publish": {func(y *bound) {
			y.put(".github/workflows/all.yml", everyBranch)
			y.git("add", ".")
			y.git("commit", "-qm", "x")
		}, flow.Failed, flow.CodeSetupPublishes, []string{"all.yml", "publishes"}},
		"it may publish": {func(y *bound) {
			y.put(".github/workflows/all.yml", strings.Replace(everyBranch, "  up:\n", "  up:\n    if: vars.UP == '1'\n", 1))
			y.git("add", ".")
			y.git("commit", "-qm", "x")
		}, flow.Failed, flow.CodeSetupPublishes, []string{"not decided", "may publish"}},
		"the remote is silent": {func(y *bound) { y.shut("git", "500") }, flow.Unknown, flow.CodeRemoteUnreachable, nil},
	} {
		y, push := committed(t)
		if c.world != nil {
			c.world(y)
		}
		y.found(y.see(push), c.want, c.code, c.tells...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestPushSetupSeesAheadThatTheBranchIsTaken: before anything is committed.
func TestPushSetupSeesAheadThatTheBranchIsTaken(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	y.bench.git.Commit(slug, setupBranch, "Another's", map[string]string{"x": "x"}, day.Add(5*time.Hour))
	_, push, _ := y.chain()
	y.found(y.see(push), flow.Conflict, flow.CodeSetupElsewhere)
}

// TestPushSetupLostAnswer: what landed unheard is found, and can be taken back.
func TestPushSetupLostAnswer(t *testing.T) {
	t.Parallel()
	y, push := committed(t)
	before := y.all()
	y.bench.git.Faults(gittest.ResetAfter().On(gittest.Push))
	if err := push.Run(flow.WithReading(t.Context()), func(string) {}); err == nil {
		t.Fatal("the answer was not lost")
	}
	y.found(y.see(push), flow.Done, "")
	must(t, push.Undo(t.Context(), func(string) {}))
	if y.all() != before {
		t.Error("something is left behind")
	}
}

// TestPushSetupKeepsWhatWasAdded: a branch that somebody pushed to is not deleted.
func TestPushSetupKeepsWhatWasAdded(t *testing.T) {
	t.Parallel()
	y, push := committed(t)
	y.run(push)
	y.bench.git.Commit(slug, setupBranch, "More", map[string]string{"x": "x"}, day.Add(5*time.Hour))
	before := y.all()
	var p *flow.Problem
	if err := push.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupElsewhere || p.Class != flow.ClassConflict {
		t.Errorf("got %v", err)
	}
	if y.all() != before {
		t.Error("something was changed")
	}
}
