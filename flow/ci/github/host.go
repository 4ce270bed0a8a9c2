package github

import (
	"context"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// Inspect says whether GitHub shows the repository. Actions that were switched
// off can only be seen with administration rights, so Active is what is known. A
// repository that was renamed is answered under its new name.
func (p *Provider) Inspect(ctx context.Context) (ci.Project, error) {
	r, _, err := p.client.Repositories.Get(ctx, p.owner, p.repo)
	if err != nil {
		return ci.Project{}, failure("repository "+p.o.Slug, err)
	}
	if r == nil || r.FullName == nil {
		return ci.Project{}, malformed("the repository has no name")
	}
	return ci.Project{
		Slug: r.GetFullName(), URL: r.GetHTMLURL(), Active: !r.GetArchived() && !r.GetDisabled(),
		DefaultBranch: r.GetDefaultBranch(), Private: r.GetPrivate(), Host: hosted(r),
	}, nil
}

// hosted is what the document of a repository tells of its place among others.
// Permissions stand there only for the account of a token.
func hosted(r *gh.Repository) *ci.Hosted {
	h := &ci.Hosted{
		Fork: r.GetFork(), Archived: r.GetArchived() || r.GetDisabled(),
		CloneURL: r.GetCloneURL(), CloneSSH: r.GetSSHURL(),
	}
	if p := r.GetParent(); p.GetFullName() != "" {
		h.Parent = &ci.Origin{Slug: p.GetFullName(), CloneURL: p.GetCloneURL(), CloneSSH: p.GetSSHURL()}
	}
	if p := r.Permissions; p != nil {
		h.MayPush = p.Push
	}
	return h
}
