package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui"
	"ferry/ui/plain"
)

// home is the program without a command: the home screen, or the status where
// there is no terminal to draw on.
func (c *commands) home(cmd *cobra.Command) error {
	if c.face() == faceTUI {
		return c.screen(cmd.Context(), &screen{}, ui.StartHome)
	}
	return c.showStatus(flow.WithReading(cmd.Context()), false)
}

// screen runs the full-screen program and leaves a few lines behind.
func (c *commands) screen(ctx context.Context, s *screen, start ui.Start) error {
	if !terminal(c.Err) {
		return usageError(errors.New("--progress tui needs a terminal on standard error"), "ferry release --plain")
	}
	s.commands = c
	dir := c.flags.repo
	if dir == "" {
		dir, _ = os.Getwd()
	}
	out, err := ui.Run(ctx, ui.Options{Open: s.open, Onboard: s.onboard, Recover: s.recovering, Start: start, Dir: c.tilde(dir), ASCII: c.ascii(), Color: c.color(), Motion: c.settings().Motion && c.Env("SSH_CONNECTION") == "",
		Browser: c.browser(), In: c.In, Out: c.App.Err, Now: time.Now})
	s.close(err)
	for _, line := range out.Lines {
		fmt.Fprintln(c.Err, line)
	}
	c.told = true
	if err == nil && s.released {
		err = plain.Final(c.Out, s.v.target.Name, s.v.target.Version, s.v.links()["project"])
	}
	return err
}

// tilde shortens the home folder as people do.
func (c *commands) tilde(dir string) string {
	if home := c.Env("HOME"); home != "" && strings.HasPrefix(dir, home+"/") {
		return "~" + strings.TrimPrefix(dir, home)
	}
	return dir
}

// desktop is what a browser may see of the environment: where it draws and what
// it belongs to. The tokens beside it are not for it.
var desktop = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TMPDIR", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
	"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
	"XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "WSL_DISTRO_NAME", "WSL_INTEROP",
	"SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES"}

// browser opens a page in the user's browser; nil where there is none to open.
func (c *commands) browser() func(string) error {
	program := c.Env("BROWSER")
	if program == "" {
		program = map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	}
	if program == "" && (c.Env("DISPLAY") != "" || c.Env("WAYLAND_DISPLAY") != "") {
		program = "xdg-open"
	}
	if _, err := exec.LookPath(program); program == "" || err != nil {
		return nil
	}
	return func(url string) error {
		if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			return fmt.Errorf("not an address of the web")
		}
		cmd := exec.Command(program, url) //nolint:noctx // the browser outlives us
		cmd.Env = keyring.Only(c.Env, desktop...)
		return cmd.Start()
	}
}

// screen is what the full-screen program asks of the command line.
type screen struct {
	*commands
	version  string
	trial    bool              // a release to the index to try out on
	given    map[string]string // answers of a set-up
	answers  map[string]string // that its last plan was made by
	v        voyage
	faces    *faces
	released bool // a run came to its end
	setUp    bool // a repository was set up
	salvage  *salvage
}

func (s *screen) open(ctx context.Context, ask ui.Person) (*ui.Session, error) {
	s.ask = ask
	embark := func(ctx context.Context) (voyage, error) { return s.embark(ctx, s.version) }
	if s.trial {
		embark = s.rehearsal
	}
	v, err := embark(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	if err := s.rightYes(v); err != nil {
		return nil, err
	}
	if v.Config.Origin("release.timeout") == "default" {
		v = v.patient()
	}
	s.v = v
	session := s.sessionOf(v, s.run)
	session.Survey, session.Restart, session.Cancel, session.Watch, session.Undo = s.survey, s.restart(), s.cancel(), s.watch, s.undo
	return session, nil
}

// patient: a person who watches needs no time limit.
func (v voyage) patient() voyage {
	nodes := append([]flow.Node(nil), v.plan.Nodes...)
	for i := range nodes {
		nodes[i].Limit = 0
	}
	v.plan.Nodes = nodes
	return v
}

func (v voyage) trigger() string {
	ref := strings.TrimPrefix(v.target.Ref, "refs/")
	tag, tagged := strings.CutPrefix(ref, "tags/")
	switch {
	case tagged && v.target.By == "release":
		return "release " + tag
	case tagged:
		return "tag " + tag
	}
	return "branch " + strings.TrimPrefix(ref, "heads/")
}

func (s *screen) survey(ctx context.Context) (ui.Survey, error) {
	ctx = flow.WithReading(ctx) // what is half done is told of the same one
	fs, err := s.engine(s.v, nil, nil).Survey(ctx, s.v.plan)
	out := ui.Survey{Findings: fs, At: time.Now()}
	if err == nil {
		out.InFlight, out.Searched = s.halfDone(ctx)
	}
	for _, f := range plain.Facts(fs) {
		if latest, ok := strings.CutPrefix(f.Says, "newest is "); ok {
			out.Latest = latest
		}
	}
	return out, err
}

// run lets the engine go on, and writes its events where the flags want them.
func (s *screen) run(ctx context.Context, sink flow.Sink, ask flow.Ask) error {
	if err := s.opened(); err != nil {
		return err
	}
	both := func(ev flow.Event) {
		s.faces.sink(ev)
		sink(ev)
	}
	if s.flags.yes.set {
		ask = plain.NewAsker(plain.AskOptions{Yes: s.flags.yes.version, YesSet: true, Version: s.v.target.Version, NoInput: s.flags.noInput, Out: s.Err})
	}
	err := s.engine(s.v, both, ask).Run(ctx, s.v.plan)
	s.released = err == nil
	return err
}

// opened opens what is told of the runs of this screen, once.
func (s *screen) opened() error {
	if s.faces != nil {
		if s.faces.more { // it was prepared in lines; the rest is drawn
			s.faces.lines, s.faces.drawn = nil, true
			s.faces.turn(s.v)
		}
		return nil
	}
	f, err := s.commands.faces(s.v, s.v.plan, "release", faceTUI)
	if err != nil {
		return err
	}
	f.record(s.v)
	s.faces = f
	return nil
}

func (s *screen) close(err error) {
	if s.faces != nil {
		s.faces.more = false
		s.faces.close(err)
	}
}
