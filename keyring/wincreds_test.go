package keyring

import (
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"testing"
)

// winMemory is the Credential Manager; blobs as Python's keyring writes them.
type winMemory map[string]credential

func (m winMemory) read(target string) (credential, bool, error) {
	c, ok := m[target]
	return c, ok, nil
}
func (m winMemory) write(c credential) error { m[c.target] = c; return nil }
func (m winMemory) erase(target string) error {
	if _, ok := m[target]; !ok {
		return &SystemError{"delete", "Windows error 1168"}
	}
	delete(m, target)
	return nil
}

func wide(s string) []byte {
	var b []byte
	for _, r := range []byte(s) {
		b = append(b, r, 0)
	}
	return b
}

// targets are what is in the store, as target=user:text.
func (m winMemory) texts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for target, c := range m {
		s, err := fromBlob(c.blob)
		if err != nil {
			t.Fatal(err)
		}
		out[target] = c.user + ":" + value2(s)
	}
	return out
}

func value2(s Secret) (v string) {
	_ = s.Use(func(b []byte) error { v = string(b); return nil })
	return v
}

func TestWindowsTargets(t *testing.T) {
	const s, u = "https://upload.pypi.org/legacy/", "__token__"
	entry := func(target, user, text string) credential {
		return credential{target: target, user: user, blob: wide(text)}
	}
	for _, tt := range []struct {
		name   string
		before []credential
		found  string // "" for none
		after  map[string]string
		gone   map[string]string // after remove
	}{
		{"nothing", nil, "", map[string]string{s: u + ":new"}, map[string]string{}},
		{"ours", []credential{entry(s, u, "old")}, "old", map[string]string{s: u + ":new"}, map[string]string{}},
		{"another's", []credential{entry(s, "bob", "his")}, "", map[string]string{s: "bob:his", u + "@" + s: u + ":new"}, map[string]string{s: "bob:his"}},
		{"ours was moved", []credential{entry(s, "bob", "his"), entry(u+"@"+s, u, "old")}, "old",
			map[string]string{s: "bob:his", u + "@" + s: u + ":new"}, map[string]string{s: "bob:his"}},
		{"stale copy of Python's", []credential{entry(s, u, "old"), entry(u+"@"+s, u, "older")}, "old", map[string]string{s: u + ":new"}, map[string]string{}},
		{"only the compound", []credential{entry(u+"@"+s, u, "old")}, "old", map[string]string{s: u + ":new"}, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := winMemory{}
			for _, c := range tt.before {
				m[c.target] = c
			}
			v := windowsVault{m}
			i, err := v.find(t.Context(), s, u)
			if got := value2(i.Secret); got != tt.found || (tt.found == "") != errors.Is(err, ErrNotFound) {
				t.Errorf("found %q, %v", got, err)
			}
			if err := v.store(t.Context(), s, u, NewSecret("new")); err != nil {
				t.Fatal(err)
			}
			if got := m.texts(t); !maps.Equal(got, tt.after) {
				t.Errorf("after storing: %v, want %v", got, tt.after)
			}
			if err := v.remove(t.Context(), s, u); err != nil {
				t.Fatal(err)
			}
			if got := m.texts(t); !maps.Equal(got, tt.gone) {
				t.Errorf("after removing: %v, want %v", got, tt.gone)
			}
			if err := v.remove(t.Context(), s, u); !errors.Is(err, ErrNotFound) {
				t.Errorf("removed twice: %v", err)
			}
		})
	}
}

func TestWindowsBlob(t *testing.T) {
	for text, want := range map[string]string{
		"pypi-Ag": "70007900700069002d0041006700",
		"ü€":      "fc00ac20",
		"😀":       "3dd800de",
	} {
		b, err := toBlob(NewSecret(text))
		if got := hex.EncodeToString(b); got != want || err != nil {
			t.Errorf("%s: %s, %v", text, got, err)
		}
		if s, err := fromBlob(b); err != nil || value2(s) != text {
			t.Errorf("%s comes back as %s, %v", text, value2(s), err)
		}
	}
	for name, blob := range map[string]string{"UTF-8 of an odd length": "pypi-Ag", "UTF-8 of an even length": "pypi-Agx", "UTF-8 with umlaut": "pässword"} {
		if s, err := fromBlob([]byte(blob)); err != nil || value2(s) != blob {
			t.Errorf("%s: %q, %v", name, value2(s), err)
		}
	}
	if _, err := fromBlob([]byte{0xff, 0xfe, 0xff}); err == nil {
		t.Error("noise is read")
	}
	var big *TooBigError
	if _, err := toBlob(NewSecret(strings.Repeat("a", 1281))); !errors.As(err, &big) || big.Limit != 1280 {
		t.Errorf("1281: %v", err)
	}
	if b, err := toBlob(NewSecret(strings.Repeat("a", 1280))); err != nil || len(b) != 2560 {
		t.Errorf("1280: %v", err)
	}
}
