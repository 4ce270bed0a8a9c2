package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"strings"
	"testing"
	"text/template"

	"ferry/keyring"
)

const canary = "pypi-AgEIcHlwaS5vcmcCJDhk"

// leaks says whether a text holds the canary, plain or in a form it can take.
func leaks(text string) bool {
	forms := []string{canary, hex.EncodeToString([]byte(canary)), strings.ToUpper(hex.EncodeToString([]byte(canary))), url.QueryEscape(canary)}
	for i := range 3 { // base64 has three alignments
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + canary))
		forms = append(forms, enc[4:len(enc)-4])
	}
	numbers := strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")
	forms = append(forms, numbers, strings.ReplaceAll(numbers, " ", ", "), strings.ReplaceAll(numbers, " ", ","))
	for _, f := range forms {
		if strings.Contains(text, f) {
			return true
		}
	}
	return false
}

type (
	exported struct{ S keyring.Secret }
	hidden   struct{ s keyring.Secret }
	deep     struct {
		h  *hidden
		m  map[string]keyring.Secret
		l  []any
		f  func() keyring.Secret
		in any
	}
)

func holders() map[string]any {
	s := keyring.NewSecret(canary)
	d := deep{&hidden{s}, map[string]keyring.Secret{"x": s}, []any{s, &s}, func() keyring.Secret { return s }, hidden{s}}
	return map[string]any{
		"itself": s, "pointer": &s, "exported": exported{s}, "hidden": hidden{s}, "pointer to hidden": &hidden{s},
		"deep": d, "pointer to deep": &d, "slice": []keyring.Secret{s}, "array": [1]hidden{{s}},
		"map": map[string]hidden{"k": {s}}, "map key": map[keyring.Secret]int{s: 1}, "hidden map key": map[hidden]int{{s}: 1},
		"error": fmt.Errorf("with %v and %v: %w", s, any(hidden{s}), errors.New("x")),
	}
}

func TestLeaksFindsForms(t *testing.T) {
	for _, text := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%v", []byte(canary)), base64.StdEncoding.EncodeToString([]byte("__token__:" + canary))} {
		if !leaks(text) {
			t.Errorf("%s is not seen", text)
		}
	}
}

func TestNoVerbShowsASecret(t *testing.T) {
	for name, h := range holders() {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "+#", "# ", "30", ".100"} {
				format := "%" + flags + string(verb)
				if got := fmt.Sprintf(format, h); leaks(got) {
					t.Errorf("%s of %s: %s", format, name, got)
				}
			}
		}
		if got := fmt.Sprint(h) + fmt.Sprintln(h); leaks(got) {
			t.Errorf("print of %s: %s", name, got)
		}
	}
}

func TestNoLogShowsASecret(t *testing.T) {
	for name, h := range holders() {
		var out bytes.Buffer
		for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
			l.Error("msg", "key", h, slog.Group("g", slog.Any("x", h)))
			l.With("with", h).Info(fmt.Sprint(h))
		}
		if leaks(out.String()) {
			t.Errorf("log of %s: %s", name, out.String())
		}
	}
}

func TestNoEncoderWritesASecret(t *testing.T) {
	for name, h := range holders() {
		var out bytes.Buffer
		err1 := json.NewEncoder(&out).Encode(h)
		err2 := gob.NewEncoder(&out).Encode(h)
		err3 := xml.NewEncoder(&out).Encode(h)
		err4 := template.Must(template.New("").Parse("{{.}} {{printf \"%v %q\" . .}}")).Execute(&out, h)
		if text := out.String() + fmt.Sprint(err1, err2, err3, err4); leaks(text) {
			t.Errorf("encoding %s: %q", name, text)
		}
	}
}

func TestEncodersAreRefused(t *testing.T) {
	s := keyring.NewSecret(canary)
	if _, err := json.Marshal(exported{s}); !errors.Is(err, keyring.ErrSealed) {
		t.Errorf("json: %v", err)
	}
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(exported{s}); err == nil {
		t.Error("gob writes it down")
	}
	if err := xml.NewEncoder(&bytes.Buffer{}).Encode(exported{s}); !errors.Is(err, keyring.ErrSealed) {
		t.Errorf("xml: %v", err)
	}
}

