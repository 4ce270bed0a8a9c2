package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci/citest"
	"ferry/gitops/gittest"
	"ferry/pypi/pypitest"
)

// bad is one wrong world or wrong input, and what a release says to it.
type bad struct {
	name   string
	breaks func(w world, cmd *exec.Cmd)
	args   []string
	code   int
	says   string // in the problem's line
	next   string // in one of its next commands
}

// tokenInURL is where hosts let a token stand that has no user's name.
const tokenInURL = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"

var badInput = []bad{
	{name: "no repository", breaks: func(_ world, cmd *exec.Cmd) { cmd.Dir = os.TempDir() }, code: 1, says: "no git repository here", next: "ferry sandbox"},
	{name: "no remote", breaks: func(_ world, cmd *exec.Cmd) {
		edit(cmd.Dir, ".git/config", func(s string) string { return s[:strings.Index(s, "[remote")] })
	}, code: 1, says: "no remote to release to", next: "git remote"},
	{name: "another remote", args: []string{"--remote", "upstream"}, code: 1, says: "upstream", next: "git remote -v"},
	{name: "no project", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"pyproject.toml": "[tool.x]\n", "setup.py": ""})
	}, code: 1, says: "version.unreadable", next: "git"},
	{name: "contradictory version", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"setup.cfg": "[metadata]\nname = acme-core\nversion = 1.5.0\n"})
	}, code: 1, says: "version.contradiction", next: "git"},
	{name: "no version by PEP 440", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"pyproject.toml": "[project]\nname = \"acme-core\"\nversion = \"one\"\n"})
	}, code: 1, says: "version.", next: "git"},
	{name: "local version", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"pyproject.toml": "[project]\nname = \"acme-core\"\nversion = \"1.4.0+here\"\n"})
	}, args: []string{"--yes=1.4.0+here"}, code: 1, says: "version.local", next: "git"},
	{name: "old version", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"pyproject.toml": "[project]\nname = \"acme-core\"\nversion = \"1.2.0\"\n"})
	}, args: []string{"--yes=1.2.0"}, code: 1, says: "version.not-newer", next: "ferry release 1.2.0"},
	{name: "dirty tree", breaks: func(_ world, cmd *exec.Cmd) {
		edit(cmd.Dir, "README.md", func(s string) string { return s + "more\n" })
	}, code: 1, says: "tree.dirty", next: "git status"},
	{name: "untracked file", breaks: func(_ world, cmd *exec.Cmd) {
		edit(cmd.Dir, "stray.py", func(string) string { return "1\n" })
	}, code: 1, says: "tree.dirty", next: "git status"},
	{name: "commit not pushed", breaks: func(_ world, cmd *exec.Cmd) {
		_, _ = gittest.WriteCommit(cmd.Dir, map[string]string{"new.py": "1\n"}, "new", time.Now())
	}, code: 1, says: "tree.not-pushed", next: "git push origin HEAD"},
	{name: "other version asked for", args: []string{"1.5.0"}, code: 3, says: "version.other", next: "ferry release 1.4.0"},
	{name: "yes for another version", args: []string{"--yes=1.5.0"}, code: 3, says: "wrong-yes", next: "ferry release --yes=1.4.0"},
	{name: "nobody to ask", args: []string{"--no-input"}, code: 8, says: "needs-person", next: "ferry release --yes=1.4.0"},
	{name: "yes without a version", args: []string{"--yes"}, code: 8, says: "needs-person", next: "ferry release --yes=1.4.0"},
	{name: "unknown flag", args: []string{"--frobnicate"}, code: 64, says: "usage", next: "--help"},
	{name: "unknown key", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"ferry.toml": "[release]\nbrnach = \"x\"\n"})
	}, code: 64, says: "release.branch", next: "ferry --help"},
	{name: "release branch is main", breaks: func(w world, cmd *exec.Cmd) {
		commitFiles(w, cmd.Dir, map[string]string{"ferry.toml": "[release]\nbranch = \"main\"\n"})
	}, code: 64, says: "config", next: "ferry --help"},
	{name: "unreachable remote", breaks: func(_ world, cmd *exec.Cmd) {
		edit(cmd.Dir, ".git/config", func(s string) string {
			return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(s, "127.0.0.1:1")
		})
	}, code: 9, says: "remote.unreachable", next: "git ls-remote"},
	{name: "a token in the remote's URL", breaks: func(_ world, cmd *exec.Cmd) {
		edit(cmd.Dir, ".git/config", func(s string) string { return strings.Replace(s, "://127", "://"+tokenInURL+"@127", 1) })
	}, code: 1, says: "remote.secret", next: "git remote set-url"},
	{name: "remote says 500", breaks: func(w world, _ *exec.Cmd) { faulty(w, gittest.Status(500, "boom")) }, code: 9, says: "remote.unreachable", next: "git ls-remote"},
	{name: "remote is a captive portal", breaks: func(w world, _ *exec.Cmd) { faulty(w, gittest.HTML()) }, code: 9, says: "remote.unreachable", next: "git ls-remote"},
	{name: "remote refuses credentials", breaks: func(w world, _ *exec.Cmd) { faulty(w, gittest.Status(401, "no")) }, code: 4, says: "remote.refused", next: "git ls-remote"},
	{name: "remote forbids", breaks: func(w world, _ *exec.Cmd) { faulty(w, gittest.Status(403, "no")) }, code: 4, says: "remote.refused", next: "git ls-remote"},
	{name: "push refused by a hook", breaks: func(w world, _ *exec.Cmd) {
		w.Remote.Faults(gittest.Decline("GH006: \x1b[31mprotected\x1b[0m branch").On(gittest.Push), gittest.Decline("GH006: protected branch").On(gittest.Push))
	}, code: 1, says: "push.protected", next: "ferry status"},
	{name: "index answers HTML", breaks: indexFault(pypitest.Fault{Status: 200, Body: "<html><h1>Please log in</h1></html>"}), code: 9, says: "index.unreachable", next: "ferry status"},
	{name: "index answers 500", breaks: indexFault(pypitest.Fault{Status: 500}), code: 9, says: "index.unreachable", next: "curl"},
	{name: "index is cut off", breaks: indexFault(pypitest.Fault{Cut: 40}), code: 9, says: "index.unreachable", next: "ferry status"},
	{name: "index answers 100 MB", breaks: indexFault(pypitest.Fault{Flood: 100 << 20}), code: 9, says: "index.unreachable", next: "ferry status"},
	{name: "CI answers 500", breaks: func(w world, _ *exec.Cmd) { w.CI.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 500, Times: -1}) }, code: 9, says: "ci.unreachable", next: "ferry status"},
	{name: "CI refuses the token", breaks: func(w world, _ *exec.Cmd) { w.CI.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 403, Times: -1}) }, code: 4, says: "ci.refused", next: "ferry status"},
	{name: "CI answers HTML", breaks: func(w world, _ *exec.Cmd) { w.CI.Fault(citest.Fault{Kind: citest.FaultHTML, Times: -1}) }, code: 9, says: "ci.unreachable", next: "ferry status"},
	{name: "by something unknown", args: []string{"--by", "pigeon"}, code: 64, says: "", next: "ferry"},
	{name: "a tag that publishes nothing", args: []string{"--by", "tag"}, code: 1, says: "ci.no-deploy", next: "git grep"},
}

