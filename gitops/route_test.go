package gitops_test

import (
	"slices"
	"testing"

	"ferry/gitops"
)

func TestRoute(t *testing.T) {
	for name, c := range map[string]struct {
		config     []string
		configured string
		by         []string
	}{
		"as written":                {nil, "ex:r.git", nil},
		"insteadOf":                 {[]string{"url.https://a/.insteadOf", "ex:"}, "ex:r.git", []string{"insteadOf"}},
		"pushInsteadOf":             {[]string{"url.https://a/.insteadOf", "ex:", "url.git@b:o/.pushInsteadOf", "ex:"}, "ex:r.git", []string{"pushInsteadOf"}},
		"pushurl":                   {[]string{"remote.origin.pushurl", "git@c:o/r.git", "url.git@b:.pushInsteadOf", "ex:"}, "ex:r.git", []string{"pushurl"}},
		"pushurl, and it rewritten": {[]string{"remote.origin.pushurl", "z:r.git", "url.https://a/.insteadOf", "z:"}, "ex:r.git", []string{"pushurl", "insteadOf"}},
		"another remote's":          {[]string{"remote.other.url", "git@c:o/r.git", "remote.other.pushurl", "git@d:o/r.git"}, "ex:r.git", nil},
	} {
		m, err := remoteWith(t, "ex:r.git", c.config...)
		must(t, err)
		r := m.Route()
		equal(t, name+": configured", r.Configured, c.configured)
		equal(t, name+": effective", r.Effective, m.URL())
		if !slices.Equal(r.By, c.by) {
			t.Errorf("%s: by %q, want %q", name, r.By, c.by)
		}
	}
}

// TestRouteHidesSecrets: neither of the two URLs has userinfo.
func TestRouteHidesSecrets(t *testing.T) {
	m, err := remoteWith(t, "https://ada:s3cret@host/o/r", "remote.origin.pushurl", "https://eve:hunter2@host/o/r")
	must(t, err)
	equal(t, "configured", m.Route().Configured, "https://host/o/r")
	equal(t, "effective", m.Route().Effective, "https://host/o/r")
	m, err = remoteWith(t, "https://ada:s3cret%zz@host/o/r", "remote.origin.pushurl", "https://host/o/r")
	must(t, err)
	equal(t, "what cannot be taken apart", m.Route().Configured, "")
}

func TestNeighbours(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "remote", "add", "upstream", "https://ada:s3cret@host:8443/acme/r.git")
	git(t, dir, "remote", "add", "origin", "gh:dana/r")
	git(t, dir, "remote", "add", "odd", "ext::sh -c evil")
	git(t, dir, "config", "remote.upstream.pushurl", "no_push")
	git(t, dir, "config", "remote.upstream.gh-resolved", "base")
	git(t, dir, "config", "url.git@github.com:.insteadOf", "gh:")
	repo, err := gitops.Open(dir)
	must(t, err)
	want := []gitops.Neighbour{
		{Name: "origin", URL: "git@github.com:dana/r", Host: "github.com", Slug: "dana/r"},
		{Name: "upstream", URL: "https://host:8443/acme/r.git", Host: "host", Slug: "acme/r", Base: "base"},
	}
	if got := repo.Neighbours(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
