package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/ui/plain"
	"ferry/ui/visible"
)

// checkFlags are the flags of check alone.
type checkFlags struct {
	branch, tag  string
	offline, fix bool
}

func (c *commands) check() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use: "check", Short: "will this ref be deployed, and by which jobs? read only",
		Long: "Say what CI would do with a push of the release ref: which jobs publish, why the others do not, and what is\n" +
			"wrong in the CI files, each with its line. The files of the work tree are read, also before they are\n" +
			"committed. Then the host is asked for what is in no file: its rules for the ref, the environments' gates.\n" +
			"Exit: 0 it will be deployed; 1 it will not, or not as it should; 9 the files alone do not decide it.",
		Example: "  ferry check\n  ferry check --tag v1.4.0\n  ferry check --branch pypi-release --offline --json\n  ferry check --fix",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.runCheck(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.branch, "branch", "", "a push of the branch `NAME`, instead of the configured release ref")
	cmd.Flags().StringVar(&f.tag, "tag", "", "a push of the tag `NAME`")
	cmd.Flags().BoolVar(&f.offline, "offline", false, "read the files alone and ask nobody")
	cmd.Flags().BoolVar(&f.fix, "fix", false, "mend what needs no decision, after showing the diff")
	return cmd
}

func (c *commands) runCheck(ctx context.Context, f checkFlags) error {
	ctx = flow.WithReading(ctx)
	d, why, err := c.openToCheck(ctx, f.offline)
	if err != nil {
		return err
	}
	o := plans.CheckOptions{Branch: f.branch, Tag: f.tag, From: "the work tree", Message: d.Message, Unasked: unasked(f.offline, why)}
	in, tree := c.intent(d.Config, ""), os.DirFS(d.Root)
	out, err := d.World.Check(ctx, in, tree, o)
	if err != nil {
		return err
	}
	if f.fix {
		if err := c.fix(ctx, d, out.Ref); err != nil {
			return err
		}
		if out, err = d.World.Check(ctx, in, tree, o); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.showCheck(out)
}

func unasked(offline bool, why error) string {
	switch {
	case offline:
		return "--offline asks nobody; the host's rules and CI's settings are in no file"
	case why != nil:
		return asProblem(why).Text
	}
	return ""
}

// openToCheck opens the checkout with everything that can be asked, or its files
// alone, and then says why nobody is asked.
func (c *commands) openToCheck(ctx context.Context, offline bool) (d Desk, why, err error) {
	if !offline {
		d, why = c.open(ctx)
		var p *flow.Problem
		if why == nil || !errors.As(why, &p) || p.Class == flow.ClassUsage || p.Code == flow.CodeNoRepo {
			return d, nil, why
		}
	}
	if err := c.flags.check(); err != nil {
		return Desk{}, nil, err
	}
	d, err = c.Files(ctx, OpenOptions{Dir: c.flags.repo, Load: c.load})
	return d, why, err
}

// fix shows what would be mended, asks, and writes it.
func (c *commands) fix(ctx context.Context, d Desk, ref string) error {
	fixes, err := d.World.Fixes(ctx, os.DirFS(d.Root), ref, d.Message)
	if err != nil {
		return err
	}
	if len(fixes) == 0 {
		fmt.Fprintln(c.Err, "nothing here can be mended without a person's decision")
		return nil
	}
	for _, f := range fixes {
		fmt.Fprintf(c.Err, "mends %s in %s\n\n%s\n", visible.Line(strings.Join(f.Codes, ", ")), visible.Line(f.Diff.Path), visible.Text(f.Diff.Text))
	}
	if yes, err := c.mayFix(ctx, len(fixes)); err != nil || !yes {
		return err
	}
	for _, f := range fixes {
		if err := d.World.Write(f); err != nil {
			return err
		}
		fmt.Fprintf(c.Err, "%s is written; commit it before the release\n", visible.Line(f.Diff.Path))
	}
	return nil
}

// mayFix asks once for all files; --yes says so beforehand. What a person does
// not want is no failure: the check goes on with the files as they are.
func (c *commands) mayFix(ctx context.Context, files int) (bool, error) {
	switch {
	case c.flags.dryRun:
		return false, nil
	case c.flags.yes.set:
		return true, nil
	case c.prompter() == nil:
		return false, &flow.Problem{Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Retry: flow.RetrySafe, Text: "Nobody is here to agree to the diff",
			Now: []string{"no file was changed"}, Next: []string{"ferry check --fix --yes"}}
	}
	return c.agree(ctx, fmt.Sprintf("Write this to %d %s of the work tree?", files, map[bool]string{true: "file", false: "files"}[files == 1]))
}

// width is that of the terminal that results go to; 0 if they go elsewhere, and
// for the face that is read aloud, where a sentence is a line.
func (c *commands) width(face string) int {
	w, _, err := term.GetSize(int(c.Out.Fd()))
	if err != nil || face == faceLines {
		return 0
	}
	return w
}

// showCheck writes the document; what it comes to is the exit code.
func (c *commands) showCheck(o flow.Outlook) error {
	d := plain.Check{Outlook: o, Problem: plans.Foreseen(o)}
	var err error
	switch face := c.face(); face {
	case faceJSON:
		err = d.WriteJSON(c.Out)
	case faceQuiet:
	default:
		err = d.WriteText(c.Out, plain.CheckFace{Accessible: face == faceLines, ASCII: c.ascii(), Width: c.width(face)})
	}
	if err != nil {
		return outputError(err)
	}
	if d.Problem == nil {
		return nil
	}
	c.told = true
	return d.Problem
}
