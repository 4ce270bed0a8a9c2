package steps_test

import (
	"net/http"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitea"
	"ferry/flow/ci/gitlab"
	"ferry/flow/steps"
	"ferry/keyring"
)

const tagPipeline = `publish:
  script:
    - twine upload dist/*
  rules:
    - if: $CI_COMMIT_TAG
`

// secretly has a workflow publish by a token: nobody trusts one of a Gitea.
func secretly(files map[string]string) string {
	const action = "uses: pypa/gh-action-pypi-publish@release/v1\n"
	return strings.Replace(files[".github/workflows/publish.yml"], action, action+"        with: {password: '${{ secrets.PYPI }}'}\n", 1)
}

// releasing is a CI that is the git host as well.
type releasing interface {
	ci.Provider
	ci.Host
	ci.Releaser
}

// TestByReleaseElsewhere: on GitLab the tag that the release makes starts the pipeline,
// on Gitea the release starts the workflow; each is published once and adopted once.
func TestByReleaseElsewhere(t *testing.T) {
	t.Parallel()
	secret := options{token: true}.secret()
	for name, c := range map[string]struct {
		like  options
		open  func(*bench, keyring.Secret) (releasing, error)
		event string
	}{
		"gitlab": {options{byTag: true, token: true, files: map[string]string{".gitlab-ci.yml": tagPipeline}}, func(b *bench, s keyring.Secret) (releasing, error) {
			return gitlab.New(gitlab.Options{URL: "http://ci.test", Slug: slug, Token: s, UserAgent: "ferry", HTTP: &http.Client{Transport: wire{b.ci.GitLab()}}})
		}, "push"},
		"gitea": {options{byTag: true, token: true, gitea: true, files: map[string]string{".gitea/workflows/publish.yml": secretly(startedOn(onPublished))}}, func(b *bench, s keyring.Secret) (releasing, error) {
			return gitea.New(gitea.Options{URL: "http://ci.test/api/v1", Slug: slug, Token: s, UserAgent: "ferry", HTTP: &http.Client{Transport: wire{b.ci.Gitea(citest.GiteaRuns)}}})
		}, "release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			p, err := c.open(b, secret)
			must(t, err)
			b.world.CI, b.world.Host, b.intent.Trigger = []ci.Provider{p}, p, "release"
			b.ci.Push("refs/heads/main", "", b.ours)
			b.target, err = b.world.Aim(t.Context(), b.intent, b.ours)
			must(t, err)
			if b.target.By != steps.ByRelease || len(b.target.Outlook.Deploys) != 1 || steps.Foreseen(b.target.Outlook) != nil {
				t.Errorf("%+v", b.target.Outlook)
			}
			if f := b.observe(flow.PublishRelease); f.Status != flow.Todo {
				t.Fatalf("%s: %s", f.Status, told(f))
			}
			must(t, b.step(flow.PublishRelease).Run(flow.WithReading(t.Context()), func(string) {}))
			if f := b.observe(flow.PublishRelease); f.Status != flow.Done {
				t.Errorf("%s: %s", f.Status, told(f))
			}
			if at := b.git.Peel(slug, b.git.Refs(slug)[tagRef]); at != b.ours {
				t.Errorf("the tag is at %q", at)
			}
			builds, err := p.Builds(t.Context(), ci.Query{Ref: tagRef, SHA: b.ours})
			must(t, err)
			if len(builds) != 1 || builds[0].Event != c.event {
				t.Errorf("%+v", builds)
			}
			if f := b.observe(flow.AwaitCI); f.Status != flow.Underway || len(f.Proof) != 1 {
				t.Errorf("%s: %s, %+v", f.Status, f.Text, f.Proof)
			}
		})
	}
}
