package pypitest

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"ferry/pypi"
)

// minted is a token that a publisher was given.
type minted struct {
	by      trustedBy
	expires time.Time
}

// mintedLife is how long such a token lives.
const mintedLife = 15 * time.Minute

// trustRoutes are there on an index that knows issuers.
func (s *Server) trustRoutes() {
	if s.opt.Issuers == nil {
		return
	}
	s.mux.HandleFunc("GET /_/oidc/audience", s.audience)
	s.mux.HandleFunc("POST /_/oidc/mint-token", s.mint)
	s.mux.HandleFunc("POST /_/oidc/github/mint-token", s.mint)
}

func (s *Server) audience(w http.ResponseWriter, _ *http.Request) {
	document(w, http.StatusOK, object{"audience": s.opt.Audience})
}

func document(w http.ResponseWriter, status int, v object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(marshal(v))
}

// noToken is why no token is given.
type noToken struct{ code, description string }

// mint gives a token for an identity that a publisher has.
func (s *Server) mint(w http.ResponseWriter, r *http.Request) {
	token, expires, no := s.exchange(r)
	if no != nil {
		document(w, http.StatusUnprocessableEntity, object{"message": "Token request failed", "errors": []object{{"code": no.code, "description": no.description}}})
		return
	}
	document(w, http.StatusOK, object{"success": true, "token": token, "expires": expires.Unix()})
}

func (s *Server) exchange(r *http.Request) (string, time.Time, *noToken) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var payload struct{ Token *string }
	if err != nil || json.Unmarshal(body, &payload) != nil || payload.Token == nil {
		return "", time.Time{}, &noToken{"invalid-payload", "1 validation error for TokenPayload"}
	}
	header, c, signed, signature, err := parseJWT(*payload.Token)
	switch {
	case err != nil:
		return "", time.Time{}, &noToken{"invalid-payload", err.Error()}
	case c.text("iss") != IssuerGitHub && c.text("iss") != IssuerGitLab:
		return "", time.Time{}, &noToken{"invalid-payload", "unknown trusted publishing issuer"}
	case !s.genuine(header, c, signed, signature):
		return "", time.Time{}, &noToken{"invalid-token", "malformed or invalid token"}
	}
	return s.grant(c)
}

// grant finds the publisher, makes the project of a pending one, and gives a token
// that is good for the publisher's projects and a quarter of an hour.
func (s *Server) grant(c claims) (string, time.Time, *noToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	s.expire(now)
	if no := s.reify(c, now); no != nil {
		return "", time.Time{}, no
	}
	by, err := find(s.publishers, c)
	if err != nil {
		return "", time.Time{}, &noToken{"invalid-publisher", "valid token, but no corresponding publisher (" + err.Error() + ")"}
	}
	if slices.Contains(s.used, c.text("jti")) {
		return "", time.Time{}, &noToken{"invalid-reuse-token", "invalid token: already used"}
	}
	s.used = append(s.used, c.text("jti"))
	token, expires := "pypi-"+prefixes[s.opt.Audience]+rand.Text()+rand.Text()+rand.Text()+rand.Text(), now.Add(mintedLife)
	s.minted[token] = minted{by, expires}
	return token, expires, nil
}

// prefixes are how the tokens of an index begin, which is where it is named.
var prefixes = map[string]string{"pypi": "AgEIcHlwaS5vcmc", "testpypi": "AgENdGVzdC5weXBpLm9yZw"}

// reify makes the project that a pending publisher waits for, and an ordinary
// publisher of it. An identity that no pending one has is no error.
func (s *Server) reify(c claims, now time.Time) *noToken {
	p, err := find(s.pending, c)
	if err != nil || slices.Contains(s.used, c.text("jti")) {
		return nil
	}
	s.pending = slices.DeleteFunc(s.pending, func(o trustedBy) bool { return o == p })
	if s.world.project(p.Project, now) != nil {
		return &noToken{"invalid-pending-publisher", "valid token, but project already exists"}
	}
	if no := s.newName(p.Project); no != nil {
		return &noToken{"invalid-payload", no.text}
	}
	s.world.happen(now, p.Project, func(q *project) { q.name = p.Project })
	s.forestall(p.Project)
	s.publishers = append(s.publishers, p)
	return nil
}

// rights are what a token may upload to, and what is wrong with it. The caller
// holds the lock.
func (s *Server) rights(token string) (scope []string, spoilt string) {
	m, ok := s.minted[token]
	switch {
	case !ok:
		return s.opt.Tokens[token], s.opt.Spoilt[token]
	case s.opt.Now().After(m.expires):
		return nil, Expired
	}
	for _, p := range s.publishers {
		if p.fields() == m.by.fields() {
			scope = append(scope, p.Project)
		}
	}
	return scope, Minted
}

// fields are a publisher without its project: one may have several.
func (p Publisher) fields() pypi.PendingPublisher {
	f := p.PendingPublisher
	f.Project = ""
	return f
}

// known says whether the index gave a token to somebody.
func (s *Server) known(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, own := s.opt.Tokens[token]
	_, lent := s.minted[token]
	return token != "" && (own || lent)
}
