package gitops_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// plain makes a repository with two commits by the real git.
func plainRepo(t *testing.T) (dir, head string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "r")
	must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o755))
	git(t, dir, "init", "-q")
	for _, text := range []string{"one", "two"} {
		must(t, os.WriteFile(filepath.Join(dir, "sub", "f"), []byte(text), 0o644))
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-qm", text)
	}
	return dir, git(t, dir, "rev-parse", "HEAD")
}

func TestOpen(t *testing.T) {
	dir, head := plainRepo(t)
	beside := filepath.Dir(dir)
	join := func(name string) string { return filepath.Join(beside, name) }
	clone := func(name string, args ...string) func() string {
		return func() string {
			git(t, beside, append(append([]string{"clone", "-q"}, args...), "file://"+dir, name)...)
			return join(name)
		}
	}
	for name, build := range map[string]func() string{
		"top":                func() string { return dir },
		"sub-directory":      func() string { return filepath.Join(dir, "sub") },
		"linked work tree":   func() string { git(t, dir, "worktree", "add", "-q", "--detach", join("wt")); return join("wt") },
		"separate git dir":   clone("sep", "--separate-git-dir", join("sep.git")),
		"shallow":            clone("shallow", "--depth=1"),
		"partial":            clone("partial", "--filter=blob:none"),
		"borrowed objects":   func() string { git(t, beside, "clone", "-q", "--shared", dir, "shared"); return join("shared") },
		"sparse":             func() string { p := clone("sparse")(); git(t, p, "sparse-checkout", "set", "sub"); return p },
		"packed":             func() string { p := clone("packed")(); git(t, p, "gc", "-q"); return p },
		"detached":           func() string { p := clone("det")(); git(t, p, "checkout", "-q", "--detach"); return p },
		"odd configuration":  func() string { p := clone("odd")(); odd(t, p); return p },
		"version 1":          func() string { p := clone("v1")(); git(t, p, "config", "core.repositoryformatversion", "1"); return p },
		"untidy .git folder": func() string { must(t, os.MkdirAll(join("r/sub/.git"), 0o755)); return filepath.Join(dir, "sub") },
	} {
		t.Run(name, func(t *testing.T) {
			repo, err := gitops.Open(build())
			must(t, err)
			h, err := repo.Head()
			must(t, err)
			equal(t, "HEAD", h.SHA, head)
			equal(t, "detached", h.Branch == "", name == "detached" || name == "linked work tree")
			c, err := repo.Commit(head)
			must(t, err)
			equal(t, "subject", c.Subject, "two")
			equal(t, "author", c.Author, "Bob")
			changes, err := repo.Status(t.Context())
			must(t, err)
			equal(t, "changes", len(changes), 0)
		})
	}
}

// odd writes configuration that git reads and go-git refuses.
func odd(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("[a.b]\n\tc\n[color \"diff\"] meta = yellow\n[branch \"m\"]\n\trebase = merges\n\tmerge = refs/pull/1/head\n" +
		"[pack]\n\twindow = 1k\n[remote \"origin\"]\n\tfetch = ^refs/heads/foo\n")
	must(t, errors.Join(err, f.Close()))
}

func TestOpenRefuses(t *testing.T) {
	empty := t.TempDir()
	var none *gitops.NotARepositoryError
	if _, err := gitops.Open(empty); !errors.As(err, &none) || none.Dir != empty {
		t.Errorf("no repository: %v", err)
	}
	var unsupported *gitops.UnsupportedError
	git(t, empty, "init", "-q", "--bare", "bare.git")
	git(t, empty, "init", "-q", "--object-format=sha256", "new")
	git(t, empty, "init", "-q", "reft")
	git(t, filepath.Join(empty, "reft"), "config", "core.repositoryformatversion", "1")
	git(t, filepath.Join(empty, "reft"), "config", "extensions.refStorage", "reftable")
	for _, dir := range []string{"bare.git", "new", "reft", "reft/.git"} {
		if _, err := gitops.Open(filepath.Join(empty, dir)); !errors.As(err, &unsupported) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestUnborn(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	repo, err := gitops.Open(dir)
	must(t, err)
	h, err := repo.Head()
	if !errors.Is(err, gitops.ErrNoCommit) || h.Branch != "main" {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := repo.Resolve("HEAD"); !errors.Is(err, gitops.ErrNoCommit) {
		t.Errorf("resolve: %v", err)
	}
}

func TestResolve(t *testing.T) {
	dir, head := plainRepo(t)
	git(t, dir, "tag", "-am", "v1", "v1")
	git(t, dir, "tag", "light", "HEAD~1")
	repo, err := gitops.Open(dir)
	must(t, err)
	for _, rev := range []string{"HEAD", "@", "main", "refs/heads/main", "v1", "v1^{commit}", head, head[:7], strings.ToUpper(head[:8]), "HEAD~1", "HEAD^", "light", "HEAD~0", "HEAD^1", head[:9] + "~"} {
		got, err := repo.Resolve(rev)
		must(t, err)
		equal(t, rev, got, git(t, dir, "rev-parse", rev+"^{commit}"))
	}
	for _, rev := range []string{"", "nothing", "HEAD~9", "HEAD^2", "HEAD^x", "abcd", "1234567890123456789012345678901234567890"} {
		if got, err := repo.Resolve(rev); err == nil {
			t.Errorf("%q is %s", rev, got)
		}
	}
}

func TestContains(t *testing.T) {
	dir, head := plainRepo(t)
	repo, err := gitops.Open(dir)
	must(t, err)
	first, err := repo.Resolve("HEAD~1")
	must(t, err)
	for _, c := range []struct {
		tip, sha string
		want     bool
	}{{head, first, true}, {head, head, true}, {first, head, false}} {
		got, err := repo.Contains(t.Context(), c.tip, c.sha)
		must(t, err)
		equal(t, "contains", got, c.want)
	}
	equal(t, "has", repo.Has(head), true)
	equal(t, "has another", repo.Has(strings.Repeat("1", 40)), false)
}

// A fetch by someone else's git while we run is seen.
func TestSeesNewObjects(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.server.Commit(repoPath, "main", "news", map[string]string{"x": "y"}, day)
	equal(t, "before", w.repo.Has(sha), false)
	git(t, w.dir, "fetch", "-q")
	git(t, w.dir, "gc", "-q")
	equal(t, "after", w.repo.Has(sha), true)
	ok, err := w.repo.Contains(t.Context(), sha, w.first)
	must(t, err)
	equal(t, "contains", ok, true)
}

func TestIdentity(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	for _, tool := range []string{"git", "no git"} {
		t.Run(tool, func(t *testing.T) {
			if tool == "no git" {
				withoutGit(t)
			}
			id, err := w.repo.Identity()
			must(t, err)
			equal(t, "guessed", id.Guessed, true)
			global := filepath.Join(t.TempDir(), "config")
			must(t, os.WriteFile(global, []byte("[include]\n path = more\n[user]\n\tname = \"Ada \\\"L\\\"\" ; comment\n"), 0o644))
			must(t, os.WriteFile(filepath.Join(filepath.Dir(global), "more"), []byte("[user]\nemail=ada@\\\nexample.org # here\n"), 0o644))
			t.Setenv("GIT_CONFIG_GLOBAL", global)
			id, err = w.repo.Identity()
			must(t, err)
			equal(t, "identity", id, gitops.Identity{Name: `Ada "L"`, Email: "ada@example.org"})
			t.Setenv("GIT_COMMITTER_NAME", "Eve")
			id, err = w.repo.Identity()
			must(t, err)
			equal(t, "name", id.Name, "Eve")
		})
	}
}
