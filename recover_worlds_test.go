package main

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// ending is what becomes of a world that somebody has left: of `ferry recover`, and
// of the command that it recommends.
type ending struct {
	exit  int      // of recover
	then  []string // the recommended way, as a person goes it
	after int      // its exit code
	still int      // the exit code of recover after that
}

var (
	raise = []string{"release", "--plain", "--bump", "1.4.1", "--yes=1.4.1"}
	look  = []string{"recover", "--plain", sandbox.Version}
)

func out(flags ...string) []string { return append([]string{"recover", "--plain"}, flags...) }

var endings = map[string]ending{
	"owner-gone":           {8, out("--resume", "--yes"), 0, 0},
	"owner-gone-tag":       {8, out("--resume", "--yes"), 0, 0},
	"tag-for-branch":       {8, out("--resume"), 0, 0},
	"claim-without-branch": {8, out("--resume", "--yes="+sandbox.Version), 0, 0},
	"branch-left":          {8, out("--clean-up", "--yes"), 0, 0},
	"red-branch-left":      {8, out("--clean-up", "--yes"), 0, 0},
	"ghost-push":           {8, out("--clean-up", "--yes"), 0, 0},
	"ci-never-starts":      {8, out("--resume", "--timeout", "1s"), 8, 8},
	"branch-in-the-way":    {8, out("--resume", "--no-wait"), 8, 8},
	"stale-branch":         {1, out("--abandon=1.3.1"), 0, 0}, // the other way, for the work tree is past it
	"green-not-published":  {1, out("--abandon=" + sandbox.Version), 0, 0},
	"ci-red":               {1, out("--abandon=" + sandbox.Version), 0, 0}, // and not restarted, which ends here as before
	"eight-jobs":           {1, out("--restart", "--yes="+sandbox.Version), 0, 0},
	"half-the-files":       {1, look, 1, 1},
	"half-kept":            {1, out("--complete", "--yes="+sandbox.Version), 0, 0},
	"half-too-late":        {1, look, 1, 1},
	"two-in-flight":        {3, out(sandbox.Version, "--resume", "--yes"), 0, 8},
	"yanked":               {3, raise, 0, 0},
	"deleted":              {1, raise, 0, 0},
	"tag-moved":            {3, raise, 0, 0},
	"tag-without-release":  {8, out("--resume", "--yes"), 0, 0},
	"quarantined":          {3, look, 3, 3},
	"release-without-tag":  {3, look, 3, 3},
	"index-down":           {9, look, 9, 9},
	"ci-down":              {9, look, 9, 9},
	"offline":              {9, look, 9, 9},
	"version-taken":        {0, look, 0, 0},
}

// TestRecoverInWorlds: what a maintainer is told in each world that somebody has
// left, line by line, and that the way which is recommended ends as it says.
func TestRecoverInWorlds(t *testing.T) {
	t.Parallel()
	for scenario, want := range endings {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := start(t, scenario, nil, nil)
			if err := w.Before(t.Context(), w.bin); err != nil {
				t.Fatal(err)
			}
			before := w.lasting()
			r := w.run("you", "recover", "--plain")
			if r.code != want.exit {
				t.Errorf("exit code %d, want %d\n%s", r.code, want.exit, r.err)
			}
			w.golden(scenario, r.out)
			r = w.run("you", want.then...)
			if r.code != want.after {
				t.Errorf("%q: exit code %d, want %d\n%s%s", want.then, r.code, want.after, r.err, r.out)
			}
			for name, n := range w.uploads() {
				if n > 1 && scenario != "eight-jobs" { // whose first attempt the index broke off
					t.Errorf("%s was uploaded %d times", name, n)
				}
			}
			if n := w.created("refs/heads/" + sandbox.Branch); n > 1 {
				t.Errorf("the branch was made %d times", n)
			}
			if after := w.lasting(); want.after != 0 && !maps.Equal(before, after) {
				t.Errorf("the world was %v and is %v", before, after)
			}
			if r := w.run("sam", "recover", "--plain"); r.code != want.still || want.still == 0 && !strings.HasPrefix(r.out, "Nothing is half done here") {
				t.Errorf("after: exit code %d, want %d\n%s%s", r.code, want.still, r.out, r.err)
			}
		})
	}
}

// lasting is what others see of a world: every ref, and how often each file was sent.
func (w world) lasting() map[string]string {
	out := maps.Clone(w.Remote.Refs(sandbox.Slug))
	for name, n := range w.uploads() {
		out[name] = strings.Repeat("I", n)
	}
	return out
}

// golden compares what was told with what is kept, without what differs from day
// to day.
func (w world) golden(scenario, text string) {
	w.t.Helper()
	text = w.timeless(text)
	file := "flow/sandbox/testdata/recover/" + scenario + ".txt"
	if *rewrite {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file) //nolint:gosec // G304: of this repository
	if err != nil {
		w.t.Fatal(err)
	}
	want, got := strings.Split(string(kept), "\n"), strings.Split(text, "\n")
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			w.t.Fatalf("line %d is\n%s\nwant\n%s", i+1, got[i], want[i])
		}
	}
	if len(want) != len(got) {
		w.t.Errorf("%d lines, want %d", len(got), len(want))
	}
}

var passing = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC`), "DATE"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`), "TIME"},
	{regexp.MustCompile(`(\d+)h \d\dm \d\ds ago`), "${1}h ago"},
	{regexp.MustCompile(`\b(\d+m )?\d+s ago`), "moments ago"},
	{regexp.MustCompile(`(passed|failed|errored) in \d+s`), "$1 in moments"},
	{regexp.MustCompile(`\b(queued|running)  read`), "queued or running  read"},
}

func (w world) timeless(text string) string {
	for i, sha := range w.Commits {
		n := string(rune('1' + i))
		text = strings.NewReplacer(sha, "COMMIT-"+n, sha[:7], "commit-"+n).Replace(text)
	}
	text = strings.NewReplacer(place(w.RemoteURL), "git.example", place(w.CIURL), "ci.example", place(w.IndexURL), "index.example", w.Dir, "DIR").Replace(text)
	for _, p := range passing {
		text = p.what.ReplaceAllString(text, p.by)
	}
	return text
}

func place(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	at, _, _ := strings.Cut(rest, "/")
	return at
}
