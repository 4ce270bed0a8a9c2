package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/pypi/pypitest"
)

// drawer is a home with a keyring of its own, and an index that takes two tokens.
type drawer struct {
	t     *testing.T
	index *pypitest.Server
	url   string // of uploads
	home  string
	env   []string
	bin   string
}

const (
	tokenOne = "pypi-AgEIcHlwaS5vcmc-one-by-ferry"
	tokenTwo = "pypi-AgEIcHlwaS5vcmc-two-by-python"
)

func newDrawer(t *testing.T, config string) *drawer {
	t.Helper()
	python(t, "keyring", "secretstorage", "twine")
	installed(t, "libsecret-tools", "secret-tool")
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	address, dir := privateBus(t)
	d := &drawer{t: t, home: t.TempDir(), bin: bin, index: pypitest.New(pypitest.Options{Tokens: map[string][]string{tokenOne: {"*"}, tokenTwo: {"*"}}})}
	server := httptest.NewServer(d.index)
	t.Cleanup(server.Close)
	d.url = server.URL + "/legacy/"
	d.env = []string{"DBUS_SESSION_BUS_ADDRESS=" + address, "XDG_RUNTIME_DIR=" + dir, "HOME=" + d.home, "PATH=" + bin + ":/usr/bin:/bin",
		"LC_ALL=C.UTF-8", "NO_COLOR=1", "PYTHONDONTWRITEBYTECODE=1"}
	d.file(".config/ferry/config.toml", strings.ReplaceAll(config, "URL", server.URL))
	d.ready()
	return d
}

func (d *drawer) file(path, text string) {
	d.t.Helper()
	name := filepath.Join(d.home, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// ready waits until the keyring is there.
func (d *drawer) ready() {
	d.t.Helper()
	end := time.After(20 * time.Second)
	for strings.Contains(d.says("", "ferry", "auth", "status").out, "keyring:") {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-end:
			missing(d.t, "a gnome-keyring that starts")
		}
	}
}

func (d *drawer) says(typed, name string, args ...string) result {
	d.t.Helper()
	if name == "ferry" {
		name = filepath.Join(d.bin, name)
	}
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = d.env, d.home, strings.NewReader(typed)
	return finish(d.t, cmd)
}

// does runs a command that must succeed, and shows no token.
func (d *drawer) does(typed, name string, args ...string) string {
	d.t.Helper()
	r := d.says(typed, name, args...)
	if r.code != 0 || name == "ferry" && strings.Contains(r.out+r.err, "AgEIcHlwaS5vcmc") {
		d.t.Fatalf("%s %v: %d\n%s%s", name, args, r.code, r.out, r.err)
	}
	return r.out + r.err
}

// holds: libsecret finds one item for the index, and Python reads that token.
func (d *drawer) holds(token string) {
	d.t.Helper()
	found := d.does("", "/usr/bin/secret-tool", "search", "--all", "service", d.url, "username", "__token__")
	if n := strings.Count(found, "label = "); n != 1 {
		d.t.Errorf("%d items:\n%s", n, found)
	}
	if got := strings.TrimSpace(d.does("", "/usr/bin/python3", "-m", "keyring", "get", d.url, "__token__")); got != token {
		d.t.Errorf("python reads %s, not %s", got, token)
	}
}

// uploads lets twine, told only the index's name, upload a version.
func (d *drawer) uploads(index, version string) result {
	d.t.Helper()
	name, data := pypitest.Sdist("lantern", version, time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), nil)
	d.file(name, string(data))
	return d.says("", "/usr/bin/twine", "upload", "--non-interactive", "--disable-progress-bar", "-r", index, name)
}

func (d *drawer) published(want int) {
	d.t.Helper()
	ok := 0
	for _, u := range d.index.Uploads() {
		if u.Status == 200 {
			ok++
		}
	}
	if ok != want {
		d.t.Errorf("%d uploads were taken, not %d", ok, want)
	}
}

func (d *drawer) pypirc() string {
	data, _ := os.ReadFile(filepath.Join(d.home, ".pypirc"))
	return string(data)
}

// TestTwineUploads with what ferry left it: a file with the token in it, a file
// without a password and the token in a real keyring, whoever stored it there.
func TestTwineUploads(t *testing.T) {
	for index, config := range map[string]string{
		"pypi":    "[index.pypi]\nupload = \"URL/legacy/\"\n",
		"house":   "[index.house]\nupload = \"URL/legacy/\"\nsimple = \"URL/simple/\"\n",
		"noslash": "[index.noslash]\nupload = \"URL/legacy\"\nsimple = \"URL/simple/\"\n",
	} {
		t.Run(index, func(t *testing.T) {
			t.Parallel()
			d := newDrawer(t, config)
			d.does("", "ferry", "pypirc", "write", "--without-password", "--index", index)
			if r := d.uploads(index, "0.9"); r.code == 0 {
				t.Fatalf("without a token anywhere twine uploads:\n%s", r.out)
			}
			for i, who := range []string{"ferry", "python"} {
				d.holds(d.stores(who, index))
				d.keyringAlone(index, fmt.Sprintf("1.%d", i))
			}
			for _, who := range []string{"ferry", "ferry", "python", "python"} {
				d.holds(d.stores(who, index))
			}
			d.fileAlone(index, "2.0", tokenTwo)
			d.published(3)
		})
	}
}

// stores puts a token into the keyring by one of the two programs.
func (d *drawer) stores(who, index string) (token string) {
	d.t.Helper()
	if who == "ferry" {
		d.does(tokenOne+"\n", "ferry", "auth", "login", index, "--token-file", "-")
		return tokenOne
	}
	d.does(tokenTwo+"\n", "/usr/bin/python3", "-m", "keyring", "set", d.url, "__token__")
	return tokenTwo
}

func (d *drawer) keyringAlone(index, version string) {
	d.t.Helper()
	d.does("", "ferry", "pypirc", "write", "--without-password", "--index", index)
	if text := d.pypirc(); strings.Contains(text, "password") {
		d.t.Errorf("the file is %q", text)
	}
	if r := d.uploads(index, version); r.code != 0 {
		d.t.Errorf("twine: %d\n%s%s", r.code, r.out, r.err)
	}
}

// fileAlone: ferry finds the token in the keyring, whoever stored it, and writes
// it; then the keyring is emptied, and twine has the file alone.
func (d *drawer) fileAlone(index, version, token string) {
	d.t.Helper()
	d.does("", "ferry", "pypirc", "write", "--index", index)
	if text := d.pypirc(); !strings.Contains(text, "password = "+token+"\n") {
		d.t.Errorf("the file is %q", text)
	}
	d.does("", "ferry", "auth", "logout", index)
	if r := d.uploads(index, version); r.code != 0 {
		d.t.Errorf("twine: %d\n%s%s", r.code, r.out, r.err)
	}
	if r := d.says("", "/usr/bin/secret-tool", "search", "--all", "service", d.url, "username", "__token__"); strings.Contains(r.out, "label") {
		d.t.Errorf("logged out, and there is still an item:\n%s", r.out)
	}
}
