package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci/citest"
	"ferry/flow/sandbox"
	"ferry/pypi/pypitest"
)

// with runs a command with variables of its own.
func (w world) with(env []string, args ...string) result {
	w.t.Helper()
	cmd := w.command(w.t.Context(), "you", args...)
	cmd.Env = append(cmd.Env, env...)
	return finish(w.t, cmd)
}

// at is what everything is before the maintainer does anything.
func (w world) at(who string) map[string]string {
	w.t.Helper()
	w.command(w.t.Context(), who) // makes the clone and the home
	return w.everything(who)
}

// answers writes a file of answers.
func (w world) answers(text string) string {
	w.t.Helper()
	file := filepath.Join(w.Dir, "answers.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// TestOnboardDryRun: every diff is printed, and nothing is changed by it.
func TestOnboardDryRun(t *testing.T) {
	t.Parallel()
	for _, y := range ways {
		t.Run(y.String(), func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			was, main := w.at("you"), w.Commits[0]
			for _, flags := range [][]string{{"--dry-run"}, {"--dry-run", "--yes=" + sandbox.Version}, {"--plan"}} {
				r := w.run("you", y.args(flags...)...)
				if r.code != 0 {
					t.Errorf("%v: exit %d\n%s", flags, r.code, r.err)
				}
				for _, f := range y.files {
					if strings.Count(r.out, "+++ b/"+f+"\n") != 1 {
						t.Errorf("%v: no diff of %s", flags, f)
					}
				}
				if strings.Contains(r.out, main+":refs/heads/ferry-onboard") || !strings.Contains(r.out, "HEAD:refs/heads/ferry-onboard") {
					t.Errorf("%v: the push would be of a commit without the files", flags)
				}
			}
			w.unchanged("you", was, "a dry run")
		})
	}
}

// TestOnboardAnswers: a file answers as the flags do, and a flag comes first.
func TestOnboardAnswers(t *testing.T) {
	t.Parallel()
	y := ways[2]
	var left []map[string]string
	for _, args := range [][]string{
		y.args("--yes", "--testpypi=yes", "--python=3.13"),
		{"onboard", "--plain", "--no-input", "--yes", "--answers", "publish = 'travis-setting'\nstart = 'branch'\ncommit = 'branch'\ntestpypi = true\npython = '3.13'\n"},
		{"onboard", "--plain", "--no-input", "--yes", "--publish=travis-setting", "--commit=branch", "--answers", "publish = 'github'\nstart = 'branch'\npython = '3.13'\n"},
	} {
		w := bare(t, nil)
		if i := slices.Index(args, "--answers") + 1; i > 0 {
			args[i] = w.answers(args[i])
		}
		if r := w.run("you", args...); r.code != 0 {
			t.Fatalf("%q: exit %d\n%s", args, r.code, r.err)
		}
		w.isSetUp(y)
		left = append(left, w.left())
	}
	for _, l := range left[1:] {
		if d := differences(left[0], l); len(d) > 0 {
			t.Errorf("the file does not do as the flags: %q", d)
		}
	}
	if !strings.Contains(left[0]["file .travis.yml"], `python: "3.13"`) {
		t.Errorf("%q", left[0])
	}
}

// TestOnboardRefuses: what cannot be is said with its exit code and a way on, and
// nothing is changed.
func TestOnboardRefuses(t *testing.T) {
	t.Parallel()
	sealed, setting, tag := ways[0], ways[2], ways[3]
	for name, c := range map[string]struct {
		env     []string
		answers string
		args    []string
		world   func(world)
		exit    int
		says    []string
	}{
		"an unknown key":         {answers: "pubish = 'travis'\n", exit: 64, says: []string{"answers.toml:1: pubish: is no question; did you mean publish?"}},
		"a value that is none":   {answers: "publish = 'jenkins'\n", exit: 64, says: []string{"--publish=jenkins cannot be taken", "ferry onboard --publish=travis"}},
		"a value that is off":    {args: tag.args("--yes", "--testpypi=yes"), exit: 64, says: []string{"never to tags", "ferry onboard --testpypi=no"}},
		"no text":                {answers: "publish = 3\n", exit: 64, says: []string{"wants a text"}},
		"a file that is away":    {args: sealed.args("--yes", "--answers", "/nonexistent"), exit: 64, says: []string{"cannot be read"}},
		"nobody answers":         {args: []string{"onboard", "--plain", "--no-input"}, exit: 8, says: []string{"needs-person", "ferry onboard --publish=github"}},
		"nobody agrees":          {args: sealed.args(), exit: 8, says: []string{"needs-person", "ferry onboard --yes"}},
		"a token of PyPI":        {env: []string{"FERRY_TOKEN_TESTPYPI=" + indexBird(1)}, exit: 4, says: []string{"setup.token-other-index", "is one for pypi.org", "unset FERRY_TOKEN_TESTPYPI"}},
		"no token, no keyring":   {env: []string{"FERRY_TOKEN_PYPI=", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}, exit: 4, says: []string{"keyring.none", "export FERRY_TOKEN_PYPI"}},
		"Travis without a token": {env: []string{"TRAVIS_TOKEN="}, exit: 4, says: []string{"setup.ci-token", "ferry auth login travis"}},
		"Travis refuses":         {env: []string{"TRAVIS_TOKEN=wrong"}, args: setting.args("--yes"), exit: 4, says: []string{"setup.ci-token", "refused access", "ferry auth login travis"}},
		"Travis is down":         {world: func(w world) { w.CI.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 503, Times: -1}) }, exit: 9, says: []string{"ci.unreachable", "ferry onboard"}},
		"Travis is a login page": {world: func(w world) { w.CI.Fault(citest.Fault{Kind: citest.FaultHTML, Times: -1}) }, exit: 9, says: []string{"ci."}},
		"Travis hangs":           {world: func(w world) { w.CI.Fault(citest.Fault{Kind: citest.FaultSilence, Times: -1}) }, exit: 9, says: []string{"did not answer in time"}},
		"the index is down":      {world: func(w world) { w.Index.Fault(pypitest.Fault{Status: 503, Times: -1}) }, exit: 9, says: []string{"index.unreachable"}},
		"TestPyPI is down":       {world: func(w world) { w.Test.Fault(pypitest.Fault{Status: 503, Times: -1}) }, exit: 9, says: []string{"index.unreachable"}},
		"somebody works on it":   {world: func(w world) { w.write(".travis.yml", "language: python\n") }, exit: 1, says: []string{"setup.dirty-file", "git status"}},
		"tabs":                   {world: func(w world) { w.commits(".travis.yml", "deploy:\n\tprovider: pypi\n") }, exit: 1, says: []string{"setup."}},
		"a key twice":            {world: func(w world) { w.commits(".travis.yml", "language: python\nlanguage: ruby\n") }, exit: 1, says: []string{"setup."}},
		"several documents":      {world: func(w world) { w.commits(".travis.yml", "language: python\n---\nlanguage: ruby\n") }, exit: 1, says: []string{"setup."}},
		"the branch is there":    {world: func(w world) { w.Remote.SetRef(sandbox.Slug, "refs/heads/ferry-onboard", w.Commits[0]) }, exit: 3, says: []string{"setup.branch-elsewhere", "never moved"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			w.at("you")
			if c.world != nil {
				c.world(w)
			}
			args := c.args
			if args == nil {
				args = sealed.args("--yes")
			}
			if c.answers != "" {
				args = []string{"onboard", "--plain", "--yes", "--answers", w.answers(c.answers)}
			}
			pushes, was := len(w.Remote.Updates()), w.files("you")
			began := time.Now()
			r := w.with(c.env, args...)
			if r.code != c.exit || !strings.Contains(r.err, "now ") || !strings.Contains(r.err, "next ") {
				t.Errorf("exit %d, want %d, after %s\n%s", r.code, c.exit, time.Since(began), r.err)
			}
			for _, s := range c.says {
				if !strings.Contains(r.err, s) {
					t.Errorf("it does not say %q\n%s", s, r.err)
				}
			}
			w.CI.ClearFaults()
			if d := differences(was, w.files("you")); len(d) > 0 {
				t.Errorf("changed: %q", d)
			}
			if n := len(w.Remote.Updates()) - pushes; n != 0 || len(w.CI.Variables()) != 0 || w.active() {
				t.Errorf("%d pushes, settings %v", n, w.CI.Variables())
			}
		})
	}
}

