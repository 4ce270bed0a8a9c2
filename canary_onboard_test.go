package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// given takes out of what was noted the requests that give Travis the tokens to
// keep, and fails where one holds anything else, or there is none.
func (a *aviary) given(names ...string) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	var there []string
	a.requests = slices.DeleteFunc(a.requests, func(r string) bool {
		line, _, _ := strings.Cut(r, "\n")
		if !strings.HasPrefix(line, "ci: POST ") || !strings.Contains(line, "/env_vars ") {
			return false
		}
		for _, found := range a.birds.in([]byte(r)) {
			name, _, _ := strings.Cut(found, " as ")
			there = append(there, name)
			if !slices.Contains(names, name) {
				a.t.Errorf("Travis was given %s", found)
			}
		}
		return true
	})
	for _, name := range names {
		if !slices.Contains(there, name) {
			a.t.Errorf("Travis was never given %s; it was given %q", name, there)
		}
	}
}

// TestNoCanaryOfASetUp: the tokens of both indexes, sealed in a file or given to
// Travis, are nowhere else, whatever the servers repeat.
func TestNoCanaryOfASetUp(t *testing.T) {
	for face, y := range map[string]way{"--plain": ways[0], "--json": ways[2], "--accessible": ways[2], "--progress=quiet": ways[4]} {
		t.Run(y.String()+face, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"FERRY_TOKEN_PYPI": bird(81), "FERRY_TOKEN_TESTPYPI": bird(82), "TRAVIS_TOKEN": bird(83), "GH_TOKEN": bird(84)}
			a := newAviary(t, "bare-repository", env, nil)
			a.hook()
			line := strings.Join(slices.DeleteFunc(y.args(), func(s string) bool { return s == "--plain" }), " ")
			for _, more := range []string{" --dry-run", "", " --yes", " --yes"} {
				a.call(line+more, face, "", env)
			}
			if a.Remote.Refs("acme/acme-core")["refs/heads/ferry-onboard"] == "" {
				t.Error("nothing was set up")
			}
			if y.publish == "travis-setting" {
				a.given("FERRY_TOKEN_PYPI", "FERRY_TOKEN_TESTPYPI")
			}
			a.breaks("ci")
			a.call(line+" --yes", face, "", env)
			a.nothing(map[string][]string{"ci": {"TRAVIS_TOKEN", "GH_TOKEN"}}, "git", "pre-push")
		})
	}
}

// TestNoCanaryOfASetUpThatIsTyped: tokens that a person types go into the keyring
// and to CI; the screen, the events and the debug file hold none.
func TestNoCanaryOfASetUpThatIsTyped(t *testing.T) {
	address, _ := privateBus(t)
	for i, y := range []way{ways[0], ways[2]} {
		t.Run(y.String(), func(t *testing.T) {
			typed := map[string]string{"pypi": bird(90 + 2*i), "testpypi": bird(91 + 2*i)}
			a := newAviary(t, "bare-repository", nil, typed)
			env := map[string]string{"DBUS_SESSION_BUS_ADDRESS": address, "FERRY_TOKEN_PYPI": "", "FERRY_TOKEN_TESTPYPI": "", "TRAVIS_TOKEN": practiceToken}
			end := time.After(20 * time.Second)
			for strings.Contains(a.says(a.ferry(env, "auth", "status", "--plain")).out, "keyring:") {
				select {
				case <-time.After(50 * time.Millisecond):
				case <-end:
					missing(t, "a gnome-keyring that starts")
				}
			}
			s := a.sit(a.ferry(env, "onboard", "--plain", "--publish="+y.publish, "--start=branch", "--testpypi=yes", "--commit=branch", "--yes",
				"--debug", filepath.Join(a.home, "debug"), "--events", filepath.Join(a.home, "events")))
			for _, index := range []string{"testpypi", "pypi"} {
				s.see("Token for " + index + " at ")
				a.until("the terminal is silent", func() bool {
					return strings.Count(s.text(), "not shown") == map[string]int{"testpypi": 1, "pypi": 2}[index]
				})
				s.silent()
				s.types(typed[index] + "\r")
			}
			s.ends()
			if code := s.cmd.ProcessState.ExitCode(); code != 0 {
				t.Fatalf("exit %d\n%s", code, s.told())
			}
			if strings.Contains(s.told(), "selected_project=acme-core (not shown)") {
				t.Errorf("the page makes a token for a project that is not there yet:\n%s", s.told())
			}
			if y.publish == "travis-setting" {
				a.given("pypi", "testpypi")
			}
			a.nothing(nil, "git")
		})
	}
}
