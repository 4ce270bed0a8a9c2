package gitops

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// submodule compares the commit that is checked out there, and asks whether its
// own files are clean. One that is not checked out is clean for git.
func (s *scan) submodule(e *tracked) error {
	ignore := s.ignoreIn(e.name)
	if ignore == "all" {
		return nil
	}
	path := s.path(e.name)
	m, err := lstat(path)
	switch {
	case missing(err):
		s.gone(e)
		return nil
	case err != nil:
		return err
	case m.mode != filemode.Dir:
		s.mark(e.name, 1, 'T')
		return nil
	case !nested(path):
		return nil
	}
	dirty, err := s.dirty(path, e.hash.String(), ignore)
	if err != nil {
		return fmt.Errorf("submodule %s: %w", e.name, err)
	}
	if dirty {
		s.mark(e.name, 1, 'M')
	}
	return nil
}

func (s *scan) dirty(path, commit, ignore string) (bool, error) {
	sub, err := Open(path)
	if err != nil {
		return false, err
	}
	head, err := sub.Head()
	if err != nil && !errors.Is(err, ErrNoCommit) {
		return false, err
	}
	if err == nil && head.SHA != commit {
		return true, nil
	}
	if ignore == "dirty" {
		return false, nil
	}
	changes, err := sub.ownStatus(s.ctx)
	for _, c := range changes {
		if c.Code != "??" || ignore != "untracked" {
			return true, err
		}
	}
	return false, err
}

// ignoreIn is what git is told to pass over in a submodule: none, untracked,
// dirty or all. The configuration wins over .gitmodules.
func (s *scan) ignoreIn(path string) string {
	ignore := s.settings.last("diff.ignoresubmodules")
	text, err := os.ReadFile(filepath.Join(s.root, ".gitmodules"))
	if err != nil {
		return ignore
	}
	modules := parseConfig(text)
	for _, name := range modules.subsections("submodule", "path") {
		if modules.last("submodule."+name+".path") != path {
			continue
		}
		for _, from := range []settings{modules, s.settings} {
			if v := from.last("submodule." + name + ".ignore"); v != "" {
				ignore = strings.ToLower(v)
			}
		}
	}
	return ignore
}
