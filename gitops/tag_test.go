package gitops_test

import (
	"errors"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

const claim = "refs/releases/boat/1.0"

func claimOf(sha string) gitops.Tag {
	return gitops.Tag{Target: sha, Message: "run 42\nby ferry", When: day, Tagger: gitops.Identity{Name: "Ada <L>\n", Email: "ada@example.org"}}
}

func TestCreateTag(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	ctx := t.Context()
	sha := w.commit("release 1.0")
	id, err := w.remote.CreateTag(ctx, claim, claimOf(sha), nil)
	must(t, err)
	equal(t, "written here", w.repo.Has(id), false)
	refs, err := w.remote.Refs(ctx)
	must(t, err)
	for _, r := range refs {
		if r.Name == claim {
			equal(t, "listed", r, gitops.Ref{Name: claim, SHA: id, Commit: sha})
		}
	}
	tag, err := w.remote.Tag(ctx, id)
	must(t, err)
	want := gitops.Tag{Name: "releases/boat/1.0", Target: sha, Message: "run 42\nby ferry\n", Tagger: gitops.Identity{Name: "Ada L", Email: "ada@example.org"}, When: tag.When}
	equal(t, "read back", tag, want)
	equal(t, "date", tag.When.Equal(day), true)

	_, err = w.remote.CreateTag(ctx, claim, claimOf(w.first), nil)
	var exists *gitops.ExistsError
	if !errors.As(err, &exists) || exists.SHA != id {
		t.Errorf("second claim: %v", err)
	}
	if _, err := w.remote.CreateTag(ctx, claim+"@2", gitops.Tag{Target: sha}, nil); err == nil {
		t.Error("a tag without date and tagger")
	}
}

// Somebody else's claim on a commit that this clone does not have.
func TestForeignTagAndTree(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.server.Commit(repoPath, "side", "theirs", map[string]string{"setup.py": "x = 1\n"}, day)
	id := w.server.Tag(repoPath, claim, sha, "Eve", "eve@example.org", day, "theirs")
	w.server.DeleteRef(repoPath, "refs/heads/side")
	foreign(t, w.remote, id, sha)
	equal(t, "fetched into the clone", w.repo.Has(sha), false)
	if _, err := w.remote.Fetch(t.Context(), "1234567890123456789012345678901234567890"); !errors.Is(err, gitops.ErrNoObject) {
		t.Errorf("unknown commit: %v", err)
	}
	for _, f := range []gittest.Fault{gittest.CutAnswer(30), gittest.CutAnswer(200), gittest.Empty(), gittest.HTML(), gittest.Status(500, "")} {
		w.server.Faults(f.On(gittest.Fetch))
		if _, err := w.remote.Fetch(t.Context(), sha); !is[*gitops.UnreachableError](err) {
			t.Errorf("broken fetch: %T %v", err, err)
		}
	}
}

func foreign(t *testing.T, m *gitops.Remote, id, sha string) {
	t.Helper()
	tag, err := m.Tag(t.Context(), id)
	must(t, err)
	equal(t, "tagger", tag.Tagger.Name, "Eve")
	equal(t, "target", tag.Target, sha)
	tree, err := m.Fetch(t.Context(), sha)
	must(t, err)
	must(t, sameFiles(tree, map[string]string{"README.md": "boat\n", "a.txt": "a", "src/boat/__init__.py": "", "setup.py": "x = 1\n"}))
}
