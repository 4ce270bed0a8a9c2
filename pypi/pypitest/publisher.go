package pypitest

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"ferry/pypi"
)

// Publisher is a trusted publisher, as a person enters it on the index's page.
type Publisher struct {
	pypi.PendingPublisher
	OwnerID string // the owner's number at the provider, which the form looks up; "" lets any pass
}

// trustedBy is a publisher of a project, or one that waits for the project to be made.
type trustedBy struct {
	Publisher
	entered time.Time
}

// pendingLife is how long a pending publisher waits.
const pendingLife = pypi.PendingDays * 24 * time.Hour

// What the forms refuse. The words are PyPI's.
var (
	errTooMany  = errors.New("You can't register more than 3 pending trusted publishers at once.") //nolint:staticcheck // the words of the page
	errWorkflow = errors.New("Workflow name must end with .yml or .yaml")                          //nolint:staticcheck // the words of the page
	errFolder   = errors.New("Workflow filename must be a filename only, without directories")     //nolint:staticcheck // the words of the page
	errMissing  = errors.New("This field is required.")                                            //nolint:staticcheck // the words of the page
)

// Trust enters a publisher: for a project that is there it is one from now on; for
// another one it is pending, and makes the project when CI first asks for a token.
func (s *Server) Trust(p Publisher) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := p.wrong(); err != nil {
		return err
	}
	if p.Provider == pypi.ProviderGitHub {
		p.Environment = strings.ToLower(p.Environment)
	}
	now := s.opt.Now()
	entered := trustedBy{p, now}
	if s.world.project(p.Project, now) != nil {
		s.publishers = append(s.publishers, entered)
		return nil
	}
	s.expire(now)
	if len(s.pending) >= pypi.PendingMost {
		return errTooMany
	}
	if no := s.newName(p.Project); no != nil {
		return errors.New(no.text)
	}
	s.pending = append(s.pending, entered)
	return nil
}

// wrong says what a form would refuse.
func (p Publisher) wrong() error {
	ext := path.Ext(p.Workflow)
	switch {
	case len(p.Missing()) > 0:
		return fmt.Errorf("%s: %w", p.Missing()[0], errMissing)
	case ext != ".yml" && ext != ".yaml":
		return errWorkflow
	case p.Provider == pypi.ProviderGitHub && strings.Contains(p.Workflow, "/"):
		return errFolder
	}
	return nil
}

// expire drops what waited too long. The caller holds the lock.
func (s *Server) expire(now time.Time) {
	s.pending = slices.DeleteFunc(s.pending, func(p trustedBy) bool { return now.Sub(p.entered) > pendingLife })
}

// forestall drops what waited for a name that somebody has now, or for one too
// similar. The caller holds the lock.
func (s *Server) forestall(name string) {
	s.pending = slices.DeleteFunc(s.pending, func(p trustedBy) bool { return ultranormal(p.Project) == ultranormal(name) })
}

// workflowName finds the file in a claim such as a/b/.github/workflows/x.yml@ref.
var (
	workflowName = regexp.MustCompile(`([^/]+\.(?:yml|yaml))@`)
	pipelinePath = regexp.MustCompile(`//(.*[^/]\.(?:yml|yaml))@`)
)

// errNone is PyPI's word for claims that fit nobody.
var errNone = errors.New("Publisher with matching claims was not found") //nolint:staticcheck // the words of the index

// find looks for the publisher that claims belong to, by the rules of their issuer:
// one that names the environment comes before one that names none.
func find(all []trustedBy, c claims) (trustedBy, error) {
	is, err := c.identity()
	if err != nil {
		return trustedBy{}, err
	}
	for _, environment := range []string{is.Environment, ""} {
		i := slices.IndexFunc(all, func(p trustedBy) bool {
			return p.Provider == is.Provider && same(p, is) && p.Workflow == is.Workflow && p.Environment == environment
		})
		if i >= 0 {
			return all[i], all[i].verify(c)
		}
	}
	return trustedBy{}, errNone
}

// same compares whose repository it is: GitHub's as it was entered, GitLab's in
// any case.
func same(p trustedBy, is Publisher) bool {
	if p.Provider == pypi.ProviderGitLab {
		return strings.EqualFold(p.Owner, is.Owner) && strings.EqualFold(p.Repository, is.Repository)
	}
	return p.Owner == is.Owner && p.Repository == is.Repository && (p.OwnerID == "" || p.OwnerID == is.OwnerID)
}

// identity is what a publisher would have to be entered as for these claims.
func (c claims) identity() (Publisher, error) {
	for _, name := range c.required() {
		if c[name] == nil {
			return Publisher{}, fmt.Errorf("Missing claim '%s'", name) //nolint:staticcheck // the words of the index
		}
	}
	p := Publisher{OwnerID: c.text("repository_owner_id")}
	p.Provider, p.Environment = c.provider(), c.text("environment")
	slug, file, pattern := c.text("repository"), c.text("job_workflow_ref"), workflowName
	if p.Provider == pypi.ProviderGitLab {
		slug, file, pattern = c.text("project_path"), c.text("ci_config_ref_uri"), pipelinePath
	} else {
		p.Environment = strings.ToLower(p.Environment)
	}
	m := pattern.FindStringSubmatch(file)
	if m == nil {
		return p, errors.New("Could not extract workflow filename from OIDC claims") //nolint:staticcheck // the words of the index
	}
	at := strings.LastIndex(slug, "/")
	p.Owner, p.Repository, p.Workflow = slug[:max(at, 0)], slug[at+1:], m[1]
	return p, nil
}

// verify holds the other claims against a publisher that was found.
func (p trustedBy) verify(c claims) error {
	claim, file, refs := "job_workflow_ref", p.Owner+"/"+p.Repository+"/.github/workflows/"+p.Workflow, []string{c.text("ref"), c.text("sha")}
	if p.Provider == pypi.ProviderGitLab {
		claim, file, refs = "ci_config_ref_uri", "gitlab.com/"+p.Owner+"/"+p.Repository+"//"+p.Workflow, []string{c.text("ref_path"), c.text("sha")}
	}
	var want []string
	for _, ref := range refs {
		want = append(want, file+"@"+ref)
	}
	slices.Sort(want)
	switch {
	case !slices.Contains(want, c.text(claim)):
		return fmt.Errorf("The %s claim does not match, expecting one of ['%s'], got '%s'", claim, strings.Join(want, "', '"), c.text(claim)) //nolint:staticcheck // the words of the index
	case p.Provider == pypi.ProviderGitHub && c.text("event_name") == "pull_request_target":
		return errors.New("Publishing from a workflow invoked via 'pull_request_target' is not supported.") //nolint:staticcheck // the words of the index
	case p.Provider == pypi.ProviderGitLab && !strings.HasPrefix(strings.ToLower(c.text("sub"))+":", strings.ToLower("project_path:"+p.Owner+"/"+p.Repository+":")):
		return errors.New("Check failed for required claim 'sub'") //nolint:staticcheck // the words of the index
	case p.Provider == pypi.ProviderGitHub && c.text("repository_owner") != p.Owner:
		return errors.New("Check failed for required claim 'repository_owner'") //nolint:staticcheck // the words of the index
	}
	return nil
}
