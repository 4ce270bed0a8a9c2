//go:build linux || darwin

package gitops

import (
	"syscall"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// unixMode gives git's mode for a file's; Empty for pipes, sockets and devices.
func unixMode(m uint32) filemode.FileMode {
	switch m & syscall.S_IFMT {
	case syscall.S_IFDIR:
		return filemode.Dir
	case syscall.S_IFLNK:
		return filemode.Symlink
	case syscall.S_IFREG:
		if m&0o100 != 0 {
			return filemode.Executable
		}
		return filemode.Regular
	}
	return filemode.Empty
}
