package steps_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"ferry/flow"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// The steps that no plan of a release has.
const (
	upload   flow.ID = "upload"
	register flow.ID = "register"
)

const (
	accountToken = "pypi-account"
	scopedToken  = "pypi-scoped"
)

// build puts a wheel and an sdist of the version on this disk. They have other
// bytes than those that another maintainer published.
func (b *bench) build() {
	b.t.Helper()
	code := map[string]string{"acme_core.py": "x = 1\n"}
	for _, f := range []pypitest.File{named(pypitest.Wheel(project, version, day, code)), named(pypitest.Sdist(project, version, day, code))} {
		b.dist = append(b.dist, b.artifact(f))
	}
}

func named(name string, data []byte) pypitest.File { return pypitest.File{Name: name, Data: data} }

// artifact writes a file and reads it as a step's input.
func (b *bench) artifact(f pypitest.File) *pypi.Artifact {
	b.t.Helper()
	at := filepath.Join(b.t.TempDir(), f.Name)
	must(b.t, os.WriteFile(at, f.Data, 0o600))
	a, err := pypi.OpenArtifact(b.t.Context(), at)
	must(b.t, err)
	return a
}

func (b *bench) sdist() *pypi.Artifact { return b.dist[1] }

func (b *bench) login(context.Context) (string, keyring.Secret, error) {
	b.logins++
	return pypi.TokenUser, keyring.NewSecret(accountToken), nil
}

// both: one after the other.
func both(all ...happens) happens {
	return func(b *bench) {
		for _, h := range all {
			h(b)
		}
	}
}

// ownedBy: the project is another account's.
func ownedBy(user string) happens {
	return func(b *bench) { must(b.t, b.index.SetOwner(project, user)) }
}

// uploaded: our own files, or the first n of them, are there since.
func uploaded(n int) happens {
	return func(b *bench) {
		for _, a := range b.dist[:n] {
			data, err := os.ReadFile(a.Path)
			must(b.t, err)
			b.index.Publish(project, version, ago(hour), pypitest.File{Name: a.File, Data: data})
		}
	}
}

// taken counts the uploads that the index answered with 200, by file.
func (b *bench) taken() map[string]int {
	all := map[string]int{}
	for _, u := range b.index.Uploads() {
		if u.Status == 200 {
			all[u.Filename]++
		}
	}
	return all
}

// attempt runs a step as the engine does, and gives what it logged.
func (b *bench) attempt(s flow.Step) (string, error) {
	var lines []string
	err := s.Run(flow.WithReading(b.t.Context()), func(line string) { lines = append(lines, line) })
	return strings.Join(lines, "\n"), err
}
