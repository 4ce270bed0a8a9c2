package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/sandbox"
	"ferry/pypi/pypitest"
)

// verified is the document of a verification, as programs read it.
type verified struct {
	Verdict string
	Newest  bool
	Exit    int
	Checks  []struct{ ID, Result, Evidence string }
	Files   []struct {
		Name     string
		Problems []string
	}
}

func (d verified) bad() (ids []string) {
	for _, c := range d.Checks {
		if c.Result == "bad" {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// attested is a release of the project that a trusted publisher made.
func attested(w world) {
	name, data := pypitest.Sdist(sandbox.Project, "1.3.0", time.Now(), nil)
	statement := fmt.Sprintf(`{"subject":[{"name":%q,"digest":{"sha256":"%x"}}],"predicateType":"https://docs.pypi.org/attestations/publish/v1"}`, name, sha256.Sum256(data))
	kept := fmt.Appendf(nil, `{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub","repository":"acme/acme-core"},"attestations":[{"envelope":{"statement":%q}}]}]}`,
		base64.StdEncoding.EncodeToString([]byte(statement)))
	w.Index.Publish(sandbox.Project, "1.3.0", time.Now().Add(-time.Hour), pypitest.File{Name: name, Data: data, Provenance: kept})
}

const extraWheel = "acme_core-1.4.0-cp312-cp312-manylinux_2_17_x86_64.whl"

// TestVerify: what can become of a release, each with its verdict, its own failed
// check and its exit code, in text and in JSON.
func TestVerify(t *testing.T) {
	situations := []struct {
		name    string
		happens func(w world) error
		verdict string
		check   string
		exit    int
	}{
		{"complete", func(world) error { return nil }, "verified", "", 0},
		{"half", func(w world) error { return w.Index.DeleteFile(sandbox.Project, "acme_core-1.4.0.tar.gz") }, "incomplete", "files", 1},
		{"other bytes", func(w world) error {
			w.Index.Fault(pypitest.Fault{Path: "/packages/", Times: -1, Mangle: pypitest.WrongBytes})
			return nil
		}, "mismatch", "bytes", 3},
		{"extra file", func(w world) error {
			_, data := pypitest.TaggedWheel(sandbox.Project, sandbox.Version, "cp312-cp312-manylinux_2_17_x86_64", time.Now(), nil)
			w.Index.Publish(sandbox.Project, sandbox.Version, time.Now(), pypitest.File{Name: extraWheel, Data: data})
			return nil
		}, "unexpected", "unexpected", 3},
		{"yanked", func(w world) error { return w.Index.Yank(sandbox.Project, sandbox.Version, "broken") }, "withdrawn", "yanked", 1},
		{"quarantined", func(w world) error { return w.Index.Quarantine(sandbox.Project, "malware") }, "withdrawn", "status", 1},
		{"invisible on one surface", func(w world) error {
			w.Index.Fault(pypitest.Fault{Path: "/simple/", Times: -1, Status: 404, Body: "404 Not Found"})
			return nil
		}, "not-visible", "simple", 8},
		{"provenance lost", func(w world) error { attested(w); return nil }, "unexpected", "provenance", 3},
	}
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			if r := w.run("you", yes...); r.code != 0 {
				t.Fatalf("no release: %d\n%s", r.code, r.err)
			}
			if err := s.happens(w); err != nil {
				t.Fatal(err)
			}
			r := w.run("sam", "verify", "--json")
			var d verified
			if err := json.Unmarshal([]byte(r.out), &d); err != nil {
				t.Fatalf("%v: %s%s", err, r.out, r.err)
			}
			if r.code != s.exit || d.Exit != s.exit || d.Verdict != s.verdict || s.check != "" && !slices.Contains(d.bad(), s.check) || s.check == "" && d.bad() != nil {
				t.Errorf("JSON: exit %d, %s, bad %q; want %d, %s, %s", r.code, d.Verdict, d.bad(), s.exit, s.verdict, s.check)
			}
			r = w.run("sam", "verify", "--plain", "--ascii")
			if r.code != s.exit || !strings.Contains(r.out, "\nverdict  "+s.verdict) || s.check != "" && !strings.Contains(r.out, "\nx "+s.check+" ") {
				t.Errorf("text: exit %d, want %d, %s, %s\n%s", r.code, s.exit, s.verdict, s.check, r.out)
			}
		})
	}
}

// TestVerifyHostile: an index that answers what no index would proves nothing; and
// a file that does not end where the pages say is another file.
func TestVerifyHostile(t *testing.T) {
	w := start(t, "happy", quick, nil)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatal(r.err)
	}
	for name, f := range map[string]pypitest.Fault{
		"a page of 200 MB":   {Path: "/simple/", Flood: 200 << 20},
		"a file of 200 MB":   {Path: "/packages/", Flood: 200 << 20},
		"HTML with 200":      {Path: "/pypi/", Status: 200, Body: "<html>maintenance</html>"},
		"a line cut off":     {Path: "/simple/", Cut: 60},
		"a file cut off":     {Path: "/packages/", Cut: 60},
		"a page of no types": {Path: "/pypi/", Mangle: func([]byte) []byte { return []byte(`{"info":7,"urls":{}}`) }},
	} {
		f.Times = -1
		w.Index.ClearFaults()
		w.Index.Fault(f)
		code, verdict := 9, "unknown"
		if name == "a file of 200 MB" { // more bytes than every page says
			code, verdict = 3, "mismatch"
		}
		if r := w.run("sam", "verify", "--plain"); r.code != code || !strings.Contains(r.out, "\nverdict  "+verdict) {
			t.Errorf("%s: %d\n%s%s", name, r.code, r.out, r.err)
		}
	}
}

