package pypitest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/pypi"
)

// What an attestation may say of a file.
const (
	PublishedV1 = "https://docs.pypi.org/attestations/publish/v1"
	SLSAV1      = "https://slsa.dev/provenance/v1"
)

// attestation is one as a client sends it (PEP 740).
type attestation struct {
	Version  int `json:"version"`
	Material struct {
		Certificate []byte `json:"certificate"`
		Entries     []any  `json:"transparency_entries"`
	} `json:"verification_material"`
	Envelope struct {
		Statement []byte `json:"statement"`
		Signature []byte `json:"signature"`
	} `json:"envelope"`
}

// attested checks the attestations of an upload and gives what is kept of them;
// nil without any. The caller holds the lock.
func (s *Server) attested(f *form, token string) ([]byte, *refusal) {
	if f.fields["attestations"] == nil {
		return nil, nil
	}
	m, ok := s.minted[token]
	if !ok {
		return nil, bad("Invalid attestations supplied during upload: Attestations are only supported when using Trusted Publishing")
	}
	var raw []json.RawMessage
	err := json.Unmarshal([]byte(f.fields["attestations"][0]), &raw)
	switch {
	case err != nil:
		err = fmt.Errorf("Malformed attestations: %w", err) //nolint:staticcheck // the words of the index
	case len(raw) == 0:
		err = errors.New("Malformed attestations: an empty attestation set is not permitted") //nolint:staticcheck // the words of the index
	case len(raw) > 2:
		err = errors.New("A maximum of 2 attestations per file are supported") //nolint:staticcheck // the words of the index
	default:
		err = verifyAll(raw, m.by.Publisher, f)
	}
	if err != nil {
		return nil, bad("Invalid attestations supplied during upload: %v", err)
	}
	return marshal(object{"version": 1, "attestation_bundles": []object{{"publisher": m.by.shown(), "attestations": raw}}}), nil
}

// shown is a publisher as provenance names it.
func (p Publisher) shown() object {
	out := object{"repository": p.Owner + "/" + p.Repository, "environment": p.Environment, "claims": nil}
	if p.Environment == "" {
		out["environment"] = nil
	}
	if p.Provider == pypi.ProviderGitLab {
		out["kind"], out["workflow_filepath"] = "GitLab", p.Workflow
	} else {
		out["kind"], out["workflow"] = "GitHub", p.Workflow
	}
	return out
}

func verifyAll(raw []json.RawMessage, by Publisher, f *form) error {
	var seen []string
	for _, r := range raw {
		var a attestation
		if json.Unmarshal(r, &a) != nil || a.Version != 1 {
			return errors.New("Malformed attestations: 1 validation error for list[Attestation]") //nolint:staticcheck // the words of the index
		}
		kind, err := a.verify(by, f)
		switch {
		case err != nil:
			return fmt.Errorf("Could not verify the uploaded artifact using the included attestation: %w", err) //nolint:staticcheck // the words of the index
		case kind != PublishedV1 && kind != SLSAV1:
			return fmt.Errorf("Attestation with unsupported predicate type: %s", kind) //nolint:staticcheck // the words of the index
		case slices.Contains(seen, kind):
			return fmt.Errorf("Multiple attestations for the same file with the same predicate type (%s) are not supported", kind) //nolint:staticcheck // the words of the index
		}
		seen = append(seen, kind)
	}
	return nil
}

// verify holds one against the file and the publisher. Who issued the certificate
// is not asked: the real index asks Sigstore's roots.
func (a attestation) verify(by Publisher, f *form) (kind string, err error) {
	c, err := x509.ParseCertificate(a.Material.Certificate)
	if err != nil {
		return "", err
	}
	if err := c.CheckSignature(x509.SHA256WithRSA, envelope(a.Envelope.Statement), a.Envelope.Signature); err != nil {
		return "", err
	}
	var said struct {
		Kind    string `json:"predicateType"`
		Subject []struct {
			Name   string
			Digest map[string]string
		}
	}
	sum := sha256.Sum256(f.content)
	switch err := json.Unmarshal(a.Envelope.Statement, &said); {
	case err != nil:
		return "", err
	case len(said.Subject) != 1:
		return "", errors.New("too many subjects in statement (must be exactly one)")
	case said.Subject[0].Name != f.filename:
		return "", fmt.Errorf("subject does not match distribution name: %s != %s", said.Subject[0].Name, f.filename)
	case said.Subject[0].Digest["sha256"] != hex.EncodeToString(sum[:]):
		return "", errors.New("subject does not match distribution digest")
	}
	return said.Kind, by.certified(c)
}

// envelope is what is signed: the statement in DSSE's encoding.
func envelope(statement []byte) []byte {
	const kind = "application/vnd.in-toto+json"
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(statement), statement)
}

// buildConfig is where a certificate names the workflow that was started, by
// Sigstore's list. Of a workflow that another one calls it is the other one's.
var buildConfig = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 18}

func (p Publisher) certified(c *x509.Certificate) error {
	want, said := "https://github.com/"+p.Owner+"/"+p.Repository+"/.github/workflows/"+p.Workflow+"@", ""
	if p.Provider == pypi.ProviderGitLab {
		want = "https://gitlab.com/" + p.Owner + "/" + p.Repository + "//" + p.Workflow + "@"
	}
	for _, e := range c.Extensions {
		if e.Id.Equal(buildConfig) {
			_, _ = asn1.Unmarshal(e.Value, &said) // what is no text names nothing
		}
	}
	if strings.HasPrefix(said, want) {
		return nil
	}
	return fmt.Errorf("Verification failed: Certificate's Build Config URI (%s) does not match expected Trusted Publisher (%s @ %s/%s)", said, p.Workflow, p.Owner, p.Repository) //nolint:staticcheck // the words of the index
}
