package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/plans"
	"ferry/ui/plain"
)

func (c *commands) status() *cobra.Command {
	var follow, exit bool
	cmd := &cobra.Command{
		Use: "status", Short: "where is the release? read only, from any machine",
		Long: "Say where the release stands: the one on the release branch if there is one, else the newest unfinished\n" +
			"claim, else what the checked-out commit would release. Nothing is changed, and no token is needed for\n" +
			"what is public.",
		Example: "  ferry status\n  ferry status --follow\n  ferry status --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := flow.WithReading(cmd.Context())
			if follow {
				return c.follow(ctx)
			}
			return c.showStatus(ctx, exit)
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "join a release that runs, until the index has proved it")
	cmd.Flags().BoolVar(&exit, "exit-code", false, "answer with the exit code of a release that ended like this")
	return cmd
}

func (c *commands) showStatus(ctx context.Context, exit bool) error {
	v, err := c.find(ctx)
	if err != nil {
		return err
	}
	b, err := c.survey(ctx, v)
	if err != nil {
		return err
	}
	s := v.status(b)
	s.Facts = append(s.Facts, c.contradicted(v, b)...)
	if err := c.write(s); err != nil {
		return outputError(err)
	}
	if code := b.State().ExitCode(); exit && code != 0 {
		return exitCode(code)
	}
	return nil
}

func (c *commands) survey(ctx context.Context, v voyage) (board.Board, error) {
	fs, err := c.engine(v, nil, nil).Survey(ctx, v.plan)
	return board.New(v.plan).WithFindings(fs), err
}

func (c *commands) write(s plain.Status) error {
	if c.face() == faceJSON {
		return s.WriteJSON(c.Out)
	}
	return s.WriteText(c.Out, time.Now())
}

func outputError(err error) error {
	return &flow.Problem{Code: "output", Class: flow.ClassFailed, Text: fmt.Sprintf("Standard output cannot be written: %v", err),
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry status"}, Err: err}
}

// status is the document of a survey.
func (v voyage) status(b board.Board) plain.Status {
	kind := "branch"
	switch {
	case v.target.By != "":
		kind = v.target.By
	case strings.HasPrefix(v.target.Ref, "refs/tags/"):
		kind = "tag"
	}
	s := plain.Status{State: b.State(), Commit: v.target.Commit, Remote: v.RemoteURL, CI: v.CI, Next: next(b),
		Project: plain.Project{Name: v.target.Name, Version: v.target.Version, Source: v.target.Source},
		Trigger: plain.Trigger{Kind: kind, Ref: v.target.Ref}}
	findings := make([]flow.Finding, len(b.Rows))
	for i, r := range b.Rows {
		findings[i] = r.Finding
	}
	s.Facts = plain.Facts(findings)
	if p := b.Stop(); p != nil {
		s.Problem = p
	}
	return s
}

// next are the commands that go on from a state.
func next(b board.Board) []string {
	if p := b.Stop(); p != nil {
		return p.Next
	}
	switch b.State() {
	case board.AllDone:
		return nil
	case board.DoneNotCleaned:
		if b.Row(flow.DeleteBranch).Finding.Status == flow.Todo { // whatever this clone has checked out
			return []string{flow.Shell([]string{"ferry", "recover", b.Plan.Confirm, "--clean-up"})}
		}
		return []string{"ferry release"}
	case board.NotStarted:
		return []string{"ferry release"}
	case board.UnknownState:
		return []string{"ferry status"}
	}
	return []string{"ferry status --follow"}
}

// follow joins a release that runs, from any machine.
func (c *commands) follow(ctx context.Context) error {
	v, err := c.find(ctx)
	if err != nil {
		return err
	}
	b, err := c.survey(ctx, v)
	if err != nil {
		return err
	}
	if s := b.State(); s == board.NotStarted || s == board.AllDone {
		if err := c.write(v.status(b)); err != nil {
			return outputError(err)
		}
		return nil
	}
	plan := plans.Follow(v.plan)
	face := c.face()
	if face == faceTUI {
		face = facePlain
	}
	f, err := c.faces(v, plan, "status", face)
	if err != nil {
		return err
	}
	return c.run(ctx, v, plan, f)
}
