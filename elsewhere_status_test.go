package main

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/gitops/gittest"
)

// TestStatusElsewhere: the program itself reads the build of the commit from a
// Gitea and from a QuickBuild that the environment names.
func TestStatusElsewhere(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	const slug, ref = "acme/core", "refs/heads/pypi-release"
	day := time.Now().Add(-time.Hour)
	git := gittest.New(gittest.Options{})
	sha := git.Repo(slug, map[string]string{
		"pyproject.toml":               "[project]\nname = \"acme-core\"\nversion = \"1.4.0\"\n[build-system]\nrequires = [\"flit_core\"]\nbuild-backend = \"flit_core.buildapi\"\n",
		".gitea/workflows/release.yml": "on: {push: {branches: [pypi-release]}}\n", "acme_core.py": "'x'\n",
	}, gittest.At(day))
	fake := citest.New(citest.Options{Slug: slug, Checkout: func(sha string) (fs.FS, error) { return git.Tree(slug, sha) }})
	defer fake.Close()
	for provider, state := range map[string]ci.State{"gitea": ci.StateRunning, "quickbuild": ci.StateFailed} {
		fake.AddBuild(citest.Build{Provider: provider, Build: ci.Build{Ref: ref, SHA: sha, State: state, Created: day, Started: day, Ended: day.Add(time.Minute), Jobs: []ci.Job{{Name: "publish", State: state, Started: day}}}})
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", fake.Gitea(citest.GiteaRuns))
	mux.Handle("/rest/", fake.QuickBuild())
	mux.Handle("/", git)
	web := httptest.NewServer(mux)
	defer web.Close()
	dir := filepath.Join(t.TempDir(), "clone")
	if err := gittest.Checkout(dir, web.URL+"/"+slug+".git", "main"); err != nil {
		t.Fatal(err)
	}
	for want, env := range map[string][]string{
		"of " + sha[:7] + " running": {"FERRY_CI_PROVIDER=gitea", "FERRY_CI_URL=" + web.URL + "/api/v1"},
		"of " + sha[:7] + " failed":  {"FERRY_CI_PROVIDER=quickbuild", "FERRY_CI_URL=" + web.URL, "FERRY_CI_CONFIGURATION=" + citest.QuickBuildConfiguration},
		"ci.url names it":            {"FERRY_CI_PROVIDER=quickbuild"},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "ferry"), "status", "--by", "branch", "--plain")
		cmd.Dir = dir
		cmd.Env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "FERRY_INDEX_PYPI_SIMPLE=" + web.URL + "/simple/", "FERRY_INDEX_PYPI_JSON=" + web.URL + "/json/"}, env...)
		out, _ := cmd.CombinedOutput() // what it says counts here, not its exit code
		if !strings.Contains(string(out), want) {
			t.Errorf("%q: no %q in\n%s", env, want, out)
		}
	}
}
