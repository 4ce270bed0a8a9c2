package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ferry/flow/ci/citest"
)

// checked is the document of a check, as programs read it.
type checked struct {
	V              int
	Kind, Ref      string
	Exit           int
	Deploys, Skips []struct {
		Provider, Job, File string
		Line                int
		Sure                bool
		Why                 []string
	}
	Undecided   []string
	Diagnostics []struct {
		Code, Severity, File, Text string
		Line                       int
		Mends                      bool
	}
	Checks  []struct{ ID, Result, Evidence string }
	Problem *struct {
		Code string
		Next []string
	}
}

func (d checked) check(id string) string {
	for _, c := range d.Checks {
		if c.ID == id {
			return c.Result
		}
	}
	return ""
}

func (d checked) has(code string) bool {
	for _, g := range d.Diagnostics {
		if g.Code == code {
			return true
		}
	}
	return false
}

// read runs a check with --json in a maintainer's clone, and reads its one document.
func (w world) check(args ...string) (checked, result) {
	w.t.Helper()
	r := w.run("you", append([]string{"check", "--json"}, args...)...)
	var d checked
	if err := json.Unmarshal([]byte(r.out), &d); err != nil || strings.Count(r.out, "\n") != 1 {
		w.t.Fatalf("%d %v: %s%s", r.code, err, r.out, r.err)
	}
	if d.V != 1 || d.Kind != "check" || d.Exit != r.code || (d.Problem == nil) != (r.code == 0) || r.err != "" {
		w.t.Errorf("exit %d, document %+v, stderr %q", r.code, d, r.err)
	}
	return d, r
}

// write puts a file into the work tree of the maintainer's clone.
func (w world) write(name, text string) {
	w.t.Helper()
	dir, err := w.Clone("you")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

const travisHead = "language: python\npython: ['3.9', '3.12']\ndeploy:\n  provider: pypi\n  edge: true\n  username: __token__\n  distributions: sdist bdist_wheel\n  on:\n    branch: pypi-release\n"

// TestCheck: what can become of a ref, with its exit code and its problem, in the
// document and in the text.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	for _, c := range []struct {
		says, file string
		exit       int
		code       string // of the problem
		deploys    int    // for sure
		found      string // a diagnostic
	}{
		{"exactly one job", travisHead + "    python: '3.12'\n", 0, "", 1, ""},
		{"none", travisHead + "    python: '3.7'\n", 1, "ci.no-deploy", 0, "travis-none-deploys"},
		{"no publishing part", "language: python\n", 1, "ci.no-deploy", 0, ""},
		{"several", travisHead, 1, "ci.many-jobs", 2, "travis-several-jobs-deploy"},
		{"undecided", travisHead + "    python: '3.12'\n    condition: $SECRET_OF_THE_PAGE = yes\n", 9, "ci.undecided", 0, ""},
		{"broken", "deploy: [\n", 1, "ci.file", 0, "unreadable"},
		{"one, and an error beside it", strings.Replace(travisHead, "    branch", "    tags: v*\n    branch", 1), 1, "ci.file", 0, "travis-tags-text"},
	} {
		w.write(".travis.yml", c.file)
		d, _ := w.check("--offline", "--branch", "pypi-release")
		sure := 0
		for _, j := range d.Deploys {
			if j.Sure && j.Provider == "travis" && j.Line > 0 && len(j.Why) > 0 {
				sure++
			}
		}
		code := ""
		if d.Problem != nil {
			code = d.Problem.Code
		}
		if d.Exit != c.exit || code != c.code || c.exit == 0 && sure != c.deploys || c.code == "ci.many-jobs" && sure != c.deploys || c.found != "" && !d.has(c.found) || d.Ref != "refs/heads/pypi-release" {
			t.Errorf("%s: exit %d %s, %d deploy: %+v", c.says, d.Exit, code, sure, d)
		}
		r := w.run("you", "check", "--offline", "--branch", "pypi-release", "--plain", "--ascii")
		if r.code != c.exit || r.err != "" || c.code == "" && !strings.Contains(r.out, "\nverdict ") || c.code != "" && !strings.Contains(r.out, "\nproblem      "+c.code) || !strings.Contains(r.out, c.found) {
			t.Errorf("%s, in text: %d\n%s%s", c.says, r.code, r.out, r.err)
		}
		if r = w.run("you", "check", "--offline", "--branch", "pypi-release", "--progress", "quiet"); r.code != c.exit || r.out+r.err != "" {
			t.Errorf("%s, quietly: %d %q %q", c.says, r.code, r.out, r.err)
		}
	}
}

