package gitops

import (
	"cmp"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// entry is one name in a tree: its own fs.FileInfo and fs.DirEntry.
type entry struct {
	fs   *treeFS
	path string
	name string
	hash plumbing.Hash
	mode filemode.FileMode
}

// sorted puts entries in the order of fs.ReadDir; git's own order puts "a.b"
// before the folder "a".
func sorted(list []fs.DirEntry) []fs.DirEntry {
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list
}

func (e *entry) Name() string {
	if e.path == "." && e.name == "" {
		return "."
	}
	return e.name
}

func (e *entry) IsDir() bool                { return e.Mode().IsDir() }
func (e *entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e *entry) Info() (fs.FileInfo, error) { return e, nil }
func (e *entry) ModTime() time.Time         { return e.fs.when }
func (e *entry) Sys() any                   { return nil }

func (e *entry) Mode() fs.FileMode {
	switch e.mode {
	case filemode.Dir, filemode.Submodule:
		return fs.ModeDir | 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	case filemode.Executable:
		return 0o555
	}
	return 0o444
}

func (e *entry) Size() int64 {
	if e.IsDir() {
		return 0
	}
	n, err := e.fs.store.EncodedObjectSize(e.hash)
	if err != nil {
		return 0
	}
	return n
}

type openFile struct {
	*entry
	r io.ReadCloser
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *openFile) Read(b []byte) (int, error) { return f.r.Read(b) }
func (f *openFile) Close() error               { return f.r.Close() }

type openDir struct {
	*entry
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.entry, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: fs.ErrInvalid}
}

// ReadDir hands out the next n entries, or all of them.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		list := d.rest
		d.rest = nil
		return list, nil
	}
	if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	list := d.rest[:n]
	d.rest = d.rest[n:]
	return list, nil
}
