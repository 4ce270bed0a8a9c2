package gitlab

import (
	"context"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// Inspect says whether GitLab shows the project and builds it. A project that was
// renamed is answered under its new name.
func (p *Provider) Inspect(ctx context.Context) (ci.Project, error) {
	doc, err := p.project(ctx)
	if err != nil {
		return ci.Project{}, err
	}
	return ci.Project{
		Slug: doc.PathWithNamespace, URL: doc.WebURL, Active: !doc.Archived && doc.BuildsAccessLevel != gl.DisabledAccessControl,
		DefaultBranch: doc.DefaultBranch, Private: doc.Visibility != gl.PublicVisibility, Host: hosted(doc),
	}, nil
}

func (p *Provider) project(ctx context.Context) (*gl.Project, error) {
	doc, _, err := p.client.Projects.GetProject(p.o.Slug, nil, gl.WithContext(ctx))
	switch {
	case err != nil:
		return nil, failure("project "+p.o.Slug, err)
	case doc == nil || doc.PathWithNamespace == "":
		return nil, malformed("the project has no name")
	}
	return doc, nil
}

// hosted is what the document of a project tells of its place among others. It has
// permissions only for the account of a token.
func hosted(doc *gl.Project) *ci.Hosted {
	h := &ci.Hosted{Archived: doc.Archived, CloneURL: doc.HTTPURLToRepo, CloneSSH: doc.SSHURLToRepo}
	if f := doc.ForkedFromProject; f != nil && f.PathWithNamespace != "" {
		h.Fork = true
		h.Parent = &ci.Origin{Slug: f.PathWithNamespace, CloneURL: f.HTTPURLToRepo}
	}
	if level, ok := access(doc); ok {
		h.MayPush = gl.Ptr(level >= gl.DeveloperPermissions)
	}
	return h
}

// access is the level of the account that asked; false without a token.
func access(doc *gl.Project) (gl.AccessLevelValue, bool) {
	if doc.Permissions == nil {
		return 0, false
	}
	level := gl.NoPermissions
	if a := doc.Permissions.ProjectAccess; a != nil {
		level = max(level, a.AccessLevel)
	}
	if a := doc.Permissions.GroupAccess; a != nil {
		level = max(level, a.AccessLevel)
	}
	return level, true
}
