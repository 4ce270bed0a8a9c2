package journal

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// maxSize is a thousand times what a release writes.
const maxSize = 16 << 20

// DamagedError says that the records which came with it are not all there were.
type DamagedError struct {
	Path string
	Bad  int  // lines that were left out
	Cut  bool // the file is longer than what is read of one
}

// Error gives the file and how much is missing.
func (e *DamagedError) Error() string {
	if e.Cut {
		return fmt.Sprintf("%s: only the first %d MiB were read, %d lines of them damaged", e.Path, maxSize>>20, e.Bad)
	}
	return fmt.Sprintf("%s: %d damaged lines were left out", e.Path, e.Bad)
}

// Read gives the records of a file, oldest first. With a *DamagedError come the
// records that are whole. Half a last line is no damage: its run was killed, or
// is just writing it.
func Read(path string) ([]Record, error) {
	if i, err := os.Stat(path); err == nil && !i.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	cut := len(text) > maxSize
	records, bad := parse(text[:min(len(text), maxSize)])
	if bad > 0 || cut {
		return records, &DamagedError{path, bad, cut}
	}
	return records, nil
}

func parse(text []byte) (records []Record, bad int) {
	lines := bytes.Split(text, []byte("\n"))
	for _, line := range lines[:len(lines)-1] { // behind the last newline stands nothing, or half a line
		r, ok := decode(line)
		switch {
		case ok:
			records = append(records, r)
		case len(line) > 0:
			bad++
		}
	}
	return records, bad
}
