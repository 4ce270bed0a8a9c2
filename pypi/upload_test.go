package pypi_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

const (
	accountToken = "pypi-account"
	scopedToken  = "pypi-scoped"
)

// depot is an index to upload to, with a clock that tests move.
type depot struct {
	*pypitest.Server
	t     *testing.T
	index *pypi.Index
	now   time.Time
	dir   string
}

func newDepot(t *testing.T, o pypitest.Options) *depot {
	t.Helper()
	d := &depot{t: t, now: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), dir: t.TempDir()}
	o.Now = func() time.Time { return d.now }
	o.Tokens = map[string][]string{accountToken: {"*"}, scopedToken: {"foo"}}
	d.Server = pypitest.New(o)
	server := httptest.NewServer(d.Server)
	t.Cleanup(server.Close)
	d.index = pypi.NewIndex(pypi.Config{Name: "depot", Upload: server.URL + "/legacy/", Simple: server.URL + "/simple/", JSON: server.URL + "/pypi/"})
	return d
}

// file puts bytes on the disk.
func (d *depot) file(name string, data []byte) string {
	d.t.Helper()
	at := filepath.Join(d.dir, name)
	if err := os.WriteFile(at, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return at
}

func (d *depot) open(name string, data []byte) *pypi.Artifact {
	d.t.Helper()
	a, err := pypi.OpenArtifact(d.t.Context(), d.file(name, data))
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d *depot) send(a *pypi.Artifact, token string) error {
	return d.index.Send(d.t.Context(), a, pypi.TokenUser, keyring.NewSecret(token), nil)
}

// headers is metadata with what a test wants in it.
func headers(name, version string, more ...string) string {
	return fmt.Sprintf("Metadata-Version: 2.4\nName: %s\nVersion: %s\n%s\n\nthe description\n", name, version, strings.Join(more, "\n"))
}

// sdistOf packs an sdist with the metadata given.
func sdistOf(name, version, metadata string, files map[string]string) (string, []byte) {
	stem := pypi.FileStem(name) + "-" + version
	all := map[string]string{stem + "/PKG-INFO": strings.ReplaceAll(metadata, "\n\n\n", "\n\n")}
	for k, v := range files {
		all[stem+"/"+k] = v
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		_ = w.WriteHeader(&tar.Header{Name: k, Mode: 0o644, Size: int64(len(all[k])), Typeflag: tar.TypeReg})
		_, _ = w.Write([]byte(all[k]))
	}
	_, _ = w.Close(), z.Close()
	return stem + ".tar.gz", b.Bytes()
}

// TestSend: a wheel and an sdist arrive whole, and the same bytes again are no error.
func TestSend(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	wheel := d.open(pypitest.Wheel("Foo.Bar", "1.0", d.now, nil))
	sdist := d.open(pypitest.Sdist("Foo.Bar", "1.0", d.now, map[string]string{"a.py": "x"}))
	for _, a := range []*pypi.Artifact{wheel, sdist, wheel} {
		var heard []int64
		err := d.index.Send(t.Context(), a, pypi.TokenUser, keyring.NewSecret(accountToken), func(n int64) { heard = append(heard, n) })
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(heard) || len(heard) == 0 || heard[len(heard)-1] != a.Size {
			t.Errorf("%s: progress %v of %d", a.File, heard, a.Size)
		}
	}
	page, err := d.index.Simple(t.Context(), "foo-bar")
	files := page.Of("1.0")
	if err != nil || len(files) != 2 || files[0].SHA256 != wheel.SHA256 || files[1].SHA256 != sdist.SHA256 {
		t.Errorf("%+v %v", files, err)
	}
	if u := d.Uploads(); u[0].Project != "Foo.Bar" {
		t.Errorf("the project is renamed to %q", u[0].Project)
	}
}

// TestSendRefused: what PyPI refuses, by its kind.
func TestSendRefused(t *testing.T) {
	plain := func(d *depot, name, version string, more ...string) *pypi.Artifact {
		return d.open(sdistOf(name, version, headers(name, version, more...), nil))
	}
	wheel := func(d *depot, content string) *pypi.Artifact {
		return d.open(pypitest.Wheel("foo", "1.0", d.now, map[string]string{"foo.py": content}))
	}
	for want, run := range map[pypi.Refusal]func(*depot) error{
		pypi.RefusedToken: func(d *depot) error { return d.send(plain(d, "foo", "1.0"), "pypi-other") },
		pypi.RefusedScope: func(d *depot) error { return d.send(plain(d, "bar", "1.0"), scopedToken) },
		pypi.RefusedMetadataVersion: func(d *depot) error {
			return d.send(d.open(sdistOf("foo", "1.0", strings.Replace(headers("foo", "1.0"), "2.4", "2.6", 1), nil)), accountToken)
		},
		pypi.RefusedLocalVersion: func(d *depot) error { return d.send(plain(d, "foo", "1.0+x"), accountToken) },
		pypi.RefusedMetadata: func(d *depot) error {
			return d.send(plain(d, "foo", "1.0", "Classifier: Private :: Do Not Upload"), accountToken)
		},
		pypi.RefusedDirectURL: func(d *depot) error {
			return d.send(plain(d, "foo", "1.0", "Requires-Dist: b @ https://x/b.whl"), accountToken)
		},
		pypi.RefusedNameStdlib:  func(d *depot) error { return d.send(plain(d, "json", "1.0"), accountToken) },
		pypi.RefusedNameSimilar: func(d *depot) error { return d.send(plain(d, "taken-I", "1.0"), accountToken) },
		pypi.RefusedProject:     func(d *depot) error { return d.send(plain(d, "archived", "1.0"), accountToken) },
		pypi.RefusedSize:        func(d *depot) error { return d.send(wheel(d, noise(20_000)), accountToken) },
		pypi.RefusedArchive:     func(d *depot) error { return d.send(plain(d, "foo", "1.0", "License-File: COPYING"), accountToken) },
		pypi.RefusedPlatform: func(d *depot) error {
			return d.send(d.open(pypitest.TaggedWheel("foo", "1.0", "cp312-cp312-linux_x86_64", d.now, nil)), accountToken)
		},
		pypi.RefusedFilename: func(d *depot) error {
			_, data := pypitest.Wheel("foo", "1.0", d.now, nil)
			return d.send(d.open("Foo-1.0-py3-none-any.whl", data), accountToken)
		},
		pypi.RefusedExists: func(d *depot) error {
			return errors.Join(d.send(wheel(d, "a"), accountToken), d.send(wheel(d, "b"), accountToken))
		},
		pypi.RefusedDeleted: func(d *depot) error {
			err := d.send(wheel(d, "a"), accountToken)
			return errors.Join(err, d.DeleteFile("foo", "foo-1.0-py3-none-any.whl"), d.send(wheel(d, "a"), accountToken))
		},
		pypi.RefusedOld: func(d *depot) error {
			err := d.send(wheel(d, "a"), accountToken)
			d.now = d.now.Add(15 * 24 * time.Hour)
			return errors.Join(err, d.send(plain(d, "foo", "1.0"), accountToken))
		},
		pypi.RefusedSdist: func(d *depot) error {
			d.Publish("foo", "1.0", d.now, pypitest.File{Name: "foo-1.0.zip", Data: []byte("old")})
			return d.send(plain(d, "foo", "1.0"), accountToken)
		},
		pypi.RefusedDigest: func(d *depot) error {
			a := wheel(d, "a")
			a.SHA256 = strings.Repeat("0", 64)
			return d.send(a, accountToken)
		},
		pypi.RefusedPassword: func(d *depot) error {
			return d.index.Send(t.Context(), wheel(d, "a"), "me", keyring.NewSecret("secret"), nil)
		},
		pypi.RefusedRegister: func(d *depot) error {
			return d.index.Submit(t.Context(), wheel(d, "a"), pypi.TokenUser, keyring.NewSecret(accountToken))
		},
	} {
		t.Run(string(want), func(t *testing.T) {
			d := newDepot(t, pypitest.Options{MaxFile: 10_000})
			d.Publish("taken-1", "", d.now)
			d.Publish("archived", "", d.now)
			if err := d.SetStatus("archived", "archived", ""); err != nil {
				t.Fatal(err)
			}
			var refused *pypi.RefusedError
			if err := run(d); !errors.As(err, &refused) || refused.Why != want || refused.Text == "" {
				t.Errorf("%+v", err)
			}
		})
	}
}

// noise is text that does not pack.
func noise(n int) string {
	var b strings.Builder
	x := uint32(1)
	for b.Len() < n {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "%08x", x)
	}
	return b.String()
}

