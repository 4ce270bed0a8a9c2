package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ferry/flow"
)

// flags are shared by every command.
type flags struct {
	repo, remote, config string
	dryRun, plan         bool
	out                  string
	yes                  yes
	noInput              bool
	progress             string
	plain, json          bool
	events               string
	accessible, ascii    bool
	color                string
	timeout              time.Duration
	noWait, readOnly     bool
	by, pkg              string
	build                bool
	debug                string
	index                string // of verify alone
	notes                string // of release alone, as is the next
	editNotes            bool
}

func (f *flags) register(fs *pflag.FlagSet) {
	fs.StringVarP(&f.repo, "repo", "C", "", "work in `DIR` instead of here")
	fs.StringVar(&f.remote, "remote", "", "the git remote to release to")
	fs.StringVar(&f.config, "config", "", "the user's settings, instead of the usual `FILE`")
	fs.BoolVarP(&f.dryRun, "dry-run", "n", false, "read everything, show the plan with its commands, change nothing")
	fs.BoolVar(&f.plan, "plan", false, "like --dry-run; with -o the plan is saved")
	fs.StringVarP(&f.out, "output", "o", "", "with --plan: save the plan in `FILE`")
	fs.Var(&f.yes, "yes", "yes to shared steps; =VERSION: to everything, for just that version")
	fs.Lookup("yes").NoOptDefVal = bareYes
	fs.BoolVar(&f.noInput, "no-input", false, "never ask: stop with code 8 and name the flag that is missing")
	fs.StringVar(&f.progress, "progress", "", "auto, tui, lines, plain, json or quiet")
	fs.BoolVar(&f.plain, "plain", false, "short for --progress plain")
	fs.BoolVar(&f.json, "json", false, "short for --progress json")
	fs.StringVar(&f.events, "events", "", "write JSON events to `FILE|fd:N`, beside any face")
	fs.BoolVar(&f.accessible, "accessible", false, "sentences and numbered questions, for screen readers")
	fs.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	fs.StringVar(&f.color, "color", "", "auto, always or never")
	fs.DurationVar(&f.timeout, "timeout", 0, "stop waiting after this long, with code 8; nothing is stopped by it")
	fs.BoolVar(&f.noWait, "no-wait", false, "return where only waiting is left, with code 8")
	fs.BoolVar(&f.readOnly, "read-only", false, "refuse every step that others would feel")
	fs.StringVar(&f.by, "by", "", "branch, tag, release, dispatch or external; default: as the CI files say")
	fs.StringVar(&f.pkg, "package", "", "the package `NAME` of ferry.toml, in a repository of several")
	fs.BoolVar(&f.build, "build", false, "run the project's own build where only that knows the version")
	fs.StringVar(&f.debug, "debug", "", "write every request to CI and the index to `FILE`; no secret is in it")
}

// bareYes is what pflag sets for --yes alone, and what the help shows: --yes[=VERSION].
// Whoever types that very word gets the lesser yes.
const bareYes = "VERSION"

// yes is --yes or --yes=VERSION.
type yes struct {
	set     bool
	version string
}

func (y *yes) String() string { return y.version }
func (*yes) Type() string     { return "" } // the help shows bareYes
func (y *yes) Set(s string) error {
	y.set = true
	if s != bareYes {
		y.version = s
		if s == "" {
			return fmt.Errorf("--yes= needs a version; --yes alone covers only steps that lead to nothing permanent")
		}
	}
	return nil
}

// settings are the flags that stand for settings.
func (f *flags) settings() map[string]string {
	out := map[string]string{}
	if f.remote != "" {
		out["release.remote"] = f.remote
	}
	if f.by != "" {
		out["release.trigger"] = f.by
	}
	if f.index != "" {
		out["release.index"] = f.index
	}
	if f.notesWord() {
		out["release.notes"] = f.notes
	}
	if f.timeout > 0 {
		out["release.timeout"] = f.timeout.String()
	}
	return out
}

// check refuses what cannot be meant.
func (f *flags) check() error {
	faces := []string{"", "auto", "tui", "lines", "plain", "json", "quiet"}
	switch {
	case !oneOf(f.progress, faces):
		return usageError(fmt.Errorf("--progress %s: want %s", f.progress, strings.Join(faces[1:], ", ")), "ferry --help")
	case !oneOf(f.color, []string{"", "auto", "always", "never"}):
		return usageError(fmt.Errorf("--color %s: want auto, always or never", f.color), "ferry --help")
	case f.plain && f.json:
		return usageError(fmt.Errorf("--plain and --json exclude each other; --events FILE writes JSON beside any face"), "ferry --help")
	case f.timeout < 0:
		return usageError(fmt.Errorf("--timeout %s is negative", f.timeout), "ferry --help")
	case f.out != "" && !f.plan:
		return usageError(fmt.Errorf("-o goes with --plan"), "ferry release --plan -o FILE")
	}
	return nil
}

func oneOf(s string, of []string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

var errReadOnly = &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Text: "Refused: --read-only allows no step that others would feel",
	Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry release"}}
