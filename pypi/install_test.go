package pypi_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// needsVenv skips where Debian's python3 cannot make environments with pip.
func needsVenv(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", "/usr/bin:/bin")
	if err := exec.Command("/usr/bin/python3", "-c", "import venv, ensurepip").Run(); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatalf("python3-venv is not installed, and FERRY_REAL=require: %v", err)
		}
		t.Skipf("python3-venv is not installed: %v", err)
	}
}

// TestTryInstall: a release is installed from the index and imported, without
// what this process holds.
func TestTryInstall(t *testing.T) {
	needsVenv(t)
	t.Setenv("FERRY_TOKEN_PYPI", "pypi-CANARY")
	t.Setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple/")
	s := pypitest.New(pypitest.Options{})
	good := "import os, sys\nassert 'FERRY_TOKEN_PYPI' not in os.environ and sys.flags.isolated\n"
	wheel, data := pypitest.Wheel("foo", "1.0", day, map[string]string{"foo/__init__.py": good, "foo/bar.py": "", "_private.py": "", "baz.py": "raise ValueError('it is broken')\n"})
	s.Publish("foo", "1.0", day, pypitest.File{Name: wheel, Data: data})
	x, _ := serve(t, s)
	err := pypi.TryInstall(t.Context(), x, "foo", "1.0", []string{"foo", "baz"}, t.TempDir())
	var bad *pypi.InstallError
	if !errors.As(err, &bad) || bad.Reason != "import baz failed" || !strings.Contains(strings.Join(bad.Output, "\n"), "it is broken") {
		t.Fatalf("%v %+v", err, bad)
	}
	a, err := pypi.OpenArtifact(t.Context(), fetched(t, x, "foo", "1.0"))
	if err != nil || strings.Join(a.TopModules(), " ") != "baz foo" {
		t.Errorf("%v %v", a.TopModules(), err)
	}
}

func fetched(t *testing.T, x *pypi.Index, name, version string) string {
	t.Helper()
	p, err := x.Simple(t.Context(), name)
	if err != nil || len(p.Of(version)) == 0 {
		t.Fatal(p, err)
	}
	path, _, err := x.Fetch(t.Context(), p.Of(version)[0], t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTryInstallOfNothing: what is not on the index is not taken from elsewhere.
func TestTryInstallOfNothing(t *testing.T) {
	x, _ := serve(t, release(pypitest.Options{}))
	var bad *pypi.InstallError
	for _, args := range [][2]string{{"-r", "1.0"}, {"foo", "1.0 --pre"}, {"foo", ""}} {
		if err := pypi.TryInstall(t.Context(), x, args[0], args[1], nil, t.TempDir()); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "no release") {
			t.Errorf("%q: %v", args, err)
		}
	}
	t.Run("no python3", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if err := pypi.TryInstall(t.Context(), x, "foo", "1.0", nil, t.TempDir()); !errors.Is(err, pypi.ErrNoPython) {
			t.Error(err)
		}
	})
	needsVenv(t)
	err := pypi.TryInstall(t.Context(), x, "setuptools", "68.0", nil, t.TempDir())
	if !errors.As(err, &bad) || bad.Reason != "pip install setuptools==68.0 failed" || len(bad.Output) == 0 {
		t.Errorf("%v %+v", err, bad)
	}
}
