package main

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"ferry/flow/sandbox"
)

// spoken sets up in a way, with a person before the terminal who is asked before
// each step and nothing else.
func (w world) spoken(y way, more ...string) *sitting {
	w.t.Helper()
	args := append([]string{"onboard", "--plain", "--publish=" + y.publish, "--start=" + y.start, "--testpypi=yes", "--python=3.12", "--script=skip",
		"--register=ci", "--pypirc=no", "--server=no", "--commit=branch", "--rehearse=no"}, more...)
	a := &aviary{world: w, birds: flock()}
	s := a.sit(w.command(w.t.Context(), "you", args...))
	w.t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

// told is all that was shown so far, without colours.
func (s *sitting) told() string { return ansi.Strip(s.text()) }

// asked waits for the question of a number, and gives what was told since the one
// before it.
func (s *sitting) asked(n int) string {
	s.a.t.Helper()
	const question = "Type y or n:"
	s.a.until("question "+string(rune('0'+n))+" comes", func() bool {
		select {
		case <-s.over:
			s.a.t.Fatalf("it ended before question %d:\n%s", n, s.told())
		default:
		}
		return strings.Count(s.told(), question) >= n
	})
	return strings.Split(s.told(), question)[n-1]
}

func (s *sitting) exits(code int) {
	s.a.t.Helper()
	s.ends()
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.a.t.Errorf("exit %d, want %d\n%s", got, code, s.told())
	}
}

// TestOnboardIsTakenBack: who says no to the push is asked what of the rest is to
// be taken back, the last first; a yes to all leaves the world as it was.
func TestOnboardIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		way   way
		agree int // before the push
		back  []string
	}{
		{ways[0], 2, []string{"take back: commit on the branch", "take back: edit .travis.yml", "take back: have Travis build"}},
		{ways[2], 4, []string{"take back: commit on the branch", "take back: edit .travis.yml", "take back: give Travis the token for PyPI", "take back: give Travis the token for TestPyPI", "take back: have Travis build"}},
		{ways[4], 4, []string{"take back: commit on the branch", "take back: make the environment pypi", "take back: write .github/workflows/publish-pypi.yml", "take back: make the environment testpypi", "take back: write .github/workflows/publish-testpypi.yml"}},
	} {
		t.Run(c.way.String(), func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			was := w.quiet(w.at("you"))
			s := w.spoken(c.way)
			for n := range c.agree {
				s.asked(n + 1)
				s.types("y\r")
			}
			s.asked(c.agree + 1)
			s.types("n\r")
			for n, step := range c.back {
				if said := s.asked(c.agree + 2 + n); !strings.Contains(said, step) {
					t.Errorf("question %d is not about %q:\n%s", n, step, said)
				}
				s.types("y\r")
			}
			s.exits(2)
			if d := differences(was, w.quiet(w.everything("you"))); len(d) > 0 {
				t.Errorf("not taken back: %q\n%s", d, s.told())
			}
		})
	}
}

// quiet leaves out what git keeps of its own: objects that nothing leads to, and
// its notes.
func (w world) quiet(all map[string]string) map[string]string {
	for name := range all {
		if strings.Contains(name, "/.git/objects/") || strings.Contains(name, "/.git/logs/") || strings.HasSuffix(name, "/COMMIT_EDITMSG") {
			delete(all, name)
		}
	}
	return all
}

// TestOnboardIsLeft: who takes nothing back leaves what is done, and goes on from
// there later.
func TestOnboardIsLeft(t *testing.T) {
	t.Parallel()
	y, w := ways[2], bare(t, nil)
	s := w.spoken(y)
	for n := range 2 {
		s.asked(n + 1)
		s.types("y\r")
	}
	s.asked(3)
	s.types("n\r")
	s.asked(4)
	s.types("n\r")
	s.exits(2)
	if len(w.CI.Variables()) != 1 || !w.active() {
		t.Errorf("settings %v, Travis builds %t", w.CI.Variables(), w.active())
	}
	if r := w.run("you", y.args("--yes")...); r.code != 0 || strings.Contains(r.err, "have Travis build") || strings.Contains(r.err, "run     give Travis the token for TestPyPI") {
		t.Errorf("exit %d, and what was done is done again\n%s", r.code, r.err)
	}
	w.isSetUp(y)
}

// TestOnboardLosesNobodysWork: a file that changes while its diff is looked at
// stays as somebody made it, whatever is answered.
func TestOnboardLosesNobodysWork(t *testing.T) {
	t.Parallel()
	const before, theirs = "language: python\npython: '3.12'\n", "language: python\n# what somebody just wrote\n"
	for name, c := range map[string]struct {
		before string
		commit bool
		exit   int
		says   string
	}{
		"written where there was none": {"", false, 1, "setup.dirty-file"},
		"edited":                       {before, false, 1, "setup.dirty-file"},
		"committed":                    {before, true, 3, "setup.changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			w.at("you")
			if c.before != "" {
				w.commits(".travis.yml", c.before)
			}
			s := w.spoken(ways[0], "--job=any")
			s.asked(1)
			s.types("y\r")
			if said := s.asked(2); !strings.Contains(said, "+++ b/.travis.yml") {
				t.Errorf("asked before the diff:\n%s", said)
			}
			w.write(".travis.yml", theirs)
			if c.commit {
				w.commits(".travis.yml", theirs)
			}
			s.types("y\r")
			s.asked(3) // to take back what was done before
			s.types("n\r")
			s.exits(c.exit)
			if !strings.Contains(s.told(), c.says) {
				t.Errorf("it is not said what happened:\n%s", s.told())
			}
			if got := w.files("you")["file /you/"+sandbox.Project+"/.travis.yml"]; got != theirs {
				t.Errorf("the file holds %q", got)
			}
		})
	}
}

// TestOnboardEndsWithTheInput: the end of what is typed is a no, and everything is
// as it was at that question.
func TestOnboardEndsWithTheInput(t *testing.T) {
	t.Parallel()
	w := bare(t, nil)
	was := w.at("you")
	s := w.spoken(ways[0])
	s.asked(1)
	s.types("\x04")
	s.exits(2)
	w.unchanged("you", was, "a person who went away")
}
