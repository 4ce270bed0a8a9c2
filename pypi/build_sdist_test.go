package pypi

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var committed = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// builderFor works with Debian's python3 and the backends that it has.
func builderFor(t *testing.T) Builder {
	t.Helper()
	debian(t)
	return Builder{Dir: t.TempDir(), Python: debianPython, Installed: true, Time: committed}
}

// TestRebuild: the same tree gives the same contents twice, and another tree does
// not. The version comes from outside where a tag would say it, and nothing of our
// environment is seen.
func TestRebuild(t *testing.T) {
	t.Setenv("FERRY_TOKEN_PYPI", "pypi-CANARY")
	t.Setenv("SETUPTOOLS_SCM_PRETEND_VERSION", "9")
	t.Setenv("PYTHONPATH", "/nowhere")
	project := func(text string) map[string]string {
		return map[string]string{
			"setup.py": "import os\nfrom setuptools import setup\nassert not {'FERRY_TOKEN_PYPI', 'PYTHONPATH'} & set(os.environ)\n" +
				"assert os.environ['SOURCE_DATE_EPOCH'] == '1788264000'\nassert os.environ['HOME'].endswith('home')\nsetup(name='foo', py_modules=['foo'], version=os.environ['SETUPTOOLS_SCM_PRETEND_VERSION'])\n",
			"foo.py":   text,
			"build.py": "raise SystemExit('the tree was imported')\n",
		}
	}
	var made []*Artifact
	for _, text := range []string{"x = 1\n", "x = 1\n", "x = 2\n"} {
		b := builderFor(t)
		b.Version = "1.0"
		path, err := b.Sdist(t.Context(), memory(project(text)))
		if err != nil {
			t.Fatalf("%v %+v", err, err)
		}
		a, err := OpenArtifact(t.Context(), path)
		if err != nil || a.Version != "1.0" {
			t.Fatal(a, err)
		}
		made = append(made, a)
	}
	if d, err := CompareArchives(t.Context(), made[0], made[1]); err != nil || !d.SameContents {
		t.Errorf("the same: %+v %v", d, err)
	}
	if d, err := CompareArchives(t.Context(), made[0], made[2]); err != nil || strings.Join(d.Differ, " ") != "foo.py" {
		t.Errorf("another: %+v %v", d, err)
	}
}

func TestRebuildThatFails(t *testing.T) {
	var b *BuildError
	tree := memory(map[string]string{"setup.py": "raise SystemExit('no such luck')\n"})
	_, err := builderFor(t).Sdist(t.Context(), tree)
	if !errors.As(err, &b) || b.Reason != "failed" || !strings.Contains(strings.Join(b.Output, "\n"), "no such luck") {
		t.Errorf("%v %+v", err, b)
	}
	slow := builderFor(t)
	slow.Limit = 2 * time.Second
	_, err = slow.Sdist(t.Context(), memory(map[string]string{"setup.py": "import time\ntime.sleep(600)\n"}))
	if !errors.As(err, &b) || b.Reason != "took longer than 2s" {
		t.Errorf("%v", err)
	}
	none := Builder{Dir: t.TempDir(), Python: "/nowhere/python3"}
	if _, err = none.Sdist(t.Context(), tree); !errors.As(err, &b) {
		t.Errorf("%v", err)
	}
}

// TestRebuildWithoutTheTool: python3 and its module build are named when missing.
func TestRebuildWithoutTheTool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := (Builder{Dir: t.TempDir()}).Sdist(t.Context(), memory(nil)); !errors.Is(err, ErrNoPython) {
		t.Errorf("no python3: %v", err)
	}
	script := filepath.Join(dir, "python3")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$0: No module named build\" >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no shell here")
	}
	if _, err := (Builder{Dir: t.TempDir()}).Sdist(t.Context(), memory(nil)); !errors.Is(err, ErrNoPython) {
		t.Errorf("no build: %v", err)
	}
}
