package steps

import (
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"ferry/pypi"
)

var (
	atx         = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	ruledOff    = regexp.MustCompile(`^ {0,3}(?:=+|-+)[ \t]*$`)
	fenceLine   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})(.*)$")
	commentLine = regexp.MustCompile(`^ {0,3}<!--`)
	listLine    = regexp.MustCompile(`^ {0,3}(?:[-*+>|]|[0-9]{1,9}[.)])(?:[ \t]|$)`)
	htmlTags    = regexp.MustCompile(`^(?:<[^<>]*>[ \t]*)+`)
	versionLine = regexp.MustCompile(`^(?i:(?:version|release|revision|ver\.?|changes[ \t]+(?:for|in))[ \t:]+)?[vV]?([0-9][0-9A-Za-z.!+_-]*)(.*)$`)
	year        = regexp.MustCompile(`\b(?:19|20)[0-9]{2}\b`)
	linkedTo    = regexp.MustCompile(`^\]?(?:\([^()]*\)|\[[^\[\]]*\])?`)
)

// changelogText is a text by its lines, without their ends, and the headings in it.
type changelogText struct {
	lines  []string
	hidden []bool // by a fence or a comment
	heads  []heading
}

// heading is one, whatever it is marked by: a deeper one has the higher level.
type heading struct {
	from, to int // its first line, and the first one after it
	level    int
	text     string
}

// readPage reads a file of Markdown by its name, or of Markdown by what it holds; any
// other is read as reStructuredText, which plain text with underlined headings is too.
func readPage(file, text string) changelogText {
	p := changelogText{lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	p.hidden = make([]bool, len(p.lines))
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown":
		p.readMarkdown()
	case ".rst":
		p.readStructured()
	default:
		if p.readMarkdown(); !p.marked() {
			p.heads, p.hidden = nil, make([]bool, len(p.lines))
			p.readStructured()
		}
	}
	return p
}

// marked says whether a version has a heading of Markdown alone.
func (p changelogText) marked() bool {
	for _, h := range p.heads {
		if _, _, ok := versionOf(h.text, ""); ok && h.to == h.from+1 {
			return true
		}
	}
	return false
}

func (p *changelogText) readMarkdown() {
	p.hide()
	for i, l := range p.lines {
		if p.hidden[i] {
			continue
		}
		if m := atx.FindStringSubmatch(l); m != nil {
			p.heads = append(p.heads, heading{i, i + 1, len(m[1]), m[2]})
		} else if i > 0 && ruledOff.MatchString(l) && p.paragraph(i-1) {
			level := 2
			if strings.Contains(l, "=") {
				level = 1
			}
			p.heads = append(p.heads, heading{i - 1, i + 1, level, strings.TrimSpace(p.lines[i-1])})
		}
	}
}

// paragraph says whether the line ends one that a rule below it makes a heading: a
// list, a quotation or a table does not become one.
func (p changelogText) paragraph(i int) bool {
	l := p.lines[i]
	if p.hidden[i] || strings.TrimSpace(l) == "" || strings.HasPrefix(l, "    ") || atx.MatchString(l) || ruledOff.MatchString(l) {
		return false
	}
	if _, _, ok := versionOf(strings.TrimSpace(l), ""); ok {
		return !listLine.MatchString(l)
	}
	first := i
	for first > 0 && p.runsOn(first-1) {
		first--
	}
	return !listLine.MatchString(p.lines[first]) && !strings.HasPrefix(l, " ")
}

// runsOn says whether the line may be of the same paragraph as the next one.
func (p changelogText) runsOn(i int) bool {
	l := p.lines[i]
	return !p.hidden[i] && strings.TrimSpace(l) != "" && !ruledOff.MatchString(l) && !atx.MatchString(l)
}

// hide marks what fences and comments take out of a text. One that nothing ends hides
// nothing: headings after it would be taken for what it quotes.
func (p changelogText) hide() {
	open := map[byte]int{} // marks for which no end was found from here on, by their length
	uncommented := false
	for i := 0; i < len(p.lines); i++ {
		end := -1
		if m := fenceLine.FindStringSubmatch(p.lines[i]); m != nil && (m[1][0] == '~' || !strings.Contains(m[2], "`")) {
			if least, hopeless := open[m[1][0]]; hopeless && len(m[1]) >= least {
				continue
			}
			if end = p.closing(i+1, m[1]); end < 0 {
				open[m[1][0]] = len(m[1])
			}
		} else if !uncommented && commentLine.MatchString(p.lines[i]) {
			end = p.commentEnd(i)
			uncommented = end < 0
		}
		for ; i <= end; i++ {
			p.hidden[i] = true
		}
		if end >= 0 {
			i--
		}
	}
}

