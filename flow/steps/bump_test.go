package steps_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/gitops/gittest"
	"ferry/pypi/pypitest"
)

const testWorkflow = "on: {push: {branches: [main]}}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: pytest}]\n"

// raising is a bench on main, 1.4.0 of which is released, and that has notes of more.
type raising struct {
	*bound
	bump steps.Bump
}

func newRaising(t testing.TB, files map[string]string) *raising {
	t.Helper()
	needsTheProgram(t)
	o := options{byTag: true, subject: "Go on", files: map[string]string{"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n- More.\n", ".github/workflows/test.yml": testWorkflow}}
	for name, text := range files {
		o.files[name] = text
	}
	b := newBench(t, o)
	published(hour, sdist)(b)
	b.deaf = true
	y := &raising{bound: &bound{bench: b}}
	y.git("config", "commit.gpgSign", "false")
	y.aim("minor")
	return y
}

func (y *raising) aim(part string) {
	y.t.Helper()
	var err error
	y.bump, err = y.world.AimBump(y.t.Context(), y.intent, part, day)
	must(y.t, err)
}

func (y *raising) steps() (*steps.BumpVersion, *steps.CommitBump, steps.PushMain, steps.AwaitMain) {
	w, b := y.world, y.bump
	return steps.NewBumpVersion(w, b), steps.NewCommitBump(w, b), steps.PushMain{World: w, Bump: b}, steps.AwaitMain{World: w, Bump: b}
}

// all is what the steps could change.
func (y *raising) all() string {
	return strings.Join([]string{y.git("rev-parse", "HEAD"), y.git("rev-parse", "--abbrev-ref", "HEAD"), y.git("for-each-ref"), y.git("ls-files", "-s"), y.git("status", "--porcelain"), y.git("diff", "HEAD"), y.state2()}, "\n")
}

// state2 is the remote's side alone.
func (b *bench) state2() (out string) {
	refs := b.git.Refs(slug)
	for _, ref := range sorted(refs) {
		out += ref + " " + refs[ref] + "\n"
	}
	return out
}

// built: CI built the commit that is checked out, on main.
func (y *raising) built(states ...ci.State) {
	x := citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/heads/main", SHA: y.git("rev-parse", "HEAD"), State: whole(states), Created: ago(hour), Started: ago(hour)}}
	for i, s := range states {
		x.Jobs = append(x.Jobs, ci.Job{Name: "test" + string(rune('a'+i)), State: s, Started: x.Started, Ended: ago(time.Minute)})
	}
	x.Ended = ago(time.Minute)
	y.ci.AddBuild(x)
}

