package gitops_test

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// The real git is a client of gittest.
func TestGitSpeaksToGittest(t *testing.T) {
	needs(t, "git")
	server := gittest.New(gittest.Options{User: "u", Password: "p"})
	sha := server.Repo(repoPath, map[string]string{"f": "x", "d/e": "y"})
	tag := server.Tag(repoPath, claim, sha, "Eve", "eve@example.org", day, "claim")
	h := httptest.NewServer(server)
	defer h.Close()
	dir := t.TempDir()
	open, url := h.URL+"/"+repoPath+".git", strings.Replace(h.URL, "://", "://u:p@", 1)+"/"+repoPath+".git"
	if out, err := tryGit(t, dir, "clone", open, "no"); err == nil {
		t.Errorf("cloned without a password: %s", out)
	}
	git(t, dir, "clone", "-q", url, "r")
	r := filepath.Join(dir, "r")
	equal(t, "ls-remote", git(t, r, "ls-remote", "origin", "refs/releases/*"), tag+"\t"+claim+"\n"+sha+"\t"+claim+"^{}")
	must(t, os.WriteFile(filepath.Join(r, "big"), []byte(strings.Repeat("0123456789\n", 300_000)), 0o644))
	git(t, r, "add", "-A")
	git(t, r, "commit", "-qm", "big")
	head := git(t, r, "rev-parse", "HEAD")
	git(t, r, "push", "-q", "origin", "main")
	git(t, r, "push", "-q", "--atomic", "--force-with-lease="+release+":", url, head+":"+release, "HEAD:refs/heads/other")
	equal(t, "pushed", server.Refs(repoPath)[release], head)
	if _, err := tryGit(t, r, gitops.DeleteCommand(url, release, sha)[1:]...); err == nil {
		t.Error("deleted with the wrong lease")
	}
	git(t, r, gitops.DeleteCommand(url, release, head)[1:]...)
	git(t, r, gitops.CreateCommand(url, release, sha)[1:]...)
	equal(t, "created", server.Refs(repoPath)[release], sha)
	server.Faults(gittest.Decline("no ships today"))
	if out, err := tryGit(t, r, "push", url, "HEAD:refs/heads/x"); err == nil || !strings.Contains(out, "remote: no ships today") || !strings.Contains(out, "pre-receive hook declined") {
		t.Errorf("declined: %v %s", err, out)
	}
	server.Commit(repoPath, "main", "more", map[string]string{"f": "z"}, day)
	git(t, r, "pull", "-q", "--ff-only")
	git(t, r, "fsck", "--strict")
	git(t, dir, "clone", "-q", "--depth=1", url, "shallow")
	equal(t, "depth", git(t, filepath.Join(dir, "shallow"), "rev-list", "--count", "HEAD"), "1")
	git(t, filepath.Join(dir, "shallow"), "fetch", "-q", "--unshallow")
	equal(t, "unshallowed", git(t, filepath.Join(dir, "shallow"), "rev-list", "--count", "HEAD"), "3")
}

// A clone made without git is one that git finds clean.
func TestCheckoutIsClean(t *testing.T) {
	w := newWorld(t, gittest.Options{User: "u", Password: "p"})
	sha := w.commit("more")
	equal(t, "status", git(t, w.dir, "status", "--porcelain", "--branch"), "## main...origin/main [ahead 1]")
	equal(t, "HEAD", git(t, w.dir, "rev-parse", "HEAD"), sha)
	equal(t, "origin", git(t, w.dir, "remote", "get-url", "origin"), w.url)
	git(t, w.dir, "fsck", "--strict")
	other := filepath.Join(t.TempDir(), "c")
	must(t, gittest.Checkout(other, strings.Replace(w.url, "://", "://u:p@", 1), w.first))
	equal(t, "detached", git(t, other, "status", "--porcelain", "--branch"), "## HEAD (no branch)")
}

