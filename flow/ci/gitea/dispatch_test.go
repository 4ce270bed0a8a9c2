package gitea_test

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

const asked = "on:\n  workflow_dispatch:\n    inputs:\n      version: {required: true}\njobs:\n  publish:\n    runs-on: docker\n    steps:\n      - run: twine upload dist/*\n"

// TestDispatch: by servers that can, and the page for the others.
func TestDispatch(t *testing.T) {
	t.Parallel()
	head := strings.Repeat("a", 40)
	tree := fstest.MapFS{".gitea/workflows/release.yml": {Data: []byte(asked)}}
	want := ci.DispatchSpec{File: ".gitea/workflows/release.yml", Ref: "refs/heads/main", Inputs: map[string]string{"version": "1.4.0"}}
	for _, kind := range []citest.Gitea{citest.GiteaRuns, citest.ForgejoRuns, citest.GiteaTasks} {
		s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token), OnGitea: true, Checkout: func(string) (fs.FS, error) { return tree, nil }})
		t.Cleanup(s.Close)
		web := httptest.NewServer(s.Gitea(kind))
		t.Cleanup(web.Close)
		s.Push("refs/heads/main", "", head)
		p := provider(t, web.URL, token)
		err := p.Dispatch(t.Context(), want)
		var none *ci.UnsupportedError
		if kind == citest.GiteaTasks {
			if !errors.As(err, &none) || !strings.HasSuffix(none.Page, "/actions?workflow=release.yml") {
				t.Errorf("%s: %v", kind, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		got, err := p.Builds(t.Context(), ci.Query{Ref: want.Ref, SHA: head, ByHand: true})
		if err != nil || len(got) != 1 || !got[0].ByHand() || got[0].File != "release.yml" {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
		var not *ci.ConflictError
		if err := p.Dispatch(t.Context(), ci.DispatchSpec{File: want.File, Ref: want.Ref, Inputs: map[string]string{"x": "y"}}); kind == citest.ForgejoRuns && !errors.As(err, &not) {
			t.Errorf("%s: %v", kind, err)
		}
		if got := p.DispatchCommand(want); got[len(got)-2] != `{"ref":"main","inputs":{"version":"1.4.0"}}` {
			t.Error(got)
		}
	}
}
