package steps_test

import (
	"strings"
	"testing"
	"time"

	"ferry/flow"
)

// lastTime: 1.3.9 is on the index, and a tag names a commit of it with these files.
func lastTime(files map[string]string) happens {
	return func(b *bench) {
		existing("1.3.9")(b)
		sha := b.git.Commit(slug, "maintenance", "Release 1.3.9", files, day.Add(-time.Hour))
		b.git.Tag(slug, "refs/tags/v1.3.9", sha, "Dana", "dana@example.org", ago(48*time.Hour), "acme-core 1.3.9\n")
	}
}

// firstTime: 1.3.9 is the first commit, which had no CI file.
func firstTime(b *bench) {
	existing("1.3.9")(b)
	b.git.Tag(slug, "refs/tags/v1.3.9", b.first, "Dana", "dana@example.org", ago(48*time.Hour), "acme-core 1.3.9\n")
}

// TestTheReleasePathChanged: a change of how a release is published is a note with
// its diff; one of what starts, gates or may do it must have been seen.
func TestTheReleasePathChanged(t *testing.T) {
	now := travisFile
	for _, c := range []struct {
		says    string
		world   happens
		warns   string
		confirm string
		diff    string
		text    string
	}{
		{"the same", lastTime(map[string]string{".travis.yml": now}), "", "", "", ""},
		{"another language", lastTime(map[string]string{".travis.yml": "sudo: false\n" + now}), ".travis.yml changed since 1.3.9", "", "-sudo: false", ""},
		{"another branch", lastTime(map[string]string{".travis.yml": strings.Replace(now, "pypi-release", "main", 1)}), "new: .travis.yml: deploy on: branch: pypi-release", "seen", "-    branch: main", ""},
		{"an action of its own", lastTime(map[string]string{".travis.yml": now, ".github/actions/ship/action.yml": "runs: {}\n"}), ".github/actions/ship/action.yml changed since 1.3.9", "", "-runs: {}", ""},
		{"no CI file then", firstTime, "new: .travis.yml", "seen", "+language: python", ""},
		{"no tag", existing("1.3.9"), "", "", "", "no tag or claim names the commit of 1.3.9"},
		{"the first release", func(*bench) {}, "", "", "", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{})
			c.world(b)
			f := b.observe(flow.CheckCI)
			if f.Status != flow.Done || f.Confirm != c.confirm || !strings.Contains(f.Warning, c.warns) || !strings.Contains(f.Text, c.text) {
				t.Errorf("%s, confirm %q, warning %q\n%s", f.Status, f.Confirm, f.Warning, f.Text)
			}
			if c.diff == "" && f.Diff != nil || c.diff != "" && (f.Diff == nil || !strings.Contains(f.Diff.Text, c.diff)) {
				t.Errorf("the diff is %+v", f.Diff)
			}
		})
	}
}
