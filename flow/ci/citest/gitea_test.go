package citest_test

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitea"
	"ferry/keyring"
)

// onGitea is a world whose git host is a Gitea.
func onGitea(t *testing.T, kind citest.Gitea, script string, files fstest.MapFS) *world {
	t.Helper()
	s, err := citest.ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	x, token := &index{t: t}, keyring.NewSecret("gitea-token")
	up := httptest.NewServer(x)
	t.Cleanup(up.Close)
	w := &world{T: t, index: x}
	w.ci = citest.New(citest.Options{
		Slug: slug, Checkout: func(string) (fs.FS, error) { return files, nil }, UploadURL: up.URL, OnGitea: true,
		UploadToken: keyring.NewSecret(upload), Script: s, Log: t.Logf, Token: token,
	})
	t.Cleanup(w.ci.Close)
	web := httptest.NewServer(w.ci.Gitea(kind))
	t.Cleanup(web.Close)
	w.subject, err = gitea.New(gitea.Options{URL: web.URL + "/api/v1", Slug: slug, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestGiteaPush: a push starts the workflows of the folder that counts, and what
// they publish arrives.
func TestGiteaPush(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{".github", ".gitea", ".forgejo"} {
		files := tree(dir+"/workflows/release.yml", workflowYML)
		w := onGitea(t, citest.GiteaRuns, "job a 5ms", files)
		w.ci.Push(branch, zero, sha)
		if b := w.final(); b.State != ci.StatePassed || b.Event != "push" || b.Name != "release.yml" || len(w.index.got()) != 2 {
			t.Errorf("%s: %+v, uploaded %q", dir, b, w.index.got())
		}
	}
	files := tree(".gitea/workflows/test.yml", "on: {push: {branches: [main]}}\njobs: {x: {steps: []}}\n")
	files[".github/workflows/release.yml"] = &fstest.MapFile{Data: []byte(workflowYML)}
	w := onGitea(t, citest.GiteaRuns, "job a 5ms", files)
	w.ci.Push(branch, zero, sha)
	if got := w.builds(); len(got) != 0 {
		t.Errorf("a folder that does not count: %+v", got)
	}
}

// TestGiteaRerun: the failed job of a run is tried again under the same number.
func TestGiteaRerun(t *testing.T) {
	t.Parallel()
	w := onGitea(t, citest.GiteaRuns, "job a 5ms\ndeploy fail=sdist\nattempt 2:\njob a 5ms", tree(".gitea/workflows/release.yml", workflowYML))
	w.ci.Push(branch, zero, sha)
	first := w.final()
	if first.State != ci.StateFailed || first.Attempt != 1 {
		t.Fatalf("%+v", first)
	}
	if err := w.subject.(ci.Restarter).Restart(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if b := w.final(); b.State != ci.StatePassed || b.ID != first.ID || b.Attempt != 2 || len(w.index.got()) != 3 {
		t.Errorf("%+v, uploaded %q", b, w.index.got())
	}
}

// TestGiteaCancel: what was cancelled does not go on.
func TestGiteaCancel(t *testing.T) {
	t.Parallel()
	for _, kind := range []citest.Gitea{citest.GiteaRuns, citest.ForgejoRuns} {
		w := onGitea(t, kind, "job a 1h", tree(".gitea/workflows/release.yml", workflowYML))
		w.ci.Push(branch, zero, sha)
		b := w.until("running", func(b ci.Build) bool { return b.State == ci.StateRunning })
		if err := w.subject.(ci.Canceller).Cancel(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if b := w.final(); b.State != ci.StateCancelled || len(w.index.got()) != 0 {
			t.Errorf("%s: %+v, uploaded %q", kind, b, w.index.got())
		}
	}
}

// TestGiteaIsStrict: older servers do not find what newer ones have, nobody acts or
// sees rules without a token, and no page is longer than fifty.
func TestGiteaIsStrict(t *testing.T) {
	t.Parallel()
	const repo = "/api/v1/repos/" + slug
	for _, c := range []struct {
		kind               citest.Gitea
		method, path, auth string
		status             int
	}{
		{citest.GiteaRuns, "GET", repo, "token gitea-token", 200},
		{citest.GiteaRuns, "GET", repo, "Bearer gitea-token", 200},
		{citest.GiteaRuns, "GET", repo, "token wrong", 401},
		{citest.GiteaRuns, "GET", repo, "", 404},
		{citest.GiteaRuns, "GET", "/api/v1/repos/dana/other", "token gitea-token", 404},
		{citest.GiteaRuns, "POST", repo + "/actions/runs/1/rerun", "", 401},
		{citest.GiteaRuns, "GET", repo + "/branch_protections", "", 401},
		{citest.GiteaRuns, "GET", repo + "/actions/runs/1/rerun", "token gitea-token", 404},
		{citest.ForgejoRuns, "GET", repo + "/actions/runs", "token gitea-token", 200},
		{citest.ForgejoRuns, "POST", repo + "/actions/runs/1/rerun", "token gitea-token", 404},
		{citest.GiteaTasks, "GET", repo + "/actions/runs", "token gitea-token", 404},
		{citest.GiteaTasks, "GET", repo + "/actions/tasks", "token gitea-token", 200},
		{citest.GiteaNothing, "GET", repo + "/actions/tasks", "token gitea-token", 404},
		{citest.GiteaNothing, "GET", repo + "/commits/" + sha + "/status", "token gitea-token", 200},
	} {
		s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret("gitea-token")})
		req := httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil)
		if c.auth != "" {
			req.Header.Set("Authorization", c.auth)
		}
		w := httptest.NewRecorder()
		s.Gitea(c.kind).ServeHTTP(w, req)
		if w.Code != c.status {
			t.Errorf("%+v: got %d", c, w.Code)
		}
		s.Close()
	}
	s := citest.New(citest.Options{Slug: slug})
	defer s.Close()
	for range 60 {
		s.AddBuild(citest.Build{Provider: "gitea", Build: ci.Build{Ref: branch, SHA: sha, State: ci.StatePassed}})
	}
	w := httptest.NewRecorder()
	s.Gitea(citest.GiteaRuns).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", repo+"/actions/runs?limit=100", nil))
	var doc struct {
		Runs  []any `json:"workflow_runs"`
		Total int   `json:"total_count"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || len(doc.Runs) != 50 || doc.Total != 60 {
		t.Errorf("%d of %d, %v", len(doc.Runs), doc.Total, err)
	}
}