// TestCheckRefs: which ref it is about, and what is no question.
func TestCheckRefs(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	for _, c := range []struct {
		args []string
		ref  string
		exit int
	}{
		{nil, "refs/heads/pypi-release", 0},
		{[]string{"--branch", "pypi-release"}, "refs/heads/pypi-release", 0},
		{[]string{"--branch", "refs/heads/pypi-release"}, "refs/heads/pypi-release", 0},
		{[]string{"--branch", "topic/x"}, "refs/heads/topic/x", 1},
		{[]string{"--tag", "v1.4.0"}, "refs/tags/v1.4.0", 1},
		{[]string{"--by", "tag"}, "refs/tags/v1.4.0", 1},
	} {
		if d, r := w.check(append([]string{"--offline"}, c.args...)...); r.code != c.exit || d.Ref != c.ref {
			t.Errorf("%v: %d %s", c.args, r.code, d.Ref)
		}
	}
	for _, c := range []struct {
		args []string
		next string
	}{
		{[]string{"--branch", "a", "--tag", "b"}, "ferry check --branch a"},
		{[]string{"--frobnicate"}, "--help"},
		{[]string{"extra"}, "--help"},
	} {
		if r := w.run("you", append([]string{"check", "--plain"}, c.args...)...); r.code != 64 || r.out != "" || !strings.Contains(r.err, c.next) {
			t.Errorf("%v: %d\n%s%s", c.args, r.code, r.out, r.err)
		}
	}
}

// TestCheckPlaces: without a remote, with a detached HEAD, and outside a repository.
func TestCheckPlaces(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	dir, err := w.Clone("you")
	if err != nil {
		t.Fatal(err)
	}
	edit(dir, ".git/HEAD", func(string) string { return w.Commits[0] + "\n" })
	if d, r := w.check(); r.code != 0 || d.check("rules") == "" {
		t.Errorf("detached: %d %+v", r.code, d)
	}
	edit(dir, ".git/config", func(s string) string { return s[:strings.Index(s, "[remote")] })
	if d, r := w.check(); r.code != 0 || d.check("host") != "not-checked" {
		t.Errorf("no remote: %d %+v", r.code, d)
	}
	cmd := w.command(t.Context(), "you", "check", "--plain")
	cmd.Dir = t.TempDir()
	if r := finish(t, cmd); r.code != 1 || !strings.Contains(r.err, "no git repository here") {
		t.Errorf("outside: %d\n%s", r.code, r.err)
	}
	cmd = w.command(t.Context(), "you", "check", "--json", "--offline")
	cmd.Dir = filepath.Join(dir, "src")
	if r := finish(t, cmd); r.code != 0 {
		t.Errorf("below the top: %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestCheckOffline asks nobody, and looks for no credential; without it both happen.
func TestCheckOffline(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("gh is a shell script here")
	}
	var asked atomic.Int32
	w := start(t, "happy-tag", quick, func(_ string, h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			h.ServeHTTP(rw, r)
		})
	})
	bin, note := t.TempDir(), filepath.Join(t.TempDir(), "called")
	for _, name := range []string{"gh", "git-credential-watched"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho \"$0 $*\" >> "+note+"\nexit 1\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (result, string) {
		_ = os.Remove(note)
		cmd := w.command(t.Context(), "you", append([]string{"check", "--plain"}, args...)...)
		asked.Store(0) // a clone was made
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.Contains(v, "_TOKEN=") })
		for i, v := range cmd.Env {
			if path, ok := strings.CutPrefix(v, "PATH="); ok {
				cmd.Env[i] = "PATH=" + bin + ":" + path
			}
		}
		r := finish(t, cmd)
		called, _ := os.ReadFile(note)
		return r, string(called)
	}
	if r, called := run("--offline"); asked.Load() != 0 || called != "" || r.code != 0 || !strings.Contains(r.out, "--offline asks nobody") {
		t.Errorf("%d requests, ran %q: %d\n%s%s", asked.Load(), called, r.code, r.out, r.err)
	}
	if r, called := run(); asked.Load() == 0 || called == "" {
		t.Errorf("without --offline: %d requests, ran %q: %d\n%s%s", asked.Load(), called, r.code, r.out, r.err)
	}
}

