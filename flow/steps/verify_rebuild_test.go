package steps_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestVerifyRebuild: the index has what a build of the commit makes, or it is told
// what differs.
func TestVerifyRebuild(t *testing.T) {
	builder := needsTools(t, "build, setuptools")
	module := map[string]string{"acme_core.py": "x = 1\n"}
	for name, c := range map[string]struct {
		change string // of a file before what is published is built
		spoil  string // a line more in the metadata afterwards
		want   flow.Result
		tells  string
	}{
		"the same":            {"", "", flow.Good, "the same contents"},
		"another":             {"acme_core.py", "", flow.Bad, "differ: acme_core.py"},
		"other words":         {"README.md", "", flow.Bad, "differ: README.md"},
		"another backend":     {"", "Platform: any", flow.Good, "the same as a build of COMMIT, except generated files: PKG-INFO; what the metadata requires is the same"},
		"another requirement": {"", "Requires-Dist: evil", flow.NotChecked, "except generated files: PKG-INFO; the metadata says something else in Requires-Dist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{files: module})
			for _, h := range byName() {
				h(b)
			}
			built := b.builtFrom(builder, c.change)
			if c.spoil != "" {
				built.Data = b.withLine(built.Data, c.spoil)
			}
			b.index.Publish(project, version, ago(3*hour), built, dist(wheel))
			c.tells = strings.ReplaceAll(c.tells, "COMMIT", b.ours[:7])
			v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{Rebuild: true, Builder: builder})
			if got := one(t, v, "rebuild"); got.Result != c.want || !strings.Contains(got.Evidence, c.tells) {
				t.Errorf("%+v\n%s", got, said(v))
			}
			if (v.Verdict == flow.Mismatch) != (c.want == flow.Bad) {
				t.Errorf("%s\n%s", v.Verdict, said(v))
			}
		})
	}
}

// builtFrom is a real sdist of our commit, in which one file may be another.
func (b *bench) builtFrom(builder pypi.Builder, change string) pypitest.File {
	b.t.Helper()
	tree, err := b.git.Tree(slug, b.ours)
	must(b.t, err)
	dir := b.t.TempDir()
	must(b.t, os.CopyFS(dir, tree))
	if change != "" {
		must(b.t, os.WriteFile(filepath.Join(dir, change), []byte("changed = 1\n"), 0o600))
	}
	builder.Dir, builder.Time = b.t.TempDir(), day
	path, err := builder.Sdist(b.t.Context(), os.DirFS(dir))
	var failed *pypi.BuildError
	if errors.As(err, &failed) {
		b.t.Fatalf("%v: %s", err, strings.Join(failed.Output, "\n"))
	}
	must(b.t, err)
	data, err := os.ReadFile(path)
	must(b.t, err)
	return pypitest.File{Name: filepath.Base(path), Data: data}
}

// withLine is an sdist with a line more at the beginning of the PKG-INFO at its top.
func (b *bench) withLine(sdist []byte, line string) []byte {
	b.t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(sdist))
	must(b.t, err)
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	to := tar.NewWriter(zipped)
	for from := tar.NewReader(packed); ; {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(b.t, err)
		data, err := io.ReadAll(from)
		must(b.t, err)
		if strings.Count(h.Name, "/") == 1 && filepath.Base(h.Name) == "PKG-INFO" {
			data = append([]byte(line+"\n"), data...)
			h.Size = int64(len(data))
		}
		must(b.t, to.WriteHeader(h))
		_, err = to.Write(data)
		must(b.t, err)
	}
	must(b.t, errors.Join(to.Close(), zipped.Close()))
	return out.Bytes()
}
