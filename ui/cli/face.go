package cli

import (
	"os"
	"strings"

	"golang.org/x/term"

	"ferry/flow/config"
)

// The faces.
const (
	faceTUI   = "tui"
	faceLines = "lines"
	facePlain = "plain"
	faceJSON  = "json"
	faceQuiet = "quiet"
)

// face picks how a run is shown: what was asked for, else what the terminal can.
func (c *commands) face() string {
	if f := c.asked(); f != "" && f != "auto" {
		return f
	}
	person := terminal(c.In) && terminal(c.Err)
	if f := c.settings().Face; f != "auto" && (f != faceTUI || person) {
		return f
	}
	switch {
	case !person || c.Env("CI") != "" || c.flags.noInput:
		return facePlain
	case truthy(c.Env("ACCESSIBLE")), c.settings().Accessible, truthy(c.Env("GH_ACCESSIBLE_PROMPTER")),
		oneOf(c.Env("TERM"), []string{"", "dumb"}), c.Env("INSIDE_EMACS") != "":
		return faceLines
	}
	if w, h, err := term.GetSize(int(c.Err.Fd())); err == nil && (w < 60 || h < 16) {
		return faceLines
	}
	return faceTUI
}

func (c *commands) asked() string {
	switch {
	case c.flags.plain:
		return facePlain
	case c.flags.json:
		return faceJSON
	case c.flags.progress != "":
		return c.flags.progress
	case c.flags.accessible:
		return faceLines
	}
	return ""
}

// settings are the user's own about faces. They are wanted before a checkout is
// open; what is wrong with their file is said when it is.
func (c *commands) settings() config.UI {
	if c.ui == nil {
		conf, err := config.Load(config.Sources{User: c.flags.config, Env: c.Env})
		if err != nil {
			conf.UI = config.UI{Face: "auto", Color: "auto", Motion: true}
		}
		c.ui = &conf.UI
	}
	return *c.ui
}

// Terminal says whether a file is a terminal.
func Terminal(f *os.File) bool { return terminal(f) }

func terminal(f interface{ Fd() uintptr }) bool { return term.IsTerminal(int(f.Fd())) }

func truthy(s string) bool { return s != "" && s != "0" && !strings.EqualFold(s, "false") }

// color says whether to colour, by the flag, then NO_COLOR, then the rest of the
// environment. Nothing is asked of the terminal.
func (c *commands) color() bool {
	switch {
	case c.flags.color == "always":
		return true
	case c.flags.color == "never", c.Env("NO_COLOR") != "", c.settings().Color == "never":
		return false
	case c.settings().Color == "always":
		return true
	case truthy(c.Env("CLICOLOR_FORCE")), truthy(c.Env("FORCE_COLOR")):
		return true
	}
	return c.Env("CLICOLOR") != "0" && c.Env("TERM") != "dumb"
}

// ascii says whether to draw with ASCII only: where the locale is not UTF-8, or
// where box glyphs take two cells.
func (c *commands) ascii() bool {
	if c.flags.ascii || c.settings().ASCII {
		return true
	}
	locale := c.Env("LANG")
	for _, name := range []string{"LC_CTYPE", "LC_ALL"} {
		if v := c.Env(name); v != "" {
			locale = v
		}
	}
	locale = strings.ToLower(locale)
	wide := strings.HasPrefix(locale, "zh") || strings.HasPrefix(locale, "ja") || strings.HasPrefix(locale, "ko")
	return wide || !strings.Contains(strings.ReplaceAll(locale, "-", ""), "utf8")
}