// TestCheckAsksTheHost, and a release stops at the same rule before anything is pushed.
func TestCheckAsksTheHost(t *testing.T) {
	t.Parallel()
	const onBranch = "on:\n  push:\n    branches: [pypi-release]\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    environment: pypi\n    permissions: {id-token: write}\n    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
	for _, c := range []struct {
		says  string
		rules []citest.Ruleset
		envs  []citest.Environment
		code  string
		text  string
	}{
		{"a deletion", []citest.Ruleset{{Name: "keep", Target: "branch", Match: "refs/heads/pypi-*", Types: []string{"deletion"}, Bypass: "never"}}, nil, "push.ruleset", `the rule "keep" of the host forbids the deletion`},
		{"a creation", []citest.Ruleset{{Name: "none", Target: "branch", Match: "refs/heads/pypi-*", Types: []string{"creation"}, Bypass: "never"}}, nil, "push.ruleset", `the rule "none" of the host forbids the creation`},
		{"an environment for tags", nil, []citest.Environment{{Name: "pypi", Policies: []string{"tag:v*"}}}, "ci.environment", "lets only tag v* deploy"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy-tag", quick, nil)
			cmd := w.command(t.Context(), "you")
			commitFiles(w, cmd.Dir, map[string]string{".github/workflows/publish.yml": onBranch})
			w.CI.Guard(c.rules, c.envs)
			if d, r := w.check(); r.code != 1 || d.Problem.Code != c.code || !strings.Contains(r.out, strings.ReplaceAll(c.text, `"`, `\"`)) {
				t.Errorf("check: %d %+v", r.code, d)
			}
			before := len(w.Remote.Updates())
			if r := w.run("you", yes...); r.code != 1 || !strings.Contains(r.err+r.out, c.code) || !strings.Contains(r.err+r.out, c.text) || len(w.Remote.Updates()) != before {
				t.Errorf("release: %d, %d updates\n%s%s", r.code, len(w.Remote.Updates())-before, r.out, r.err)
			}
			if len(w.CI.Builds()) > 0 || len(w.uploads()) > 0 {
				t.Error("something was built or uploaded")
			}
		})
	}
}

// TestCheckHostile: files that somebody made to hurt are read to an end, and what
// is in them does nothing to a terminal.
func TestCheckHostile(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ",") + "]\n"
	}
	wide := "on: push\njobs:\n  publish:\n    strategy:\n      matrix:\n"
	for _, axis := range []string{"a", "b", "c", "d", "e", "f"} {
		wide += "        " + axis + ": [" + strings.TrimSuffix(strings.Repeat("1,", 100), ",") + "]\n"
	}
	wide += "    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
	const evil = "\x1b]0;owned\x07\x1b[2J\u202e"
	for says, files := range map[string]map[string]string{
		"aliases of aliases":     {".travis.yml": bomb + "deploy: *j\n", ".github/workflows/a.yml": bomb + "jobs: *j\n", ".gitlab-ci.yml": bomb + "x: *j\n"},
		"an alias of itself":     {".travis.yml": "deploy: &a\n  provider: pypi\n  on: *a\n"},
		"depth":                  {".travis.yml": "deploy: " + strings.Repeat("[", 100_000), ".github/workflows/a.yml": "on: " + strings.Repeat("{a: ", 50_000)},
		"50 MB":                  {".travis.yml": "language: python\n" + strings.Repeat("# nothing to see here, and much of it\n", 50<<20/38)},
		"a matrix of 10^12 jobs": {".github/workflows/a.yml": wide},
		"control characters":     {".github/workflows/a.yml": "on: push\njobs:\n  publish:\n    name: \"" + strings.NewReplacer("\x1b", `\e`, "\x07", `\a`).Replace(evil) + "\"\n    if: \"${{ secrets.X == '\\e[31m' }}\"\n    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"},
		"NUL and no UTF-8":       {".travis.yml": "deploy:\n  provider: pypi\x00\xff\xfe\n"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			for name, text := range files {
				w.write(name, text)
			}
			for _, args := range [][]string{{"--plain"}, {"--json"}, {"--accessible"}, {"--fix", "--dry-run", "--plain"}} {
				r := w.run("you", append([]string{"check", "--offline", "--branch", "pypi-release"}, args...)...) // killed after two minutes
				if r.code != 0 && r.code != 1 && r.code != 9 {
					t.Errorf("%v: %d\n%.500s", args, r.code, r.err)
				}
				if strings.ContainsAny(r.out+r.err, "\x1b\x07\x00\u202e") {
					t.Errorf("%v: raw text reached the terminal: %.500q", args, r.out+r.err)
				}
				if len(r.out) > 1<<20 {
					t.Errorf("%v: %d bytes of output", args, len(r.out))
				}
			}
		})
	}
}

// TestCheckFaces: what is read aloud has no signs, and ASCII is ASCII.
func TestCheckFaces(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	r := w.run("you", "check", "--accessible")
	if r.code != 0 || strings.ContainsAny(r.out, "✓✗–·") || !strings.Contains(r.out, "Check project: good.") || !strings.Contains(r.out, "verdict") {
		t.Errorf("accessible: %d\n%s", r.code, r.out)
	}
	r = w.run("you", "check", "--plain", "--ascii")
	if r.code != 0 || strings.ContainsFunc(r.out, func(r rune) bool { return r >= 0x80 }) || !strings.Contains(r.out, "\n+ deploys ") {
		t.Errorf("ASCII: %d\n%s", r.code, r.out)
	}
	cmd := w.command(t.Context(), "you", "check", "--offline")
	cmd.Stdout, _ = os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err := cmd.Run(); runtime.GOOS == "linux" && (err == nil || cmd.ProcessState.ExitCode() == 0) {
		t.Errorf("a full disk is no success: %v", err)
	}
}
