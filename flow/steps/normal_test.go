package steps_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// normal is a release as thousands are made every day.
type normal struct {
	version string
	shape   shape
	past    past
}

// shape is what a project builds from its files.
type shape struct {
	name  string
	tags  []string          // of its wheels; none: an sdist alone
	files map[string]string // of the commit and of the sdist
	wheel map[string]string
}

var shapes = []shape{
	{"an sdist and a wheel", []string{"py3-none-any"}, nil, nil},
	{"an sdist alone", nil, nil, nil},
	{"wheels of three platforms", []string{"cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-macosx_11_0_arm64", "cp312-cp312-win_amd64"}, nil, nil},
	{"modules", []string{"py3-none-any"}, map[string]string{"acme_core/__init__.py": "x = 1\n", "acme_core/core.py": "y = 2\n"},
		map[string]string{"acme_core/__init__.py": "x = 1\n", "acme_core/core.py": "y = 2\n"}},
	{"a src folder, and data", []string{"py3-none-any"}, map[string]string{"src/acme_core/__init__.py": "x = 1\n", "src/acme_core/data/words.txt": "new\n", "src/acme_core/py.typed": ""},
		map[string]string{"acme_core/__init__.py": "x = 1\n", "acme_core/data/words.txt": "new\n", "acme_core/py.typed": ""}},
}

// past is what the index knew before.
type past struct {
	name    string
	happens []happens
}

var pasts = []past{
	{"the first one", nil},
	{"after another, by a new maintainer", []happens{existing("1.3.0"), func(b *bench) { must(b.t, b.index.SetOwner(project, "newcomer")) }}},
}

var normalVersions = []string{"1.4.0", "1.4.0.post1", "2.0.0rc1", "1!1.0", "2026.11.20"}

func (n normal) String() string { return n.version + ", " + n.shape.name + ", " + n.past.name }

// options: the commit has the shape's files and its own version.
func (n normal) options() options {
	files := map[string]string{"pyproject.toml": strings.Replace(sample["pyproject.toml"], version, n.version, 1)}
	for name, text := range n.shape.files {
		files[name] = text
	}
	deploys := "sdist bdist_wheel"
	if len(n.shape.tags) == 0 {
		deploys = "sdist"
	}
	files[".travis.yml"] = strings.Replace(travisFile, "sdist bdist_wheel", deploys, 1)
	return options{files: files}
}

// built are the files that CI makes of it, and what its job prints.
func (n normal) built() (out []pypitest.File, log string) {
	name, data := pypitest.Sdist(project, n.version, day, n.shape.files)
	out = append(out, pypitest.File{Name: name, Data: data})
	for _, tag := range n.shape.tags {
		name, data := pypitest.TaggedWheel(project, n.version, tag, day, n.shape.wheel)
		out = append(out, pypitest.File{Name: name, Data: data})
	}
	for _, f := range out {
		log += fmt.Sprintf("Uploading %s\nSHA256 hash: %x\n", f.Name, sha256.Sum256(f.Data))
	}
	return out, log
}

func normals() (out []normal) {
	for _, v := range normalVersions {
		for _, s := range shapes {
			for _, p := range pasts {
				out = append(out, normal{v, s, p})
			}
		}
	}
	return out
}

// TestNormalReleases: fifty releases in which nothing is wrong raise no alarm: not
// before the push, not after it, and not when they are verified.
func TestNormalReleases(t *testing.T) {
	all := normals()
	if len(all) < 50 {
		t.Fatalf("only %d", len(all))
	}
	for _, n := range all {
		t.Run(n.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, n.options())
			for _, h := range n.past.happens {
				h(b)
			}
			for _, id := range []flow.ID{flow.CheckTree, flow.CheckRemote, flow.CheckVersion, flow.CheckCI, flow.CheckFree} {
				b.calm(id, flow.Done)
			}
			b.calm(flow.Claim, flow.Todo)
			files, log := n.built()
			for _, h := range []happens{claimOf(n.version, 1, ours, 3*hour), branch(ours), logged(ours, 2*hour, log, ci.StatePassed)} {
				h(b)
			}
			b.index.Publish(project, n.version, ago(3*hour), files...)
			b.calm(flow.ConfirmIndex, flow.Done)
			b.calm(flow.DeleteBranch, flow.Todo)
			v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{})
			if v.Verdict != flow.Verified || len(ids(v, flow.Bad)) > 0 {
				t.Errorf("%s\n%s", v.Verdict, said(v))
			}
			if p := b.world.Unverified(v, steps.Again{}); p != nil {
				t.Errorf("%+v", p)
			}
		})
	}
}

// calm: a step finds what it should, without a warning or a word to be typed.
func (b *bench) calm(id flow.ID, want flow.Status) {
	b.t.Helper()
	if f := b.observe(id); f.Status != want || f.Warning != "" || f.Problem != nil || f.Confirm != "" {
		b.t.Errorf("%s is %s: %s, warning %q, to be typed %q", id, f.Status, told(f), f.Warning, f.Confirm)
	}
}
