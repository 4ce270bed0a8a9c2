package pypi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ferry/keyring"
)

const foreign = "# mine, all mine\n[local]\nrepository = http://localhost:3141/\npassword = s3cret\n"

func tokenEdit(token string) PypircEdit {
	return PypircEdit{Write: []PypircSection{{Name: "pypi", Repository: pypiUpload, Password: keyring.NewSecret(token)}}}
}

func put(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func get(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// change opens the file, edits it and writes it.
func change(path string, e PypircEdit, before func(*PypircFile)) ([]string, error) {
	f, err := OpenPypirc(path)
	if err != nil {
		return nil, err
	}
	next, err := f.Text().Edit(e)
	if err != nil {
		return nil, err
	}
	if before != nil {
		before(f)
	}
	return f.Write(next)
}

// litter are our files beside a .pypirc.
func litter(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".pypirc.ferry-") {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestPypircRefuses is the table of what may stand in the way. In each case the
// file stays as it is, nothing stays beside it, and no text of it is in the error.
func TestPypircRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		make   func(t *testing.T, dir string) string
		before func(*PypircFile)
		reason string
	}{
		{"duplicate section", file("[pypi]\npassword = CANARY\n[pypi]\n"), nil, PypircDuplicate},
		{"duplicate key", file("[pypi]\npassword = CANARY\nPassword: CANARY\n"), nil, PypircDuplicate},
		{"no section", file("password = CANARY\n"), nil, PypircMalformed},
		{"a key alone", file("[pypi]\nCANARY\n"), nil, PypircMalformed},
		{"bom", file("\ufeff[pypi]\npassword = CANARY\n"), nil, PypircBOM},
		{"utf-16", file("\xff\xfe[\x00p\x00"), nil, PypircNotText},
		{"binary", file("[pypi]\npassword = CANARY\x00\n"), nil, PypircNotText},
		{"ten megabytes", file("[pypi]\n" + strings.Repeat("# CANARY\n", 10<<20/9)), nil, PypircTooLarge},
		{"symlink into a work tree", func(t *testing.T, dir string) string {
			tree := filepath.Join(dir, "dotfiles")
			mkdir(t, filepath.Join(tree, ".git"))
			return link(t, put(t, filepath.Join(tree, "pypirc"), foreign), dir)
		}, nil, PypircWorkTree},
		{"work tree, new file", func(t *testing.T, dir string) string {
			mkdir(t, filepath.Join(dir, ".git"))
			return filepath.Join(dir, ".pypirc")
		}, nil, PypircWorkTree},
		{"dangling symlink", func(t *testing.T, dir string) string { return link(t, filepath.Join(dir, "gone"), dir) }, nil, PypircSymlink},
		{"loop", func(t *testing.T, dir string) string { return link(t, filepath.Join(dir, ".pypirc"), dir) }, nil, PypircSymlink},
		{"folder", func(t *testing.T, dir string) string { return mkdir(t, filepath.Join(dir, ".pypirc")) }, nil, PypircNotFile},
		{"pipe", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, ".pypirc")
			if err := exec.Command("mkfifo", path).Run(); err != nil {
				t.Skip(err)
			}
			return path
		}, nil, PypircNotFile},
		{"writable folder", func(t *testing.T, dir string) string {
			path := put(t, filepath.Join(dir, ".pypirc"), foreign)
			return path + chmod(t, dir, 0o775)
		}, nil, PypircParent},
		{"another user's", func(t *testing.T, dir string) string {
			path := put(t, filepath.Join(dir, ".pypirc"), foreign)
			if os.Chown(path, 12345, 12345) != nil {
				t.Skip("only root can give files away")
			}
			return path
		}, nil, PypircOwner},
		{"another user's link", func(t *testing.T, dir string) string {
			path := link(t, put(t, filepath.Join(dir, "real"), foreign), dir)
			if os.Lchown(path, 12345, 12345) != nil {
				t.Skip("only root can give files away")
			}
			return path
		}, nil, PypircSymlink},
		{"saved by an editor meanwhile", file(foreign), func(f *PypircFile) {
			_ = os.WriteFile(f.path, []byte(foreign+"# new\n"), 0o600)
		}, PypircChanged},
		{"replaced by an editor meanwhile", file(foreign), func(f *PypircFile) {
			_ = os.WriteFile(f.path+"~", []byte(foreign), 0o600)
			_ = os.Rename(f.path+"~", f.path)
		}, PypircChanged},
		{"made meanwhile", func(_ *testing.T, dir string) string { return filepath.Join(dir, ".pypirc") }, func(f *PypircFile) {
			_ = os.WriteFile(f.path, []byte(foreign), 0o600)
		}, PypircChanged},
		{"a link put there meanwhile", file(foreign), func(f *PypircFile) {
			_ = os.Rename(f.path, f.path+"~")
			_ = os.Symlink(f.path+"~", f.path)
		}, PypircChanged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := tt.make(t, dir)
			var held string
			_, err := change(path, tokenEdit("CANARY-token"), func(f *PypircFile) {
				if tt.before != nil {
					tt.before(f)
				}
				b, _ := os.ReadFile(path)
				held = string(b)
			})
			if !errors.Is(err, &PypircError{Reason: tt.reason}) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "CANARY") {
				t.Errorf("%v", err)
			}
			if held != "" && get(t, path) != held { // a pipe is not read
				t.Errorf("the file is now %q", get(t, path))
			}
			if left := litter(t, dir); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func file(text string) func(*testing.T, string) string {
	return func(t *testing.T, dir string) string { return put(t, filepath.Join(dir, ".pypirc"), text) }
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func link(t *testing.T, to, dir string) string {
	t.Helper()
	path := filepath.Join(dir, ".pypirc")
	if err := os.Symlink(to, path); err != nil {
		t.Skip(err)
	}
	return path
}

func chmod(t *testing.T, name string, mode fs.FileMode) string {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return ""
}

func TestPypircWrites(t *testing.T) {
	for _, tt := range []struct {
		name, old, want string
	}{
		{"no file", "", "[distutils]\nindex-servers =\n    pypi\n\n[pypi]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = T\n"},
		{"windows line ends", "[distutils]\r\nindex-servers = local\r\n[local]\r\nrepository: x\r\n",
			"[distutils]\r\nindex-servers = local pypi\r\n[local]\r\nrepository: x\r\n\r\n[pypi]\r\nrepository = https://upload.pypi.org/legacy/\r\nusername = __token__\r\npassword = T\r\n"},
		{"odd spacing, comments, no line end", "[DEFAULT]\nx=1\n[distutils]\nindex-servers:\n\tpypi ; no comment\n[pypi]\n  # mine\n  Username:joe\n  PASSWORD :old\n    older\n  # more\n    oldest\n  ca_cert : y",
			"[DEFAULT]\nx=1\n[distutils]\nindex-servers:\n\tpypi ; no comment\n[pypi]\n  repository:https://upload.pypi.org/legacy/\n  # mine\n  Username:__token__\n  PASSWORD :T\n  # more\n  ca_cert : y"},
		{"twine's default had testpypi", "[testpypi]\npassword = t\n",
			"[testpypi]\npassword = t\n\n[distutils]\nindex-servers =\n    pypi\n    testpypi\n\n[pypi]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = T\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ".pypirc")
			if tt.old != "" {
				put(t, path, tt.old)
			}
			if _, err := change(path, tokenEdit("T"), nil); err != nil {
				t.Fatal(err)
			}
			if got := get(t, path); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if info, _ := os.Stat(path); rcModes && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
			if left := litter(t, filepath.Dir(path)); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestPypircValues: what would become another line, or lose its ends, is refused.
func TestPypircValues(t *testing.T) {
	for _, token := range []string{"a\nb", "a\n[local]\npassword = x", "a\rb", "a\x00b", "a\x1bb", " a", "a ", "a\u00a0", "a\u0085b", "a\u2028b", "a\xffb"} {
		if _, err := (Pypirc{}).Edit(tokenEdit(token)); !errors.Is(err, &PypircError{Reason: PypircValue}) {
			t.Errorf("%q: %v", token, err)
		}
	}
	for _, name := range []string{"DEFAULT", "distutils", "server-login", "a b", "a]", "", "[x", "a\nb"} {
		e := tokenEdit("x")
		e.Write[0].Name = name
		if _, err := (Pypirc{}).Edit(e); !errors.Is(err, &PypircError{Reason: PypircName}) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPypircShadowedPassword(t *testing.T) {
	for _, text := range []string{"[DEFAULT]\npassword = x\n", "[server-login]\npassword = x\n"} {
		p, err := ParsePypirc([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e := PypircEdit{Write: []PypircSection{{Name: "pypi", Repository: pypiUpload, WithoutPassword: true}}}
		if _, err := p.Edit(e); !errors.Is(err, &PypircError{Reason: PypircShadowed}) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPypircOldHosts(t *testing.T) {
	old := "[distutils]\nindex-servers = pypi pypitest\n[pypi]\nrepository: https://pypi.python.org/pypi\n[pypitest]\nrepository: https://testpypi.python.org/pypi\nusername: joe\n"
	p, _ := ParsePypirc([]byte(old))
	if len(p.Findings()) != 3 {
		t.Errorf("%v", p.Findings())
	}
	if _, err := p.Edit(tokenEdit("T")); !errors.Is(err, &PypircError{Reason: PypircElsewhere}) {
		t.Errorf("migrated without a yes: %v", err)
	}
	next, err := p.Edit(PypircEdit{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	want := "[distutils]\nindex-servers = pypi testpypi\n[pypi]\nrepository: https://upload.pypi.org/legacy/\n[testpypi]\nrepository: https://test.pypi.org/legacy/\nusername: joe\n"
	if got := string(next.doc().data); got != want {
		t.Errorf("%q", got)
	}
}

// TestPypircCarriesOver: a loose mode, another name, attributes of the old file.
func TestPypircCarriesOver(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, ".pypirc"), foreign)
	chmod(t, path, 0o644)
	if err := os.Link(path, filepath.Join(dir, "other")); err != nil {
		t.Skip(err)
	}
	attributes := exec.Command("setfattr", "-n", "user.note", "-v", "kept", path).Run() == nil
	f, err := OpenPypirc(path)
	if err != nil {
		t.Fatal(err)
	}
	codes := fmt.Sprint(f.View().Findings)
	if !strings.Contains(codes, "hard-link") || !strings.Contains(codes, "mode") {
		t.Errorf("nothing is said of the mode or of the other name: %v", codes)
	}
	lost, err := change(path, tokenEdit("T"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if get(t, filepath.Join(dir, "other")) != foreign {
		t.Error("the other name changed")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	out, _ := exec.Command("getfattr", "--only-values", "-n", "user.note", path).Output()
	if attributes && string(out) != "kept" && len(lost) == 0 {
		t.Errorf("an attribute was lost in silence: %q", out)
	}
}

// TestPypircThroughLink writes the file that a link leads to, and keeps the link.
func TestPypircThroughLink(t *testing.T) {
	dir := t.TempDir()
	real := put(t, filepath.Join(mkdir(t, filepath.Join(dir, "real")), "rc"), foreign)
	path := link(t, real, dir)
	if _, err := change(path, tokenEdit("T"), nil); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(path); err != nil || to != real || !strings.Contains(get(t, real), "__token__") {
		t.Errorf("%v %v %q", to, err, get(t, real))
	}
}

// TestPypircOneWriter: while another one writes, we do not; and its temporary
// file is not swept.
func TestPypircOneWriter(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, ".pypirc"), foreign)
	unlock, err := rcLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	other := put(t, filepath.Join(dir, rcTemp+"999999999-x"), "")
	if _, err := change(path, tokenEdit("T"), nil); rcModes && !errors.Is(err, &PypircError{Reason: PypircBusy}) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
	unlock()
	if _, err := change(path, tokenEdit("T"), nil); err != nil {
		t.Error(err)
	}
}

// TestPypircSweep: what is ours and orphaned goes, everything else stays.
func TestPypircSweep(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, ".pypirc"), foreign)
	me := strconv.Itoa(os.Getpid())
	stays := []string{".pypirc.swp", ".pypirc.ferry", rcTemp + me + "-young"}
	goes := []string{rcTemp + me + "-old", rcBackup + me + "-old", rcTemp + "999999999-dead"}
	for _, name := range append(stays, goes...) {
		put(t, filepath.Join(dir, name), "x")
		if strings.HasSuffix(name, "-old") {
			past := time.Now().Add(-2 * rcOrphanAge)
			_ = os.Chtimes(filepath.Join(dir, name), past, past)
		}
	}
	if _, err := OpenPypirc(path); err != nil {
		t.Fatal(err)
	}
	for _, name := range stays {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range goes {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil && rcModes {
			t.Errorf("%s is still there", name)
		}
	}
}