func TestAimBump(t *testing.T) {
	t.Parallel()
	next := func(v string) func(*raising) {
		return func(y *raising) {
			y.put("pyproject.toml", strings.Replace(sample["pyproject.toml"], "1.4.0", v, 1))
			y.git("commit", "-qam", "Release "+v)
		}
	}
	more := func(y *raising) { y.git("commit", "-q", "--allow-empty", "-m", "more") }
	released := func(v string) func(*raising) {
		return func(y *raising) {
			name, data := pypitest.Sdist(project, v, day, nil)
			y.index.Publish(project, v, ago(hour), pypitest.File{Name: name, Data: data})
		}
	}
	for name, c := range map[string]struct {
		world         []func(*raising)
		part, version string
		want          string // version, or code
	}{
		"patch":                        {nil, "patch", "", "1.4.1"},
		"minor":                        {nil, "minor", "", "1.5.0"},
		"major":                        {nil, "major", "", "2.0.0"},
		"pre":                          {nil, "pre", "", "1.4.1rc1"},
		"named":                        {nil, "1.6", "", "1.6"},
		"done before":                  {[]func(*raising){next("1.4.1")}, "patch", "", "1.4.1"},
		"done before, more since":      {[]func(*raising){next("1.4.1"), more}, "patch", "", "1.4.1"},
		"done before, named":           {[]func(*raising){next("1.6")}, "1.6", "", "1.6"},
		"another was done":             {[]func(*raising){next("1.4.1")}, "minor", "", "1.5.0"},
		"out of a development version": {[]func(*raising){next("2.0.0.dev1"), more, next("2.0.0")}, "patch", "", "2.0.0"},
		"a development version":        {[]func(*raising){next("2.0.0.dev1")}, "minor", "", "2.0.0"},
		"candidate after candidate":    {[]func(*raising){next("1.5.0rc1"), released("1.5.0rc1"), more}, "pre", "", "1.5.0rc2"},
		"released, nothing since":      {[]func(*raising){next("1.4.1"), released("1.4.1")}, "patch", "", "1.4.1"},
		"released, more since":         {[]func(*raising){next("1.4.1"), released("1.4.1"), more}, "patch", "", "1.4.2"},
		"older than the commit":        {nil, "1.3.9", "", flow.CodeBumpOlder},
		"older than the index":         {[]func(*raising){released("2.0.0")}, "patch", "", flow.CodeBumpOlder},
		"a back-port by word":          {[]func(*raising){released("2.0.0")}, "patch", "1.4.1", "1.4.1"},
		"a back-port, resumed":         {[]func(*raising){released("2.0.0"), next("1.4.1")}, "patch", "1.4.1", "1.4.1"},
		"not what is said":             {nil, "patch", "1.5.0", flow.CodeVersionOther},
		"nonsense":                     {nil, "bigger", "", flow.CodeVersionBad},
		"local":                        {nil, "1.5.0+x", "", flow.CodeVersionLocal},
		"the index is silent":          {[]func(*raising){func(y *raising) { y.shut("index", "500") }}, "patch", "", flow.CodeIndexUnreachable},
		"the remote is silent":         {[]func(*raising){func(y *raising) { y.shut("git", "500") }}, "patch", "", flow.CodeRemoteUnreachable},
		"nothing states it": {[]func(*raising){next("1.5.0"), func(y *raising) {
			y.put("pyproject.toml", "[project]\nname = \"acme-core\"\ndynamic = [\"version\"]\n")
			y.git("commit", "-qam", "x")
		}}, "patch", "", flow.CodeBumpPlace},
		"by tag, none yet":                     {[]func(*raising){fromTags}, "patch", "", flow.CodeNoVersion},
		"by tag":                               {[]func(*raising){fromTags, taggedHere("v1.4.0", "HEAD~1")}, "minor", "", "1.5.0"},
		"by tag, on the commit":                {[]func(*raising){fromTags, taggedHere("v1.4.0", "HEAD~1"), taggedHere("v1.4.1", "HEAD")}, "patch", "", "1.4.1"},
		"by tag, one that was never published": {[]func(*raising){fromTags, taggedHere("v1.4.7", "HEAD~1")}, "patch", "", "1.4.8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newRaising(t, nil)
			for _, happens := range c.world {
				happens(y)
			}
			in := y.intent
			in.Version = c.version
			b, err := y.world.AimBump(t.Context(), in, c.part, day)
			var p *flow.Problem
			got := b.Version
			if errors.As(err, &p) {
				got = p.Code
				if len(p.Now) == 0 || len(p.Next) == 0 {
					t.Errorf("no way out of %q", p.Text)
				}
			}
			if got != c.want || err != nil && p == nil {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func fromTags(y *raising) {
	y.put("pyproject.toml", "[build-system]\nrequires = [\"hatchling\", \"hatch-vcs\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"acme-core\"\ndynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"vcs\"\n")
	y.git("commit", "-qam", "by tag")
}

func taggedHere(name, at string) func(*raising) {
	return func(y *raising) { y.git("tag", "-a", "-m", name, name, at) }
}

// TestPrepare: from nothing to a green commit on main, by steps that are made anew for
// each act, as after a crash.
func TestPrepare(t *testing.T) {
	t.Parallel()
	y := newRaising(t, nil)
	was := y.git("rev-parse", "HEAD")
	edit, commit, push, await := y.steps()
	f := y.see(edit)
	y.found(f, flow.Todo, "", "1.4.0 becomes 1.5.0 in pyproject.toml, CHANGELOG.md")
	if f.Diff == nil || !strings.Contains(f.Diff.Text, "+version = \"1.5.0\"") || !strings.Contains(f.Diff.Text, "+## [1.5.0] - 2026-11-20") {
		t.Fatalf("the change is not shown: %+v", f.Diff)
	}
	for _, s := range []flow.Step{commit, push, await} {
		y.found(y.see(s), flow.Todo, "", "after this: ")
	}
	y.run(edit)
	y.bump.Date = "2026-11-25" // it goes on another day
	edit, commit, _, _ = y.steps()
	y.found(y.see(edit), flow.Done, "", "written into pyproject.toml, CHANGELOG.md")
	y.run(commit)
	edit, commit, push, await = y.steps()
	y.found(y.see(edit), flow.Done, "")
	y.found(y.see(commit), flow.Done, "")
	y.found(y.see(push), flow.Todo, "", "push ")
	y.found(y.see(await), flow.Todo, "")
	y.run(push)
	if parent := y.git("rev-parse", "HEAD^"); parent != was || y.bench.git.Refs(slug)["refs/heads/main"] != y.git("rev-parse", "HEAD") || y.git("status", "--porcelain") != "" {
		t.Errorf("parent %s, want %s; main %s", parent, was, y.state2())
	}
	y.found(y.see(push), flow.Done, "", "origin/main")
	y.found(y.see(await), flow.Underway, flow.CodeBumpMainWait, "no build")
	y.built(ci.StatePassed)
	y.found(y.see(await), flow.Done, "", "passed")
	y.aim("minor")
	if y.bump.Version != "1.5.0" {
		t.Errorf("the same again means %s", y.bump.Version)
	}
}

func TestAwaitMainFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*raising)
		want  flow.Status
		code  string
		tells string
	}{
		"runs":                {func(y *raising) { y.built(ci.StatePassed, ci.StateRunning) }, flow.Underway, "", "1 run"},
		"red":                 {func(y *raising) { y.built(ci.StatePassed, ci.StateFailed) }, flow.Failed, flow.CodeBumpMainRed, "testb failed"},
		"green":               {func(y *raising) { y.built(ci.StatePassed, ci.StatePassed) }, flow.Done, "", "passed"},
		"one of two still on": {func(y *raising) { y.built(ci.StateRunning); y.built(ci.StatePassed) }, flow.Underway, "", ""},
		"CI is silent":        {func(y *raising) { y.shut("ci", "500") }, flow.Unknown, flow.CodeCIUnreachable, ""},
		"no CI":               {func(y *raising) { y.world.CI = nil }, flow.Done, "", "not checked"},
		"the remote is down":  {func(y *raising) { y.shut("git", "500") }, flow.Unknown, flow.CodeRemoteUnreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newRaising(t, nil)
			edit, commit, push, _ := y.steps()
			y.run(edit, commit, push)
			c.world(y)
			_, _, _, await := y.steps()
			f := y.see(await)
			y.found(f, c.want, c.code, c.tells)
			speaks(t, f)
		})
	}
	y := newRaising(t, map[string]string{".github/workflows/test.yml": strings.Replace(testWorkflow, "main", "other", 1)})
	edit, commit, push, await := y.steps()
	y.run(edit, commit, push)
	y.found(y.see(await), flow.Done, "", "not checked, no job")
}

