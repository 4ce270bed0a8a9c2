package pypi_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestPendingPublisher: where it is entered, and what.
func TestPendingPublisher(t *testing.T) {
	p := pypi.PendingPublisher{Provider: pypi.ProviderGitHub, Project: "Foo.Bar", Owner: "acme", Repository: "foo", Workflow: "publish.yml"}
	var labels []string
	for _, e := range p.Entries() {
		labels = append(labels, e.Label+"="+e.Value)
	}
	if want := []string{"PyPI Project Name=Foo.Bar", "Owner=acme", "Repository name=foo", "Workflow name=publish.yml", "Environment name="}; !slices.Equal(labels, want) {
		t.Errorf("%q", labels)
	}
	if m := p.Missing(); m != nil {
		t.Errorf("%q", m)
	}
	if m := (pypi.PendingPublisher{Provider: pypi.ProviderGitLab, Project: "x"}).Missing(); !slices.Equal(m, []string{"Namespace", "Project name", "Top-level pipeline file path"}) {
		t.Errorf("%q", m)
	}
	for _, c := range []struct{ name, upload, page, existing string }{
		{"pypi", "https://upload.pypi.org/legacy/", "https://pypi.org/manage/account/publishing/",
			"https://pypi.org/manage/project/foo-bar/settings/publishing/?environment=&owner=acme&provider=github&repository=foo&workflow_filename=publish.yml"},
		{"testpypi", "https://test.pypi.org/legacy/", "https://test.pypi.org/manage/account/publishing/", "https://test.pypi.org/manage/project/foo-bar/settings/publishing/?"},
		{"corp", "https://index.corp.example/up/", "", ""}, {"corp", "https://evilpypi.org/up/", "", ""},
	} {
		x := pypi.NewIndex(pypi.Config{Name: c.name, Upload: c.upload})
		if x.PendingPage() != c.page || !strings.HasPrefix(x.PublisherPage(p), c.existing) || (c.existing == "") != (x.PublisherPage(p) == "") {
			t.Errorf("%s: %q %q", c.name, x.PendingPage(), x.PublisherPage(p))
		}
	}
}

// TestPlaceholder: an sdist without code, and one with some.
func TestPlaceholder(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	for name, c := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"nothing":    {nil, true},
		"papers":     {map[string]string{"README.md": "soon", "LICENSE": "MIT", "setup.py": "x", "pyproject.toml": "x", "foo.egg-info/PKG-INFO": "x"}, true},
		"a module":   {map[string]string{"README.md": "now", "foo.py": "x"}, false},
		"a package":  {map[string]string{"src/foo/__init__.py": ""}, false},
		"data alone": {map[string]string{"data/words.txt": "x"}, false},
	} {
		a := d.open(sdistOf("foo", "1.0", headers("foo", "1.0"), c.files))
		if a.Placeholder() != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// TestCheckRendering: what twine says, and what it cannot say.
func TestCheckRendering(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	rst := func(version, text string) *pypi.Artifact {
		return d.open(sdistOf("foo", version, "Metadata-Version: 2.1\nName: foo\nVersion: "+version+"\nSummary: x\n\n"+text, map[string]string{"a.py": "x"}))
	}
	good, broken := rst("1.0", "Title\n=====\n\ntext\n"), rst("1.1", "Title that is long\n=====\n\ntext\n")
	if !good.Markup() || d.open(sdistOf("foo", "1.2", headers("foo", "1.2", "Description-Content-Type: text/markdown"), nil)).Markup() {
		t.Error("which descriptions can fail")
	}
	t.Run("missing", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if err := pypi.CheckRendering(t.Context(), good); !errors.Is(err, pypi.ErrNoTwine) {
			t.Error(err)
		}
	})
	t.Run("fake", func(t *testing.T) {
		if _, err := exec.LookPath("sh"); err != nil {
			t.Skip("no sh")
		}
		bin := t.TempDir()
		fake := func(script string) {
			if err := os.WriteFile(filepath.Join(bin, "twine"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		t.Setenv("TWINE_PASSWORD", "pypi-secret")
		fake(`test -z "$TWINE_PASSWORD"`)
		if err := pypi.CheckRendering(t.Context(), good); err != nil {
			t.Error(err)
		}
		fake("echo Traceback; exit 1")
		var no *pypi.RenderError
		if err := pypi.CheckRendering(t.Context(), good); err == nil || errors.As(err, &no) {
			t.Errorf("a twine that broke: %v", err)
		}
		fake("exec sleep 600")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := pypi.CheckRendering(ctx, good); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("real", func(t *testing.T) {
		realProgram(t, d.dir, "/usr/bin/twine", "--version")
		t.Setenv("PATH", "/usr/bin:/bin")
		if err := pypi.CheckRendering(t.Context(), good); err != nil {
			t.Error(err)
		}
		var no *pypi.RenderError
		if err := pypi.CheckRendering(t.Context(), broken); !errors.As(err, &no) || !strings.Contains(no.Text, "underline too short") {
			t.Errorf("%v %+v", err, no)
		}
	})
}

// TestAttempted: what the index said of an upload is kept; what it plainly
// refused was no upload.
func TestAttempted(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, nil))
	if _, ok := d.index.Attempted(a); ok {
		t.Error("nothing was sent")
	}
	if err := d.send(a, "pypi-other"); err == nil {
		t.Error("taken")
	}
	if _, ok := d.index.Attempted(a); ok {
		t.Error("it was refused")
	}
	d.Fault(pypitest.Fault{Path: "/legacy/", Status: 502})
	if err := d.send(a, accountToken); !pypi.Uncertain(err) {
		t.Error(err)
	}
	if got, ok := d.index.Attempted(a); !ok || got.Taken || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
	if err := d.send(a, accountToken); err != nil {
		t.Error(err)
	}
	if got, ok := d.index.Attempted(a); !ok || !got.Taken {
		t.Errorf("%+v", got)
	}
}
