package gitops

import (
	"errors"
	"io/fs"
	"os"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// batch is how many files of one folder a worker takes at a time.
const batch = 500

// spawn runs f beside us if a worker is free, else here.
func (s *scan) spawn(f func() error) error {
	select {
	case s.free <- struct{}{}:
		s.wait.Go(func() {
			if err := f(); err != nil {
				s.cancel(err)
			}
			<-s.free
		})
		return nil
	default:
		return f()
	}
}

// folder compares a folder that holds tracked files with what the index lists
// in it, and looks for files that nobody knows. dir is "" or ends in a slash; in
// a hidden folder, one that is ignored, only tracked files count.
func (s *scan) folder(dir string, listed []tracked, rs *rules, hidden bool) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if !hidden {
		var err error
		if rs, err = s.unlisted(dir, listed, rs); err != nil {
			return err
		}
	}
	var files []*tracked
	for name, below := range children(dir, listed) {
		if strings.HasSuffix(name, "/") {
			if err := s.subfolder(name, below, rs, hidden); err != nil {
				return err
			}
			continue
		}
		files = append(files, &below[0])
	}
	for len(files) > 0 {
		some := files[:min(batch, len(files))]
		files = files[len(some):]
		if err := s.spawnIf(len(files) > 0, func() error { return s.compare(some) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) spawnIf(more bool, f func() error) error {
	if more {
		return s.spawn(f)
	}
	return f()
}

func (s *scan) compare(files []*tracked) error {
	for _, e := range files {
		if err := s.file(e); err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// subfolder goes into a folder; a link or a file in its place means that all
// its files are gone, wherever the link may lead.
func (s *scan) subfolder(dir string, listed []tracked, rs *rules, hidden bool) error {
	name := dir[:len(dir)-1]
	m, err := lstat(s.path(name))
	if err != nil && !missing(err) {
		return err
	}
	if err != nil || m.mode != filemode.Dir {
		for i := range listed {
			s.gone(&listed[i])
		}
		return nil
	}
	hidden = hidden || rs.ignores(name, true, s.fold)
	return s.spawn(func() error { return s.folder(dir, listed, rs, hidden) })
}

// unlisted reports what lies in a folder and is neither listed nor ignored. It
// gives the rules with those of the folder's own .gitignore.
func (s *scan) unlisted(dir string, listed []tracked, rs *rules) (*rules, error) {
	found, err := readDir(s.path(dir))
	if err != nil {
		return nil, err
	}
	if rs, err = s.withIgnoreFile(dir, found, rs); err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Name() == ".git" || s.lists(dir, f, listed) {
			continue
		}
		if err := s.unknown(dir+f.Name(), f, rs); err != nil {
			return nil, err
		}
	}
	return rs, nil
}

// unknown reports an untracked name, or what is untracked in a folder that is
// listed in other letters.
func (s *scan) unknown(name string, f os.DirEntry, rs *rules) error {
	if f.IsDir() && s.folders[strings.ToLower(name)] {
		if rs.ignores(name, true, s.fold) {
			return nil
		}
		_, err := s.unlisted(name+"/", nil, rs)
		return err
	}
	shown, err := s.loose(name, f, rs)
	if shown && f.IsDir() {
		name += "/"
	}
	if shown {
		s.add(name)
	}
	return err
}

// lists says whether the index knows a name, or something below a folder. A
// folder in the place of a listed file is not shown: git reports the file.
func (s *scan) lists(dir string, f os.DirEntry, listed []tracked) bool {
	name := f.Name()
	if s.fold {
		return s.folded[strings.ToLower(dir+name)]
	}
	i := seek(listed, len(dir), name)
	if i < len(listed) && listed[i].name[len(dir):] == name {
		return true
	}
	if !f.IsDir() {
		return false
	}
	name += "/"
	i = seek(listed, len(dir), name)
	return i < len(listed) && strings.HasPrefix(listed[i].name[len(dir):], name)
}

// seek finds the first entry whose name, from its byte at on, is not below name.
func seek(listed []tracked, at int, name string) int {
	return sort.Search(len(listed), func(i int) bool { return listed[i].name[at:] >= name })
}

// loose says whether git would show something untracked: a file that is not
// ignored, or a folder with one in it.
func (s *scan) loose(name string, f os.DirEntry, rs *rules) (bool, error) {
	if rs.ignores(name, f.IsDir(), s.fold) {
		return false, nil
	}
	if !f.IsDir() {
		return f.Type().IsRegular() || f.Type() == os.ModeSymlink, nil // git passes over pipes and sockets
	}
	if nested(s.path(name)) {
		return true, nil // a repository in the repository is shown whole
	}
	return s.holdsLoose(name+"/", rs)
}

func (s *scan) holdsLoose(dir string, rs *rules) (bool, error) {
	if err := s.ctx.Err(); err != nil {
		return false, err
	}
	found, err := readDir(s.path(dir))
	if err == nil {
		rs, err = s.withIgnoreFile(dir, found, rs)
	}
	for _, f := range found {
		if err != nil || f.Name() == ".git" {
			continue
		}
		var shown bool
		if shown, err = s.loose(dir+f.Name(), f, rs); shown {
			return true, nil
		}
	}
	return false, err
}

// readDir lists a folder in any order. One that may not be read is empty, for
// git too, and so is one that has just gone.
func readDir(path string) ([]os.DirEntry, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) || missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// listedText is a file as the index has it; nil if it has none, or one that is
// checked out where only skipped ones are asked for.
func (s *scan) listedText(name string, skipped bool) ([]byte, error) {
	i := seek(s.index.entries, 0, name)
	if i == len(s.index.entries) || s.index.entries[i].name != name || skipped && !s.index.entries[i].skipped {
		return nil, nil
	}
	blob, err := object.GetBlob(s.repo.store, s.index.entries[i].hash)
	if err != nil {
		return nil, noObject(err)
	}
	return readBlob(blob)
}
