package pypi_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ferry/keyring"
	"ferry/pypi"
)

// recorder takes every upload and keeps its form.
func recorder(t *testing.T) (address string, forms *[]map[string][]string) {
	t.Helper()
	forms = &[]map[string][]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/form-data" || r.ContentLength <= 0 {
			t.Errorf("content type %q, length %d", kind, r.ContentLength)
		}
		form := map[string][]string{}
		for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
			p, err := parts.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Error(err)
				return
			}
			b, _ := io.ReadAll(p)
			key := p.FormName()
			if p.FileName() != "" {
				key += "; " + p.FileName() + "; " + p.Header.Get("Content-Type")
			}
			form[key] = append(form[key], string(b))
		}
		*forms = append(*forms, form)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/legacy/", forms
}

// TestSameFormAsTwine: real distributions, sent by twine and by us. The only
// differences are md5, which nobody wants any more, and the name, which twine
// respells and the index would take as a renaming.
func TestSameFormAsTwine(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pyproject.toml": `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "ferry_demo.x"
version = "1.0"
description = "a demo — with more than ASCII"
readme = "README.md"
requires-python = ">=3.8"
keywords = ["one", "two"]
authors = [{name = "A. Üser", email = "a@example.org"}]
maintainers = [{name = "M", email = "m@example.org"}]
classifiers = ["Programming Language :: Python :: 3", "Topic :: Utilities"]
dependencies = ["packaging", "attrs; python_version < '4'"]
[project.urls]
Home = "https://example.org/"
"Bug tracker" = "https://example.org/bugs"
[tool.setuptools]
py-modules = ["ferry_demo"]
`,
		"README.md": "# Demo\n\n  indented\n\nlast line without end", "ferry_demo.py": "x = 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	realProgram(t, dir, "/usr/bin/python3", "-m", "build", "--no-isolation")
	dist, err := filepath.Glob(filepath.Join(dir, "dist", "*"))
	if err != nil || len(dist) != 2 {
		t.Fatal(dist, err)
	}
	for _, file := range dist {
		theirs, ours := twineForm(t, dir, file), ownForm(t, file)
		if len(theirs["md5_digest"]) != 1 || len(ours["md5_digest"]) != 0 {
			t.Errorf("%s: md5 %q and %q", file, theirs["md5_digest"], ours["md5_digest"])
		}
		if a, err := pypi.OpenArtifact(t.Context(), file); err != nil || ours["name"][0] != a.Metadata.Get("Name") {
			t.Errorf("%s: the name goes as %q, %v", file, ours["name"], err)
		}
		for _, field := range []string{"md5_digest", "name"} {
			delete(theirs, field)
			delete(ours, field)
		}
		for field, values := range theirs { // Debian's twine sends what it has no value for
			if reflect.DeepEqual(values, []string{""}) {
				delete(theirs, field)
			}
		}
		if filepath.Ext(file) == ".gz" && theirs["pyversion"] == nil { // and leaves this out, which newer ones send
			delete(ours, "pyversion")
		}
		for field := range theirs {
			if !reflect.DeepEqual(theirs[field], ours[field]) {
				t.Errorf("%s: %s\ntwine %.300q\nours  %.300q", filepath.Base(file), field, theirs[field], ours[field])
			}
		}
		for field := range ours {
			if theirs[field] == nil {
				t.Errorf("%s: twine has no %s: %.300q", filepath.Base(file), field, ours[field])
			}
		}
	}
}

func twineForm(t *testing.T, dir, file string) map[string][]string {
	t.Helper()
	address, forms := recorder(t)
	realProgram(t, dir, "/usr/bin/twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url", address, "-u", "__token__", "-p", "x", file)
	return (*forms)[0]
}

func ownForm(t *testing.T, file string) map[string][]string {
	t.Helper()
	address, forms := recorder(t)
	a, err := pypi.OpenArtifact(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := pypi.NewIndex(pypi.Config{Name: "x", Upload: address}).Send(t.Context(), a, "__token__", keyring.NewSecret("x"), nil); err != nil {
		t.Fatal(err)
	}
	return (*forms)[0]
}

// realProgram runs a program of Debian's. Where it is missing the test is
// skipped, or fails if it was asked for.
func realProgram(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=/usr/bin:/bin", "NO_COLOR=1", "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
	out, err := cmd.CombinedOutput()
	missing := err != nil && (os.IsNotExist(errPath(command[0])) || strings.Contains(string(out), "No module named"))
	switch {
	case missing && os.Getenv("FERRY_REAL") != "require":
		t.Skipf("%s is not here", command[0])
	case err != nil:
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
}

func errPath(name string) error { _, err := os.Stat(name); return err }
