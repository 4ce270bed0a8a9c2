package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpFits: no line of a help's text is wider than a page, and none is lost.
func TestHelpFits(t *testing.T) {
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, text := range []string{cmd.Long, cmd.Short} {
			for line := range strings.Lines(text) {
				if len(strings.TrimRight(line, "\n")) > helpWidth {
					t.Errorf("%s: %d columns: %s", cmd.CommandPath(), len(line), line)
				}
			}
		}
		for _, sub := range cmd.Commands() {
			look(sub)
		}
	}
	root := newCommands(App{}).root()
	look(root)
	if !strings.Contains(root.Long, "keeps no state") {
		t.Errorf("the text is lost: %q", root.Long)
	}
}
