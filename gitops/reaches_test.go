package gitops_test

import (
	"errors"
	"testing"

	"ferry/gitops"
)

func TestReaches(t *testing.T) {
	d := newDesk(t)
	first := d.git("rev-parse", "HEAD")
	d.git("checkout", "-q", "-b", "side")
	d.git("commit", "-q", "--allow-empty", "-m", "side")
	side := d.git("rev-parse", "HEAD")
	d.git("checkout", "-q", "main")
	d.git("commit", "-q", "--allow-empty", "-m", "main")
	before := d.git("rev-parse", "HEAD")
	d.git("merge", "-q", "--no-edit", "side")
	merged := d.git("rev-parse", "HEAD")
	for _, c := range []struct {
		tip, sha string
		want     bool
	}{{merged, side, true}, {merged, first, true}, {merged, merged, true}, {before, side, false}, {first, side, false}, {side, before, false}} {
		got, err := d.repo.Reaches(c.tip, c.sha)
		if err != nil || got != c.want {
			t.Errorf("%s from %s: %v, %v", c.sha, c.tip, got, err)
		}
	}
	for _, c := range [][2]string{{merged, zeros[:39] + "1"}, {zeros[:39] + "1", merged}} {
		if _, err := d.repo.Reaches(c[0], c[1]); !errors.Is(err, gitops.ErrNoObject) {
			t.Errorf("got %v", err)
		}
	}
}
