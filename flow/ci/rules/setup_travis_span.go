package rules

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// splice puts a text in the place of the bytes from one offset up to another.
type splice struct {
	from, to int
	text     string
	name     string // the changes that it is part of, with blanks between
}

// setupText is a file while it is changed: with plain line ends and one at its
// end, so that every line is whole.
type setupText struct {
	src     string
	lines   travisLines
	starts  []int // offset of each line, and of the end
	splices []splice
	blank   bool                    // a blank line parts the sections
	notes   map[int]string          // that were written, by the line below them
	wrapped int                     // the line whose value moves below it
	gone    map[*yaml.Node][]string // the keys that each mapping loses
	coming  map[*yaml.Node]int      // how many it is still to get
}

func newSetupText(src string) *setupText {
	x := &setupText{src: src, lines: linesOf([]byte(src)), starts: []int{0}, notes: map[int]string{}, gone: map[*yaml.Node][]string{}, coming: map[*yaml.Node]int{}}
	for i := range len(src) {
		if src[i] == '\n' {
			x.starts = append(x.starts, i+1)
		}
	}
	return x
}

// plainEnds gives a text with plain line ends and one at its end, and the way back.
func plainEnds(text []byte) (string, func(string) []byte) {
	windows, open := bytes.Contains(text, []byte("\r\n")), len(text) > 0 && !bytes.HasSuffix(text, []byte("\n"))
	src := strings.ReplaceAll(string(text), "\r\n", "\n")
	if open {
		src += "\n"
	}
	return src, func(now string) []byte {
		if open {
			now = strings.TrimSuffix(now, "\n")
		}
		if windows {
			now = strings.ReplaceAll(now, "\n", "\r\n")
		}
		return []byte(now)
	}
}

// start gives the offset at which a line begins, counted from 1.
func (x *setupText) start(line int) int {
	return x.starts[min(max(line-1, 0), len(x.starts)-1)]
}

// offset is where a node begins; -1 if that is not to be seen.
func (x *setupText) offset(n *yaml.Node) int {
	line := []rune(x.lines.at(n.Line))
	if n.Column < 1 || n.Column-1 > len(line) {
		return -1
	}
	return x.start(n.Line) + len(string(line[:n.Column-1]))
}

// lineOf gives the line of an offset.
func (x *setupText) lineOf(at int) int {
	return sort.SearchInts(x.starts, at+1)
}

// depth is how deep lines that are put in stand. An item stands deeper than a key
// of its column, which can only follow the list.
func (s splice) depth() int {
	text := strings.TrimLeft(s.text, "\n")
	depth := 2 * indentOf(text)
	if strings.HasPrefix(strings.TrimLeft(text, " "), "# ") && strings.Count(text, "\n") == 1 {
		return -1
	}
	if strings.HasPrefix(strings.TrimLeft(text, " "), "- ") {
		depth++
	}
	return depth
}

func (x *setupText) splice(from, to int, text, name string) {
	x.splices = append(x.splices, splice{from, to, text, name})
}

// insert puts whole lines in before a line.
func (x *setupText) insert(before int, lines []string, name string) {
	at := x.start(before)
	x.splice(at, at, strings.Join(lines, "\n")+"\n", name)
}

// order sorts the splices by place. Of what is put in at one place the deeper
// comes first: it ends a section that the other follows; a comment stays above its
// line. It is false where two of them overlap.
func (x *setupText) order() bool {
	slices.SortStableFunc(x.splices, func(a, b splice) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(b.depth(), a.depth()))
	})
	end := 0
	for _, s := range x.splices {
		if s.from < end || s.to < s.from {
			return false
		}
		end = s.to
	}
	return true
}

// apply gives the text with the splices from one offset up to another.
func (x *setupText) apply(from, to int, splices []splice) string {
	var out strings.Builder
	for _, s := range splices {
		out.WriteString(x.src[from:s.from] + s.text)
		from = s.to
	}
	out.WriteString(x.src[from:to])
	return out.String()
}

// LineChange is one place of a file that is changed, with what was there: a
// password in clear too, which WithoutSecrets masks.
type LineChange struct {
	Edit
	Was   []string
	Names []string // of the changes that it is part of
}

// changes puts ordered splices into edits of whole lines.
func (x *setupText) changes() []LineChange {
	var out []LineChange
	for i := 0; i < len(x.splices); {
		first, last := x.touched(x.splices[i])
		j := i + 1
		for ; j < len(x.splices); j++ {
			f, l := x.touched(x.splices[j])
			if f > last+1 {
				break
			}
			last = max(last, l)
		}
		out = append(out, x.change(first, last, x.splices[i:j]))
		i = j
	}
	return out
}

// touched gives the lines that a splice changes; none where it puts lines in.
func (x *setupText) touched(s splice) (first, last int) {
	first, last = x.lineOf(s.from), x.lineOf(s.to)
	ended := strings.HasSuffix(s.text, "\n") || s.text == "" && s.from == x.start(first)
	if s.to == x.start(last) && ended {
		last--
	}
	return first, last
}

func (x *setupText) change(first, last int, splices []splice) LineChange {
	from, to := x.start(first), x.start(last+1)
	now := x.apply(from, to, splices)
	c := LineChange{Edit: Edit{File: travisFile, First: first, Last: last}}
	if now != "" {
		c.Lines = strings.Split(strings.TrimSuffix(now, "\n"), "\n")
	}
	if last >= first {
		c.Was = slices.Clone(x.lines[first-1 : last])
	}
	for _, s := range splices {
		c.Names = addNames(c.Names, s.name)
	}
	return c
}

// addNames adds names that stand in one text to a list, each once.
func addNames(list []string, names string) []string {
	for _, name := range strings.Fields(names) {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
