package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/journal"
	"ferry/ui/visible"
)

func (c *commands) log() *cobra.Command {
	var report, script bool
	cmd := &cobra.Command{
		Use: "log [VERSION]", Short: "what this machine did: the journal, for people",
		Long:    "Show the journal of this machine: the newest release's, or VERSION's. Nothing decides from it.",
		Example: "  ferry log\n  ferry log 1.4.0 --script",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := c.entry(args)
			if err != nil {
				return err
			}
			records, err := journal.Read(e.Path)
			if err != nil && records == nil {
				return logProblem(err.Error())
			}
			if err != nil {
				fmt.Fprintln(c.Err, "part of the journal is damaged:", visible.Line(err.Error()))
			}
			return c.showLog(e, records, report, script)
		},
	}
	cmd.Flags().BoolVar(&report, "report", false, "problems and results only")
	cmd.Flags().BoolVar(&script, "script", false, "the commands of the steps that ran, for a shell")
	return cmd
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

func (c *commands) showLog(e journal.Entry, records []journal.Record, report, script bool) error {
	for _, r := range records {
		var err error
		switch {
		case c.face() == faceJSON:
			err = json.NewEncoder(c.Out).Encode(r)
		case script:
			err = writeCommand(c.Out, r)
		case !report || r.Code != "" || r.Kind == string(flow.KindDone):
			err = writeRecord(c.Out, r)
		}
		if err != nil {
			return outputError(err)
		}
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
	for _, s := range []string{r.Project, r.Version, r.Step, r.Status, r.Code, r.Text} {
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
