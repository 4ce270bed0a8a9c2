package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
)

var (
	_ ci.Provider      = (*github.Provider)(nil)
	_ ci.Host          = (*github.Provider)(nil)
	_ ci.Logger        = (*github.Provider)(nil)
	_ ci.Restarter     = (*github.Provider)(nil)
	_ ci.Canceller     = (*github.Provider)(nil)
	_ ci.Anonymous     = (*github.Provider)(nil)
	_ ci.Budgeter      = (*github.Provider)(nil)
	_ ci.Ruler         = (*github.Provider)(nil)
	_ ci.Gatekeeper    = (*github.Provider)(nil)
	_ ci.Dated         = (*github.Provider)(nil)
	_ ci.RestartHinter = (*github.Provider)(nil)
)

func TestRefRules(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "") // of a public repository they are told without a token
	s.Guard([]citest.Ruleset{
		{Name: "releases", Target: "branch", Match: "refs/heads/release/*", Types: []string{"creation", "deletion"}},
		{Name: "off", Target: "branch", Match: "refs/heads/release/*", Types: []string{"update"}, Off: true},
		{Name: "versions", Target: "tag", Match: "refs/tags/v*", Types: []string{"deletion", "update"}},
		{Name: "older", Target: "tag", Match: "refs/tags/v*", Types: []string{"creation"}, Off: true},
	}, nil)
	for ref, want := range map[string][]string{
		"refs/heads/release/1.0": {"creation", "deletion"}, "refs/heads/main": nil, "refs/tags/v1": {"deletion", "update"}, "refs/tags/1": nil, "refs/releases/demo/1": nil,
	} {
		got, err := p.RefRules(t.Context(), ref)
		var kinds []string
		for _, r := range got.Rules {
			kinds = append(kinds, r.Forbids)
			if r.Name == "" || !strings.Contains(r.URL, "/rules/") {
				t.Errorf("%s: nobody can look it up: %+v", ref, r)
			}
		}
		if err != nil || !slices.Equal(kinds, want) {
			t.Errorf("%s: got %v, %v", ref, kinds, err)
		}
	}
	var wrong *ci.MalformedError
	for ref, docs := range map[string]map[string]string{"refs/heads/x": {"/x": "null"}, "refs/tags/x": {"/rulesets": "null"}} {
		if _, err := routes(t, docs).RefRules(t.Context(), ref); !errors.As(err, &wrong) {
			t.Errorf("%s: what is missing is not absent: %v", ref, err)
		}
	}
}

