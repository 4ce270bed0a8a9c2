package citest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/blake2b"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/ci/travis"
	"ferry/keyring"
)

const (
	slug   = "dana/demo"
	sha    = "3f786850e387550fdab836ed7e6dc881de23001b"
	zero   = "0000000000000000000000000000000000000000"
	branch = "refs/heads/pypi-release"
	upload = "pypi-upload-token"
)

// index takes uploads as strictly as the real one as far as forms go.
type index struct {
	t  *testing.T
	mu sync.Mutex
	// what arrived, in its order
	names  []string
	files  map[string][]byte
	refuse string // a message for every upload
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := x.take(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (x *index) take(r *http.Request) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != "" {
		return errors.New(x.refuse)
	}
	user, password, ok := r.BasicAuth()
	if !ok || user != "__token__" || password != upload || r.ContentLength <= 0 || r.Method != http.MethodPost {
		return errors.New("Invalid or non-existent authentication information.")
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return fmt.Errorf("%s is no form: %w", kind, err)
	}
	fields := map[string]string{}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return err
		}
		if (p.FileName() != "") != (p.FormName() == "content") || fields[p.FormName()] != "" {
			return fmt.Errorf("%s: Should not be a tuple.", p.FormName())
		}
		if p.FormName() == "content" {
			if p.Header.Get("Content-Type") != "application/octet-stream" {
				return errors.New("Invalid distribution file.")
			}
			fields["filename"] = p.FileName()
		}
		fields[p.FormName()] = string(b)
	}
	return x.check(fields)
}

func (x *index) check(f map[string]string) error {
	content := []byte(f["content"])
	s, b := sha256.Sum256(content), blake2b.Sum256(content)
	base := strings.ReplaceAll(strings.ToLower(f["name"]), "-", "_") + "-" + f["version"]
	want := map[string][2]string{"sdist": {base + ".tar.gz", "source"}, "bdist_wheel": {base + "-py3-none-any.whl", "py3"}}[f["filetype"]]
	switch {
	case f[":action"] != "file_upload" || f["protocol_version"] != "1" || f["metadata_version"] != "2.1":
		return fmt.Errorf("form: %.200q", f)
	case f["sha256_digest"] != hex.EncodeToString(s[:]) || f["blake2_256_digest"] != hex.EncodeToString(b[:]):
		return errors.New("The digest supplied does not match a digest calculated from the uploaded file.")
	case f["filename"] != want[0] || f["pyversion"] != want[1]:
		return fmt.Errorf("Filename '%s' is invalid, should be '%s'.", f["filename"], want[0])
	}
	if old, ok := x.files[f["filename"]]; ok && !bytes.Equal(old, content) {
		return fmt.Errorf("File already exists ('%s')", f["filename"])
	}
	if x.files == nil {
		x.files = map[string][]byte{}
	}
	x.files[f["filename"]] = content
	x.names = append(x.names, f["filename"])
	return nil
}

func (x *index) got() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.names)
}

const travisYML = `language: python
deploy:
  provider: pypi
  distributions: sdist bdist_wheel
  on: {branch: pypi-release}
`

const workflowYML = `name: Release
on: {push: {branches: [pypi-release]}, release: {types: [published]}}
jobs:
  publish:
    environment: pypi
    steps: [{uses: pypa/gh-action-pypi-publish@release/v1}]
`

func tree(ciFile, src string) fstest.MapFS {
	return fstest.MapFS{
		ciFile: {Data: []byte(src)}, "pyproject.toml": {Data: []byte("[build-system]\nname = 'no'\n[project]\nname = \"De-Mo\"\nversion = \"1.2.0-RC1\"\n[tool.x]\nversion = '9'\n")},
		"src/demo/__init__.py": {Data: []byte("x = 1\n")}, "src/demo/data/a.txt": {Data: []byte("a")}, "tests/test_demo.py": {Data: []byte("")}, ".git/config": {Data: []byte("no")},
	}
}

// world is a fake CI with its index, and a provider to look at it with.
type world struct {
	*testing.T
	ci      *citest.Server
	index   *index
	travis  *travis.Provider
	github  *github.Provider
	subject ci.Provider
}

func start(t *testing.T, provider, script string) *world {
	t.Helper()
	s, err := citest.ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]fs.FS{"travis": tree(".travis.yml", travisYML), "github": tree(".github/workflows/release.yml", workflowYML)}
	x := &index{t: t}
	up := httptest.NewServer(x)
	t.Cleanup(up.Close)
	w := &world{T: t, index: x}
	w.ci = citest.New(citest.Options{
		Slug: slug, Checkout: func(string) (fs.FS, error) { return files[provider], nil }, UploadURL: up.URL,
		UploadToken: keyring.NewSecret(upload), Script: s, Log: t.Logf,
	})
	t.Cleanup(w.ci.Close)
	tw, gw := httptest.NewServer(w.ci.Travis()), httptest.NewServer(w.ci.GitHub())
	t.Cleanup(tw.Close)
	t.Cleanup(gw.Close)
	w.travis, err = travis.New(travis.Options{URL: tw.URL, Slug: slug, UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	w.github, err = github.New(github.Options{URL: gw.URL, Slug: slug, UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	w.subject = w.travis
	if provider == "github" {
		w.subject = w.github
	}
	return w
}

// builds asks for the builds of the commit on the release branch.
func (w *world) builds() []ci.Build {
	w.Helper()
	got, err := w.subject.Builds(w.Context(), ci.Query{Ref: branch, SHA: sha})
	if err != nil {
		w.Fatal(err)
	}
	return got
}

// until looks at the newest build until it is as wished.
func (w *world) until(what string, ok func(ci.Build) bool) ci.Build {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 5*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if bs := w.builds(); len(bs) > 0 && ok(bs[0]) {
			return bs[0]
		}
		select {
		case <-ctx.Done():
			w.Fatalf("never %s: %+v", what, w.builds())
		case <-tick.C:
		}
	}
}

func (w *world) final() ci.Build {
	w.Helper()
	return w.until("final", ci.Build.Final)
}

func (w *world) log(b ci.Build, name string) string {
	w.Helper()
	i := slices.IndexFunc(b.Jobs, func(j ci.Job) bool { return j.Name == name || name == "" })
	if i < 0 {
		i = 0
	}
	got, err := w.subject.(ci.Logger).Log(w.Context(), b.Jobs[i], 0)
	if err != nil || !got.Complete {
		w.Fatalf("%+v, %v", got, err)
	}
	return string(got.Text)
}

func TestRelease(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"travis", "github"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			w := start(t, provider, "queue 20ms\njob py3 40ms lines=4\n")
			w.ci.Push(branch, zero, sha)
			if b := w.builds(); len(b) != 1 || b[0].State != ci.StateQueued || b[0].Final() {
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
	w := start(t, "travis", "job a 5ms\njob b 5ms wait=60ms\ndeploy job=a")
	w.ci.Push(branch, zero, sha)
	w.until("half done", func(b ci.Build) bool { return b.Jobs[0].State == ci.StatePassed })
	w.ci.Push(branch, sha, zero)
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
