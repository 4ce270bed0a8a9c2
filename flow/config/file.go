package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile is more than any hand writes; a project file comes from outside.
const maxFile = 1 << 20

const (
	ownFile    = "ferry.toml"
	sharedFile = "pyproject.toml"
)

// projectEntries reads ferry.toml, or [tool.ferry] of pyproject.toml.
func projectEntries(tree fs.FS) ([]entry, error) {
	if tree == nil {
		return nil, nil
	}
	own, haveOwn, err := readIn(tree, ownFile, "")
	if err != nil {
		return nil, err
	}
	shared, haveShared, err := readIn(tree, sharedFile, "tool.ferry")
	if err != nil {
		return nil, err
	}
	if haveOwn && haveShared {
		return nil, &Error{File: sharedFile, Key: "tool.ferry", Text: "the project also has a ferry.toml; keep one of them"}
	}
	entries, err := judge(append(own, shared...))
	for _, e := range entries {
		if e.spec.own() {
			return nil, &Error{File: e.where, Line: e.line, Key: e.key, Text: "belongs to the person who runs ferry; a project cannot set it"}
		}
	}
	return entries, err
}

// judge makes entries of a file's lines. A table without keys says nothing.
func judge(lines []line) ([]entry, error) {
	var out []entry
	for _, l := range lines {
		if l.emptyTable() {
			continue
		}
		e, err := l.entry()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// readIn reads the part of a project's file that is ours.
func readIn(tree fs.FS, name, table string) (lines []line, have bool, err error) {
	f, err := tree.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, &Error{File: name, Text: "cannot be read: " + reason(err)}
	}
	defer func() { _ = f.Close() }()
	text, err := readAll(f, name)
	if err != nil {
		return nil, false, err
	}
	return tomlLines(text, name, table)
}

func readAll(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, &Error{File: name, Text: "cannot be read: " + reason(err)}
	case len(text) > maxFile:
		return nil, &Error{File: name, Text: fmt.Sprintf("is larger than %d KiB", maxFile>>10)}
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil // editors on Windows write it
}

// reason leaves the path out: Error names the file already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// userEntries reads the user's file. One that was named must exist; without a
// home directory there is none.
func userEntries(s Sources) ([]entry, error) {
	path, named := s.User, true
	if path == "" {
		path = s.Env("FERRY_CONFIG")
	}
	if path == "" {
		named = false
		p, err := UserFile(s.Env)
		if err != nil {
			return nil, nil
		}
		path = p
	}
	shown := tilde(path, s.Env("HOME"))
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{File: shown, Text: "cannot be read: " + reason(err)}
	}
	defer func() { _ = f.Close() }()
	text, err := readAll(f, shown)
	if err != nil {
		return nil, err
	}
	lines, _, err := tomlLines(text, shown, "")
	if err != nil {
		return nil, err
	}
	return judge(lines)
}

func tilde(path, home string) string {
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok && home != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}
