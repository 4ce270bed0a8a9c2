package pypi

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/keyring"
)

const (
	promise = "# ferry: remove when acme-core 1.4.0 is released"
	release = "acme-core 1.4.0"
)

func untilEdit(names ...string) (e PypircEdit) {
	for _, name := range names {
		e.Write = append(e.Write, PypircSection{Name: name, Repository: map[string]string{"pypi": pypiUpload, "testpypi": testpypiUpload}[name],
			Password: keyring.NewSecret("T"), Until: release})
	}
	return e
}

func edited(t *testing.T, text string, e PypircEdit) string {
	t.Helper()
	p, err := ParsePypirc([]byte(text))
	if err == nil {
		p, err = p.Edit(e)
	}
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return string(p.doc().data)
}

// TestPypircUntil: the section says with which release it goes, and everything
// of it goes then. Python and twine pass over the comment (TestPypircAgainstPython).
func TestPypircUntil(t *testing.T) {
	ours := "\n[pypi]\n" + promise + "\nrepository = " + pypiUpload + "\nusername = __token__\npassword = T\n"
	for _, tt := range []struct{ name, old, with, after string }{
		{"no file", "", "[distutils]\nindex-servers =\n    pypi\n" + ours, "[distutils]\n\n"},
		{"somebody's list", "[distutils]\nindex-servers = local\n[local]\nrepository = x\n",
			"[distutils]\nindex-servers = local pypi\n[local]\nrepository = x\n" + ours, "[distutils]\nindex-servers = local\n[local]\nrepository = x\n\n"},
		{"listed before there was a section", "[distutils]\nindex-servers = pypi\n",
			"[distutils]\nindex-servers = pypi\n" + strings.Replace(ours, "released", "released"+rcNotList, 1), "[distutils]\nindex-servers = pypi\n\n"},
	} {
		with := edited(t, tt.old, untilEdit("pypi"))
		if with != tt.with {
			t.Errorf("%s: %q\nnot %q", tt.name, with, tt.with)
		}
		if again := edited(t, with, untilEdit("pypi")); again != with {
			t.Errorf("%s, twice: %q", tt.name, again)
		}
		after := edited(t, with, PypircEdit{Remove: []string{"pypi"}})
		if after != tt.after {
			t.Errorf("%s, removed: %q\nnot %q", tt.name, after, tt.after)
		}
		if turn := edited(t, edited(t, after, untilEdit("pypi")), PypircEdit{Remove: []string{"pypi"}}); turn != after {
			t.Errorf("%s: the file grows with every release: %q", tt.name, turn)
		}
	}
}

// TestPypircUntilIsTaken: written without the word, the section stays; with
// another release it waits for that one.
func TestPypircUntilIsTaken(t *testing.T) {
	with := edited(t, "", untilEdit("pypi"))
	if kept := edited(t, with, tokenEdit("T2")); strings.Contains(kept, "ferry") {
		t.Errorf("%q", kept)
	}
	other := untilEdit("pypi")
	other.Write[0].Until = "Other 2.0rc1"
	moved := edited(t, with, other)
	p, err := ParsePypirc([]byte(moved))
	if err != nil || p.Until("acme-core", "1.4.0") != nil || !slices.Equal(p.Until("other", "2.0rc1"), []string{"pypi"}) {
		t.Errorf("%v: %q", err, moved)
	}
	if i := p.Indexes(); len(i) != 1 || i[0].Until != "Other 2.0rc1" {
		t.Errorf("shown: %+v", i)
	}
}

// TestPypircPermanent: a section that a person made is not given a term.
func TestPypircPermanent(t *testing.T) {
	for _, text := range []string{
		"[pypi]\npassword = mine\n", "[pypi]\n", "[pypi]\nca_cert = x\n", edited(t, "", tokenEdit("mine")),
		"[pypi]\nusername = x\n" + promise + "\n", // below a key it counts for nothing
	} {
		p, err := ParsePypirc([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Edit(untilEdit("pypi")); !errors.Is(err, &PypircError{Reason: PypircStays}) || p.Until("acme-core", "1.4.0") != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	p, _ := ParsePypirc([]byte("[pypitest]\nusername = joe\n"))
	e := untilEdit("testpypi")
	e.Migrate = true
	if _, err := p.Edit(e); !errors.Is(err, &PypircError{Reason: PypircStays}) {
		t.Errorf("renamed, and then given a term: %v", err)
	}
}

// TestPypircUntilOf says whose a comment is.
func TestPypircUntilOf(t *testing.T) {
	for text, want := range map[string][]string{
		"[pypi]\n" + promise + "\npassword = x\n":                        {"pypi"},
		"[pypi]\n\n# mine\n  " + promise + "\npassword = x\n":            {"pypi"},
		"[pypi]\r\n" + promise + "\r\n[testpypi]\r\n" + promise + "\r\n": {"pypi", "testpypi"},
		"[local]\npassword = x\n" + promise + "\n":                       nil, // its header is gone
		"[DEFAULT]\n" + promise + "\n":                                   nil,
		"[distutils]\n" + promise + "\n":                                 nil,
		"[pypi]\n" + promise + " soon\n":                                 nil,
		"[pypi]\n# ferry: remove when acme-core 1.4.1 is released\n":     nil,
		"[pypi]\n# ferry: remove when Acme.Core 1.4.0 is released\n":     {"pypi"},
		"[pypi]\npassword = x " + promise + "\n":                         nil,
	} {
		p, err := ParsePypirc([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Until("acme_core", "1.4.0"); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if path := put(t, filepath.Join(t.TempDir(), ".pypirc"), text+"junk\n"); want != nil && !slices.Equal(PypircUntil(path, "acme-core", "1.4.0"), want) {
			t.Errorf("%q, and Python refuses it: %v", text, PypircUntil(path, "acme-core", "1.4.0"))
		}
	}
}

// TestPypircUntilValues: what would not stay one comment is refused.
func TestPypircUntilValues(t *testing.T) {
	for _, until := range []string{"a 1\n[local]", "a", "a 1 2", " a 1", "a  1", "-x 1", "a\u00a01", "pypi-" + strings.Repeat("A", 60) + " 1"} {
		e := untilEdit("pypi")
		e.Write[0].Until = until
		if _, err := (Pypirc{}).Edit(e); !errors.Is(err, &PypircError{Reason: PypircValue}) {
			t.Errorf("%q: %v", until, err)
		}
	}
}

// TestPypircUntilIsShown: the one comment that is not masked, and no other.
func TestPypircUntilIsShown(t *testing.T) {
	p, _ := ParsePypirc([]byte("# ferry: remove when pypi-CANARY\n"))
	next, err := p.Edit(untilEdit("pypi"))
	if err != nil {
		t.Fatal(err)
	}
	diff := strings.Join(p.Diff(next), "\n")
	if !strings.Contains(diff, "+"+promise) || strings.Contains(diff, "CANARY") {
		t.Error(diff)
	}
}
