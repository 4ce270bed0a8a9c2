package travis_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

const upload = "pypi-Canary-0123456789_abcdefghijklmnopqrstuvwxyz"

func TestVariables(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	if got, err := p.Variables(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("at first: %+v, %v", got, err)
	}
	made, err := p.CreateVariable(t.Context(), "PYPI_PASSWORD", "pypi-release", keyring.NewSecret(upload))
	if err != nil || made.ID == "" || made.Public || made.Branch != "pypi-release" {
		t.Fatalf("%+v, %v", made, err)
	}
	var conflict *ci.ConflictError
	if _, err := p.CreateVariable(t.Context(), "PYPI_PASSWORD", "pypi-release", keyring.NewSecret(upload)); !errors.As(err, &conflict) {
		t.Errorf("again: %v", err)
	}
	if _, err := p.CreateVariable(t.Context(), "PYPI_PASSWORD", "pypi-test", keyring.NewSecret(upload)); err != nil {
		t.Errorf("for another branch: %v", err)
	}
	if v := s.Variables(); len(v) != 2 || v[0].Value != upload || v[0].Public || v[1].Branch != "pypi-test" {
		t.Errorf("the server has %+v", v)
	}
	list, err := p.Variables(t.Context())
	if err != nil || len(list) != 2 || list[0] != made {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := p.UpdateVariable(t.Context(), made, keyring.NewSecret("pypi-another-value$1")); err != nil || s.Variables()[0].Value != `pypi-another-value\$1` {
		t.Errorf("an update: %v, %+v", err, s.Variables())
	}
	if err := p.DeleteVariable(t.Context(), made); err != nil || len(s.Variables()) != 1 {
		t.Errorf("a deletion: %v, %+v", err, s.Variables())
	}
	var none *ci.NotFoundError
	if err := p.DeleteVariable(t.Context(), made); !errors.As(err, &none) {
		t.Errorf("once more: %v", err)
	}
	if _, err := p.UpdateVariable(t.Context(), made, keyring.NewSecret(upload)); !errors.As(err, &none) {
		t.Errorf("an update of what is gone: %v", err)
	}
}

// TestSettingsRefused: who may not, and what may not be.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	value := keyring.NewSecret(upload)
	for _, name := range []string{"", "A B", "1A", "A=B", "A\n"} {
		if _, err := p.CreateVariable(t.Context(), name, "", value); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	var unfit *ci.UnfitValueError
	if _, err := p.CreateVariable(t.Context(), "A", "", keyring.Secret{}); !errors.As(err, &unfit) {
		t.Errorf("no value: %v", err)
	}
	var wrong *ci.MalformedError
	for _, id := range []string{"", "../1", "a/b", "a b"} {
		if err := p.DeleteVariable(t.Context(), ci.Variable{ID: id}); !errors.As(err, &wrong) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	var needs *ci.NeedsTokenError
	if _, err := provider(t, url, "").CreateVariable(t.Context(), "A", "", value); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
	var auth *ci.AuthError
	s.Host(citest.Hosted{ReadOnly: true})
	_, create := p.CreateVariable(t.Context(), "A", "", value)
	for about, err := range map[string]error{"create": create, "activate": p.SetActive(t.Context(), true), "pushes": p.SetPushBuilds(t.Context(), true)} {
		if !errors.As(err, &auth) || auth.Status != http.StatusForbidden {
			t.Errorf("%s without the right to: %v", about, err)
		}
	}
	if len(s.Variables()) != 0 {
		t.Errorf("%+v", s.Variables())
	}
	for status, text := range map[int]string{422: "Variable name is required", 409: "resource already exists"} {
		var conflict *ci.ConflictError
		_, err := answers(t, status, fmt.Sprintf(`{"@type":"error","error_message":%q}`, text)).CreateVariable(t.Context(), "A", "", value)
		if !errors.As(err, &conflict) || conflict.Text != text {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestHalfObeyed: a server that does something else than it was asked to is not
// believed, and what it did is told.
func TestHalfObeyed(t *testing.T) {
	t.Parallel()
	for body, known := range map[string]bool{
		`{"id":"a","name":"PYPI_PASSWORD","public":false}`:                        true, // an old server, which knows no branches
		`{"id":"a","name":"PYPI_PASSWORD","public":false,"branch":"main"}`:        true,
		`{"id":"a","name":"PYPI_PASSWORD","public":true,"branch":"pypi-release"}`: true,
		`{"id":"a","name":"OTHER","public":false,"branch":"pypi-release"}`:        false,
		`{"id":"../x","name":"PYPI_PASSWORD","public":false}`:                     false,
		`{"id":"a","name":"PYPI_PASSWORD","branch":"pypi-release"}`:               false,
		`{}`: false,
		`[]`: false,
	} {
		v, err := answers(t, http.StatusCreated, body).CreateVariable(t.Context(), "PYPI_PASSWORD", "pypi-release", keyring.NewSecret(upload))
		if err == nil || (v.ID != "") != known {
			t.Errorf("%s: %+v, %v", body, v, err)
		}
	}
	for _, body := range []string{`{}`, `{"env_vars":[{}]}`, `{"env_vars":[{"id":"a","name":"A"}]}`, `{"env_vars":{}}`, `null`} {
		var wrong *ci.MalformedError
		if v, err := answers(t, http.StatusOK, body).Variables(t.Context()); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", body, v, err)
		}
	}
	calm := answers(t, http.StatusOK, `{"active":false,"value":false}`)
	if calm.SetActive(t.Context(), true) == nil || calm.SetPushBuilds(t.Context(), true) == nil || calm.Sync(t.Context()) == nil {
		t.Error("an answer that says no is taken for yes")
	}
}

func TestActivation(t *testing.T) {
	t.Parallel()
	var pending []func()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token), After: func(_ time.Duration, f func()) { pending = append(pending, f) }})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.Travis())
	t.Cleanup(web.Close)
	p := provider(t, web.URL, token)
	s.Forget()
	var none *ci.NotFoundError
	if err := p.SetActive(t.Context(), true); !errors.As(err, &none) {
		t.Errorf("before Travis knows it: %v", err)
	}
	var busy *ci.ConflictError
	if err := p.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Sync(t.Context()); !errors.As(err, &busy) {
		t.Errorf("while it looks: %v", err)
	}
	if a, err := p.Account(t.Context()); err != nil || !a.Syncing || a.Login != "erin" {
		t.Errorf("%+v, %v", a, err)
	}
	pending[0]()
	if got, err := p.Inspect(t.Context()); err != nil || got.Active {
		t.Errorf("not active yet: %+v, %v", got, err)
	}
	for _, on := range []bool{true, false, true} {
		if err := p.SetActive(t.Context(), on); err != nil {
			t.Error(err)
		}
		if err := p.SetPushBuilds(t.Context(), on); err != nil {
			t.Error(err)
		}
		if got, err := p.Inspect(t.Context()); err != nil || got.Active != on || got.PushBuilds == nil || *got.PushBuilds != on {
			t.Errorf("%v: %+v, %v", on, got, err)
		}
	}
}