// raised is what each law of a step is judged on.
func TestBumpLaws(t *testing.T) {
	t.Parallel()
	dirty := func(y *raising) { y.put("README.md", "changed\n") }
	elsewhere := func(y *raising) {
		y.bench.git.Commit(slug, "main", "Another's", map[string]string{"x": "x"}, day.Add(9*time.Hour))
	}
	for name, c := range map[string]struct {
		effect flow.Effect
		before int // how many of the steps are done
		spoil  func(*raising)
	}{
		"edit": {flow.Local, 0, dirty}, "commit": {flow.Local, 1, dirty}, "push": {flow.Shared, 2, elsewhere},
		"await": {flow.Reads, 3, func(y *raising) { y.built(ci.StateFailed) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				y := newRaising(t, nil)
				edit, commit, push, await := y.steps()
				all := []flow.Step{edit, commit, push, await}
				y.run(all[:c.before]...)
				return flowtest.World{Step: all[c.before], State: y.all, Spoil: func() { c.spoil(y) }, Effect: c.effect}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBumpStops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*raising)
		step  int
		want  flow.Status
		code  string
	}{
		"local edits":            {func(y *raising) { y.put("README.md", "x\n") }, 0, flow.Failed, flow.CodeTreeDirty},
		"a new file":             {func(y *raising) { y.put("new.txt", "x\n") }, 0, flow.Failed, flow.CodeTreeDirty},
		"an edit of the version": {func(y *raising) { y.put("pyproject.toml", "[project]\nname = \"acme-core\"\nversion = \"1.4.5\"\n") }, 0, flow.Failed, flow.CodeTreeDirty},
		"another branch":         {func(y *raising) { y.git("switch", "-qc", "topic") }, 0, flow.Conflict, flow.CodeBumpBranch},
		"detached":               {func(y *raising) { y.git("switch", "-q", "--detach") }, 1, flow.Conflict, flow.CodeBumpBranch},
		"a merge":                {func(y *raising) { must(y.t, os.WriteFile(y.dir+"/.git/MERGE_HEAD", []byte(y.ours+"\n"), 0o600)) }, 1, flow.Failed, flow.CodeBumpCommit},
		"ahead":                  {func(y *raising) { y.git("commit", "-q", "--allow-empty", "-m", "mine") }, 2, flow.Conflict, flow.CodeBumpApart},
		"behind": {func(y *raising) {
			y.bench.git.Commit(slug, "main", "Another's", map[string]string{"x": "x"}, day.Add(9*time.Hour))
		}, 2, flow.Conflict, flow.CodeBumpApart},
		"two versions": {func(y *raising) {
			y.put("setup.cfg", "[metadata]\nversion = 1.4.0\n")
			y.git("add", ".")
			y.git("commit", "-qm", "x")
		}, 0, flow.Failed, flow.CodeBumpPlace},
		"it would publish": {func(y *raising) {
			y.put(".github/workflows/all.yml", everyBranch)
			y.git("add", ".")
			y.git("commit", "-qm", "x")
			y.git("push", "-q", "origin", "main")
		}, 2, flow.Failed, flow.CodeBumpPublish},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newRaising(t, nil)
			c.world(y)
			edit, commit, push, _ := y.steps()
			f := y.see([]flow.Step{edit, commit, push}[c.step])
			y.found(f, c.want, c.code)
			speaks(t, f)
			before := y.all()
			_ = []flow.Step{edit, commit, push}[c.step].Run(flow.WithReading(t.Context()), func(string) {})
			if y.all() != before {
				t.Error("it acted all the same")
			}
		})
	}
}

