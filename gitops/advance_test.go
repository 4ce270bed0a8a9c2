package gitops_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

const mainRef = "refs/heads/main"

var notForward = is[*gitops.NotForwardError]

func TestAdvance(t *testing.T) {
	w := newWorld(t, gittest.Options{User: "ada", Password: "s3cret"})
	sha := w.commit("release 1.5.0")
	must(t, w.remote.Advance(t.Context(), mainRef, w.first, sha, nil))
	equal(t, "main", w.server.Refs(repoPath)[mainRef], sha)
	ups := w.server.Updates()
	if len(ups) != 1 || ups[0].Old != w.first || ups[0].New != sha {
		t.Errorf("updates: %+v", ups)
	}
	if w.remote.Found(mainRef, w.first) {
		t.Error("an advance is taken for a deletion")
	}
	var moved *gitops.MovedError
	if err := w.remote.Advance(t.Context(), mainRef, w.first, sha, nil); !errors.As(err, &moved) || moved.Have != sha {
		t.Errorf("a second time: %v", err)
	}
}

// TestAdvanceSendsNothing: what is no fast-forward from exactly the old commit of a
// branch never leaves this machine.
func TestAdvanceSendsNothing(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	mine := w.commit("mine")
	theirs := w.server.Commit(repoPath, "main", "theirs", map[string]string{"x": "y"}, day.Add(time.Minute))
	for name, c := range map[string]struct {
		ref, old, sha string
		want          func(error) bool
	}{
		"backwards":      {mainRef, mine, w.first, notForward},
		"the same":       {mainRef, w.first, w.first, notForward},
		"a creation":     {mainRef, "0000000000000000000000000000000000000000", mine, func(err error) bool { return err != nil }},
		"a deletion":     {mainRef, w.first, "0000000000000000000000000000000000000000", func(err error) bool { return err != nil }},
		"a tag":          {"refs/tags/v1", w.first, mine, notForward},
		"a claim":        {"refs/releases/boat/1", w.first, mine, notForward},
		"over theirs":    {mainRef, theirs, mine, is[*gitops.CannotTellError]},
		"no such branch": {"refs/heads/", w.first, mine, func(err error) bool { return err != nil }},
	} {
		if err := w.remote.Advance(t.Context(), c.ref, c.old, c.sha, nil); !c.want(err) {
			t.Errorf("%s: %T %v", name, err, err)
		}
		equal(t, name, w.server.Refs(repoPath)[mainRef], theirs)
	}
	var moved *gitops.MovedError
	if err := w.remote.Advance(t.Context(), mainRef, w.first, mine, nil); !errors.As(err, &moved) || moved.Have != theirs {
		t.Errorf("got %v", err)
	}
	equal(t, "main", w.server.Refs(repoPath)[mainRef], theirs)
}

// Two that follow the same commit, here and there: the other is not a descendant.
func TestAdvanceSideways(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	one := w.commit("one")
	must(t, os.WriteFile(filepath.Join(w.dir, ".git", mainRef), []byte(w.first+"\n"), 0o600))
	two, err := gittest.WriteCommit(w.dir, map[string]string{"news.txt": "two"}, "two", day.Add(2*time.Hour))
	must(t, err)
	if err := w.remote.Advance(t.Context(), mainRef, one, two, nil); !notForward(err) {
		t.Errorf("got %v", err)
	}
	equal(t, "main", w.server.Refs(repoPath)[mainRef], w.first)
}

func TestAdvanceLosesARace(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("mine")
	theirs := w.server.Commit(repoPath, "topic", "theirs", map[string]string{"x": "y"}, day.Add(time.Minute))
	for name, other := range map[string]string{"another commit": theirs, "gone": ""} {
		w.server.SetRef(repoPath, mainRef, w.first)
		w.server.Faults(gittest.Between(func() {
			if other == "" {
				w.server.DeleteRef(repoPath, mainRef)
				return
			}
			w.server.SetRef(repoPath, mainRef, other)
		}))
		var moved *gitops.MovedError
		if err := w.remote.Advance(t.Context(), mainRef, w.first, sha, nil); !errors.As(err, &moved) {
			t.Errorf("%s: %v", name, err)
		}
		equal(t, name, w.server.Refs(repoPath)[mainRef], other)
	}
}

func TestAdvanceWithoutAnAnswer(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("mine")
	w.server.Faults(gittest.ResetAfter())
	var uncertain *gitops.UncertainError
	if err := w.remote.Advance(t.Context(), mainRef, w.first, sha, nil); !errors.As(err, &uncertain) {
		t.Errorf("got %v", err)
	}
	equal(t, "main", w.server.Refs(repoPath)[mainRef], sha)
}
