package quickbuild_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
	"ferry/keyring"
)

const (
	password = "quick-passw0rd"
	ref      = "refs/heads/pypi-release"
	sha      = "3f786850e387550fdab836ed7e6dc881de23001b"
	other    = "89e6c98d92887913cadf06b2adb97f26cde4849b"
)

// bench is a fake QuickBuild and a provider that talks to it.
func bench(t *testing.T, secret string) (*citest.Server, *quickbuild.Provider, string) {
	t.Helper()
	s := citest.New(citest.Options{Slug: "dana/demo", Token: keyring.NewSecret(secret)})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.QuickBuild())
	t.Cleanup(web.Close)
	return s, provider(t, web.URL, secret), web.URL
}

func provider(t *testing.T, url, secret string) *quickbuild.Provider {
	t.Helper()
	p, err := quickbuild.New(quickbuild.Options{
		URL: url, Configuration: citest.QuickBuildConfiguration, User: citest.QuickBuildUser, Password: keyring.NewSecret(secret), UserAgent: "ferry-test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSuite(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{password, ""} {
		s, p, url := bench(t, secret)
		b := citest.Bench{Provider: "quickbuild", Server: s, Subject: p, NoNames: true}
		if secret != "" {
			b.Wrong = provider(t, url, "other")
		}
		if err := citest.Suite(t.Context(), b); err != nil {
			t.Errorf("with a password %v: %v", secret != "", err)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, o := range []quickbuild.Options{
		{}, {URL: "http://ci.example:8810"}, {Configuration: "root/x"}, {URL: "nothing", Configuration: "root/x"}, {URL: "http://ci.example:8810", Configuration: "/root/x"},
	} {
		if _, err := quickbuild.New(o); err == nil {
			t.Errorf("%+v should be refused", o)
		}
	}
	if p, err := quickbuild.New(quickbuild.Options{URL: "http://ci.example:8810/", Configuration: "root/x"}); err != nil || p.Name() != "quickbuild" {
		t.Errorf("%v, %v", p, err)
	}
}

// TestWhose: what cannot be matched to our commit is never taken for ours.
func TestWhose(t *testing.T) {
	t.Parallel()
	add := func(s *citest.Server, ref, sha string, state ci.State) {
		s.AddBuild(citest.Build{Provider: "quickbuild", Build: ci.Build{Ref: ref, SHA: sha, State: state}})
	}
	for name, c := range map[string]struct {
		ref, sha string
		state    ci.State
		want     string // the ref that is told; none: no build
		err      bool
	}{
		"ours":                            {ref, sha, ci.StatePassed, ref, false},
		"the same commit elsewhere":       {"refs/heads/main", sha, ci.StatePassed, "none", false},
		"another commit":                  {ref, other, ci.StatePassed, "none", false},
		"the commit alone":                {"", sha, ci.StatePassed, "", false},
		"nothing, and over":               {"", "", ci.StatePassed, "none", false},
		"nothing, and it goes on":         {"", "", ci.StateRunning, "none", true},
		"nothing, and it waits":           {"", "", ci.StateQueued, "none", true},
		"a ref without a commit, running": {ref, "", ci.StateRunning, "none", true},
	} {
		s, p, _ := bench(t, password)
		add(s, c.ref, c.sha, c.state)
		got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
		var u *ci.UnreachableError
		if c.err != errors.As(err, &u) || err != nil && !c.err {
			t.Errorf("%s: %v", name, err)
		}
		if found := len(got) == 1; found != (c.want != "none") || found && got[0].Ref != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	s, p, _ := bench(t, password)
	add(s, ref, sha, ci.StatePassed)
	add(s, "", "", ci.StateRunning)
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); err != nil || len(got) != 1 {
		t.Errorf("ours beside one that says nothing: %+v, %v", got, err)
	}
	s, p, _ = bench(t, password)
	add(s, "", sha, ci.StatePassed)
	add(s, "", "", ci.StateRunning)
	var u *ci.UnreachableError
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); !errors.As(err, &u) || len(got) != 0 {
		t.Errorf("the commit alone beside one that says nothing: %+v, %v", got, err)
	}
}

// TestTrigger follows a request until its build has ended.
func TestTrigger(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, password)
	q := ci.Query{Ref: ref, SHA: sha}
	request, err := p.Trigger(t.Context(), q, map[string]string{"release_version": "1.0 <&>", quickbuild.VariableRef: "refs/heads/main"})
	if err != nil || request == "" {
		t.Fatalf("%q, %v", request, err)
	}
	b, err := p.Requested(t.Context(), request)
	if err != nil || b.SHA != sha || b.Ref != ref || b.Event != "api" {
		t.Errorf("%+v, %v", b, err)
	}
	if got := s.Builds(); len(got) != 1 || got[0].Ref != ref || got[0].SHA != sha {
		t.Errorf("variables of the caller's say nothing of the ref: %+v", got)
	}
	var none *ci.NotFoundError
	if _, err := p.Requested(t.Context(), "e8e5fb23-0000"); !errors.As(err, &none) {
		t.Errorf("an unknown request: %v", err)
	}
	var needs *ci.NeedsTokenError
	if _, err := provider(t, url, "").Trigger(t.Context(), q, nil); !errors.As(err, &needs) {
		t.Errorf("without a password: %v", err)
	}
	var conflict *ci.ConflictError
	for _, q := range []ci.Query{{}, {Ref: ref}, {SHA: sha}, {Ref: "main", SHA: sha}, {Ref: ref, SHA: "HEAD"}} {
		if _, err := p.Trigger(t.Context(), q, nil); !errors.As(err, &conflict) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestAggregated: a request that is joined to another has none of its own.
func TestAggregated(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, password)
	s.AddBuild(citest.Build{Provider: "quickbuild", Build: ci.Build{Ref: ref, SHA: sha, State: ci.StateQueued}})
	var conflict *ci.ConflictError
	if id, err := p.Trigger(t.Context(), ci.Query{Ref: ref, SHA: sha}, nil); !errors.As(err, &conflict) || id != "" {
		t.Errorf("%q, %v", id, err)
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
	if err != nil || len(got) != 1 || got[0].State != ci.StateQueued {
		t.Fatalf("%+v, %v", got, err)
	}
	if b, err := p.Requested(t.Context(), got[0].ID); err != nil || b.ID != got[0].ID || b.State != ci.StateQueued {
		t.Errorf("%+v, %v", b, err)
	}
	if err := p.Cancel(t.Context(), got[0]); err != nil {
		t.Errorf("taking it back: %v", err)
	}
	if got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); err != nil || len(got) != 1 || got[0].State != ci.StateCancelled {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, password)
	if got, err := p.Inspect(t.Context()); err != nil || !got.Active || got.Slug != citest.QuickBuildConfiguration || got.Host != nil {
		t.Errorf("%+v, %v", got, err)
	}
	s.SetScript(citest.Script{HookOff: true})
	if got, err := p.Inspect(t.Context()); err != nil || got.Active {
		t.Errorf("disabled: %+v, %v", got, err)
	}
	lost, err := quickbuild.New(quickbuild.Options{URL: url, Configuration: "root/elsewhere", User: citest.QuickBuildUser, Password: keyring.NewSecret(password)})
	if err != nil {
		t.Fatal(err)
	}
	var none *ci.NotFoundError
	if _, err := lost.Inspect(t.Context()); !errors.As(err, &none) || !strings.Contains(err.Error(), "root/elsewhere") {
		t.Errorf("an unknown configuration: %v", err)
	}
	if _, err := lost.Builds(t.Context(), ci.Query{Ref: ref}); !errors.As(err, &none) {
		t.Errorf("its builds: %v", err)
	}
}

// TestFarBack looks for a commit that is not on the first page.
func TestFarBack(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, password)
	want := s.AddBuild(citest.Build{Provider: "quickbuild", Build: ci.Build{Ref: ref, SHA: sha, State: ci.StatePassed}})
	for range 250 {
		s.AddBuild(citest.Build{Provider: "quickbuild", Build: ci.Build{Ref: ref, SHA: other, State: ci.StatePassed}})
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha})
	if err != nil || len(got) != 1 || got[0].ID != want {
		t.Errorf("%+v, %v", got, err)
	}
	for range 900 {
		s.AddBuild(citest.Build{Provider: "quickbuild", Build: ci.Build{Ref: ref, SHA: other, State: ci.StatePassed}})
	}
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: ref, SHA: sha}); !errors.As(err, &m) {
		t.Errorf("what was not read is not absent: %v", err)
	}
}

// TestPasswordStaysHome follows no redirect.
func TestPasswordStaysHome(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	web := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer web.Close()
	p := provider(t, web.URL, password)
	var m *ci.MalformedError
	if _, err := p.Builds(t.Context(), ci.Query{Ref: ref}); !errors.As(err, &m) {
		t.Errorf("builds: %v", err)
	}
	if _, err := p.Trigger(t.Context(), ci.Query{Ref: ref, SHA: sha}, nil); !errors.As(err, &m) {
		t.Errorf("a request: %v", err)
	}
}