// TestSendElsewhere: the words and the habits of other indexes, and of the network.
func TestSendElsewhere(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, nil))
	for name, c := range map[string]struct {
		status int
		kind   string
		body   string
		header string
		want   pypi.Refusal
		text   string
	}{
		"pypiserver":   {409, "text/html", "<html><head><style>body {x: y}</style></head><h1>Error: 409 Conflict</h1><p>Package 'foo' already exists! You may start server with `--overwrite` option.</p>", "", pypi.RefusedExists, "Error: 409 Conflict Package"},
		"devpi":        {401, "application/json", `{"type":"denied"}`, "", pypi.RefusedToken, ""},
		"redirect":     {308, "text/plain", "308 elsewhere", "/other/", pypi.RefusedAddress, "elsewhere"},
		"a GET's page": {302, "text/html", "<p>moved</p>", "https://example.org/", pypi.RefusedAddress, "moved"},
		"not there":    {404, "text/plain", "no", "", pypi.RefusedAddress, "no"},
		"too many":     {429, "text/plain", "slowly", "", pypi.RefusedRate, "slowly"},
		"broken":       {503, "text/html", "<title>503</title>", "", pypi.RefusedServer, "503"},
		"hostile":      {400, "text/plain", "a\x1b[2J\r\nb\x00" + strings.Repeat("x", 100_000), "", pypi.RefusedOther, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			posts := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				posts++
				w.Header().Set("Content-Type", c.kind)
				if c.header != "" {
					w.Header().Set("Location", c.header)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			x := pypi.NewIndex(pypi.Config{Name: "x", Upload: server.URL + "/up/"})
			var refused *pypi.RefusedError
			err := x.Send(t.Context(), a, "u", keyring.NewSecret("p"), nil)
			if !errors.As(err, &refused) || refused.Why != c.want || !strings.Contains(refused.Text, c.text) || len(refused.Text) > 1500 || posts != 1 {
				t.Errorf("%d posts, %+v", posts, err)
			}
		})
	}
}

