package pypi

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Metadata is the core metadata of a distribution: METADATA in a wheel,
// PKG-INFO in an sdist. Everything in it is text from outside.
type Metadata struct {
	fields      map[string][]string // by name in lower case, in the order of the file
	Description string
}

// errNotUTF8 says that metadata is in no encoding that indexes take.
var errNotUTF8 = errors.New("the metadata is not UTF-8")

// ParseMetadata reads core metadata as Python's email parser does for twine: the
// headers up to the first empty line, with continued lines joined, then the
// description. What is no header ends the headers.
func ParseMetadata(text []byte) (Metadata, error) {
	if !utf8.Valid(text) {
		return Metadata{}, errNotUTF8
	}
	m := Metadata{fields: map[string][]string{}}
	rest := strings.ReplaceAll(string(text), "\r\n", "\n")
	last := ""
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		key, value, isHeader := strings.Cut(line, ":")
		n := len(m.fields[last])
		switch {
		case line == "":
			m.body(after)
			return m, nil
		case (line[0] == ' ' || line[0] == '\t') && n > 0:
			m.fields[last][n-1] += "\n" + line
		case isHeader && !strings.ContainsAny(key, " \t"):
			last = strings.ToLower(key)
			m.fields[last] = append(m.fields[last], strings.TrimLeft(value, " \t"))
		default:
			m.body(rest)
			return m, nil
		}
		rest = after
	}
	m.body("")
	return m, nil
}

// body takes the description, which old metadata has in a header, each of its
// lines indented.
func (m *Metadata) body(text string) {
	m.Description = text
	if old := m.fields["description"]; text == "" && len(old) > 0 {
		lines := strings.Split(strings.TrimSpace(old[0]), "\n")
		for i, l := range lines {
			l = strings.TrimPrefix(l, "       |")
			lines[i] = strings.TrimPrefix(l, "        ")
		}
		m.Description = strings.Join(lines, "\n")
	}
	delete(m.fields, "description")
	for _, values := range m.fields {
		for i, v := range values {
			values[i] = joined(v)
		}
	}
}

// joined makes one line of a continued one.
func joined(v string) string {
	lines := strings.Split(v, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}

// Get is the first value of a field, "" if there is none. Old tools write
// UNKNOWN for what they have no value for.
func (m Metadata) Get(field string) string {
	if v := m.All(field); len(v) > 0 {
		return v[0]
	}
	return ""
}

// All gives every value of a field, in order.
func (m Metadata) All(field string) []string {
	var all []string
	for _, v := range m.fields[strings.ToLower(field)] {
		if v != "UNKNOWN" && v != "" {
			all = append(all, v)
		}
	}
	return all
}
