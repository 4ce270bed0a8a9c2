package cli_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/cli"
)

const canaryToken = "pypi-AgEIcHlwaS5vcmcCJDhk-canary-Zz9_q-wXyZ"

// ring is a keyring in memory.
type ring struct {
	items map[string]keyring.Secret
	err   error
}

func (r *ring) Look(_ context.Context, service, user string) (keyring.Item, error) {
	s, ok := r.items[user+" "+service]
	switch {
	case r.err != nil:
		return keyring.Item{}, r.err
	case !ok:
		return keyring.Item{}, keyring.ErrNotFound
	}
	return keyring.Item{Secret: s, Changed: time.Now().Add(-50 * time.Hour), Copies: 1}, nil
}

func (r *ring) Set(_ context.Context, service, user string, s keyring.Secret) error {
	if r.err == nil {
		r.items[user+" "+service] = s
	}
	return r.err
}

func (r *ring) Delete(_ context.Context, service, user string) error {
	if _, ok := r.items[user+" "+service]; !ok && r.err == nil {
		return keyring.ErrNotFound
	}
	delete(r.items, user+" "+service)
	return r.err
}

func (r *ring) Probe(context.Context) error { return r.err }

// bench runs auth commands with what they need.
type bench struct {
	t    *testing.T
	ring *ring
	env  map[string]string
	host string // of every token that can be decoded
	till time.Time
	wide bool  // no token names a project
	err  error // of Who
	dir  string

	hosts map[string]string // of the checkout
}

func newBench(t *testing.T) *bench {
	dir := t.TempDir()
	return &bench{t: t, ring: &ring{items: map[string]keyring.Secret{}}, host: "pypi.org", dir: dir, env: map[string]string{"HOME": dir, "XDG_STATE_HOME": filepath.Join(dir, "state")}}
}

func (b *bench) decode(s keyring.Secret) (f cli.TokenFacts, err error) {
	err = s.Use(func(v []byte) error {
		if !strings.HasPrefix(string(v), "pypi-") {
			return errors.New("is no API token of PyPI")
		}
		return nil
	})
	if b.wide {
		return cli.TokenFacts{Host: b.host, Scope: "unknown"}, err
	}
	return cli.TokenFacts{Host: b.host, Scope: "project acme", Projects: []string{"acme"}, Expires: b.till}, err
}

func (b *bench) file(name, text string) *os.File {
	b.t.Helper()
	f, err := os.OpenFile(filepath.Join(b.dir, name), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = f.Close() })
	_, _ = f.WriteString(text)
	_, _ = f.Seek(0, io.SeekStart)
	return f
}

// run gives the exit code and everything that was written, as one text and apart.
func (b *bench) run(input string, args ...string) (code int, stdout, stderr string) {
	b.t.Helper()
	in, out, errout := b.file("stdin", input), b.file("stdout", ""), b.file("stderr", "")
	app := cli.App{Version: "test", In: in, Out: out, Err: errout, Env: func(k string) string { return b.env[k] },
		Auth: cli.Auth{Keyring: b.ring, Decode: b.decode, Hosts: func(string, string) map[string]string { return b.hosts },
			Other: func(_ context.Context, name, _ string) (keyring.Secret, string) {
				if name == "github" && b.env["GH"] != "" {
					return keyring.NewSecret(b.env["GH"]), "gh auth token"
				}
				return keyring.Secret{}, ""
			},
			Who: func(_ context.Context, _, api string, _ keyring.Secret, debug io.Writer) (string, error) {
				if debug != nil {
					_, _ = io.WriteString(debug, "GET "+api+"/user\n")
				}
				return "octo\x1b[2Jcat", b.err
			}}}
	code = cli.Main(b.t.Context(), app, append([]string{"-C", b.dir}, args...))
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			b.t.Fatal(err)
		}
		return string(text)
	}
	_ = os.Remove(filepath.Join(b.dir, "stdin"))
	return code, read("stdout"), read("stderr")
}

