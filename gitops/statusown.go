package gitops

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// scan is our own status: HEAD's tree, the index and the files side by side. As
// git does, it reads a file only where the index cannot vouch for it.
type scan struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	free   chan struct{} // a place for each worker
	wait   sync.WaitGroup

	repo     *Repo
	root     string
	index    *indexFile
	settings settings

	modes, links, ctime, minimal, sparse, autocrlf, fold bool // as the settings say

	folded, folders map[string]bool // what is listed, in lower case, where case does not count

	mu      sync.Mutex
	codes   map[string][2]byte
	found   []Change
	doubted string

	attrMu sync.Mutex
	attrs  map[string][]attribute
}

const cleanQuestion = "whether the checkout is clean"

func (r *Repo) ownStatus(ctx context.Context) ([]Change, error) {
	idx, err := readIndex(filepath.Join(r.gitDir, "index"))
	if err != nil {
		return nil, &CannotTellError{cleanQuestion, "the index has a format that only git reads, and git is not installed: " + err.Error()}
	}
	s := newScan(r, idx)
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	if err := s.all(); err != nil {
		return nil, err
	}
	if s.doubted != "" {
		return nil, &CannotTellError{cleanQuestion,
			"line endings or filters are configured for " + s.doubted + ", which only git applies, and git is not installed"}
	}
	return s.changes(), nil
}

// workers waits on the disk more than it computes.
var workers = 2 * runtime.GOMAXPROCS(0)

func newScan(r *Repo, idx *indexFile) *scan {
	s := &scan{
		repo: r, root: r.root, index: idx, settings: r.settings(), free: make(chan struct{}, workers),
		codes: map[string][2]byte{}, attrs: map[string][]attribute{},
	}
	if dir := s.settings.last("core.worktree"); dir != "" && r.gitDir == r.commonDir {
		s.root = configPath(dir, r.gitDir)
	}
	s.modes, s.links, s.ctime = s.unlessOff("core.filemode"), s.unlessOff("core.symlinks"), s.unlessOff("core.trustctime")
	s.minimal = strings.EqualFold(s.settings.last("core.checkstat"), "minimal")
	s.sparse = truth(s.settings.last("core.sparsecheckout")) && !truth(s.settings.last("sparse.expectfilesoutsideofpatterns"))
	crlf := s.settings.last("core.autocrlf")
	s.autocrlf = truth(crlf) || strings.EqualFold(crlf, "input")
	if s.fold = truth(s.settings.last("core.ignorecase")); s.fold {
		s.foldNames()
	}
	return s
}

// unlessOff reads a boolean that is true by default.
func (s *scan) unlessOff(key string) bool {
	v := s.settings.last(key)
	return v == "" || truth(v)
}

func (s *scan) foldNames() {
	s.folded, s.folders = map[string]bool{}, map[string]bool{}
	for i := range s.index.entries {
		name := strings.ToLower(s.index.entries[i].name)
		s.folded[name] = true
		for at := strings.LastIndexByte(name, '/'); at > 0 && !s.folders[name[:at]]; at = strings.LastIndexByte(name[:at], '/') {
			s.folders[name[:at]] = true
		}
	}
}

func (s *scan) all() error {
	tree, err := s.repo.headTree()
	if err != nil {
		return err
	}
	if err := s.staged(s.ctx, tree, "", s.index.entries); err != nil {
		return err
	}
	if err := s.files(); err != nil {
		s.cancel(err)
	}
	s.wait.Wait()
	return context.Cause(s.ctx)
}

// files walks through the index and the disk together, unless the two may spell
// a folder differently.
func (s *scan) files() error {
	rs := s.outerRules()
	if s.fold {
		if _, err := s.unlisted("", nil, rs); err != nil {
			return err
		}
	}
	return s.folder("", s.index.entries, rs, s.fold)
}

func (s *scan) mark(path string, column int, letter byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[path]
	if !ok {
		c = [2]byte{' ', ' '}
	}
	c[column] = letter
	s.codes[path] = c
}

func (s *scan) add(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, Change{"??", path})
}

func (s *scan) doubt(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.doubted == "" || path < s.doubted {
		s.doubted = path
	}
}

// changes lists the tracked files first and then the others, each by name.
func (s *scan) changes() []Change {
	var out []Change
	for path, code := range s.codes {
		out = append(out, Change{string(code[:]), path})
	}
	byPath := func(a, b Change) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(out, byPath)
	slices.SortFunc(s.found, byPath)
	return append(out, s.found...)
}
