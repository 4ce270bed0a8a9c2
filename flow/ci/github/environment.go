package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"ferry/flow/ci"
)

// standing is an environment as it is, with what Gate leaves out.
type standing struct {
	doc      environmentDoc
	gate     ci.Gate
	policies []ci.MadePolicy
}

func environmentAt(name string) string { return "environments/" + url.PathEscape(name) }

// stands reads an environment; nil where there is none. GitHub answers 404 for a
// repository that it hides as well, so that is asked for by itself.
func (p *Provider) stands(ctx context.Context, name string) (*standing, error) {
	var s standing
	err := p.get(ctx, environmentAt(name), "environment "+name, &s.doc)
	var none *ci.NotFoundError
	if errors.As(err, &none) {
		_, err = p.Inspect(ctx)
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if s.doc.Name == "" || s.doc.ID == 0 {
		return nil, malformed("the environment has no name or no number")
	}
	if s.gate, err = s.doc.gate(); err == nil && s.doc.custom() {
		s.policies, err = p.policies(ctx, environmentAt(name), "environment "+name)
		s.gate.Policies = plain(s.policies)
	}
	return &s, err
}

func plain(made []ci.MadePolicy) []ci.Policy {
	var out []ci.Policy
	for _, m := range made {
		out = append(out, m.Policy)
	}
	return out
}

// CompareEnvironment says what is there and what would be changed.
func (p *Provider) CompareEnvironment(ctx context.Context, want ci.EnvironmentSpec) (ci.EnvironmentDiff, error) {
	d, _, err := p.compare(ctx, want)
	return d, err
}

func (p *Provider) compare(ctx context.Context, want ci.EnvironmentSpec) (ci.EnvironmentDiff, *standing, error) {
	if want.Name == "" || len(want.Policies) == 0 {
		return ci.EnvironmentDiff{}, nil, errors.New("an environment needs a name, and refs that may pass it")
	}
	s, err := p.stands(ctx, want.Name)
	switch {
	case err != nil:
		return ci.EnvironmentDiff{}, nil, err
	case s == nil:
		return ci.DiffEnvironment(want, nil), nil, nil
	}
	d := ci.DiffEnvironment(want, &s.gate)
	if why := s.fragile(); s.gate.AnyRef && why != "" {
		d.Changes, d.Refused = nil, fmt.Sprintf("the environment %s has %s, which a change by the API could lose", want.Name, why)
	}
	return d, s, nil
}

// fragile names what the description of the API has no field for: to write the
// environment anew might drop it.
func (s *standing) fragile() string {
	if s.doc.Bypass != nil && !*s.doc.Bypass {
		return "the rule that administrators may not pass it either"
	}
	for _, r := range s.doc.Protection {
		if !slices.Contains([]string{"wait_timer", "required_reviewers", "branch_policy"}, r.Type) {
			return "a rule of the kind " + r.Type
		}
	}
	return ""
}

// MakeEnvironment does what CompareEnvironment says.
func (p *Provider) MakeEnvironment(ctx context.Context, want ci.EnvironmentSpec) (ci.MadeEnvironment, error) {
	made := ci.MadeEnvironment{Name: want.Name}
	if p.o.Token.IsZero() {
		return made, &ci.NeedsTokenError{Provider: name, What: "an environment"}
	}
	d, before, err := p.compare(ctx, want)
	switch {
	case err != nil:
		return made, err
	case d.Refused != "":
		return made, &ci.ConflictError{Provider: name, What: "environment " + want.Name, Text: d.Refused}
	case before != nil:
		made.ID = before.doc.ID
	}
	if before == nil || before.gate.AnyRef {
		if err := p.restrict(ctx, before, &made); err != nil {
			return made, err
		}
	}
	for _, policy := range d.Missing {
		if err := p.admit(ctx, policy, &made); err != nil {
			return made, err
		}
	}
	return made, nil
}

// restrict makes an environment that no ref passes yet, or closes one to all refs.
func (p *Provider) restrict(ctx context.Context, before *standing, made *ci.MadeEnvironment) error {
	doc, err := p.put(ctx, made.Name, before, &branchPolicyDoc{Custom: true})
	var after ci.Gate
	if err == nil {
		after, err = doc.gate()
	}
	var garbled *ci.MalformedError
	if lost(err) || errors.As(err, &garbled) {
		if s, look := p.stands(ctx, made.Name); look == nil && s != nil && s.doc.custom() {
			did(made, before, s.doc)
		}
	}
	if err != nil {
		return err
	}
	did(made, before, doc)
	if !doc.custom() || before != nil && before.differs(doc, after) {
		return &ci.ConflictError{Provider: name, What: "environment " + made.Name, Text: "it was changed, and its other rules are not what they were; look at " + after.URL}
	}
	return nil
}

// did notes what became of an environment.
func did(made *ci.MadeEnvironment, before *standing, doc environmentDoc) {
	made.ID, made.Created = doc.ID, before == nil
	made.Restricted = before != nil && before.doc.ID == doc.ID
}

// lost says whether a change may have been made although no answer came.
func lost(err error) bool {
	var away *ci.UnreachableError
	return errors.As(err, &away)
}

// differs says whether anything but the refs is otherwise than before.
func (s *standing) differs(doc environmentDoc, after ci.Gate) bool {
	return s.doc.ID != doc.ID || s.gate.Wait != after.Wait || !slices.Equal(s.gate.Reviewers, after.Reviewers) || s.doc.selfReview() != doc.selfReview()
}

// admit lets a ref pass.
func (p *Provider) admit(ctx context.Context, policy ci.Policy, made *ci.MadeEnvironment) error {
	var doc policyDoc
	body := policyDoc{Name: policy.Pattern, Type: policy.Kind}
	ours, err := p.send(ctx, http.MethodPost, environmentAt(made.Name)+"/deployment-branch-policies", "environment "+made.Name, body, &doc)
	switch {
	case lost(err):
		if s, look := p.stands(ctx, made.Name); look == nil && s != nil && s.doc.ID == made.ID {
			made.Policies = append(made.Policies, s.of(policy)...)
		}
		return err
	case err != nil:
		return err
	case doc.ID == 0 || doc.Name != policy.Pattern:
		return malformed("the new policy is missing, or another one")
	case ours:
		made.Policies = append(made.Policies, ci.MadePolicy{ID: doc.ID, Policy: policy})
	}
	return nil
}

// of gives the policies that stand there for a ref.
func (s *standing) of(policy ci.Policy) []ci.MadePolicy {
	return slices.DeleteFunc(slices.Clone(s.policies), func(m ci.MadePolicy) bool { return m.Policy != policy })
}
