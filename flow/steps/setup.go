package steps

import (
	"context"
	"io/fs"
	"os"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/keyring"
	"ferry/pypi"
)

// Yard is what a repository is set up in: the world of its releases, and what
// only onboarding needs of it.
type Yard struct {
	World
	Indexes map[string]*pypi.Index // by name: pypi, testpypi
	Service ci.Provider            // the CI that was chosen; nil where none is asked
	// Services opens a CI by its name, watched or not; nil: there is none.
	Services func(ctx context.Context, name string) (ci.Provider, error)
	Git      ci.Host       // the remote's own host, by its name; nil if nobody knows whose it is
	Server   ci.Configurer // a server with configurations of its own; nil: there is none
	// RecipeText is the document of a configuration for a person to import, where no
	// server is asked.
	RecipeText func(called string, r ci.Recipe) ([]byte, error)
	Tokens     Tokens
}

// For is the yard with the CI that a setup publishes by.
func (y Yard) For(ctx context.Context, s Setup) (Yard, error) {
	name := map[Publishing]string{PublishSealed: "travis", PublishSetting: "travis", PublishWorkflow: "github", PublishGitLab: "gitlab"}[s.How]
	if name == "" || y.Services == nil {
		return y, nil
	}
	var err error
	y.Service, err = y.Services(ctx, name)
	if h, ok := y.Service.(ci.Host); ok && y.Host == nil && s.How.Trusted() {
		y.Host = h
	}
	return y, err
}

// Tree is the work tree: what is set up is set up there, and committed later.
func (y Yard) Tree() fs.FS { return os.DirFS(y.Repo.Root()) }

// Tokens is where the tokens of indexes are kept, and who is asked for one. Its
// errors are problems.
type Tokens interface {
	// Look gives the token that would be used; a zero one where there is none.
	Look(ctx context.Context, index string) (IndexToken, error)
	// Type has a person type one. It fits the index.
	Type(ctx context.Context, index string) (keyring.Secret, error)
	// Store puts one into the keyring, where there was none.
	Store(ctx context.Context, index string, s keyring.Secret) error
	Remove(ctx context.Context, index string) error
}

// IndexToken is a token and what it says of itself.
type IndexToken struct {
	Secret   keyring.Secret
	From     string // where it comes from, for people: "the keyring", "FERRY_TOKEN_PYPI"
	Kept     bool   // in the keyring
	Scope    string // in words
	Projects []string
	Limited  bool // to something else than its account
	Expires  time.Time
}

// Publishing is how CI publishes.
type Publishing string

// The ways to publish.
const (
	PublishSealed   Publishing = "travis"         // Travis, the token sealed in .travis.yml
	PublishSetting  Publishing = "travis-setting" // Travis, the token a private setting of the branch
	PublishWorkflow Publishing = "github"         // GitHub Actions, trusted publishing
	PublishGitLab   Publishing = "gitlab"         // GitLab CI, trusted publishing
	PublishElse     Publishing = "headless"       // whatever is there; a server starts the release
)

// Trusted says whether CI publishes without a stored token.
func (p Publishing) Trusted() bool { return p == PublishWorkflow || p == PublishGitLab }

// Lane is one index and the ref that publishes to it.
type Lane struct {
	Index    string // pypi or testpypi
	Start    rules.Start
	Ref      string // short: pypi-test, v{version}, the default branch for StartPush
	Register Way    // how the project comes to be there; "" leaves it to CI's first upload
}

// Test says whether the lane goes to TestPyPI.
func (l Lane) Test() bool { return l.Index == "testpypi" }

// Setup is what a repository is to be: everything that was found or answered.
type Setup struct {
	Name, Version, Source string // Version is "" where it comes from tags
	Dir                   string // of the package, from the top of the tree; "" is the top
	FromTags              bool
	Known                 []string // other projects of the maintainer
	Default               string   // the default branch

	How   Publishing
	Lanes []Lane // TestPyPI first

	Pypirc string // "": left alone; token or keyring: what its sections get for a password

	// For .travis.yml.
	Job       rules.TravisJob // the one that deploys
	Python    []string        // of a new file, as is Script
	Script    []string
	DropCheck bool // take the check of the old guide out of after_deploy

	// For a server that starts the release.
	Recipe     *ci.Recipe
	RecipeFile string // write it there, where no server is asked

	Branch  string // a commit on a branch of its own; "" leaves the files in the work tree
	Request bool   // and a request to merge it
}

// Rules is what a lane is to the writer of CI files.
func (s Setup) Rules(l Lane) rules.Setup {
	return rules.Setup{Project: s.Name, Test: l.Test(), Start: l.Start, Ref: l.Ref, Folder: s.Dir, FromTags: s.FromTags}
}

// Event is the push that publishes in a lane.
func (y Yard) Event(s Setup, l Lane) rules.Event {
	version := s.Version
	if version == "" {
		version = "1.2.3"
	}
	e := s.Rules(l).On(version)
	e.Slug, e.DefaultBranch, e.Host = y.Remote.Slug(), s.Default, y.Remote.Hostname()
	return e
}

// Files are the CI files that the setup writes, from the top of the tree.
func (s Setup) Files() []string {
	var out []string
	switch s.How {
	case PublishSealed, PublishSetting:
		out = append(out, ".travis.yml")
	case PublishGitLab:
		out = append(out, ".gitlab-ci.yml")
	case PublishWorkflow:
		for _, l := range s.Lanes {
			out = append(out, s.Rules(l).WorkflowPath())
		}
	}
	if s.RecipeFile != "" {
		out = append(out, s.RecipeFile)
	}
	return out
}
