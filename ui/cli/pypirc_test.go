package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/ui/cli"
)

const (
	rcToken = "pypi-AgEIcHlwaS5vcmcCANARY"
	rcTest  = "pypi-AgENdGVzdC5weXBpLm9yZwCANARY"
	rcLocal = "local-CANARY-secret"
	oldFile = "# CANARY\n[distutils]\nindex-servers = pypi\n[pypi]\nrepository: https://pypi.python.org/pypi\nusername: joe\npassword: CANARY\n"
	mirror  = "[pypi]\nrepository: https://mirror.example/\n"
)

const (
	rcPromise = "# ferry: remove when acme-core 1.4.0 is released"
	permanent = "[pypi]\nusername = __token__\npassword = CANARY\n"
	passing   = "[pypi]\n" + rcPromise + "\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = CANARY\n"
)

// rcCase is a run of the command line on a file of its own.
type rcCase struct {
	name    string
	args    string
	env     map[string]string
	stored  map[string]string // in the keyring, by address
	broken  bool              // the keyring does not answer
	rotates bool              // the keyring has another token from the second look on
	bare    bool              // there is no checkout
	twice   bool              // the file has another name
	old     string
	code    int
	says    string // on standard error
	has     string // the file afterwards
	hasNot  string
}

func (c rcCase) run(t *testing.T) (path, out, errout string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, ".pypirc")
	checkout := filepath.Join(dir, "checkout")
	if err := os.MkdirAll(filepath.Join(checkout, ".git"), 0o700); err != nil { // where a project's settings are looked for
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(checkout, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	project := "[index.local]\nupload = \"https://local.example/up/\"\nsimple = \"https://local.example/simple/\"\n"
	for name, text := range map[string]string{"checkout/ferry.toml": project, ".pypirc": c.old} {
		if text != "" {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.twice {
		if err := os.Link(path, filepath.Join(dir, "other")); err != nil {
			t.Skip(err)
		}
	}
	in, _ := os.Open(os.DevNull)
	streams := [2]*os.File{}
	for i, name := range []string{"out", "err"} {
		streams[i], _ = os.Create(filepath.Join(dir, name))
	}
	app := cli.App{Version: "test", In: in, Out: streams[0], Err: streams[1], Auth: cli.Auth{Keyring: rcRing{c, new(int)}, Decode: rcDecode},
		Env:    func(key string) string { return c.env[key] },
		Pypirc: func() (cli.Pypirc, error) { return pypi.OpenPypirc(path) }, Release: c.release}
	if code := cli.Main(t.Context(), app, append([]string{"-C", filepath.Join(checkout, "sub"), "pypirc"}, strings.Fields(c.args)...)); code != c.code {
		t.Errorf("exit code %d, want %d", code, c.code)
	}
	text := func(name string) string { b, _ := os.ReadFile(filepath.Join(dir, name)); return string(b) }
	return text(".pypirc"), text("out"), text("err")
}

func (c rcCase) release(string) (name, version string, err error) {
	if c.bare {
		return "", "", &flow.Problem{Code: flow.CodeNoRepo, Class: flow.ClassFailed, Text: "There is no git repository here"}
	}
	return "acme-core", "1.4.0", nil
}

// rcRing is the keyring of a case.
type rcRing struct {
	rcCase
	looks *int
}

func (r rcRing) Look(_ context.Context, service, user string) (keyring.Item, error) {
	*r.looks++
	switch {
	case r.rotates && *r.looks > 1:
		return keyring.Item{Secret: keyring.NewSecret(rcToken + "-new")}, nil
	case r.broken:
		return keyring.Item{}, errors.New("no keyring here")
	case user != "__token__":
		return keyring.Item{}, errors.New("asked for " + user)
	case r.stored[service] == "":
		return keyring.Item{}, keyring.ErrNotFound
	}
	return keyring.Item{Secret: keyring.NewSecret(r.stored[service])}, nil
}

func (rcRing) Set(context.Context, string, string, keyring.Secret) error {
	return errors.ErrUnsupported
}
func (rcRing) Delete(context.Context, string, string) error { return errors.ErrUnsupported }
func (rcRing) Probe(context.Context) error                  { return nil }

// rcDecode knows the tokens of the two indexes by how they begin.
func rcDecode(s keyring.Secret) (f cli.TokenFacts, err error) {
	return f, s.Use(func(b []byte) error {
		switch {
		case strings.HasPrefix(string(b), rcToken):
			f.Host = "pypi.org"
		case strings.HasPrefix(string(b), rcTest):
			f.Host = "test.pypi.org"
		default:
			return errors.New("is no API token of PyPI")
		}
		return nil
	})
}

func TestPypirc(t *testing.T) {
	env := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	pypiURL, testURL := "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
	for _, tt := range []rcCase{
		{name: "no token anywhere", args: "write", code: 4, says: "FERRY_TOKEN_PYPI"},
		{name: "the keyring is silent", args: "write", broken: true, code: 4, says: "the keyring cannot be asked"},
		{name: "one of two is silent", args: "write", broken: true, env: env("FERRY_TOKEN_PYPI", rcToken), has: "password = " + rcToken},
		{name: "environment", args: "write", env: env("FERRY_TOKEN_PYPI", rcToken), has: "password = " + rcToken, hasNot: "testpypi"},
		{name: "twine's variable", args: "write", env: env("TWINE_PASSWORD", rcToken), has: "[pypi]", hasNot: "testpypi"},
		{name: "twine's variable for another", args: "write", env: env("TWINE_PASSWORD", rcTest, "TWINE_REPOSITORY", "testpypi"), has: "[testpypi]", hasNot: "[pypi]"},
		{name: "twine's variable by address", args: "write", env: env("TWINE_PASSWORD", rcTest, "TWINE_REPOSITORY_URL", "https://test.pypi.org/legacy"), has: "[testpypi]", hasNot: "[pypi]"},
		{name: "a line break in the token", args: "write", env: env("FERRY_TOKEN_PYPI", "CANARY\nx"), code: 4, says: "FERRY_TOKEN_PYPI has a control character"},
		{name: "keyring", args: "write", stored: env(pypiURL, rcToken, testURL, rcTest), has: "[testpypi]\nrepository = " + testURL},
		{name: "another token meanwhile", args: "write --index pypi", stored: env(pypiURL, rcToken), rotates: true, code: 3, says: "pypirc.token-changed", hasNot: "pypi"},
		{name: "a password for PyPI", args: "write", env: env("FERRY_TOKEN_PYPI", "hunter2-CANARY"), code: 4, says: "passwords are not taken", hasNot: "pypi"},
		{name: "a password for twine's user", args: "write --index local --yes", env: env("TWINE_USERNAME", "joe", "TWINE_PASSWORD", rcLocal, "TWINE_REPOSITORY", "local"), code: 4, says: "FERRY_TOKEN_LOCAL", hasNot: "local"},
		{name: "PyPI's token for another", args: "write --index local --yes", env: env("FERRY_TOKEN_LOCAL", rcToken), code: 4, says: "This is a token for pypi.org", hasNot: "local"},
		{name: "a token of TestPyPI", args: "write", stored: env(pypiURL, rcTest), code: 4, says: "This is a token for test.pypi.org"},
		{name: "a token of PyPI", args: "write", stored: env(pypiURL, rcToken+"x"), has: rcToken + "x"},
		{name: "without password", args: "write --without-password --index pypi", has: "username = __token__\n", hasNot: "password"},
		{name: "only shown", args: "write -n", env: env("FERRY_TOKEN_PYPI", rcToken), says: "+password = •••", hasNot: "[pypi]"},
		{name: "unknown index", args: "write --index nope", code: 64, says: "nope"},
		{name: "a project's host, nobody to ask", args: "write --index local", env: env("FERRY_TOKEN_LOCAL", rcLocal), code: 8, says: "local.example", hasNot: "local"},
		{name: "a project's host, agreed", args: "write --index local --yes", env: env("FERRY_TOKEN_LOCAL", rcLocal), has: "repository = https://local.example/up/"},
		{name: "old host, nobody to ask", args: "write", env: env("FERRY_TOKEN_PYPI", rcToken), old: oldFile, code: 8, says: "line 5", has: "https://pypi.python.org/pypi"},
		{name: "old host, migrated", args: "write --migrate", env: env("FERRY_TOKEN_PYPI", rcToken), old: oldFile, has: "repository: " + pypiURL, hasNot: "python.org"},
		{name: "only migrated", args: "write --migrate", old: oldFile, has: "repository: " + pypiURL + "\nusername: joe\n", hasNot: "python.org"},
		{name: "a mirror is not migrated", args: "write --migrate", env: env("FERRY_TOKEN_PYPI", rcToken), old: mirror, code: 8, has: "mirror.example"},
		{name: "a mirror, agreed", args: "write --yes", env: env("FERRY_TOKEN_PYPI", rcToken), old: mirror, has: pypiURL, hasNot: "mirror.example"},
		{name: "shadowed", args: "write --without-password --index pypi", old: "[DEFAULT]\npassword = CANARY\n", code: 3, says: "[DEFAULT]"},
		{name: "malformed", args: "write", env: env("FERRY_TOKEN_PYPI", rcToken), old: "[pypi]\nCANARY\n", code: 1, says: "line 2"},
		{name: "remove", args: "remove", old: oldFile, has: "# CANARY\n[distutils]\n", hasNot: "joe"},
		{name: "another name", args: "write --index local --yes", env: env("FERRY_TOKEN_LOCAL", rcLocal), old: oldFile, twice: true, has: rcLocal, says: "note: the file has another name, which keeps the old content"},
		{name: "remove another", args: "remove --index local", old: oldFile, has: oldFile},
		{name: "ephemeral", args: "write --ephemeral", env: env("FERRY_TOKEN_PYPI", rcToken), has: "[pypi]\n" + rcPromise + "\nrepository", says: "[pypi] goes when `ferry release` has confirmed acme-core 1.4.0"},
		{name: "ephemeral, only shown", args: "write --ephemeral -n", env: env("FERRY_TOKEN_PYPI", rcToken), hasNot: "[pypi]", says: "+" + rcPromise},
		{name: "ephemeral, without password", args: "write --ephemeral --without-password --index pypi", has: rcPromise, hasNot: "password"},
		{name: "ephemeral, without a checkout", args: "write --ephemeral", env: env("FERRY_TOKEN_PYPI", rcToken), bare: true, code: 1, says: "--ephemeral needs a release to wait for. There is no git repository here", hasNot: "[pypi]"},
		{name: "ephemeral, over a person's own", args: "write --ephemeral --index pypi", env: env("FERRY_TOKEN_PYPI", rcToken), old: permanent, code: 3, says: "is to stay: section pypi (line 1)", has: permanent},
		{name: "ephemeral, again", args: "write --ephemeral --index pypi", env: env("FERRY_TOKEN_PYPI", rcToken), old: passing, has: rcPromise + "\nrepository = " + pypiURL + "\nusername = __token__\npassword = " + rcToken},
		{name: "ephemeral, for another release", args: "write --ephemeral --index pypi", env: env("FERRY_TOKEN_PYPI", rcToken), old: strings.ReplaceAll(passing, "1.4.0", "1.3.9"), has: rcPromise, hasNot: "1.3.9", says: "was to go when acme-core 1.3.9 is released; now it goes when acme-core 1.4.0 is"},
		{name: "ephemeral, and to be kept after all", args: "write --index pypi", env: env("FERRY_TOKEN_PYPI", rcToken), old: passing, hasNot: "# ferry", says: "was to go when acme-core 1.4.0 is released; now it stays"},
		{name: "ephemeral, removed by hand", args: "remove --index pypi", old: passing, hasNot: "pypi"},
		{name: "no such command", args: "frobnicate", code: 64},
		{name: "show", args: "show", old: oldFile, has: oldFile},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, out, errout := tt.run(t)
			if strings.Contains(out+errout, "CANARY") {
				t.Errorf("shown: %s%s", out, errout)
			}
			if !strings.Contains(errout, tt.says) {
				t.Errorf("%q is not in %s", tt.says, errout)
			}
			if !strings.Contains(file, tt.has) || tt.hasNot != "" && strings.Contains(file, tt.hasNot) {
				t.Errorf("the file is now %q\n%s", file, errout)
			}
		})
	}
}

func TestPypircShowUntil(t *testing.T) {
	_, out, _ := rcCase{args: "show", old: passing}.run(t)
	_, doc, _ := rcCase{args: "show --json", old: passing}.run(t)
	if !strings.Contains(out, "until acme-core 1.4.0 is released") || !strings.Contains(doc, `"until":"acme-core 1.4.0"`) {
		t.Errorf("%s\n%s", out, doc)
	}
}

func TestPypircShowJSON(t *testing.T) {
	_, out, _ := rcCase{args: "show --json", old: oldFile}.run(t)
	var doc struct {
		V int
		cli.PypircView
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err, out)
	}
	if doc.V != 1 || !doc.Exists || doc.Mode != "0600" || len(doc.Indexes) != 1 || !doc.Indexes[0].Password || len(doc.Findings) != 1 || doc.Findings[0].Code != "old-host" || strings.Contains(out, "CANARY") {
		t.Errorf("%s", out)
	}
}
