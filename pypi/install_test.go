package pypi_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	got, err := pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", data), []string{"foo", "baz"}, t.TempDir())
	var bad *pypi.InstallError
	if err != nil || got.Install != nil || strings.Join(got.Imported, " ") != "foo" || !errors.As(got.Import, &bad) || bad.Reason != "import baz failed" || !strings.Contains(strings.Join(bad.Output, "\n"), "it is broken") {
		t.Fatalf("%v %+v %+v", err, got, bad)
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

// pinned is a release of which these bytes may be installed.
func pinned(name, version string, files ...[]byte) pypi.Pinned {
	p := pypi.Pinned{Name: name, Version: version}
	for _, data := range files {
		p.SHA256 = append(p.SHA256, fmt.Sprintf("%x", sha256.Sum256(data)))
	}
	return p
}

// TestTryInstallOtherBytes: what the index serves at that moment is installed only
// if it is what was proved, whatever the page says of it.
func TestTryInstallOtherBytes(t *testing.T) {
	needsVenv(t)
	ran := filepath.Join(t.TempDir(), "ran")
	wheel, proved := pypitest.Wheel("foo", "1.0", day, map[string]string{"foo.py": "x = 1\n"})
	_, served := pypitest.Wheel("foo", "1.0", day, map[string]string{"foo.py": fmt.Sprintf("open(%q, 'w')\n", ran)})
	s := pypitest.New(pypitest.Options{})
	s.Publish("foo", "1.0", day, pypitest.File{Name: wheel, Data: served})
	x, _ := serve(t, s)
	got, err := pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", proved), []string{"foo"}, t.TempDir())
	var bad *pypi.InstallError
	if err != nil || !errors.As(got.Install, &bad) || bad.Reason != "pip install foo==1.0 failed" || !strings.Contains(strings.Join(bad.Output, "\n"), "HASH") || len(got.Imported) > 0 {
		t.Errorf("%v %+v %+v", err, got, bad)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the other bytes were run")
	}
}

// TestTryInstallDependencies: they come from the same index, without a hash.
func TestTryInstallDependencies(t *testing.T) {
	needsVenv(t)
	s := pypitest.New(pypitest.Options{})
	name, data := requiring(t, "foo", "bar>=1")
	s.Publish("foo", "1.0", day, pypitest.File{Name: name, Data: data})
	x, _ := serve(t, s)
	got, err := pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", data), nil, t.TempDir())
	var bad *pypi.InstallError
	if err != nil || !errors.As(got.Install, &bad) || !strings.Contains(bad.Reason, "depends on") || !strings.Contains(strings.Join(bad.Output, "\n"), "bar>=1") {
		t.Fatalf("%v %+v %+v", err, got, bad)
	}
	other, bar := pypitest.Wheel("bar", "1.0", day, map[string]string{"bar.py": "y = 2\n"})
	s.Publish("bar", "1.0", day, pypitest.File{Name: other, Data: bar})
	got, err = pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", data), []string{"foo"}, t.TempDir())
	if err != nil || got.Install != nil || got.Import != nil || len(got.Imported) != 1 {
		t.Errorf("%v %+v", err, got)
	}
}

// requiring is a wheel whose module imports what it depends on.
func requiring(t *testing.T, name, requirement string) (string, []byte) {
	t.Helper()
	file, data := pypitest.Wheel(name, "1.0", day, map[string]string{name + ".py": "import bar\n"})
	from, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		text, err := fs.ReadFile(from, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		switch filepath.Base(f.Name) {
		case "METADATA":
			head, body, _ := strings.Cut(string(text), "\n\n")
			text = []byte(strings.TrimRight(head, "\n") + "\nRequires-Dist: " + requirement + "\n\n" + body)
		case "RECORD":
			text = regexp.MustCompile(`(?m)^([^,]+),.*$`).ReplaceAll(text, []byte("$1,,"))
		}
		w, err := to.Create(f.Name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return file, out.Bytes()
}

// TestTryInstallOfNothing: what is not on the index is not taken from elsewhere.
func TestTryInstallOfNothing(t *testing.T) {
	x, _ := serve(t, release(pypitest.Options{}))
	var bad *pypi.InstallError
	for _, p := range []pypi.Pinned{pinned("-r", "1.0", nil), pinned("foo", "1.0 --pre", nil), pinned("foo", "", nil)} {
		if got, err := pypi.TryInstall(t.Context(), x, p, nil, t.TempDir()); err != nil || !errors.As(got.Install, &bad) || !strings.Contains(bad.Reason, "no release") {
			t.Errorf("%q: %v %+v", p, err, got)
		}
	}
	for _, p := range []pypi.Pinned{pinned("foo", "1.0"), {Name: "foo", Version: "1.0", SHA256: []string{"abc\n-r x"}}} {
		if got, err := pypi.TryInstall(t.Context(), x, p, nil, t.TempDir()); err != nil || !errors.As(got.Install, &bad) || !strings.Contains(bad.Reason, "sha256") {
			t.Errorf("%q: %v %+v", p, err, got)
		}
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed")
	}
	if got, err := pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", nil), nil, filepath.Join(t.TempDir(), "nowhere")); err != nil || !errors.As(got.Install, &bad) || !errors.Is(bad, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v %+v", err, got)
	}
	t.Run("no python3", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if got, err := pypi.TryInstall(t.Context(), x, pinned("foo", "1.0", nil), nil, t.TempDir()); err != nil || !errors.Is(got.Install, pypi.ErrNoPython) {
			t.Error(got, err)
		}
	})
	needsVenv(t)
	got, err := pypi.TryInstall(t.Context(), x, pinned("setuptools", "68.0", nil), nil, t.TempDir())
	if err != nil || !errors.As(got.Install, &bad) || bad.Reason != "pip install setuptools==68.0 failed" || len(bad.Output) == 0 {
		t.Errorf("%v %+v", err, got)
	}
}
