package main

import (
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/gitea"
	"ferry/flow/config"
)

func TestOnGitea(t *testing.T) {
	for url, want := range map[string][]string{
		"https://codeberg.org/acme/core.git":    {".gitea", ".forgejo", ".github"},
		"git@gitea.example.org:acme/core.git":   {".gitea", ".forgejo", ".github"},
		"https://git.example.org/acme/core.git": {".gitea", ".forgejo"},
		"https://github.com/acme/core.git":      nil,
		"https://gitlab.com/acme/core.git":      nil,
	} {
		remote, found := remoteAt(t, url), map[string]bool{}
		for _, dir := range want {
			found[dir] = true
		}
		for _, dir := range []string{".gitea", ".forgejo", ".github", ".travis"} {
			tree := fstest.MapFS{dir + "/workflows/release.yml": {Data: []byte("on: push\n")}}
			if got := onGitea(tree, remote); got != found[dir] {
				t.Errorf("%s with %s: %v", url, dir, got)
			}
		}
	}
}

// TestGiteaIsItsRemotesHost, and tells what is known of the repository.
func TestGiteaIsItsRemotesHost(t *testing.T) {
	remote := remoteAt(t, "git@gitea.example.org:acme/core.git")
	p, err := openGitea(t.Context(), config.Config{}, remote, nil)
	if err != nil || p.BuildsURL("") != "https://gitea.example.org/acme/core/actions" {
		t.Fatalf("%v, %v", p, err)
	}
	if h := gitHost(remote, []ci.Provider{p}, nil); h != ci.Host(p) {
		t.Errorf("got %T", h)
	}
	remote = remoteAt(t, "https://git.example.org:8443/acme/core.git")
	if p, err = openGitea(t.Context(), config.Config{}, remote, nil); err != nil || p.BuildsURL("") != "https://git.example.org:8443/acme/core/actions" {
		t.Errorf("%v, %v", p, err)
	}
	var _ ci.Ruler = (*gitea.Provider)(nil)
}

// TestTokensWithoutAHost go where the person said, and not where a project does.
func TestTokensWithoutAHost(t *testing.T) {
	t.Setenv("GITEA_TOKEN", "gitea-secret-token")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	const api = "https://git.example.org/api/v1"
	load := func(s config.Sources) config.Config {
		c, err := config.Load(s)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tree := fstest.MapFS{"ferry.toml": {Data: []byte("[ci]\nprovider = 'gitea'\nurl = '" + api + "'\n")}}
	for name, c := range map[string]struct {
		conf config.Config
		want bool
	}{
		"nobody named a host":  {load(config.Sources{}), false},
		"a project names one":  {load(config.Sources{Project: tree}), false},
		"the person names one": {load(config.Sources{Env: func(k string) string { return map[string]string{"FERRY_CI_URL": api}[k] }}), true},
	} {
		if got := giteaToken(t.Context(), c.conf, api); got.IsZero() == c.want {
			t.Errorf("%s: a token is sent: %v", name, !got.IsZero())
		}
	}
}

// TestQuickBuildWantsItsPlace: it is on no host that the checkout could tell.
func TestQuickBuildWantsItsPlace(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	var conf config.Config
	for _, c := range []struct {
		url, configuration string
		right              bool
	}{{"", "", false}, {"https://qb.example.org", "", false}, {"", "root/release/pypi", false}, {"https://qb.example.org", "root/release/pypi", true}} {
		conf.CI.URL, conf.CI.Configuration = c.url, c.configuration
		if _, err := openQuickBuild(t.Context(), conf, nil); (err == nil) != c.right {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
