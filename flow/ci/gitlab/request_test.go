package gitlab_test

import (
	"strings"
	"testing"

	"ferry/flow/ci"
)

func TestMergeRequestByHand(t *testing.T) {
	t.Parallel()
	p, want := provider(t, "", ""), ci.RequestSpec{Head: "set/up", Base: "main", Title: "ci: publish", Body: "A body."}
	if got := p.RequestURL(want); got != "https://gitlab.com/dana/demo/-/merge_requests/new?merge_request%5Bsource_branch%5D=set%2Fup&merge_request%5Btarget_branch%5D=main" {
		t.Error(got)
	}
	got := strings.Join(p.RequestCommand(want), "|")
	if got != "glab|mr|create|--repo|https://gitlab.com/dana/demo|--source-branch|set/up|--target-branch|main|--title|ci: publish|--description|A body.|--yes" {
		t.Error(got)
	}
	if p.NoRequest() == "" || provider(t, "", token).NoRequest() != "" {
		t.Error("a token is what it takes")
	}
}