// backend serves bare repositories below dir by git's own program.
func backend(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(git(t, ".", "--exec-path"), "git-http-backend")
	h := &cgi.Handler{Path: path, Env: []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=u", "HOME=" + os.Getenv("HOME")}, InheritEnv: []string{"PATH"}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != "u" || p != "p" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// realRemote makes a bare repository with a history, and a clone of it that is
// one commit behind and one ahead.
func realRemote(t *testing.T) (bare, clone, ours string) {
	t.Helper()
	src, _ := plainRepo(t)
	dir := t.TempDir()
	bare, clone = filepath.Join(dir, "o", "r.git"), filepath.Join(dir, "clone")
	git(t, dir, "clone", "-q", "--bare", src, bare)
	for _, kv := range []string{"http.receivepack=true", "uploadpack.allowFilter=true"} {
		k, v, _ := strings.Cut(kv, "=")
		git(t, bare, "config", k, v)
	}
	git(t, dir, "clone", "-q", bare, clone)
	must(t, os.WriteFile(filepath.Join(src, "theirs"), []byte("theirs"), 0o644))
	git(t, src, "add", "-A")
	git(t, src, "commit", "-qm", "theirs")
	git(t, src, "push", "-q", bare, "main")
	must(t, os.WriteFile(filepath.Join(clone, "ours"), []byte("ours"), 0o644))
	git(t, clone, "add", "-A")
	git(t, clone, "commit", "-qm", "ours")
	return bare, clone, git(t, clone, "rev-parse", "HEAD")
}

// journey takes a remote through everything, and git judges the result.
func journey(t *testing.T, m *gitops.Remote, bare, ours string) {
	t.Helper()
	ctx := t.Context()
	refs, err := m.Refs(ctx)
	must(t, err)
	theirs := at(t, refs, "refs/heads/main")
	must(t, m.Create(ctx, release, ours, nil))
	equal(t, "created", git(t, bare, "rev-parse", release), ours)
	if err := m.Create(ctx, release, ours, nil); !is[*gitops.ExistsError](err) {
		t.Errorf("twice: %v", err)
	}
	id, err := m.CreateTag(ctx, claim, claimOf(ours), nil)
	must(t, err)
	equal(t, "tag", git(t, bare, "cat-file", "-t", id), "tag")
	tag, err := m.Tag(ctx, id)
	must(t, err)
	equal(t, "target", tag.Target, ours)
	if err := m.Delete(ctx, release, theirs, nil); !is[*gitops.MovedError](err) {
		t.Errorf("wrong old: %v", err)
	}
	equal(t, "found by a deletion that was not sent", m.Found(release, theirs), false)
	must(t, m.Delete(ctx, release, ours, nil))
	equal(t, "found by the deletion", m.Found(release, ours), true)
	git(t, bare, "tag", "-m", "theirs", "v9", theirs)
	tag, err = m.Tag(ctx, git(t, bare, "rev-parse", "v9"))
	must(t, err)
	equal(t, "their target", tag.Target, theirs)
	tree, err := m.Fetch(ctx, theirs)
	must(t, err)
	must(t, sameFiles(tree, map[string]string{"sub/f": "two", "theirs": "theirs"}))
	hook := filepath.Join(bare, "hooks", "update")
	must(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	must(t, os.WriteFile(hook, []byte("#!/bin/sh\necho 'not today' >&2\nexit 1\n"), 0o755))
	var refused *gitops.RefusedError
	if err := m.Create(ctx, release, ours, nil); !asType(err, &refused) || refused.Reason != "hook declined" || !slices.Contains(refused.Text, "not today") {
		t.Errorf("hook: %v %+v", err, refused)
	}
	git(t, bare, "fsck", "--strict")
}

func realOpen(t *testing.T, clone, url string, logins []gitops.Source) *gitops.Remote {
	t.Helper()
	git(t, clone, "remote", "set-url", "origin", url)
	repo, err := gitops.Open(clone)
	must(t, err)
	m, err := repo.Remote("origin", gitops.RemoteOptions{Logins: logins, Timeout: 20 * time.Second})
	must(t, err)
	return m
}

func TestHTTPBackend(t *testing.T) {
	bare, clone, ours := realRemote(t)
	url := backend(t, filepath.Dir(filepath.Dir(bare)))
	journey(t, realOpen(t, clone, url+"/o/r.git", login("u", "p")), bare, ours)
}

func TestLocalPath(t *testing.T) {
	bare, clone, ours := realRemote(t)
	journey(t, realOpen(t, clone, "file://"+bare, nil), bare, ours)
	m := realOpen(t, clone, filepath.Dir(bare)+"/nothing.git", nil)
	if _, err := m.Refs(t.Context()); !is[*gitops.NotFoundError](err) {
		t.Errorf("nothing there: %v", err)
	}
	withoutGit(t)
	if _, err := m.Refs(t.Context()); !is[*gitops.UnsupportedError](err) {
		t.Errorf("no git: %v", err)
	}
}

// From a shallow clone: fine while the remote has the history behind it.
func TestShallowPush(t *testing.T) {
	bare, _, _ := realRemote(t)
	dir := t.TempDir()
	git(t, dir, "clone", "-q", "--depth=1", "file://"+bare, "s")
	s := filepath.Join(dir, "s")
	must(t, os.WriteFile(filepath.Join(s, "x"), nil, 0o644))
	git(t, s, "add", "-A")
	git(t, s, "commit", "-qm", "x")
	sha := git(t, s, "rev-parse", "HEAD")
	m := realOpen(t, s, bare, nil)
	must(t, m.Create(t.Context(), release, sha, nil))
	git(t, dir, "init", "-q", "--bare", "other.git")
	m = realOpen(t, s, filepath.Join(dir, "other.git"), nil)
	if err := m.Create(t.Context(), release, sha, nil); !is[*gitops.RefusedError](err) {
		t.Errorf("without the history: %v", err)
	}
}

// The remote was emptied since it was fetched: the small pack will not do.
func TestStaleTracking(t *testing.T) {
	_, clone, ours := realRemote(t)
	dir := t.TempDir()
	git(t, dir, "init", "-q", "--bare", "other.git")
	m := realOpen(t, clone, filepath.Join(dir, "other.git"), nil)
	must(t, m.Create(t.Context(), release, ours, nil))
	git(t, filepath.Join(dir, "other.git"), "fsck", "--strict", "--full")
}
