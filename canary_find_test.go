package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// canary is a secret that is looked for wherever it must not be.
type canary struct{ name, value string }

// upper is a byte of a URL that is written as a number.
var upper = regexp.MustCompile(`%[0-9A-F]{2}`)

// disguises are the forms in which a value may turn up: as it is, or half of it,
// as numbers, and as every encoding writes it that stands on some way out of here.
func (c canary) disguises() map[string]string {
	v, half := c.value, len(c.value)/2
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	escaped, _ := json.Marshal(v)
	out := map[string]string{
		"raw": v, "first half": v[:half], "second half": v[half:], "hex": hex.EncodeToString([]byte(v)), "HEX": fmt.Sprintf("%X", v),
		"query": url.QueryEscape(v), "path": url.PathEscape(v), "user": url.UserPassword("x", v).String()[2:],
		"json": strings.Trim(string(escaped), `"`), "json of others": strings.Trim(strings.TrimSpace(plain.String()), `"`),
		"numbers": strings.Trim(fmt.Sprintf("%d", []byte(v)), "[]"), "backwards": backwards(v),
	}
	for _, name := range []string{"query", "path", "user"} {
		out[name+" in small letters"] = upper.ReplaceAllStringFunc(out[name], strings.ToLower)
	}
	out["json numbers"] = strings.ReplaceAll(out["numbers"], " ", ",")
	for shift := range 3 {
		out[fmt.Sprint("base64 +", shift)] = inner(base64.StdEncoding, v, shift)
		out[fmt.Sprint("base64 of URLs +", shift)] = inner(base64.URLEncoding, v, shift)
	}
	return out
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// inner is the part of a base64 text that v alone decides.
func inner(enc *base64.Encoding, v string, shift int) string {
	v = v[:len(v)-(len(v)+shift)%3] // whole groups at the end
	text := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + v))
	return text[(shift*8+5)/6:]
}

// birds are all canaries of a world, with the forms that are looked for.
type birds map[string]map[string][]byte

func flock(cs ...canary) birds {
	out := birds{}
	for _, c := range cs {
		out[c.name] = map[string][]byte{}
		for form, text := range c.disguises() {
			out[c.name][form] = []byte(text)
		}
	}
	return out
}

// in says which canaries are in a text, and how: "TRAVIS_TOKEN as hex".
func (b birds) in(text []byte) (out []string) {
	for name, forms := range b {
		for form, f := range forms {
			if bytes.Contains(text, f) {
				out = append(out, name+" as "+form)
			}
		}
	}
	slices.Sort(out)
	return out
}

// files looks into every file below a folder, and into what git has compressed.
// legitimate are the paths where the person keeps the secret.
func (b birds) files(t testing.TB, dir string, legitimate ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.Contains(legitimate, path) {
			return err
		}
		text, err := os.ReadFile(path)
		if found := b.in(append(text, unfolded(text)...)); len(found) > 0 {
			t.Errorf("%s holds %v", path, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// unfolded is every zlib stream in a text, one after the other.
func unfolded(text []byte) []byte {
	var out bytes.Buffer
	for i := 0; i+1 < len(text); i++ {
		if text[i] != 0x78 || (int(text[i])<<8|int(text[i+1]))%31 != 0 {
			continue
		}
		if z, err := zlib.NewReader(bytes.NewReader(text[i:])); err == nil {
			_, _ = io.Copy(&out, io.LimitReader(z, 1<<20)) // what can be read of it
		}
	}
	return out.Bytes()
}

// TestCanariesAreFound plants one in every form, in a text and in a file: a
// search that finds nothing proves nothing by itself.
func TestCanariesAreFound(t *testing.T) {
	c := canary{"planted", "cnry4711/with+Kelp&salt=\"é\""}
	b := flock(c)
	for form, text := range c.disguises() {
		if len(text) < 8 || len(b.in([]byte("before "+text+" after"))) == 0 {
			t.Errorf("%s: %q is not found", form, text)
		}
	}
	for i := range 6 {
		login := strings.Repeat("x", i) + ":" + c.value + "more"
		if found := b.in([]byte(base64.StdEncoding.EncodeToString([]byte(login)))); len(found) == 0 {
			t.Errorf("base64 behind %d bytes is not found", i)
		}
	}
	if found := b.in([]byte("nothing of it: cnry4712/with+kelp")); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	var folded bytes.Buffer
	z := zlib.NewWriter(&folded)
	_, _ = z.Write([]byte("tag\n" + c.value))
	_ = z.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{"raw": c.value, "object": "PACK" + folded.String(), "kept": c.value} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	heard := &deaf{TB: t}
	b.files(heard, dir, filepath.Join(dir, "kept"))
	if len(heard.said) != 2 || strings.Contains(strings.Join(heard.said, ""), "kept") {
		t.Errorf("said %q", heard.said)
	}
}

// deaf is a test that remembers its errors and does not fail.
type deaf struct {
	testing.TB
	said []string
}

func (d *deaf) Helper() {}
func (d *deaf) Errorf(format string, args ...any) {
	d.said = append(d.said, fmt.Sprintf(format, args...))
}
