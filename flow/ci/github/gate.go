package github

import (
	"context"
	"net/url"
	"time"

	"ferry/flow/ci"
)

// The documents of environments.
type (
	environmentDoc struct {
		ID         int64  `json:"id"`
		Name       string `json:"name"`
		URL        string `json:"html_url"`
		Bypass     *bool  `json:"can_admins_bypass"` // told, and in no description of the API
		Protection []struct {
			Type         string `json:"type"`
			Wait         int    `json:"wait_timer"` // minutes
			NoSelfReview bool   `json:"prevent_self_review"`
			Reviewers    []struct {
				Type     string `json:"type"`
				Reviewer struct {
					ID          int64
					Login, Name string
				}
			} `json:"reviewers"`
		} `json:"protection_rules"`
		Branches *struct {
			Protected bool `json:"protected_branches"`
			Custom    bool `json:"custom_branch_policies"`
		} `json:"deployment_branch_policy"`
	}
	policiesDoc struct {
		Policies *[]policyDoc `json:"branch_policies"`
	}
)

// protectedBranches stands for the branches that have a rule, which is the other
// thing that an environment can ask for than patterns.
const protectedBranches = "protected"

// Gate tells what an environment asks for before a job may deploy to it. One that
// is not there yet is a NotFoundError: GitHub makes it, without any gate, for the
// first job that names it.
func (p *Provider) Gate(ctx context.Context, environment string) (ci.Gate, error) {
	at, what := "environments/"+url.PathEscape(environment), "environment "+environment
	var doc environmentDoc
	if err := p.get(ctx, at, what, &doc); err != nil {
		return ci.Gate{}, err
	}
	out, err := doc.gate()
	if err != nil || !doc.custom() {
		return out, err
	}
	made, err := p.policies(ctx, at, what)
	out.Policies = plain(made)
	return out, err
}

// custom says whether the environment has patterns for the refs that may pass.
func (d environmentDoc) custom() bool { return d.Branches != nil && !d.Branches.Protected }

// gate is what the document alone says.
func (d environmentDoc) gate() (ci.Gate, error) {
	if d.Name == "" {
		return ci.Gate{}, malformed("the environment has no name")
	}
	out := ci.Gate{Name: d.Name, URL: d.URL, AnyRef: d.Branches == nil}
	for _, rule := range d.Protection {
		out.Wait = max(out.Wait, time.Duration(rule.Wait)*time.Minute)
		for _, r := range rule.Reviewers {
			who := "@" + r.Reviewer.Login
			if r.Type == "Team" {
				who = "team " + r.Reviewer.Name
			}
			out.Reviewers = append(out.Reviewers, who)
		}
	}
	if d.Branches != nil && d.Branches.Protected {
		out.Policies = []ci.Policy{{Kind: protectedBranches}}
	}
	return out, nil
}

func (p *Provider) policies(ctx context.Context, at, what string) ([]ci.MadePolicy, error) {
	var doc policiesDoc
	if err := p.get(ctx, at+"/deployment-branch-policies?per_page=100", "the policies of "+what, &doc); err != nil {
		return nil, err
	}
	if doc.Policies == nil {
		return nil, malformed("the list of branch policies is missing")
	}
	var out []ci.MadePolicy
	for _, d := range *doc.Policies {
		kind := d.Type
		if kind == "" {
			kind = "branch" // before there were policies for tags
		}
		out = append(out, ci.MadePolicy{ID: d.ID, Policy: ci.Policy{Kind: kind, Pattern: d.Name}})
	}
	return out, nil
}
