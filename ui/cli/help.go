package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is how wide the text of a help is at most.
const helpWidth = 100

// wrapHelp breaks the long texts of a command, and of all below it, anew. An empty
// line stays between paragraphs.
func wrapHelp(cmd *cobra.Command) {
	var out []string
	for part := range strings.SplitSeq(cmd.Long, "\n\n") {
		out = append(out, wrapWords(part))
	}
	cmd.Long = strings.Join(out, "\n\n")
	for _, sub := range cmd.Commands() {
		wrapHelp(sub)
	}
}

func wrapWords(text string) string {
	var out strings.Builder
	width := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case width == 0:
		case width+1+len(word) > helpWidth:
			out.WriteByte('\n')
			width = 0
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += len(word)
	}
	return out.String()
}
