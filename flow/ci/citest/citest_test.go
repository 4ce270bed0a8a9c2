package citest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

func TestRelease(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"travis", "github"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			queued := start(t, provider, "queue 1h\njob py3 40ms lines=4\n")
			queued.ci.Push(branch, zero, sha)
			w := start(t, provider, "queue 20ms\njob py3 40ms lines=4\n")
			w.ci.Push(branch, zero, sha)
			if b := queued.builds(); len(b) != 1 || b[0].State != ci.StateQueued || b[0].Final() {
				t.Fatalf("at once: %+v", b)
			}
			b := w.final()
			if b.State != ci.StatePassed || b.Event != "push" || b.LastEnd().IsZero() {
				t.Errorf("got %+v", b)
			}
			want := []string{"de_mo-1.2.0rc1-py3-none-any.whl", "de_mo-1.2.0rc1.tar.gz"}
			if got := w.index.got(); !slices.Equal(got, want) {
				t.Fatalf("uploaded %q\n%s", got, w.log(b, ""))
			}
			for i, u := range ci.Uploads([]byte(w.log(b, ""))) {
				sum := sha256.Sum256(w.index.files[u.Name])
				if u.Name != want[i] || u.SHA256 != hex.EncodeToString(sum[:]) {
					t.Errorf("the log says %+v", u)
				}
			}
			checkSdist(t, w.index.files[want[1]])
			checkWheel(t, w.index.files[want[0]])
		})
	}
}

func checkSdist(t *testing.T, b []byte) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		names = append(names, strings.TrimPrefix(h.Name, "de_mo-1.2.0rc1/"))
	}
	if want := []string{"PKG-INFO", ".travis.yml", ".github/workflows/release.yml", "pyproject.toml", "src/demo/__init__.py", "src/demo/data/a.txt", "tests/test_demo.py"}; len(names) != len(want)-1 || slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(want, n) }) {
		t.Errorf("the sdist holds %q", names)
	}
}

func checkWheel(t *testing.T, b []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	info := "de_mo-1.2.0rc1.dist-info/"
	if want := []string{"demo/__init__.py", "demo/data/a.txt", info + "METADATA", info + "WHEEL", info + "RECORD"}; !slices.Equal(names, want) {
		t.Errorf("the wheel holds %q", names)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, provider, script string
		state                  ci.State
		uploads                int
		log                    string
	}{
		{"tests fail", "travis", `job py39 10ms fail "E   AssertionError: boom"`, ci.StateFailed, 0, "E   AssertionError: boom"},
		{"tests fail", "github", `job py39 10ms fail "E   AssertionError: boom"`, ci.StateFailed, 0, "##[error]"},
		{"one errors", "travis", "job a 5ms error\njob b 5ms\ndeploy job=b", ci.StateErrored, 2, ""},
		{"a failure that is allowed", "travis", "job a 5ms fail allow-failure\njob b 5ms", ci.StatePassed, 2, ""},
		{"cancelled", "travis", "job a 5ms cancel", ci.StateCancelled, 0, "Cancelled"},
		{"half", "travis", "job a 5ms\ndeploy fail=sdist", ci.StateErrored, 1, "Twine upload failed"},
		{"half", "github", "job a 5ms\ndeploy fail=sdist", ci.StateFailed, 1, "Twine upload failed"},
		{"nothing", "travis", "job a 5ms\ndeploy fail=wheel", ci.StateErrored, 0, "failed to deploy"},
		{"green and empty", "travis", "job a 5ms\ndeploy skip", ci.StatePassed, 0, "Skipping a deployment with the pypi provider because a custom condition was not met"},
		{"red and published", "travis", "job a 5ms\ndeploy then fail", ci.StateErrored, 2, "failed to deploy"},
		{"only the sdist", "travis", "job a 5ms\ndeploy files=sdist", ci.StatePassed, 1, "Uploading de_mo-1.2.0rc1.tar.gz"},
		{"slowly", "travis", "job a 5ms\ndeploy slow=10ms", ci.StatePassed, 2, ""},
		{"control characters", "travis", "job a 5ms hostile", ci.StatePassed, 2, "\x1b]0;owned\x07"},
	} {
		t.Run(c.name+" on "+c.provider, func(t *testing.T) {
			t.Parallel()
			w := start(t, c.provider, c.script)
			w.ci.Push(branch, zero, sha)
			b := w.final()
			if got := w.index.got(); b.State != c.state || len(got) != c.uploads {
				t.Errorf("%s, uploaded %q", b.State, got)
			}
			if log := w.log(b, ""); !strings.Contains(log, c.log) {
				t.Errorf("the log has no %q:\n%s", c.log, log)
			}
		})
	}
}

func TestRefusedUpload(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 5ms")
	w.index.refuse = "File already exists ('demo')"
	w.ci.Push(branch, zero, sha)
	b := w.final()
	if log := w.log(b, ""); b.State != ci.StateErrored || !strings.Contains(log, "400 from") || !strings.Contains(log, "File already exists") {
		t.Errorf("%s\n%s", b.State, log)
	}
}

