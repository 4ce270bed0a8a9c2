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
		Name       string `json:"name"`
		URL        string `json:"html_url"`
		Protection []struct {
			Type      string `json:"type"`
			Wait      int    `json:"wait_timer"` // minutes
			Reviewers []struct {
				Type     string `json:"type"`
				Reviewer struct{ Login, Name string }
			} `json:"reviewers"`
		} `json:"protection_rules"`
		Branches *struct {
			Protected bool `json:"protected_branches"`
			Custom    bool `json:"custom_branch_policies"`
		} `json:"deployment_branch_policy"`
	}
	policiesDoc struct {
		Policies *[]struct{ Name, Type string } `json:"branch_policies"`
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
	if doc.Name == "" {
		return ci.Gate{}, malformed("the environment has no name")
	}
	out := ci.Gate{Name: doc.Name, URL: doc.URL, AnyRef: doc.Branches == nil}
	for _, rule := range doc.Protection {
		out.Wait = max(out.Wait, time.Duration(rule.Wait)*time.Minute)
		for _, r := range rule.Reviewers {
			who := "@" + r.Reviewer.Login
			if r.Type == "Team" {
				who = "team " + r.Reviewer.Name
			}
			out.Reviewers = append(out.Reviewers, who)
		}
	}
	switch b := doc.Branches; {
	case b == nil:
		return out, nil
	case b.Protected:
		out.Policies = []ci.Policy{{Kind: protectedBranches}}
		return out, nil
	}
	var err error
	out.Policies, err = p.policies(ctx, at, what)
	return out, err
}

func (p *Provider) policies(ctx context.Context, at, what string) ([]ci.Policy, error) {
	var doc policiesDoc
	if err := p.get(ctx, at+"/deployment-branch-policies?per_page=100", "the policies of "+what, &doc); err != nil {
		return nil, err
	}
	if doc.Policies == nil {
		return nil, malformed("the list of branch policies is missing")
	}
	var out []ci.Policy
	for _, d := range *doc.Policies {
		kind := d.Type
		if kind == "" {
			kind = "branch" // before there were policies for tags
		}
		out = append(out, ci.Policy{Kind: kind, Pattern: d.Name})
	}
	return out, nil
}
