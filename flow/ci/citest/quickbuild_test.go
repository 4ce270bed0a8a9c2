package citest_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
	"ferry/keyring"
)

// onQuickBuild is a world whose CI is one configuration.
func onQuickBuild(t *testing.T, script string) (*world, *quickbuild.Provider, string) {
	t.Helper()
	s, err := citest.ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	x, password := &index{t: t}, keyring.NewSecret("quick-password")
	up := httptest.NewServer(x)
	t.Cleanup(up.Close)
	w := &world{T: t, index: x}
	files := tree("build.txt", "")
	w.ci = citest.New(citest.Options{
		Slug: slug, Checkout: func(string) (fs.FS, error) { return files, nil }, UploadURL: up.URL,
		UploadToken: keyring.NewSecret(upload), Script: s, Log: t.Logf, Token: password,
	})
	t.Cleanup(w.ci.Close)
	web := httptest.NewServer(w.ci.QuickBuild())
	t.Cleanup(web.Close)
	p, err := quickbuild.New(quickbuild.Options{URL: web.URL, Configuration: citest.QuickBuildConfiguration, User: citest.QuickBuildUser, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	w.subject = p
	return w, p, web.URL
}

// TestQuickBuildIsAsked: a push starts nothing. What is asked for is built and
// published, and can be followed by the request.
func TestQuickBuildIsAsked(t *testing.T) {
	t.Parallel()
	w, p, _ := onQuickBuild(t, "job a 5ms")
	w.ci.Push(branch, zero, sha)
	if got := w.builds(); len(got) != 0 {
		t.Fatalf("a push: %+v", got)
	}
	request, err := p.Trigger(t.Context(), ci.Query{Ref: branch, SHA: sha}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := w.final()
	if b.State != ci.StatePassed || len(w.index.got()) != 2 || len(b.Jobs) != 1 || len(b.Jobs[0].Steps) != 1 {
		t.Errorf("%+v, uploaded %q", b, w.index.got())
	}
	if got, err := p.Requested(t.Context(), request); err != nil || got.ID != b.ID || !got.Final() {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestQuickBuildPolls: such a build tells its commit and no ref.
func TestQuickBuildPolls(t *testing.T) {
	t.Parallel()
	w, _, _ := onQuickBuild(t, "job a 5ms")
	w.ci.Poll(branch)
	w.ci.Push(branch, zero, sha)
	w.ci.Poll(branch)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for bs := w.ci.Builds(); len(bs) != 1 || !bs[0].Final(); bs = w.ci.Builds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never final: %+v", bs)
		case <-tick.C:
		}
	}
	if got := w.builds(); len(got) != 1 || got[0].Ref != "" || got[0].SHA != sha || got[0].Event != "schedule" {
		t.Errorf("%+v", got)
	}
}

// TestQuickBuildStops: a request that is taken back stops the build that runs for it.
func TestQuickBuildStops(t *testing.T) {
	t.Parallel()
	w, p, _ := onQuickBuild(t, "job a 1h")
	if _, err := p.Trigger(t.Context(), ci.Query{Ref: branch, SHA: sha}, nil); err != nil {
		t.Fatal(err)
	}
	b := w.until("running", func(b ci.Build) bool { return b.State == ci.StateRunning && !strings.Contains(b.ID, "-") })
	if err := p.Cancel(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if b := w.final(); b.State != ci.StateCancelled || len(w.index.got()) != 0 {
		t.Errorf("%+v, uploaded %q", b, w.index.got())
	}
}

// TestQuickBuildIsStrict: it wants a login, one kind of answer, a count, and a
// request that it can read.
func TestQuickBuildIsStrict(t *testing.T) {
	t.Parallel()
	_, _, at := onQuickBuild(t, "")
	for _, c := range []struct {
		method, path, password, accept, body string
		status                               int
	}{
		{"GET", "/rest/version", "quick-password", "", "", 200},
		{"GET", "/rest/version", "", "", "", 401},
		{"GET", "/rest/version", "wrong", "", "", 401},
		{"GET", "/rest/version", "quick-password", "application/xml, */*", "", 500},
		{"GET", "/rest/builds", "quick-password", "", "", 400},
		{"GET", "/rest/builds/1", "quick-password", "", "", 404},
		{"GET", "/rest/ids?configuration_path=root/none", "quick-password", "", "", 204},
		{"POST", "/rest/build_requests", "quick-password", "", "{}", 500},
		{"DELETE", "/rest/build_requests/x", "quick-password", "", "", 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, at+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.password != "" {
			req.SetBasicAuth(citest.QuickBuildUser, c.password)
		}
		req.Header.Set("Accept", c.accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%+v: got %d", c, res.StatusCode)
		}
	}
}
