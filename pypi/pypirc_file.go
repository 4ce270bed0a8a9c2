package pypi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// PypircFile is a .pypirc on disk, read once. It is replaced as a whole or not
// at all: whoever reads it meanwhile sees the old file or the new one, and a
// full disk or a killed process leaves the old one.
type PypircFile struct {
	path   string
	target string // where path leads
	info   fs.FileInfo
	text   Pypirc
	disk   rcDisk
	now    func() time.Time
	swept  int // orphans that opening it took away
}

// OpenPypirc reads the file. That there is none is no error. What a run that
// was killed left beside it is swept away.
func OpenPypirc(path string) (*PypircFile, error) {
	f, err := ReadPypirc(path)
	if err == nil {
		f.swept = f.sweepAlone()
	}
	return f, err
}

// ReadPypirc reads the file and changes nothing beside it.
func ReadPypirc(path string) (*PypircFile, error) {
	f := &PypircFile{path: path, disk: rcRealDisk{}, now: time.Now}
	return f, f.load()
}

func (f *PypircFile) load() error {
	var err error
	if f.target, err = rcResolve(f.path); err != nil {
		return f.failed(err)
	}
	data, info, err := rcReadFile(f.target)
	if err != nil {
		return f.failed(err)
	}
	f.info = info
	if f.text, err = ParsePypirc(data); err != nil {
		return f.failed(err)
	}
	return nil
}

// failed names the file in an error.
func (f *PypircFile) failed(err error) error {
	var p *PypircError
	if errors.As(err, &p) {
		named := *p
		named.Path = f.path
		return &named
	}
	var path *fs.PathError // its text says the path again, of a temporary file
	if errors.As(err, &path) {
		err = path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return &PypircError{Reason: PypircIO, Path: f.path, Err: err}
}

// Text is what the file says.
func (f *PypircFile) Text() Pypirc { return f.text }

// rcResolve follows symbolic links, once: from here on only the result counts.
func rcResolve(path string) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		return filepath.Join(dir, filepath.Base(path)), err
	}
	if err != nil {
		return "", err
	}
	link := info.Mode()&fs.ModeSymlink != 0
	if link && !rcOwned(info) {
		return "", &PypircError{Reason: PypircSymlink}
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil && link {
		return "", &PypircError{Reason: PypircSymlink}
	}
	return target, err
}

// rcReadFile reads a regular file, and nothing else: opening a pipe must not wait.
func rcReadFile(name string) ([]byte, fs.FileInfo, error) {
	h, err := os.OpenFile(name, os.O_RDONLY|rcOpenFlags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if rcIsLink(err) {
		return nil, nil, &PypircError{Reason: PypircChanged}
	}
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &PypircError{Reason: PypircNotFile}
	}
	data, err := io.ReadAll(io.LimitReader(h, maxPypirc+1))
	return data, info, err
}

// allowed says why the file must not be written, nil if it may.
func (f *PypircFile) allowed(next Pypirc) error {
	dir := filepath.Dir(f.target)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case f.info != nil && !rcOwned(f.info):
		return &PypircError{Reason: PypircOwner}
	case !rcSafeFolder(info):
		return &PypircError{Reason: PypircParent}
	case rcWorkTree(dir) && addsPassword(f.text.doc(), next.doc()):
		return &PypircError{Reason: PypircWorkTree}
	}
	return rcNoneKept(dir)
}

var errStillKept = errors.New("a write failed before, and what it kept is still there: put it back, or remove it, and go on")

// rcNoneKept refuses while the copy is there that a failed write kept.
func rcNoneKept(dir string) error {
	kept := filepath.Join(dir, rcKept)
	if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &PypircError{Reason: PypircIO, Kept: kept, Err: errStillKept}
}

// rcWorkTree says whether a folder lies in a git work tree.
func rcWorkTree(dir string) bool {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}

// addsPassword says whether the new file holds a password that the old did not.
// Taking secrets out is allowed where putting one in is not.
func addsPassword(old, now *rcDoc) bool {
	known := map[string]bool{}
	for _, s := range old.sections {
		if o := s.own("password"); o != nil {
			known[o.text()] = true
		}
	}
	for _, s := range now.sections {
		if o := s.own("password"); o != nil && !known[o.text()] {
			return true
		}
	}
	return false
}

// private says whether nobody else may read the file.
func (f *PypircFile) private() bool {
	return f.info == nil || !rcModes || f.info.Mode().Perm()&0o077 == 0
}

func (f *PypircFile) mode() string {
	if f.info == nil {
		return ""
	}
	return fmt.Sprintf("%04o", f.info.Mode().Perm())
}
