package citest

import (
	"path"
	"slices"

	"ferry/flow/ci/rules"
)

// startable is a file that somebody wants to start, with the commit that a ref is at.
type startable struct {
	rules.Manual
	ref, sha string
}

// tip is the commit of a branch or tag, by its short name or in full.
func (s *Server) tip(name string) (ref, sha string) {
	for _, ref := range []string{name, "refs/heads/" + name, "refs/tags/" + name} {
		s.mu.Lock()
		sha := s.refs[ref]
		s.mu.Unlock()
		if s.o.Tip != nil {
			sha = s.o.Tip(ref)
		}
		if sha != "" {
			return ref, sha
		}
	}
	return "", ""
}

// manual finds a file by its name at the commit of a ref; nil if there is none that
// can be started. found says whether there is one at all.
func (s *Server) manual(provider, name, ref string) (m *startable, found bool) {
	full, sha := s.tip(ref)
	if sha == "" {
		return nil, true
	}
	tree, err := s.o.Checkout(sha)
	if err != nil {
		s.o.Log("checking out %s: %v", sha, err)
		return nil, false
	}
	files, err := rules.Scan(s.workflowsOf(tree))
	manuals, err2 := rules.Manuals(s.workflowsOf(tree), "")
	if err != nil || err2 != nil {
		s.o.Log("reading the CI files of %s: %v, %v", sha, err, err2)
		return nil, false
	}
	for _, w := range files.Workflows {
		found = found || path.Base(w.File) == name
	}
	i := slices.IndexFunc(manuals, func(m rules.Manual) bool { return s.service(m.Provider) == provider && path.Base(m.File) == name })
	if i < 0 {
		return nil, found
	}
	return &startable{manuals[i], full, sha}, true
}

// begin starts the file, and gives the build that comes of it.
func (s *Server) begin(m *startable, event string) {
	s.trigger(event, m.ref, m.sha, m.File)
}
