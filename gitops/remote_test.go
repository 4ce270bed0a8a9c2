package gitops_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

func TestRemoteURL(t *testing.T) {
	const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
	for _, c := range []struct {
		url, shown, host, slug string
		secret                 bool
	}{
		{"https://github.com/o/r.git", "https://github.com/o/r.git", "github.com", "o/r", false},
		{"https://ada@github.com/o/r", "https://github.com/o/r", "github.com", "o/r", false},
		{"https://ada:s3cret@github.com/o/r", "https://github.com/o/r", "github.com", "o/r", true},
		{"https://" + token + "@github.com/o/r", "https://github.com/o/r", "github.com", "o/r", true},
		{"https://" + token + ":x-oauth-basic@github.com/o/r", "https://github.com/o/r", "github.com", "o/r", true},
		{"https://gitlab.com/g/sub/r.git", "https://gitlab.com/g/sub/r.git", "gitlab.com", "g/sub/r", false},
		{"http://127.0.0.1:8080/o/r.git", "http://127.0.0.1:8080/o/r.git", "127.0.0.1:8080", "o/r", false},
		{"git@github.com:o/r.git", "git@github.com:o/r.git", "github.com", "o/r", false},
		{"github.com:o/r.git", "github.com:o/r.git", "github.com", "o/r", false},
		{"ssh://git@host:2222/o/r.git", "ssh://git@host:2222/o/r.git", "host:2222", "o/r", false},
		{"[::1]:o/r.git", "[::1]:o/r.git", "[::1]", "o/r", false},
		{"/srv/git/r.git", "/srv/git/r.git", "", "", false},
		{"file:///srv/git/r.git", "/srv/git/r.git", "", "", false},
	} {
		m, err := remoteWith(t, c.url)
		must(t, err)
		equal(t, c.url+": URL", m.URL(), c.shown)
		equal(t, c.url+": host", m.Host(), c.host)
		equal(t, c.url+": slug", m.Slug(), c.slug)
		equal(t, c.url+": secret", m.HasSecret(), c.secret)
	}
	var unsupported *gitops.UnsupportedError
	for _, url := range []string{"ext::sh -c evil", "git://host/o/r", "https://ada:s3cret%zz@host/o/r"} {
		if _, err := remoteWith(t, url); !errors.As(err, &unsupported) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func remoteWith(t *testing.T, url string, config ...string) (*gitops.Remote, error) {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "remote", "add", "origin", url)
	for i := 0; i < len(config); i += 2 {
		git(t, dir, "config", "--add", config[i], config[i+1])
	}
	repo, err := gitops.Open(dir)
	must(t, err)
	return repo.Remote("origin", gitops.RemoteOptions{Timeout: time.Second})
}

func TestPushURL(t *testing.T) {
	for name, c := range map[string]struct {
		config []string
		want   string
	}{
		"insteadOf":                 {[]string{"url.https://a/.insteadOf", "ex:"}, "https://a/r.git"},
		"the longest wins":          {[]string{"url.https://a/.insteadOf", "ex:", "url.https://b/.insteadOf", "ex:r"}, "https://b/.git"},
		"pushInsteadOf":             {[]string{"url.https://a/.insteadOf", "ex:", "url.git@b:o/.pushInsteadOf", "ex:"}, "git@b:o/r.git"},
		"pushurl":                   {[]string{"remote.origin.pushurl", "git@c:o/r.git"}, "git@c:o/r.git"},
		"pushurl, not pushInstead":  {[]string{"remote.origin.pushurl", "ex:z", "url.git@b:.pushInsteadOf", "ex:", "url.https://a/.insteadOf", "ex:"}, "https://a/z"},
		"several insteadOf per URL": {[]string{"url.https://a/.insteadOf", "ex:", "url.https://a/.insteadOf", "why:"}, "https://a/r.git"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := remoteWith(t, "ex:r.git", c.config...)
			must(t, err)
			equal(t, "with git", m.URL(), c.want)
		})
		t.Run(name+", no git", func(t *testing.T) {
			m, err := remoteWithoutGit(t, "ex:r.git", c.config...)
			must(t, err)
			equal(t, "without git", m.URL(), c.want)
		})
	}
}

func remoteWithoutGit(t *testing.T, url string, config ...string) (*gitops.Remote, error) {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "remote", "add", "origin", url)
	for i := 0; i < len(config); i += 2 {
		git(t, dir, "config", "--add", config[i], config[i+1])
	}
	withoutGit(t)
	repo, err := gitops.Open(dir)
	must(t, err)
	return repo.Remote("origin", gitops.RemoteOptions{})
}

func TestNoRemote(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	var none *gitops.NoRemoteError
	if _, err := w.repo.Remote("upstream", gitops.RemoteOptions{}); !errors.As(err, &none) || len(none.Have) != 1 || none.Have[0] != "origin" {
		t.Errorf("got %v", err)
	}
}