// TestMayBypass is known of the account of a token, and of nobody without one.
func TestMayBypass(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", token} {
		s, p, _ := bench(t, secret)
		for bypass, want := range map[string]string{"always": "true", "exempt": "true", "never": "false", "pull_requests_only": "false", "": "nil", "by-the-moon": "nil"} {
			s.Guard([]citest.Ruleset{{Name: "releases", Target: "branch", Match: "refs/heads/r", Types: []string{"deletion", "creation"}, Bypass: bypass}, {Name: "versions", Target: "tag", Match: "refs/tags/v", Types: []string{"creation"}, Bypass: bypass}}, nil)
			if secret == "" {
				want = "nil"
			}
			for ref, set := range map[string]string{"refs/heads/r": "releases", "refs/tags/v": "versions"} {
				got, err := p.RefRules(t.Context(), ref)
				if err != nil || len(got.Rules) == 0 {
					t.Fatalf("%s: %+v, %v", ref, got, err)
				}
				for _, r := range got.Rules {
					is := "nil"
					if r.MayBypass != nil {
						is = strconv.FormatBool(*r.MayBypass)
					}
					if is != want || (secret != "" || ref == "refs/tags/v") && r.Name != set {
						t.Errorf("token %q, %q: %s of %s: %s, want %s", secret, bypass, r.Forbids, r.Name, is, want)
					}
				}
			}
		}
		s.Guard([]citest.Ruleset{{Name: "a", Target: "branch", Match: "refs/heads/r", Types: []string{"deletion", "creation", "update"}}}, nil)
		before := s.Asked()
		if _, err := p.RefRules(t.Context(), "refs/heads/r"); err != nil || s.Asked()-before > 2 {
			t.Errorf("%d requests, %v", s.Asked()-before, err)
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	s.Guard(nil, []citest.Environment{
		{Name: "open"}, {Name: "staff", Reviewers: []string{"dana", "erin"}, Wait: 30 * time.Minute},
		{Name: "narrow", Policies: []string{"pypi-release", "tag:v*"}}, {Name: "protected", Protected: true},
	})
	for name, want := range map[string]ci.Gate{
		"open": {AnyRef: true}, "staff": {AnyRef: true, Reviewers: []string{"@dana", "@erin"}, Wait: 30 * time.Minute},
		"narrow":    {Policies: []ci.Policy{{Kind: "branch", Pattern: "pypi-release"}, {Kind: "tag", Pattern: "v*"}}},
		"protected": {Policies: []ci.Policy{{Kind: "protected"}}},
	} {
		got, err := p.Gate(t.Context(), name)
		want.Name, want.URL = name, got.URL
		if err != nil || !reflect.DeepEqual(got, want) || got.URL == "" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	var none *ci.NotFoundError
	if _, err := p.Gate(t.Context(), "absent"); !errors.As(err, &none) {
		t.Errorf("absent: %v", err)
	}
}

// TestWithoutToken: what needs a token is said, and nothing is asked for it.
func TestWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	asked := s.Asked()
	_, logErr := p.Log(t.Context(), ci.Job{ID: "1", State: ci.StatePassed}, 0)
	for what, err := range map[string]error{
		"log": logErr, "restart": p.Restart(t.Context(), ci.Build{ID: "1", State: ci.StateFailed}), "cancel": p.Cancel(t.Context(), ci.Build{ID: "1"}),
	} {
		var needs *ci.NeedsTokenError
		if !errors.As(err, &needs) || needs.Provider != "github" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s.Asked() != asked {
		t.Error("it was asked")
	}
}

// TestBudgetWithoutToken: 60 requests an hour, counted down and never exceeded.
func TestBudgetWithoutToken(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, "")
	if got := p.Budget(); got != (ci.Budget{}) {
		t.Errorf("before the first answer: %+v", got)
	}
	var limit *ci.RateLimitError
	for range 70 {
		if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil && !errors.As(err, &limit) {
			t.Fatal(err)
		}
	}
	if b := p.Budget(); limit == nil || s.Asked() != 60 || b.Limit != 60 || b.Left != 0 || time.Until(b.Reset) < 50*time.Minute || !limit.Until.Equal(b.Reset) {
		t.Errorf("%d requests, %+v, %v", s.Asked(), b, limit)
	}
	_, p, _ = bench(t, token)
	for range 70 { // with one, that nothing has changed costs nothing
		if _, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r"}); err != nil {
			t.Fatal(err)
		}
	}
	if b := p.Budget(); b.Limit != 5000 || b.Left != 4999 {
		t.Errorf("with a token: %+v", b)
	}
}

// TestSecondaryLimit is told by the words of GitHub's documentation alone.
func TestSecondaryLimit(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, `{"message":"You have exceeded a secondary rate limit","documentation_url":"https://docs.github.com/rest/overview/rate-limits#secondary-rate-limits"}`, http.StatusForbidden)
	}))
	defer web.Close()
	var limit *ci.RateLimitError
	if _, err := provider(t, web.URL, token).Inspect(t.Context()); !errors.As(err, &limit) || time.Until(limit.Until) < 25*time.Second || time.Until(limit.Until) > 31*time.Second {
		t.Errorf("got %v", err)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	want := []ci.Step{{Name: "Check out", State: ci.StatePassed, Started: at, Ended: at.Add(time.Second)}, {Name: "Publish", State: ci.StateFailed, Started: at.Add(time.Second), Ended: at.Add(time.Minute)}, {Name: "Clean", State: ci.StateRunning, Started: at.Add(time.Minute)}}
	s.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/heads/r", SHA: "a", State: ci.StateRunning, Attempt: 3, RestartedBy: "erin", Restarted: at, By: "dana",
		Jobs: []ci.Job{{Name: "publish", State: ci.StateRunning, Started: at, Steps: want}}}})
	got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Jobs[0].Steps, want) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if b := got[0]; b.Attempt != 3 || b.RestartedBy != "erin" || b.By != "dana" || !b.Restarted.Equal(at) {
		t.Errorf("the attempt: %+v", b)
	}
}