func TestAuthLogin(t *testing.T) {
	b := newBench(t)
	code, out, errout := b.run(canaryToken+"\r\n", "auth", "login", "pypi")
	want := "The token for pypi is stored in the keyring, under https://upload.pypi.org/legacy/ for __token__: 43 characters, the last four wXyZ\n  scope: project acme\n"
	if code != 0 || out != want || errout != "" {
		t.Errorf("got %d %q %q", code, out, errout)
	}
	if got := b.ring.items["__token__ https://upload.pypi.org/legacy/"]; got.IsZero() {
		t.Errorf("stored: %v", b.ring.items)
	}
	b.env["FERRY_TOKEN_PYPI"] = "pypi-AgEother"
	if _, out, _ := b.run(canaryToken, "auth", "login"); !strings.Contains(out, "FERRY_TOKEN_PYPI is set, and comes first") {
		t.Errorf("got %q", out)
	}
	b.ring.items = map[string]keyring.Secret{}
	if code, out, _ := b.run(canaryToken, "auth", "login", "-n"); code != 0 || len(b.ring.items) != 0 || !strings.Contains(out, "would be stored") {
		t.Errorf("dry run: %d %q", code, out)
	}
	for name, key := range map[string]string{"travis": "token https://api.travis-ci.com", "github": "token https://api.github.com"} {
		if code, _, errout := b.run("0123456789abcdef0123456789abcdef", "auth", "login", name); code != 0 || b.ring.items[key].IsZero() {
			t.Errorf("%s: %d %s", name, code, errout)
		}
	}
}

func TestAuthLoginRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		account, input string
		change         func(*bench)
		code           int
		says           string
	}{
		"TestPyPI's for PyPI": {"pypi", canaryToken, func(b *bench) { b.host = "test.pypi.org" }, 4, "This is a token for test.pypi.org, and pypi is pypi.org"},
		"PyPI's for TestPyPI": {"testpypi", canaryToken, nil, 4, "ferry auth login pypi"},
		"PyPI's for GitHub":   {"github", canaryToken, nil, 4, "This is a token for pypi.org, not for github"},
		"PyPI's for another": {"corp", canaryToken, func(b *bench) {
			b.project("[index.corp]\nupload = 'https://pip.corp/legacy/'\nsimple = 'https://pip.corp/simple/'\n")
		}, 4, "This is a token for pypi.org, and corp is pip.corp"},
		"GitHub's for Travis":   {"travis", "ghp_0123456789", nil, 4, "another service than travis"},
		"a password":            {"pypi", "hunter2hunter2", nil, 4, "passwords are not taken"},
		"two lines":             {"pypi", canaryToken + "\n[evil]\n", nil, 4, "holds a line break"},
		"escape":                {"pypi", "pypi-\x1b[2J", nil, 4, "holds a control character"},
		"space":                 {"pypi", canaryToken + " ", nil, 4, "begins or ends with a space"},
		"nothing":               {"pypi", "\n", nil, 4, "There is no token"},
		"a file":                {"pypi", strings.Repeat("a", 9000), nil, 4, "longer than any token"},
		"expired":               {"pypi", canaryToken, func(b *bench) { b.till = time.Unix(1, 0) }, 4, "expired on 1970"},
		"unknown name":          {"pipy", canaryToken, nil, 64, "no index or service pipy"},
		"locked":                {"pypi", canaryToken, func(b *bench) { b.ring.err = keyring.ErrLocked }, 4, "The keyring is locked"},
		"no keyring":            {"pypi", canaryToken, func(b *bench) { b.ring.err = keyring.ErrNoKeyring }, 4, "export FERRY_TOKEN_PYPI"},
		"hanging":               {"pypi", canaryToken, func(b *bench) { b.ring.err = &keyring.TimeoutError{Op: "write", After: 3 * time.Second} }, 4, "waiting for the keyring"},
		"dismissed":             {"pypi", canaryToken, func(b *bench) { b.ring.err = &keyring.NotStoredError{Service: "s", User: "u"} }, 4, "did not keep"},
		"too big":               {"pypi", canaryToken, func(b *bench) { b.ring.err = &keyring.TooBigError{Size: 9, Limit: 8} }, 4, "at most 8"},
		"interrupted":           {"pypi", canaryToken, func(b *bench) { b.ring.err = flow.ErrInterrupted }, 130, "Stopped"},
		"the project bends it":  {"pypi", canaryToken, func(b *bench) { b.project("[index.pypi]\nupload = 'https://evil.example/legacy/'\n") }, 4, "sends pypi to evil.example, and not to upload.pypi.org"},
		"CI's address is bent":  {"travis", canaryToken, func(b *bench) { b.project("[ci]\nprovider = 'travis'\nurl = 'https://evil.example'\n") }, 4, "not for travis"},
		"argument, not allowed": {"pypi extra", canaryToken, nil, 64, "accepts at most 1 arg"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if tt.change != nil {
				tt.change(b)
			}
			code, out, errout := b.run(tt.input, append([]string{"auth", "login"}, strings.Fields(tt.account)...)...)
			if code != tt.code || out != "" || !strings.Contains(errout, tt.says) || len(b.ring.items) != 0 {
				t.Errorf("got %d %q %q", code, out, errout)
			}
			if strings.Contains(errout, "evil]") || strings.Contains(errout, "hunter2") || strings.Contains(errout, "canary") {
				t.Errorf("the value is shown: %q", errout)
			}
		})
	}
}

