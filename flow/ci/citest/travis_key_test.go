package citest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io/fs"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/keyring"
)

// sealed is a world whose repository has a key pair. file makes its .travis.yml,
// with what seal gives in it.
type sealed struct {
	*world
	edit *travis.Provider // with the right to
}

// Two key pairs, each made once for all worlds.
var (
	first  = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) })
	second = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) })
)

func pair(t *testing.T, p func() (*rsa.PrivateKey, error)) *rsa.PrivateKey {
	t.Helper()
	key, err := p()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func withKey(t *testing.T, file func(seal func(string) string) string) *sealed {
	t.Helper()
	w := &sealed{world: start(t, "travis", "")}
	script, err := citest.ParseScript("job a 5ms")
	if err != nil {
		t.Fatal(err)
	}
	files := tree(".travis.yml", "")
	opts := citest.Options{
		Slug: slug, Checkout: func(string) (fs.FS, error) { return files, nil },
		UploadURL: w.up, UploadToken: keyring.NewSecret(upload), Log: t.Logf, Script: script, Token: keyring.NewSecret("api"),
	}
	w.ci = citest.New(opts)
	t.Cleanup(w.ci.Close)
	w.ci.UseKey(pair(t, first), citest.KeyPKCS1)
	web := httptest.NewServer(w.ci.Travis())
	t.Cleanup(web.Close)
	w.edit, err = travis.New(travis.Options{URL: web.URL, Slug: slug, UserAgent: "ferry-test", Token: keyring.NewSecret("api")})
	if err != nil {
		t.Fatal(err)
	}
	w.subject = w.edit
	files[".travis.yml"].Data = []byte(file(w.seal))
	return w
}

// seal encrypts with the key of the moment.
func (w *sealed) seal(value string) string {
	w.Helper()
	k, err := w.edit.PublicKey(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	out, err := w.edit.Seal(keyring.NewSecret(value), k)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// publishes pushes the release branch and says whether the build uploaded.
func (w *sealed) publishes() bool {
	w.Helper()
	w.ci.Push(branch, zero, sha)
	b := w.final()
	done := len(w.index.got()) == 2
	if done != (b.State == ci.StatePassed) {
		w.Errorf("uploaded %q in %+v", w.index.got(), b)
	}
	if log := w.log(b, ""); strings.Contains(log, upload) {
		w.Errorf("the log shows the token: %s", log)
	}
	return done
}

const entry = "deploy:\n  - provider: pypi\n    distributions: sdist bdist_wheel\n    on: {branch: pypi-release}\n"

func TestSecureDecides(t *testing.T) {
	t.Parallel()
	secure := func(text string) string { return "{secure: \"" + text + "\"}" }
	for about, c := range map[string]struct {
		file func(seal func(string) string) string
		want bool
	}{
		"a sealed password": {func(seal func(string) string) string {
			return entry + "    username: __token__\n    password: " + secure(seal(upload)) + "\n"
		}, true},
		"a sealed user as well": {func(seal func(string) string) string {
			return entry + "    user: " + secure(seal("__token__")) + "\n    password: " + secure(seal(upload)) + "\n"
		}, true},
		"another token": {func(seal func(string) string) string {
			return entry + "    username: __token__\n    password: " + secure(seal("pypi-other")) + "\n"
		}, false},
		"what no key opens": {func(func(string) string) string {
			return entry + "    username: __token__\n    password: " + secure("QUJDREVG") + "\n"
		}, false},
		"no password": {func(func(string) string) string { return entry + "    username: __token__\n" }, false},
		"no user":     {func(seal func(string) string) string { return entry + "    password: " + secure(seal(upload)) + "\n" }, false},
		"a name as user": {func(seal func(string) string) string {
			return entry + "    username: dana\n    password: " + secure(seal(upload)) + "\n"
		}, false},
		"by a global variable": {func(seal func(string) string) string {
			return "env:\n  global:\n    - " + secure(seal("PYPI_PASSWORD="+upload)) + "\n" + entry + "    username: __token__\n"
		}, true},
		"by a variable's name": {func(seal func(string) string) string {
			return "env:\n  global:\n    UP: " + secure(seal(upload)) + "\n" + entry + "    username: __token__\n    password: $UP\n"
		}, true},
		"twine in a script": {func(seal func(string) string) string {
			return "env: {global: [" + secure(seal("TWINE_PASSWORD="+upload)) + "]}\ndeploy:\n  provider: script\n  script: twine upload dist/*\n  on: {branch: pypi-release}\n"
		}, true},
		"by an anchor": {func(seal func(string) string) string {
			return "x: &l\n  username: __token__\n  password: " + secure(seal(upload)) + "\n" + entry + "    <<: *l\n"
		}, true},
	} {
		if w := withKey(t, c.file); w.publishes() != c.want {
			t.Errorf("%s: uploaded %q", about, w.index.got())
		}
	}
}

// TestKeyMadeAnew: what the old key sealed is empty to the builds of the new one.
func TestKeyMadeAnew(t *testing.T) {
	t.Parallel()
	w := withKey(t, func(seal func(string) string) string {
		return entry + "    username: __token__\n    password: {secure: \"" + seal(upload) + "\"}\n"
	})
	w.ci.UseKey(pair(t, second), citest.KeyPKIX)
	if w.publishes() {
		t.Error("an upload with what nobody can read")
	}
}

// TestSettingsDecide: a variable reaches the builds of its branch, and no others.
func TestSettingsDecide(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]bool{"pypi-release": true, "": true, "pypi-test": false, "none": false} {
		w := withKey(t, func(func(string) string) string { return entry + "    username: __token__\n" })
		if scope != "none" {
			if _, err := w.edit.CreateVariable(t.Context(), "PYPI_PASSWORD", scope, keyring.NewSecret(upload)); err != nil {
				t.Fatal(err)
			}
		}
		if w.publishes() != want {
			t.Errorf("scope %q: uploaded %q", scope, w.index.got())
		}
	}
}

// TestOddValuesArrive: what is escaped for bash is what it was in the build.
func TestOddValuesArrive(t *testing.T) {
	t.Parallel()
	w := withKey(t, func(func(string) string) string { return entry + "    username: __token__\n" })
	w.index.want = `p$ss "w` + "`" + `rd' é!`
	if _, err := w.edit.CreateVariable(t.Context(), "PYPI_PASSWORD", "", keyring.NewSecret(w.index.want)); err != nil {
		t.Fatal(err)
	}
	if !w.publishes() {
		t.Errorf("the server has %+v", w.ci.Variables())
	}
}

// TestAsleep: nothing is built of a repository that is not active.
func TestAsleep(t *testing.T) {
	t.Parallel()
	w := withKey(t, func(func(string) string) string { return entry })
	w.ci.Deactivate()
	w.ci.Push(branch, zero, sha)
	if got := w.builds(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if err := w.edit.SetActive(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	w.ci.Push(branch, zero, sha)
	w.final()
}
