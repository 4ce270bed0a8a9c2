package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ferry/ui/style"
)

// LogLines is how many lines of one log are kept.
const LogLines = 5000

// Log is a pane that shows the end of a text that grows. Only the lines that
// are seen are ever measured. Lines are counted from 0, and keep their number
// when older ones fall out of the ring.
type Log struct {
	Fails func(line string) bool // whether a line tells of a failure; nil: none does

	ring  []string
	next  int // where the next line goes, once the ring is full
	total int // lines that ever came

	top     int // first line shown while not following
	rows    int // height of the last View
	still   bool
	find    string // lower case
	found   int    // the line that was found last
	fail    int    // the failing line that was gone to, from 1; 0: none
	changed int
	cache   struct {
		at, width, rows int
		lines           []string
	}
}

// Append takes lines in, after skipped ones that are not kept.
func (l *Log) Append(skipped int, lines []string) {
	l.changed++
	if skipped > 0 { // what lies before a gap is too old to be kept
		l.ring, l.next, l.total = l.ring[:0], 0, l.total+skipped
	}
	for _, s := range lines {
		l.total++
		if len(l.ring) < LogLines {
			l.ring = append(l.ring, s)
			continue
		}
		l.ring[l.next] = s
		l.next = (l.next + 1) % LogLines
	}
}

// Len is how many lines ever came.
func (l *Log) Len() int { return l.total }

// Following says whether the newest line stays in view.
func (l *Log) Following() bool { return !l.still }

func (l *Log) first() int { return l.total - len(l.ring) }

func (l *Log) line(i int) string { return l.ring[(l.next+i-l.first())%len(l.ring)] }

// By scrolls by n lines. At the end the pane follows again.
func (l *Log) By(n int) {
	l.changed++
	end := max(l.total-l.rows, l.first())
	if !l.still {
		l.top = end
	}
	l.top = max(l.first(), min(l.top+n, end))
	l.still = l.top < end
}

// Page is how far half a page goes.
func (l *Log) Page() int { return max(1, l.rows/2) }

// Top shows the oldest line that is kept, End the newest.
func (l *Log) Top() { l.By(-l.total) }

// End follows.
func (l *Log) End() { l.still, l.fail = false, 0; l.changed++ }

// Fail goes to the next line that tells of a failure, forward (1) or back (-1);
// from the end, if it was at none yet.
func (l *Log) Fail(dir int) bool {
	at := l.fail - 1
	if l.fail == 0 {
		at, dir = l.total, -1
	}
	for i := at + dir; l.Fails != nil && i >= l.first() && i < l.total; i += dir {
		if l.Fails(l.line(i)) {
			l.fail = i + 1
			l.reveal(i)
			return true
		}
	}
	return false
}

// Find looks for text, whatever its case, from the newest line back, and says
// whether it is there. An empty text clears the search.
func (l *Log) Find(text string) bool {
	l.find, l.changed = strings.ToLower(text), l.changed+1
	if text == "" {
		return true
	}
	l.found = l.total
	return l.Next(-1)
}

// Finding is the text that is looked for.
func (l *Log) Finding() string { return l.find }

// Next goes to the next line with the text, forward (1) or back (-1).
func (l *Log) Next(dir int) bool {
	if l.find == "" {
		return false
	}
	for i := l.found + dir; i >= l.first() && i < l.total; i += dir {
		if strings.Contains(strings.ToLower(l.line(i)), l.find) {
			l.show(i)
			return true
		}
	}
	return false
}

func (l *Log) show(i int) {
	l.found = i
	l.reveal(i)
}

// reveal brings a line into the middle of the view.
func (l *Log) reveal(i int) {
	l.still = true
	l.top = max(l.first(), i-l.rows/2)
	l.changed++
}

// View gives exactly rows lines.
func (l *Log) View(st style.Style, width, rows int) []string {
	c := &l.cache
	if c.lines != nil && c.at == l.changed && c.width == width && c.rows == rows {
		return c.lines
	}
	l.rows = rows
	top := max(l.first(), l.total-rows)
	if l.still {
		top = max(l.first(), min(l.top, top))
	}
	out := make([]string, max(rows, 0))
	for i := range out {
		if top+i < l.total {
			out[i] = l.draw(st, top+i, width)
		}
	}
	c.at, c.width, c.rows, c.lines = l.changed, width, rows, out
	return out
}

func (l *Log) draw(st style.Style, i, width int) string {
	s := Cut(st, st.Plain(l.line(i)), width)
	if l.fail == i+1 && l.find == "" {
		return st.Bold(ansi.Strip(s))
	}
	if l.find == "" || l.found != i {
		return s
	}
	at := strings.Index(strings.ToLower(s), l.find)
	if at < 0 || len(strings.ToLower(s)) != len(s) {
		return st.Reverse(ansi.Strip(s))
	}
	return s[:at] + st.Reverse(s[at:at+len(l.find)]) + s[at+len(l.find):]
}
