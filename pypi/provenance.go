package pypi

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
)

// Provenance is what an index keeps of who published a file (PEP 740). The index
// verified the signatures when it took the file; here they are read, and not
// verified again. Everything in it is text from outside.
type Provenance struct {
	URL     string
	Bundles []Bundle
}

// Bundle is one publisher and what it attested of the file.
type Bundle struct {
	Publisher Publisher
	Attested  []Attested
}

// Publisher is a trusted publisher as the index knows it.
type Publisher struct {
	Kind        string // "GitHub", "GitLab", …
	Repository  string // "owner/name"
	Workflow    string // its file
	Environment string // "" if none was wanted
}

// Attested is what one attestation says.
type Attested struct {
	File, SHA256 string // the file it is of
	Predicate    string // its type
	Commit       string // of the source, by the certificate; "" if it names none
	Ref          string
	Repository   string // address of the source
}

// Commits are the commits that the attestations of one file name.
func (p Provenance) Commits() (all []string) {
	for _, b := range p.Bundles {
		for _, a := range b.Attested {
			if a.Commit != "" && !slices.Contains(all, a.Commit) {
				all = append(all, a.Commit)
			}
		}
	}
	return all
}

// Provenance reads what the index keeps for a file. found is false where it has
// none: because nobody attested, or because it has no such API.
func (x *Index) Provenance(ctx context.Context, f File) (p Provenance, found bool, err error) {
	if f.Provenance == "" {
		return Provenance{}, false, nil
	}
	a, err := x.get(ctx, f.Provenance, "application/vnd.pypi.integrity.v1+json, application/json;q=0.5")
	if err != nil || a.status == http.StatusNotFound {
		return Provenance{}, false, err
	}
	p, err = parseProvenance(a)
	return p, err == nil, err
}

type provenanceDoc struct {
	Version *int         `json:"version"`
	Bundles *[]bundleDoc `json:"attestation_bundles"`
}

type bundleDoc struct {
	Publisher *struct {
		Kind             string `json:"kind"`
		Repository       string `json:"repository"`
		Workflow         string `json:"workflow"`
		WorkflowFilepath string `json:"workflow_filepath"`
		Environment      string `json:"environment"`
	} `json:"publisher"`
	Attestations []struct {
		Material struct {
			Certificate string `json:"certificate"`
		} `json:"verification_material"`
		Envelope struct {
			Statement string `json:"statement"`
		} `json:"envelope"`
	} `json:"attestations"`
}

func parseProvenance(a answer) (Provenance, error) {
	var d provenanceDoc
	if err := a.decode(&d); err != nil {
		return Provenance{}, err
	}
	if d.Version == nil || *d.Version != 1 || d.Bundles == nil {
		return Provenance{}, a.notIndex("it is no provenance of version 1")
	}
	p := Provenance{URL: a.url.String()}
	for _, b := range *d.Bundles {
		if b.Publisher == nil || b.Publisher.Kind == "" {
			return Provenance{}, a.notIndex("a bundle of the provenance names no publisher")
		}
		out := Bundle{Publisher: Publisher{b.Publisher.Kind, b.Publisher.Repository, b.Publisher.Workflow + b.Publisher.WorkflowFilepath, b.Publisher.Environment}}
		for _, at := range b.Attestations {
			said, err := statement(at.Envelope.Statement)
			if err != nil {
				return Provenance{}, a.notIndex("an attestation's statement cannot be read")
			}
			said.Commit, said.Ref, said.Repository = source(at.Material.Certificate)
			out.Attested = append(out.Attested, said)
		}
		p.Bundles = append(p.Bundles, out)
	}
	return p, nil
}

// statement reads an in-toto statement: of which file it speaks.
func statement(text string) (Attested, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Attested{}, err
	}
	var s struct {
		Predicate string `json:"predicateType"`
		Subject   []struct {
			Name   string            `json:"name"`
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return Attested{}, err
	}
	a := Attested{Predicate: s.Predicate}
	if len(s.Subject) == 1 {
		a.File, a.SHA256 = s.Subject[0].Name, s.Subject[0].Digest["sha256"]
	}
	return a, nil
}

// The extensions of a certificate that name the source, by Sigstore's list of
// object identifiers.
var (
	sourceRepository = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 12}
	sourceCommit     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 13}
	sourceRef        = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 14}
)

// source reads what the signing certificate says of the build; nothing where it
// cannot be read.
func source(certificate string) (commit, ref, repository string) {
	der, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		return "", "", ""
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return "", "", ""
	}
	for _, e := range c.Extensions {
		var text string
		if _, err := asn1.Unmarshal(e.Value, &text); err != nil {
			continue
		}
		switch {
		case e.Id.Equal(sourceCommit):
			commit = text
		case e.Id.Equal(sourceRef):
			ref = text
		case e.Id.Equal(sourceRepository):
			repository = text
		}
	}
	return commit, ref, repository
}
