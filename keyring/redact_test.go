package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// written sends text through a redactor in pieces of the given sizes, in turn.
func written(r *Redactor, text string, sizes ...int) string {
	var out bytes.Buffer
	w := r.Writer(&out)
	for i := 0; len(text) > 0; i++ {
		n := len(text)
		if len(sizes) > 0 {
			n = min(n, 1+sizes[i%len(sizes)])
		}
		_, _ = w.Write([]byte(text[:n]))
		text = text[n:]
	}
	_ = w.Close()
	return out.String()
}

const opaque = "s3cr&t/Täg+\"q\\_value<%>"

func disguises(v string) map[string]string {
	j, _ := json.Marshal(v)
	out := map[string]string{
		"raw": v, "hex": hex.EncodeToString([]byte(v)), "HEX": fmt.Sprintf("%X", v), "query": url.QueryEscape(v), "path": url.PathEscape(v),
		"userinfo": url.UserPassword("__token__", v).String(), "json": string(j), "%q": fmt.Sprintf("%q", v), "%+q": fmt.Sprintf("%+q", v),
		"numbers": fmt.Sprintf("%d", []byte(v)),
		"basic":   base64.StdEncoding.EncodeToString([]byte("__token__:" + v)),
	}
	for i := range 3 {
		padded := []byte(strings.Repeat("x", i) + v + "yz")
		out[fmt.Sprint("base64 ", i)] = base64.StdEncoding.EncodeToString(padded)
		out[fmt.Sprint("base64url ", i)] = base64.RawURLEncoding.EncodeToString(padded)
	}
	return out
}

// bares says whether any form of v, or a large part of its base64, is in text.
func bares(text, v string) bool {
	for _, f := range forms([]byte(v)) {
		if strings.Contains(text, string(f)) {
			return true
		}
	}
	return false
}

func TestRedactorHidesEveryForm(t *testing.T) {
	r := &Redactor{}
	r.Add(NewSecret(opaque))
	for name, form := range disguises(opaque) {
		if !bares("before "+form, opaque) {
			t.Errorf("%s: the test does not know its own form", name)
		}
		for _, sizes := range [][]int{nil, {0}, {1, 2}, {6, 0, 3}} {
			got := written(r, "before "+form+" after\n", sizes...)
			if bares(got, opaque) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after\n") || !strings.Contains(got, mask) {
				t.Errorf("%s in pieces of %v: %q", name, sizes, got)
			}
		}
	}
}

func TestRedactorPatterns(t *testing.T) {
	r := &Redactor{}
	for text, want := range map[string]string{
		"x pypi-AgEIcHlwaS5vcmcCJDhk-_z. y":       "x •••. y",
		"pypi-AgE is how one begins":              "pypi-AgE is how one begins",
		"pypi-release":                            "pypi-release",
		"ghp_" + strings.Repeat("a", 36) + ",":    "•••,",
		"github_pat_" + strings.Repeat("A1_", 20): "•••",
		"ghs_short": "ghs_short",
		"glpat-" + strings.Repeat("z", 20) + "\n":         "•••\n",
		"AKIAIOSFODNN7EXAMPLE!":                           "•••!",
		"https://me:hunter2@pip.corp/simple":              "https://•••@pip.corp/simple",
		"https://token-only@pip.corp/":                    "https://•••@pip.corp/",
		"https://a:b@c@pip.corp":                          "https://•••@pip.corp",
		"ssh://git@github.com/x":                          "ssh://git@github.com/x",
		"ssh://deploy@git.corp/x":                         "ssh://deploy@git.corp/x",
		"ssh://deploy:pw@git.corp/x":                      "ssh://•••@git.corp/x",
		"sh://deploy@git.corp/x":                          "sh://•••@git.corp/x",
		"https://pypi.org/user/@me":                       "https://pypi.org/user/@me",
		"see https://pypi.org, mail me@x.org":             "see https://pypi.org, mail me@x.org",
		"https://" + strings.Repeat("a", 5000) + "@host/": "https://•••/",
		"http:/ ://":                                      "http:/ ://",
		"p":                                               "p",
	} {
		for _, sizes := range [][]int{nil, {0}, {2, 4}} {
			if got := written(r, text, sizes...); got != want {
				t.Errorf("%q in pieces of %v: got %q, want %q", text, sizes, got, want)
			}
		}
	}
}

// TestRedactorHoldsNoLineBack: who reads along sees whole lines at once.
func TestRedactorHoldsNoLineBack(t *testing.T) {
	r := &Redactor{}
	var out bytes.Buffer
	w := r.Writer(&out)
	r.Add(NewSecret("line of a secret")) // after the writer was made
	_, _ = w.Write([]byte("a line\nline of a"))
	if out.String() != "a line\n" {
		t.Errorf("got %q", out.String())
	}
	_, _ = w.Write([]byte(" secret\n"))
	if out.String() != "a line\n•••\n" {
		t.Errorf("got %q", out.String())
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("a ", " z", opaque, []byte{0, 3, 1})
	f.Add("https://u:", "@h/ pypi-AgE", "token1234", []byte{2})
	f.Add("", "", "aaaa", []byte{1})
	f.Fuzz(func(t *testing.T, before, after, secret string, cuts []byte) {
		if Check(NewSecret(secret)) != nil || len(secret) < minHidden || len(secret) > 200 || bares(mask, secret) {
			t.Skip()
		}
		var sizes []int
		for _, c := range cuts {
			sizes = append(sizes, int(c)%40)
		}
		r := &Redactor{}
		r.Add(NewSecret(secret))
		for name, form := range disguises(secret) {
			text := before + form + after
			whole, parts := written(r, text), written(r, text, sizes...)
			if whole != parts {
				t.Fatalf("%s: pieces change it: %q, %q", name, whole, parts)
			}
			// A form that only the mask's neighbours make anew is none.
			for _, piece := range strings.Split(whole, mask) {
				if bares(piece, secret) {
					t.Fatalf("%s: %q", name, whole)
				}
			}
		}
		plain := before + after
		if got := written(&Redactor{}, plain, sizes...); !strings.Contains(got, mask) && got != plain {
			t.Fatalf("changed: %q to %q", plain, got)
		}
	})
}
