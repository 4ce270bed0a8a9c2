package citest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// What Sigstore's certificates say of a build, by its list of object identifiers.
var sigstore = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1}

// Their last numbers.
const (
	sourceRepository = 12
	sourceCommit     = 13
	sourceRef        = 14
	buildConfig      = 18
)

// attest says of a distribution that this build made it (PEP 740). The certificate
// is of the service's own key: there is no Sigstore here, and no log of it.
func (s *Server) attest(b *build, d dist) (string, error) {
	der, err := s.certificate(b)
	if err != nil {
		return "", err
	}
	statement, err := json.Marshal(doc{
		"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://docs.pypi.org/attestations/publish/v1", "predicate": nil,
		"subject": []doc{{"name": d.name, "digest": doc{"sha256": d.sha256Hex()}}},
	})
	if err != nil {
		return "", err
	}
	const kind = "application/vnd.in-toto+json"
	sum := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(statement), statement))
	sig, err := rsa.SignPKCS1v15(nil, s.o.Identity, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	out, err := json.Marshal([]doc{{
		"version": 1, "verification_material": doc{"certificate": der, "transparency_entries": []doc{}}, "envelope": doc{"statement": statement, "signature": sig},
	}})
	return string(out), err
}

// certificate names the build.
func (s *Server) certificate(b *build) ([]byte, error) {
	host := map[string]string{onGitHub: "https://github.com/", onGitLab: "https://gitlab.com/"}[b.provider]
	file := "/" + b.path
	if b.provider == onGitLab {
		file = "//.gitlab-ci.yml"
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(b.id), NotBefore: s.o.Now(), NotAfter: s.o.Now().Add(10 * time.Minute)}
	for last, text := range map[int]string{sourceRepository: host + s.o.Slug, sourceCommit: b.sha, sourceRef: b.ref, buildConfig: host + s.o.Slug + file + "@" + b.ref} {
		value, err := asn1.MarshalWithParams(text, "utf8")
		if err != nil {
			return nil, err
		}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: append(append(asn1.ObjectIdentifier{}, sigstore...), last), Value: value})
	}
	return x509.CreateCertificate(nil, c, c, &s.o.Identity.PublicKey, s.o.Identity)
}
