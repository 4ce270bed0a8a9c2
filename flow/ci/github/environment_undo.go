package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"ferry/flow/ci"
)

// RemoveEnvironment takes back what MakeEnvironment made.
func (p *Provider) RemoveEnvironment(ctx context.Context, made ci.MadeEnvironment) error {
	switch {
	case made.Nothing():
		return nil
	case p.o.Token.IsZero():
		return &ci.NeedsTokenError{Provider: name, What: "an environment"}
	}
	s, err := p.stands(ctx, made.Name)
	if err != nil || s == nil {
		return err
	}
	if why := s.added(made); why != "" {
		return added(made.Name, why)
	}
	if made.Created {
		return p.drop(ctx, made)
	}
	for _, m := range made.Policies {
		if !slices.Contains(s.policies, m) {
			continue
		}
		at := fmt.Sprintf("%s/deployment-branch-policies/%d", environmentAt(made.Name), m.ID)
		if err := p.take(ctx, at, made.Name, func(s *standing) bool { return !slices.Contains(s.policies, m) }); err != nil {
			return err
		}
	}
	if !made.Restricted || s.gate.AnyRef {
		return nil
	}
	_, err = p.put(ctx, made.Name, s, nil)
	return err
}

func added(environment, why string) error {
	return &ci.ConflictError{Provider: name, What: "environment " + environment, Text: why + ", so it is left as it is"}
}

// added says what stands there that is not of what was made; "" if nothing does
// that the way back would touch.
func (s *standing) added(made ci.MadeEnvironment) string {
	foreign := slices.ContainsFunc(s.policies, func(m ci.MadePolicy) bool { return !slices.Contains(made.Policies, m) })
	switch {
	case s.doc.ID != made.ID:
		return "it is another one than was made"
	case made.Created && len(s.gate.Reviewers) > 0:
		return "it has reviewers now"
	case made.Created && s.gate.Wait > 0:
		return "it has a waiting time now"
	case (made.Created || made.Restricted) && s.fragile() != "":
		return "it has " + s.fragile()
	case (made.Created || made.Restricted) && foreign:
		return "other refs may deploy to it now"
	case (made.Created || made.Restricted) && !s.gate.AnyRef && !s.doc.custom():
		return "it is for protected branches now"
	}
	return ""
}

// drop deletes an environment that holds nothing of anybody: its secrets and
// variables would go with it.
func (p *Provider) drop(ctx context.Context, made ci.MadeEnvironment) error {
	for _, kind := range []string{"secrets", "variables"} {
		var doc struct {
			Total *int `json:"total_count"`
		}
		what := "the " + kind + " of environment " + made.Name
		switch err := p.get(ctx, environmentAt(made.Name)+"/"+kind+"?per_page=1", what, &doc); {
		case err != nil:
			return denied(what, "Environments: read", err)
		case doc.Total == nil:
			return malformed(what + " are not counted")
		case *doc.Total > 0:
			return added(made.Name, "it has "+kind)
		}
	}
	return p.take(ctx, environmentAt(made.Name), made.Name, func(s *standing) bool { return s.doc.ID != made.ID })
}

// take deletes. GitHub says 404 of what is gone and to who may not delete it, so
// that is looked at.
func (p *Provider) take(ctx context.Context, at, environment string, gone func(*standing) bool) error {
	_, err := p.send(ctx, http.MethodDelete, at, "environment "+environment, nil, nil)
	var none *ci.NotFoundError
	if !errors.As(err, &none) {
		return err
	}
	s, look := p.stands(ctx, environment)
	switch {
	case look != nil:
		return look
	case s == nil, gone(s):
		return nil
	}
	return err
}
