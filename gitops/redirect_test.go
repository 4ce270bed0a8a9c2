package gitops_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// A repository of git's own server side was renamed: a read finds it and says
// so, a push does not follow, and git's own command mends it.
func TestRenamedRepository(t *testing.T) {
	bare, clone, ours := realRemote(t)
	to, err := url.Parse(backend(t, filepath.Dir(filepath.Dir(bare))))
	must(t, err)
	backend := httputil.NewSingleHostReverseProxy(to)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, old := strings.CutPrefix(r.URL.Path, "/o/old.git"); old {
			http.Redirect(w, r, "/o/r.git"+rest+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	defer h.Close()
	for _, kind := range []string{"url", "pushurl"} {
		t.Run(kind, func(t *testing.T) {
			git(t, clone, "config", "remote.origin."+kind, h.URL+"/o/old.git")
			open := func() *gitops.Remote {
				repo, err := gitops.Open(clone)
				must(t, err)
				m, err := repo.Remote("origin", gitops.RemoteOptions{Logins: login("u", "p")})
				must(t, err)
				return m
			}
			m := open()
			refs, err := m.Refs(t.Context())
			must(t, err)
			equal(t, "moved", m.Moved(), h.URL+"/o/r.git")
			must(t, drop(m.Fetch(t.Context(), at(t, refs, "refs/heads/main"))))
			var moved *gitops.RedirectedError
			if err := m.Create(t.Context(), release, ours, nil); !errors.As(err, &moved) || moved.To != m.Moved() || moved.URL != h.URL+"/o/old.git" {
				t.Errorf("push: %v", err)
			}
			_, err = tryGit(t, bare, "rev-parse", "--verify", release)
			if err == nil {
				t.Error("the push followed")
			}
			git(t, clone, m.SetURLCommand(moved.To)[1:]...)
			m = open()
			must(t, m.Create(t.Context(), release, ours, nil))
			must(t, m.Delete(t.Context(), release, ours, nil))
			must(t, drop(m.Refs(t.Context())))
			equal(t, "moved afterwards", m.Moved(), "")
		})
	}
}

// A host that writes .git behind the name has moved nothing: git pushes there,
// and so do we, without a redirect in the push itself.
func TestRedirectToDotGit(t *testing.T) {
	server := gittest.New(gittest.Options{User: "ada", Password: "s3cret"})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, bare := strings.CutPrefix(r.URL.Path, "/"+repoPath+"/"); bare {
			http.Redirect(w, r, "/"+repoPath+".git/"+rest+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		server.ServeHTTP(w, r)
	}))
	defer h.Close()
	m, err := remoteAt(t, h.URL+"/"+repoPath, login("ada", "s3cret"))
	must(t, err)
	must(t, drop(m.Refs(t.Context())))
	equal(t, "moved", m.Moved(), "")
	must(t, m.Create(t.Context(), release, sha, nil))
	must(t, m.Delete(t.Context(), release, sha, nil))
}

// far is a host that leads a read from hop to hop, and notes what each was told
// of X-Tok and Cookie.
func far(t *testing.T) (url string, told func() []string) {
	seen := make(chan string, 100)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("X-Tok") + r.Header.Get("Cookie")
		if rest, ok := strings.CutPrefix(r.URL.Path, "/again"); ok {
			http.Redirect(w, r, rest+"?"+r.URL.RawQuery, http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(h.Close)
	return h.URL, func() (all []string) {
		for len(seen) > 0 {
			all = append(all, <-seen)
		}
		return all
	}
}

// TestHeadersStayAtTheirHost: no hop of another host is told what the person's
// configuration says to the first, be it the second or the third.
func TestHeadersStayAtTheirHost(t *testing.T) {
	there, told := far(t)
	tok := make(chan string, 100)
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tok <- r.Header.Get("X-Tok") + r.Header.Get("Cookie")
		http.Redirect(w, r, there+r.URL.RequestURI(), http.StatusFound)
	}))
	defer here.Close()
	jar := filepath.Join(t.TempDir(), "jar")
	must(t, os.WriteFile(jar, []byte("127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tcanary\n"), 0o600))
	for _, path := range []string{"/", "/again/", "/again/again/"} {
		m, err := remoteWith(t, here.URL+path+repoPath, "http.extraHeader", "X-Tok: canary", "http.cookieFile", jar)
		must(t, err)
		if _, err := m.Refs(t.Context()); !is[*gitops.RedirectedError](err) {
			t.Errorf("%s: %T %v", path, err, err)
		}
		equal(t, "what its own host is told", <-tok, "canarysid=canary")
		hops := told()
		equal(t, path+": hops", len(hops), strings.Count(path, "/"))
		equal(t, path+": what another is told", strings.Join(hops, ""), "")
	}
}

// What is asked for at another host is not told who we are; what is not
// encrypted any more is not asked at all.
func TestRedirectsNotTaken(t *testing.T) {
	server := gittest.New(gittest.Options{User: "ada", Password: "s3cret"})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	other := newDoor(t)
	plain := httptest.NewServer(server)
	defer plain.Close()
	tls := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.RequestURI(), http.StatusFound)
	}))
	defer tls.Close()
	ca := caFile(t, tls.Certificate())
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusFound)
	}))
	defer away.Close()
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, old := strings.CutPrefix(r.URL.Path, "/old"); old {
			http.Redirect(w, r, rest+"?"+r.URL.RawQuery, http.StatusFound)
			return
		}
		server.ServeHTTP(w, r)
	}))
	defer here.Close()
	for name, c := range map[string]struct {
		url, to string
		config  []string
	}{
		"another host that wants to know us": {away.URL + "/" + repoPath, other.URL + "/" + repoPath, nil},
		"not encrypted":                      {tls.URL + "/" + repoPath, plain.URL + "/" + repoPath, []string{"http.sslCAInfo", ca}},
		"by the person's wish":               {here.URL + "/old/" + repoPath, here.URL + "/" + repoPath, []string{"http.followRedirects", "false"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, gittest.Init(dir, c.url))
			for i := 0; i < len(c.config); i += 2 {
				git(t, dir, "config", c.config[i], c.config[i+1])
			}
			repo, err := gitops.Open(dir)
			must(t, err)
			m, err := repo.Remote("origin", gitops.RemoteOptions{Logins: login("ada", "s3cret")})
			must(t, err)
			for what, err := range map[string]error{"read": drop(m.Refs(t.Context())), "push": m.Create(t.Context(), release, sha, nil)} {
				var moved *gitops.RedirectedError
				if !errors.As(err, &moved) || moved.To != c.to || strings.Contains(fmt.Sprint(err), "s3cret") {
					t.Errorf("%s: %T %v", what, err, err)
				}
			}
		})
	}
	if seen := other.seen(); strings.Contains(seen, "ada") {
		t.Errorf("another host was told: %s", seen)
	}
	equal(t, "updates", len(server.Updates()), 0)
}
