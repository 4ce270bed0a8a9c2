package travis_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/keyring"
)

var (
	_ ci.Sealer[keyring.Secret]   = (*travis.Provider)(nil)
	_ ci.Settings[keyring.Secret] = (*travis.Provider)(nil)
	_ ci.Activator                = (*travis.Provider)(nil)
	_ ci.Syncer                   = (*travis.Provider)(nil)
)

var (
	keysMu sync.Mutex
	keys   = map[int]*rsa.PrivateKey{}
)

// keyOf gives a key pair of so many bits, always the same in one run: large ones
// take their time.
func keyOf(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	keysMu.Lock()
	defer keysMu.Unlock()
	if keys[bits] == nil {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		keys[bits] = k
	}
	return keys[bits]
}

var forms = map[string]citest.KeyForm{"PKIX": citest.KeyPKIX, "PKIX under the other label": citest.KeyMislabelled, "PKCS#1": citest.KeyPKCS1}

func TestPublicKey(t *testing.T) {
	t.Parallel()
	for bits, room := range map[int]int{1024: 117, 2048: 245, 4096: 501} {
		seen := ""
		for form, f := range forms {
			s, p, url := bench(t, token)
			s.UseKey(keyOf(t, bits), f)
			k, err := p.PublicKey(t.Context())
			if err != nil || k.Bits != bits || k.Room != room || !strings.HasPrefix(k.PEM, "-----BEGIN ") || "http://"+k.Origin != url {
				t.Errorf("%d bits, %s: %+v, %v", bits, form, k, err)
			}
			if seen != "" && k.Fingerprint != seen || len(k.Fingerprint) != 47 {
				t.Errorf("%d bits, %s: fingerprint %q, and %q before", bits, form, k.Fingerprint, seen)
			}
			seen = k.Fingerprint
		}
	}
}

// TestNoPublicKey tells apart what keeps a key from us.
func TestNoPublicKey(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	var none *ci.NotFoundError
	if _, err := p.PublicKey(t.Context()); !errors.As(err, &none) || !strings.Contains(none.What, "key pair") {
		t.Errorf("no key yet: %v", err)
	}
	s.Forget()
	if _, err := p.PublicKey(t.Context()); !errors.As(err, &none) || !strings.Contains(none.What, "repository") {
		t.Errorf("an unknown repository: %v", err)
	}
	var needs *ci.NeedsTokenError
	if _, err := provider(t, url, "").PublicKey(t.Context()); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
	var auth *ci.AuthError
	if _, err := provider(t, url, "another").PublicKey(t.Context()); !errors.As(err, &auth) || auth.Status != http.StatusForbidden {
		t.Errorf("a wrong token: %v", err)
	}
	var moved *ci.ConflictError
	gone := answers(t, http.StatusForbidden, `{"@type":"error","error_type":"repo_migrated","error_message":"This repository has been migrated to travis-ci.com."}`)
	if _, err := gone.PublicKey(t.Context()); !errors.As(err, &moved) {
		t.Errorf("a repository that moved: %v", err)
	}
}

