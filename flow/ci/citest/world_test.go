package citest_test

import (
	"bytes"
	"cmp"
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
	want   string // what to log in with, if it is not the usual
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
	if !ok || user != "__token__" || password != cmp.Or(x.want, upload) || r.ContentLength <= 0 || r.Method != http.MethodPost {
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
	held chan struct{} // closed: what waits for an hour goes on
	*testing.T
	ci      *citest.Server
	index   *index
	travis  *travis.Provider
	github  *github.Provider
	subject ci.Provider
	up      string // where the index is
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
	w := &world{T: t, index: x, up: up.URL, held: make(chan struct{})}
	w.ci = citest.New(citest.Options{
		Slug: slug, Checkout: func(string) (fs.FS, error) { return files[provider], nil }, UploadURL: up.URL,
		UploadToken: keyring.NewSecret(upload), Script: s, Log: t.Logf, After: w.after,
	})
	t.Cleanup(w.ci.Close)
	tw, gw := httptest.NewServer(w.ci.Travis()), httptest.NewServer(w.ci.GitHub())
	t.Cleanup(tw.Close)
	t.Cleanup(gw.Close)
	w.travis, err = travis.New(travis.Options{URL: tw.URL, Slug: slug, UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	w.github, err = github.New(github.Options{URL: gw.URL, Slug: slug, Token: keyring.NewSecret("any"), UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	w.subject = w.travis
	if provider == "github" {
		w.subject = w.github
	}
	return w
}

// after waits like a clock; what a script has wait an hour waits until held is closed.
func (w *world) after(d time.Duration, f func()) {
	if d < time.Hour {
		time.AfterFunc(d, f)
		return
	}
	go func() {
		select {
		case <-w.held:
			f()
		case <-w.Context().Done():
		}
	}()
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
