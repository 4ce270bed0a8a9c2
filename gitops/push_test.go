package gitops_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

const release = "refs/heads/pypi-release"

func TestCreateAndDelete(t *testing.T) {
	w := newWorld(t, gittest.Options{User: "ada", Password: "s3cret"})
	ctx := t.Context()
	sha := w.commit("release 1.0")
	must(t, w.remote.Create(ctx, release, sha, nil))
	refs, err := w.remote.Refs(ctx)
	must(t, err)
	equal(t, "listed", at(t, refs, release), sha)
	equal(t, "main", at(t, refs, "refs/heads/main"), w.first)

	var exists *gitops.ExistsError
	if err := w.remote.Create(ctx, release, sha, nil); !errors.As(err, &exists) || exists.SHA != sha {
		t.Errorf("second create: %v", err)
	}
	var moved *gitops.MovedError
	if err := w.remote.Delete(ctx, release, w.first, nil); !errors.As(err, &moved) || moved.Have != sha {
		t.Errorf("delete of another commit: %v", err)
	}
	must(t, w.remote.Delete(ctx, release, sha, nil))
	if err := w.remote.Delete(ctx, release, sha, nil); !errors.As(err, &moved) || moved.Have != "" {
		t.Errorf("second delete: %v", err)
	}
	equal(t, "updates", len(w.server.Updates()), 2)
}

// The pushed commit is whole on the server, and nothing was written here.
func TestCreateSendsWhatIsMissing(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("release 1.0")
	must(t, w.remote.Create(t.Context(), release, sha, nil))
	tree, err := w.server.Tree(repoPath, sha)
	must(t, err)
	must(t, sameFiles(tree, map[string]string{"README.md": "boat\n", "news.txt": "release 1.0", "a.txt": "a", "src/boat/__init__.py": ""}))
	if _, err := w.repo.Resolve("refs/remotes/origin/pypi-release"); err == nil {
		t.Error("a tracking ref was written")
	}
}

