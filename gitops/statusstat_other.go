//go:build !linux && !darwin

package gitops

import (
	"os"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// lstat knows of no inode here, so that every file is hashed.
func lstat(path string) (meta, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return meta{}, err
	}
	mode, err := filemode.NewFromOSFileMode(info.Mode())
	if err != nil {
		mode = filemode.Empty
	}
	return meta{mode: mode, size: info.Size()}, nil
}
