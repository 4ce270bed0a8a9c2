package widget

import (
	"strings"

	"ferry/ui/style"
)

// Mark is how far a step is.
type Mark int

// The marks, each with a glyph and, where it is not plain, a word.
const (
	MarkWait Mark = iota
	MarkRun
	MarkOK
	MarkFail
	MarkUnknown
	MarkPast // was not met, and does not matter any more
)

// Glyph is the sign of a mark, in its colour.
func (m Mark) Glyph(st style.Style) string {
	switch m {
	case MarkRun:
		return st.Busy(st.Run)
	case MarkOK:
		return st.Good(st.OK)
	case MarkFail:
		return st.Bad(st.Fail)
	case MarkUnknown:
		return st.Warn(st.Unknown)
	case MarkPast:
		return st.Faint(st.Past)
	}
	return st.Faint(st.Wait)
}

// Step is one entry of Steps.
type Step struct {
	Name   string
	Mark   Mark
	Time   string   // how long it took
	Detail []string // shown under the name where there is room
}

// Steps is the list of steps: a line on small screens, a column on wide ones.
type Steps struct {
	Items  []Step
	Cursor int  // the step whose detail is shown
	Dense  bool // no air between the steps of a column
}

// Line draws the steps on as few lines as the width allows.
func (s Steps) Line(st style.Style, width int) []string {
	var lines []string
	cur := ""
	for i, it := range s.Items {
		t := it.Mark.Glyph(st) + " " + s.name(st, i) + word(st, it)
		if it.Time != "" {
			t += " " + it.Time
		}
		switch {
		case cur == "":
			cur = " " + t
		case Width(cur)+3+Width(t) <= width:
			cur += "   " + t
		default:
			lines, cur = append(lines, cur), " "+t
		}
	}
	return append(lines, cur)
}

func (s Steps) name(st style.Style, i int) string {
	switch {
	case i == s.Cursor:
		return st.Bold(s.Items[i].Name)
	case s.Items[i].Mark == MarkWait:
		return st.Faint(s.Items[i].Name)
	}
	return s.Items[i].Name
}

// word is said only where the glyph alone would be overlooked.
func word(st style.Style, it Step) string {
	switch it.Mark {
	case MarkFail:
		return " " + st.Bad("FAILED")
	case MarkUnknown:
		return " " + st.Warn("unknown")
	}
	return ""
}

// Column draws the steps below each other, with their details.
func (s Steps) Column(st style.Style, width int) []string {
	var out []string
	for i, it := range s.Items {
		mark := " "
		if i == s.Cursor {
			mark = st.Cursor
		}
		left := mark + it.Mark.Glyph(st) + " " + s.name(st, i) + word(st, it)
		if !s.Dense {
			out = append(out, "")
		}
		out = append(out, Ends(st, left, it.Time, width-1))
		for _, d := range it.Detail {
			for _, l := range Wrap(d, width-4) {
				out = append(out, "   "+st.Faint(strings.TrimSpace(l)))
			}
		}
	}
	return out
}
