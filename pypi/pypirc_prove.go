package pypi

import (
	"maps"
	"slices"
)

// prove compares the file before and after an edit, without using anything of
// how the edit was made: foreign lines and values are the same, and ours are as
// wanted, by twine's reading.
func (e PypircEdit) prove(old, now *rcDoc) error {
	ours := e.ours(old)
	name := e.renamed(old)
	switch {
	case !sameLines(old, now, ours), !slices.Equal(foreignServers(old, ours), foreignServers(now, ours)),
		!slices.Equal(values(old.defaults), values(now.defaults)):
		return &PypircError{Reason: PypircNotProved}
	}
	for _, s := range old.sections {
		if !slices.Equal(foreignValues(s, ours), foreignValues(now.section(name(s.name)), ours)) {
			return &PypircError{Reason: PypircNotProved}
		}
	}
	return e.proveWanted(now)
}

// ours are the sections that the edit may touch.
func (e PypircEdit) ours(old *rcDoc) map[string]bool {
	ours := map[string]bool{}
	for _, n := range e.Remove {
		ours[n] = true
	}
	for _, s := range e.Write {
		ours[s.Name] = true
	}
	if !e.Migrate {
		return ours
	}
	for _, s := range old.sections {
		if o := s.own("repository"); o != nil && rcOldHosts[rcHost(o.text())] != "" {
			ours[s.name] = true
		}
	}
	if e.renames(old) {
		ours[rcOldTest], ours[rcTest] = true, true
	}
	return ours
}

// renamed says under which name a section of the old file is to be found now.
func (e PypircEdit) renamed(old *rcDoc) func(string) string {
	moved := e.renames(old)
	return func(name string) string {
		if moved && name == rcOldTest {
			return rcTest
		}
		return name
	}
}

func (e PypircEdit) proveWanted(now *rcDoc) error {
	for _, s := range e.Write {
		if err := s.prove(now.config()[s.Name]); err != nil {
			return err
		}
		if now.mark(s.Name).until != s.Until {
			return &PypircError{Reason: PypircNotProved, Index: s.Name}
		}
	}
	for _, name := range e.Remove {
		if slices.ContainsFunc(e.Write, func(s PypircSection) bool { return s.Name == name }) {
			continue
		}
		if s := now.section(name); s != nil && (len(now.marks(s)) > 0 || slices.ContainsFunc(rcOurs, func(key string) bool { return s.own(key) != nil })) {
			return &PypircError{Reason: PypircNotProved, Index: name}
		}
	}
	return nil
}

func (s PypircSection) prove(got map[string]string) error {
	if got["repository"] != s.repository() || got["username"] != s.username() {
		return &PypircError{Reason: PypircNotProved, Index: s.Name}
	}
	password, has := got["password"]
	if s.WithoutPassword {
		if has {
			return &PypircError{Reason: PypircShadowed, Index: s.Name}
		}
		return nil
	}
	return s.Password.Use(func(want []byte) error {
		if password != string(want) {
			return &PypircError{Reason: PypircNotProved, Index: s.Name}
		}
		return nil
	})
}

// sameLines compares the lines that are not ours, byte for byte. A line break
// may be added where the file had none at its end, and blank lines before a
// section of ours; none is taken away.
func sameLines(old, now *rcDoc, ours map[string]bool) bool {
	a, blanksA := old.foreign(ours)
	b, blanksB := now.foreign(ours)
	if len(a) != len(b) || blanksB < blanksA {
		return false
	}
	for i := range a {
		la, lb := old.lines[a[i]], now.lines[b[i]]
		if string(old.data[la.from:la.to]) != string(now.data[lb.from:lb.to]) {
			return false
		}
		if la.to != la.next && string(old.data[la.to:la.next]) != string(now.data[lb.to:lb.next]) && lb.to != lb.next {
			return false
		}
	}
	return true
}

// foreign are the lines that are not ours, and how many lines are blank.
func (d *rcDoc) foreign(ours map[string]bool) (lines []int, blanks int) {
	for i, l := range d.lines {
		switch {
		case l.kind == rcBlank:
			blanks++
		case ours[l.section] && d.isMark(i):
		case l.kind == rcHeader && (ours[l.section] || l.section == rcDistutils):
		case l.opt != nil && ownKey(l.section, l.opt.key, ours):
		default:
			lines = append(lines, i)
		}
	}
	return lines, blanks
}

func ownKey(section, key string, ours map[string]bool) bool {
	return section == rcDistutils && key == rcServers || ours[section] && slices.Contains(rcOurs, key)
}

func values(s *rcSection) []string {
	var out []string
	for _, o := range s.opts {
		out = append(out, o.key, o.text())
	}
	return out
}

func foreignValues(s *rcSection, ours map[string]bool) []string {
	if s == nil {
		return nil
	}
	var out []string
	for _, o := range s.opts {
		if !ownKey(s.name, o.key, ours) {
			out = append(out, o.key, o.text())
		}
	}
	return out
}

// foreignServers are the listed names that are not ours. Names that only
// twine's default lists count where they have a section.
func foreignServers(d *rcDoc, ours map[string]bool) []string {
	names, listed := d.servers()
	return slices.DeleteFunc(names, func(n string) bool { return ours[n] || !listed && d.section(n) == nil })
}

// sameValues says whether two files mean the same but for one section.
func sameValues(a, b *rcDoc, but string) bool {
	if !slices.Equal(values(a.defaults), values(b.defaults)) {
		return false
	}
	all := func(d *rcDoc) map[string][]string {
		m := map[string][]string{}
		for _, s := range d.sections {
			if s.name != but {
				m[s.name] = values(s)
			}
		}
		return m
	}
	return maps.EqualFunc(all(a), all(b), slices.Equal[[]string])
}