func TestRefsInOneRequest(t *testing.T) {
	server := gittest.New(gittest.Options{User: "u", Password: "p"})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	tag := server.Tag(repoPath, "refs/releases/boat/1.0", sha, "Eve", "eve@example.org", day, "claim")
	requests := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { requests++; server.ServeHTTP(w, r) }))
	defer h.Close()
	m, err := remoteAt(t, h.URL+"/"+repoPath+".git", login("u", "p"))
	must(t, err)
	_, err = m.Refs(t.Context())
	must(t, err)
	equal(t, "requests of a stranger", requests, 2)
	refs, err := m.Refs(t.Context())
	must(t, err)
	equal(t, "requests of who is known", requests, 3)
	want := []gitops.Ref{
		{Name: "HEAD", SHA: sha, Commit: sha, Target: "refs/heads/main"},
		{Name: "refs/heads/main", SHA: sha, Commit: sha},
		{Name: "refs/releases/boat/1.0", SHA: tag, Commit: sha},
	}
	for i := range want {
		equal(t, want[i].Name, refs[i], want[i])
	}
	server.Repo("ada/empty", nil)
	m, err = remoteAt(t, h.URL+"/ada/empty.git", login("u", "p"))
	must(t, err)
	refs, err = m.Refs(t.Context())
	must(t, err)
	equal(t, "empty", len(refs), 0)
	m, err = remoteAt(t, h.URL+"/ada/nothing.git", login("u", "p"))
	must(t, err)
	if _, err := m.Refs(t.Context()); !is[*gitops.NotFoundError](err) {
		t.Errorf("nothing: %v", err)
	}
	m, err = remoteAt(t, h.URL+"/"+repoPath, login("u", "wrong"))
	must(t, err)
	var auth *gitops.AuthError
	if _, err := m.Refs(t.Context()); !errors.As(err, &auth) || auth.Missing || auth.Status != 401 {
		t.Errorf("wrong password: %v", err)
	}
}

func remoteAt(t *testing.T, url string, logins []gitops.Source) (*gitops.Remote, error) {
	t.Helper()
	dir := t.TempDir()
	must(t, gittest.Init(dir, url))
	repo, err := gitops.Open(dir)
	must(t, err)
	return repo.Remote("origin", gitops.RemoteOptions{Timeout: 2 * time.Second, Logins: logins})
}

// A read follows a redirect, but not with our credentials to another host.
func TestRedirectedRead(t *testing.T) {
	var seen []string
	server := gittest.New(gittest.Options{})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		server.ServeHTTP(w, r)
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusMovedPermanently)
	}))
	defer first.Close()
	m, err := remoteAt(t, first.URL+"/"+repoPath+".git", login("u", "p"))
	must(t, err)
	refs, err := m.Refs(t.Context())
	must(t, err)
	equal(t, "main", at(t, refs, "refs/heads/main"), sha)
	_, err = m.Fetch(t.Context(), sha)
	must(t, err)
	if got := strings.Join(seen, ""); got != "" {
		t.Errorf("credentials went along: %q", got)
	}
	var moved *gitops.RedirectedError
	if err := m.Create(t.Context(), release, sha, nil); !errors.As(err, &moved) || moved.To != other.URL+"/"+repoPath+".git" {
		t.Errorf("write: %v", err)
	}
}

func TestTooManyRefs(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		line := []byte("003f" + strings.Repeat("1", 40) + " refs/heads/abcdef\n")
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat(line, 1000)); err != nil {
				return
			}
		}
	}))
	defer h.Close()
	m, err := remoteAt(t, h.URL+"/o/r", nil)
	must(t, err)
	if _, err := m.Refs(t.Context()); !errors.Is(err, gitops.ErrTooBig) {
		t.Errorf("got %v", err)
	}
}

// A server that accepts and says nothing must not hold anyone, ssh included.
func TestSilentServers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	for _, url := range []string{"http://" + l.Addr().String() + "/o/r", "ssh://git@" + l.Addr().String() + "/o/r"} {
		m, err := remoteAt(t, url, nil)
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		start := time.Now()
		_, err = m.Refs(ctx)
		cancel()
		var e *gitops.UnreachableError
		if !errors.As(err, &e) || !e.Timeout || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("%s: %v after %v", url, err, time.Since(start))
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	host := l.Addr().String()
	l.Close()
	for _, url := range []string{"http://ada:s3cret@" + host + "/o/r", "ssh://git@" + host + "/o/r", "https://no-such-host.invalid/o/r"} {
		m, err := remoteAt(t, url, nil)
		must(t, err)
		for _, op := range []error{drop(m.Refs(t.Context())), m.Create(t.Context(), release, strings.Repeat("1", 40), nil)} {
			if !is[*gitops.UnreachableError](op) || strings.Contains(op.Error(), "s3cret") {
				t.Errorf("%s: %T %v", url, op, op)
			}
		}
	}
}

func drop[T any](_ T, err error) error { return err }

func TestNoSecretInErrors(t *testing.T) {
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
	w := newWorld(t, gittest.Options{})
	for _, user := range []string{secret + "@", "ada:" + secret + "@"} {
		url := strings.Replace(w.url, "://", "://"+user, 1)
		m, err := remoteAt(t, url, nil)
		must(t, err)
		for _, f := range faults() {
			w.server.DeleteRef(repoPath, release)
			w.server.Faults(f.fault, f.fault.On(gittest.List))
			short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			errs := errors.Join(drop(m.Refs(short)), m.Create(short, release, w.first, nil))
			cancel()
			if errs != nil && strings.Contains(errs.Error(), secret) {
				t.Errorf("%s: %v", f.name, errs)
			}
		}
	}
}

func TestValidRef(t *testing.T) {
	needs(t, "git")
	for _, name := range []string{"refs/heads/a", "a/b", "HEAD", "", "/a", "a/", "a//b", ".a/b", "a/.b", "a/b.lock", "a.lock/b", "a/b.", "a/b..c", "a/b@{c", "a/@", "a/b c", "a/b~", "a/b^", "a/b:", "a/b?", "a/b*", "a/b[", "a/b\\c", "a/b\x01", "a/b\x7f", "refs/heads/é", "refs/heads/-x", "refs/releases/boat/1.0@2"} {
		_, err := tryGit(t, ".", "check-ref-format", name)
		if got := gitops.ValidRef(name); (got == nil) != (err == nil) {
			t.Errorf("%q: %v, git says %v", name, got, err)
		}
	}
}
