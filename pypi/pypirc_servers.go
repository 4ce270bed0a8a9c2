package pypi

import (
	"slices"
	"strings"
)

const rcDeeper = "    "

// list adds a name to index-servers, in the way in which it is written there.
// Where twine's default was in force, those of its names that have a section
// are written with it, or twine would not look at them any more. A name
// without a section is not: flit would take it for PyPI.
func (d *rcDoc) list(name string) (*rcDoc, error) {
	names, listed := d.servers()
	s := d.section(rcDistutils)
	switch {
	case listed && slices.Contains(names, name):
		return d, nil
	case !listed:
		names = slices.DeleteFunc(names, func(n string) bool { return n != name && d.section(n) == nil })
	}
	if !slices.Contains(names, name) {
		names = append(names, name)
	}
	switch {
	case s == nil:
		return d.appendSection(rcDistutils, d.serverLines("", names)+d.eol())
	case s.own(rcServers) == nil:
		anchor, indent := d.place(s, rcServers)
		return d.spliced(d.after(anchor, d.serverLines(indent, names)))
	}
	return d.spliced(d.listed(s.own(rcServers), name))
}

func (d *rcDoc) serverLines(indent string, names []string) string {
	return strings.Join(append([]string{indent + rcServers + " ="}, names...), d.eol()+indent+rcDeeper)
}

func (d *rcDoc) listed(o *rcOpt, name string) rcSplice {
	switch {
	case len(o.more) > 0:
		last := d.lines[o.last()]
		return d.after(o.last(), rcIndent(string(d.data[last.from:last.to]))+name)
	case o.value[0] < o.value[1]:
		return rcSplice{o.value[1], o.value[1], " " + name}
	}
	return rcSplice{o.value[1], o.value[1], d.gap(o) + name}
}

// unlist takes a name out of index-servers, wherever it stands there, and the
// key with it when it names nobody any more.
func (d *rcDoc) unlist(name string) (*rcDoc, error) {
	for {
		s := d.section(rcDistutils)
		if s == nil || s.own(rcServers) == nil {
			return d, nil
		}
		o := s.own(rcServers)
		names := strings.FieldsFunc(o.text(), rcSpace)
		switch {
		case !slices.Contains(names, name):
			return d, nil
		case !slices.ContainsFunc(names, func(n string) bool { return n != name }) && d.defaultFits(name):
			return d.unset(rcDistutils, rcServers)
		}
		now, err := d.spliced(d.unlisted(o, name))
		if err != nil {
			return nil, err
		}
		d = now
	}
}

// defaultFits says whether the list may go: nobody else's section would be read
// that was not read before.
func (d *rcDoc) defaultFits(name string) bool {
	for n := range rcBuiltin {
		if n != name && d.section(n) != nil {
			return false
		}
	}
	return d.defaults.own(rcServers) == nil
}

// unlisted takes the first mention out: a line that says nothing else, or the
// name with the space that parts it from its neighbour.
func (d *rcDoc) unlisted(o *rcOpt, name string) rcSplice {
	from, to, ok := d.find(o.value[0], o.value[1], name)
	for _, i := range o.more {
		if ok {
			break
		}
		l := d.lines[i]
		from, to, ok = d.find(l.from, l.to, name)
		if ok && strings.TrimFunc(string(d.data[l.from:l.to]), rcSpace) == name {
			return d.cut(i)
		}
	}
	return rcSplice{from, to, ""}
}

// find gives the place of a word in data[from:to], with the space behind it, or
// before it where it is the last.
func (d *rcDoc) find(from, to int, name string) (int, int, bool) {
	text := string(d.data[from:to])
	for at := 0; at < len(text); {
		at += len(rcIndent(text[at:]))
		word := text[at:]
		if i := strings.IndexFunc(word, rcSpace); i >= 0 {
			word = word[:i]
		}
		end := at + len(word)
		if word != name {
			at = end
			continue
		}
		if behind := len(rcIndent(text[end:])); end+behind < len(text) {
			return from + at, from + end + behind, true
		}
		return from + len(strings.TrimRightFunc(text[:at], rcSpace)), from + end, true
	}
	return 0, 0, false
}
