package gitops

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// attribute is one line of a .gitattributes that can change contents.
type attribute struct {
	rule   rule
	every  bool // it may concern any path: a macro, or a quoted pattern
	filter bool // not about line endings alone
}

// filtered says whether a file is the same as in the index once git's filters
// are applied, and whether that can be told here. On the way into git the line
// endings only ever lose carriage returns; everything else is the filter's secret.
func (s *scan) filtered(e *tracked, m meta, seen digest) (same, known bool, err error) {
	same = seen.hash == e.hash
	endings, filter, err := s.attributed(e.name)
	switch {
	case err != nil || filter:
		return false, false, err
	case !seen.cr:
		return same, true, nil
	case endings:
		return false, false, nil
	case same || !s.autocrlf:
		return same, true, nil
	}
	b, err := os.ReadFile(s.path(e.name))
	return !looksBinary(b) && blobHash(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))) == e.hash, true, err
}

// looksBinary is git's own guess, by which core.autocrlf leaves a file alone.
func looksBinary(b []byte) bool {
	printable, strange := 0, 0
	for i, c := range b {
		switch {
		case c == 0, c == '\r' && (i+1 == len(b) || b[i+1] != '\n'):
			return true
		case c == '\r', c == '\n':
		case c == 127, c < 32 && c != '\b' && c != '\t' && c != '\f' && c != 27:
			strange++
		default:
			printable++
		}
	}
	if bytes.HasSuffix(b, []byte{26}) {
		strange--
	}
	return printable>>7 < strange
}

// attributed says whether attributes may touch the line endings of a file, or
// more than them. It errs on the side of yes: what one line unsets, it believes set.
func (s *scan) attributed(name string) (endings, filter bool, err error) {
	s.attrMu.Lock()
	defer s.attrMu.Unlock()
	for dir := name; ; {
		dir = dir[:max(0, strings.LastIndexByte(strings.TrimSuffix(dir, "/"), '/')+1)]
		lines, err := s.attributesIn(dir)
		if err != nil {
			return false, false, err
		}
		for _, a := range lines {
			if a.every || a.rule.matches(name, false, s.fold) {
				endings, filter = endings || !a.filter, filter || a.filter
			}
		}
		if dir == "" {
			return endings, filter, nil
		}
	}
}

// attributesIn reads a folder's attributes, for the top with those outside of
// the work tree. A file that is not checked out counts as the index has it.
func (s *scan) attributesIn(dir string) ([]attribute, error) {
	if lines, ok := s.attrs[dir]; ok {
		return lines, nil
	}
	name := dir + ".gitattributes"
	text, err := readRegular(s.path(name))
	if err != nil {
		text, err = s.listedText(name, false)
	}
	if err != nil {
		return nil, err
	}
	lines := attributes(text, dir)
	if dir == "" {
		for _, f := range s.attributeFiles() {
			b, _ := readRegular(f)
			lines = append(lines, attributes(b, "")...)
		}
	}
	s.attrs[dir] = lines
	return lines, nil
}

func (s *scan) attributeFiles() []string {
	return []string{"/etc/gitattributes", s.userFile("core.attributesfile", "attributes"), filepath.Join(s.repo.commonDir, "info", "attributes")}
}

// rewriting are the attributes that change contents on the way into git, and
// whether they do more than line endings.
var rewriting = map[string]bool{
	"text": false, "eol": false, "crlf": false, "binary": false,
	"filter": true, "ident": true, "working-tree-encoding": true,
}

func attributes(text []byte, dir string) []attribute {
	var out []attribute
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0][0] == '#' {
			continue
		}
		macro := strings.HasPrefix(words[0], "[attr]")
		for _, w := range words[1:] {
			attr, _, _ := strings.Cut(w, "=")
			attr = strings.TrimLeft(attr, "-!")
			filter, ok := rewriting[attr]
			if !ok || filter && !macro && (w[0] == '-' || w[0] == '!') {
				continue
			}
			out = append(out, attribute{parseRule(words[0], dir), macro || strings.HasPrefix(words[0], "\""), filter || macro})
		}
	}
	return out
}
