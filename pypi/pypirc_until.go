package pypi

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// A section that is to go with a release says so itself, in a comment that we
// write below its header: nothing is remembered elsewhere, and whoever reads
// the file sees it. Python's parser and twine pass over comments.
var rcUntil = regexp.MustCompile(`^# ferry: remove when ([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])? [0-9][0-9A-Za-z.!+]*) is released(` + rcNotList + `)?$`)

// rcNotList is said where index-servers had the name before there was a section.
const rcNotList = ", but not from index-servers"

// rcMark is what such a comment says.
type rcMark struct {
	until   string // NAME VERSION; "" if the section is to stay
	notList bool   // the name is to stay in index-servers
}

func (m rcMark) String() string {
	text := "# ferry: remove when " + m.until + " is released"
	if m.notList {
		text += rcNotList
	}
	return text
}

func rcReadMark(line string) (m rcMark, ok bool) {
	found := rcUntil.FindStringSubmatch(strings.TrimFunc(line, rcSpace))
	if found == nil || looksSecret(line) {
		return rcMark{}, false
	}
	return rcMark{found[1], found[2] != ""}, true
}

// markAt is what line i says, if it is such a comment.
func (d *rcDoc) markAt(i int) (rcMark, bool) {
	l := d.lines[i]
	if l.kind != rcComment {
		return rcMark{}, false
	}
	return rcReadMark(string(d.data[l.from:l.to]))
}

func (d *rcDoc) isMark(i int) bool { _, ok := d.markAt(i); return ok }

// marks are the lines that say when a section is to go. They count above its
// first key alone: a comment that lost its header belongs to nobody, least of
// all to the section before it.
func (d *rcDoc) marks(s *rcSection) (lines []int) {
	for i := s.header + 1; i < len(d.lines) && (d.lines[i].kind == rcComment || d.lines[i].kind == rcBlank); i++ {
		if _, ok := d.markAt(i); ok {
			lines = append(lines, i)
		}
	}
	return lines
}

// mark is what a section says of when it is to go; nothing if there is none.
func (d *rcDoc) mark(name string) (m rcMark) {
	s := d.section(name)
	if s == nil || name == rcDistutils || name == rcLogin {
		return m
	}
	if lines := d.marks(s); len(lines) > 0 {
		m, _ = d.markAt(lines[0])
	}
	return m
}

// setMark makes a section say when it is to go, or nothing of it.
func (d *rcDoc) setMark(name string, want rcMark) (*rcDoc, error) {
	s := d.section(name)
	if s == nil || d.mark(name) == want && len(d.marks(s)) <= 1 {
		return d, nil
	}
	var ss []rcSplice
	if want.until != "" {
		ss = append(ss, d.after(s.header, want.String()))
	}
	for _, i := range d.marks(s) {
		ss = append(ss, d.cut(i))
	}
	return d.spliced(ss...)
}

// nextMark is the mark that a section gets when it is written.
func (d *rcDoc) nextMark(s PypircSection) rcMark {
	names, listed := d.servers()
	if s.Until == "" {
		return rcMark{}
	}
	there := d.section(s.Name) != nil
	return rcMark{s.Until, d.mark(s.Name).notList || !there && listed && slices.Contains(names, s.Name)}
}

// permanent says whether a section is a person's own, which stays: it is there,
// and does not say that it goes.
func (e PypircEdit) permanent(d *rcDoc, s PypircSection) *PypircError {
	name := s.Name
	if name == rcTest && e.renames(d) {
		name = rcOldTest
	}
	there := d.section(name)
	if s.Until == "" || there == nil || d.mark(name).until != "" {
		return nil
	}
	return &PypircError{Reason: PypircStays, Index: s.Name, Lines: []int{there.header + 1}}
}

// Until gives the sections that are to go with a release.
func (p Pypirc) Until(name, version string) (sections []string) {
	d := p.doc()
	for _, s := range d.sections {
		if sameRelease(d.mark(s.name).until, name, version) {
			sections = append(sections, s.name)
		}
	}
	return sections
}

// HoldsPassword says whether a section has a password of its own.
func (p Pypirc) HoldsPassword(section string) bool {
	s := p.doc().section(section)
	return s != nil && s.own("password") != nil
}

func sameRelease(until, name, version string) bool {
	n, v, ok := strings.Cut(until, " ")
	return ok && NormalizeName(n) == NormalizeName(name) && v == version
}

// PypircUntil gives the sections of a file that are to go with a release. Of a
// file that cannot be understood the lines alone are read: it may still hold
// the promise, and then somebody must be told. One that cannot be read at all
// holds none that we could know of.
func PypircUntil(path, name, version string) (sections []string) {
	f, err := ReadPypirc(path)
	if err == nil {
		return f.text.Until(name, version)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxPypirc {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return rcUntilOf(data, name, version)
}

func rcUntilOf(data []byte, name, version string) (sections []string) {
	section := ""
	for _, l := range rcSplit(data) {
		line := strings.TrimFunc(string(data[l.from:l.to]), rcSpace)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = strings.Trim(line, "[]")
		}
		m, ok := rcReadMark(line)
		if ok && indexName.MatchString(section) && sameRelease(m.until, name, version) {
			sections = append(sections, section)
		}
	}
	return slices.Compact(sections)
}
