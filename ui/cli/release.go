package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui"
	"ferry/ui/plain"
)

func (c *commands) release() *cobra.Command {
	var apply, bump string
	cmd := &cobra.Command{
		Use: "release [VERSION]", Short: "release the checked-out commit, or go on with its release",
		Long: "Release the checked-out commit: check, claim, push, watch CI, prove every file on the index, clean up.\n" +
			"Running it again goes on from where the world stands. VERSION is a check against the tree; named, it\n" +
			"also says that a version older than the newest is meant. With --bump the version is first put into\n" +
			"the file that states it, with the changelog's heading; that is shown, committed on the default branch,\n" +
			"pushed, and built by CI. Without it nothing is edited.",
		Example: "  ferry release\n  ferry release --plan\n  ferry release --bump minor\n  ferry release --yes=1.4.0 --timeout 60m",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			version := ""
			if len(args) == 1 {
				version = args[0]
			}
			return c.runRelease(cmd.Context(), version, bump, apply)
		},
	}
	bumpFlag(cmd, &bump)
	c.flags.notesFlags(cmd)
	cmd.Flags().StringVar(&apply, "apply", "", "run the plan saved in `FILE`, or stop: the world moved")
	return cmd
}

func (c *commands) runRelease(ctx context.Context, version, bump, apply string) error {
	if err := c.readNotes(ctx, apply); err != nil {
		return err
	}
	face := c.face()
	full := face == faceTUI && !c.flags.dryRun && !c.flags.plan && apply == ""
	if face == faceTUI {
		face = facePlain
	}
	var before *faces
	if bump != "" {
		p, err := c.prepare(ctx, version, bump, apply, face)
		if err != nil || p.over {
			return err
		}
		version, before = p.version, p.faces
	}
	if err := c.editNotes(ctx, version); err != nil {
		return before.fail(err)
	}
	if full {
		return c.screen(ctx, &screen{version: version, faces: before}, ui.StartRelease)
	}
	v, err := c.embark(ctx, version)
	if err == nil {
		err = c.rightYes(v)
	}
	if err != nil {
		return before.fail(err)
	}
	if c.flags.dryRun || c.flags.plan {
		return c.showPlan(ctx, v, face)
	}
	if apply != "" {
		if err := c.unmoved(ctx, v, apply); err != nil {
			return err
		}
	}
	if before != nil {
		before.turn(v)
		return c.sailOn(ctx, v, face, before)
	}
	return c.sail(ctx, v, face)
}

// rightYes: a --yes for another version answers nothing, whether or not
// anything would be asked.
func (c *commands) rightYes(v voyage) error {
	if said := c.flags.yes.version; said != "" && said != v.target.Version {
		return &flow.Problem{Code: flow.CodeWrongYes, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("--yes=%s is not the version of this commit, which is %s", said, v.target.Version),
			Now:  []string{"nothing was done"}, Next: []string{"ferry release --yes=" + v.target.Version}}
	}
	return nil
}

// sail runs the plan in a face of lines.
func (c *commands) sail(ctx context.Context, v voyage, face string) error {
	f, err := c.faces(v, v.plan, "release", face)
	if err != nil {
		return err
	}
	f.record(v)
	return c.sailOn(ctx, v, face, f)
}

// sailOn runs the plan in faces that are open.
func (c *commands) sailOn(ctx context.Context, v voyage, face string, f *faces) error {
	err := c.run(ctx, v, v.plan, f)
	if err == nil {
		c.final(v, f, face)
	}
	return err
}

// run lets the engine carry out a plan, and always ends the streams.
func (c *commands) run(ctx context.Context, v voyage, plan flow.Plan, f *faces) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &flow.Problem{Code: flow.CodeBug, Class: flow.ClassBug, Text: fmt.Sprintf("This program has a fault: %v", p),
				Now: []string{"the release is " + stateWords[f.now().State()] + ", as last seen"}, Retry: flow.RetryUnknown, Next: []string{"ferry status"}}
		}
		f.close(err)
	}()
	if f.lines != nil {
		done := make(chan struct{})
		defer close(done)
		go f.tick(done)
	}
	sink := func(ev flow.Event) {
		if ev.Kind == flow.KindDone && f.more {
			return
		}
		f.sink(ev)
		if ev.Kind == flow.KindDone && f.lines != nil {
			f.lines.Summary(slices.Collect(maps.Values(v.links()))...)
		}
	}
	err = c.engine(v, sink, c.asker(v)).Run(ctx, plan)
	if err != nil && !isProblem(err) {
		c.leftWords(v, f, err)
	}
	return err
}

// leftWords says after an interruption what is certainly true.
func (c *commands) leftWords(v voyage, f *faces, err error) {
	c.told = true
	p := asProblem(err)
	p.Now = f.came()
	if v.target.Ref != "" {
		p.Now = append(p.Now, "the release is "+stateWords[f.now().State()])
	} else {
		p.Now, p.Next = append(p.Now, made(v.plan, f.now().Changed)...), []string{v.plan.GoOn}
	}
	f.sink(flow.Event{Kind: flow.KindProblem, Problem: p})
}

func (c *commands) asker(v voyage) flow.Ask {
	o := plain.AskOptions{Yes: c.flags.yes.version, YesSet: c.flags.yes.set, Version: v.target.Version, NoInput: c.flags.noInput, Out: c.Err, Accessible: c.face() == faceLines, Command: v.plan.GoOn}
	if terminal(c.In) && c.face() != faceJSON {
		o.In = c.typed
	}
	return plain.NewAsker(o)
}

// final writes the one line that scripts want. That nobody reads it changes
// nothing about the release.
func (c *commands) final(v voyage, f *faces, face string) {
	var err error
	if face != faceJSON {
		err = plain.Final(c.Out, v.target.Name, v.target.Version, v.links()["project"])
	}
	if err = errors.Join(err, f.err()); err != nil {
		fmt.Fprintln(c.Err, "the result could not be written:", err)
	}
}

// stateWords say a state in a sentence.
var stateWords = map[board.State]string{
	board.NotStarted: "not started", board.TriggeredNoBuild: "triggered; CI shows no build yet", board.Building: "being built by CI",
	board.BuiltNotDeployed: "built; nothing of it is on the index", board.PartlyDeployed: "on the index in part",
	board.DeployedNotVisible: "uploaded, and not on every page of the index yet", board.DoneNotCleaned: "published; not cleaned up yet",
	board.AllDone: "published and cleaned up", board.Conflicted: "in conflict with the world", board.FailedState: "failed", board.UnknownState: "not known",
}
