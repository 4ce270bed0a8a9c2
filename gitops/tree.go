package gitops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// Tree gives the files of a commit of this clone, read only. Symbolic links are
// followed inside the tree and never out of it; a submodule is an empty folder.
func (r *Repo) Tree(sha string) (fs.FS, error) {
	c, err := r.commit(sha)
	if err != nil {
		return nil, err
	}
	return treeOf(promised{r.store, r}, c)
}

// TreeOf gives the files of a commit in any go-git storage. It is there for
// gittest, whose world lives in memory.
func TreeOf(objects storer.EncodedObjectStorer, sha string) (fs.FS, error) {
	c, err := object.GetCommit(objects, plumbing.NewHash(sha))
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", sha, noObject(err))
	}
	return treeOf(objects, c)
}

func treeOf(st storer.EncodedObjectStorer, c *object.Commit) (fs.FS, error) {
	if _, err := object.GetTree(st, c.TreeHash); err != nil {
		return nil, fmt.Errorf("tree of %s: %w", c.Hash, noObject(err))
	}
	return &treeFS{st, c.TreeHash, c.Committer.When}, nil
}

// treeFS is a tree object as a file system. All files bear the commit's time.
type treeFS struct {
	store storer.EncodedObjectStorer
	root  plumbing.Hash
	when  time.Time
}

var errLinkOut = errors.New("the symbolic link leads out of the tree")

const maxLinks = 10

// Open opens a file or a folder.
func (t *treeFS) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		entries, err := t.entries(e)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{e, entries}, nil
	}
	blob, err := object.GetBlob(t.store, e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: noObject(err)}
	}
	r, err := blob.Reader()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{e, r}, nil
}

// Stat tells about a file without reading it.
func (t *treeFS) Stat(name string) (fs.FileInfo, error) {
	return t.find("stat", name)
}

// ReadFile reads a whole file.
func (t *treeFS) ReadFile(name string) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

// ReadDir lists a folder, sorted by name. Links are shown as links.
func (t *treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return t.entries(e)
}

// find looks a name up and follows links that stay inside.
func (t *treeFS) find(op, name string) (*entry, error) {
	fail := func(err error) (*entry, error) {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	at := name
	for range maxLinks {
		e, rest, err := t.lookup(at)
		if err != nil {
			return fail(err)
		}
		if e.mode != filemode.Symlink {
			e.name = path.Base(name)
			return e, nil
		}
		if at, err = t.target(e, rest); err != nil {
			return fail(err)
		}
	}
	return fail(errors.New("too many symbolic links"))
}

// lookup walks down to the first link on the way, or to the end. rest is what
// is left of the path behind a link.
func (t *treeFS) lookup(name string) (e *entry, rest string, err error) {
	e = &entry{fs: t, path: ".", hash: t.root, mode: filemode.Dir}
	for name != "." && name != "" {
		part, after, _ := strings.Cut(name, "/")
		if e, err = t.child(e, part); err != nil {
			return nil, "", err
		}
		name = after
		if e.mode == filemode.Symlink {
			return e, name, nil
		}
	}
	return e, "", nil
}

func (t *treeFS) child(dir *entry, name string) (*entry, error) {
	if dir.mode != filemode.Dir {
		return nil, fs.ErrNotExist
	}
	tree, err := object.GetTree(t.store, dir.hash)
	if err != nil {
		return nil, noObject(err)
	}
	for _, c := range tree.Entries {
		if c.Name == name {
			return t.entry(dir.path, c), nil
		}
	}
	return nil, fs.ErrNotExist
}

func (t *treeFS) entry(dir string, c object.TreeEntry) *entry {
	return &entry{t, path.Join(dir, c.Name), c.Name, c.Hash, c.Mode}
}

const maxTarget = 4096 // PATH_MAX

func (t *treeFS) target(link *entry, rest string) (string, error) {
	blob, err := object.GetBlob(t.store, link.hash)
	if err != nil {
		return "", noObject(err)
	}
	r, err := blob.Reader()
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(r, maxTarget))
	if err = errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	to := path.Join(path.Dir(link.path), string(b), rest)
	if path.IsAbs(string(b)) || !fs.ValidPath(to) {
		return "", errLinkOut
	}
	return to, nil
}

func (t *treeFS) entries(dir *entry) ([]fs.DirEntry, error) {
	if dir.mode == filemode.Submodule {
		return nil, nil
	}
	tree, err := object.GetTree(t.store, dir.hash)
	if err != nil {
		return nil, noObject(err)
	}
	list := make([]fs.DirEntry, 0, len(tree.Entries))
	for _, c := range tree.Entries {
		if c.Name != "." && fs.ValidPath(c.Name) && !strings.Contains(c.Name, "/") {
			list = append(list, t.entry(dir.path, c))
		}
	}
	return sorted(list), nil
}