// project makes the folder a work tree with settings of its own.
func (b *bench) project(toml string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.dir, ".git"), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "ferry.toml"), []byte(toml), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func TestAuthStatus(t *testing.T) {
	b := newBench(t)
	b.env["TRAVIS_TOKEN"], b.env["GH"] = "travis-secret", "gho_secretsecret"
	b.ring.items["__token__ https://upload.pypi.org/legacy/"] = keyring.NewSecret(canaryToken)
	code, out, _ := b.run("", "auth", "status", "--json")
	var d struct {
		V       int
		Keyring string
		Tokens  []struct {
			Name, Source, Where, Scope, Problem string
			Age                                 int64 `json:"age_s"`
		}
		Next []string
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || strings.Count(out, "\n") != 1 || code != 0 {
		t.Fatalf("%d %v: %s", code, err, out)
	}
	got := map[string]string{}
	for _, x := range d.Tokens {
		got[x.Name] = x.Source + "|" + x.Where + "|" + x.Scope
		if x.Name == "pypi" && x.Age/3600 != 50 {
			t.Errorf("age %d", x.Age)
		}
	}
	for name, want := range map[string]string{
		"pypi": "keyring|https://upload.pypi.org/legacy/ for __token__|project acme", "testpypi": "none||unknown",
		"travis": "environment|TRAVIS_TOKEN|unknown", "github": "other tool|gh auth token|unknown",
	} {
		if got[name] != want {
			t.Errorf("%s: got %s", name, got[name])
		}
	}
	if _, out, _ := b.run("", "auth", "status"); !strings.Contains(out, "(2 days ago)") || !strings.Contains(out, "testpypi   none – no token") {
		t.Errorf("got %s", out)
	}
	b.ring.err = keyring.ErrLocked
	if code, out, _ := b.run("", "auth"); code != 0 || !strings.Contains(out, "keyring: the keyring is locked") {
		t.Errorf("locked: %d %s", code, out)
	}
	b.env["TWINE_PASSWORD"] = canaryToken
	if _, out, _ := b.run("", "auth", "status", "pypi"); !strings.Contains(out, "environment (TWINE_PASSWORD)") {
		t.Errorf("twine's: %s", out)
	}
	b.env["TWINE_REPOSITORY"] = "testpypi"
	if _, out, _ := b.run("", "auth", "status", "testpypi"); !strings.Contains(out, "environment (TWINE_PASSWORD)") || !strings.Contains(out, "This is a token for pypi.org, and testpypi is test.pypi.org") {
		t.Errorf("twine's for another: %s", out)
	}
}

func TestAuthTestAndLogout(t *testing.T) {
	b := newBench(t)
	if code, _, errout := b.run("", "auth", "test", "pypi"); code != 4 || !strings.Contains(errout, "There is no token for pypi") {
		t.Errorf("none: %d %s", code, errout)
	}
	if code, _, _ := b.run("", "auth", "logout", "pypi"); code != 4 {
		t.Errorf("logout of none: %d", code)
	}
	b.ring.items["__token__ https://upload.pypi.org/legacy/"] = keyring.NewSecret(canaryToken)
	if code, out, _ := b.run("", "auth", "test"); code != 0 || !strings.Contains(out, "only an upload tells") {
		t.Errorf("%d %s", code, out)
	}
	b.env["GH"] = "gho_secretsecret"
	if code, out, _ := b.run("", "auth", "test", "github"); code != 0 || !strings.Contains(out, `is valid: octo\x1b[2Jcat`) {
		t.Errorf("%d %q", code, out)
	}
	b.err = &flow.Problem{Code: "auth.refused", Class: flow.ClassCredentials, Text: "The token for github was not proved: 401"}
	if code, _, _ := b.run("", "auth", "test", "github"); code != 4 {
		t.Errorf("refused: %d", code)
	}
	if code, out, _ := b.run("", "auth", "logout", "pypi"); code != 0 || len(b.ring.items) != 0 || !strings.Contains(out, "stays valid until it is deleted at upload.pypi.org") {
		t.Errorf("%d %s", code, out)
	}
}

// TestAuthLoginAtATerminal: the token is typed without echo, and the keyring's
// window is announced.
func TestAuthLoginAtATerminal(t *testing.T) {
	person, program, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	defer person.Close()
	defer program.Close()
	b := newBench(t)
	out := b.file("stdout", "")
	app := cli.App{In: program, Out: out, Err: program, Env: func(k string) string { return b.env[k] }, Auth: cli.Auth{Keyring: b.ring, Decode: b.decode}}
	code := make(chan int)
	go func() { code <- cli.Main(t.Context(), app, []string{"-C", b.dir, "auth", "login", "pypi"}) }()
	screen := bufio.NewReader(person)
	label, err := screen.ReadString(':')
	if err != nil || !strings.Contains(label, "Token for pypi at upload.pypi.org (not shown)") {
		t.Fatalf("%q, %v", label, err)
	}
	// Only now the terminal stops echoing, so the keys come a little later, as a person's do.
	time.AfterFunc(50*time.Millisecond, func() { _, _ = person.WriteString(canaryToken + "\r") })
	if got := <-code; got != 0 {
		t.Errorf("exit %d", got)
	}
	rest, err := screen.ReadString('\n')
	if err != nil || shows(rest) || b.ring.items["__token__ https://upload.pypi.org/legacy/"].IsZero() {
		t.Errorf("%q, %v", rest, err)
	}
}

// shows says whether a text holds the token in a form it can take.
func shows(text string) bool {
	forms := []string{canaryToken, hex.EncodeToString([]byte(canaryToken)), strings.ToUpper(hex.EncodeToString([]byte(canaryToken))), url.QueryEscape(canaryToken)}
	j, _ := json.Marshal(canaryToken)
	forms = append(forms, strings.Trim(string(j), `"`))
	for i := range 3 {
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + canaryToken))
		forms = append(forms, enc[4:len(enc)-4])
	}
	for _, f := range forms {
		if strings.Contains(text, f) {
			return true
		}
	}
	return strings.Contains(text, "canary-Zz9") // the part that no two tokens share
}

