package rules

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Files is what the CI files of a commit say.
type Files struct {
	Deploys   []Deploy
	Providers []string   // those with files: travis, github, gitlab
	Workflows []Workflow // what starts on a push, publishing or not
	Problems  []FileProblem
}

// FileProblem is a place in a CI file that cannot be read.
type FileProblem struct {
	File string
	Line int // 0 if unknown
	Text string
}

// Workflow is a CI file and the pushes that start it.
type Workflow struct {
	Provider, File, Name string
	on                   Deploy
}

// OnBranch says whether a push to the branch starts the workflow.
func (w Workflow) OnBranch(name string) bool { return w.on.OnBranch(name) }

// OnTag says whether a push of the tag starts the workflow.
func (w Workflow) OnTag(name string) bool { return w.on.OnTag(name) }

// On says whether an event other than a push starts it: release or dispatch.
func (w Workflow) On(event string) bool { return w.on.On(event) }

// The CI files that Scan and Detect look for.
const (
	travisFile   = ".travis.yml"
	workflowsDir = ".github/workflows"
)

// Scan reads the CI files in a tree. A file that cannot be parsed is reported
// in Problems and the rest is read; an error means that the tree itself could
// not be read.
func Scan(fsys fs.FS) (Files, error) {
	s := &scanner{fsys: fsys}
	if err := s.travis(); err != nil {
		return Files{}, err
	}
	if err := s.github(); err != nil {
		return Files{}, err
	}
	if err := s.gitlab(); err != nil {
		return Files{}, err
	}
	return s.out, nil
}

// scanner gathers what the files say.
type scanner struct {
	fsys fs.FS
	out  Files
}

func (s *scanner) problem(file string, line int, text string) {
	s.out.Problems = append(s.out.Problems, FileProblem{file, line, text})
}

func (s *scanner) found(provider string) {
	if !slices.Contains(s.out.Providers, provider) {
		s.out.Providers = append(s.out.Providers, provider)
	}
}

// Candidate is a CI service that may watch this repository.
type Candidate struct{ Provider, Why string }

// Detect says which CI services may watch a repository, the likeliest first:
// those with files in the tree, then the one that belongs to the remote's host.
func Detect(fsys fs.FS, remoteHost string) []Candidate {
	var cs []Candidate
	add := func(provider, why string) {
		if !slices.ContainsFunc(cs, func(c Candidate) bool { return c.Provider == provider }) {
			cs = append(cs, Candidate{provider, why})
		}
	}
	for _, f := range []struct{ path, provider string }{
		{travisFile, "travis"}, {workflowsDir, "github"}, {".gitlab-ci.yml", "gitlab"},
		{".gitea/workflows", "gitea"}, {".forgejo/workflows", "gitea"},
	} {
		if _, err := fs.Stat(fsys, f.path); err == nil {
			add(f.provider, "the tree has "+f.path)
		}
	}
	if p := hostProvider(remoteHost); p != "" {
		add(p, "the remote is on "+remoteHost)
	}
	return cs
}

func hostProvider(host string) string {
	host = strings.ToLower(host)
	switch {
	case host == "github.com", strings.HasPrefix(host, "github."), strings.HasSuffix(host, ".ghe.com"):
		return "github"
	case host == "gitlab.com", strings.HasPrefix(host, "gitlab."):
		return "gitlab"
	case host == "codeberg.org", strings.HasPrefix(host, "gitea."), strings.HasPrefix(host, "forgejo."):
		return "gitea"
	}
	return ""
}

// readFile gives a file's bytes, or nil where there is none.
func (s *scanner) readFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(s.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}