func TestNoPanicShowsASecret(t *testing.T) {
	for name, h := range holders() {
		func() {
			defer func() {
				if text := fmt.Sprintf("%v %+v %s", recover(), h, debug.Stack()); leaks(text) {
					t.Errorf("panic with %s: %s", name, text)
				}
			}()
			panic(h)
		}()
	}
}

func TestUse(t *testing.T) {
	got := ""
	err := keyring.NewSecret(canary).Use(func(v []byte) error { got = string(v); return nil })
	if err != nil || got != canary {
		t.Errorf("got %q, %v", got, err)
	}
	want := errors.New("x")
	if err := keyring.NewSecret(canary).Use(func([]byte) error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if s := keyring.NewSecret(""); !s.IsZero() || keyring.NewSecret(canary).IsZero() {
		t.Error("only an empty secret is zero")
	}
	if err := (keyring.Secret{}).Use(func(v []byte) error {
		if v != nil {
			t.Errorf("an empty box holds %q", v)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestFromEnv(t *testing.T) {
	env := map[string]string{"FIRST": canary, "SECOND": "other", "BROKEN": canary + "\n", "SPACES": " x "}
	for _, tt := range []struct {
		names    []string
		name     string
		ok       bool
		contents string
	}{
		{[]string{"NONE", "FIRST", "SECOND"}, "FIRST", true, canary},
		{[]string{"NONE"}, "", false, ""},
		{[]string{"BROKEN", "SECOND"}, "BROKEN", false, ""},
		{[]string{"SPACES"}, "SPACES", true, " x "},
	} {
		s, name, ok := keyring.FromEnv(func(k string) string { return env[k] }, tt.names...)
		got := ""
		if err := s.Use(func(v []byte) error { got = string(v); return nil }); err != nil {
			t.Fatal(err)
		}
		if name != tt.name || ok != tt.ok || got != tt.contents {
			t.Errorf("%v: %s, %v", tt.names, name, ok)
		}
	}
}

// shown is everything that a value can be made to say, by every printer, logger and
// encoder there is.
func shown(format string, h any) (out string) {
	defer func() { out += fmt.Sprint(recover()) }()
	var b bytes.Buffer
	err := fmt.Errorf("wrapped: %w, "+format, fmt.Errorf("%v", h), h)
	fmt.Fprintf(&b, format, h, &h)
	fmt.Fprint(&b, err, errors.Unwrap(err), errors.Join(err, fmt.Errorf("%+v", h)))
	for _, l := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(l).With("with", h).WithGroup("g").Error(fmt.Sprint(h), "key", h, slog.Any("any", &h))
	}
	said := []error{json.NewEncoder(&b).Encode(h), gob.NewEncoder(&b).Encode(h), xml.NewEncoder(&b).Encode(h)}
	if t, err := template.New("").Parse("{{.}} {{printf \"%#v %x\" . .}} {{html .}} {{js .}} {{urlquery .}}"); err == nil {
		said = append(said, t.Execute(&b, h))
	}
	return b.String() + fmt.Sprintf("%+v %#v", said, said)
}

// panics gives what a panic with the value says.
func panics(h any) (out string) {
	defer func() { out = fmt.Sprintf("%v %#v %s", h, recover(), debug.Stack()) }()
	panic(h)
}

// nested puts a Secret into a structure that shape decides, byte by byte.
func nested(shape []byte, key string) any {
	s := keyring.NewSecret(canary)
	h := any(s)
	for _, b := range shape[:min(len(shape), 12)] {
		inner := h
		h = []any{hidden{s}, exported{s}, &exported{s}, []any{inner, s}, map[string]any{key: inner}, map[hidden]any{{s}: inner}, &inner,
			struct{ in any }{inner}, struct{ In any }{inner}, fmt.Errorf("%s: %v", key, inner), [2]any{inner, &s}, func() any { return inner }}[b%12]
	}
	return h
}

func FuzzSecret(f *testing.F) {
	f.Add("%[1]*.[2]*[3]v", "x", []byte{0})
	f.Add("%+#v %!d", "k", []byte{3, 4, 5})
	f.Add("%s%q%x%p%T", "", []byte{6, 7, 8, 9, 10, 11})
	f.Fuzz(func(t *testing.T, format, key string, shape []byte) {
		if leaks(format + key) {
			t.Skip()
		}
		h := nested(shape, key)
		if got := shown(format, h) + panics(h); leaks(got) {
			t.Errorf("%q of %v: %s", format, shape, got)
		}
	})
}
