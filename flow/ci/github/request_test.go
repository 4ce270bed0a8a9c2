package github_test

import (
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

var pulled = ci.RequestSpec{Head: "set/up", Base: "main", Title: "ci: publish", Body: "A body."}

// TestPullRequestsAreDescribed: opening one, finding and closing it, with every kind
// of request and of answer.
func TestPullRequestsAreDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), true)
	p := provider(t, url, token)
	if _, err := p.Request(t.Context(), pulled); err == nil {
		t.Error("from a branch that is not there")
	}
	s.SetScript(citest.Script{NoPushes: true})
	s.Push("refs/heads/set/up", "", strings.Repeat("a", 40))
	made, err := p.Request(t.Context(), pulled)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.Request(t.Context(), pulled) // is there
	for _, state := range []ci.RequestState{ci.RequestOpen, ci.RequestMerged} {
		s.SettlePull(made.Number, state)
		if _, err := p.Requests(t.Context(), pulled.Head); err != nil {
			t.Error(err)
		}
		_ = p.CloseRequest(t.Context(), made)
	}
	_ = p.CloseRequest(t.Context(), ci.MergeRequest{Number: 99})
	s.Host(citest.Hosted{ReadOnly: true})
	_, _ = p.Request(t.Context(), pulled)
	for _, method := range []string{"POST", "PATCH", "GET"} {
		if !strings.Contains(strings.Join(j.seen, "\n"), method+" /repos/"+slug+"/pulls") {
			t.Errorf("no %s", method)
		}
	}
}

// TestARefusedPullRequestSaysWhy: GitHub's own message is the same for all.
func TestARefusedPullRequestSaysWhy(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.SetScript(citest.Script{NoPushes: true})
	for _, c := range []struct{ sha, base, want string }{
		{"", "main", "head invalid"}, {"a", "none", "base invalid"}, {"a", "old", "No commits between old and set/up"},
	} {
		s.Push("refs/heads/old", "", "a")
		if c.sha != "" {
			s.Push("refs/heads/set/up", "", c.sha)
		}
		want := pulled
		want.Base = c.base
		if _, err := p.Request(t.Context(), want); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
}

func TestPullRequestByHand(t *testing.T) {
	t.Parallel()
	for api, want := range map[string][2]string{
		"":                               {"https://github.com/dana/demo/compare/main...set%2Fup?expand=1", "dana/demo"},
		"https://git.example.org/api/v3": {"https://git.example.org/dana/demo/compare/main...set%2Fup?expand=1", "git.example.org/dana/demo"},
	} {
		p := provider(t, api, "")
		if got := p.RequestURL(pulled); got != want[0] {
			t.Error(got)
		}
		got := strings.Join(p.RequestCommand(pulled), "|")
		if got != "gh|pr|create|--repo|"+want[1]+"|--head|set/up|--base|main|--title|ci: publish|--body|A body." {
			t.Error(got)
		}
		if p.NoRequest() == "" || provider(t, api, token).NoRequest() != "" {
			t.Error("a token is what it takes")
		}
	}
}
