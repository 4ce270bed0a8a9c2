package ci_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
)

var token = "pypi-AgEIcHlwaS5vcmc" + strings.Repeat("aB3-", 30)

func once(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// wrapped breaks its lines as base64(1) does.
func wrapped(s string) string {
	var out []string
	for part := range slices.Chunk([]byte(once(s)), 76) {
		out = append(out, string(part))
	}
	return strings.Join(out, "\n")
}

// TestCodedSecrets: what is printed in base64 so that CI does not mask it is told of
// and not copied, however often it was encoded and wherever it stands.
func TestCodedSecrets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ log, kind string }{
		"once":             {once(token), "PyPI token in base64"},
		"of a URL":         {base64.RawURLEncoding.EncodeToString([]byte(token)), "PyPI token in base64"},
		"twice":            {once(once(token + "\n")), "PyPI token in base64"},
		"twice, wrapped":   {once(wrapped("x=" + token)), "PyPI token in base64"},
		"in an assignment": {"DUMP=" + once(`{"PYPI":"`+token+`"}`) + " end", "PyPI token in base64"},
		"behind letters":   {"ab" + once(token), "PyPI token in base64"},
		"GitHub":           {once("GITHUB_TOKEN=ghs_" + strings.Repeat("a1", 18)), "GitHub token in base64"},
		"a key":            {once("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), "private key in base64"},
	} {
		got := explain(t, "one\n"+c.log+"\nERROR after\n", 9)
		if !slices.Equal(got.Alarms, []ci.Alarm{{Kind: c.kind, Job: "py3", Line: 2}}) {
			t.Errorf("%s: got %+v", name, got.Alarms)
		}
		if text := strings.Join(got.Lines, "\n"); strings.Contains(text, c.log[10:40]) || !strings.Contains(text, "ERROR after") {
			t.Errorf("%s was copied: %q", name, text)
		}
	}
}

// TestCodedOverLines: the lines that follow are of the same secret, and those behind
// them are not.
func TestCodedOverLines(t *testing.T) {
	t.Parallel()
	var m ci.Masker
	lines := strings.Split(wrapped(token+token)+"\n"+hashA+"\nERROR after", "\n")
	for i, l := range lines {
		clean, kinds := m.Line(l)
		switch last := i >= len(lines)-2; {
		case !last && clean != "[hidden]", i == 0 && len(kinds) != 1:
			t.Errorf("line %d: %q, %q", i+1, clean, kinds)
		case i == len(lines)-1 && clean != l:
			t.Errorf("hidden: %q", l)
		}
	}
}

func TestHarmlessCodedWords(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"SHA256 hash: " + hashA, once(strings.Repeat("nothing of note ", 20)), "/opt/hostedtoolcache/Python/3.12.1/x64/lib/python3.12/site-packages/twine",
		"sha512-" + once(strings.Repeat("z", 64)), once(once("GITHUB_TOKEN=${{ secrets.GITHUB_TOKEN }} and more of that")), strings.Repeat("=", 80), strings.Repeat("-", 100),
	} {
		var m ci.Masker
		if clean, kinds := m.Line(line); clean != line || len(kinds) != 0 {
			t.Errorf("%q: %q, %q", line, clean, kinds)
		}
	}
}
