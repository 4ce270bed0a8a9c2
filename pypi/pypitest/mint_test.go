package pypitest_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// trusting is an index that knows the key of its issuers.
type trusting struct {
	*index
	t   *testing.T
	key *rsa.PrivateKey
}

// issuerKey is made once: that takes a while.
var issuerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newTrusting(t *testing.T, entered ...pypitest.Publisher) *trusting {
	t.Helper()
	key := issuerKey()
	keys := pypitest.Keys{"k1": &key.PublicKey}
	x := &trusting{start(t, pypitest.Options{Issuers: map[string]pypitest.Keys{pypitest.IssuerGitHub: keys, pypitest.IssuerGitLab: keys}}), t, key}
	for _, p := range entered {
		if err := x.Trust(p); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// onGitHub is the publisher of most tests.
func onGitHub(environment string) pypitest.Publisher {
	return pypitest.Publisher{OwnerID: "65", PendingPublisher: pypi.PendingPublisher{Provider: pypi.ProviderGitHub, Project: "De-Mo", Owner: "dana", Repository: "demo", Workflow: "publish-pypi.yml", Environment: environment}}
}

func onGitLab(environment string) pypitest.Publisher {
	p := onGitHub(environment)
	p.Provider, p.Owner, p.Workflow = pypi.ProviderGitLab, "Dana/tools", ".gitlab-ci.yml"
	return p
}

// said are the claims of a run of the workflow, changed as told; nil takes one away.
func (x *trusting) said(with map[string]any) map[string]any {
	c := map[string]any{
		"iss": pypitest.IssuerGitHub, "aud": "pypi", "iat": x.now.Unix(), "nbf": x.now.Unix() - 300, "exp": x.now.Unix() + 300, "jti": rand.Text(), "repository": "dana/demo",
		"repository_owner": "dana", "repository_owner_id": "65", "ref": "refs/heads/pypi-release", "sha": "3f78", "event_name": "push", "environment": "PyPI",
		"job_workflow_ref": "dana/demo/.github/workflows/publish-pypi.yml@refs/heads/pypi-release", "sub": "repo:dana/demo:environment:PyPI",
	}
	return but(c, with)
}

func but(c, with map[string]any) map[string]any {
	c = maps.Clone(c)
	maps.Copy(c, with)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func (x *trusting) saidByGitLab(with map[string]any) map[string]any {
	return but(map[string]any{
		"iss": pypitest.IssuerGitLab, "aud": "pypi", "iat": x.now.Unix(), "exp": x.now.Unix() + 300, "jti": rand.Text(), "project_path": "dana/tools/demo", "ref_path": "refs/tags/v1", "sha": "3f78",
		"ci_config_ref_uri": "gitlab.com/Dana/tools/demo//.gitlab-ci.yml@refs/tags/v1", "sub": "project_path:dana/tools/demo:ref_type:tag:ref:v1", "environment": "pypi",
	}, with)
}

// jwt signs claims.
func (x *trusting) jwt(c map[string]any, kid string) string {
	x.t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			x.t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "kid": kid, "typ": "JWT"}) + "." + part(c)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, x.key, crypto.SHA256, sum[:])
	if err != nil {
		x.t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// mint asks for a token, and gives it or the code and words of the refusal.
func (x *trusting) mint(jwt string) (token, refused string) {
	x.t.Helper()
	body, _ := json.Marshal(map[string]string{"token": jwt})
	w := httptest.NewRecorder()
	x.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/_/oidc/mint-token", bytes.NewReader(body)))
	var got struct {
		Token   string
		Success bool
		Expires int64
		Errors  []struct{ Code, Description string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		x.t.Fatal(err, w.Body)
	}
	switch {
	case w.Code == http.StatusOK && got.Success && got.Expires == x.now.Add(15*time.Minute).Unix() && len(got.Errors) == 0:
		return got.Token, ""
	case w.Code == http.StatusUnprocessableEntity && got.Token == "" && len(got.Errors) == 1:
		return "", got.Errors[0].Code + ": " + got.Errors[0].Description
	}
	x.t.Fatalf("%d %s", w.Code, w.Body)
	return "", ""
}

// sends uploads an sdist with a token.
func (x *trusting) sends(token, name, version string) string {
	x.t.Helper()
	u := sdist(name, version, token+version)
	u.token = token
	return x.send(x.t, u)
}

// TestMintRefuses: the words are those of PyPI.
func TestMintRefuses(t *testing.T) {
	t.Parallel()
	x := newTrusting(t)
	x.Publish("De-Mo", "1.0", x.now)
	if err := errors.Join(x.Trust(onGitHub("pypi")), x.Trust(onGitLab("pypi"))); err != nil {
		t.Fatal(err)
	}
	const none = "invalid-publisher: valid token, but no corresponding publisher (Publisher with matching claims was not found)"
	const bad = "invalid-token: malformed or invalid token"
	for with, want := range map[[2]string]string{
		{"environment", "testpypi"}: none, {"environment", ""}: none, {"repository_owner_id", "66"}: none, {"repository", "eve/demo"}: none,
		{"job_workflow_ref", "dana/demo/.github/workflows/other.yml@refs/heads/pypi-release"}:       none,
		{"job_workflow_ref", "eve/demo/.github/workflows/publish-pypi.yml@refs/heads/pypi-release"}: "invalid-publisher: valid token, but no corresponding publisher (The job_workflow_ref claim does not match, expecting one of ['dana/demo/.github/workflows/publish-pypi.yml@3f78', 'dana/demo/.github/workflows/publish-pypi.yml@refs/heads/pypi-release'], got 'eve/demo/.github/workflows/publish-pypi.yml@refs/heads/pypi-release')",
		{"event_name", "pull_request_target"}:                                                       "invalid-publisher: valid token, but no corresponding publisher (Publishing from a workflow invoked via 'pull_request_target' is not supported.)",
		{"repository_owner", "Dana"}:                                                                "invalid-publisher: valid token, but no corresponding publisher (Check failed for required claim 'repository_owner')",
		{"aud", "testpypi"}:                                                                         bad, {"iss", pypitest.IssuerGitLab}: "invalid-publisher: valid token, but no corresponding publisher (Missing claim 'project_path')",
		{"iss", "https://ci.example"}: "invalid-payload: unknown trusted publishing issuer", {"iss", ""}: "invalid-payload: malformed JWT",
	} {
		if _, got := x.mint(x.jwt(x.said(map[string]any{with[0]: with[1]}), "k1")); got != want {
			t.Errorf("%v: %s", with, got)
		}
	}
	for says, c := range map[string]map[string]any{
		"expired": {"exp": x.now.Unix() - 31}, "of tomorrow": {"nbf": x.now.Unix() + 31}, "no end": {"exp": nil}, "no beginning": {"iat": nil}, "two audiences": {"aud": []string{"pypi", "x"}},
	} {
		if _, got := x.mint(x.jwt(x.said(c), "k1")); got != bad {
			t.Errorf("%s: %s", says, got)
		}
	}
	if _, got := x.mint(x.jwt(x.said(map[string]any{"jti": nil}), "k1")); !strings.HasSuffix(got, "(Missing claim 'jti')") {
		t.Error(got)
	}
	one, other := strings.Split(x.jwt(x.said(nil), "k1"), "."), strings.Split(x.jwt(x.said(nil), "k1"), ".")
	for says, token := range map[string]string{"another key": x.jwt(x.said(nil), "k2"), "other claims": one[0] + "." + other[1] + "." + one[2]} {
		if _, got := x.mint(token); got != bad {
			t.Errorf("%s: %s", says, got)
		}
	}
	if _, got := x.mint("nonsense"); got != "invalid-payload: malformed JWT" {
		t.Error(got)
	}
}

// TestPendingPublisher: the identity makes the project, its token is good for that
// project and a quarter of an hour, and no identity is used twice.
func TestPendingPublisher(t *testing.T) {
	t.Parallel()
	for says, p := range map[string]pypitest.Publisher{"GitHub": onGitHub("pypi"), "any environment": onGitHub(""), "GitLab": onGitLab("pypi")} {
		x := newTrusting(t, p)
		claims := x.said(nil)
		if p.Provider == pypi.ProviderGitLab {
			claims = x.saidByGitLab(nil)
		}
		identity := x.jwt(claims, "k1")
		token, refused := x.mint(identity)
		if refused != "" || !strings.HasPrefix(token, "pypi-AgEIcHlwaS5vcmc") {
			t.Errorf("%s: %s %s", says, token, refused)
		}
		if _, got := x.mint(identity); got != "invalid-reuse-token: invalid token: already used" {
			t.Errorf("%s: again: %s", says, got)
		}
		if got := x.sends(token, "other", "1.0"); !strings.Contains(got, "Non-user identities cannot create new projects") {
			t.Errorf("%s: another project: %s", says, got)
		}
		if got := x.sends(token, "De-Mo", "1.0"); got != "" {
			t.Errorf("%s: %s", says, got)
		}
		x.now = x.now.Add(16 * time.Minute)
		if got := x.sends(token, "De-Mo", "1.1"); !strings.Contains(got, "Invalid API Token: token is expired") {
			t.Errorf("%s: later: %s", says, got)
		}
		if got := x.sends(account, "De-Mo", "1.1"); got != "" {
			t.Errorf("%s: the account: %s", says, got)
		}
	}
}

// TestPendingIsNoReservation: who is faster has the name, and time runs out.
func TestPendingIsNoReservation(t *testing.T) {
	t.Parallel()
	const none = "Publisher with matching claims was not found"
	x := newTrusting(t, onGitHub("pypi"))
	if got := x.sends(account, "dem0", "1.0"); got != "" { // too similar to what waits
		t.Fatal(got)
	}
	if _, got := x.mint(x.jwt(x.said(nil), "k1")); !strings.Contains(got, none) {
		t.Errorf("taken: %s", got)
	}
	x = newTrusting(t, onGitHub("pypi"))
	x.now = x.now.Add(31 * 24 * time.Hour)
	if _, got := x.mint(x.jwt(x.said(nil), "k1")); !strings.Contains(got, none) {
		t.Errorf("too late: %s", got)
	}
	x.Publish("De-Mo", "1.0", x.now)
	if err := x.Trust(onGitHub("pypi")); err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(365 * 24 * time.Hour)
	if _, got := x.mint(x.jwt(x.said(nil), "k1")); got != "" {
		t.Errorf("one of a project stays: %s", got)
	}
}

// TestTrustRefuses what the forms refuse, in their words.
func TestTrustRefuses(t *testing.T) {
	t.Parallel()
	x := newTrusting(t)
	other := func(by func(*pypitest.Publisher)) pypitest.Publisher { p := onGitHub("pypi"); by(&p); return p }
	for words, p := range map[string]pypitest.Publisher{
		"Workflow name must end with .yml or .yaml":                      other(func(p *pypitest.Publisher) { p.Workflow = "publish" }),
		"Workflow filename must be a filename only, without directories": other(func(p *pypitest.Publisher) { p.Workflow = ".github/workflows/a.yml" }),
		"Owner: This field is required.":                                 other(func(p *pypitest.Publisher) { p.Owner = "" }),
		"conflict with Python Standard Library":                          other(func(p *pypitest.Publisher) { p.Project = "json" }),
	} {
		if err := x.Trust(p); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %s", err, words)
		}
	}
	for _, name := range []string{"aa", "bb", "cc", "dd"} {
		err := x.Trust(other(func(p *pypitest.Publisher) { p.Project = name }))
		if (err != nil) != (name == "dd") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoTrust: an index without issuers has no such pages, and says whom an
// identity must be for where it has.
func TestNoTrust(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]http.Handler{"404": pypitest.New(pypitest.Options{}), `{"audience":"pypi"}`: newTrusting(t)} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_/oidc/audience", nil))
		if got, _ := io.ReadAll(w.Body); !strings.Contains(string(got), want) {
			t.Errorf("%d %s, want %s", w.Code, got, want)
		}
	}
}
