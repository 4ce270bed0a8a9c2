package gitops

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// untracked lists what is neither in the index nor ignored. A folder without
// any tracked file is one line, as git shows it.
func (s *scan) untracked(ctx context.Context) ([]Change, error) {
	w := &wild{ctx: ctx, root: s.repo.root, files: map[string]bool{}, dirs: map[string]bool{}}
	for _, e := range s.index.Entries {
		w.files[e.Name] = true
		for dir := path.Dir(e.Name); dir != "." && !w.dirs[dir]; dir = path.Dir(dir) {
			w.dirs[dir] = true
		}
	}
	for _, f := range s.ignoreFiles() {
		w.ignore = append(w.ignore, patterns(f, nil)...)
	}
	err := w.folder("", w.ignore)
	return w.found, err
}

// ignoreFiles are the lists outside of the work tree, the weakest first.
func (s *scan) ignoreFiles() []string {
	global := s.settings.last("core.excludesfile")
	if global == "" {
		dir := os.Getenv("XDG_CONFIG_HOME")
		if dir == "" {
			home, _ := os.UserHomeDir()
			dir = filepath.Join(home, ".config")
		}
		global = filepath.Join(dir, "git", "ignore")
	}
	return []string{configPath(global, s.repo.root), filepath.Join(s.repo.commonDir, "info", "exclude")}
}

type wild struct {
	ctx         context.Context
	root        string
	files, dirs map[string]bool // what the index knows
	ignore      []gitignore.Pattern
	found       []Change
}

// folder looks through one folder that holds tracked files.
func (w *wild) folder(dir string, ps []gitignore.Pattern) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	ps = append(ps[:len(ps):len(ps)], patterns(filepath.Join(w.root, dir, ".gitignore"), split(dir))...)
	entries, err := os.ReadDir(filepath.Join(w.root, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.Name() == ".git" || w.files[name] || gitignore.NewMatcher(ps).Match(split(name), e.IsDir()) && !w.dirs[name] {
			continue
		}
		if err := w.entry(e, name, ps); err != nil {
			return err
		}
	}
	return nil
}

func (w *wild) entry(e os.DirEntry, name string, ps []gitignore.Pattern) error {
	switch {
	case !e.IsDir():
		if e.Type().IsRegular() || e.Type() == os.ModeSymlink { // git passes over pipes and sockets
			w.found = append(w.found, Change{"??", name})
		}
	case w.dirs[name]:
		return w.folder(name, ps)
	default:
		any, err := w.anything(name, ps)
		if err != nil {
			return err
		}
		if any {
			w.found = append(w.found, Change{"??", name + "/"})
		}
	}
	return nil
}

// anything says whether an untracked folder holds a file that is not ignored.
func (w *wild) anything(dir string, ps []gitignore.Pattern) (bool, error) {
	if _, err := os.Lstat(filepath.Join(w.root, dir, ".git")); err == nil {
		return true, nil // a repository in the repository is shown whole
	}
	sub := &wild{ctx: w.ctx, root: w.root}
	if err := sub.folder(dir, ps); err != nil {
		return false, err
	}
	return len(sub.found) > 0, nil
}

func split(p string) []string {
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

func patterns(file string, domain []string) []gitignore.Pattern {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var ps []gitignore.Pattern
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) != "" && line[0] != '#' {
			ps = append(ps, gitignore.ParsePattern(line, domain))
		}
	}
	return ps
}
