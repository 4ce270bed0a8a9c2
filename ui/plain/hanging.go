package plain

import (
	"strings"

	"ferry/ui/visible"
)

// narrowest is the least that is left for text beside an indent.
const narrowest = 24

// hanging breaks a line at spaces to at most width cells, where a word fits at all:
// addresses and paths stay whole. Further lines are indented. A width of 0, or one
// that leaves no room, breaks nothing: the terminal does.
func hanging(text string, width, indent int) []string {
	if width < indent+narrowest {
		return []string{text}
	}
	var out []string
	for {
		head, rest := broken(text, width, indent)
		out = append(out, head)
		if rest == "" {
			return out
		}
		text = strings.Repeat(" ", indent) + rest
	}
}

// broken gives the longest beginning that fits, and the rest. The indent is never
// the place to break at.
func broken(text string, width, indent int) (head, rest string) {
	if visible.Limit(text, width, "") == text {
		return text, ""
	}
	at := strings.LastIndexByte(visible.Limit(text, width+1, ""), ' ')
	if at <= indent {
		after := strings.IndexByte(text[min(indent+1, len(text)):], ' ')
		if after < 0 {
			return text, ""
		}
		at = indent + 1 + after
	}
	return strings.TrimRight(text[:at], " "), strings.TrimLeft(text[at:], " ")
}
