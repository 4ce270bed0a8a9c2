package pypi_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/pypi"
)

// saying is an index that answers every request with one body.
func saying(kind string, body *string) *pypi.Index {
	return pypi.NewIndex(pypi.Config{Simple: "http://index.example/simple/", JSON: "http://index.example/pypi/", Transport: roundTrip(func(r *http.Request) *http.Response {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", kind)
		rec.WriteString(*body)
		resp := rec.Result()
		resp.Request = r
		return resp
	})})
}

// soundPage wants what no page may break, whatever came over the wire.
func soundPage(t *testing.T, p pypi.Page, err error) {
	t.Helper()
	if (err == nil) != p.Found || err != nil && len(p.Files)+len(p.Versions) > 0 {
		t.Fatalf("found %v with %d files and %v", p.Found, len(p.Files), err)
	}
	for _, f := range p.Files {
		if f.Name == "" || strings.ContainsAny(f.Name, `/\`) || f.Size < 0 || !strings.HasPrefix(f.URL, "http") || f.SHA256 != "" && len(f.SHA256) != 64 {
			t.Fatalf("%+v", f)
		}
	}
	p.Of("1.0")
	p.Yanked("1.0")
	p.Newest()
}

const releaseDoc = `{"info":{"name":"foo","version":"1.0"},"urls":[{"filename":"foo-1.0.tar.gz","url":"http://h/foo-1.0.tar.gz","digests":{"sha256":"` +
	`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"size":3,"upload_time_iso_8601":"2026-09-01T12:00:00Z","yanked":false,"yanked_reason":null}],"last_serial":1}`

func FuzzReleaseJSON(f *testing.F) {
	f.Add(releaseDoc)
	f.Add(`{"info":null,"urls":[]}`)
	f.Add(`{"info":{"name":"foo","version":"1"},"urls":[],"ownership":{"roles":[{"role":"Owner","user":"ada"}]}}`)
	body := ""
	x := saying("application/json", &body)
	f.Fuzz(func(t *testing.T, s string) {
		body = s
		p, err := x.Release(t.Context(), "foo", "1.0")
		soundPage(t, p, err)
	})
}

func FuzzSimpleHTML(f *testing.F) {
	f.Add(`<html><head><meta name="pypi:repository-version" content="1.1"><title>Links for foo</title></head><body><a href="foo-1.0.tar.gz#sha256=x" data-yanked="">foo-1.0.tar.gz</a></body></html>`)
	f.Add("<title>Links for foo</title><a href='")
	body := ""
	x := saying("text/html", &body)
	f.Fuzz(func(t *testing.T, s string) {
		body = s
		p, err := x.Simple(t.Context(), "foo")
		soundPage(t, p, err)
	})
}

func FuzzProvenance(f *testing.F) {
	f.Add(`{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub","repository":"a/b"},"attestations":[{"verification_material":{"certificate":"MAA="},"envelope":{"statement":"e30="}}]}]}`)
	f.Add(`{"version":1,"attestation_bundles":[]}`)
	body := ""
	x := saying("application/vnd.pypi.integrity.v1+json", &body)
	f.Fuzz(func(t *testing.T, s string) {
		body = s
		p, found, err := x.Provenance(t.Context(), pypi.File{Provenance: "http://index.example/p"})
		if found != (err == nil) || err != nil && len(p.Bundles) > 0 {
			t.Fatalf("%v %v %+v", found, err, p)
		}
		p.Commits()
	})
}

// TestWrongTypes puts a value of every other type in the place of each one that
// counts: an error follows, or what was left out is not made up.
func TestWrongTypes(t *testing.T) {
	const simple = `{"meta":{"api-version":"1.4","_last-serial":3},"name":"foo","versions":["1.0"],"project-status":{"status":"active","reason":"r"},"files":[` +
		`{"filename":"foo-1.0.tar.gz","url":"http://h/f","hashes":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"size":3,"yanked":"why","requires-python":">=3","upload-time":"2026-09-01T12:00:00Z","core-metadata":{"sha256":"aa"}}]}`
	read := map[string]func(*pypi.Index, context.Context) (pypi.Page, error){
		simple:     func(x *pypi.Index, ctx context.Context) (pypi.Page, error) { return x.Simple(ctx, "foo") },
		releaseDoc: func(x *pypi.Index, ctx context.Context) (pypi.Page, error) { return x.Release(ctx, "foo", "1.0") },
	}
	r := rand.New(rand.NewPCG(4, 10))
	for doc, page := range read {
		body := doc
		x := saying("application/json", &body)
		if p, err := page(x, t.Context()); err != nil || len(p.Of("1.0")) != 1 {
			t.Fatal(p, err)
		}
		refused := 0
		for at, old := range scalars(doc) {
			for _, other := range []string{"null", "7", "-1", "1e400", `"x"`, "true", "[]", "{}", `{"a":[1]}`, strings.Repeat("[", 20000)} {
				body = doc[:at] + other + doc[at+len(old):]
				p, err := page(x, t.Context())
				soundPage(t, p, err)
				if err != nil {
					refused++
				}
			}
			body = doc[:at] + old + fmt.Sprintf(`,"unknown%d":[{}]`, r.IntN(9)) + doc[at+len(old):]
			if p, err := page(x, t.Context()); strings.HasPrefix(old, `"`) && err == nil && len(p.Files) != 1 {
				t.Errorf("an unknown field hid the files: %s", body)
			}
		}
		if refused < 40 {
			t.Errorf("only %d wrong documents were refused", refused)
		}
	}
}

// scalars are the values in a document that are neither lists nor objects, by
// their places.
func scalars(doc string) map[int]string {
	all := map[int]string{}
	for i := 1; i < len(doc); i++ {
		if doc[i-1] != ':' || doc[i] == '{' || doc[i] == '[' || !strings.ContainsRune(`"-0123456789tfn`, rune(doc[i])) || doc[i-2] != '"' {
			continue
		}
		end := i + strings.IndexAny(doc[i:], ",}]")
		if doc[i] == '"' {
			end = i + 2 + strings.IndexByte(doc[i+1:], '"')
		}
		all[i] = doc[i:end]
	}
	return all
}
