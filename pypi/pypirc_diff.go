package pypi

import "fmt"

const rcContext = 3

// Diff gives a unified diff of two files, its lines masked. A password that
// changes shows as a line that goes and one that comes, both masked.
func (p Pypirc) Diff(now Pypirc) []string {
	d := rcDiff{old: p.doc(), now: now.doc()}
	d.compare()
	return d.hunks()
}

// rcChange is a line of the diff: ' ', '-' or '+', and its place in both files.
type rcChange struct {
	mark byte
	a, b int
}

type rcDiff struct {
	old, now *rcDoc
	changes  []rcChange
}

func (d *rcDiff) same(a, b int) bool {
	la, lb := d.old.lines[a], d.now.lines[b]
	return string(d.old.data[la.from:la.next]) == string(d.now.data[lb.from:lb.next])
}

// compare is greedy: an edit of ours keeps nearly every line in its place, so
// the nearest pair of equal lines is the right one to go on from.
func (d *rcDiff) compare() {
	a, b := 0, 0
	for a < len(d.old.lines) || b < len(d.now.lines) {
		da, db := d.next(a, b)
		for range da {
			d.changes = append(d.changes, rcChange{'-', a, b})
			a++
		}
		for range db {
			d.changes = append(d.changes, rcChange{'+', a, b})
			b++
		}
		if a < len(d.old.lines) && b < len(d.now.lines) {
			d.changes = append(d.changes, rcChange{' ', a, b})
			a, b = a+1, b+1
		}
	}
}

// next is how many lines to leave out on both sides until two are the same.
func (d *rcDiff) next(a, b int) (int, int) {
	na, nb := len(d.old.lines)-a, len(d.now.lines)-b
	for sum := range na + nb {
		for da := max(0, sum-nb+1); da <= min(sum, na-1); da++ {
			if d.same(a+da, b+sum-da) {
				return da, sum - da
			}
		}
	}
	return na, nb
}

func (d *rcDiff) hunks() []string {
	var out []string
	for at := 0; at < len(d.changes); {
		if d.changes[at].mark == ' ' {
			at++
			continue
		}
		from, to := max(0, at-rcContext), d.end(at)
		out = append(out, d.hunk(from, min(to+rcContext, len(d.changes)))...)
		at = min(to+rcContext, len(d.changes))
	}
	return out
}

// end is behind the last change that is near enough to be in the same hunk.
func (d *rcDiff) end(at int) int {
	end := at + 1
	for i := end; i < len(d.changes) && i <= end+2*rcContext; i++ {
		if d.changes[i].mark != ' ' {
			end = i + 1
		}
	}
	return end
}

func (d *rcDiff) hunk(from, to int) []string {
	var lines []string
	var olds, news int
	for _, c := range d.changes[from:to] {
		text := ""
		switch c.mark {
		case '+':
			text, news = d.now.masked(c.b), news+1
		case '-':
			text, olds = d.old.masked(c.a), olds+1
		default:
			text, olds, news = d.old.masked(c.a), olds+1, news+1
		}
		lines = append(lines, string(c.mark)+text)
	}
	first := d.changes[from]
	head := fmt.Sprintf("@@ -%s +%s @@", hunkRange(first.a, olds), hunkRange(first.b, news))
	return append([]string{head}, lines...)
}

func hunkRange(at, n int) string {
	if n == 0 {
		return fmt.Sprintf("%d,0", at)
	}
	return fmt.Sprintf("%d,%d", at+1, n)
}
