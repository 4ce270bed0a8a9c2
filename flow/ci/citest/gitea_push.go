package citest

import (
	"io/fs"
	"strings"
)

// workflowDirs is where a Gitea or Forgejo looks for workflows, in this order:
// the first folder that is there counts.
var workflowDirs = []string{".forgejo/workflows", ".gitea/workflows", ".github/workflows"}

// workflowsOf shows a commit's tree as the host's CI reads it: on a Gitea the
// folder that counts stands where GitHub's is.
func (s *Server) workflowsOf(fsys fs.FS) fs.FS {
	if !s.o.OnGitea {
		return fsys
	}
	for _, dir := range workflowDirs {
		if _, err := fs.Stat(fsys, dir); err == nil {
			return moved{fsys, dir}
		}
	}
	return fsys
}

// moved shows a folder in GitHub's place.
type moved struct {
	fs.FS
	dir string
}

func (m moved) Open(name string) (fs.File, error) {
	if rest, ok := strings.CutPrefix(name, ".github/workflows"); ok {
		name = m.dir + rest
	}
	return m.FS.Open(name)
}

// service is whose Actions run the workflows that stand in GitHub's place.
func (s *Server) service(provider string) string {
	if provider == onGitHub && s.o.OnGitea {
		return onGitea
	}
	return provider
}

// actions says whether a service speaks as GitHub's Actions do.
func actions(provider string) bool { return provider == onGitHub || provider == onGitea }