// TestOnboardHasTravisLook: Travis has not heard of the repository yet.
func TestOnboardHasTravisLook(t *testing.T) {
	t.Parallel()
	w := bare(t, nil)
	w.CI.Forget()
	if r := w.run("you", ways[0].args("--yes")...); r.code != 0 || !strings.Contains(r.err, "Travis has looked") {
		t.Errorf("exit %d\n%s", r.code, r.err)
	}
	w.isSetUp(ways[0])
}

// commits puts a file into a commit of the maintainer's clone.
func (w world) commits(name, text string) {
	w.t.Helper()
	w.write(name, text)
	w.git("you", "add", name)
	w.git("you", "commit", "-qm", name)
	w.git("you", "push", "-q", "origin", "main")
}

// next is the first command that a problem names.
func next(text string) string {
	_, text, _ = strings.Cut(text, " next ")
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSpace(text)
}

// TestOnboardElsewhere: another maintainer is told of the branch that is there, and
// goes on from it; after the merge there is nothing to do for anybody.
func TestOnboardElsewhere(t *testing.T) {
	t.Parallel()
	for _, y := range []way{ways[0], ways[4]} {
		t.Run(y.String(), func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			if r := w.run("you", y.args("--yes")...); r.code != 0 {
				t.Fatalf("exit %d\n%s", r.code, r.err)
			}
			was := w.at("sam")
			r := w.run("sam", y.args("--yes")...)
			if r.code != 3 || !strings.Contains(r.err, "setup.branch-elsewhere") {
				t.Errorf("exit %d\n%s", r.code, r.err)
			}
			w.unchanged("sam", was, "what was refused")
			w.shell("sam", next(r.err))
			w.idle("sam", y)
			w.git("sam", "push", "-q", "origin", "ferry-onboard:main", ":ferry-onboard")
			w.git("you", "switch", "-q", "main")
			w.git("you", "pull", "-q", "origin", "main")
			for _, who := range []string{"sam", "you", "lee"} {
				w.idle(who, y)
			}
		})
	}
}
