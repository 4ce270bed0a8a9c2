package pypitest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/pypi/pypitest"
)

// TestTwine lets the real tools build and upload a project.
func TestTwine(t *testing.T) {
	dir := t.TempDir()
	project(t, dir, "x = 1\n")
	needs(t, dir, "/usr/bin/python3", "-m", "build", "--no-isolation")
	x := start(t, pypitest.Options{})
	dist, err := filepath.Glob(filepath.Join(dir, "dist", "*"))
	if err != nil || len(dist) != 2 {
		t.Fatal(dist, err)
	}
	upload := append([]string{"/usr/bin/twine", "upload", "--non-interactive", "--disable-progress-bar", "--verbose",
		"--repository-url", x.url + "/legacy/", "-u", "__token__", "-p", account}, dist...)
	needs(t, dir, upload...)
	if out, err := run(t, dir, upload...); err != nil {
		t.Errorf("the same bytes again: %v\n%s", err, out)
	}
	for _, u := range x.Uploads() {
		if u.Status != 200 {
			t.Errorf("%+v", u)
		}
	}
	page, err := x.client().Simple(t.Context(), "ferry-demo")
	if err != nil || len(page.Of("1.0")) != 2 {
		t.Errorf("%+v %v", page, err)
	}
	project(t, dir, "x = 2\n")
	needs(t, dir, "/usr/bin/python3", "-m", "build", "--no-isolation")
	out, err := run(t, dir, upload...)
	if err == nil || !strings.Contains(out, "400 File already exists ('ferry_demo-1.0") {
		t.Errorf("other bytes: %v\n%s", err, out)
	}
	if n := len(x.Uploads()); n != 5 {
		t.Errorf("%d attempts", n)
	}
}

func project(t *testing.T, dir, module string) {
	t.Helper()
	for name, text := range map[string]string{
		"pyproject.toml": "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n" +
			"[project]\nname = 'ferry_demo'\nversion = '1.0'\ndescription = 'a demo'\n[tool.setuptools]\npy-modules = ['ferry_demo']\n",
		"ferry_demo.py": module,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// needs runs a command that must work where it is installed. Where it is not,
// the test is skipped, unless FERRY_REAL=require.
func needs(t *testing.T, dir string, command ...string) {
	t.Helper()
	if _, err := os.Stat(command[0]); err != nil && os.Getenv("FERRY_REAL") != "require" {
		t.Skip(command[0] + " is not here")
	}
	out, err := run(t, dir, command...)
	if err != nil && strings.Contains(out, "No module named build") && os.Getenv("FERRY_REAL") != "require" {
		t.Skip("python's build is not here")
	}
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
}

func run(t *testing.T, dir string, command ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=/usr/bin:/bin", "NO_COLOR=1", "PYTHONDONTWRITEBYTECODE=1"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
