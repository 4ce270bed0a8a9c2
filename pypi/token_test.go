package pypi_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ferry/keyring"
	"ferry/pypi"
)

// mint makes a token as PyPI does; nobody can tell that its signature is none.
func mint(location string, caveats ...string) string {
	b := []byte{2}
	packet := func(field byte, data string) {
		b = append(b, field)
		b = binary.AppendUvarint(b, uint64(len(data)))
		b = append(b, data...)
	}
	packet(1, location)
	packet(2, "3846-uuid")
	b = append(b, 0)
	for _, c := range caveats {
		packet(2, c)
		b = append(b, 0)
	}
	b = append(b, 0)
	packet(6, strings.Repeat("S", 32))
	return "pypi-" + base64.RawURLEncoding.EncodeToString(b)
}

func TestParseToken(t *testing.T) {
	for name, tt := range map[string]struct {
		token string
		want  string // host, scope, from, to, unknown
	}{
		"project":         {mint("pypi.org", `[1,["acme-core"]]`, `[2,["9c4"]]`), "pypi.org|project acme-core|0001|0001|0"},
		"two":             {mint("pypi.org", `[1,["a","b"]]`), "pypi.org|projects a, b|0001|0001|0"},
		"narrowed":        {mint("pypi.org", `[1,["a","b"]]`, `[1,["b","c"]]`), "pypi.org|project b|0001|0001|0"},
		"nothing left":    {mint("pypi.org", `[1,["a"]]`, `[1,["b"]]`), "pypi.org|nothing: its limits exclude each other|0001|0001|0"},
		"user":            {mint("test.pypi.org", `[3,"uuid"]`), "test.pypi.org|unknown|0001|0001|0"},
		"no caveat":       {mint("pypi.org"), "pypi.org|unknown|0001|0001|0"},
		"times":           {mint("pypi.org", `[0,1900000000,1600000000]`, `[0,1800000000,1500000000]`), "pypi.org|unknown|2020|2027|0"},
		"ids":             {mint("pypi.org", `[2,["9c4"]]`), "pypi.org|projects that only the index can name|0001|0001|0"},
		"publisher":       {mint("pypi.org", `[4,"id"]`), "pypi.org|a trusted publisher|0001|0001|0"},
		"old user":        {mint("pypi.org", `{"version":1,"permissions":"user"}`), "pypi.org|every project of its user|0001|0001|0"},
		"old and unknown": {mint("pypi.org", `{"version":1,"permissions":"user"}`, `[9,1]`), "pypi.org|unknown|0001|0001|1"},
		"old project":     {mint("pypi.org", `{"version":1,"permissions":{"projects":["acme"]}}`), "pypi.org|project acme|0001|0001|0"},
		"old times":       {mint("pypi.org", `{"nbf":1600000000,"exp":1800000000}`), "pypi.org|unknown|2020|2027|0"},
		"new kind":        {mint("pypi.org", `[17,"x"]`), "pypi.org|unknown|0001|0001|1"},
		"no JSON":         {mint("pypi.org", "\x00\xff"), "pypi.org|unknown|0001|0001|1"},
		"evil name":       {mint("pypi.org", `[1,["a\u001b[2J"]]`), "pypi.org|unknown|0001|0001|1"},
		"strange times":   {mint("pypi.org", `[0,1e300,-1]`), "pypi.org|unknown|0001|0001|1"},
		"another index":   {mint("pip.corp", `[1,["a"]]`), "pip.corp|project a|0001|0001|0"},
	} {
		got, err := pypi.ParseToken(keyring.NewSecret(tt.token))
		text := fmt.Sprintf("%s|%s|%s|%s|%d", got.Host, got.Scope(), got.NotBefore.Format("2006"), got.Expires.Format("2006"), got.Unknown)
		if text != tt.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", name, text, err, tt.want)
		}
	}
}

// TestTokenPrefixes: what the tokens of the two indexes are known to begin with.
func TestTokenPrefixes(t *testing.T) {
	for location, prefix := range map[string]string{"pypi.org": "pypi-AgEIcHlwaS5vcmcC", "test.pypi.org": "pypi-AgENdGVzdC5weXBpLm9yZwI"} {
		if got := mint(location); !strings.HasPrefix(got, prefix) {
			t.Errorf("%s: %s", location, got)
		}
	}
}

func TestParseTokenRefuses(t *testing.T) {
	good := mint("pypi.org", `[1,["acme"]]`)
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"empty": {"", pypi.ErrNoToken}, "password": {"hunter2-hunter2", pypi.ErrNoToken}, "GitHub": {"ghp_abcdef", pypi.ErrNoToken},
		"bare": {"pypi-", pypi.ErrDamagedToken}, "cut": {good[:len(good)-4], pypi.ErrDamagedToken}, "longer": {good + "AAAA", pypi.ErrDamagedToken},
		"not base64": {good + "!", pypi.ErrDamagedToken}, "version 1": {"pypi-MDAx", pypi.ErrDamagedToken},
		"evil host": {mint("pypi.org\x1b[2J"), pypi.ErrDamagedToken}, "no host": {mint(""), pypi.ErrDamagedToken},
	} {
		_, err := pypi.ParseToken(keyring.NewSecret(tt.token))
		if !errors.Is(err, tt.want) || tt.token != "" && strings.Contains(err.Error(), tt.token) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(mint("pypi.org", `[1,["acme"]]`, `[0,1,2]`, `{"permissions":{"projects":["x"]}}`))
	f.Add("pypi-" + base64.RawURLEncoding.EncodeToString([]byte{2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}))
	f.Add("pypi-AgE")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := pypi.ParseToken(keyring.NewSecret(text))
		if len(text) > 20 && (strings.Contains(fmt.Sprintf("%+v %s", got, got.Scope()), text) || err != nil && strings.Contains(err.Error(), text)) {
			t.Error("it is echoed")
		}
		if err == nil && got.Host == "" {
			t.Error("a token for no index")
		}
	})
}
