package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// The documents of rules, as far as they are read. Their parameters are not: that
// there is a rule of a kind is what a person must know.
type (
	ruleDoc struct {
		Type   string `json:"type"`
		ID     int64  `json:"ruleset_id"`
		Source string `json:"ruleset_source"`
	}
	rulesetDoc struct {
		ID          int64     `json:"id"`
		Name        string    `json:"name"`
		Enforcement string    `json:"enforcement"`
		Bypass      string    `json:"current_user_can_bypass"`
		Rules       []ruleDoc `json:"rules"`
		Conditions  struct {
			RefName struct{ Include, Exclude []string } `json:"ref_name"`
		} `json:"conditions"`
		Links struct {
			HTML struct{ Href string } `json:"html"`
		} `json:"_links"`
	}
)

// maxRulesets is how many sets of rules for tags are read, one request each.
const maxRulesets = 20

// RefRules lists the rules for a ref that is there or is to come, also without a
// token where the repository is public. Rules of the older kind, branch
// protection, are shown to administrators alone and are not among them.
func (p *Provider) RefRules(ctx context.Context, ref string) (ci.RefRules, error) {
	if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return p.tagRules(ctx, tag)
	}
	branch, ok := strings.CutPrefix(ref, "refs/heads/")
	if !ok {
		return ci.RefRules{}, nil // GitHub has rules for branches and tags only
	}
	var doc []ruleDoc
	what := "the rules for " + branch
	if err := p.get(ctx, "rules/branches/"+url.PathEscape(branch)+"?per_page=100", what, &doc); err != nil {
		return ci.RefRules{}, err
	}
	if doc == nil {
		return ci.RefRules{}, malformed(what + " are missing")
	}
	var out ci.RefRules
	sets := map[int64]rulesetDoc{}
	for _, r := range doc {
		s, err := p.setOf(ctx, r, sets)
		if err != nil {
			return ci.RefRules{}, err
		}
		out.Rules = append(out.Rules, ci.RefRule{Forbids: r.Type, Name: cmp.Or(s.Name, r.Source), URL: p.ruleURL(r.ID), MayBypass: s.mayBypass()})
	}
	return out, nil
}

// setOf reads the set that a rule belongs to, once: whether the account of the
// token may pass it stands nowhere else. Without a token nobody asks, and a set
// that is not shown tells nothing; only the end of ctx is an error.
func (p *Provider) setOf(ctx context.Context, r ruleDoc, read map[int64]rulesetDoc) (rulesetDoc, error) {
	s, ok := read[r.ID]
	if ok || p.o.Token.IsZero() || r.Type != "creation" && r.Type != "deletion" || len(read) == maxRulesets {
		return s, nil
	}
	if err := p.get(ctx, fmt.Sprintf("rulesets/%d", r.ID), "the ruleset", &s); err != nil {
		s = rulesetDoc{}
	}
	read[r.ID] = s
	return s, ctx.Err()
}

// mayBypass is what GitHub says of the account that asks. A push is no pull request.
func (s rulesetDoc) mayBypass() *bool {
	switch s.Bypass {
	case "always", "exempt":
		return gh.Ptr(true)
	case "never", "pull_requests_only":
		return gh.Ptr(false)
	}
	return nil
}

func (p *Provider) ruleURL(id int64) string {
	return fmt.Sprintf("%s/%s/rules/%d", p.o.UI, p.o.Slug, id)
}

// tagRules reads the sets of rules for tags, and of each what it is for.
func (p *Provider) tagRules(ctx context.Context, tag string) (ci.RefRules, error) {
	var sets []rulesetDoc
	if err := p.get(ctx, "rulesets?targets=tag&per_page=100", "the rulesets", &sets); err != nil {
		return ci.RefRules{}, err
	}
	if sets == nil || len(sets) > maxRulesets {
		return ci.RefRules{}, malformed("the list of rulesets is missing, or too long")
	}
	var out ci.RefRules
	for _, s := range sets {
		if s.Enforcement != "active" {
			continue
		}
		if err := p.get(ctx, fmt.Sprintf("rulesets/%d", s.ID), "ruleset "+s.Name, &s); err != nil {
			return ci.RefRules{}, err
		}
		if !s.matches("refs/tags/" + tag) {
			continue
		}
		may := s.mayBypass()
		if p.o.Token.IsZero() {
			may = nil // then it is said of nobody
		}
		for _, r := range s.Rules {
			out.Rules = append(out.Rules, ci.RefRule{Forbids: r.Type, Name: s.Name, URL: s.Links.HTML.Href, MayBypass: may})
		}
	}
	return out, nil
}

// matches says whether a set is for a ref. A pattern that is not understood is
// taken for one that matches: a rule too many is shown rather than one too few.
func (s rulesetDoc) matches(ref string) bool {
	return anyMatch(s.Conditions.RefName.Include, ref, true) && !anyMatch(s.Conditions.RefName.Exclude, ref, false)
}

func anyMatch(patterns []string, ref string, otherwise bool) bool {
	for _, p := range patterns {
		hit, err := path.Match(p, ref)
		if p == "~ALL" || hit || (err != nil || strings.Contains(p, "**")) && otherwise {
			return true
		}
	}
	return false
}

// get reads a document below the repository.
func (p *Provider) get(ctx context.Context, rest, what string, v any) error {
	req, err := p.client.NewRequest(ctx, "GET", "repos/"+url.PathEscape(p.owner)+"/"+url.PathEscape(p.repo)+"/"+rest, nil)
	if err != nil {
		return failure(what, err)
	}
	res, err := p.client.Do(req, v)
	if err == nil && res.NextPage != 0 {
		err = errors.New("there is more than is read")
		return &ci.MalformedError{Provider: name, Err: err}
	}
	if err != nil {
		return failure(what, err)
	}
	return nil
}
