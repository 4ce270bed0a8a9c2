package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

const (
	rcMine     = "# mine\n[local]\nrepository = http://localhost:3141/\npassword = s3cret\n"
	rcPassing  = "pypi-AgEIcHlwaS5vcmcPASSING"
	rcPromised = "# ferry: remove when " + sandbox.Project + " " + sandbox.Version + " is released"
)

func (w world) home(who string) string { return filepath.Join(w.Dir, who+"-home") }

func (w world) pypirc(who string) string {
	data, _ := os.ReadFile(filepath.Join(w.home(who), ".pypirc"))
	return string(data)
}

// writes puts a text into somebody's ~/.pypirc.
func (w world) writes(who, text string) {
	w.t.Helper()
	w.run(who, "version") // makes the home
	if err := os.WriteFile(filepath.Join(w.home(who), ".pypirc"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// ephemeral writes a section for the release alone.
func (w world) ephemeral(who string) {
	w.t.Helper()
	cmd := w.command(w.t.Context(), who, "pypirc", "write", "--ephemeral", "--index", "pypi")
	cmd.Env = append(cmd.Env, "FERRY_TOKEN_PYPI="+rcPassing)
	if r := finish(w.t, cmd); r.code != 0 || strings.Contains(r.out+r.err, rcPassing) {
		w.t.Fatalf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if text := w.pypirc(who); !strings.Contains(text, rcPromised+"\n") || !strings.Contains(text, "password = "+rcPassing+"\n") {
		w.t.Fatalf("the file is %q", text)
	}
}

// TestASectionForOneRelease is there until the release is confirmed, by branch
// and by tag, and then everything of it is gone; another maintainer's machine
// hears nothing of it.
func TestASectionForOneRelease(t *testing.T) {
	for _, scenario := range []string{"happy", "happy-tag"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := start(t, scenario, quick, nil)
			w.writes("you", rcMine)
			w.ephemeral("you")
			plan := w.run("you", "release", "--plan", "--plain")
			if !strings.Contains(plan.out+plan.err, "ferry pypirc remove --index pypi") {
				t.Errorf("the plan does not say so:\n%s%s", plan.out, plan.err)
			}
			if other := w.run("sam", "release", "--plan", "--plain"); strings.Contains(other.out+other.err, "pypirc") {
				t.Errorf("elsewhere:\n%s%s", other.out, other.err)
			}
			if r := w.run("you", "status", "--json"); !strings.Contains(r.out, `"state":"not_started"`) {
				t.Errorf("%s%s", r.out, r.err)
			}
			r := w.run("you", yes...)
			if r.code != 0 || !strings.Contains(r.err, "remove the section for this release") {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			if text := w.pypirc("you"); !strings.HasPrefix(text, rcMine) || strings.Contains(text, "pypi") {
				t.Errorf("the file is %q", text)
			}
			for _, who := range []string{"you", "sam"} {
				if r := w.run(who, "status", "--json"); !strings.Contains(r.out, `"state":"done"`) {
					t.Errorf("%s: %s%s", who, r.out, r.err)
				}
			}
		})
	}
}

// TestASectionThatCannotGoStopsNothing: with a file that Python would refuse the
// release goes to its end, and only then says what is still there. Mended, the
// same command takes it out.
func TestASectionThatCannotGoStopsNothing(t *testing.T) {
	w := start(t, "happy", quick, nil)
	w.ephemeral("you")
	whole := w.pypirc("you")
	w.writes("you", whole+"junk\n")
	if r := w.run("you", "status", "--json"); !strings.Contains(r.out, `"state":"not_started"`) || !strings.Contains(r.out, "pypirc.kept") {
		t.Errorf("before it: %s%s", r.out, r.err)
	}
	r := w.run("you", yes...)
	if r.code != 1 || !strings.Contains(r.err, "pypirc.kept") || strings.Contains(r.err, rcPassing) {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
	if r := w.run("you", "status", "--json"); !strings.Contains(r.out, `"state":"done_not_cleaned"`) || !strings.Contains(r.out, `"ferry pypirc remove --index pypi"`) {
		t.Errorf("here: %s%s", r.out, r.err)
	}
	if r := w.run("sam", "status", "--json"); !strings.Contains(r.out, `"state":"done"`) {
		t.Errorf("elsewhere: %s%s", r.out, r.err)
	}
	w.writes("you", whole)
	if r := w.run("you", yes...); r.code != 0 || strings.Contains(w.pypirc("you"), "pypi]") {
		t.Errorf("mended: exit code %d\n%s%q", r.code, r.err, w.pypirc("you"))
	}
	w.published()
}

// TestASectionOfAFailedReleaseStays until somebody gives the release up.
func TestASectionOfAFailedReleaseStays(t *testing.T) {
	w := start(t, "ci-red", quickRed, nil)
	w.ephemeral("you")
	if r := w.run("you", yes...); r.code == 0 || !strings.Contains(w.pypirc("you"), rcPromised) {
		t.Errorf("exit code %d\n%s%q", r.code, r.err, w.pypirc("you"))
	}
	if r := w.run("you", "pypirc", "show"); !strings.Contains(r.out, "until "+sandbox.Project+" "+sandbox.Version+" is released") {
		t.Errorf("%s%s", r.out, r.err)
	}
	if r := w.run("you", "pypirc", "remove", "--index", "pypi"); r.code != 0 || strings.Contains(w.pypirc("you"), "pypi") {
		t.Errorf("exit code %d\n%s%q", r.code, r.err, w.pypirc("you"))
	}
}

func quickRed(s *sandbox.Scenario) { s.MaxAge = 0 }

// TestEveryStartSweeps: whatever is started next takes away what a killed run
// left, and says so under --debug alone.
func TestEveryStartSweeps(t *testing.T) {
	w := start(t, "happy", quick, nil)
	for _, args := range [][]string{{"version"}, {"status"}, {"auth", "status"}, {"pypirc", "show"}} {
		w.writes("you", rcMine)
		orphan := filepath.Join(w.home("you"), ".pypirc.ferry-new-999999999-dead")
		if err := os.WriteFile(orphan, []byte("a secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		debug := filepath.Join(t.TempDir(), "debug")
		r := w.run("you", append(args, "--debug", debug)...)
		if _, err := os.Stat(orphan); err == nil || strings.Contains(r.out+r.err, "killed") {
			t.Errorf("%v: %v\n%s%s", args, err, r.out, r.err)
		}
		if told, _ := os.ReadFile(debug); args[0] == "status" && !strings.Contains(string(told), "files of a killed run beside ~/.pypirc removed: 1\n") {
			t.Errorf("%v: %s", args, told)
		}
	}
	young := filepath.Join(w.home("you"), ".pypirc.ferry-new-1-alive")
	if err := os.WriteFile(young, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.run("you", "version")
	if info, err := os.Stat(young); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("a file of a process that runs was swept: %v", err)
	}
}
