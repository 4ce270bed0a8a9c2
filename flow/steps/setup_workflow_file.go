package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// WriteWorkflow: a workflow of GitHub Actions publishes in a lane, by trusted
// publishing and by one job alone. The one that is written is a new file; what a
// person made of it, or wrote in its place, does as well.
type WriteWorkflow struct {
	yard  Yard
	setup Setup
	lane  Lane
	After []flow.Step // must be done first

	file edited
}

// NewWriteWorkflow makes the step for one lane.
func NewWriteWorkflow(y Yard, s Setup, l Lane) *WriteWorkflow {
	return &WriteWorkflow{yard: y, setup: s, lane: l}
}

// Observe reads the CI files of the work tree.
func (s *WriteWorkflow) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	f, c := s.look(ctx)
	if p := s.file.show(c); p != nil {
		return conflict(p)
	}
	return f
}

// look gives besides the change that would be made.
func (s *WriteWorkflow) look(ctx context.Context) (flow.Finding, *change) {
	v, err := s.yard.looks(s.yard.Tree(), s.setup, s.lane)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(unreadTree(err)), nil
	}
	if f, ok := s.yard.told(s.setup, s.lane, v); ok {
		return f, nil
	}
	want, err := s.setup.Rules(s.lane).Workflow()
	if err != nil {
		return failed(unwritable("workflow", err)), nil
	}
	return s.missing(ctx, v, want)
}

// missing: nothing publishes in the lane yet.
func (s *WriteWorkflow) missing(ctx context.Context, v inLane, want rules.Generated) (flow.Finding, *change) {
	switch _, err := os.Lstat(filepath.Join(s.yard.Repo.Root(), filepath.FromSlash(want.Path))); {
	case err == nil:
		return conflict(s.taken(v, want.Path)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return unknown(unreadTree(err)), nil
	}
	if p := s.yard.committed(ctx, want.Path); p != nil {
		return flow.Finding{Status: statusOf(p), Text: p.Text, Problem: p}, nil
	}
	c := &change{file: want.Path, fresh: true, now: want.Text}
	f := todo("write %s, which publishes to %s when %s", want.Path, s.lane.title(), when(v.event))
	f.Diff, f.Warning = c.diff(), v.doubts()
	return f, c
}

// statusOf is what a problem makes of a finding.
func statusOf(p *flow.Problem) flow.Status {
	switch p.Class {
	case flow.ClassUnknown:
		return flow.Unknown
	case flow.ClassConflict:
		return flow.Conflict
	}
	return flow.Failed
}

// unwritable: no CI file can be written for what was answered.
func unwritable(what string, err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupUnfit, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("No %s can be written: %v", what, err), Now: []string{"no file was changed"}, Next: []string{"ferry onboard --dry-run"}}
}

// taken: a file of the name is there, and does something else.
func (s *WriteWorkflow) taken(v inLane, file string) *flow.Problem {
	does, lines := s.does(v, file)
	return &flow.Problem{Code: flow.CodeSetupOther, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text:  fmt.Sprintf("%s is there, and does something else: %s", file, does),
		Lines: lines, Now: []string{"no file was changed; a file that is there is never written over"},
		Next: []string{"${EDITOR:-vi} " + flow.Shell([]string{file}), flow.Shell([]string{"git", "log", "--", file})}}
}

// does says what a file does for the pushes that matter here.
func (s *WriteWorkflow) does(v inLane, file string) (string, []string) {
	x, err := rules.LookAt(s.yard.Tree(), file, s.events()...)
	var lines []string
	for _, p := range x.Publishes {
		lines = append(lines, p.String())
	}
	lines = slices.Compact(lines)
	switch {
	case err != nil:
		return err.Error(), nil
	case len(x.Unreadable) > 0:
		return fmt.Sprintf("line %d cannot be read, %s", x.Unreadable[0].Line, x.Unreadable[0].Text), lines
	case len(lines) > 0:
		return strings.Join(lines, "; "), lines
	}
	return fmt.Sprintf("it publishes nothing to %s when %s", s.lane.title(), when(v.event)), nil
}

// events are the pushes of all lanes, and that of the default branch.
func (s *WriteWorkflow) events() []rules.Event {
	out := []rules.Event{s.yard.Event(s.setup, s.lane)}
	for _, l := range s.setup.Lanes {
		out = append(out, s.yard.Event(s.setup, l))
	}
	main := out[0]
	main.Ref = "refs/heads/" + s.setup.Default
	return append(out, main)
}

// Run writes what was shown last.
func (s *WriteWorkflow) Run(ctx context.Context, log flow.Log) error {
	return s.file.write(ctx, s, s.yard.Repo.Root(), log)
}

// Undo takes the file away again, and the folders that were made for it.
func (s *WriteWorkflow) Undo(_ context.Context, log flow.Log) error {
	path := s.setup.Rules(s.lane).WorkflowPath()
	return s.file.undo(s.yard.Repo.Root(), log,
		elsewhere(path, flow.Shell([]string{"git", "status", "--", path}), flow.Shell([]string{"rm", "--", path})))
}
