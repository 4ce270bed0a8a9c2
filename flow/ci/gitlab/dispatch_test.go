package gitlab_test

import (
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

// TestDispatch: a pipeline by the API, which is not the push's.
func TestDispatch(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{".gitlab-ci.yml": {Data: []byte("publish:\n  script: [\"twine upload dist/*\"]\n")}}
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token), Checkout: func(string) (fs.FS, error) { return tree, nil }})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.GitLab())
	t.Cleanup(web.Close)
	s.Push("refs/heads/main", "", sha)
	p := provider(t, web.URL, token)
	want := ci.DispatchSpec{File: ".gitlab-ci.yml", Ref: "refs/heads/main"}
	if err := p.Dispatch(t.Context(), ci.DispatchSpec{File: want.File, Ref: want.Ref, Inputs: map[string]string{"version": "1"}}); err == nil {
		t.Error("with an input")
	}
	if err := p.Dispatch(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := p.Builds(t.Context(), ci.Query{Ref: want.Ref, SHA: sha, ByHand: true})
	if err != nil || len(got) != 2 || !got[0].ByHand() || got[1].ByHand() {
		t.Errorf("%+v, %v", got, err)
	}
	if got := strings.Join(p.DispatchCommand(want), " "); !strings.HasPrefix(got, "glab ci run --repo ") || !strings.HasSuffix(got, "/dana/demo --branch main") {
		t.Error(got)
	}
	if got := p.DispatchURL(want); !strings.HasSuffix(got, "/dana/demo/-/pipelines/new?ref=main") {
		t.Error(got)
	}
}
