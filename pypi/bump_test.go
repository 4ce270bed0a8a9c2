package pypi_test

import (
	"testing"

	"ferry/pypi"
)

// bumps: from, then the next patch, minor, major and pre-release.
var bumps = [][5]string{
	{"1.4.0", "1.4.1", "1.5.0", "2.0.0", "1.4.1rc1"},
	{"1.4", "1.4.1", "1.5", "2.0", "1.4.1rc1"},
	{"1", "1.0.1", "1.1", "2", "1.0.1rc1"},
	{"0.0.0", "0.0.1", "0.1.0", "1.0.0", "0.0.1rc1"},
	{"1.4.9", "1.4.10", "1.5.0", "2.0.0", "1.4.10rc1"},
	{"1.4.0.3", "1.4.1.0", "1.5.0.0", "2.0.0.0", "1.4.1.0rc1"},
	{"2026.11", "2026.11.1", "2026.12", "2027.0", "2026.11.1rc1"},
	{"2!1.4.0", "2!1.4.1", "2!1.5.0", "2!2.0.0", "2!1.4.1rc1"},
	{"1.4.1rc1", "1.4.1", "1.5.0", "2.0.0", "1.4.1rc2"},
	{"1.4.1a9", "1.4.1", "1.5.0", "2.0.0", "1.4.1a10"},
	{"1.5.0b2", "1.5.0", "1.5.0", "2.0.0", "1.5.0b3"},
	{"2.0.0rc1", "2.0.0", "2.0.0", "2.0.0", "2.0.0rc2"},
	{"2.0rc1", "2.0", "2.0", "2.0", "2.0rc2"},
	{"2rc1", "2", "2", "2", "2rc2"},
	{"1.5.0.dev3", "1.5.0", "1.5.0", "2.0.0", "1.5.0rc1"},
	{"1.5.0rc1.dev3", "1.5.0", "1.5.0", "2.0.0", "1.5.0rc1"},
	{"1.5.0rc1.post2", "1.5.0", "1.5.0", "2.0.0", "1.5.0rc2"},
	{"1.4.0.post2", "1.4.1", "1.5.0", "2.0.0", "1.4.1rc1"},
	{"1.4.0.post2.dev1", "1.4.1", "1.5.0", "2.0.0", "1.4.1rc1"},
	{"1.4.0+local.7", "1.4.1", "1.5.0", "2.0.0", "1.4.1rc1"},
	{"1.99999999999999999999999", "1.99999999999999999999999.1", "1.100000000000000000000000", "2.0", "1.99999999999999999999999.1rc1"},
}

func TestBumpVersion(t *testing.T) {
	for _, b := range bumps {
		from, err := pypi.ParseVersion(b[0])
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range []string{pypi.BumpPatch, pypi.BumpMinor, pypi.BumpMajor, pypi.BumpPre} {
			next, err := pypi.BumpVersion(from, part)
			if err != nil || next.String() != b[i+1] {
				t.Errorf("%s %s: got %s, %v; want %s", b[0], part, next, err, b[i+1])
			}
			if next.Compare(from) <= 0 || next.IsLocal() {
				t.Errorf("%s %s: %s does not follow", b[0], part, next)
			}
			if from.String() != b[0] {
				t.Errorf("%s became %s", b[0], from)
			}
		}
	}
	if _, err := pypi.BumpVersion(pypi.Version{}, "build"); err == nil {
		t.Error("a part that there is not was raised")
	}
}
