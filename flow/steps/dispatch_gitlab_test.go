package steps_test

import (
	"net/http"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/gitlab"
	"ferry/flow/steps"
)

const pipelineFile = `publish:
  script:
    - twine upload dist/*
  rules:
    - if: $CI_PIPELINE_SOURCE == "api"
`

// TestStartAPipeline: of GitLab it is a pipeline by the API that publishes, and the
// pipelines of pushes are none of it.
func TestStartAPipeline(t *testing.T) {
	t.Parallel()
	b := newBench(t, options{byTag: true, token: true, files: map[string]string{".gitlab-ci.yml": pipelineFile}})
	p, err := gitlab.New(gitlab.Options{URL: "http://ci.test", Slug: slug, Token: options{token: true}.secret(), UserAgent: "ferry", HTTP: &http.Client{Transport: wire{b.ci.GitLab()}}})
	must(t, err)
	b.world.CI = []ci.Provider{p}
	b.ci.Push("refs/heads/main", "", b.ours)
	b.target, err = b.world.Aim(t.Context(), b.intent, b.ours)
	must(t, err)
	if b.target.By != steps.ByDispatch || b.target.Workflow() != ".gitlab-ci.yml" || b.target.Start.Unfit != nil {
		t.Fatalf("%+v", b.target.Start)
	}
	if f := b.observe(flow.CheckCI); f.Status != flow.Done {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	claimedHere(b)
	s := b.dispatch()
	if f := sees(b, s); f.Status != flow.Todo {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	if f := sees(b, s); f.Status != flow.Done || b.startedRuns() != 1 {
		t.Errorf("%s: %s, %d", f.Status, f.Text, b.startedRuns())
	}
	if f := b.observe(flow.AwaitCI); f.Status != flow.Underway || len(f.Proof) != 1 {
		t.Errorf("%s: %s, %+v", f.Status, f.Text, f.Proof)
	}
}
