package keyring

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestMacAddCommand(t *testing.T) {
	got, err := addCommand("https://upload.pypi.org/legacy/", "__token__", NewSecret("pypi-Ag"))
	if want := "add-generic-password -U -s https://upload.pypi.org/legacy/ -a __token__ -X 707970692d4167\n"; got != want || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := addCommand("My index", "me", NewSecret("a'b\"c $d")); err != nil || !strings.Contains(got, "-s 'My index' -a me -X 61276222632024640a"[:30]) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"it's", `a"b`, `a\b`, "a\nb"} {
		if got, err := addCommand(bad, "u", NewSecret("x")); err == nil {
			t.Errorf("%q gives %q", bad, got)
		}
	}
	var big *TooBigError
	_, err = addCommand("s", "u", NewSecret(strings.Repeat("a", 2100)))
	if !errors.As(err, &big) {
		t.Fatalf("got %v", err)
	}
	if line, err := addCommand("s", "u", NewSecret(strings.Repeat("a", big.Limit))); err != nil || len(line) > maxCommand {
		t.Errorf("the limit of %d does not fit: %v", big.Limit, err)
	}
	if _, err := addCommand("s", "u", NewSecret(strings.Repeat("a", big.Limit+1))); err == nil {
		t.Errorf("more than the limit of %d fits", big.Limit)
	}
}

func TestMacPassword(t *testing.T) {
	for out, want := range map[string]string{
		"password: \"pypi-Ag\"\n":                           "pypi-Ag",
		"password: \"a\"b\"\n":                              `a"b`,
		"password: \"a\\134b\"\n":                           `a\b`,
		"password: 0x70C3A4  \"p\\303\\244\"\n":             "pä",
		"noise from a plug-in\npassword: \"x y\"\nmore\n":   "x y",
		"password: \"go-keyring-base64:cHlwaS1BZw==\"\n":    "pypi-Ag",
		"password: \"go-keyring-encoded:707970692d4167\"\n": "pypi-Ag",
		"password: \"0123456789abcdef\"\n":                  "0123456789abcdef",
	} {
		if s, err := macPassword([]byte(out)); err != nil || value2(s) != want {
			t.Errorf("%q: got %q, %v", out, value2(s), err)
		}
	}
	for _, out := range []string{"", "pypi-noise\n", "password: pypi-bare\n", "password: \"a\\9\"\n", "password: 0xZZ\n", "password: \"go-keyring-base64:%\"\n", "password: \""} {
		if s, err := macPassword([]byte(out)); err == nil || strings.Contains(err.Error(), "pypi-") {
			t.Errorf("%q: got %q, %v", out, value2(s), err)
		}
	}
}

// TestMacVault: the value goes through standard input and never into the words.
func TestMacVault(t *testing.T) {
	var words, inputs []string
	codes := map[string][]int{}
	run := func(_ context.Context, stdin string, args ...string) ([]byte, []byte, int, error) {
		words, inputs = append(words, strings.Join(args, " ")), append(inputs, stdin)
		code := 0
		if list := codes[args[0]]; len(list) > 0 {
			code, codes[args[0]] = list[0], list[1:]
		}
		return []byte("keychain: x\n"), []byte("password: \"pypi-Ag\"\n"), code, nil
	}
	s := &Store{macVault{run}, verdict}
	if err := s.Set(t.Context(), "https://x/", "u", NewSecret("pypi-Ag")); err != nil {
		t.Fatal(err)
	}
	want := []string{"-i", "find-generic-password -s https://x/ -a u -g"}
	if !slices.Equal(words, want) || !strings.HasPrefix(inputs[0], "add-generic-password") || inputs[1] != "" {
		t.Errorf("got %q with %q", words, inputs)
	}
	codes["delete-generic-password"] = []int{0, 0, macNotFound}
	if err := s.Delete(t.Context(), "https://x/", "u"); err != nil {
		t.Error(err)
	}
	for code, want := range map[int]error{macNotFound: ErrNotFound, macNotAllowed: ErrLocked, macCanceled: ErrLocked, macAuth: ErrLocked} {
		codes["find-generic-password"] = []int{code}
		if _, err := s.Get(t.Context(), "https://x/", "u"); !errors.Is(err, want) {
			t.Errorf("%d: %v", code, err)
		}
	}
	var failed *SystemError
	codes["show-keychain-info"] = []int{1}
	if err := s.Probe(t.Context()); !errors.As(err, &failed) {
		t.Errorf("probe: %v", err)
	}
}