// wholeStream is JSON Lines from hello to result, with the problem between them.
var wholeStream = regexp.MustCompile(`(?s)^\{[^\n]*"kind":"hello".*"kind":"problem".*\{[^\n]*"kind":"result"[^\n]*\}\n$`)

func TestBadInput(t *testing.T) {
	for _, b := range badInput {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			args := append([]string{"release", "--plain", "--timeout", "20s"}, b.args...)
			if !strings.Contains(strings.Join(b.args, " "), "--yes") && !strings.Contains(strings.Join(b.args, " "), "--no-input") {
				args = append(args, "--yes=1.4.0")
			}
			events := filepath.Join(t.TempDir(), "events")
			cmd := w.command(t.Context(), "you", append(args, "--events", events)...)
			if b.breaks != nil {
				b.breaks(w, cmd)
			}
			before := len(w.Remote.Updates())
			r := finish(t, cmd)
			t.Logf("exit %d\n%s%s", r.code, r.err, r.out)
			if r.code != b.code {
				t.Errorf("exit code %d, want %d", r.code, b.code)
			}
			for _, want := range []string{b.says, b.next, "retry ", "next "} {
				if !strings.Contains(r.err, want) {
					t.Errorf("%q is not said", want)
				}
			}
			if beside, _ := os.ReadFile(events); r.code != 64 && !wholeStream.Match(beside) {
				t.Errorf("the events beside it are not whole:\n%s", beside)
			}
			if strings.ContainsAny(r.err, "\x1b\x07\r") {
				t.Error("a control character reached the terminal")
			}
			if strings.Contains(r.err+r.out, tokenInURL) {
				t.Error("the token is shown")
			}
			if n := len(w.Remote.Updates()); n != before {
				t.Errorf("%d refs were changed", n-before)
			}
		})
	}
}

