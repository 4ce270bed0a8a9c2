package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

// TestOnboardEveryWay sets up and releases: CI unseals what was sealed, and obeys
// the files that were written.
func TestOnboardEveryWay(t *testing.T) {
	t.Parallel()
	for _, y := range ways {
		t.Run(y.String(), func(t *testing.T) {
			t.Parallel()
			w := bare(t, nil)
			if r := w.run("you", y.args("--yes")...); r.code != 0 || r.out != "next: ferry release\n" || !deed.MatchString(r.err) {
				t.Fatalf("exit %d %q\n%s", r.code, r.out, r.err)
			}
			w.isSetUp(y)
			w.idle("you", y)
			if r := w.run("you", yes...); r.code != 0 {
				t.Fatalf("the release: exit %d\n%s", r.code, r.err)
			}
			if up := w.uploads(); len(up) != 2 || slices.Max(values(up)) != 1 {
				t.Errorf("uploads: %v", up)
			}
			if n := len(w.Test.Uploads()); n != 0 {
				t.Errorf("%d files on TestPyPI, and nothing was pushed for it", n)
			}
			w.idle("you", y)
			w.tried(y)
		})
	}
}

// isSetUp looks at what the way must have left, and at nothing else being there.
func (w world) isSetUp(y way) {
	w.t.Helper()
	refs := w.Remote.Refs(sandbox.Slug)
	var heads []string
	for ref := range refs {
		heads = append(heads, ref)
	}
	slices.Sort(heads)
	if fmt.Sprint(heads) != "[HEAD refs/heads/ferry-onboard refs/heads/main]" && fmt.Sprint(heads) != "[refs/heads/ferry-onboard refs/heads/main]" {
		w.t.Errorf("refs %q", heads)
	}
	written := strings.Fields(w.git("you", "diff", "--name-only", "main", refs["refs/heads/ferry-onboard"]))
	if !slices.Equal(written, y.files) {
		w.t.Errorf("files %q, want %q", written, y.files)
	}
	if dirty := w.git("you", "status", "--porcelain"); dirty != "" {
		w.t.Errorf("left in the work tree: %s", dirty)
	}
	var settings, gates []string
	for _, v := range w.CI.Variables() {
		settings = append(settings, v.Name+"@"+v.Branch)
		if v.Public || v.Value == "" {
			w.t.Errorf("setting %s: public %t, %d bytes", v.Name, v.Public, len(v.Value))
		}
	}
	for _, e := range w.CI.Environments() {
		gates = append(gates, e.Name+": "+strings.Join(e.Policies, " "))
	}
	if !slices.Equal(settings, y.settings) || !slices.Equal(gates, y.gates) {
		w.t.Errorf("settings %q, want %q; environments %q, want %q", settings, y.settings, gates, y.gates)
	}
	if want := strings.HasPrefix(y.publish, "travis"); w.active() != want {
		w.t.Errorf("Travis builds it: %t", !want)
	}
}

// tried pushes what leads to TestPyPI, where something does.
func (w world) tried(y way) {
	w.t.Helper()
	if !y.toTest() {
		return
	}
	ref := map[string]string{"branch": "pypi-test", "tag": "main"}[y.start]
	w.git("you", "push", "-q", "origin", "HEAD:refs/heads/"+ref)
	w.until("the files are on TestPyPI", func() bool { return len(w.Test.Uploads()) == 2 })
	if n := len(w.Index.Uploads()); n != 2 {
		w.t.Errorf("%d files on PyPI after a push for TestPyPI", n)
	}
}
