package citest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"ferry/flow/ci/rules"
)

// The issuers of the identities of jobs.
const (
	issuerGitHub = "https://token.actions.githubusercontent.com"
	issuerGitLab = "https://gitlab.com"
)

// OwnerID is the number of the repository's owner, in the identities of its jobs.
const OwnerID = "583231"

// Issuers is what an index has to know to believe the identities that are signed
// with a key: of each issuer the keys by their ids.
func Issuers(key *rsa.PrivateKey) map[string]map[string]*rsa.PublicKey {
	keys := map[string]*rsa.PublicKey{keyID(key): &key.PublicKey}
	return map[string]map[string]*rsa.PublicKey{issuerGitHub: keys, issuerGitLab: keys}
}

func keyID(key *rsa.PrivateKey) string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	return strings.ToUpper(hex.EncodeToString(sum[:20]))
}

// sign makes a token of claims (RFC 7515).
func sign(key *rsa.PrivateKey, claims doc) (string, error) {
	var parts []string
	for _, v := range []doc{{"alg": "RS256", "kid": keyID(key), "typ": "JWT"}, claims} {
		b, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(b))
	}
	text := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), err
}

// identity is what a job may say of itself, for an audience.
func (s *Server) identity(b *build, d rules.Deploy, audience string) (string, error) {
	claims := s.githubClaims(b, d)
	if b.provider == onGitLab {
		claims = s.gitlabClaims(b, d)
	}
	now := s.o.Now()
	claims["aud"], claims["jti"], claims["iat"], claims["exp"] = audience, rand.Text(), now.Unix(), now.Unix()+300
	claims["sha"] = b.sha
	if d.Environment != "" {
		claims["environment"] = d.Environment
	}
	return sign(s.o.Identity, claims)
}

// githubClaims are those of GitHub's reference of OpenID Connect.
func (s *Server) githubClaims(b *build, d rules.Deploy) doc {
	owner, _ := s.names()
	subject := "repo:" + s.o.Slug + ":ref:" + b.ref
	if d.Environment != "" {
		subject = "repo:" + s.o.Slug + ":environment:" + d.Environment
	}
	called := d.File
	if !strings.HasPrefix(called, ".github/workflows/") {
		called = b.path // the step stands in an action of the repository
	}
	return doc{
		"iss": issuerGitHub, "sub": subject, "nbf": s.o.Now().Unix() - 300, "repository": s.o.Slug, "repository_owner": owner, "repository_owner_id": OwnerID,
		"repository_id": repositoryID, "repository_visibility": "public", "ref": b.ref, "ref_type": refType(b.ref), "ref_protected": "false", "event_name": b.event,
		"actor": b.by, "actor_id": "7", "workflow": b.name, "workflow_ref": s.o.Slug + "/" + b.path + "@" + b.ref, "workflow_sha": b.sha,
		"job_workflow_ref": s.o.Slug + "/" + called + "@" + b.ref, "job_workflow_sha": b.sha, "runner_environment": "github-hosted",
		"run_id": strconv.FormatInt(b.id, 10), "run_number": strconv.Itoa(b.number), "run_attempt": strconv.Itoa(b.attempt), "head_ref": "", "base_ref": "",
	}
}

// gitlabClaims are those of GitLab's reference of ID tokens.
func (s *Server) gitlabClaims(b *build, _ rules.Deploy) doc {
	ref := shortName(b.ref)
	return doc{
		"iss": issuerGitLab, "sub": "project_path:" + s.o.Slug + ":ref_type:" + refType(b.ref) + ":ref:" + ref, "nbf": s.o.Now().Unix() - 5,
		"project_id": projectID, "project_path": s.o.Slug, "ref": ref, "ref_type": refType(b.ref), "ref_path": b.ref, "ref_protected": "false",
		"pipeline_id": strconv.FormatInt(b.id, 10), "pipeline_source": b.event, "user_login": b.by, "runner_environment": "gitlab-hosted",
		"ci_config_ref_uri": "gitlab.com/" + s.o.Slug + "//.gitlab-ci.yml@" + b.ref, "ci_config_sha": b.sha, "project_visibility": "public",
	}
}

func refType(ref string) string {
	if strings.HasPrefix(ref, "refs/tags/") {
		return "tag"
	}
	return "branch"
}
