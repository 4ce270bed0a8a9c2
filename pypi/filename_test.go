package pypi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFilenames(t *testing.T) {
	for file, want := range map[string]string{
		"foo-1.0.tar.gz":               "foo 1.0 sdist",
		"Foo.Bar_baz-1.0.0.zip":        "foo-bar-baz 1.0.0 sdist",
		"foo-bar-1.0-RC1.tar.gz":       "foo-bar 1.0rc1 sdist",
		"foo-1!2.0.tar.gz":             "foo 1!2.0 sdist",
		"foo_bar-1.0-py3-none-any.whl": "foo-bar 1.0 bdist_wheel",
		"foo-1.0-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": "foo 1.0 bdist_wheel",
		"foo-1.0-1b-py2.py3-none-any.whl":                                      "foo 1.0 bdist_wheel",
		"foo-1.0-x-py3-none-any.whl":                                           "",
		"foo-1.0-py3-none.whl":                                                 "",
		"foo-french-py3-none-any.whl":                                          "",
		"foo bar-1.0-py3-none-any.whl":                                         "",
		"foo-1.0.egg":                                                          "",
		"foo-1.0.win32.exe":                                                    "",
		"foo-1.0.tar.bz2":                                                      "",
		"foo.tar.gz":                                                           "",
		"-1.0.tar.gz":                                                          "",
		"../foo-1.0.tar.gz":                                                    "",
		"foo-.tar.gz":                                                          "",
		"foo-1.0-py3-none-any.whl/x.whl":                                       "",
		"foo-1.0-py3-none-an\u0143.whl":                                        "",
	} {
		d, err := ParseFilename(file)
		got := strings.TrimSpace(fmt.Sprint(d.Name, " ", d.Version, " ", d.Kind))
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v, want %q", file, got, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	if got := NormalizeName("Foo-_.Bar"); got != "foo-bar" {
		t.Error(got)
	}
	if got := FileStem("Foo.Bar-baz"); got != "foo_bar_baz" {
		t.Error(got)
	}
	good := []string{"a", "A1", "a.b", "a--b", "0x"}
	for _, s := range append(good, "", "-a", "a-", "a b", "é", "a\n", "\u212a") {
		if ValidName(s) != slices.Contains(good, s) {
			t.Errorf("ValidName(%q) is %v", s, ValidName(s))
		}
	}
}

// TestFilenamesAgainstPackaging: what the reference takes, we take alike.
func TestFilenamesAgainstPackaging(t *testing.T) {
	const script = `
import sys
from packaging.utils import parse_sdist_filename, parse_wheel_filename
for line in sys.stdin.read().split("\n")[:-1]:
    try:
        r = parse_wheel_filename(line) if line.endswith(".whl") else parse_sdist_filename(line)
        print(r[0], r[1])
    except Exception: print("!")
`
	var files []string
	for _, v := range generate(300) {
		if v = strings.TrimSpace(v); !strings.Contains(v, "-") { // a dash is ambiguous, and we read more than packaging does
			files = append(files, "Foo_bar-"+v+"-py3-none-any.whl", "foo.bar-"+v+".tar.gz", "foo-"+v+".zip")
		}
	}
	out := python(t, script, strings.Join(files, "\n")+"\n")
	for i, want := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		d, err := ParseFilename(files[i])
		got := d.Name + " " + d.Version
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: %q, packaging says %q", files[i], got, want)
		}
	}
}