// TestVerifyFromNowhere: no checkout, no version, and still a proof; what only a
// checkout can tell is not checked.
func TestVerifyFromNowhere(t *testing.T) {
	w := start(t, "happy", quick, nil)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatal(r.err)
	}
	for _, args := range [][]string{{"acme.core"}, {"acme-core", "1.4"}} {
		cmd := w.command(t.Context(), "sam", append([]string{"verify", "--json"}, args...)...)
		cmd.Dir = t.TempDir()
		r := finish(t, cmd)
		var d verified
		if err := json.Unmarshal([]byte(r.out), &d); err != nil || r.code != 0 || d.Verdict != "verified" || d.Newest != (len(args) == 1) {
			t.Errorf("%v: %d %v\n%s%s", args, r.code, err, r.out, r.err)
		}
		if !slices.ContainsFunc(d.Checks, func(c struct{ ID, Result, Evidence string }) bool {
			return c.ID == "origin" && c.Result == "not-checked"
		}) {
			t.Errorf("%v: the origin was checked: %+v", args, d.Checks)
		}
	}
	cmd := w.command(t.Context(), "sam", "verify", "no-such-project", "1.0", "--json")
	cmd.Dir = t.TempDir()
	if r := finish(t, cmd); r.code != 1 || !strings.Contains(r.out, `"verdict":"absent"`) {
		t.Errorf("an absent one: %d\n%s%s", r.code, r.out, r.err)
	}
	cmd = w.command(t.Context(), "sam", "verify")
	cmd.Dir = t.TempDir()
	if r := finish(t, cmd); r.code != 1 || !strings.Contains(r.err, "next    ferry verify --help") || !strings.Contains(r.err, "with a NAME") || strings.Contains(r.err, "ferry -C DIR") {
		t.Errorf("nothing named: %d\n%s", r.code, r.err)
	}
}

// TestVerifyDist: the person's own files are what there must be.
func TestVerifyDist(t *testing.T) {
	w := start(t, "happy", quick, nil)
	if r := w.run("you", yes...); r.code != 0 {
		t.Fatal(r.err)
	}
	dir := t.TempDir()
	name, data := pypitest.Wheel(sandbox.Project, sandbox.Version, time.Now(), map[string]string{"acme_core/other.py": "x = 1\n"})
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.run("sam", "verify", "--dist", dir, "--plain", "--ascii")
	if r.code != 3 || !strings.Contains(r.out, "by --dist") && !strings.Contains(r.out, "--dist says") {
		t.Errorf("other bytes: %d\n%s", r.code, r.out)
	}
	for _, args := range [][]string{{"--dist", "/nonexistent"}, {"acme-core", ""}} { // before anything is asked
		if r := w.run("sam", append([]string{"verify", "--plain"}, args...)...); r.code != 64 {
			t.Errorf("%q: %d\n%s", args, r.code, r.err)
		}
	}
	if r := w.run("sam", "verify", "--dist", t.TempDir(), "--plain"); r.code != 9 || !strings.Contains(r.out, "holds no distribution") {
		t.Errorf("an empty folder: %d\n%s", r.code, r.out)
	}
}

// TestVerifyWaits: as the last job of a CI, until every page shows the files; and
// an interrupt ends it.
func TestVerifyWaits(t *testing.T) {
	w := start(t, "happy", func(s *sandbox.Scenario) {
		quick(s)
		s.Lag = map[string]time.Duration{pypitest.Simple: 3 * time.Second}
	}, nil)
	if r := w.run("you", append(yes, "--no-wait")...); r.code != 8 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	r := w.run("sam", "verify", "--wait", "60s", "--json")
	if r.code != 0 || !strings.Contains(r.err, "is not-visible after") || strings.Contains(r.out, "\n{") {
		t.Errorf("%d\n%s%s", r.code, r.out, r.err)
	}
	w.Index.Fault(pypitest.Fault{Path: "/simple/", Times: -1, Status: 503})
	cmd := w.command(t.Context(), "sam", "verify", "--wait", "60s", "--plain")
	heard := &waiting{word: "is unknown after", seen: make(chan struct{})}
	cmd.Stderr = heard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case <-heard.seen:
	case <-ctx.Done():
		t.Fatal("nothing was said of the wait")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("interrupted: %v", errors.Join(err))
	}
}

// waiting tells when a word was written.
type waiting struct {
	word string
	text string
	seen chan struct{}
}

func (w *waiting) Write(b []byte) (int, error) {
	before := strings.Contains(w.text, w.word)
	w.text += string(b)
	if !before && strings.Contains(w.text, w.word) {
		close(w.seen)
	}
	return len(b), nil
}