// recorder keeps requests as they went over the wire.
type recorder struct {
	mu   sync.Mutex
	text strings.Builder
	echo http.HandlerFunc
}

func (h *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head, _ := httputil.DumpRequest(r, false)
	h.mu.Lock()
	h.text.Write(head)
	h.mu.Unlock()
	h.echo(w, r)
}

// shapes are the forms in which a value may turn up.
func shapes(v string) []string {
	return []string{v, v[5:25], hex.EncodeToString([]byte(v)), base64.StdEncoding.EncodeToString([]byte(v)), url.QueryEscape(v)}
}

// TestCanary: a value is in the body of the one request that carries it and nowhere
// else, also where the server repeats it in every way it has.
func TestCanary(t *testing.T) {
	t.Parallel()
	value, key := keyring.NewSecret(upload), pkix(t, &keyOf(t, 1024).PublicKey)
	for about, echo := range map[string]http.HandlerFunc{
		"a refusal":       says(http.StatusForbidden, `{"error_message":"no: %s"}`),
		"a conflict":      says(http.StatusConflict, `{"error_message":"exists: %s"}`),
		"a failure":       says(http.StatusInternalServerError, `{"error_message":"panic at %s"}`),
		"plain text":      says(http.StatusUnprocessableEntity, `%s`),
		"another name":    says(http.StatusCreated, `{"id":"a","name":"%s","public":false}`),
		"a broken answer": says(http.StatusCreated, `%s`),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/?v="+upload, http.StatusTemporaryRedirect)
		},
		"a key": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, written(t, key, nil)) },
	} {
		h := &recorder{echo: echo}
		web := httptest.NewServer(h)
		p := provider(t, web.URL, token)
		var out []string
		keep := func(v any, err error) { out = append(out, fmt.Sprintf("%+v %#v %v %+v", v, v, err, err)) }
		v, err := p.CreateVariable(t.Context(), "PYPI_PASSWORD", "pypi-release", value)
		keep(v, err)
		v, err = p.UpdateVariable(t.Context(), ci.Variable{ID: "a", Name: "PYPI_PASSWORD"}, value)
		keep(v, err)
		k, err := p.PublicKey(t.Context())
		keep(k, err)
		sealed, err := p.Seal(value, k)
		keep(sealed, err)
		k.PEM = upload
		sealed, err = p.Seal(value, k)
		keep(sealed, err)
		all := strings.Join(out, "\n")
		if n := strings.Count(h.text.String(), "HTTP/1.1"); n != 3 {
			t.Errorf("%s: %d requests", about, n)
		}
		for _, form := range shapes(upload) {
			if strings.Contains(h.text.String(), form) {
				t.Errorf("%s: a request line or header holds the value", about)
			}
			if strings.Contains(all, form) {
				t.Errorf("%s: %s", about, all)
			}
		}
		web.Close()
	}
}

func says(status int, form string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, form, upload)
	}
}