func TestWhatStartsNothing(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "hook off")
	w.ci.Push(branch, zero, sha)
	if got := w.ci.Builds(); len(got) != 0 {
		t.Errorf("with the hook off: %+v", got)
	}
	w.ci.SetScript(citest.Script{})
	w.ci.Push("refs/releases/demo/1.0", zero, sha)
	w.ci.Push(branch, sha, zero)
	if got := w.ci.Builds(); len(got) != 0 {
		t.Errorf("a claim and a deletion: %+v", got)
	}
	g := start(t, "github", "")
	g.ci.Push("refs/heads/main", zero, sha)
	g.ci.Push("refs/tags/v1", zero, sha)
	if got := g.ci.Builds(); len(got) != 0 {
		t.Errorf("refs that are not asked for: %+v", got)
	}
	g.ci.Trigger("release", "refs/tags/v1", sha)
	if got := g.ci.Builds(); len(got) != 1 || got[0].Event != "release" {
		t.Errorf("a release: %+v", got)
	}
}

// TestAnotherBranch is built by Travis like any, and publishes nothing.
func TestAnotherBranch(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 5ms")
	w.ci.Push("refs/heads/main", zero, sha)
	w.ci.Push(branch, zero, sha)
	b := w.final()
	if len(w.builds()) != 1 || len(w.ci.Builds()) != 2 {
		t.Fatalf("got %+v", w.ci.Builds())
	}
	main, err := w.travis.Builds(w.Context(), ci.Query{Ref: "refs/heads/main", SHA: sha})
	if err != nil || len(main) != 1 || main[0].ID == b.ID {
		t.Fatalf("%+v, %v", main, err)
	}
	if got := w.index.got(); len(got) != 2 {
		t.Errorf("uploaded %q", got)
	}
}

func TestDeletedTooEarly(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 5ms\njob b 5ms wait=1h\ndeploy job=a")
	w.ci.Push(branch, zero, sha)
	w.until("half done", func(b ci.Build) bool { return b.Jobs[0].State == ci.StatePassed })
	w.ci.Push(branch, sha, zero)
	close(w.held)
	b := w.final()
	if b.State != ci.StateErrored || b.Jobs[1].State != ci.StateErrored {
		t.Errorf("got %+v", b)
	}
	text, err := w.travis.Log(w.Context(), b.Jobs[1], 0)
	if err != nil || !strings.Contains(string(text.Text), "Remote branch pypi-release not found") {
		t.Errorf("%q, %v", text.Text, err)
	}
}

// TestLiveLog follows a log piece by piece and ends with the whole of it.
func TestLiveLog(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 150ms lines=30 hostile")
	w.ci.Push(branch, zero, sha)
	running := w.until("running", func(b ci.Build) bool { return b.Jobs[0].State == ci.StateRunning })
	var text []byte
	pieces := 0
	for next, job := int64(0), running.Jobs[0]; ; job = w.builds()[0].Jobs[0] {
		got, err := w.travis.Log(w.Context(), job, next)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Text) > 0 {
			pieces++
		}
		text, next = append(text, got.Text...), got.Next
		if got.Complete {
			break
		}
	}
	if whole := w.log(w.final(), ""); string(text) != whole || pieces < 3 {
		t.Errorf("%d pieces, %d bytes of %d", pieces, len(text), len(whole))
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	w := start(t, "github", "job a 5ms\napproval @dana environment=pypi\n")
	w.ci.Push(branch, zero, sha)
	b := w.until("waiting", func(b ci.Build) bool { return b.State == ci.StateApproval })
	if want := "waits for review by @dana (environment pypi)"; b.Note != want || b.Jobs[0].Note != want || b.Jobs[0].State != ci.StateApproval {
		t.Errorf("got %+v", b)
	}
	w.ci.Approve()
	if b = w.final(); b.State != ci.StatePassed || len(w.index.got()) != 2 {
		t.Errorf("got %+v", b)
	}
	w = start(t, "github", "job a 5ms\napproval @dana after=20ms\n")
	w.ci.Push(branch, zero, sha)
	w.final()
}

// restart types the command that the provider gives, with a token.
func (w *world) restart(b ci.Build) int {
	w.Helper()
	words := w.subject.(ci.RestartHinter).RestartCommand(b)
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, words[len(words)-1], nil)
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("User-Agent", "curl/8")
	for i, word := range words {
		if word == "-H" {
			k, v, _ := strings.Cut(words[i+1], ": ")
			req.Header.Set(k, v)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"travis", "github"} {
		w := start(t, provider, "job a 5ms\njob b 5ms fail\nattempt 2:\ndeploy job=b\n")
		w.ci.Push(branch, zero, sha)
		b := w.final()
		if b.State != ci.StateFailed || len(w.index.got()) != 0 {
			t.Fatalf("%s: first %+v", provider, b)
		}
		if got := w.restart(b); got != http.StatusAccepted && got != http.StatusCreated {
			t.Fatalf("%s: restart answered %d", provider, got)
		}
		again := w.until("passed", func(b ci.Build) bool { return b.Final() && b.State == ci.StatePassed })
		if again.ID != b.ID || len(w.index.got()) != 2 {
			t.Errorf("%s: second %+v, uploaded %q", provider, again, w.index.got())
		}
	}
}

func TestSameCommitSameBytes(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 5ms")
	w.ci.Push(branch, zero, sha)
	w.final()
	w.ci.Push(branch, sha, zero)
	w.ci.Push(branch, zero, sha)
	w.until("second", func(b ci.Build) bool { return b.Number == "2" && b.Final() && b.State == ci.StatePassed })
	if got := w.index.got(); len(got) != 4 {
		t.Errorf("uploaded %q", got)
	}
}

func TestCloseStopsAll(t *testing.T) {
	t.Parallel()
	w := start(t, "travis", "job a 1h stuck")
	w.ci.Push(branch, zero, sha)
	w.ci.Close()
	w.ci.Close()
}
