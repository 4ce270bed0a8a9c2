package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// CheckSetup proves a set-up by the CI files of the work tree: the ref of every
// lane starts exactly one job that publishes, and that one publishes to the lane's
// index. It says where a witness could be read that it does not read: the files
// say nothing of the host's rules, which `ferry check` asks for.
type CheckSetup struct {
	After []flow.Step // what writes the files, and what they need

	yard  Yard
	setup Setup
}

// NewCheckSetup makes the step.
func NewCheckSetup(y Yard, s Setup, after ...flow.Step) *CheckSetup {
	return &CheckSetup{After: after, yard: y, setup: s}
}

// Observe runs the files in thought, for every lane and then for what else there is.
func (s *CheckSetup) Observe(ctx context.Context) flow.Finding {
	if ctx.Err() != nil {
		return unknown(s.unread(context.Cause(ctx)))
	}
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	var says []string
	f := done("")
	for _, l := range s.setup.Lanes {
		d, p := s.sole(l)
		if p != nil {
			return s.refuse(p)
		}
		place := fmt.Sprintf("%s:%d", d.File, d.Line)
		f.Facts = append(f.Facts, flow.Fact{Witness: "tree", About: s.yard.Event(s.setup, l).Ref, Says: "job " + d.Job + " publishes to " + l.Index, Where: place, ReadAt: time.Now().Round(0)})
		f.Proof = append(f.Proof, flow.Proof{What: fmt.Sprintf("%s: %s (%s)", s.what(l), d.Job, place), Where: s.command(l)})
		says = append(says, fmt.Sprintf("%s publishes to %s by %s (%s)", s.what(l), l.Index, d.Job, place))
	}
	f.Text = cmp.Or(strings.Join(says, "; "), "no ref is set up to publish")
	also, err := s.elsewhere()
	if err != nil {
		return unknown(s.unread(err))
	}
	f.Warning = strings.Join(also, "; ")
	return f
}

// Run has nothing to do: what is written is written by others.
func (*CheckSetup) Run(context.Context, flow.Log) error { return nil }

// Command is what a person would type for the last lane, that of PyPI.
func (s *CheckSetup) Command() []string {
	if len(s.setup.Lanes) == 0 {
		return []string{"ferry", "check"}
	}
	ref := s.yard.Event(s.setup, s.setup.Lanes[len(s.setup.Lanes)-1]).Ref
	if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return []string{"ferry", "check", "--tag", tag}
	}
	return []string{"ferry", "check", "--branch", strings.TrimPrefix(ref, "refs/heads/")}
}

// command is the same for one lane.
func (s *CheckSetup) command(l Lane) string {
	one := CheckSetup{yard: s.yard, setup: s.setup}
	one.setup.Lanes = []Lane{l}
	return flow.Shell(one.Command())
}

// what is a lane's push, for people.
func (s *CheckSetup) what(l Lane) string {
	return pushOf(s.yard.Event(s.setup, l))
}

func pushOf(e rules.Event) string {
	if tag, ok := strings.CutPrefix(e.Ref, "refs/tags/"); ok {
		return "a push of the tag " + tag
	}
	return "a push of " + strings.TrimPrefix(e.Ref, "refs/heads/")
}

// sole is the one job that publishes in a lane.
func (s *CheckSetup) sole(l Lane) (flow.Deployment, *flow.Problem) {
	o, err := Outlook(s.yard.Tree(), s.yard.Event(s.setup, l), "the work tree")
	if err != nil {
		return flow.Deployment{}, s.unread(err)
	}
	p := deployment(o)
	if p == nil {
		p = s.alone(l, o)
	}
	if p != nil {
		p.Now = []string{"nothing was pushed, and no file was changed by this check"}
		p.Next = append([]string{s.command(l)}, p.Next...)
		return flow.Deployment{}, p
	}
	return o.Deploys[0], nil
}

// alone says what is wrong where something publishes: more than one place, one
// that the files do not decide, or another index.
func (s *CheckSetup) alone(l Lane, o flow.Outlook) *flow.Problem {
	p := &flow.Problem{Class: flow.ClassFailed, Retry: flow.RetrySafe}
	for _, d := range o.Deploys {
		p.Lines = append(p.Lines, fmt.Sprintf("%s %s publishes to %s (%s:%d)%s", d.Provider, d.Job, indexKey(d.Index), d.File, d.Line, sureness(d)))
	}
	switch d := o.Deploys[0]; {
	case len(o.Deploys) > 1:
		p.Code, p.Text = flow.CodeManyJobs, fmt.Sprintf("%d jobs would publish from %s; exactly one may", len(o.Deploys), o.Ref)
	case !s.goesTo(l, d.Index):
		p.Code, p.Text = flow.CodeSetupWrongIndex, fmt.Sprintf("%s publishes to %s from %s, and not to %s", d.Job, indexKey(d.Index), o.Ref, l.Index)
	default:
		return nil
	}
	return p
}

func sureness(d flow.Deployment) string {
	if d.Sure {
		return ""
	}
	return ", which the files alone do not decide"
}

// The upload addresses of the two indexes, as CI files have them.
const (
	uploadPyPI     = "https://upload.pypi.org/legacy"
	uploadTestPyPI = "https://test.pypi.org/legacy"
)

// goesTo says whether what a CI file names is the index of a lane: its address, or
// the name that twine has for it. In a file that we did not write a variable may
// stand there.
func (s *CheckSetup) goesTo(l Lane, index string) bool {
	address := uploadPyPI
	if l.Test() {
		address = uploadTestPyPI
	}
	known := []string{address, l.Index, indexKey(s.yard.at(l).Index.Upload())}
	named := strings.Contains(index, "://") || slices.Contains([]string{"", "pypi", "testpypi"}, index)
	return slices.Contains(known, indexKey(index)) || s.setup.How == PublishElse && !named
}

// refuse is the finding for a lane that is not as it is to be.
func (s *CheckSetup) refuse(p *flow.Problem) flow.Finding {
	if p.Class == flow.ClassUnknown {
		return unknown(p)
	}
	return failed(p)
}

func (s *CheckSetup) unread(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTreeUnknown, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("the CI files of the work tree cannot be read: %v", err), Now: []string{"nothing was changed"}, Next: []string{"git status"}}
}