// TestSilentServers: whoever says nothing is given up in time, and told apart
// from absence.
func TestSilentServers(t *testing.T) {
	silent := silentServer(t)
	for name, key := range map[string]string{"index": "simple = ", "ci": "url = "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			cmd := w.command(t.Context(), "you", append(yes, "--timeout", "20s")...)
			edit(filepath.Dir(filepath.Dir(cmd.Dir)), "you-home/.config/ferry/config.toml", func(s string) string {
				i := strings.Index(s, key) + len(key)
				j := i + strings.Index(s[i:], "\n")
				return s[:i] + `"` + silent + `/"` + s[j:]
			})
			began := time.Now()
			if r := finish(t, cmd); r.code != 9 || !strings.Contains(r.err, "not answer in time") {
				t.Errorf("exit code %d after %v\n%s", r.code, time.Since(began), r.err)
			}
		})
	}
}

func silentServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

// TestClosedOutput: nobody reads the result; the release is done all the same.
func TestClosedOutput(t *testing.T) {
	for _, flag := range []string{"--plain", "--json"} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			cmd := w.command(t.Context(), "you", "release", flag, "--yes=1.4.0")
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip("no /dev/full here")
			}
			defer full.Close()
			var errs strings.Builder
			cmd.Stdout, cmd.Stderr = full, &errs
			if err := cmd.Run(); err != nil {
				t.Errorf("%v\n%s", err, errs.String())
			}
			if !strings.Contains(errs.String(), "could not be written") {
				t.Errorf("it is not said:\n%s", errs.String())
			}
			w.published()
		})
	}
}

func faulty(w world, f gittest.Fault) {
	for range 50 {
		w.Remote.Faults(f.On(gittest.List), f.On(gittest.Prepare))
	}
}

func indexFault(f pypitest.Fault) func(world, *exec.Cmd) {
	return func(w world, _ *exec.Cmd) {
		f.Path, f.Times = "/simple/", -1
		w.Index.Fault(f)
	}
}

func edit(dir, file string, f func(string) string) {
	path := filepath.Join(dir, filepath.FromSlash(file))
	old, _ := os.ReadFile(path)
	_ = os.WriteFile(path, []byte(f(string(old))), 0o600)
}

// commitFiles commits in the clone and puts the commit on the remote's main.
func commitFiles(w world, clone string, files map[string]string) {
	w.t.Helper()
	sha, err := gittest.WriteCommit(clone, files, "change", time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("git", "push", "-q", "origin", sha+":refs/heads/main")
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Skipf("git cannot push: %v %s", err, out)
	}
}
