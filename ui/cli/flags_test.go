package cli

import (
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/pflag"
)

// TestFlagsAreReadable: every line of the shared flags fits a terminal, and --yes
// shows what may follow it.
func TestFlagsAreReadable(t *testing.T) {
	var f flags
	fs := pflag.NewFlagSet("ferry", pflag.ContinueOnError)
	f.register(fs)
	help := fs.FlagUsages()
	for line := range strings.Lines(help) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 100 || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if !strings.Contains(help, "--yes[=VERSION] ") {
		t.Errorf("how --yes is written is not shown:\n%s", help)
	}
}

// TestYes: alone it names no version, and so covers nothing permanent.
func TestYes(t *testing.T) {
	for arg, want := range map[string]yes{"--yes": {set: true}, "--yes=1.4.0": {set: true, version: "1.4.0"}, "--yes=VERSION": {set: true}, "--plan": {}} {
		var f flags
		fs := pflag.NewFlagSet("ferry", pflag.ContinueOnError)
		f.register(fs)
		if err := fs.Parse([]string{arg}); err != nil || f.yes != want {
			t.Errorf("%s: %+v, %v", arg, f.yes, err)
		}
	}
}
