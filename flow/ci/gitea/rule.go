package gitea

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"ferry/flow/ci"
)

// The rules of a repository, as far as they bear on a release ref.
type (
	branchRule struct {
		Name      string   `json:"rule_name"`
		Branch    string   `json:"branch_name"` // of old servers, which know no patterns
		Push      *bool    `json:"enable_push"`
		Listed    bool     `json:"enable_push_whitelist"`
		Users     []string `json:"push_whitelist_usernames"`
		Teams     []string `json:"push_whitelist_teams"`
		DeployKey bool     `json:"push_whitelist_deploy_keys"`
	}
	tagRule struct {
		Pattern string   `json:"name_pattern"`
		Users   []string `json:"whitelist_usernames"`
		Teams   []string `json:"whitelist_teams"`
	}
)

// RefRules tells what is forbidden on a branch or tag, also one that is absent.
// Servers show their rules only to who may administer the repository: for others
// this is an AuthError, and without a token a NeedsTokenError.
func (p *Provider) RefRules(ctx context.Context, ref string) (ci.RefRules, error) {
	branch, isBranch := strings.CutPrefix(ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case !isBranch && !isTag:
		return ci.RefRules{}, nil
	case p.o.Token.IsZero():
		return ci.RefRules{}, &ci.NeedsTokenError{Provider: name, What: "the rules of " + p.o.Slug}
	case isBranch:
		return p.branchRules(ctx, branch)
	}
	return p.tagRules(ctx, tag)
}

// branchRules are those of the first rule that fits: servers list them in the
// order in which they look, an exact name before any pattern.
func (p *Provider) branchRules(ctx context.Context, branch string) (ci.RefRules, error) {
	var rules []branchRule
	if err := p.list(ctx, "branch_protections", &rules); err != nil {
		return ci.RefRules{}, err
	}
	i := slices.IndexFunc(rules, func(r branchRule) bool { return r.name() == branch })
	if i < 0 {
		i = slices.IndexFunc(rules, func(r branchRule) bool { return fits(r.name(), branch, true) })
	}
	if i < 0 {
		return ci.RefRules{}, nil
	}
	r, out := rules[i], ci.RefRules{}
	add := func(forbids string, passes *bool) {
		out.Rules = append(out.Rules, ci.RefRule{Forbids: forbids, Name: r.name(), URL: p.settings("branches"), MayBypass: passes})
	}
	add("deletion", new(bool)) // nobody is let off, owners neither
	switch {
	case r.Push != nil && !*r.Push:
		add("creation", new(bool))
		add("update", new(bool))
	case r.Listed:
		add("pushes by others than "+among(r.Users, r.Teams, r.DeployKey), nil)
	}
	return out, nil
}

func (r branchRule) name() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Branch
}

func (p *Provider) tagRules(ctx context.Context, tag string) (ci.RefRules, error) {
	var rules []tagRule
	if err := p.list(ctx, "tag_protections", &rules); err != nil {
		return ci.RefRules{}, err
	}
	var out ci.RefRules
	for _, r := range rules {
		if !fits(r.Pattern, tag, false) {
			continue
		}
		forbids, passes := []string{"creation", "deletion", "update"}, new(bool)
		if len(r.Users)+len(r.Teams) > 0 {
			forbids, passes = []string{"changes by others than " + among(r.Users, r.Teams, false)}, nil
		}
		for _, f := range forbids {
			out.Rules = append(out.Rules, ci.RefRule{Forbids: f, Name: r.Pattern, URL: p.settings("tags"), MayBypass: passes})
		}
	}
	return out, nil
}

func (p *Provider) settings(page string) string {
	return p.o.UI + "/" + p.o.Slug + "/settings/" + page
}

// list reads a list that comes whole.
func (p *Provider) list(ctx context.Context, what string, v any) error {
	reply, err := p.client.Do(ctx, ci.Request{URL: p.at(what), What: "the rules of " + p.o.Slug})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.TrimSpace(string(reply.Body)), "[") {
		return malformed("the list of rules is missing")
	}
	if err := json.Unmarshal(reply.Body, v); err != nil {
		return &ci.MalformedError{Provider: name, Err: err}
	}
	return nil
}

func among(users, teams []string, deployKeys bool) string {
	who := slices.Clone(users)
	for _, t := range teams {
		who = append(who, "team "+t)
	}
	if deployKeys {
		who = append(who, "deploy keys")
	}
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

// fits says whether a rule's pattern matches a name: /…/ is a regular expression
// for tags, anything else a glob. In a branch a star stops at a slash. A pattern
// that cannot be read is taken to match: whoever reads it then knows of it.
func fits(pattern, name string, branch bool) bool {
	expr := globExpr(pattern, branch)
	if !branch && len(pattern) > 1 && strings.HasPrefix(pattern, "/") && strings.HasSuffix(pattern, "/") {
		expr = pattern[1 : len(pattern)-1]
	}
	re, err := regexp.Compile(expr)
	return err != nil || re.MatchString(name)
}

// globExpr writes a glob as a regular expression.
func globExpr(glob string, stops bool) string {
	some, one := ".*", "."
	if stops {
		some, one = "[^/]*", "[^/]"
	}
	quoted := regexp.QuoteMeta(glob)
	quoted = strings.ReplaceAll(quoted, `\*\*`, ".*")
	quoted = strings.ReplaceAll(quoted, `\*`, some)
	quoted = strings.ReplaceAll(quoted, `\?`, one)
	quoted = classes.ReplaceAllStringFunc(quoted, func(s string) string {
		s = strings.NewReplacer(`\[!`, "[^", `\[`, "[", `\]`, "]").Replace(s)
		return s
	})
	quoted = choices.ReplaceAllStringFunc(quoted, func(s string) string {
		return "(?:" + strings.ReplaceAll(s[2:len(s)-2], ",", "|") + ")"
	})
	return "^" + quoted + "$"
}

// What QuoteMeta makes of [abc] and {a,b}.
var (
	classes = regexp.MustCompile(`\\\[!?[^\\\]]+\\\]`)
	choices = regexp.MustCompile(`\\\{[^{}]*\\\}`)
)
