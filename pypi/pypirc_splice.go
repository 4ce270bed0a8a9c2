package pypi

import (
	"bytes"
	"slices"
	"strings"
)

// rcSplice puts text in the place of data[from:to].
type rcSplice struct {
	from, to int
	text     string
}

// spliced gives the file with some places changed, read again.
func (d *rcDoc) spliced(ss ...rcSplice) (*rcDoc, error) {
	slices.SortStableFunc(ss, func(a, b rcSplice) int { return a.from - b.from })
	var out bytes.Buffer
	at := 0
	for _, s := range ss {
		out.Write(d.data[at:s.from])
		out.WriteString(s.text)
		at = s.to
	}
	out.Write(d.data[at:])
	now, err := rcParse(out.Bytes())
	if err != nil {
		return nil, &PypircError{Reason: PypircNotProved}
	}
	return now, nil
}

// cut takes a whole line out.
func (d *rcDoc) cut(line int) rcSplice {
	return rcSplice{d.lines[line].from, d.lines[line].next, ""}
}

// eol is the line break that the file uses: its first.
func (d *rcDoc) eol() string {
	if len(d.lines) == 0 || d.lines[0].to == d.lines[0].next {
		return "\n"
	}
	return string(d.data[d.lines[0].to:d.lines[0].next])
}

// after puts lines behind a line, which may be the last and not ended.
func (d *rcDoc) after(line int, text string) rcSplice {
	l := d.lines[line]
	if l.to == l.next {
		return rcSplice{l.next, l.next, d.eol() + text}
	}
	return rcSplice{l.next, l.next, text + d.eol()}
}

// appendSection puts a section at the end, with a blank line before it. There
// its header cannot be taken for the continuation of a value: it is not indented.
func (d *rcDoc) appendSection(name, lines string) (*rcDoc, error) {
	text, eol := "["+name+"]"+d.eol()+lines, d.eol()
	if n := len(d.lines); n > 0 {
		last := d.lines[n-1]
		if last.kind != rcBlank {
			text = eol + text
		}
		if last.to == last.next {
			text = eol + text
		}
	}
	return d.spliced(rcSplice{len(d.data), len(d.data), text})
}

// set makes a key of an existing section say value.
func (d *rcDoc) set(section, key, value string) (*rcDoc, error) {
	s := d.section(section)
	o := s.own(key)
	switch {
	case o == nil:
		anchor, indent := d.place(s, key)
		return d.spliced(d.after(anchor, indent+key+d.delimiter(s)+value))
	case o.text() == value:
		return d, nil
	}
	ss := []rcSplice{{o.value[0], o.value[1], d.gap(o) + value}}
	for _, line := range o.more {
		ss = append(ss, d.cut(line))
	}
	return d.spliced(ss...)
}

// unset takes a key out, with the lines that continue it. Comments between stay.
func (d *rcDoc) unset(section, key string) (*rcDoc, error) {
	s := d.section(section)
	if s == nil || s.own(key) == nil {
		return d, nil
	}
	o := s.own(key)
	ss := []rcSplice{d.cut(o.line)}
	for _, line := range o.more {
		ss = append(ss, d.cut(line))
	}
	return d.spliced(ss...)
}

// place says behind which line a new key goes, and how far it is indented: as
// deep as its neighbour, or else the neighbour would become its continuation.
func (d *rcDoc) place(s *rcSection, key string) (line int, indent string) {
	for i := slices.Index(rcOurs, key) - 1; i >= 0; i-- {
		if o := s.own(rcOurs[i]); o != nil {
			return o.last(), o.indent
		}
	}
	for _, l := range d.lines[s.header+1:] {
		if l.kind == rcOption || l.kind == rcHeader {
			return d.top(s), rcIndent(string(d.data[l.from:l.to]))
		}
	}
	return d.top(s), ""
}

// top is the line below which a section's first key goes.
func (d *rcDoc) top(s *rcSection) int {
	if lines := d.marks(s); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return s.header
}

func rcIndent(line string) string {
	return line[:len(line)-len(strings.TrimLeftFunc(line, rcSpace))]
}

// delimiter is what the section itself puts between key and value.
func (d *rcDoc) delimiter(s *rcSection) string {
	if len(s.opts) == 0 {
		return " = "
	}
	o := s.opts[0]
	text := string(d.data[o.delim[0]:o.delim[1]])
	if strings.Trim(text, " \t=:") != "" {
		return " = "
	}
	return text + d.gap(o)
}

// gap is the space that is missing before a value where there is none yet.
func (d *rcDoc) gap(o *rcOpt) string {
	if o.value[0] == o.value[1] && rcIndent(string(d.data[o.delim[0]:o.delim[1]])) != "" {
		return " "
	}
	return ""
}
