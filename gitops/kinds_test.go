package gitops_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// Every kind of repository works for a release, or is refused by its name with
// what to do.
func TestKindsOfRepositories(t *testing.T) {
	for _, c := range []struct {
		kind string
		make func(t *testing.T, w *world) string // the folder ferry is started in
		says string                              // of the refusal; "" works
	}{
		{"plain", func(_ *testing.T, w *world) string { return w.dir }, ""},
		{"worktreeConfig", func(t *testing.T, w *world) string {
			git(t, w.dir, "config", "extensions.worktreeConfig", "true")
			return w.dir
		}, ""},
		{"linked work tree", func(t *testing.T, w *world) string {
			git(t, w.dir, "worktree", "add", "-q", "--detach", w.dir+"-linked")
			return w.dir + "-linked"
		}, ""},
		{"partial clone", func(t *testing.T, w *world) string {
			git(t, w.dir, "config", "core.repositoryformatversion", "1")
			git(t, w.dir, "config", "extensions.partialClone", "origin")
			git(t, w.dir, "config", "remote.origin.promisor", "true")
			git(t, w.dir, "config", "remote.origin.partialclonefilter", "blob:none")
			return w.dir
		}, ""},
		{"with submodules", func(t *testing.T, w *world) string {
			inner, _ := plainRepo(t)
			git(t, w.dir, "submodule", "--quiet", "add", inner, "inner")
			git(t, w.dir, "commit", "-qm", "with a submodule")
			return w.dir
		}, ""},
		{"in a submodule's super-project folder", func(_ *testing.T, w *world) string { return filepath.Join(w.dir, "src", "boat") }, ""},
		{"bare", func(t *testing.T, w *world) string {
			git(t, filepath.Dir(w.dir), "clone", "-q", "--bare", w.dir, "bare.git")
			return filepath.Join(filepath.Dir(w.dir), "bare.git")
		}, "git worktree add"},
		{"inside .git", func(_ *testing.T, w *world) string { return filepath.Join(w.dir, ".git", "refs") }, "git worktree add"},
		{"sha256", func(t *testing.T, w *world) string {
			git(t, filepath.Dir(w.dir), "init", "-q", "--object-format=sha256", "new")
			return filepath.Join(filepath.Dir(w.dir), "new")
		}, "sha256 objects"},
		{"reftable", func(t *testing.T, w *world) string { return reftable(t) }, "git refs migrate --ref-format=files"},
		{"of the future", func(t *testing.T, w *world) string {
			git(t, w.dir, "config", "core.repositoryformatversion", "1")
			appendTo(t, filepath.Join(w.dir, ".git", "config"), "[extensions]\n\twarpDrive = 9\n")
			return w.dir
		}, "warpdrive"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			needs(t, "git")
			w := newWorld(t, gittest.Options{})
			repo, err := gitops.Open(c.make(t, w))
			if c.says != "" {
				var unsupported *gitops.UnsupportedError
				if !asType(err, &unsupported) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			must(t, err)
			head, err := repo.Head()
			must(t, err)
			changes, err := repo.Status(t.Context())
			must(t, err)
			equal(t, "changes", len(changes), 0)
			m, err := repo.Remote("origin", gitops.RemoteOptions{})
			must(t, err)
			must(t, m.Create(t.Context(), release, head.SHA, nil))
			must(t, m.Delete(t.Context(), release, head.SHA, nil))
		})
	}
}

// A partial clone lacks file contents. A commit made there is pushed all the
// same: what is missing is what the remote has.
func TestPushFromPartialClone(t *testing.T) {
	bare, _, _ := realRemote(t)
	dir := filepath.Join(t.TempDir(), "p")
	git(t, filepath.Dir(dir), "clone", "-q", "--filter=blob:none", "--sparse", "file://"+bare, "p")
	must(t, os.WriteFile(filepath.Join(dir, "x"), []byte("x"), 0o644))
	git(t, dir, "add", "x")
	git(t, dir, "commit", "-qm", "x")
	sha := git(t, dir, "rev-parse", "HEAD")
	missing := git(t, dir, "rev-list", "--objects", "--missing=print", "HEAD")
	if !strings.Contains(missing, "?") {
		t.Fatal("nothing is missing in the clone")
	}
	must(t, realOpen(t, dir, bare, nil).Create(t.Context(), release, sha, nil))
	equal(t, "landed", git(t, bare, "rev-parse", release), sha)
	git(t, bare, "fsck", "--strict", "--full")
}

// What a partial clone lacks is fetched by git where a file is read, and is
// named where it cannot be: without git, or for a push to a place that lacks it.
func TestPartialCloneLacks(t *testing.T) {
	bare, _, _ := realRemote(t)
	clone := func() (string, *gitops.Repo, gitops.Head) {
		dir := filepath.Join(t.TempDir(), "p")
		git(t, filepath.Dir(dir), "clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+bare, "p")
		repo, err := gitops.Open(dir)
		must(t, err)
		head, err := repo.Head()
		must(t, err)
		return dir, repo, head
	}
	files := func(repo *gitops.Repo, head gitops.Head) error {
		tree, err := repo.Tree(head.SHA)
		must(t, err)
		return sameFiles(tree, map[string]string{"sub/f": "two", "theirs": "theirs"})
	}
	_, repo, head := clone()
	must(t, files(repo, head))

	dir, repo, head := clone()
	git(t, filepath.Dir(dir), "init", "-q", "--bare", "empty.git")
	m := realOpen(t, dir, filepath.Join(filepath.Dir(dir), "empty.git"), nil)
	git(t, dir, "remote", "add", "from", "file://"+bare)
	git(t, dir, "config", "remote.from.promisor", "true")
	git(t, dir, "config", "--unset", "remote.origin.promisor")
	git(t, dir, "update-ref", "-d", "refs/remotes/origin/main")
	var lacks *gitops.PartialCloneError
	if err := m.Create(t.Context(), release, head.SHA, nil); !asType(err, &lacks) || lacks.Remote != "from" {
		t.Errorf("push: %T %v", err, err)
	}
	t.Run("without git", func(t *testing.T) {
		withoutGit(t)
		if err := files(repo, head); !asType(err, &lacks) || !strings.Contains(err.Error(), "git fetch --refetch --no-filter from") {
			t.Errorf("read: %T %v", err, err)
		}
	})
	git(t, dir, lacks.Command()[1:]...)
	must(t, m.Create(t.Context(), release, head.SHA, nil))
}

// reftable is laid out by hand, as git 2.45 and later does it: older gits
// cannot make one.
func reftable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"objects/info", "objects/pack", "refs", "reftable"} {
		must(t, os.MkdirAll(filepath.Join(dir, ".git", d), 0o755))
	}
	for name, text := range map[string]string{
		"HEAD":                  "ref: refs/heads/.invalid\n",
		"refs/heads":            "this repository uses the reftable format\n",
		"config":                "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\trefStorage = reftable\n",
		"reftable/tables.list":  "0x000000000001-0x000000000001-0a0b0c0d.ref\n",
		"reftable/0x0000000001": "REFT\x01",
	} {
		must(t, os.WriteFile(filepath.Join(dir, ".git", name), []byte(text), 0o644))
	}
	return dir
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
}
