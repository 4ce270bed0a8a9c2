package pypi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ferry/pypi"
)

// What servers for private indexes answer. They have no JSON API, name no age,
// and some have no sha256 either.
var privateShapes = []struct {
	name, kind, file, page string
	named                  bool // the page tells the sha256
}{
	{"pypiserver", "text/html; charset=UTF-8", "/packages/%s", `<!DOCTYPE html>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Links for crows-nest</title>
    </head>
    <body>
        <h1>Links for crows-nest</h1>
            <a href="/packages/%[1]s#sha256=%[2]s">%[1]s</a><br>
    </body>
</html>
    `, true},
	{"pypiserver with md5", "text/html; charset=UTF-8", "/packages/%s",
		`<html><head><title>Links for crows-nest</title></head><body><a href="/packages/%[1]s#md5=b95adbebf067de06a7a9d027371c55c5">%[1]s</a><br></body></html>`, false},
	{"pypiserver without hashes", "text/html; charset=UTF-8", "/packages/%s",
		`<html><head><title>Links for crows-nest</title></head><body><a href="/packages/%[1]s">%[1]s</a><br></body></html>`, false},
	{"devpi in HTML", "text/html; charset=UTF-8", "/+f/46b/7fc6/%s", `<!DOCTYPE html><html lang="en"><head><title>ada/dev: links for crows-nest</title></head><body><h1>ada/dev: links for crows-nest</h1>
ada/dev <a href="../../+f/46b/7fc6/%[1]s#sha256=%[2]s" data-requires-python="&gt;=3.7">%[1]s</a><br>
</body></html>`, true},
	{"devpi in JSON", "application/vnd.pypi.simple.v1+json", "/+f/46b/7fc6/%s",
		`{"meta":{"api-version":"1.0"},"name":"crows-nest","files":[{"filename": "%[1]s", "url": "../../+f/46b/7fc6/%[1]s", "hashes": {"sha256": "%[2]s"}, "requires-python": ">=3.7"}]}`, true},
}

func TestPrivateIndexes(t *testing.T) {
	const file, data = "crows_nest-1.2-py3-none-any.whl", "not quite a wheel"
	hash := sha256.Sum256([]byte(data))
	sum := hex.EncodeToString(hash[:])
	for _, shape := range privateShapes {
		t.Run(shape.name, func(t *testing.T) {
			_, url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/simple/crows-nest/":
					w.Header().Set("Content-Type", shape.kind)
					fmt.Fprintf(w, shape.page, file, sum)
				case fmt.Sprintf(shape.file, file):
					fmt.Fprint(w, data)
				default:
					http.NotFound(w, r)
				}
			}))
			x := pypi.NewIndex(pypi.Config{Name: "private", Simple: url + "/simple"})
			page, err := x.Simple(t.Context(), "Crows_Nest")
			files := page.Of("1.2.0")
			if err != nil || len(files) != 1 || page.MaxAge != 600*time.Second || (files[0].SHA256 == sum) != shape.named || files[0].Size != 0 {
				t.Fatalf("%+v %v", page, err)
			}
			if d, err := x.Download(t.Context(), files[0]); err != nil || d.SHA256 != sum {
				t.Errorf("%+v %v", d, err)
			}
			if _, err := x.Release(t.Context(), "crows-nest", "1.2"); !errors.Is(err, pypi.ErrNoJSON) {
				t.Errorf("JSON: %v", err)
			}
			if page, err := x.Simple(t.Context(), "bilge"); err != nil || page.Found {
				t.Errorf("a project that is not there: %+v %v", page, err)
			}
		})
	}
}

// A private index may send us on to the public one for what it has not. Where
// that cannot be reached, it is that one's name that is told.
func TestRedirectedIntoNothing(t *testing.T) {
	x, url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.invalid/simple/foo/", http.StatusSeeOther)
	}))
	_, err := x.Simple(t.Context(), "foo")
	var lost *pypi.UnreachableError
	from := strings.TrimPrefix(url, "http://")
	if !errors.As(err, &lost) || lost.Host != "elsewhere.invalid" || lost.From != from || !strings.HasPrefix(err.Error(), "elsewhere.invalid, where "+from+" leads, cannot be reached") {
		t.Errorf("%v", err)
	}
}
