package pypi

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The files in testdata/builds hold small projects, each as
//
//	== what it shows: backend
//	-- path --
//	text
//
// and behind the title, in brackets, what is out of the ordinary: "build" where
// only a build can tell, "tags v1 v2" for tags on the commit, "after N" for
// commits behind them. Each is built by its own backend, whose PKG-INFO is what
// is right.

type project struct {
	title, backend string
	files          [][2]string // path, text
	build          bool
	git            bool
	tags           []string
	after          int
}

func readProjects(t *testing.T, file string) (all []*project) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		bare := strings.TrimRight(line, "\n")
		if title, ok := strings.CutPrefix(bare, "== "); ok {
			all = append(all, newProject(title))
			continue
		}
		p := all[len(all)-1]
		if path, ok := strings.CutPrefix(bare, "-- "); ok {
			p.files = append(p.files, [2]string{strings.TrimSuffix(path, " --")})
			continue
		}
		p.files[len(p.files)-1][1] += line
	}
	return all
}

func newProject(title string) *project {
	p := &project{}
	title, notes, _ := strings.Cut(title, " [")
	p.title, p.backend, _ = strings.Cut(title, ": ")
	for note := range strings.SplitSeq(strings.TrimSuffix(notes, "]"), ", ") {
		words := strings.Fields(note)
		switch {
		case len(words) == 0:
		case words[0] == "build":
			p.build = true
		case words[0] == "git":
			p.git = true
		case words[0] == "tags":
			p.git, p.tags = true, words[1:]
		case words[0] == "after":
			p.git = true
			p.after, _ = strconv.Atoi(words[1])
		}
	}
	return p
}

const debianPython = "/usr/bin/python3"

// TestAgainstBackends: what is read here is what the backend builds. A build takes
// most of a second, so it is a part of each file's projects that is built, unless
// FERRY_BACKENDS=all.
func TestAgainstBackends(t *testing.T) {
	names, err := filepath.Glob("testdata/builds/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no projects", err)
	}
	for _, name := range names {
		for i, p := range readProjects(t, name) {
			if i%4 != 0 && os.Getenv("FERRY_BACKENDS") != "all" {
				continue
			}
			t.Run(filepath.Base(name)+"/"+p.title, func(t *testing.T) {
				t.Parallel()
				p.judge(t)
			})
		}
	}
}

func (p *project) judge(t *testing.T) {
	dir := p.write(t)
	got, err := ReadProject(os.DirFS(dir))
	if err == nil {
		got, err = got.AtCommit(t.Context(), p.history())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got.NeedsBuild != p.build {
		t.Errorf("needs a build: %v (%s), want %v", got.NeedsBuild, got.Dynamic, p.build)
	}
	name, version := p.sdist(t, dir)
	said := got.Version
	if got.Development != "" {
		said, _, _ = strings.Cut(got.Development, "…")
		version = version[:min(len(said), len(version))]
	}
	if got.Name != "" && NormalizeName(got.Name) != NormalizeName(name) || said != "" && said != version {
		t.Errorf("read %q %q from %s, and a build has %q %q", got.Name, said, got.VersionSource, name, version)
	}
	if !p.build && (got.Name == "" || said == "" && p.after == 0) {
		t.Errorf("nothing was read: %+v", got)
	}
}

// history is what git says of the project's repository.
func (p *project) history() History {
	here := p.tags
	if p.after > 0 {
		here = nil
	}
	return History{
		Here: func(context.Context) ([]string, error) { return here, nil },
		Nearest: func(_ context.Context, match func(string) bool) ([]string, int, error) {
			for _, tag := range p.tags {
				if match(tag) {
					return p.tags, p.after, nil
				}
			}
			return nil, p.after + 1, nil
		},
	}
}

func (p *project) write(t *testing.T) string {
	dir := t.TempDir()
	for _, f := range p.files {
		file := filepath.Join(dir, filepath.FromSlash(f[0]))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(f[1]), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// commit makes a repository of the folder.
func (p *project) commit(t *testing.T, dir string) {
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", ".")
	git("add", "-A")
	git("commit", "-qm", "first")
	for _, tag := range p.tags {
		git("tag", "-am", "it", tag)
	}
	for range p.after {
		git("commit", "-qm", "more", "--allow-empty")
	}
}

// hook runs build_sdist in the current folder, as a build tool does.
const hook = `
import importlib, sys
sys.path[:] = [p for p in sys.path if p]
module, _, rest = sys.argv[1].partition(":")
backend = importlib.import_module(module)
for part in filter(None, rest.split(".")): backend = getattr(backend, part)
print("built", backend.build_sdist(sys.argv[2]))
`

// sdist builds the project and gives what its PKG-INFO says.
func (p *project) sdist(t *testing.T, dir string) (name, version string) {
	t.Helper()
	to := p.built(t, dir, hook)
	p.noAlarm(t, to)
	return pkgInfoOf(t, to)
}

// built runs hooks of the project's backend and gives the folder of what they made.
func (p *project) built(t *testing.T, dir string, hooks ...string) string {
	t.Helper()
	module, _, _ := strings.Cut(p.backend, ":")
	if err := exec.Command(debianPython, "-c", "import "+module).Run(); err != nil {
		missing(t, module)
	}
	if p.git {
		if _, err := exec.LookPath("git"); err != nil {
			missing(t, "git")
		}
		p.commit(t, dir)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	to := t.TempDir()
	for _, script := range hooks {
		cmd := exec.CommandContext(ctx, debianPython, "-c", script, p.backend, to)
		cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "HOME=" + to, "LC_ALL=C.UTF-8"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("the build failed: %v\n%s", err, out)
		}
	}
	return to
}

// missing skips a test, or fails it where every program must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatalf("%s is not installed, and FERRY_REAL=require", what)
	}
	t.Skipf("%s is not installed", what)
}

func pkgInfoOf(t *testing.T, dir string) (name, version string) {
	t.Helper()
	made, _ := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if len(made) != 1 {
		t.Fatalf("the build made %v", made)
	}
	f, err := os.Open(made[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("no PKG-INFO in %s: %v", made[0], err)
		}
		if parts := strings.Split(h.Name, "/"); len(parts) == 2 && parts[1] == pkgInfoFile {
			text, _ := io.ReadAll(r)
			head := Header(string(text))
			return head["name"][0], head["version"][0]
		}
	}
}
