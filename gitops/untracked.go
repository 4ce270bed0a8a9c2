package gitops

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"
)

// rule is one line of a .gitignore. We match it ourselves: go-git's matcher
// knows no "**" inside a name, no classes like [[:digit:]] or [!a], no escaped
// trailing blank, and looks at folders that git never enters.
type rule struct {
	glob     string
	base     string // the folder of the file, "" or with a slash behind it
	negated  bool
	dirOnly  bool
	anywhere bool // without a slash: it is about the last part of a path
	literal  bool
}

// rules are the lines of one file in front of those that weigh less.
type rules struct {
	list []rule
	next *rules
}

// ignores says whether a path that is not tracked is ignored; the caller has
// asked for its folders before.
func (rs *rules) ignores(name string, dir, fold bool) bool {
	for ; rs != nil; rs = rs.next {
		for i := len(rs.list) - 1; i >= 0; i-- {
			if rs.list[i].matches(name, dir, fold) {
				return !rs.list[i].negated
			}
		}
	}
	return false
}

func (r *rule) matches(name string, dir, fold bool) bool {
	if r.dirOnly && !dir || !strings.HasPrefix(name, r.base) {
		return false
	}
	name, glob := name[len(r.base):], r.glob
	if r.anywhere {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	if fold {
		name, glob = strings.ToLower(name), strings.ToLower(glob)
	}
	if r.literal {
		return glob == name
	}
	return matchGlob(glob, name, !r.anywhere)
}

func parseRule(line, base string) rule {
	r := rule{base: base}
	line, r.negated = strings.CutPrefix(line, "!")
	line, r.dirOnly = strings.CutSuffix(line, "/")
	r.anywhere = !strings.Contains(line, "/")
	r.glob = strings.TrimPrefix(line, "/")
	r.literal = !strings.ContainsAny(r.glob, `*?[\`)
	return r
}

// parseRules reads the lines of an ignore file that lies in base.
func parseRules(text []byte, base string) []rule {
	var rs []rule
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		line = trimBlanks(line)
		if line != "" && line[0] != '#' {
			rs = append(rs, parseRule(line, base))
		}
	}
	return rs
}

// trimBlanks takes blanks off the end, up to one with a backslash before it.
func trimBlanks(line string) string {
	end := 0 // behind the last byte that stays
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' && i+1 < len(line) {
			i++
			end = i + 1
		} else if line[i] != ' ' {
			end = i + 1
		}
	}
	return line[:end]
}

// withIgnoreFile puts a folder's own rules in front. A link is not followed, as
// git does not, and a file that sparse checkout left out still counts.
func (s *scan) withIgnoreFile(dir string, found []os.DirEntry, rs *rules) (*rules, error) {
	var text []byte
	var err error
	here := false
	for _, f := range found {
		if f.Name() == ".gitignore" {
			here = true
			if f.Type().IsRegular() {
				text, err = os.ReadFile(s.path(dir + ".gitignore"))
			}
		}
	}
	if !here {
		text, err = s.listedText(dir+".gitignore", true)
	}
	if list := parseRules(text, dir); len(list) > 0 {
		return &rules{list, rs}, err
	}
	return rs, err
}

// outerRules are the lists outside of the work tree; the repository's own
// weighs more than the person's.
func (s *scan) outerRules() *rules {
	var rs *rules
	for _, f := range []string{s.userFile("core.excludesfile", "ignore"), filepath.Join(s.repo.commonDir, "info", "exclude")} {
		b, err := readRegular(f)
		if err == nil {
			rs = &rules{parseRules(b, ""), rs}
		}
	}
	return rs
}

// userFile is the path that a setting names, or its default in the person's
// git folder.
func (s *scan) userFile(key, name string) string {
	if file := s.settings.last(key); file != "" {
		return configPath(file, s.root)
	}
	dir := os.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home, _ := os.UserHomeDir()
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "git", name)
}

func readBlob(b *object.Blob) ([]byte, error) {
	r, err := b.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