// Someone acts between the list that we saw and our command.
func TestLostRaces(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("release 1.0")
	ctx := t.Context()
	for name, other := range map[string]string{"another commit": w.first, "the same commit": sha} {
		t.Run("create against "+name, func(t *testing.T) {
			must(t, w.remote.Create(ctx, "refs/heads/carry", sha, nil)) // so that the server has it
			must(t, w.remote.Delete(ctx, "refs/heads/carry", sha, nil))
			w.server.Faults(gittest.Between(func() { w.server.SetRef(repoPath, release, other) }))
			var exists *gitops.ExistsError
			if err := w.remote.Create(ctx, release, sha, nil); !errors.As(err, &exists) {
				t.Errorf("got %v", err)
			}
			equal(t, "ref", w.server.Refs(repoPath)[release], other)
			w.server.DeleteRef(repoPath, release)
		})
	}
	t.Run("delete after it moved", func(t *testing.T) {
		must(t, w.remote.Create(ctx, release, sha, nil))
		w.server.Faults(gittest.Between(func() { w.server.SetRef(repoPath, release, w.first) }))
		var moved *gitops.MovedError
		if err := w.remote.Delete(ctx, release, sha, nil); !errors.As(err, &moved) || moved.Have != w.first {
			t.Errorf("got %v", err)
		}
		equal(t, "ref", w.server.Refs(repoPath)[release], w.first)
	})
	t.Run("delete after it went", func(t *testing.T) {
		w.server.Faults(gittest.Between(func() { w.server.DeleteRef(repoPath, release) }))
		var moved *gitops.MovedError
		if err := w.remote.Delete(ctx, release, w.first, nil); !errors.As(err, &moved) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefused(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	ctx := t.Context()
	var refused *gitops.RefusedError

	w.server.Faults(gittest.Decline("GH006: protected\x1b]0;gotcha\x07"))
	err := w.remote.Create(ctx, release, w.first, nil)
	if !errors.As(err, &refused) || refused.Reason != "pre-receive hook declined" || !slices.Contains(refused.Text, "GH006: protected\x1b]0;gotcha\x07") {
		t.Errorf("hook: %v %+v", err, refused)
	}
	w.server.SetRef(repoPath, release+"/x", w.first)
	if err := w.remote.Create(ctx, release, w.first, nil); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "pypi-release/x") {
		t.Errorf("folder in the way: %v", err)
	}
	if err := w.remote.Delete(ctx, "refs/heads/main", w.first, nil); !errors.As(err, &refused) {
		t.Errorf("default branch: %v", err)
	}
	for _, bad := range []string{"HEAD", "refs/heads/a..b", "refs/heads/x.lock"} {
		if err := w.remote.Create(ctx, bad, w.first, nil); err == nil {
			t.Errorf("created %q", bad)
		}
	}
	if err := w.remote.Create(ctx, release, w.first[:10], nil); err == nil {
		t.Error("created at a short id")
	}
	for _, u := range w.server.Updates() {
		if u.Pushed {
			t.Errorf("something changed: %+v", u)
		}
	}
}

func TestProgressIsRawAndCapped(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	lines := []string{"\x1b[2Jhello", "50%\r100%"}
	for range 30 {
		lines = append(lines, strings.Repeat("x", 10_000))
	}
	w.server.Faults(gittest.Progress(0, lines...))
	var got []string
	must(t, w.remote.Create(t.Context(), release, w.first, func(line string) { got = append(got, line) }))
	equal(t, "ours", got[0], "waiting for the server")
	equal(t, "first", got[1], "\x1b[2Jhello")
	equal(t, "carriage return", got[3], "100%")
	if n := len(strings.Join(got[1:], "")); n > 64<<10 {
		t.Errorf("%d bytes of progress", n)
	}
}

// Who wants every push to be signed gets none that is not.
func TestSignedPushWanted(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	git(t, w.dir, "config", "push.gpgSign", "true")
	if err := w.remote.Create(t.Context(), release, w.first, nil); !is[*gitops.UnsupportedError](err) || !strings.Contains(err.Error(), "push.gpgSign") {
		t.Errorf("got %v", err)
	}
	equal(t, "updates", len(w.server.Updates()), 0)
	git(t, w.dir, "config", "push.gpgSign", "if-asked")
	must(t, w.remote.Create(t.Context(), release, w.first, nil))
}

// fault tells what an operation must say of a broken exchange. done: the server
// did the work all the same.
type fault struct {
	name  string
	fault gittest.Fault
	done  bool
	check func(error) bool
}

func is[T error](err error) bool {
	var t T
	return errors.As(err, &t)
}

func unreachable(f func(*gitops.UnreachableError) bool) func(error) bool {
	return func(err error) bool {
		var e *gitops.UnreachableError
		return errors.As(err, &e) && f(e)
	}
}

func faults() []fault {
	uncertain := is[*gitops.UncertainError]
	auth := func(status int) func(error) bool {
		return func(err error) bool {
			var e *gitops.AuthError
			return errors.As(err, &e) && e.Status == status && e.Missing
		}
	}
	return []fault{
		{"silent list", gittest.Silent().On(gittest.Prepare), false, unreachable(func(e *gitops.UnreachableError) bool { return e.Timeout })},
		{"list cut", gittest.CutAnswer(100).On(gittest.Prepare), false, is[*gitops.UnreachableError]},
		{"list is a page", gittest.HTML().On(gittest.Prepare), false, unreachable(func(e *gitops.UnreachableError) bool { return e.NotGit })},
		{"list is empty", gittest.Empty().On(gittest.Prepare), false, is[*gitops.UnreachableError]},
		{"401", gittest.Status(401, "who?").On(gittest.Prepare), false, auth(401)},
		{"403", gittest.Status(403, "no").On(gittest.Prepare), false, auth(403)},
		{"404", gittest.Status(404, "").On(gittest.Prepare), false, is[*gitops.NotFoundError]},
		{"500", gittest.Status(500, "").On(gittest.Prepare), false, unreachable(func(e *gitops.UnreachableError) bool { return e.Status == 500 })},
		{"429", gittest.Status(429, "").On(gittest.Prepare), false, unreachable(func(e *gitops.UnreachableError) bool { return e.RetryAfter == 7*time.Second })},
		{"redirect", gittest.Redirect(301, "http://127.0.0.1:1/").On(gittest.Prepare), false, is[*gitops.RedirectedError]},
		{"push silent", gittest.Silent(), false, uncertain},
		{"push empty", gittest.Empty(), false, uncertain},
		{"push page", gittest.HTML(), false, uncertain},
		{"push 500", gittest.Status(500, ""), false, uncertain},
		{"push 401", gittest.Status(401, ""), false, auth(401)},
		{"push 403", gittest.Status(403, ""), false, auth(403)},
		{"push 429", gittest.Status(429, ""), false, unreachable(func(e *gitops.UnreachableError) bool { return e.Status == 429 })},
		{"push redirect", gittest.Redirect(301, "http://127.0.0.1:1/"), false, is[*gitops.RedirectedError]},
		{"push reset at once", gittest.CutRequest(0), false, uncertain},
		{"silent after", gittest.SilentAfter(), true, uncertain},
		{"reset after", gittest.ResetAfter(), true, uncertain},
		{"502 after", gittest.StatusAfter(502), true, uncertain},
		{"no report", gittest.NoReport(), true, uncertain},
		{"answer cut", gittest.CutAnswer(0), true, uncertain},
	}
}

func TestEveryFault(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("release 1.0")
	for _, f := range faults() {
		t.Run("create, "+f.name, func(t *testing.T) {
			w.server.DeleteRef(repoPath, release)
			w.server.Faults(f.fault)
			w.judge(t, f, w.short(300*time.Millisecond).Create(t.Context(), release, sha, nil), zeroUnless(f.done, sha))
		})
		t.Run("delete, "+f.name, func(t *testing.T) {
			w.server.SetRef(repoPath, release, w.first)
			w.server.Faults(f.fault)
			w.judge(t, f, w.short(300*time.Millisecond).Delete(t.Context(), release, w.first, nil), zeroUnless(!f.done, w.first))
		})
	}
}

func zeroUnless(yes bool, sha string) string {
	if yes {
		return sha
	}
	return ""
}

func (w *world) judge(t *testing.T, f fault, err error, want string) {
	t.Helper()
	if err == nil || !f.check(err) {
		t.Errorf("got %T %v", err, err)
	}
	equal(t, "ref", w.server.Refs(repoPath)[release], want)
}

// Wherever the wire is cut, what Create and Delete say must fit what a new look
// shows: nil means done, a refusal means not done, uncertain means either.
func TestCutsAnywhere(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	sha := w.commit("release 1.0")
	m := w.short(2 * time.Second)
	var cuts []gittest.Fault
	for n := range 45 {
		cuts = append(cuts, gittest.CutAnswer(n*2), gittest.CutRequest(int64(n*13)), gittest.CutAnswer(n*9).On(gittest.Prepare))
	}
	seen := map[string]int{}
	for _, cut := range cuts {
		w.server.DeleteRef(repoPath, release)
		w.server.Faults(cut)
		seen[fits(t, m, m.Create(t.Context(), release, sha, nil), sha, "")]++
		w.server.SetRef(repoPath, release, w.first)
		w.server.Faults(cut)
		seen[fits(t, m, m.Delete(t.Context(), release, w.first, nil), "", w.first)]++
	}
	t.Log(seen)
	if seen["done"] == 0 || seen["uncertain"] == 0 || seen["failed"] == 0 {
		t.Errorf("the cuts do not cover all outcomes: %v", seen)
	}
}

func fits(t *testing.T, m *gitops.Remote, err error, after, before string) string {
	t.Helper()
	refs, lerr := m.Refs(t.Context())
	must(t, lerr)
	have := at(t, refs, release)
	switch {
	case err == nil:
		if have != after {
			t.Errorf("done, but the ref is %q", have)
		}
		return "done"
	case is[*gitops.UncertainError](err):
		return "uncertain"
	}
	if have != before {
		t.Errorf("%v, but the ref is %q", err, have)
	}
	return "failed"
}

func TestContextShows(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	for _, phase := range []gittest.Phase{gittest.Prepare, gittest.Push} {
		w.server.Faults(gittest.Silent().On(phase))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		err := w.remote.Create(ctx, release, w.first, nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
			t.Errorf("deadline: %v after %v", err, time.Since(start))
		}
		w.server.Faults(gittest.Silent().On(phase))
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if err := w.remote.Create(ctx, release, w.first, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancel: %v", err)
		}
	}
}

// A machine with nothing but Go on it goes the whole way.
func TestWithoutGit(t *testing.T) {
	withoutGit(t)
	w := newWorld(t, gittest.Options{User: "ada", Password: "s3cret"})
	sha := w.commit("release 1.0")
	changes, err := w.repo.Status(t.Context())
	must(t, err)
	equal(t, "changes", len(changes), 0)
	id, err := w.remote.CreateTag(t.Context(), claim, claimOf(sha), nil)
	must(t, err)
	must(t, w.remote.Create(t.Context(), release, sha, nil))
	must(t, w.remote.Delete(t.Context(), release, sha, nil))
	equal(t, "claim", w.server.Refs(repoPath)[claim], id)
	names, err := w.repo.Remotes()
	must(t, err)
	equal(t, "remotes", len(names), 1)
}
