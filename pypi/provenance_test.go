package pypi_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// attestation makes provenance as PyPI keeps it, with a certificate that names
// the commit.
func attestation(t *testing.T, file, sha256, commit string) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	value, err := asn1.MarshalWithParams(commit, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 13}, Value: value}}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, public, private)
	if err != nil {
		t.Fatal(err)
	}
	statement := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":%q,"digest":{"sha256":%q}}],"predicateType":"https://docs.pypi.org/attestations/publish/v1","predicate":null}`, file, sha256)
	doc, err := json.Marshal(map[string]any{"version": 1, "attestation_bundles": []any{map[string]any{
		"publisher": map[string]any{"kind": "GitHub", "repository": "acme/foo", "workflow": "release.yml", "environment": "pypi"},
		"attestations": []any{map[string]any{"version": 1,
			"verification_material": map[string]any{"certificate": base64.StdEncoding.EncodeToString(der), "transparency_entries": []any{}},
			"envelope":              map[string]any{"statement": base64.StdEncoding.EncodeToString([]byte(statement)), "signature": "AA=="}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestProvenance: who published a file, from which commit; and that nobody attested it.
func TestProvenance(t *testing.T) {
	const commit = "51d9e07a4c3b2f1e0d9c8b7a6f5e4d3c2b1a0f9e"
	d := newDepot(t, pypitest.Options{})
	wheel, data := pypitest.Wheel("foo", "1.0", d.now, nil)
	sdist, other := pypitest.Sdist("foo", "1.0", d.now, nil)
	a := d.open(wheel, data)
	d.Publish("foo", "1.0", d.now, pypitest.File{Name: wheel, Data: data, Provenance: attestation(t, wheel, a.SHA256, commit)}, pypitest.File{Name: sdist, Data: other})
	page, err := d.index.Simple(t.Context(), "foo")
	if err != nil {
		t.Fatal(err)
	}
	files := page.Of("1.0")
	p, found, err := d.index.Provenance(t.Context(), files[0])
	want := pypi.Publisher{Kind: "GitHub", Repository: "acme/foo", Workflow: "release.yml", Environment: "pypi"}
	if err != nil || !found || p.Bundles[0].Publisher != want || !slices.Equal(p.Commits(), []string{commit}) || p.Bundles[0].Attested[0].SHA256 != a.SHA256 || p.Bundles[0].Attested[0].File != wheel {
		t.Errorf("%+v %v %v", p, found, err)
	}
	if p, found, err := d.index.Provenance(t.Context(), files[1]); found || err != nil {
		t.Errorf("of a file without: %+v %v", p, err)
	}
	if files[0].CoreMetadata == "" || files[1].CoreMetadata != "" {
		t.Errorf("core metadata %q and %q", files[0].CoreMetadata, files[1].CoreMetadata)
	}
	for name, body := range map[string]string{
		"another version": `{"version":2,"attestation_bundles":[]}`, "no bundles": `{"version":1}`, "nobody": `{"version":1,"attestation_bundles":[{"attestations":[]}]}`,
		"junk": `{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub"},"attestations":[{"envelope":{"statement":"%%"}}]}]}`, "page": "<p>",
	} {
		d.Fault(pypitest.Fault{Path: "/integrity/", Status: 200, Body: body, Header: map[string]string{"Content-Type": "application/json"}})
		if p, found, err := d.index.Provenance(t.Context(), files[0]); err == nil || found {
			t.Errorf("%s: %+v", name, p)
		}
	}
	d.Fault(pypitest.Fault{Path: "/integrity/", Status: 403, Body: "Attestations temporarily disabled"})
	if _, _, err := d.index.Provenance(t.Context(), files[0]); err == nil {
		t.Error("a refusal was taken for none")
	}
}
