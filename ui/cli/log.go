package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/journal"
	"ferry/ui/visible"
)

// logFlags say how a journal is shown.
type logFlags struct{ report, script, follow bool }

// followEvery is how often a journal that is followed is looked at.
const followEvery = time.Second

func (c *commands) log() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use: "log [VERSION]", Short: "what this machine did: the journal, for people",
		Long: "Show the journal of this machine: the newest release's, or VERSION's. Times are in UTC. Nothing decides\n" +
			"from it. --report writes it in Markdown, ready for an issue: who, which commit, builds, files with their\n" +
			"hashes, what was asked and who agreed. --follow shows what another run writes, until ctrl-c.",
		Example: "  ferry log\n  ferry log 1.4.0 --script\n  ferry log 1.4.0 --report > release.md\n  ferry log --follow",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.report && (f.script || f.follow) {
				return usageError(errors.New("--report is of a whole journal: it goes with neither --script nor --follow"), "ferry log --report")
			}
			e, err := c.entry(args)
			if err != nil {
				return err
			}
			if f.follow {
				return c.followLog(cmd.Context(), e, f)
			}
			records, err := journal.Read(e.Path)
			if err != nil && records == nil {
				return logProblem(err.Error())
			}
			if err != nil {
				fmt.Fprintln(c.Err, "part of the journal is damaged:", visible.Line(err.Error()))
			}
			return c.showLog(records, f)
		},
	}
	cmd.Flags().BoolVar(&f.report, "report", false, "a report of the release, in Markdown")
	cmd.Flags().BoolVar(&f.script, "script", false, "the commands of the steps that ran, for a shell")
	cmd.Flags().BoolVar(&f.follow, "follow", false, "go on showing what is written, until ctrl-c")
	return cmd
}

// followLog ends with ctrl-c, which is no failure here.
func (c *commands) followLog(ctx context.Context, e journal.Entry, f logFlags) error {
	err := journal.Follow(ctx, e.Path, followEvery, func(r journal.Record) error { return c.showRecord(r, f) })
	var p *flow.Problem
	switch {
	case errors.Is(err, flow.ErrInterrupted):
		return nil
	case ctx.Err() != nil, errors.As(err, &p):
		return err
	}
	return logProblem(err.Error())
}

// entry picks the journal: the newest, or the newest of a version.
func (c *commands) entry(args []string) (journal.Entry, error) {
	dir, err := config.StateDir(c.Env)
	if err != nil {
		return journal.Entry{}, logProblem(err.Error())
	}
	entries, err := journal.List(dir)
	if err != nil {
		return journal.Entry{}, logProblem(err.Error())
	}
	for _, e := range entries {
		if len(args) == 0 || e.Version == args[0] {
			return e, nil
		}
	}
	if len(args) == 1 {
		return journal.Entry{}, logProblem("This machine has no journal of version " + args[0])
	}
	return journal.Entry{}, logProblem("This machine has no journal yet")
}

func logProblem(text string) *flow.Problem {
	return &flow.Problem{Code: "log", Class: flow.ClassFailed, Text: text, Retry: flow.RetrySafe,
		Now: []string{"a journal is only for people; nothing depends on it"}, Next: []string{"ferry status"}}
}

func (c *commands) showLog(records []journal.Record, f logFlags) error {
	if f.report {
		if err := writeReport(c.Out, records); err != nil {
			return outputError(err)
		}
		return nil
	}
	for _, r := range records {
		if err := c.showRecord(r, f); err != nil {
			return err
		}
	}
	return nil
}

func (c *commands) showRecord(r journal.Record, f logFlags) (err error) {
	switch {
	case c.face() == faceJSON:
		err = json.NewEncoder(c.Out).Encode(r)
	case f.script:
		err = writeCommand(c.Out, r)
	default:
		err = writeRecord(c.Out, r)
	}
	if err != nil {
		return outputError(err)
	}
	return nil
}

// writeCommand writes the command of a step whose attempt was made.
func writeCommand(w io.Writer, r journal.Record) error {
	if r.Kind != string(flow.KindRun) || len(r.Command) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s  # %s %s\n", visible.Line(flow.Shell(r.Command)), r.At.UTC().Format("2006-01-02 15:04:05"), visible.Line(r.Step))
	return err
}

func writeRecord(w io.Writer, r journal.Record) error {
	parts := []string{r.At.UTC().Format("2006-01-02 15:04:05"), r.Kind}
	for _, s := range []string{r.Project, r.Version, r.Step, r.Status, r.Code, r.Commit, r.Ref, r.Remote, r.Index, r.Host, r.User, r.Text} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(r.Command) > 0 {
		parts = append(parts, "$ "+flow.Shell(r.Command))
	}
	_, err := fmt.Fprintln(w, visible.Line(strings.Join(parts, "  ")))
	return err
}
