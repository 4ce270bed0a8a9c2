package gitea_test

import (
	"fmt"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

var pulled = ci.RequestSpec{Head: "set/up", Base: "main", Title: "ci: publish", Body: "A body."}

func TestPullRequestByHand(t *testing.T) {
	t.Parallel()
	p := provider(t, "https://codeberg.example", "")
	if got := p.RequestURL(pulled); got != "https://codeberg.example/dana/demo/compare/main...set%2Fup" {
		t.Error(got)
	}
	got := strings.Join(p.RequestCommand(pulled), "|")
	if got != "tea|pulls|create|--repo|dana/demo|--head|set/up|--base|main|--title|ci: publish|--description|A body." {
		t.Error(got)
	}
	if p.NoRequest() == "" || provider(t, "https://codeberg.example", token).NoRequest() != "" {
		t.Error("a token is what it takes")
	}
}

// TestPullRequestsArePaged: the server filters by no branch and gives fifty at most.
func TestPullRequestsArePaged(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, citest.GiteaRuns, token)
	s.AddPull(citest.Pull{Head: pulled.Head, Base: "main", Title: "ours"})
	for i := range 120 {
		s.AddPull(citest.Pull{Head: fmt.Sprintf("other-%d", i), Base: "main", Title: "other"})
	}
	got, err := p.Requests(t.Context(), pulled.Head)
	if err != nil || len(got) != 1 || got[0].Number != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
