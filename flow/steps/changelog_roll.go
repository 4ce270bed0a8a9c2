package steps

import (
	"regexp"
	"slices"
	"strings"
)

var (
	hashHeading   = regexp.MustCompile(`(?i)^(#{1,6}[ \t]+)(\[?)unreleased\]?[ \t]*#*[ \t]*$`)
	plainHeading  = regexp.MustCompile(`(?i)^()(\[?)unreleased\]?[ \t]*$`)
	underline     = regexp.MustCompile("^(-{3,}|={3,}|~{3,}|\\^{3,}|\\+{3,}|\\*{3,}|\"{3,})[ \t]*$")
	fence         = regexp.MustCompile("^ {0,3}(```|~~~)")
	ofVersion     = regexp.MustCompile(`^(?:#{1,6}[ \t]+)?(\[?)(v?)([0-9][0-9A-Za-z.!+_-]*)(\]?)(.*)$`)
	isoDate       = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)
	unreleasedRef = regexp.MustCompile(`(?i)^\[unreleased\]:`)
	compareRef    = regexp.MustCompile(`(?i)^(\[unreleased\]:[ \t]*)(\S+/compare/)(\S*?)([0-9][^\s/]*?)(\.\.\.?)(\S+?)[ \t]*$`)
)

// notes is a changelog by its lines, each with its end.
type notes struct {
	lines []string
	at    int    // the heading of what is not released; -1 without one
	under bool   // it is one by the line below it
	mark  string // what stands before its words
	open  string // "[" where it is in brackets
}

// rollNotes puts the heading of a version under that of what is not released, which
// stays for what comes next, in the form that the headings before it have. Line ends
// stay what they are. said is what was left alone. ok is false where there is no such
// heading, or the version has one already: then nothing is changed.
func rollNotes(text, version, date string) (rolled, said string, ok bool) {
	n := readNotes(text)
	if n.at < 0 || n.has(version) {
		return text, "", false
	}
	heading, end := n.mark+n.like(version, date), n.lineEnd(n.at)
	fresh := end + heading + end
	last := n.at
	if n.under {
		last++
		fresh += strings.Repeat(n.lines[last][:1], max(len(heading), 3)) + end
	}
	if !strings.HasSuffix(n.lines[last], "\n") {
		fresh = end + fresh
	}
	n.lines[last] += fresh
	said = n.relink(version)
	return strings.Join(n.lines, ""), said, true
}

func readNotes(text string) notes {
	n := notes{lines: strings.SplitAfter(text, "\n"), at: -1}
	fenced := false
	for i := range n.lines {
		l := n.line(i)
		if fence.MatchString(l) {
			fenced = !fenced
		}
		m := hashHeading.FindStringSubmatch(l)
		if m == nil && n.underlined(i) {
			m, n.under = plainHeading.FindStringSubmatch(l), true
		}
		if m != nil && !fenced {
			n.at, n.mark, n.open = i, m[1], m[2]
			return n
		}
		n.under = false
	}
	return n
}

func (n notes) line(i int) string { return strings.TrimRight(n.lines[i], "\r\n") }

func (n notes) lineEnd(i int) string {
	if strings.HasSuffix(n.lines[i], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

func (n notes) underlined(i int) bool {
	return i+1 < len(n.lines) && underline.MatchString(n.line(i+1))
}

// version gives the parts of a heading that is a version's; nil for other lines.
func (n notes) version(i int) []string {
	if !strings.HasPrefix(n.lines[i], "#") && !n.underlined(i) {
		return nil
	}
	return ofVersion.FindStringSubmatch(n.line(i))
}

// has says whether the version has a heading already.
func (n notes) has(version string) bool {
	for i := range n.lines {
		if m := n.version(i); m != nil && sameVersion(m[3], version) {
			return true
		}
	}
	return false
}

// like is the heading as that of the version before is written: with or without
// brackets, a v and the date.
func (n notes) like(version, date string) string {
	for i := n.at + 1; i < len(n.lines); i++ {
		m := n.version(i)
		if m == nil {
			continue
		}
		after := ""
		if d := isoDate.FindStringIndex(m[5]); d != nil {
			after = m[5][:d[0]] + date + closing(m[5][d[1]:])
		}
		return m[1] + m[2] + version + m[4] + after
	}
	if n.open != "" {
		return "[" + version + "] - " + date
	}
	return version + " - " + date
}

// closing is the bracket that a date stands in.
func closing(s string) string {
	if strings.HasPrefix(s, ")") || strings.HasPrefix(s, "]") {
		return s[:1]
	}
	return ""
}

// relink has the link of what is not released start at the new version, and gives
// the version a link of its own. It says where it does not.
func (n notes) relink(version string) string {
	i := slices.IndexFunc(n.lines, unreleasedRef.MatchString)
	if i < 0 {
		return ""
	}
	end := n.lineEnd(i)
	m := compareRef.FindStringSubmatch(n.line(i))
	if m == nil {
		return "the link of [Unreleased] compares no two tags, and is left as it is"
	}
	tag := m[3] + version
	own := "[" + version + "]: " + m[2] + m[3] + m[4] + m[5] + tag
	last := strings.TrimPrefix(n.lines[i], n.line(i))
	n.lines[i] = m[1] + m[2] + tag + m[5] + m[6] + end + own + last
	return ""
}

// changelogs are the names under which people keep one, in the order they are looked for.
var changelogs = []string{"CHANGELOG", "CHANGES", "HISTORY", "NEWS"}

// changelogRank is the place of a file's name among them; -1 if it is called otherwise.
func changelogRank(file string) int {
	name, kind, _ := strings.Cut(file, ".")
	if !slices.Contains([]string{"", "md", "markdown", "rst", "txt"}, strings.ToLower(kind)) {
		return -1
	}
	return slices.Index(changelogs, strings.ToUpper(name))
}
