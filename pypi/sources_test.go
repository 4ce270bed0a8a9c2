package pypi

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// source is the project's tree as its author has it, before any build.
func (p *project) source() fs.FS {
	m := fstest.MapFS{}
	for _, f := range p.files {
		m[f[0]] = &fstest.MapFile{Data: []byte(f[1])}
	}
	return m
}

// noAlarm wants nothing of what an honest build left in a folder to be called
// strange.
func (p *project) noAlarm(t *testing.T, dir string) {
	t.Helper()
	made, _ := filepath.Glob(filepath.Join(dir, "*"+".tar.gz"))
	wheels, _ := filepath.Glob(filepath.Join(dir, "*"+".whl"))
	for _, file := range append(made, wheels...) {
		a, err := OpenArtifact(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		compare := CompareSource
		if a.Kind == KindWheel {
			compare = CompareWheel
		}
		d, err := compare(t.Context(), a, p.source())
		if err != nil || !d.Clean() || len(d.Unchecked) > 0 {
			t.Errorf("%s: differ %q, only in it %q, not checked %q, %v", a.File, d.Differ, d.OnlyA, d.Unchecked, err)
		}
		odd, err := Suspicious(t.Context(), a)
		if err != nil || len(odd) > 0 {
			t.Errorf("%s: %v %v", a.File, odd, err)
		}
		if secret, err := LooksSecret(t.Context(), a, nil); err != nil || len(secret) > 0 {
			t.Errorf("%s: %v %v", a.File, secret, err)
		}
	}
}

// wheelHook is hook for wheels.
var wheelHook = strings.Replace(hook, "build_sdist", "build_wheel", 1)

// TestHonestAndPlanted: sdists and wheels of every backend that Debian has raise
// no alarm, and each thing that is planted into them does.
func TestHonestAndPlanted(t *testing.T) {
	for _, p := range readProjects(t, "testdata/sources.txt") {
		t.Run(p.title, func(t *testing.T) {
			t.Parallel()
			to := p.built(t, p.write(t), hook, wheelHook)
			p.noAlarm(t, to)
			p.planted(t, to)
		})
	}
}

// planted changes what was built, in every way that matters, one at a time.
func (p *project) planted(t *testing.T, dir string) {
	t.Helper()
	made, _ := filepath.Glob(filepath.Join(dir, "*-1.2*"))
	if len(made) != 2 {
		t.Fatalf("the builds made %v", made)
	}
	for _, file := range made {
		for what, plant := range map[string]planting{
			"a module":              {add: "foo/extra.py", text: "import os\n"},
			"a top module":          {add: "extra.py", text: "import os\n"},
			"a .pth":                {add: "foo_init.pth", text: "import os\n"},
			"compiled code":         {add: "foo/fast.so", text: "\x7fELF\x00\x00"},
			"a changed file":        {change: "foo/core.py", text: "def f(): return __import__('os')\n"},
			"a version file":        {change: "_version.py", text: "import os\n"},
			"a build file":          {change: "pyproject.toml", text: "\n[tool.evil]\nx = 1\n"},
			"another sitecustomize": {add: "sitecustomize.py", text: "1\n"},
		} {
			if !p.alarm(t, file, plant) {
				t.Errorf("%s with %s: no alarm", filepath.Base(file), what)
			}
		}
	}
}

type planting struct{ add, change, text string }

// alarm says whether the planted file is found. What the archive has nothing of
// cannot be changed in it.
func (p *project) alarm(t *testing.T, file string, plant planting) bool {
	t.Helper()
	data, changed := replanted(t, file, plant)
	if !changed {
		return true
	}
	a := opened(t, filepath.Base(file), data)
	compare := CompareSource
	if a.Kind == KindWheel {
		compare = CompareWheel
	}
	d, err := compare(t.Context(), a, p.source())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(strings.Join(append(d.Differ, d.OnlyA...), "\n"), plant.add+plant.change)
}

// replanted packs an archive anew.
func replanted(t *testing.T, file string, plant planting) (data []byte, changed bool) {
	t.Helper()
	all, order := unpacked(t, file)
	for i, name := range order {
		if plant.change != "" && strings.HasSuffix(name, plant.change) {
			all[name], changed = all[name]+plant.text, true
		}
		if i == 0 && plant.add != "" {
			at := plant.add
			if !strings.HasSuffix(file, ".whl") {
				top, _, _ := strings.Cut(name, "/")
				at = top + "/" + at
			}
			order, changed = append(order, at), true
			all[at] = plant.text
		}
	}
	var b bytes.Buffer
	if strings.HasSuffix(file, ".whl") {
		z := zip.NewWriter(&b)
		for _, name := range order {
			w, _ := z.Create(name)
			_, _ = io.WriteString(w, all[name])
		}
		_ = z.Close()
		return b.Bytes(), changed
	}
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range order {
		_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(all[name])), Typeflag: tar.TypeReg})
		_, _ = io.WriteString(w, all[name])
	}
	_, _ = w.Close(), z.Close()
	return b.Bytes(), changed
}

func unpacked(t *testing.T, file string) (all map[string]string, order []string) {
	t.Helper()
	all = map[string]string{}
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	a, err := OpenArtifact(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Walk(t.Context(), func(m Member, r io.Reader) error {
		if m.Folder || m.Link != "" {
			return nil
		}
		text, err := io.ReadAll(r)
		all[m.Path], order = string(text), append(order, m.Path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, order
}
