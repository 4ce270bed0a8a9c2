package gitops

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// errNotFile says that a path leads to a pipe, a device or a folder.
var errNotFile = errors.New("it is not a regular file")

// openRegular opens a regular file, and nothing else: a pipe that nobody writes
// to would be waited for without end.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|notWaiting, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errNotFile}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func readRegular(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
