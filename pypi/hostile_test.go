package pypi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/pypi"
)

// reads are all ways in which an index is read, against one server.
func reads(x *pypi.Index, at string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"simple":  func(ctx context.Context) error { _, err := x.Simple(ctx, "foo"); return err },
		"release": func(ctx context.Context) error { _, err := x.Release(ctx, "foo", "1.0"); return err },
		"provenance": func(ctx context.Context) error {
			_, _, err := x.Provenance(ctx, pypi.File{Provenance: at + "/p"})
			return err
		},
		"download": func(ctx context.Context) error {
			_, err := x.Download(ctx, pypi.File{URL: at + "/f", Size: 1 << 20})
			return err
		},
	}
}

// TestEndless: a body without an end, packed or not, is given up on every surface.
func TestEndless(t *testing.T) {
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		spaces := []byte(strings.Repeat(" ", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(spaces); err != nil {
				return
			}
		}
	})
	packed := bomb(t, 200<<20)
	for name, h := range map[string]http.Handler{"endless": plain, "bomb": packed} {
		x, at := serve(t, h)
		for surface, read := range reads(x, at) {
			var large *pypi.TooLargeError
			err := read(t.Context())
			if surface == "download" && name == "bomb" {
				if err != nil { // it is measured as it is stored, and never unpacked
					t.Errorf("%s of %s: %v", surface, name, err)
				}
				continue
			}
			if !errors.As(err, &large) {
				t.Errorf("%s of %s: %v", surface, name, err)
			}
		}
	}
}

// TestRedirectsThatAreNotFollowed: to plain text, and to another host with a
// password that somebody put into the address.
func TestRedirectsThatAreNotFollowed(t *testing.T) {
	asked := ""
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer elsewhere.Close()
	other := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	for name, to := range map[string]string{"to plain text": other, "with a password": strings.Replace(other, "http://", "http://user:hunter2-hunter2@", 1)} {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to+r.URL.Path, http.StatusFound) })
		server := httptest.NewServer(h)
		if name == "to plain text" {
			server.Close()
			server = httptest.NewTLSServer(h)
		}
		defer server.Close()
		x := pypi.NewIndex(pypi.Config{Name: "x", Simple: server.URL + "/simple/", JSON: server.URL + "/pypi/", Transport: server.Client().Transport})
		for surface, read := range reads(x, server.URL) {
			var refused *pypi.HTTPError
			err := read(t.Context())
			if !errors.As(err, &refused) || refused.Status != http.StatusFound || strings.Contains(err.Error(), "hunter2") || asked != "" {
				t.Errorf("%s, %s: %v, asked for %q", name, surface, err, asked)
			}
		}
	}
}

// TestCredentialsStayAtTheirHost: what an index's own address holds is shown to
// that host alone, and to nobody who reads a message.
func TestCredentialsStayAtTheirHost(t *testing.T) {
	heard := "nothing"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = r.Header.Get("Authorization")
		fmt.Fprint(w, "<html>no index</html>")
	}))
	defer elsewhere.Close()
	own := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own = r.Header.Get("Authorization")
		http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+"/simple/foo/", http.StatusFound)
	}))
	defer server.Close()
	base := strings.Replace(server.URL, "http://", "http://user:hunter2-hunter2@", 1)
	p, err := pypi.NewIndex(pypi.Config{Name: "x", Simple: base + "/simple/"}).Simple(t.Context(), "foo")
	if err == nil || p.Found || strings.Contains(fmt.Sprint(err, p), "hunter2") {
		t.Errorf("%+v %v", p, err)
	}
	if own == "" || heard != "" {
		t.Errorf("its own host heard %q, the other %q", own, heard)
	}
}
