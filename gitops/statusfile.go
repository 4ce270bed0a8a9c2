package gitops

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// meta is what the disk says of a file. Without stamped only mode and size are known.
type meta struct {
	mode    filemode.FileMode // Dir, or as git would list it; Empty for what git does not list
	size    int64
	stamped bool
	stamp   stamp
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func (s *scan) path(name string) string {
	return s.root + string(filepath.Separator) + filepath.FromSlash(name)
}

// file compares one entry of the index with its file.
func (s *scan) file(e *tracked) error {
	if e.assumed || e.skipped && !s.sparse || e.stage != 0 {
		return nil
	}
	if e.mode == filemode.Submodule {
		return s.submodule(e)
	}
	m, err := lstat(s.path(e.name))
	switch {
	case missing(err):
		s.gone(e)
	case err != nil:
		return err
	case m.mode == filemode.Dir:
		s.replaced(e)
	case e.intended:
		s.mark(e.name, 1, 'A')
	case kind(m.mode) != kind(e.mode) && (s.links || e.mode != filemode.Symlink || kind(m.mode) != filemode.Regular):
		s.mark(e.name, 1, 'T')
	case !s.vouched(e, m):
		return s.content(e, m)
	}
	return nil
}

func (s *scan) gone(e *tracked) {
	if !e.assumed && !e.skipped && e.stage == 0 {
		s.mark(e.name, 1, 'D')
	}
}

// replaced marks a file in whose place there is a folder: git calls the file
// deleted, unless the folder is a repository.
func (s *scan) replaced(e *tracked) {
	if nested(s.path(e.name)) {
		s.mark(e.name, 1, 'T')
	} else {
		s.gone(e)
	}
}

// nested says whether a folder is a repository of its own.
func nested(dir string) bool {
	gitDir, err := dotGit(filepath.Join(dir, ".git"))
	return err == nil && gitDir != ""
}

// racy is how much older than the index a file must be before its stamp is
// believed: a later write within the same tick of the clock leaves no trace. Git
// compares whole seconds; this holds across the turn of a second too.
const racy = int64(time.Second)

// vouched says whether the index alone proves the file unchanged: the rule of
// git's own `git status`, which does not read such a file either.
func (s *scan) vouched(e *tracked, m meta) bool {
	if !m.stamped || !s.sameStamp(e.stamp, m.stamp) || s.modeDiffers(e, m) {
		return false
	}
	if e.stamp.size == 0 && e.hash != emptyBlob { // git's note that it must look again
		return false
	}
	at := int64(e.stamp.msec)*int64(time.Second) + int64(e.stamp.mnsec)
	return s.index.written.UnixNano()-at >= racy
}

var emptyBlob = plumbing.NewHash("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")

func (s *scan) sameStamp(a, b stamp) bool {
	if a.msec != b.msec || a.size != b.size {
		return false
	}
	if s.minimal { // core.checkStat
		return true
	}
	sameCtime := !s.ctime || a.csec == b.csec && a.cnsec == b.cnsec
	return sameCtime && a.mnsec == b.mnsec && a.ino == b.ino && a.uid == b.uid && a.gid == b.gid
}

func (s *scan) modeDiffers(e *tracked, m meta) bool {
	return s.modes && e.mode != m.mode && kind(m.mode) == filemode.Regular && kind(e.mode) == filemode.Regular
}

// content reads a file whose stamp says nothing. Another size than the one that
// was checked out means modified, whatever filters may make of it: so says git.
func (s *scan) content(e *tracked, m meta) error {
	if s.modeDiffers(e, m) || e.stamp.size != 0 && e.stamp.size != uint32(m.size) {
		s.mark(e.name, 1, 'M')
		return nil
	}
	seen, err := s.digest(e, m)
	if err != nil {
		return err
	}
	same, known := seen.hash == e.hash, true
	if m.mode != filemode.Symlink {
		same, known, err = s.filtered(e, m, seen)
	}
	if err == nil && !known {
		s.doubt(e.name)
	} else if err == nil && !same {
		s.mark(e.name, 1, 'M')
	}
	return err
}

// digest is the blob that a file would become without any filter.
type digest struct {
	hash plumbing.Hash
	cr   bool // it has a carriage return
}

func (s *scan) digest(e *tracked, m meta) (digest, error) {
	if m.mode == filemode.Symlink {
		to, err := os.Readlink(s.path(e.name))
		return digest{hash: blobHash([]byte(filepath.ToSlash(to)))}, err
	}
	f, err := os.Open(s.path(e.name))
	if err != nil {
		return digest{}, err
	}
	defer f.Close()
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", m.size)
	seen := &crSeer{ctx: s.ctx}
	_, err = io.Copy(io.MultiWriter(h, seen), f)
	return digest{plumbing.Hash(h.Sum(nil)), seen.cr}, err
}

func blobHash(b []byte) plumbing.Hash { return plumbing.ComputeHash(plumbing.BlobObject, b) }

// crSeer looks for carriage returns in what passes by, as long as its context lasts.
type crSeer struct {
	ctx interface{ Err() error }
	cr  bool
}

func (c *crSeer) Write(b []byte) (int, error) {
	c.cr = c.cr || bytes.IndexByte(b, '\r') >= 0
	return len(b), c.ctx.Err()
}
