package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/plans"
)

// bumpFlag is how a release is prepared; without it nothing is edited.
func bumpFlag(cmd *cobra.Command, part *string) {
	cmd.Flags().StringVar(part, "bump", "", "first raise the version by `PART`: patch, minor, major, pre, or to a version")
}

// preparation is what comes before a release: the version in the files, one commit,
// the default branch, its CI.
type preparation struct {
	version string // that the release is then told
	over    bool   // no release follows: only the plan was asked for
	faces   *faces // that go on with the release; nil if there was nothing to do
}

func (c *commands) prepare(ctx context.Context, version, part, apply, face string) (preparation, error) {
	if apply != "" {
		return preparation{}, usageError(errors.New("--bump and --apply do not go together: a saved plan is of a commit that is there"), "ferry release --bump "+part)
	}
	d, err := c.open(ctx)
	if err != nil {
		return preparation{}, err
	}
	b, err := d.World.AimBump(flow.WithReading(ctx), c.intent(d.Config, version), part, time.Now())
	if err != nil {
		return preparation{}, err
	}
	if err := c.yesTo(b); err != nil {
		return preparation{}, err
	}
	if b.Tagged {
		return preparation{version: b.Version}, nil
	}
	v := voyage{Desk: d, target: plans.Target{Name: b.Name, Version: b.Version, Commit: d.Head}, plan: plans.Prepare(d.World, b, goOn(version, part))}
	p := preparation{version: version}
	p.faces, p.over, err = c.carry(ctx, v, face)
	return p, err
}

// goOn is the command that carries on.
func goOn(version, part string) string {
	words := []string{"ferry", "release"}
	if version != "" {
		words = append(words, version)
	}
	return flow.Shell(append(words, "--bump", part))
}

// yesTo: a --yes for another version answers nothing.
func (c *commands) yesTo(b plans.Bump) error {
	if said := c.flags.yes.version; said != "" && said != b.Version {
		return &flow.Problem{Code: flow.CodeWrongYes, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("--yes=%s is not the version that --bump makes, which is %s", said, b.Version),
			Now:  []string{"nothing was done"}, Next: []string{"ferry release --bump " + b.Version + " --yes=" + b.Version}}
	}
	return nil
}

// carry shows the plan, or carries it out in faces that stay open. What is done
// already is passed over without a word.
func (c *commands) carry(ctx context.Context, v voyage, face string) (f *faces, over bool, err error) {
	b, err := c.survey(ctx, v)
	if err != nil || allDone(b) {
		return nil, false, err
	}
	if c.flags.dryRun || c.flags.plan {
		return nil, true, c.showPlan(ctx, v, face)
	}
	if f, err = c.faces(v, v.plan, "release", face); err != nil {
		return nil, false, err
	}
	f.more = true
	f.record(v)
	return f, false, c.run(ctx, v, v.plan, f)
}

func allDone(b board.Board) bool {
	return !slices.ContainsFunc(b.Rows, func(r board.Row) bool { return r.Finding.Status != flow.Done })
}

// turn goes on with the release, in the same streams and the same journal.
func (f *faces) turn(v voyage) {
	f.mu.Lock()
	f.board, f.more, f.sent = board.New(v.plan), false, ""
	f.mu.Unlock()
	for _, j := range f.json {
		j.About(v.target.Commit, v.links())
	}
	if f.lines != nil {
		f.lines = f.c.newLines(v, v.plan, f.c.face())
	}
	f.about(v)
	f.plan(v.plan)
}

// fail ends what a preparation left open where no release can follow.
func (f *faces) fail(err error) error {
	if f == nil {
		return err
	}
	p := asProblem(err)
	f.more = false
	f.sink(flow.Event{Kind: flow.KindProblem, Problem: p})
	f.close(p)
	return p
}
