package gitops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// scan is our own status: HEAD's tree, the index and the files side by side.
// It hashes whatever the index cannot vouch for and believes no cache.
type scan struct {
	repo     *Repo
	index    *index.Index
	settings settings
	head     map[string]object.TreeEntry
	codes    map[string][2]byte
	doubt    bool // a content differs, and a filter may be why
	filters  bool
}

func (r *Repo) ownStatus(ctx context.Context) ([]Change, error) {
	idx, err := r.store.index()
	if err != nil {
		return nil, &CannotTellError{"whether the checkout is clean", "the index has a format that only git reads: " + err.Error()}
	}
	s := &scan{repo: r, index: idx, settings: r.settings(), codes: map[string][2]byte{}}
	s.filters = s.hasFilters()
	if s.head, err = r.headEntries(ctx); err != nil {
		return nil, err
	}
	if err := s.tracked(ctx); err != nil {
		return nil, err
	}
	untracked, err := s.untracked(ctx)
	if err != nil {
		return nil, err
	}
	if s.doubt {
		return nil, &CannotTellError{"whether the checkout is clean",
			"line endings or filters are configured, which only git applies, and git is not installed"}
	}
	return append(s.changes(), untracked...), nil
}

// hasFilters says whether git may rewrite contents between index and file.
func (s *scan) hasFilters() bool {
	if crlf := strings.ToLower(s.settings.last("core.autocrlf")); crlf == "input" || truth(crlf) {
		return true
	}
	for _, e := range s.index.Entries {
		if filepath.Base(e.Name) == ".gitattributes" {
			return true
		}
	}
	for _, f := range []string{filepath.Join(s.repo.commonDir, "info", "attributes"), filepath.Join(s.repo.root, ".gitattributes")} {
		if _, err := os.Stat(f); err == nil {
			return true
		}
	}
	return s.settings.last("core.attributesfile") != ""
}

// headEntries flattens HEAD's tree; it is empty before the first commit.
func (r *Repo) headEntries(ctx context.Context) (map[string]object.TreeEntry, error) {
	all := map[string]object.TreeEntry{}
	head, err := r.Head()
	if errors.Is(err, ErrNoCommit) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := r.commit(head.SHA)
	if err != nil {
		return nil, err
	}
	return all, r.flatten(ctx, c.TreeHash, "", all)
}

func (r *Repo) flatten(ctx context.Context, tree plumbing.Hash, dir string, all map[string]object.TreeEntry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := object.GetTree(r.store, tree)
	if err != nil {
		return fmt.Errorf("tree %s: %w", tree, noObject(err))
	}
	for _, e := range t.Entries {
		if e.Mode != filemode.Dir {
			all[dir+e.Name] = e
		} else if err := r.flatten(ctx, e.Hash, dir+e.Name+"/", all); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) mark(path string, column int, letter byte) {
	c, ok := s.codes[path]
	if !ok {
		c = [2]byte{' ', ' '}
	}
	c[column] = letter
	s.codes[path] = c
}

// tracked compares what the index lists with HEAD and with the files.
func (s *scan) tracked(ctx context.Context) error {
	listed := map[string]bool{}
	for _, e := range s.index.Entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		listed[e.Name] = true
		if e.Stage != 0 {
			s.codes[e.Name] = [2]byte{'U', 'U'}
			continue
		}
		s.staged(e)
		if err := s.unstaged(ctx, e); err != nil {
			return err
		}
	}
	for path := range s.head {
		if !listed[path] {
			s.mark(path, 0, 'D')
		}
	}
	return nil
}

func (s *scan) staged(e *index.Entry) {
	if e.IntentToAdd {
		s.mark(e.Name, 1, 'A')
		return
	}
	was, ok := s.head[e.Name]
	switch {
	case !ok:
		s.mark(e.Name, 0, 'A')
	case kind(was.Mode) != kind(e.Mode):
		s.mark(e.Name, 0, 'T')
	case was.Hash != e.Hash || was.Mode != e.Mode:
		s.mark(e.Name, 0, 'M')
	}
}

func (s *scan) unstaged(ctx context.Context, e *index.Entry) error {
	if e.SkipWorktree || e.IntentToAdd {
		return nil
	}
	path := filepath.Join(s.repo.root, filepath.FromSlash(e.Name))
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "not a directory") {
		s.mark(e.Name, 1, 'D')
		return nil
	}
	if err != nil {
		return err
	}
	if e.Mode == filemode.Submodule {
		return s.submodule(ctx, e, path)
	}
	mode, err := filemode.NewFromOSFileMode(info.Mode())
	if err != nil || kind(mode) != kind(e.Mode) {
		s.mark(e.Name, 1, 'T')
		return nil
	}
	return s.content(e, path, mode)
}

// content hashes a file. The stamps in the index are not trusted: the few
// milliseconds are worth a sound answer, and this path runs without git only.
func (s *scan) content(e *index.Entry, path string, mode filemode.FileMode) error {
	b, err := readContent(path, mode)
	if err != nil {
		return err
	}
	modeCounts := s.settings.last("core.filemode") == "" || truth(s.settings.last("core.filemode"))
	switch {
	case plumbing.ComputeHash(plumbing.BlobObject, b) != e.Hash:
		s.doubt = s.doubt || s.filters
		s.mark(e.Name, 1, 'M')
	case modeCounts && mode != e.Mode && (mode != filemode.Regular || e.Mode != filemode.Deprecated):
		s.mark(e.Name, 1, 'M')
	}
	return nil
}

func readContent(path string, mode filemode.FileMode) ([]byte, error) {
	if mode == filemode.Symlink {
		to, err := os.Readlink(path)
		return []byte(to), err
	}
	return os.ReadFile(path)
}

// submodule compares the commit that is checked out there, and asks whether its
// own files are clean.
func (s *scan) submodule(ctx context.Context, e *index.Entry, path string) error {
	sub, err := Open(path)
	if err != nil || sub.root != path {
		return nil // not initialised: clean for git
	}
	head, err := sub.Head()
	if err != nil {
		return err
	}
	changes, err := sub.ownStatus(ctx)
	if err == nil && (head.SHA != e.Hash.String() || len(changes) > 0) {
		s.mark(e.Name, 1, 'M')
	}
	return err
}

// kind folds the modes that git calls the same type.
func kind(m filemode.FileMode) filemode.FileMode {
	if m == filemode.Executable || m == filemode.Deprecated {
		return filemode.Regular
	}
	return m
}

func (s *scan) changes() []Change {
	var out []Change
	for path, code := range s.codes {
		out = append(out, Change{string(code[:]), path})
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}
