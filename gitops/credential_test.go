package gitops_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

// helped is a remote of git's own server side, whose person has the helper.
func helped(t *testing.T, helper string, more ...gitops.Source) (m *gitops.Remote, clone, ours, url string) {
	t.Helper()
	bare, clone, ours := realRemote(t)
	url = backend(t, filepath.Dir(filepath.Dir(bare)))
	git(t, clone, "config", "credential.helper", helper)
	return realOpen(t, clone, url+"/o/r.git", append([]gitops.Source{gitops.HelperLogin(clone)}, more...)), clone, ours, url
}

// script is a credential helper that notes every question, and answers.
func script(t *testing.T, answer string) (helper, notes string) {
	t.Helper()
	dir := t.TempDir()
	helper, notes = filepath.Join(dir, "helper"), filepath.Join(dir, "notes")
	must(t, os.WriteFile(helper, []byte("#!/bin/sh\n{ echo \"== $1\"; cat; env; } >>"+notes+"\n[ \"$1\" = get ] && printf '"+answer+"'\nexit 0\n"), 0o700))
	return helper, notes
}

// verbs are the questions that a helper noted.
func verbs(t *testing.T, notes string) (asked, all string) {
	t.Helper()
	b, err := os.ReadFile(notes)
	must(t, err)
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "== "); ok {
			asked += v + " "
		}
	}
	return strings.TrimSpace(asked), string(b)
}

// The helpers are told what came of it, as git tells them.
func TestHelperLogin(t *testing.T) {
	needs(t, "git")
	t.Setenv("FERRY_TOKEN_PYPI", "canary")
	helper, notes := script(t, "username=u\\npassword=p\\n")
	m, clone, ours, _ := helped(t, helper)
	git(t, clone, "config", "credential.useHttpPath", "true")
	must(t, drop(m.Refs(t.Context())))
	must(t, m.Create(t.Context(), release, ours, nil))
	asked, all := verbs(t, notes)
	equal(t, "asked", asked, "get store")
	if strings.Count(all, "path=o/r.git") != 2 || strings.Count(all, "password=p\n") != 1 || strings.Contains(all, "canary") {
		t.Errorf("the helper got %s", all)
	}

	helper, notes = script(t, "username=u\\npassword=wrong\\n")
	m, _, _, _ = helped(t, helper, login("u", "p")...)
	must(t, drop(m.Refs(t.Context())))
	asked, _ = verbs(t, notes)
	equal(t, "refused", asked, "get erase")

	helper, notes = script(t, "")
	m, _, _, _ = helped(t, helper)
	if _, err := m.Refs(t.Context()); !is[*gitops.AuthError](err) {
		t.Errorf("it has nothing: %v", err)
	}
	asked, _ = verbs(t, notes)
	equal(t, "nothing", asked, "get")
	withoutGit(t)
	if _, err := m.Refs(t.Context()); !is[*gitops.AuthError](err) {
		t.Errorf("no git: %v", err)
	}
}

// Helpers of a newer git learn what the server asked for.
func TestHelpersSeeTheQuestion(t *testing.T) {
	needs(t, "sh")
	d := newDoor(t)
	m, err := remoteAt(t, d.url, []gitops.Source{gitops.HelperLogin(t.TempDir())})
	must(t, err)
	bin := t.TempDir()
	notes := filepath.Join(bin, "notes")
	must(t, os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\n[ \"$1\" = credential ] || exit 1\n{ echo \"== $2\"; cat; } >>"+notes+
		"\n[ \"$2\" = fill ] && printf 'protocol=http\\nusername=ada\\npassword=s3cret\\npassword_expiry_utc=9999999999\\noauth_refresh_token=r\\n'\nexit 0\n"), 0o700))
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	must(t, drop(m.Refs(t.Context())))
	asked, all := verbs(t, notes)
	equal(t, "asked", asked, "fill approve")
	_, told, _ := strings.Cut(all, "== approve\n")
	equal(t, "told", told, "protocol=http\nusername=ada\npassword=s3cret\npassword_expiry_utc=9999999999\noauth_refresh_token=r\n")
	if !strings.Contains(all, "wwwauth[]=Basic realm=\"git\"\n") {
		t.Errorf("the helpers saw %s", all)
	}
}

// person types what is given, one after the other.
type person struct {
	types  []string
	labels []string
}

func (p *person) Secret(_ context.Context, label string) (keyring.Secret, error) {
	p.labels = append(p.labels, label)
	if len(p.types) == 0 {
		return keyring.Secret{}, keyring.ErrNotTyped
	}
	typed := p.types[0]
	p.types = p.types[1:]
	return keyring.NewSecret(typed), nil
}

// What was typed and let us in is in git's own store afterwards, so that git
// itself gets in without a question; what was refused is not.
func TestTypedLogin(t *testing.T) {
	needs(t, "git")
	stored := filepath.Join(t.TempDir(), "store")
	ada := &person{types: []string{"mistyped", "p"}}
	_, clone, ours, url := helped(t, "store --file="+stored)
	if _, err := tryGit(t, clone, "ls-remote", "origin"); err == nil {
		t.Fatal("git gets in before anything was typed")
	}
	git(t, clone, "config", "credential."+url+".username", "u")
	typed := gitops.TypedLogin(ada, clone)
	m := realOpen(t, clone, url+"/o/r.git", []gitops.Source{gitops.HelperLogin(clone), typed, typed})
	must(t, m.Create(t.Context(), release, ours, nil))
	host := strings.TrimPrefix(url, "http://")
	equal(t, "labels", strings.Join(ada.labels, ", "), "Password or token of u for "+host+", Password or token of u for "+host)
	b, err := os.ReadFile(stored)
	must(t, err)
	equal(t, "stored", string(b), "http://u:p@"+strings.Replace(host, ":", "%3a", 1)+"\n")
	git(t, clone, "ls-remote", "origin")

	// and the next run of ours finds it there, and forgets it when it is refused
	m = realOpen(t, clone, url+"/o/r.git", []gitops.Source{gitops.HelperLogin(clone)})
	must(t, drop(m.Refs(t.Context())))
	must(t, os.WriteFile(stored, []byte(strings.Replace(url, "://", "://u:old@", 1)+"\n"), 0o600))
	m = realOpen(t, clone, url+"/o/r.git", []gitops.Source{gitops.HelperLogin(clone)})
	if _, err := m.Refs(t.Context()); !is[*gitops.AuthError](err) || !strings.Contains(err.Error(), "git credential") {
		t.Errorf("an old password: %v", err)
	}
	b, err = os.ReadFile(stored)
	must(t, err)
	equal(t, "left", string(b), "")
}

