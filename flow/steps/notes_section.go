package steps

import (
	"regexp"
	"slices"
	"strings"
)

var (
	definition = regexp.MustCompile(`^ {0,3}\[([^\[\]]+)\]:[ \t]*\S`)
	target     = regexp.MustCompile("^\\.\\. _(`[^`]+`|[^:`]+):(.*)$")
	reference  = regexp.MustCompile(`\[([^\[\]]+)\]`)
	phrase     = regexp.MustCompile("`([^`]+)`__?|([0-9A-Za-z](?:[0-9A-Za-z._+-]*[0-9A-Za-z])?)__?\\b")
	within     = regexp.MustCompile(`<([^<>]+)_>$`)
	anchor     = regexp.MustCompile(`(?i)^[ \t]*(?:<a[ \t][^<>]*>(?:[ \t]*</a>)?|(?:[-*_][ \t]*){3,})[ \t]*$`)
)

// section is what a changelog says of a version: what stands between its heading and
// the next, and the definitions of the links in it. "" where it says nothing.
func section(file, text, project, version string) string {
	p := readPage(file, text)
	at := p.find(project, version)
	if at < 0 {
		return ""
	}
	from, to := p.heads[at].to, p.end(at, project, version)
	if !p.says(from, to) {
		return ""
	}
	return p.body(from, to)
}

// find is the heading of a version: one that has nothing beside it comes before one
// that speaks of it. -1 without one.
func (p changelogText) find(project, version string) int {
	speaks := -1
	for i, h := range p.heads {
		v, rest, ok := versionOf(h.text, project)
		switch {
		case !ok || !sameVersion(v, version):
		case bareVersion(rest):
			return i
		case speaks < 0 || h.level < p.heads[speaks].level:
			speaks = i
		}
	}
	return speaks
}

// end is the line at which the section of a heading ends: the next one that is not
// below it, or is another version's, whatever its level.
func (p changelogText) end(at int, project, version string) int {
	for _, h := range p.heads[at+1:] {
		v, rest, ok := versionOf(h.text, project)
		if h.level <= p.heads[at].level || ok && bareVersion(rest) && !sameVersion(v, version) {
			return h.from
		}
	}
	return len(p.lines)
}

// says tells whether there is anything beside headings, comments and definitions.
func (p changelogText) says(from, to int) bool {
	head := make([]bool, len(p.lines))
	for _, h := range p.heads {
		for i := h.from; i < h.to; i++ {
			head[i] = true
		}
	}
	comment := false
	for i := from; i < to; i++ {
		l := strings.TrimSpace(p.lines[i])
		comment = comment || p.hidden[i] && commentLine.MatchString(p.lines[i])
		if l != "" && !head[i] && !comment && (p.hidden[i] || !p.defines(i) && !anchor.MatchString(l)) {
			return true
		}
		comment = comment && !strings.Contains(l, "-->")
	}
	return false
}

func (p changelogText) defines(i int) bool {
	return !p.hidden[i] && (definition.MatchString(p.lines[i]) || target.MatchString(p.lines[i]))
}

// body is the text of the lines without what belongs to the next section, and with
// the definitions that it uses, wherever they stand.
func (p changelogText) body(from, to int) string {
	var lines, links []string
	for i := from; i < to; i++ {
		if !p.defines(i) {
			lines = append(lines, p.lines[i])
		}
	}
	for n := len(lines); n > 0 && (strings.TrimSpace(lines[n-1]) == "" || anchor.MatchString(lines[n-1])); n-- {
		lines = lines[:n-1]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	uses := labels(strings.Join(lines, "\n"))
	for i := range p.lines {
		if label := p.label(i); label != "" && uses[label] {
			links = append(links, p.lines[i])
			delete(uses, label) // the first one counts
		}
	}
	if len(links) > 0 {
		lines = append(append(lines, ""), links...)
	}
	return strings.Join(lines, "\n")
}

// label is that of the link that a line defines; "" if it defines none.
func (p changelogText) label(i int) string {
	if p.hidden[i] {
		return ""
	}
	if m := definition.FindStringSubmatch(p.lines[i]); m != nil {
		return folded(m[1])
	}
	m := target.FindStringSubmatch(p.lines[i])
	if m == nil || strings.TrimSpace(m[2]) == "" {
		return ""
	}
	return folded(strings.Trim(m[1], "`"))
}

// labels are those that a text refers to. Too many are no mistake: they only choose
// among what is defined.
func labels(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		out[folded(m[1])] = true
	}
	for _, m := range phrase.FindAllStringSubmatch(text, -1) {
		name := m[1] + m[2]
		if inner := within.FindStringSubmatch(name); inner != nil {
			name = inner[1]
		}
		out[folded(name)] = true
	}
	return out
}

// folded is a label as labels are compared.
func folded(label string) string {
	return strings.ToLower(strings.Join(slices.Collect(strings.FieldsSeq(label)), " "))
}
