package pypi

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// debian runs builds with Debian's python3 and the backends that it has.
func debian(t *testing.T) BuildOptions {
	t.Helper()
	if exec.Command(debianPython, "-c", "import build, setuptools").Run() != nil {
		missing(t, debianPython+" with build and setuptools")
	}
	return BuildOptions{Python: debianPython, Installed: true}
}

func TestBuildMetadata(t *testing.T) {
	o := debian(t)
	t.Setenv("TWINE_PASSWORD", "pypi-CANARY")
	t.Setenv("HOME", "/home/ada")
	tree := files("setup.py", `
import os
from setuptools import setup
assert not [k for k in os.environ if "TWINE" in k], "a secret is there"
assert not os.environ["HOME"].startswith("/home"), "the person's home is there"
setup(name="Foo.Bar", version=str(3) + ".0-rc1")
`)
	p, err := BuildMetadata(t.Context(), tree, o)
	if err != nil || p.Name != "Foo.Bar" && p.Name != "Foo-Bar" || p.Version != "3.0rc1" || p.NeedsBuild || p.VersionSource == "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestBuildThatFails(t *testing.T) {
	o := debian(t)
	_, err := BuildMetadata(t.Context(), files("setup.py", "raise SystemExit('no such luck')\n"), o)
	var b *BuildError
	if !errors.As(err, &b) || b.Reason != "failed" || !strings.Contains(strings.Join(b.Output, "\n"), "no such luck") {
		t.Errorf("%v, %+v", err, b)
	}
	if _, err := BuildMetadata(t.Context(), files("setup.py", ""), BuildOptions{Python: "/nowhere/python3"}); !errors.As(err, &b) {
		t.Errorf("without Python: %v", err)
	}
}

// TestBuildIsStopped: by its limit or by the caller, with all that it started.
func TestBuildIsStopped(t *testing.T) {
	o := debian(t)
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("sleep is not installed")
	}
	pid := filepath.Join(t.TempDir(), "pid")
	tree := files("setup.py", "import subprocess\np = subprocess.Popen(['sleep', '600'])\nopen('"+pid+"', 'w').write(str(p.pid))\np.wait()\n")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			if b, err := os.ReadFile(pid); err == nil && len(b) > 0 {
				stop()
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	if _, err := BuildMetadata(ctx, tree, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	o.Limit = time.Millisecond
	var b *BuildError
	if _, err := BuildMetadata(t.Context(), tree, o); !errors.As(err, &b) || !strings.Contains(b.Reason, "took longer than 1ms") {
		t.Errorf("%v", err)
	}
}

// TestMetadataIsParsed: newer ones print it, with whatever else stands before it.
func TestMetadataIsParsed(t *testing.T) {
	name, version, err := parsedMetadata("* Creating an environment\n{\n \"metadata_version\": \"2.4\", \"name\": \"foo\", \"version\": \"1.0\"}\n")
	if name != "foo" || version != "1.0" || err != nil {
		t.Errorf("%s %s %v", name, version, err)
	}
	for _, bad := range []string{"", "{", "{}", `{"name": "foo"}`} {
		if _, _, err := parsedMetadata(bad); err == nil {
			t.Errorf("%q is metadata", bad)
		}
	}
	for _, c := range []struct {
		version string
		knows   bool
	}{{"build 0.9.0 (/usr/lib)", false}, {"build 1.3.0", false}, {"build 1.4.0 (x)", true}, {"build 1.10.1", true}, {"build 2.0", true}} {
		if m := since14.FindStringSubmatch(c.version); m == nil || atLeast14(m[1], m[2]) != c.knows {
			t.Errorf("%s: %v", c.version, m)
		}
	}
}

func TestCopyOut(t *testing.T) {
	tree := fstest.MapFS{"a/b": {Data: []byte("x"), Mode: 0o755}, "c": {Data: []byte("y")}, "pipe": {Mode: fs.ModeNamedPipe}}
	dir := filepath.Join(t.TempDir(), "tree")
	if err := copyOut(t.Context(), tree, dir); err != nil {
		t.Fatal(err)
	}
	var got []string
	_ = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			got = append(got, name)
		}
		return nil
	})
	if !slices.Equal(got, []string{"a/b", "c"}) {
		t.Errorf("%v", got)
	}
	if err := copyOut(t.Context(), tree, dir); err == nil {
		t.Error("it writes over what is there")
	}
}

// TestABuildLeavesNothingRunning: what a build started in the background ends with it.
func TestABuildLeavesNothingRunning(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell here")
	}
	pipe, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo built")
	cmd.ExtraFiles = []*os.File{held} // open as long as anything of it runs
	out, err := heard(cmd)
	_ = held.Close()
	if err != nil || out != "built\n" {
		t.Errorf("%q %v", out, err)
	}
	if _, err := io.ReadAll(pipe); err != nil { // ends when nobody holds it any more
		t.Error(err)
	}
}

// TestBuildMetadataWithoutRoom: that nothing could be built is an error of this
// package's own, which the steps can explain.
func TestBuildMetadataWithoutRoom(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, nowhere)
	}
	var b *BuildError
	if _, err := BuildMetadata(t.Context(), files("setup.py", ""), BuildOptions{}); !errors.As(err, &b) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// strayFS is a tree that names things outside of itself.
type strayFS struct{ name string }

func (s strayFS) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }

func (s strayFS) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(fstest.MapFS{"x": {Data: []byte("x")}}, "x")
	return []fs.DirEntry{stray{fs.FileInfoToDirEntry(info), s.name}}, err
}

func (s strayFS) Stat(string) (fs.FileInfo, error) { return fs.Stat(fstest.MapFS{}, ".") }

type stray struct {
	fs.DirEntry
	name string
}

func (s stray) Name() string { return s.name }

// TestCopyOutRefusesNames: a name that leads elsewhere is refused, and told.
func TestCopyOutRefusesNames(t *testing.T) {
	names := []string{"..", "../x", "a\x00b"}
	if runtime.GOOS == "windows" {
		names = append(names, `a\..\b`, "C:x", "NUL", "a:b")
	}
	for _, name := range names {
		err := copyOut(t.Context(), strayFS{name}, filepath.Join(t.TempDir(), "tree"))
		if err == nil || !strings.Contains(err.Error(), "cannot be written on this system") {
			t.Errorf("%q: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := copyOut(ctx, fstest.MapFS{"a": {}}, filepath.Join(t.TempDir(), "tree")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestProxyPasswords: the project's code sees none, and a build that fails says so.
func TestProxyPasswords(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell here")
	}
	t.Setenv("http_proxy", "http://ada:CANARY@proxy.example:8080")
	t.Setenv("HTTPS_PROXY", "ada:CANARY@proxy.example:8080")
	t.Setenv("https_proxy", "http://proxy.example:8080")
	c := child{home: t.TempDir(), until: t.Context()}
	out, err := c.run("sh", "-c", "env")
	if err != nil || strings.Contains(out, "CANARY") || !strings.Contains(out, "https_proxy=http://proxy.example:8080") {
		t.Errorf("%s %v", out, err)
	}
	out, err = c.run("sh", "-c", "echo broken; exit 1")
	if err == nil || strings.Contains(out, "CANARY") || !strings.Contains(out, "broken\n\nHTTPS_PROXY and http_proxy: not passed on") {
		t.Errorf("%q %v", out, err)
	}
}