// answers is a Travis that says one thing.
func answers(t *testing.T, status int, body string) *travis.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(web.Close)
	return provider(t, web.URL, token)
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	k := ci.PublicKey{Origin: "api.travis-ci.com"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is asked
	for url, refused := range map[string]bool{
		"https://api.travis-ci.org": true, "https://travis-ci.org/": true, "https://API.TRAVIS-CI.ORG.": true, "https://app.travis-ci.com": true,
		"https://travis-ci.com": true, "https://api.travis-ci.com": false, "https://travis.example.org/api": false, "https://nottravis-ci.org": false,
	} {
		p := provider(t, url, token)
		var wrong *ci.EndpointError
		if _, err := p.PublicKey(ctx); errors.As(err, &wrong) != refused || err == nil {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := p.Variables(ctx); errors.As(err, &wrong) != refused || err == nil {
			t.Errorf("variables of %s: %v", url, err)
		}
		if _, err := p.Seal(keyring.NewSecret("pypi-endpoint-value"), k); errors.As(err, &wrong) == (url == "https://api.travis-ci.com") {
			t.Errorf("a key of api.travis-ci.com for %s: %v", url, err)
		}
	}
}

// written is an answer with a key.
func written(t *testing.T, text string, print any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"@type": "key_pair", "public_key": text, "fingerprint": print})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pkix writes any public key.
func pkix(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestHostileKeys(t *testing.T) {
	t.Parallel()
	good := pkix(t, &keyOf(t, 2048).PublicKey)
	n := keyOf(t, 2048).N
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	even := new(big.Int).Lsh(big.NewInt(3), 2046)
	whole := x509.MarshalPKCS1PrivateKey(keyOf(t, 1024))
	for about, body := range map[string]string{
		"no JSON":         "<html>",
		"nothing":         `{}`,
		"no text":         `{"public_key":{"a":1}}`,
		"no PEM":          written(t, "ssh-rsa AAAA", nil),
		"no block":        written(t, "-----BEGIN PUBLIC KEY-----\n", nil),
		"two keys":        written(t, good+good, nil),
		"before it":       written(t, "hello\n"+good, nil),
		"cut off":         written(t, good[:len(good)/2]+"\n-----END PUBLIC KEY-----\n", nil),
		"another kind":    written(t, pkix(t, edwards.Public()), nil),
		"a private key":   written(t, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: whole})), nil),
		"an exponent 1":   written(t, pkix(t, &rsa.PublicKey{N: n, E: 1}), nil),
		"an even one":     written(t, pkix(t, &rsa.PublicKey{N: n, E: 4}), nil),
		"an even modulus": written(t, pkix(t, &rsa.PublicKey{N: even, E: 65537}), nil),
		"too small":       written(t, pkix(t, &rsa.PublicKey{N: new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 767), big.NewInt(1)), E: 65537}), nil),
		"too large":       written(t, pkix(t, &rsa.PublicKey{N: new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 99999), big.NewInt(1)), E: 65537}), nil),
	} {
		var wrong *ci.MalformedError
		if k, err := answers(t, http.StatusOK, body).PublicKey(t.Context()); !errors.As(err, &wrong) || k.PEM != "" {
			t.Errorf("%s: %+v, %v", about, k, err)
		}
	}
	var differs *ci.FingerprintError
	said := strings.Repeat("00:", 15) + "00"
	if _, err := answers(t, http.StatusOK, written(t, good, said)).PublicKey(t.Context()); !errors.As(err, &differs) || differs.Said != said {
		t.Errorf("another fingerprint: %v", err)
	}
	for _, silent := range []any{nil, ""} {
		if _, err := answers(t, http.StatusOK, written(t, good, silent)).PublicKey(t.Context()); err != nil {
			t.Errorf("no fingerprint: %v", err)
		}
	}
}

// TestKeyChanged: the fingerprint that was noted beside a value says later whether
// builds can read it.
func TestKeyChanged(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.UseKey(keyOf(t, 1024), citest.KeyPKIX)
	old, err := p.PublicKey(t.Context())
	if err != nil || old.Opens(old.Fingerprint) != nil || old.Opens(strings.ToUpper(old.Fingerprint)) != nil {
		t.Fatal(old, err)
	}
	s.UseKey(keyOf(t, 2048), citest.KeyPKIX)
	now, err := p.PublicKey(t.Context())
	var changed *ci.KeyChangedError
	if err != nil || !errors.As(now.Opens(old.Fingerprint), &changed) || *changed != (ci.KeyChangedError{Noted: old.Fingerprint, Now: now.Fingerprint}) {
		t.Errorf("a new key: %v, %v", err, now.Opens(old.Fingerprint))
	}
	if now.Opens("") == nil {
		t.Error("no note is no promise")
	}
}
