package pypitest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"ferry/pypi/pypitest"
)

// attests makes an attestation of a file, by a workflow.
func (x *trusting) attests(kind, workflow, file string, data []byte) json.RawMessage {
	x.t.Helper()
	value, err := asn1.MarshalWithParams("https://github.com/dana/demo/.github/workflows/"+workflow+"@refs/heads/pypi-release", "utf8")
	if err != nil {
		x.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 18}, Value: value}}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &x.key.PublicKey, x.key)
	if err != nil {
		x.t.Fatal(err)
	}
	statement := fmt.Sprintf(`{"predicateType":%q,"subject":[{"name":%q,"digest":{"sha256":"%x"}}]}`, kind, file, sha256.Sum256(data))
	sum := sha256.Sum256([]byte(fmt.Sprintf("DSSEv1 28 application/vnd.in-toto+json %d %s", len(statement), statement)))
	sig, err := rsa.SignPKCS1v15(rand.Reader, x.key, crypto.SHA256, sum[:])
	if err != nil {
		x.t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{"version": 1, "verification_material": map[string]any{"certificate": der, "transparency_entries": []any{}},
		"envelope": map[string]any{"statement": []byte(statement), "signature": sig}})
	if err != nil {
		x.t.Fatal(err)
	}
	return b
}

// TestAttestations: what does not fit the file or the publisher is refused, in the
// words of the index, and what fits is taken.
func TestAttestations(t *testing.T) {
	t.Parallel()
	const bad = "400 Invalid attestations supplied during upload: "
	u := sdist("De-Mo", "1.0", "a")
	x := newTrusting(t, onGitHub("pypi"))
	one := func(kind, workflow, file string, data []byte) string {
		return "[" + string(x.attests(kind, workflow, file, data)) + "]"
	}
	good := one(pypitest.PublishedV1, "publish-pypi.yml", u.file, u.data)
	twice := "[" + strings.Trim(good, "[]") + "," + strings.Trim(good, "[]") + "]"
	for sent, want := range map[string]string{
		good:                                 "",
		"[]":                                 bad + "Malformed attestations: an empty attestation set is not permitted",
		"{}":                                 bad + "Malformed attestations: ",
		"[1]":                                bad + "Malformed attestations: ",
		twice:                                bad + "Multiple attestations for the same file with the same predicate type (" + pypitest.PublishedV1 + ") are not supported",
		"[" + strings.Repeat("1,", 2) + "1]": bad + "A maximum of 2 attestations per file are supported",
		one("x", "publish-pypi.yml", u.file, u.data):                      bad + "Attestation with unsupported predicate type: x",
		one(pypitest.SLSAV1, "publish-pypi.yml", "other.tar.gz", u.data):  bad + "Could not verify the uploaded artifact using the included attestation: subject does not match distribution name: other.tar.gz",
		one(pypitest.SLSAV1, "publish-pypi.yml", u.file, []byte("other")): bad + "Could not verify the uploaded artifact using the included attestation: subject does not match distribution digest",
		one(pypitest.SLSAV1, "release.yml", u.file, u.data):               bad + "Could not verify the uploaded artifact using the included attestation: Verification failed: Certificate's Build Config URI (https://github.com/dana/demo/.github/workflows/release.yml@refs/heads/pypi-release) does not match expected Trusted Publisher (publish-pypi.yml @ dana/demo)",
		strings.Replace(good, `"signature":"`, `"signature":"AAAA`, 1):    bad + "Could not verify the uploaded artifact",
	} {
		x := newTrusting(t, onGitHub("pypi"))
		token, refused := x.mint(x.jwt(x.said(nil), "k1"))
		if refused != "" {
			t.Fatal(refused)
		}
		u := sdist("De-Mo", "1.0", "a").with("attestations", sent)
		u.token = token
		if got := x.send(t, u); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("got %q, want %q", got, want)
		}
		if u.token = account; want == "" {
			u = sdist("De-Mo", "1.1", "b").with("attestations", sent)
			if got := x.send(t, u); got != bad+"Attestations are only supported when using Trusted Publishing" {
				t.Errorf("by an account: %q", got)
			}
		}
	}
}