// TestAuthNeverShowsAToken: whatever is asked, and whatever goes wrong, the token
// is in no output, no debug file, no journal, no file at all.
func TestAuthNeverShowsAToken(t *testing.T) {
	faults := []error{nil, keyring.ErrLocked, keyring.ErrNoKeyring, &keyring.NotStoredError{Service: "s", User: "u"}, errors.New("unforeseen")}
	for _, fault := range faults {
		for _, face := range []string{"--plain", "--json", "--accessible"} {
			b := newBench(t)
			for _, words := range [][]string{{"login", "pypi"}, {"login", "testpypi"}, {"login", "github"}, {"login", "travis", "--token-file", "-"}, {"status"}, {"status", "pypi"}, {"test", "pypi"}, {"test", "github"}, {"logout", "pypi"}} {
				for _, env := range []string{"", "FERRY_TOKEN_PYPI", "TWINE_PASSWORD", "GH_TOKEN", "GH"} {
					if env != "" {
						b.env[env] = canaryToken
					}
					b.ring.err = fault
					args := append([]string{"auth"}, words...)
					_, out, errout := b.run(canaryToken+"\n", append(args, face, "--debug", filepath.Join(b.dir, "debug"))...)
					if shows(out + errout) {
						t.Fatalf("%v %s with %s, %v: %s%s", words, face, env, fault, out, errout)
					}
					delete(b.env, env)
				}
			}
			b.nothingOnDisk()
		}
	}
}

func (b *bench) nothingOnDisk() {
	b.t.Helper()
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && shows(string(text)) {
			b.t.Errorf("%s holds the token", path)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestAuthLoginWarnsOfABroadToken: one that names no project is taken, with a word.
func TestAuthLoginWarnsOfABroadToken(t *testing.T) {
	for _, wide := range []bool{false, true} {
		b := newBench(t)
		b.wide = wide
		code, out, _ := b.run(canaryToken, "auth", "login", "pypi")
		if warned := strings.Contains(out, "it names no project"); code != 0 || warned != wide {
			t.Errorf("wide %v: exit code %d, %q", wide, code, out)
		}
	}
}