// TestSendUncertain: what got no answer may have landed; what never left did not.
func TestSendUncertain(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, nil))
	var uncertain *pypi.UncertainError
	d.Fault(pypitest.Fault{Path: "/legacy/", Silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	err := d.index.Send(ctx, a, pypi.TokenUser, keyring.NewSecret(accountToken), nil)
	if !errors.As(err, &uncertain) || !errors.Is(err, context.Canceled) {
		t.Errorf("a silent index, given up: %v", err)
	}
	nobody := pypi.NewIndex(pypi.Config{Name: "x", Upload: "http://127.0.0.1:1/"})
	var gone *pypi.UnreachableError
	if err := nobody.Send(t.Context(), a, "u", keyring.NewSecret("p"), nil); !errors.As(err, &gone) || errors.As(err, &uncertain) {
		t.Errorf("nobody there: %v", err)
	}
	open := pypi.NewIndex(pypi.Config{Name: "x", Upload: "http://index.example/legacy/"})
	if err := open.Send(t.Context(), a, "u", keyring.NewSecret("p"), nil); !errors.Is(err, pypi.ErrPlainHTTP) {
		t.Errorf("plain http: %v", err)
	}
}

// TestOpenArtifact: what is no distribution, and why.
func TestOpenArtifact(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	_, good := pypitest.Wheel("foo", "1.0", d.now, nil)
	double := zipped(t, "foo-1.0.dist-info/METADATA", headers("foo", "1.0"), "foo-1.0.dist-info/METADATA", headers("foo", "9"))
	other := zipped(t, "bar-1.0.dist-info/METADATA", headers("bar", "1.0"))
	deep := zipped(t, "x/foo-1.0.dist-info/METADATA", headers("foo", "1.0"))
	_, noInfo := sdistOf("bar", "1.0", headers("bar", "1.0"), nil)
	_, version := sdistOf("foo", "1.0", headers("foo", "2.0"), nil)
	for name, data := range map[string][]byte{
		"bar-1.0-py3-none-any.whl": good, "foo-1.0-py3-none-any.whl": double, "foo-1.0-py2-none-any.whl": other, "foo-1.0-cp312-none-any.whl": deep,
		"foo-1.0.tar.gz": []byte("junk"), "baz-1.0.tar.gz": noInfo, "foo-1.0.zip": good, "foo-1.0-py3-none-win32.whl": []byte("PK junk"),
		"foo.txt": nil, "foo-2.tar.gz": good[:20],
	} {
		if a, err := pypi.OpenArtifact(t.Context(), d.file(name, data)); err == nil {
			t.Errorf("%s: %+v", name, a)
		} else if strings.ContainsAny(err.Error(), "\x00\x1b") {
			t.Errorf("%s: %q", name, err)
		}
	}
	if a, err := pypi.OpenArtifact(t.Context(), d.file("foo-1.0.tar.gz", version)); err == nil {
		t.Errorf("another version: %+v", a)
	}
	if _, err := pypi.OpenArtifact(t.Context(), filepath.Join(d.dir, "gone-1.0.tar.gz")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func zipped(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		h := zip.FileHeader{Name: pairs[i], CRC32: crc32.ChecksumIEEE([]byte(pairs[i+1])), CompressedSize64: uint64(len(pairs[i+1])), UncompressedSize64: uint64(len(pairs[i+1]))}
		w, err := z.CreateRaw(&h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(pairs[i+1]))
	}
	_ = z.Close()
	return b.Bytes()
}

// TestAPageIsNoAnswerToAnUpload: a portal that answers everything with 200 took nothing.
func TestAPageIsNoAnswerToAnUpload(t *testing.T) {
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, nil))
	for body, sure := range map[string]bool{"": true, "OK": true, "<!DOCTYPE html><title>sign in</title>": false, "\n <HTML>": false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=UTF-8") // pypiserver says so of an empty body
			_, _ = w.Write([]byte(body))
		}))
		x := pypi.NewIndex(pypi.Config{Name: "x", Upload: server.URL + "/up/"})
		err := x.Send(t.Context(), a, "u", keyring.NewSecret("p"), nil)
		server.Close()
		var doubt *pypi.UncertainError
		if sure != (err == nil) || !sure && !errors.As(err, &doubt) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