// TestBumpAndARace: somebody pushes to main between the look and the push.
func TestBumpAndARace(t *testing.T) {
	t.Parallel()
	y := newRaising(t, nil)
	edit, commit, push, _ := y.steps()
	y.run(edit, commit)
	y.bench.git.Faults(gittest.Between(func() {
		y.bench.git.Commit(slug, "main", "Another's", map[string]string{"x": "x"}, day.Add(9*time.Hour))
	}))
	err := push.Run(flow.WithReading(t.Context()), func(string) {})
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeBumpMoved {
		t.Fatalf("got %v", err)
	}
	if y.bench.git.Refs(slug)["refs/heads/main"] == y.git("rev-parse", "HEAD") {
		t.Error("main was moved")
	}
}

// TestBumpIsNotWhatWasShown: what nobody saw is not written.
func TestBumpIsNotWhatWasShown(t *testing.T) {
	t.Parallel()
	y := newRaising(t, nil)
	edit, _, _, _ := y.steps()
	y.found(y.see(edit), flow.Todo, "")
	y.put("CHANGELOG.md", "## Unreleased\n")
	y.git("commit", "-qam", "x")
	before := y.all()
	var p *flow.Problem
	if err := edit.Run(flow.WithReading(t.Context()), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupChanged {
		t.Errorf("got %v", err)
	}
	if y.all() != before {
		t.Error("it was written")
	}
}
