package pypi

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const rcDefault = "DEFAULT"

type rcKind byte

const (
	rcBlank rcKind = iota
	rcComment
	rcHeader
	rcOption
	rcContinued
)

// rcLine is one line: data[from:to] without its break, which ends at next.
type rcLine struct {
	from, to, next int
	kind           rcKind
	section        string
	opt            *rcOpt // of an option and of what continues it
}

// rcOpt is one KEY = VALUE with the lines it stands on.
type rcOpt struct {
	key    string // lower case
	parts  []string
	indent string
	line   int   // index of its first line
	more   []int // indexes of the lines that continue it and are not blank
	delim  [2]int
	value  [2]int // the part of the value on the first line, in data
}

// text is the value as Python gives it.
func (o *rcOpt) text() string { return strings.TrimRightFunc(strings.Join(o.parts, "\n"), rcSpace) }

// last is the index of the option's last line that is not blank.
func (o *rcOpt) last() int {
	if len(o.more) == 0 {
		return o.line
	}
	return o.more[len(o.more)-1]
}

type rcSection struct {
	name   string
	header int // index of its line
	opts   []*rcOpt
}

func (s *rcSection) own(key string) *rcOpt {
	for _, o := range s.opts {
		if o.key == key {
			return o
		}
	}
	return nil
}

// rcDoc is a parsed file.
type rcDoc struct {
	data     []byte
	lines    []rcLine
	defaults *rcSection // [DEFAULT], which may stand there several times
	sections []*rcSection
}

func (d *rcDoc) section(name string) *rcSection {
	for _, s := range d.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

// rcReader holds what Python's RawConfigParser._read holds between lines.
type rcReader struct {
	*rcDoc
	byName  map[string]*rcSection
	seen    map[[2]string]bool
	current *rcSection
	opt     *rcOpt
	indent  int
	bad     []int
}

func rcParse(data []byte) (*rcDoc, error) {
	doc := &rcDoc{data: data, lines: rcSplit(data), defaults: &rcSection{name: rcDefault, header: -1}}
	r := &rcReader{rcDoc: doc, byName: map[string]*rcSection{rcDefault: doc.defaults}, seen: map[[2]string]bool{}}
	for i := range doc.lines {
		if err := r.read(i); err != nil {
			return nil, err
		}
	}
	if len(r.bad) > 0 {
		return nil, &PypircError{Reason: PypircMalformed, Lines: r.bad}
	}
	return doc, nil
}

// rcSplit breaks lines as Python's text files do: at \n, \r\n and \r, no more.
func rcSplit(data []byte) []rcLine {
	var lines []rcLine
	for from := 0; from < len(data); {
		l := rcLine{from: from, to: len(data), next: len(data)}
		if i := bytes.IndexAny(data[from:], "\r\n"); i >= 0 {
			l.to, l.next = from+i, from+i+1
			if data[l.to] == '\r' && l.next < len(data) && data[l.next] == '\n' {
				l.next++
			}
		}
		lines, from = append(lines, l), l.next
	}
	return lines
}

// rcSpace is Python's str.isspace.
func rcSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func (r *rcReader) read(i int) error {
	l := &r.lines[i]
	line := string(r.data[l.from:l.to])
	body := strings.TrimLeftFunc(line, rcSpace)
	indent := line[:len(line)-len(body)]
	body = strings.TrimRightFunc(body, rcSpace)
	if r.current != nil {
		l.section = r.current.name
	}
	switch {
	case body == "":
		r.blank()
	case body[0] == '#', body[0] == ';':
		l.kind = rcComment
	case r.opt != nil && utf8.RuneCountInString(indent) > r.indent:
		l.kind, l.opt = rcContinued, r.opt
		r.opt.parts, r.opt.more = append(r.opt.parts, body), append(r.opt.more, i)
	default:
		r.indent = utf8.RuneCountInString(indent)
		return r.start(i, indent, body)
	}
	return nil
}

// blank lines belong to a value; those at its end are stripped later.
func (r *rcReader) blank() {
	if r.opt != nil {
		r.opt.parts = append(r.opt.parts, "")
	}
}

// start reads a line that begins a section or an option.
func (r *rcReader) start(i int, indent, body string) error {
	if end := strings.LastIndexByte(body, ']'); body[0] == '[' && end > 1 {
		return r.header(i, body[1:end])
	}
	if r.current == nil {
		return &PypircError{Reason: PypircMalformed, Lines: []int{i + 1}}
	}
	at := strings.IndexAny(body, "=:")
	if at < 0 || strings.TrimRightFunc(body[:at], rcSpace) == "" {
		r.bad = append(r.bad, i+1) // Python reads on, and so do we, to name every line
		return nil
	}
	return r.option(i, indent, body, at)
}

func (r *rcReader) header(i int, name string) error {
	s, known := r.byName[name]
	switch {
	case name == rcDefault && s.header < 0:
		s.header = i
	case name == rcDefault:
	case known:
		return &PypircError{Reason: PypircDuplicate, Lines: []int{s.header + 1, i + 1}}
	default:
		s = &rcSection{name: name, header: i}
		r.byName[name] = s
		r.sections = append(r.sections, s)
	}
	r.current, r.opt = s, nil
	r.lines[i].kind, r.lines[i].section = rcHeader, name
	return nil
}

func (r *rcReader) option(i int, indent, body string, at int) error {
	name := strings.TrimRightFunc(body[:at], rcSpace)
	value := strings.TrimLeftFunc(body[at+1:], rcSpace)
	start := r.lines[i].from + len(indent)
	o := &rcOpt{key: rcLower(name), parts: []string{value}, indent: indent, line: i,
		delim: [2]int{start + len(name), start + len(body) - len(value)},
		value: [2]int{start + len(body) - len(value), start + len(body)}}
	id := [2]string{r.current.name, o.key}
	if r.seen[id] {
		return &PypircError{Reason: PypircDuplicate, Lines: []int{r.current.own(o.key).line + 1, i + 1}}
	}
	r.seen[id] = true
	r.current.opts, r.opt = append(r.current.opts, o), o
	r.lines[i].kind, r.lines[i].opt = rcOption, o
	return nil
}

// rcLower is Python's str.lower, where the two differ: İ becomes two
// characters there. A final Σ becomes ς there; taking both for one key refuses
// a file that Python might accept, never the other way round.
func rcLower(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "İ", "i̇"))
	return strings.ReplaceAll(s, "ς", "σ")
}
