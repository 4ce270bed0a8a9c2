package main

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// bare is a repository that nothing is set up in, with a CI that is as fast as it
// can be.
func bare(t testing.TB, wrap sandbox.Wrap) world {
	t.Helper()
	installed(t, "git", "git")
	return start(t, "bare-repository", func(s *sandbox.Scenario) {
		s.MaxAge = 0
		s.CI = "queue 10ms\njob test 20ms lines=3\njob publish 30ms lines=3\ndeploy job=publish\n"
	}, wrap)
}

// way is one way to publish, by one kind of start.
type way struct {
	publish, start string
	files          []string // that it writes
	settings       []string // of Travis, as name@branch
	gates          []string // environments of GitHub, as name: the refs that they let in
}

var ways = []way{
	{"travis", "branch", []string{".travis.yml"}, nil, nil},
	{"travis", "tag", []string{".travis.yml"}, nil, nil},
	{"travis-setting", "branch", []string{".travis.yml"}, []string{"PYPI_PASSWORD@pypi-test", "PYPI_PASSWORD@pypi-release"}, nil},
	{"travis-setting", "tag", []string{".travis.yml"}, []string{"PYPI_PASSWORD@"}, nil},
	{"github", "branch", workflows, nil, []string{"testpypi: pypi-test", "pypi: pypi-release"}},
	{"github", "tag", workflows, nil, []string{"testpypi: main", "pypi: tag:v[0-9]*"}},
}

var workflows = []string{".github/workflows/publish-pypi.yml", ".github/workflows/publish-testpypi.yml"}

func (y way) String() string { return y.publish + "-" + y.start }

// args set up in this way, with nobody to ask.
func (y way) args(more ...string) []string {
	return append([]string{"onboard", "--plain", "--no-input", "--commit=branch", "--publish=" + y.publish, "--start=" + y.start}, more...)
}

// toTest says whether it publishes to TestPyPI as well.
func (y way) toTest() bool { return y.publish != "travis-setting" || y.start == "branch" }

// git runs one command of git in a maintainer's clone.
func (w world) git(who string, args ...string) string {
	w.t.Helper()
	return w.runs(who, append([]string{"git"}, args...)...)
}

// shell runs a line as a maintainer would type it.
func (w world) shell(who, line string) { w.t.Helper(); w.runs(who, "sh", "-c", line) }

func (w world) runs(who string, words ...string) string {
	w.t.Helper()
	cmd, err := w.Command(w.t.Context(), w.bin, who, words)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%q: %v\n%s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// sealedText is what differs each time: a sealed value, and the key of a world.
var sealedText = regexp.MustCompile(`secure: "[^"]+"|([0-9a-f]{2}:){15}[0-9a-f]{2}`)

// shared is what a set-up leaves on servers, each thing by its name.
func (w world) shared() map[string]string {
	w.t.Helper()
	out := map[string]string{"travis builds": fmt.Sprint(w.active())}
	for ref := range w.Remote.Refs(sandbox.Slug) {
		out["ref "+ref] = "is there"
	}
	for i, v := range w.CI.Variables() {
		out[fmt.Sprint("setting ", i)] = fmt.Sprintf("%s@%s, public %t", v.Name, v.Branch, v.Public)
	}
	for _, e := range w.CI.Environments() {
		out["environment "+e.Name] = strings.Join(e.Policies, " ")
	}
	for i, p := range w.CI.Pulls() {
		out[fmt.Sprint("request ", i)] = p.Head
	}
	return out
}

// active asks Travis whether it builds the repository.
func (w world) active() bool {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.CIURL+"/repo/acme%2Facme-core", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header = http.Header{"Travis-Api-Version": {"3"}, "Authorization": {"token " + practiceToken}, "User-Agent": {"test"}}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text := make([]byte, 4096)
	n, _ := resp.Body.Read(text)
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s", resp.Status, text[:n])
	}
	return strings.Contains(string(text[:n]), `"active":true`)
}

// left is what a set-up leaves in the end, but for what is made anew each time:
// on servers, and as files of the branch that it pushed.
func (w world) left() map[string]string {
	w.t.Helper()
	out := w.shared()
	refs := w.Remote.Refs(sandbox.Slug)
	tree, err := w.Remote.Tree(sandbox.Slug, refs["refs/heads/ferry-onboard"])
	if err != nil {
		w.t.Errorf("the branch: %v; refs %v", err, refs)
		return out
	}
	_ = fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := fs.ReadFile(tree, path)
			out["file "+path] = sealedText.ReplaceAllString(string(text), "…")
		}
		return err
	})
	return out
}

// everything is all that a dry run must leave as it is: the clone, the home
// without what is written for people to read, and the servers with every value.
func (w world) everything(who string) map[string]string {
	w.t.Helper()
	out := w.shared()
	for ref, sha := range w.Remote.Refs(sandbox.Slug) {
		out["ref "+ref] = sha
	}
	out["settings"] = fmt.Sprint(w.CI.Variables())
	out["uploads"] = fmt.Sprint(len(w.Index.Uploads()), len(w.Test.Uploads()))
	maps.Copy(out, w.files(who))
	return out
}

// files are those of a maintainer's clone and home.
func (w world) files(who string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, top := range []string{who, who + "-home"} {
		_ = filepath.WalkDir(filepath.Join(w.Dir, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Type().IsDir() && (d.Name() == "state" || d.Name() == ".cache") {
				return fs.SkipDir
			}
			if d.Type().IsRegular() && path != filepath.Join(w.Dir, who, sandbox.Project, ".git", "index") {
				text, _ := os.ReadFile(path)
				out["file "+strings.TrimPrefix(path, w.Dir)] = string(text)
			}
			return nil
		})
	}
	return out
}

// differences names what is not the same, with both values.
func differences(was, is map[string]string) (out []string) {
	for _, k := range slices.Sorted(maps.Keys(was)) {
		if v, ok := is[k]; !ok || v != was[k] {
			out = append(out, fmt.Sprintf("%s was %q, is %q", k, was[k], v))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(is)) {
		if _, ok := was[k]; !ok {
			out = append(out, fmt.Sprintf("%s is new: %q", k, is[k]))
		}
	}
	return out
}

// unchanged fails where something is not as it was.
func (w world) unchanged(who string, was map[string]string, what string) {
	w.t.Helper()
	if d := differences(was, w.everything(who)); len(d) > 0 {
		w.t.Errorf("%s changed\n%s", what, strings.Join(d, "\n"))
	}
}

// deed is a line that tells of a question, or of a step that does something.
var deed = regexp.MustCompile(`(?m)^\S+ +\S+ +(ask|run|todo) `)

// idle: to set up once more is to look, whoever agrees to nothing.
func (w world) idle(who string, y way) {
	w.t.Helper()
	was, pushes := w.at(who), len(w.Remote.Updates())
	r := w.run(who, y.args()...)
	if r.code != 0 || deed.MatchString(r.err) {
		w.t.Errorf("again: exit %d\n%s", r.code, r.err)
	}
	w.unchanged(who, was, "setting up again")
	if n := len(w.Remote.Updates()) - pushes; n != 0 {
		w.t.Errorf("again: %d pushes", n)
	}
}

// until waits for a server to come to something, half a minute at most.
func (w world) until(what string, is func() bool) {
	w.t.Helper()
	look, late := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-late:
			w.t.Fatalf("it never came to be that %s", what)
		}
	}
}
