package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/visible"
)

// Pypirc is a person's ~/.pypirc, opened by main. The types are aliases of
// plain structs: the package that knows the file has the same ones.
type Pypirc interface {
	View() PypircView
	// Plan edits the text and proves the edit. Nothing is written before the
	// change's Write is called.
	Plan(write []PypircWish, remove []string, migrate, replace bool) (PypircChange, error)
}

// What the file says, as it may be shown.
type (
	PypircView = struct {
		Path     string          `json:"path"`
		Target   string          `json:"target"` // where a symbolic link leads; else the path again
		Exists   bool            `json:"exists"`
		Mode     string          `json:"mode"` // octal; "" if there is no file
		Indexes  []PypircIndex   `json:"indexes"`
		Findings []PypircFinding `json:"findings"`
	}
	PypircIndex = struct {
		Name       string `json:"name"`
		Line       int    `json:"line"`   // of its section
		Listed     bool   `json:"listed"` // twine reads only listed sections
		Repository string `json:"repository"`
		Username   string `json:"username"`
		Password   bool   `json:"password"` // whether there is one
		Until      string `json:"until"`    // NAME VERSION of the release with which it goes; "" if it stays
	}
	PypircFinding = struct {
		Code string `json:"code"`
		Line int    `json:"line"` // 0: about the file
		Text string `json:"text"`
	}
)

// What is to be written, and what would come of it.
type (
	PypircWish = struct {
		Name, Repository string
		Password         keyring.Secret // empty: without password
		Until            string         // NAME VERSION of the release with which it goes; "" if it stays
	}
	PypircChange = struct {
		Diff  []string                 // unified, masked; empty if nothing changes
		Write func() ([]string, error) // gives what the new file did not take over from the old
	}
)

func (c *commands) pypirc() *cobra.Command {
	cmd := &cobra.Command{
		Use: "pypirc", Short: "~/.pypirc, where twine and others look for indexes and passwords",
		Long: "Show ~/.pypirc with its secrets masked, or write and remove the sections of indexes. Only the lines of\n" +
			"those sections change; the file is replaced as a whole, readable for you alone, or not at all.",
		Example: "  ferry pypirc show\n  ferry pypirc write --index testpypi\n  ferry pypirc write --without-password\n  ferry pypirc remove --index pypi",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.pypircShow(), c.pypircWrite(), c.pypircRemove())
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
	return cmd
}

func (c *commands) pypircShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "the sections, what is odd about them, and who may read them; no secret", Args: cobra.NoArgs,
		Example: "  ferry pypirc show\n  ferry pypirc show --json",
		RunE: func(*cobra.Command, []string) error {
			if err := c.flags.check(); err != nil {
				return err
			}
			f, err := c.openPypirc()
			if err != nil {
				return err
			}
			if err := c.showPypirc(f.View()); err != nil {
				return outputError(err)
			}
			return nil
		},
	}
}

func (c *commands) openPypirc() (Pypirc, error) {
	f, err := c.Pypirc()
	if err != nil {
		return nil, pypircProblem(err)
	}
	return f, nil
}

func (c *commands) showPypirc(v PypircView) error {
	if c.face() == faceJSON {
		return json.NewEncoder(c.Out).Encode(struct {
			V int `json:"v"`
			PypircView
		}{1, v})
	}
	p := printer{to: c.Out}
	p.line("%s%s", v.Path, fileState(v))
	for _, i := range v.Indexes {
		p.line("")
		p.line("%s  line %d%s", i.Name, i.Line, unlessSet(i.Listed, ", not listed in index-servers"))
		p.line("  repository  %s", orNone(i.Repository))
		p.line("  username    %s", orNone(i.Username))
		p.line("  password    %s", map[bool]string{true: "••• (not shown)", false: "none: twine asks the keyring"}[i.Password])
		if i.Until != "" {
			p.line("  stays       until %s is released; `ferry pypirc remove --index %s` takes it out before", i.Until, i.Name)
		}
	}
	for n, f := range v.Findings {
		if n == 0 {
			p.line("")
		}
		p.line("%s%s", map[bool]string{true: fmt.Sprintf("line %d: ", f.Line), false: ""}[f.Line > 0], f.Text)
	}
	return p.err
}

func fileState(v PypircView) string {
	switch {
	case !v.Exists:
		return "  there is no such file"
	case v.Target != v.Path:
		return "  leads to " + v.Target + ", mode " + v.Mode
	}
	return "  mode " + v.Mode
}

func unlessSet(set bool, text string) string {
	if set {
		return ""
	}
	return text
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// printer writes lines, made visible, until one cannot be written.
type printer struct {
	to  io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.to, visible.Line(fmt.Sprintf(format, args...)))
	}
}

// pypircProblem says of an error of the file what to do. The error is known by
// its reason alone: its package is not ours to import.
func pypircProblem(err error) error {
	var e interface {
		error
		PypircReason() string
	}
	if !errors.As(err, &e) {
		return err
	}
	p := &flow.Problem{Code: "pypirc." + e.PypircReason(), Class: flow.ClassFailed, Text: e.Error(), Retry: flow.RetrySafe,
		Now: []string{"the file is as it was"}, Next: []string{"ferry pypirc show"}, Err: err}
	switch e.PypircReason() {
	case "changed", "busy", "elsewhere", "shadowed":
		p.Class = flow.ClassConflict
	case "stays":
		p.Class = flow.ClassConflict
		p.Next = []string{"ferry pypirc show", "ferry pypirc write"}
	case "value", "no-password":
		p.Class = flow.ClassCredentials
	case "name":
		p.Class = flow.ClassUsage
	case "owner", "parent", "symlink":
		p.Class = flow.ClassCredentials
		p.Next = []string{"ls -ld ~ ~/.pypirc"}
	case "work-tree":
		p.Next = []string{"ferry pypirc write --without-password"}
	case "read-back", "io":
		p.Now = []string{"what the file holds now is to be looked at"}
		p.Next = []string{"ferry pypirc show", "ls -la ~"}
	}
	if oneOf(e.PypircReason(), []string{"malformed", "duplicate", "bom", "not-text", "too-large", "not-a-file"}) {
		p.Next = []string{"${EDITOR:-vi} ~/.pypirc", "ls -l ~/.pypirc"}
	}
	return p
}
