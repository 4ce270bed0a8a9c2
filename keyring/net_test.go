package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestHideKnowsWhatWasSealed(t *testing.T) {
	const value = "sealed-and-forgotten"
	text := "the server said: " + value
	if got := Hide(text); got != text {
		t.Fatalf("known before it was sealed: %q", got)
	}
	_ = NewSecret(value)
	if got := Hide(text); got != "the server said: "+mask {
		t.Errorf("got %q", got)
	}
	var out bytes.Buffer
	w := Hiding(&out)
	_, _ = io.WriteString(w, text[:25])
	_, _ = io.WriteString(w, text[25:])
	if err := w.Close(); err != nil || out.String() != "the server said: "+mask {
		t.Errorf("got %q, %v", out.String(), err)
	}
	for _, plain := range []string{"", "x", "nothing secret: pypi-release, 1.4.0 ssh://git@host/x"} {
		if got := Hide(plain); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
}

// TestHeadersThatLogIn: what a header holds is secret without its scheme too.
func TestHeadersThatLogIn(t *testing.T) {
	login := base64.StdEncoding.EncodeToString([]byte("deploy:h3ader-password"))
	r := &Redactor{}
	for _, h := range []string{"Basic " + login, "bearer h3ader-bearer", "token h3ader-token", "Basic not base64"} {
		r.Add(NewSecret(h))
	}
	for _, text := range []string{login, "h3ader-password", "h3ader-bearer", "h3ader-token"} {
		if got := r.Text("x " + text + " y"); got != "x "+mask+" y" {
			t.Errorf("%s: %q", text, got)
		}
	}
	if text := "deploy, a word of a pass phrase"; r.Text(text) != text {
		t.Error("ordinary words are hidden")
	}
}

func TestShortValuesAreLeftAlone(t *testing.T) {
	r := &Redactor{}
	r.Add(NewSecret(strings.Repeat("s", minHidden-1)))
	r.Add(Secret{})
	if text := "a ssssssssssss b"; r.Text(text) != text {
		t.Errorf("got %q", r.Text(text))
	}
	r.Add(NewSecret(strings.Repeat("t", minHidden)))
	if got := r.Text("a tttttttt b"); got != "a "+mask+" b" {
		t.Errorf("got %q", got)
	}
}

// TestHalvesAreHidden: a long value is hidden also where the text was cut; half of
// a short one is left alone.
func TestHalvesAreHidden(t *testing.T) {
	long, short := "0123456789abcdefghijklmn", "release the kraken"
	r := &Redactor{}
	r.Add(seal(long))
	r.Add(seal(short))
	r.Add(seal("password=x\nhost=git.example.org\n"))
	for text, want := range map[string]string{
		"cut: " + long[:12] + "…": "cut: " + mask + "…", "cut: " + long[:20]: "cut: " + mask, "…" + long[12:]: "…" + mask,
		"…" + long[9:] + " end": "…9ab" + mask + " end", long[:11] + "…": long[:11] + "…", long: mask,
		"release the branch": "release the branch", short: mask, "host=git.example.org\n": "host=git.example.org\n",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestQuotedTwice: a service's JSON that is quoted in ours.
func TestQuotedTwice(t *testing.T) {
	const value = "k3lp&\"s\\hanty\"<>"
	r := &Redactor{}
	r.Add(seal(value))
	once, _ := json.Marshal(map[string]string{"message": "x " + value + " y"})
	twice, _ := json.Marshal(string(once))
	for _, text := range []string{string(once), string(twice), fmt.Sprintf("%q", once)} {
		if got := r.Text(text); !strings.Contains(got, "x "+mask+" y") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestTheNetIsBounded: the newest values are looked for, each once.
func TestTheNetIsBounded(t *testing.T) {
	r := &Redactor{}
	for i := range maxKnown + 10 {
		r.Add(seal(fmt.Sprintf("secret-%06d", i)))
		r.Add(seal(fmt.Sprintf("secret-%06d", i)))
	}
	if len(r.known) != maxKnown {
		t.Errorf("%d values are known", len(r.known))
	}
	newest := fmt.Sprintf("secret-%06d", maxKnown+9)
	if got := r.Text(newest + " secret-000000"); got != mask+" secret-000000" {
		t.Errorf("got %q", got)
	}
}

// BenchmarkHiding streams 50 MB of a CI's log past the secrets of a usual run.
func BenchmarkHiding(b *testing.B) {
	r := &Redactor{}
	for i := range 8 {
		r.Add(seal(fmt.Sprintf("pypi-AgEIcHlwaS5vcmc%d-%064d", i, i)))
	}
	line := []byte("2026-07-01T10:00:00Z Collecting https://files.pythonhosted.org/packages/ab/cd/acme-1.4.0-py3-none-any.whl (42 kB)\n")
	const size = 50 << 20
	b.SetBytes(size)
	for b.Loop() {
		w := r.Writer(io.Discard)
		for n := 0; n < size; n += len(line) {
			_, _ = w.Write(line)
		}
		_ = w.Close()
	}
}
