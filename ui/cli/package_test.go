package cli

import (
	"errors"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/config"
)

// TestPackageIsChosen: by the flag, or because there is only one.
func TestPackageIsChosen(t *testing.T) {
	two := map[string]config.Package{"core": {Path: "packages/core"}, "cli": {Path: "packages/cli"}}
	for name, c := range map[string]struct {
		flag        string
		packages    map[string]config.Package
		want, tells string
	}{
		"none":               {},
		"the only one":       {packages: map[string]config.Package{"core": {Path: "core"}}, want: "core"},
		"one of two":         {flag: "cli", packages: two, want: "packages/cli"},
		"two, none named":    {packages: two, tells: "several packages: cli, core"},
		"another":            {flag: "gui", packages: two, tells: "names only cli, core"},
		"none, one is named": {flag: "gui", tells: "ferry.toml names no package"},
	} {
		t.Run(name, func(t *testing.T) {
			commands := newCommands(App{})
			commands.flags.pkg = c.flag
			got, err := commands.folder(config.Config{Package: c.packages})
			var p *flow.Problem
			if errors.As(err, &p) {
				if c.tells == "" || !strings.Contains(p.Text, c.tells) || len(p.Next) == 0 || len(p.Now) == 0 {
					t.Errorf("%+v", p)
				}
				return
			}
			if err != nil || got != c.want || c.tells != "" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
