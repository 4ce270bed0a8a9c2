package cli

import (
	"strings"
	"testing"
	"time"
)

// TestAgain: the flags that were given are those to be asked again with.
func TestAgain(t *testing.T) {
	for given, want := range map[string][2]string{
		"":                                   {"", ""},
		"--dist|my dist|--rebuild|--wait|9m": {"--dist|my dist|--rebuild", ""},
		"--index=corp|--json":                {"--index|corp|--json", ""},
		"-C|there|--package|core|--config|x": {"--config|x|--package|core|--repo|there", "--config|x|--package|core|--repo|there"},
		"--rebuild=false|--dist=-d|--yes":    {"--dist=-d|--rebuild=false", ""},
	} {
		cmd, _, err := newCommands(App{}).root().Find([]string{"verify"})
		if err == nil && given != "" {
			err = cmd.ParseFlags(strings.Split(given, "|"))
		}
		if err != nil {
			t.Fatal(err)
		}
		a := again(cmd, time.Minute)
		if flags, where := strings.Join(a.Flags, "|"), strings.Join(a.Where, "|"); flags != want[0] || where != want[1] || a.Wait != time.Minute {
			t.Errorf("%s: %q and %q, want %q", given, flags, where, want)
		}
	}
}
