package visible

import (
	"regexp"
	"strings"
)

// colour is a complete "select graphic rendition" sequence. It is the one thing
// that may be dropped rather than shown: it changes colours and nothing else,
// and CI logs are full of it.
var colour = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// Log gives the lines of a log: colours are dropped, and every carriage return
// starts a line, so that a progress bar cannot write over what stood before it.
func Log(s string) []string {
	s = colour.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return Lines(strings.ReplaceAll(s, "\r", "\n"))
}
