package github

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"ferry/flow/ci"
)

// The documents that are sent.
type (
	branchPolicyDoc struct {
		Protected bool `json:"protected_branches"`
		Custom    bool `json:"custom_branch_policies"`
	}
	policyDoc struct {
		ID   int64  `json:"id,omitempty"`
		Name string `json:"name"`
		Type string `json:"type,omitempty"`
	}
	reviewerDoc struct {
		Type string `json:"type"`
		ID   int64  `json:"id"`
	}
	// environmentBody is the whole of the settings that the API knows: what is
	// left out may be reset.
	environmentBody struct {
		Wait       int              `json:"wait_timer,omitempty"` // plans without it refuse the field
		SelfReview bool             `json:"prevent_self_review,omitempty"`
		Reviewers  []reviewerDoc    `json:"reviewers,omitempty"`
		Branches   *branchPolicyDoc `json:"deployment_branch_policy"` // null lets every ref pass
	}
)

// put writes an environment with other refs and all else as it was.
func (p *Provider) put(ctx context.Context, environment string, before *standing, refs *branchPolicyDoc) (environmentDoc, error) {
	body := environmentBody{Branches: refs}
	if before != nil {
		body.SelfReview = before.doc.selfReview()
		for _, rule := range before.doc.Protection {
			body.Wait = max(body.Wait, rule.Wait)
			for _, r := range rule.Reviewers {
				body.Reviewers = append(body.Reviewers, reviewerDoc{r.Type, r.Reviewer.ID})
			}
		}
	}
	var doc environmentDoc
	_, err := p.send(ctx, http.MethodPut, environmentAt(environment), "environment "+environment, body, &doc)
	return doc, err
}

// selfReview says whether nobody may let their own job through.
func (d environmentDoc) selfReview() bool {
	for _, rule := range d.Protection {
		if rule.NoSelfReview {
			return true
		}
	}
	return false
}

// administration is what the changes here need.
const administration = "Administration: write"

// send changes something below the repository. Ours is false where GitHub points to
// what was there already (303) instead.
func (p *Provider) send(ctx context.Context, method, rest, what string, body, v any) (ours bool, err error) {
	at := "repos/" + url.PathEscape(p.owner) + "/" + url.PathEscape(p.repo) + "/" + rest
	req, err := p.client.NewRequest(ctx, method, at, body)
	if err != nil {
		return false, failure(what, err)
	}
	res, err := p.client.Do(req, v)
	if err != nil {
		return false, denied(what, administration, failure(what, err))
	}
	return res.Request != nil && res.Request.Method == method, nil
}

// denied says which permission is missing. GitHub hides a thing from who may not
// change it, and environments of private repositories from plans that have none.
func denied(what, permission string, err error) error {
	var auth *ci.AuthError
	var none *ci.NotFoundError
	needs := "the permission " + permission + " of a fine-grained token, or the scope repo of a classic one, and an account that administers the repository"
	switch {
	case errors.As(err, &auth) && auth.Status == http.StatusForbidden:
	case errors.As(err, &none):
		needs += "; in a private repository also a plan that has environments"
	default:
		return err
	}
	return &ci.PermissionError{Provider: name, What: what, Needs: needs, Err: err}
}
