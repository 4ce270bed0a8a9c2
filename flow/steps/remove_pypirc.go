package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// RemovePypirc: no section of ~/.pypirc waits for the end of this release. Such
// a section says itself that it is to go with it; others are not touched. The
// file is this machine's own, so the node is in a plan only where the file has
// such a section (Target.Ephemeral), and a release elsewhere knows nothing of it.
type RemovePypirc struct {
	World  World
	Target Target
	Once   flow.Step // must be done first: the proof on the index, or whatever else ends a release
}

// Observe reads the file, and whether the release is over.
func (s RemovePypirc) Observe(ctx context.Context) flow.Finding {
	f, _, _ := s.judge(ctx)
	return f
}

// judge gives besides the sections that may be removed now.
func (s RemovePypirc) judge(ctx context.Context) (flow.Finding, *pypi.PypircFile, []string) {
	file, err := pypi.ReadPypirc(s.World.Pypirc)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(s.kept(err, nil)), nil, nil
	}
	sections := file.Text().Until(s.Target.Name, s.Target.Version)
	if len(sections) == 0 {
		return done("no section of ~/.pypirc is to go with %s %s", s.Target.Name, s.Target.Version), nil, nil
	}
	switch end := s.Once.Observe(ctx); end.Status {
	case flow.Unknown:
		return end, nil, nil
	case flow.Done:
		return todo("remove %s from ~/.pypirc", bracketed(sections)), file, sections
	}
	return todo("%s of ~/.pypirc stays until the release is over", bracketed(sections)), nil, nil
}

func bracketed(sections []string) string { return "[" + strings.Join(sections, "], [") + "]" }

// Run takes the sections out, if that is still to be done and still right.
func (s RemovePypirc) Run(ctx context.Context, log flow.Log) error {
	f, file, sections := s.judge(ctx)
	if len(sections) == 0 {
		return fmt.Errorf("~/.pypirc: %s", f.Text)
	}
	change, err := file.Plan(nil, sections, false, false)
	if err != nil {
		return s.kept(err, file)
	}
	lost, err := change.Write()
	if err != nil {
		return s.kept(err, file)
	}
	if len(lost) > 0 {
		log("not taken over from the old file: " + strings.Join(lost, ", "))
	}
	return nil
}

// kept: the promise could not be kept. Everything else of the release is done
// by then, because nothing waits for this step. file is nil if it was not read.
func (s RemovePypirc) kept(err error, file *pypi.PypircFile) *flow.Problem {
	p := &flow.Problem{Code: flow.CodePypircKept, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("%s of ~/.pypirc was to go with %s %s, and stays: %v", bracketed(s.Target.Ephemeral), s.Target.Name, s.Target.Version, err),
		Now:  append([]string{"the release does not depend on it"}, s.secrets(file)...),
		Next: []string{"${EDITOR:-vi} ~/.pypirc", flow.Shell(s.Command())}}
	var e *pypi.PypircError
	if errors.As(err, &e) && (e.Reason == pypi.PypircBusy || e.Reason == pypi.PypircChanged) {
		p.Next = []string{flow.Shell(s.Command()), "ferry pypirc show"}
	}
	return p
}

// secrets says of the sections that stay whether a token stays with them.
func (s RemovePypirc) secrets(file *pypi.PypircFile) []string {
	if file == nil {
		return []string{"whether a token is in that section was not read"}
	}
	if slices.ContainsFunc(s.Target.Ephemeral, file.Text().HoldsPassword) {
		return []string{"the token in that section is still there"}
	}
	return nil
}

// Command is what a person would type.
func (s RemovePypirc) Command() []string {
	words := []string{"ferry", "pypirc", "remove"}
	for _, name := range s.Target.Ephemeral {
		words = append(words, "--index", name)
	}
	return words
}
