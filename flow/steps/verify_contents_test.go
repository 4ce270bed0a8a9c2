package steps_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// holding publishes an sdist and a wheel with files in them.
func holding(inSdist, inWheel map[string]string) happens {
	return func(b *bench) {
		s, data := pypitest.Sdist(project, version, day, inSdist)
		w, zipped := pypitest.Wheel(project, version, day, inWheel)
		b.index.Publish(project, version, ago(3*hour), pypitest.File{Name: s, Data: data}, pypitest.File{Name: w, Data: zipped})
	}
}

// byName is a release of which the job's log names the files and no hashes.
func byName(more ...happens) []happens {
	log := "Uploading " + sdist + "\nUploading " + wheel + "\n"
	return append([]happens{claim(1, ours, 3*hour), branch(ours), logged(ours, 2*hour, log, ci.StatePassed)}, more...)
}

func TestVerifyContents(t *testing.T) {
	code := map[string]string{"src/acme_core/__init__.py": "x = 1\n", "src/acme_core/core.py": "y = 2\n"}
	same := map[string]string{"acme_core/__init__.py": "x = 1\n", "acme_core/core.py": "y = 2\n"}
	like := options{files: code}
	token := "pypi-AgEIcHlwaS5vcmc" + "CJDhkMzlkLTA5"
	for _, r := range []proved{
		{says: "as in the commit", like: like, world: byName(holding(code, same)), want: flow.Verified, tells: "as in commit"},
		{says: "a changed module in the wheel", like: like, world: byName(holding(code, map[string]string{"acme_core/core.py": "import os\n"})),
			want: flow.Unexpected, bad: "contents", tells: "acme_core-1.4.0-py3-none-any.whl: acme_core/core.py is another in the commit"},
		{says: "a .pth in the wheel", like: like, world: byName(holding(code, map[string]string{"acme_init.pth": "import os\n"})),
			want: flow.Unexpected, bad: "contents", tells: "acme_init.pth is not in the commit, and is read by every start of Python"},
		{says: "a file more in the sdist", like: like, world: byName(holding(map[string]string{"src/acme_core/more.py": "z\n"}, same)),
			want: flow.Unexpected, bad: "contents", tells: "src/acme_core/more.py is not in the commit"},
		{says: "a package below the top", like: like, world: append(byName(holding(map[string]string{"acme_core/core.py": "y = 2\n"}, same)), func(b *bench) { b.target.Dir = "src" }),
			want: flow.Verified, tells: "as in commit"},
		{says: "without a commit", like: like, world: append(byName(holding(map[string]string{"x.pth": "1"}, same)), func(b *bench) { b.target.Commit = "" }),
			want: flow.Verified, tells: "to be looked at: x.pth in acme_core-1.4.0.tar.gz is read by every start"},
		{says: "a token in the sdist", like: options{files: map[string]string{"notes.txt": token}}, world: byName(holding(map[string]string{"notes.txt": token}, nil)),
			want: flow.Unexpected, bad: "secrets", tells: "acme_core-1.4.0.tar.gz: notes.txt"},
	} {
		t.Run(r.says, r.run)
	}
}

// needsTools skips where Debian's python3 lacks one of the modules.
func needsTools(t *testing.T, modules string) pypi.Builder {
	t.Helper()
	t.Setenv("PATH", "/usr/bin:/bin")
	if err := exec.Command("/usr/bin/python3", "-c", "import "+modules).Run(); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatalf("/usr/bin/python3 has no %s, and FERRY_REAL=require", modules)
		}
		t.Skipf("/usr/bin/python3 has no %s", modules)
	}
	return pypi.Builder{Installed: true}
}

// one gives the check with an id.
func one(t *testing.T, v flow.Verification, id string) flow.Check {
	t.Helper()
	for _, c := range v.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s", id)
	return flow.Check{}
}

// onLoopback is the bench's index where pip can reach it.
func (b *bench) onLoopback() {
	server := httptest.NewServer(b.index)
	b.t.Cleanup(server.Close)
	b.world.Index = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: server.URL + "/simple/", JSON: server.URL + "/pypi/"})
}

// TestVerifyInstall: pip takes it from this index, and it can be imported or not.
func TestVerifyInstall(t *testing.T) {
	needsTools(t, "venv, ensurepip")
	for name, c := range map[string]struct {
		file, module   string
		install, loads flow.Result
		tells          string
		want           flow.Verdict
	}{
		"sound":             {"acme_core/__init__.py", "x = 1\n", flow.Good, flow.Good, "acme_core", flow.Verified},
		"broken":            {"acme_core/__init__.py", "import nothing_that_exists\n", flow.Good, flow.Bad, "import acme_core failed", flow.Mismatch},
		"nothing to import": {"_acme_core.py", "x = 1\n", flow.Good, flow.NotChecked, "no wheel names modules", flow.Verified},
		"not the commit's":  {"acme_core/__init__.py", "", flow.NotChecked, flow.NotChecked, "not what was expected: contents", flow.Unexpected},
		"of unproved bytes": {"acme_core/__init__.py", "x = 1\n", flow.NotChecked, flow.NotChecked, "nothing proves the bytes", flow.VerdictUnknown},
	} {
		b := newBench(t, options{files: map[string]string{c.file: c.module}})
		ran := filepath.Join(t.TempDir(), "ran")
		if c.module == "" {
			c.module = fmt.Sprintf("open(%q, 'w')\n", ran)
		}
		for _, h := range byName(holding(nil, map[string]string{c.file: c.module})) {
			h(b)
		}
		b.onLoopback()
		if c.want == flow.VerdictUnknown {
			b.index.Fault(pypitest.Fault{Path: "/packages/", Times: -1, Status: 503})
		}
		v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{Install: true})
		install, imports := one(t, v, "install"), one(t, v, "import")
		if install.Result != c.install || imports.Result != c.loads || !strings.Contains(install.Evidence+imports.Evidence, c.tells) || v.Verdict != c.want {
			t.Errorf("%s: %s\n%s", name, v.Verdict, said(v))
		}
		if _, err := os.Stat(ran); err == nil {
			t.Errorf("%s: it was run", name)
		}
	}
}

// TestVerifyWithoutTheTools: what cannot be done here is not checked, and says why;
// who asked for it gets no verdict without it.
func TestVerifyWithoutTheTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := newBench(t, options{})
	for _, h := range released(2*hour, published(3*hour, sdist, wheel)) {
		h(b)
	}
	v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{Install: true, Rebuild: true})
	for _, id := range []string{"rebuild", "install"} { // an import is left out with the installation
		if c := one(t, v, id); c.Result != flow.NotChecked || !strings.Contains(c.Evidence, "not installed here") {
			t.Errorf("%+v", c)
		}
	}
	if v.Verdict != flow.VerdictUnknown {
		t.Error(said(v))
	}
	if v = b.world.Verify(t.Context(), b.target, steps.VerifyOptions{}); v.Verdict != flow.Verified {
		t.Error(said(v))
	}
}