// The user's name is what the host wants to see beside a token, where nobody
// named one.
func TestTypedUser(t *testing.T) {
	for url, want := range map[string]string{
		"https://github.com/o/r":         "x-access-token, Access token for github.com",
		"https://gitlab.com/o/r":         "oauth2, Access token for gitlab.com",
		"https://bitbucket.org/o/r":      "x-token-auth, Access token for bitbucket.org",
		"https://git.example:8443/o/r":   "git, Access token for git.example:8443",
		"https://bob@git.example:80/o/r": "bob, Password or token of bob for git.example:80",
	} {
		ada := &person{types: []string{"t"}}
		l, err := gitops.TypedLogin(ada, t.TempDir())(t.Context(), url)
		must(t, err)
		equal(t, url, l.User+", "+ada.labels[0], want)
	}
	ada := &person{}
	if _, err := gitops.TypedLogin(ada, t.TempDir())(t.Context(), "https://h/o/r"); !errors.Is(err, keyring.ErrNotTyped) {
		t.Errorf("left: %v", err)
	}
}

func TestNetrcLogin(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	ask := func(url string) string {
		l, err := gitops.NetrcLogin()(t.Context(), url)
		must(t, err)
		if l.Secret.IsZero() {
			return ""
		}
		secret := ""
		must(t, l.Secret.Use(func(b []byte) error { secret = string(b); return nil }))
		return l.User + ":" + secret
	}
	equal(t, "no file", ask("https://a.example/o/r"), "")
	must(t, os.WriteFile(filepath.Join(home, ".netrc"), []byte(`# machine no.example login no password no
machine a.example login ada password "a\"b"
machine b.example
	login bob
	account x
	password secret
machine b.example login eve password other
macdef init
machine macro.example login m password m

machine c.example password tok login cy
default login any password any
`), 0o600))
	for url, want := range map[string]string{
		"https://a.example/o/r":      `ada:a"b`,
		"https://b.example/o/r":      "bob:secret",
		"https://b.example:8443/o/r": "bob:secret",
		"https://eve@b.example/o/r":  "eve:other",
		"https://c.example/o/r":      "cy:tok",
		"https://no.example/o/r":     "",
		"https://macro.example/o/r":  "",
		"https://other.example/o/r":  "",
		"https://xb.example/o/r":     "",
	} {
		equal(t, url, ask(url), want)
	}
}

// http.proactiveAuth names us before anybody asks, and a proxy or a host that
// knows people by their cookies gets what git would send it.
func TestWhatGitSends(t *testing.T) {
	server := gittest.New(gittest.Options{User: "ada", Password: "s3cret"})
	server.Repo(repoPath, map[string]string{"f": "x"})
	requests := make(chan [3]string, 10)
	h := httptest.NewServer(noting(server, requests))
	defer h.Close()
	host := strings.Split(strings.TrimPrefix(h.URL, "http://"), ":")[0]
	file := filepath.Join(t.TempDir(), "cookies")
	must(t, os.WriteFile(file, []byte("# a comment\n"+host+"\tFALSE\t/\tFALSE\t0\to\tgit-ada\n.other\tTRUE\t/\tFALSE\t0\tx\ty\n"+
		"#HttpOnly_"+host+"\tFALSE\t/ada\tFALSE\t4102444800\tp\tq\n"+host+"\tFALSE\t/eve\tFALSE\t0\tx\ty\n"+host+"\tFALSE\t/\tTRUE\t0\tx\ty\n"+host+"\tFALSE\t/\tFALSE\t1\tx\ty\n"), 0o600))
	for name, c := range map[string]struct {
		config []string
		want   [3]string // authorization, cookie, user agent
	}{
		"as ever":   {nil, [3]string{"", "", "git/2.0 (ferry)"}},
		"proactive": {[]string{"http.proactiveAuth", "basic"}, [3]string{"Basic YWRhOnMzY3JldA==", "", "git/2.0 (ferry)"}},
		"userAgent": {[]string{"http.userAgent", "git/corp"}, [3]string{"", "", "git/corp"}},
		"cookies":   {[]string{"http.cookieFile", file}, [3]string{"", "o=git-ada; p=q", "git/2.0 (ferry)"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, gittest.Init(dir, h.URL+"/"+repoPath))
			for i := 0; i < len(c.config); i += 2 {
				git(t, dir, "config", c.config[i], c.config[i+1])
			}
			repo, err := gitops.Open(dir)
			must(t, err)
			m, err := repo.Remote("origin", gitops.RemoteOptions{Logins: login("ada", "s3cret")})
			must(t, err)
			must(t, drop(m.Refs(t.Context())))
			equal(t, "first request", <-requests, c.want)
			for len(requests) > 0 {
				<-requests
			}
		})
	}
}
