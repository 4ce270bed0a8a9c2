package gitlab

import (
	"context"
	"regexp"
	"strings"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// The two kinds of ref that GitLab protects.
const (
	branches = "refs/heads/"
	tags     = "refs/tags/"
)

// protection is a protected branch or tag, with a name that may hold wildcards.
type protection struct {
	name  string
	grant []grant // who may push a branch, or create a tag
}

// grant lets a level of access, or one account, do something.
type grant struct {
	level gl.AccessLevelValue
	named bool // a person, a group or a key, whatever its level
}

// RefRules tells what GitLab's protection forbids for a ref: who may push or create
// it, and that nobody deletes it, or moves a tag, by git (Gitlab::Checks in GitLab's
// source; its pages and its API can). GitLab shows protection to accounts that have
// a part in the project; to others this is an error.
func (p *Provider) RefRules(ctx context.Context, ref string) (ci.RefRules, error) {
	kind, short := branches, strings.TrimPrefix(ref, branches)
	if s, ok := strings.CutPrefix(ref, tags); ok {
		kind, short = tags, s
	}
	if short == ref {
		return ci.RefRules{}, nil // GitLab protects no others
	}
	if p.o.Token.IsZero() {
		return ci.RefRules{}, &ci.NeedsTokenError{Provider: name, What: "what protects " + short}
	}
	all, err := p.protections(ctx, kind)
	if err != nil {
		return ci.RefRules{}, err
	}
	var found []protection
	for _, x := range all {
		if wildcard(x.name, short) {
			found = append(found, x)
		}
	}
	if len(found) == 0 {
		return ci.RefRules{}, nil
	}
	doc, err := p.project(ctx)
	if err != nil {
		return ci.RefRules{}, err
	}
	return ci.RefRules{Rules: p.forbidden(kind, found, doc)}, nil
}

// forbidden makes rules of the protections that a ref meets. Of several the one
// that lets an account push decides; each of them keeps the ref from deletion.
func (p *Provider) forbidden(kind string, found []protection, doc *gl.Project) []ci.RefRule {
	var grants []grant
	for _, x := range found {
		grants = append(grants, x.grant...)
	}
	level, known := access(doc)
	may := bypass(grants, level, known)
	at := p.o.UI + "/" + p.o.Slug + "/-/settings/repository"
	what, never := "protected branch ", gl.Ptr(false)
	if kind == tags {
		what = "protected tag "
	}
	var out []ci.RefRule
	for _, x := range found {
		update := may
		if kind == tags {
			update = never
		}
		out = append(out,
			ci.RefRule{Forbids: "creation", Name: what + x.name, URL: at, MayBypass: may},
			ci.RefRule{Forbids: "update", Name: what + x.name, URL: at, MayBypass: update},
			ci.RefRule{Forbids: "deletion", Name: what + x.name, URL: at, MayBypass: never},
		)
	}
	return out
}

// bypass says whether an account of a level is among those that may; nil where that
// depends on who it is, or its level is not known.
func bypass(grants []grant, level gl.AccessLevelValue, known bool) *bool {
	named := false
	for _, g := range grants {
		switch {
		case g.named:
			named = true
		case g.level > gl.NoPermissions && known && level >= g.level:
			return gl.Ptr(true)
		case g.level > gl.NoPermissions && !known:
			named = true
		}
	}
	if named {
		return nil
	}
	return gl.Ptr(false)
}

// wildcard matches the name of a protection, in which * is anything.
func wildcard(pattern, ref string) bool {
	re, err := regexp.Compile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
	return err == nil && re.MatchString(ref)
}

func (p *Provider) protections(ctx context.Context, kind string) ([]protection, error) {
	var out []protection
	page := gl.ListOptions{PerPage: searchSize}
	for range maxPages {
		list, res, err := p.protectionPage(ctx, kind, page)
		if err != nil {
			return nil, failure("what is protected in "+p.o.Slug, err)
		}
		out = append(out, list...)
		if page.Page = res.NextPage; page.Page == 0 {
			return out, nil
		}
	}
	return nil, malformed("there are more protected refs than are read")
}

func (p *Provider) protectionPage(ctx context.Context, kind string, page gl.ListOptions) ([]protection, *gl.Response, error) {
	var out []protection
	if kind == tags {
		list, res, err := p.client.ProtectedTags.ListProtectedTags(p.o.Slug, &gl.ListProtectedTagsOptions{ListOptions: page}, gl.WithContext(ctx))
		for _, t := range list {
			x := protection{name: t.Name}
			for _, l := range t.CreateAccessLevels {
				x.grant = append(x.grant, grant{l.AccessLevel, l.UserID+l.GroupID+l.DeployKeyID != 0})
			}
			out = append(out, x)
		}
		return out, res, err
	}
	list, res, err := p.client.ProtectedBranches.ListProtectedBranches(p.o.Slug, &gl.ListProtectedBranchesOptions{ListOptions: page}, gl.WithContext(ctx))
	for _, b := range list {
		x := protection{name: b.Name}
		for _, l := range b.PushAccessLevels {
			x.grant = append(x.grant, grant{l.AccessLevel, l.UserID+l.GroupID+l.DeployKeyID != 0})
		}
		out = append(out, x)
	}
	return out, res, err
}

// Gate tells who must approve a deployment to a protected environment. GitLab has
// those from Premium on; one that it does not protect, or not show, is not found.
// Which refs may deploy is no matter of its environments.
func (p *Provider) Gate(ctx context.Context, environment string) (ci.Gate, error) {
	doc, _, err := p.client.ProtectedEnvironments.GetProtectedEnvironment(p.o.Slug, environment, gl.WithContext(ctx))
	switch {
	case err != nil:
		return ci.Gate{}, failure("protection of the environment "+environment, err)
	case doc == nil || doc.Name == "":
		return ci.Gate{}, malformed("the environment has no name")
	}
	g := ci.Gate{Name: doc.Name, AnyRef: true, URL: p.o.UI + "/" + p.o.Slug + "/-/environments"}
	for _, r := range doc.ApprovalRules {
		if r.RequiredApprovalCount > 0 {
			g.Reviewers = append(g.Reviewers, r.AccessLevelDescription)
		}
	}
	if len(g.Reviewers) == 0 && doc.RequiredApprovalCount > 0 {
		for _, l := range doc.DeployAccessLevels {
			g.Reviewers = append(g.Reviewers, l.AccessLevelDescription)
		}
	}
	return g, nil
}
