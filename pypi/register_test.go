package pypi_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestName: what a name may be, on one index.
func TestName(t *testing.T) {
	d := newDepot(t, pypitest.Options{User: "sam"})
	d.index = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: d.index.SimpleURL("")[:strings.LastIndex(d.index.SimpleURL(""), "/simple/")] + "/simple/",
		JSON: strings.Replace(d.index.Upload(), "/legacy/", "/pypi/", 1)})
	name, data := pypitest.Wheel("acme-lib", "1.0", d.now, nil)
	d.Publish("acme-lib", "1.0", d.now, pypitest.File{Name: name, Data: data})
	d.Publish("empty", "", d.now)
	d.Publish("bad", "1.0", d.now)
	if err := d.SetStatus("bad", "quarantined", "malware"); err != nil {
		t.Fatal(err)
	}
	for ask, want := range map[string]pypi.NameState{
		"Acme_Lib": pypi.NameTaken, "empty": pypi.NameEmpty, "bad": pypi.NameQuarantined, "new-one": pypi.NameFree,
		"json": pypi.NameReserved, "AsynCore": pypi.NameReserved, "-x": pypi.NameInvalid, "ſet": pypi.NameInvalid, "acme.l1b": pypi.NameSimilar,
	} {
		f, err := d.index.CheckName(t.Context(), ask, "acme-lib", "unheard-of")
		if err != nil || f.State != want || f.Text == "" {
			t.Errorf("%s: %+v %v", ask, f, err)
		}
		if owner := slices.Equal(f.Roles, []pypi.Role{{Role: "Owner", User: "sam"}}); owner != (want == pypi.NameTaken) {
			t.Errorf("%s: roles %v", ask, f.Roles)
		}
	}
	d.Fault(pypitest.Fault{Path: "/simple/", Status: 503})
	if f, err := d.index.CheckName(t.Context(), "other"); err == nil || f.State != "" {
		t.Errorf("an index that cannot be read: %+v %v", f, err)
	}
}

// TestNoStdlibNameIsForgotten: Python's own list is in ours.
func TestNoStdlibNameIsForgotten(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import sys; print(*sys.stdlib_module_names)").Output()
	if err != nil {
		t.Skip("no python3 here")
	}
	x := pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://127.0.0.1:1/simple/"})
	for name := range strings.FieldsSeq(string(out)) {
		if pypi.ValidName(name) && !x.Reserves(name) {
			t.Errorf("%s is missing", name)
		}
	}
}
