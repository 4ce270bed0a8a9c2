//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package pypi

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// rcOpenFlags keep an open from following a link that appeared meanwhile, and
// from waiting on a pipe.
const rcOpenFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// rcModes says whether permission bits mean anything here.
const rcModes = true

func rcIsLink(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) // the second is FreeBSD's
}

func rcOwned(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// rcSafeFolder says whether nobody else can put files into a folder.
func rcSafeFolder(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().Perm()&0o022 == 0 && (int(st.Uid) == os.Geteuid() || st.Uid == 0)
}

// rcLinks is how many names a file has.
func rcLinks(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Nlink)
	}
	return 1
}

// rcLock keeps two of us from writing at the same time, by a lock on the folder
// itself, so that no lock file stays. Where the file system has no locks, the
// comparison before the rename is all there is.
func rcLock(dir string) (unlock func(), err error) {
	h, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if errors.Is(syscall.Flock(int(h.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		return nil, errors.Join(&PypircError{Reason: PypircBusy}, h.Close())
	}
	return func() { _ = h.Close() }, nil
}

// rcAlive says whether a process may still run.
func rcAlive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// rcSyncDir makes a rename last. Not every file system can, and then it need not.
func rcSyncDir(dir string) error {
	h, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = h.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, h.Close())
}