func (p changelogText) closing(from int, mark string) int {
	for i := from; i < len(p.lines); i++ {
		m := fenceLine.FindStringSubmatch(p.lines[i])
		if m != nil && strings.HasPrefix(m[1], mark) && strings.TrimSpace(m[2]) == "" {
			return i
		}
	}
	return -1
}

func (p changelogText) commentEnd(from int) int {
	for i := from; i < len(p.lines); i++ {
		if strings.Contains(p.lines[i], "-->") {
			return i
		}
	}
	return -1
}

// readStructured: a style of heading, underlined or also overlined, is as deep as the
// order in which the text first uses it.
func (p *changelogText) readStructured() {
	styles := map[string]int{}
	level := func(style string) int {
		if styles[style] == 0 {
			styles[style] = len(styles) + 1
		}
		return styles[style]
	}
	for i := 0; i+1 < len(p.lines); i++ {
		over, under := rule(p.lines[i]), rule(p.lines[i+1])
		switch {
		case over != "" && i+2 < len(p.lines) && rule(p.lines[i+2]) == over && p.titled(i+1) && p.blankBefore(i):
			p.heads = append(p.heads, heading{i, i + 3, level(over + over), strings.TrimSpace(p.lines[i+1])})
			i += 2
		case under != "" && p.titled(i) && !strings.HasPrefix(p.lines[i], " ") && p.underlines(i):
			p.heads = append(p.heads, heading{i, i + 2, level(under), strings.TrimSpace(p.lines[i])})
			i++
		}
	}
}

// underlines says whether what stands under a line is long enough, and the line no
// part of a paragraph.
func (p changelogText) underlines(i int) bool {
	if _, _, ok := versionOf(p.lines[i], ""); ok {
		return true
	}
	under := strings.TrimRight(p.lines[i+1], " \t")
	return p.blankBefore(i) && (len(under) >= 4 || len(under) >= utf8.RuneCountInString(strings.TrimSpace(p.lines[i])))
}

func (p changelogText) titled(i int) bool {
	return strings.TrimSpace(p.lines[i]) != "" && rule(p.lines[i]) == ""
}
func (p changelogText) blankBefore(i int) bool {
	return i == 0 || strings.TrimSpace(p.lines[i-1]) == ""
}

// rule is the mark that a line is made of; "" if it is no rule.
func rule(line string) string {
	line = strings.TrimRight(line, " \t")
	if len(line) < 2 || !strings.ContainsRune("=-~^+*\"`#:.'_<>!$%&,/;?@|\\(){}[]", rune(line[0])) || strings.Trim(line, line[:1]) != "" {
		return ""
	}
	return line[:1]
}

// versionOf is the version that a heading begins with, and the rest of it. The
// project's own name may stand before it.
func versionOf(text, project string) (version, rest string, ok bool) {
	text = strings.TrimLeft(htmlTags.ReplaceAllString(text, ""), "[*_`( \t")
	if n := len(project); n > 0 && len(text) > n && pypi.NormalizeName(text[:n]) == pypi.NormalizeName(project) {
		if behind := strings.TrimLeft(text[n:], " \t-=:*_`["); len(behind) < len(text)-n {
			text = behind
		}
	}
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	version = strings.TrimRight(m[1], ".-_+!")
	_, err := pypi.ParseVersion(version)
	return version, m[2], err == nil
}

// bareVersion says whether a heading has nothing but a version, with its link and date.
func bareVersion(rest string) bool {
	rest = linkedTo.ReplaceAllString(strings.TrimLeft(rest, "*_`"), "")
	lower := strings.ToLower(rest)
	return strings.Trim(rest, " \t-–—/:,.()[]*_`") == "" || year.MatchString(rest) || strings.Contains(lower, "yanked") || strings.Contains(lower, "unreleased")
}
