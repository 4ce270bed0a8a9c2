package pypi

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
)

// Restated is a file with another version in the one place that states it.
type Restated struct {
	File     string // from the root of the project
	Old, New []byte
}

// UneditableError says why a version cannot be changed in the files.
type UneditableError struct {
	Source string // where it was read; "" if nowhere
	Reason string
}

func (e *UneditableError) Error() string {
	if e.Source == "" {
		return e.Reason
	}
	return e.Source + ": " + e.Reason
}

// maxPlaces bounds how often the old version is looked at in one file.
const maxPlaces = 50

// Restate puts a version in the place of the one that the files of a project state,
// and changes no other byte. What the place is, is proved and not guessed: of all that
// spell the old version in the file that was read, it is the one with which a reader
// of the project then finds the new one. Where several or none do, or a second place
// would go on saying the old version, that is an *UneditableError.
func Restate(fsys fs.FS, to Version) (Restated, error) {
	p, err := ReadProject(fsys)
	if err != nil {
		return Restated{}, err
	}
	switch {
	case p.FromTag:
		return Restated{}, &UneditableError{Reason: "a tag makes it (" + p.Dynamic + ")"}
	case p.Version == "":
		return Restated{}, &UneditableError{Reason: "no file states it: " + p.Dynamic}
	}
	file := statedIn(p.VersionSource)
	text, err := fs.ReadFile(fsys, file)
	if err != nil || len(text) > maxSource {
		return Restated{}, &UneditableError{p.VersionSource, "the file cannot be read"}
	}
	s := restating{fsys: fsys, was: p, file: file, text: text, to: to}
	now, err := s.edit()
	return Restated{file, text, now}, err
}

var sourceEnd = regexp.MustCompile(`(?::[0-9]+)?(?: [\[(].*)?$`)

// statedIn is the file that a source names.
func statedIn(source string) string { return path.Clean(sourceEnd.ReplaceAllString(source, "")) }

type restating struct {
	fsys fs.FS
	was  Project
	file string
	text []byte
	to   Version
}

var versionLike = regexp.MustCompile(`[0-9A-Za-z][0-9A-Za-z.!+_-]*`)

func (s restating) edit() ([]byte, error) {
	var edits [][]byte
	var beside error
	for _, at := range s.places() {
		now := bytes.Join([][]byte{s.text[:at[0]], []byte(s.to.String()), s.text[at[1]:]}, nil)
		p, err := ReadProject(replaced{s.fsys, s.file, now})
		var two *ContradictionError
		switch {
		case errors.As(err, &two):
			beside = &UneditableError{s.was.VersionSource, fmt.Sprintf("the version is also stated in %s; leave it in one of the two", other(two, s.file))}
		case err == nil && p.Version == s.to.String() && p.Name == s.was.Name:
			edits = append(edits, now)
		}
	}
	switch {
	case len(edits) == 1:
		return edits[0], nil
	case beside != nil:
		return nil, beside
	case len(edits) > 1:
		return nil, &UneditableError{s.was.VersionSource, "several places there could be it"}
	}
	return nil, &UneditableError{s.was.VersionSource, "it does not stand there in plain text"}
}

// other is the place of a contradiction that is not in the file.
func other(e *ContradictionError, file string) string {
	if statedIn(e.ASource) == file {
		return e.BSource
	}
	return e.ASource
}

// places are where the old version stands in the file, without a v before it.
func (s restating) places() [][2]int {
	var all [][2]int
	for _, m := range versionLike.FindAllIndex(s.text, -1) {
		v, err := ParseVersion(string(s.text[m[0]:m[1]]))
		if err != nil || v.String() != s.was.Version || len(all) == maxPlaces {
			continue
		}
		if strings.ContainsAny(string(s.text[m[0]]), "vV") {
			m[0]++
		}
		all = append(all, [2]int{m[0], m[1]})
	}
	return all
}

// replaced is a tree in which one file has other bytes.
type replaced struct {
	fs.FS
	file string
	text []byte
}

func (r replaced) Open(name string) (fs.File, error) {
	if name != r.file {
		return r.FS.Open(name)
	}
	return &memoryFile{bytes.NewReader(r.text), path.Base(name)}, nil
}

type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }
