package pypi

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// rcDisk is what can fail in the middle of a write.
type rcDisk interface {
	Create(name string) (rcHandle, error)
	Rename(from, to string) error
	SyncDir(dir string) error
}

type rcHandle interface {
	io.WriteCloser
	Sync() error
}

// Write puts the new text in the place of the old, and gives what could not be
// carried over to the new file. It refuses when the file is no longer what was read.
func (f *PypircFile) Write(next Pypirc) (lost []string, err error) {
	if next.Same(f.text) && f.private() {
		return nil, nil
	}
	if err := f.allowed(next); err != nil {
		return nil, f.failed(err)
	}
	dir := filepath.Dir(f.target)
	unlock, err := rcLock(dir)
	if err != nil {
		return nil, f.failed(err)
	}
	defer unlock()
	f.sweep(dir)
	if lost, err = f.replace(dir, next); err != nil {
		return nil, f.failed(err)
	}
	return lost, nil
}

// replace keeps a copy of the old file until the new one has been read back.
func (f *PypircFile) replace(dir string, next Pypirc) (lost []string, err error) {
	temp, err := f.put(dir, rcTemp, next.doc().data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp) }() // after the rename there is nothing of this name
	backup := ""
	if old := f.text.doc().data; len(old) > 0 {
		if backup, err = f.put(dir, rcBackup, old); err != nil {
			return nil, err
		}
	}
	if err := f.unchanged(); err != nil {
		return nil, errors.Join(err, dropped(backup))
	}
	if f.info != nil {
		lost = rcCarry(f.target, temp)
	}
	if err := f.disk.Rename(temp, f.target); err != nil {
		return nil, errors.Join(err, dropped(backup))
	}
	if err := errors.Join(f.disk.SyncDir(dir), f.readBack(next)); err != nil {
		return nil, f.kept(err, backup)
	}
	if err := dropped(backup); err != nil {
		return nil, f.kept(err, backup)
	}
	return lost, nil
}

// put writes a file that only we can read, and is sure of every byte.
func (f *PypircFile) put(dir, prefix string, data []byte) (name string, err error) {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	name = filepath.Join(dir, prefix+strconv.Itoa(os.Getpid())+"-"+hex.EncodeToString(random[:]))
	h, err := f.disk.Create(name)
	if err != nil {
		return "", err
	}
	n, err := h.Write(data)
	if err == nil && n != len(data) {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err == nil {
		err = sized(name, len(data))
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, nil
}

func sized(name string, want int) error {
	info, err := os.Lstat(name)
	if err == nil && info.Size() != int64(want) {
		err = io.ErrShortWrite
	}
	return err
}

// unchanged says whether the path still leads to the file that was read, with
// the same bytes in it.
func (f *PypircFile) unchanged() error {
	target, err := rcResolve(f.path)
	if err != nil {
		return err
	}
	data, info, err := rcReadFile(target)
	if err != nil {
		return err
	}
	there := info != nil
	if target != f.target || there != (f.info != nil) || there && !os.SameFile(info, f.info) || !bytes.Equal(data, f.text.doc().data) {
		return &PypircError{Reason: PypircChanged}
	}
	return nil
}

// readBack reads what is there now, and makes it what this file is.
func (f *PypircFile) readBack(next Pypirc) error {
	data, info, err := rcReadFile(f.target)
	if err != nil {
		return err
	}
	now, err := ParsePypirc(data)
	if err != nil || !now.Same(next) {
		return &PypircError{Reason: PypircReadBack}
	}
	f.text, f.info = now, info
	return nil
}

// kept says where the old file is, for those who need it now, under a name that
// the next start does not sweep away.
func (f *PypircFile) kept(err error, backup string) error {
	var p *PypircError
	if !errors.As(err, &p) {
		p = &PypircError{Reason: PypircIO, Err: err}
	}
	out := *p
	if out.Kept = backup; backup == "" {
		return &out
	}
	lasting := filepath.Join(filepath.Dir(backup), rcKept)
	if err := f.disk.Rename(backup, lasting); err != nil {
		out.Err = errors.Join(out.Err, fmt.Errorf("the old file is to be copied now, for ferry removes it when it starts again: %w", err))
	} else {
		out.Kept = lasting
	}
	return &out
}

func dropped(backup string) error {
	if backup == "" {
		return nil
	}
	return os.Remove(backup)
}

// rcRealDisk is the disk.
type rcRealDisk struct{}

func (rcRealDisk) Create(name string) (rcHandle, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|rcOpenFlags, 0o600)
}

func (rcRealDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (rcRealDisk) SyncDir(dir string) error { return rcSyncDir(dir) }