// TestTravisBuilds: only what names the ref is taken for one on it.
func TestTravisBuilds(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	add := func(ref string, state ci.State, event string) string {
		return s.AddBuild(citest.Build{Provider: "travis", Build: ci.Build{Ref: ref, SHA: "a", State: state, Event: event}})
	}
	add("refs/heads/main", ci.StatePassed, "push")
	id := add("refs/heads/pypi_release/x", ci.StateErrored, "push")
	s.AddBuild(citest.Build{Provider: "github", Build: ci.Build{Ref: "refs/heads/pypi_release/x", SHA: "a", State: ci.StatePassed}})
	got, err := p.TravisBuilds(t.Context(), ci.Query{Ref: "refs/heads/pypi_release/x", SHA: "a"})
	if err != nil || len(got) != 1 || got[0].ID != id || got[0].State != ci.StateErrored || got[0].Ref != "refs/heads/pypi_release/x" || !got[0].Final() || got[0].URL == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := p.TravisBuilds(t.Context(), ci.Query{Ref: "refs/heads/other", SHA: "a"}); err != nil || len(got) != 0 {
		t.Errorf("of another ref: %+v, %v", got, err)
	}
	if got, err := p.TravisBuilds(t.Context(), ci.Query{Ref: "refs/heads/absent"}); err != nil || len(got) != 0 {
		t.Errorf("of an absent ref: %+v, %v", got, err)
	}
	one := `{"total_count":2,"check_runs":[{"id":1,"name":"Travis CI - Branch","app":{"slug":"travis-ci"},"status":"in_progress","external_id":"7","head_sha":"a","output":{"text":%s}},` +
		`{"id":2,"name":"Travis CI - Pull Request","app":{"slug":"travis-ci"},"status":"queued"}]}`
	for text, ref := range map[string]string{`null`: "", `"A build for the r branch"`: "", `"This is a normal build for the r branch. You"`: "refs/heads/r"} {
		p := routes(t, map[string]string{"/check-runs": strings.Replace(one, "%s", text, 1)})
		got, err := p.TravisBuilds(t.Context(), ci.Query{Ref: "refs/heads/r", SHA: "a"})
		if err != nil || len(got) != 1 || got[0].Ref != ref || (ref == "") != (got[0].Note != "") || got[0].State != ci.StateRunning {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}

// TestRefusedActs: a 403 about the run is told from one about who asks.
func TestRefusedActs(t *testing.T) {
	t.Parallel()
	for text, about := range map[string]bool{
		"This workflow is already running": true, "Unable to retry this workflow run because it was created over a month ago": true,
		"Resource not accessible by personal access token": false, "Must have admin rights to Repository.": false,
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"message":"`+text+`"}`, http.StatusForbidden)
		}))
		err := provider(t, web.URL, token).Restart(t.Context(), ci.Build{ID: "1", State: ci.StateFailed})
		var conflict *ci.ConflictError
		var auth *ci.AuthError
		if errors.As(err, &conflict) != about || errors.As(err, &auth) == about || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
		web.Close()
	}
	_, p, _ := bench(t, token)
	var none *ci.NotFoundError
	if err := p.Restart(t.Context(), ci.Build{ID: "1", Event: "check"}); !errors.As(err, &none) {
		t.Errorf("what is no run: %v", err)
	}
}
