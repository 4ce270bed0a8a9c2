package pypitest

import (
	"net/http"
	"slices"
	"time"

	"ferry/pypi"
)

// What may be wrong with a token or the account behind it, in Options.Spoilt.
const (
	Expired    = "expired"
	Forged     = "forged"     // known by its identifier, and not signed by the index
	Unverified = "unverified" // its account has no verified address
	OneFactor  = "one-factor" // its account has no second factor
	Minted     = "minted"     // not spoilt: a trusted publisher's, which makes no projects
)

// Mode is what the index's administrators have switched off.
type Mode string

// The modes.
const (
	Open       Mode = ""
	ReadOnly   Mode = "read-only"
	NoUploads  Mode = "no-uploads"
	NoProjects Mode = "no-projects" // new ones
)

// SetMode switches uploads off, and on again.
func (s *Server) SetMode(m Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = m
}

// SetOwner gives a project to another account than Options.User.
func (s *Server) SetOwner(name, user string) error {
	return s.change(name, "", func(p *project, _ *release) { p.owner = user })
}

// SetDormant makes a project one of an organisation that is not in good standing.
func (s *Server) SetDormant(name string) error {
	return s.change(name, "", func(p *project, _ *release) { p.dormant = true })
}

// Race lets the next upload that would make the project find that another was faster.
func (s *Server) Race(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.races = append(s.races, pypi.NormalizeName(name))
}

const (
	projectHelp = "See https://pypi.org/help/#project-name for more information."
	adminHelp   = "See https://pypi.org/help/#admin-intervention for more information."
)

// open is the first question of all.
func (s *Server) open() *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.mode {
	case ReadOnly:
		return refuse(http.StatusForbidden, "Read-only mode: Uploads are temporarily disabled.")
	case NoUploads:
		return refuse(http.StatusForbidden, "New uploads are temporarily disabled. "+adminHelp)
	}
	return nil
}

// identify finds the token. Its signature and its limits are looked at later.
func (s *Server) identify(r *http.Request) (token string, no *refusal) {
	user, token := credentials(r)
	if user != "" && user != pypi.TokenUser {
		return "", refuse(http.StatusForbidden, "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted Publishers instead. "+
			"See https://pypi.org/help/#apitoken and https://pypi.org/help/#trusted-publishers")
	}
	if !s.known(token) {
		return "", refuse(http.StatusForbidden, "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information.")
	}
	return token, nil
}

// permit decides on the project, which an account's token may also create.
func (s *Server) permit(f *form, p *project, token string, now time.Time) *refusal {
	if p == nil {
		if no := s.newProject(f.get("name"), token, now); no != nil {
			return no
		}
	}
	if no := s.allowed(f.get("name"), p, token); no != nil {
		return no
	}
	switch _, spoilt := s.rights(token); spoilt {
	case Unverified:
		return refuse(http.StatusForbidden, "User '%s' does not have a verified primary email address. Please add a verified primary email before attempting to upload to PyPI. "+
			"See https://pypi.org/help/#verified-email for more information.", s.opt.User)
	case OneFactor:
		return refuse(http.StatusForbidden, "User '%s' does not have two-factor authentication enabled. Please enable two-factor authentication before attempting to upload to PyPI. "+
			"See https://pypi.org/help/#two-factor-authentication for more information.", s.opt.User)
	}
	if p != nil && p.dormant {
		return bad("Organization account owning this project is inactive. This may be due to inactive billing for Company Organizations, " +
			"or administrator intervention for Community Organizations. Please contact support+orgs@pypi.org.")
	}
	return nil
}

// allowed holds the token's limits and its account's roles against the project.
func (s *Server) allowed(name string, p *project, token string) *refusal {
	scope, spoilt := s.rights(token)
	inScope := slices.ContainsFunc(scope, func(n string) bool {
		return n == "*" || p != nil && pypi.NormalizeName(n) == pypi.NormalizeName(name)
	})
	role := p == nil || (p.status == "active" || p.status == "deprecated") && (p.owner == "" || p.owner == s.opt.User) // an archived project gives nobody the right
	switch {
	case spoilt == Expired:
		return refuse(http.StatusForbidden, "Invalid API Token: token is expired")
	case spoilt == Forged:
		return refuse(http.StatusForbidden, "Invalid API Token: signatures do not match")
	case spoilt == Minted && (!inScope || !role):
		return refuse(http.StatusForbidden, "The given token isn't allowed to upload to project '%s'. %s", name, projectHelp)
	case !inScope:
		return refuse(http.StatusForbidden, "Invalid API Token: project-scoped token is not valid for project: '%s'", name)
	case !role:
		return refuse(http.StatusForbidden, "The user '%s' isn't allowed to upload to project '%s'. %s", s.opt.User, name, projectHelp)
	}
	return nil
}

// newProject holds a name that nobody has against the rules for new projects.
func (s *Server) newProject(name, token string, now time.Time) *refusal {
	s.made = slices.DeleteFunc(s.made, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	switch _, spoilt := s.rights(token); {
	case spoilt == Minted:
		return bad("Non-user identities cannot create new projects. This was probably caused by successfully using a pending publisher but specifying the project name " +
			"incorrectly (either in the publisher or in your project's metadata). Please ensure that both match. See: https://docs.pypi.org/trusted-publishers/troubleshooting/")
	case len(s.made) >= s.opt.MaxNew:
		return refuse(http.StatusTooManyRequests, "Too many new projects created")
	case s.mode == NoProjects:
		return refuse(http.StatusForbidden, "New project registration temporarily disabled. "+adminHelp)
	}
	return s.newName(name)
}

func (s *Server) newName(name string) *refusal {
	is := func(n string) bool { return pypi.NormalizeName(n) == pypi.NormalizeName(name) }
	similar := func(n string) bool { return ultranormal(n) == ultranormal(name) }
	switch {
	case slices.ContainsFunc(s.races, is):
		s.races = slices.DeleteFunc(s.races, is)
		return refuse(http.StatusConflict, "The name '%s' conflicts with an existing project. %s", name, projectHelp)
	case slices.ContainsFunc(s.opt.Prohibited, is):
		return bad("The name '%s' isn't allowed. %s", name, projectHelp)
	case slices.ContainsFunc(s.world.projects(), similar):
		return bad("The name '%s' is too similar to an existing project. %s", name, projectHelp)
	case slices.Contains(standardLibrary(), pypi.NormalizeName(name)):
		return bad("The name '%s' isn't allowed (conflict with Python Standard Library module name). %s", name, projectHelp)
	}
	return nil
}
