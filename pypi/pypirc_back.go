package pypi

import (
	"io/fs"
	"os"
	"path/filepath"
)

// PypircFormer is what a .pypirc was before it was written: its text, its mode,
// or that there was none. Like Pypirc it shows nothing of the text.
type PypircFormer struct {
	text   Pypirc
	exists bool
	mode   fs.FileMode
}

// Former is the file as it was read.
func (f *PypircFile) Former() PypircFormer {
	if f.info == nil {
		return PypircFormer{}
	}
	return PypircFormer{f.text, true, f.info.Mode().Perm()}
}

// PutPypircBack makes a file again what it was before it was written, with its
// mode, or takes it away where there was none. It refuses with PypircChanged
// when the file no longer is what was written.
func PutPypircBack(path string, written Pypirc, was PypircFormer) error {
	f, err := ReadPypirc(path)
	if err != nil {
		return err
	}
	if f.info == nil || !f.text.Same(written) {
		return f.failed(&PypircError{Reason: PypircChanged})
	}
	if !was.exists {
		return f.takeAway()
	}
	if _, err := f.Write(was.text); err != nil {
		return err
	}
	if f.info.Mode().Perm() == was.mode {
		return nil
	}
	if err := os.Chmod(f.target, was.mode); err != nil {
		return f.failed(err)
	}
	return nil
}

// takeAway removes the file, if it still is what was read.
func (f *PypircFile) takeAway() error {
	dir := filepath.Dir(f.target)
	unlock, err := rcLock(dir)
	if err != nil {
		return f.failed(err)
	}
	defer unlock()
	err = f.unchanged()
	if err == nil {
		err = os.Remove(f.target)
	}
	if err == nil {
		err = f.disk.SyncDir(dir)
	}
	if err != nil {
		return f.failed(err)
	}
	return nil
}
