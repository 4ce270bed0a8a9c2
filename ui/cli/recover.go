package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/plans"
	"ferry/keyring"
	"ferry/ui/plain"
)

// recoverFlags say which way out is taken; at most one is.
type recoverFlags struct {
	resume, cleanUp, restart, complete bool
	abandon, undo                      string
}

func (c *commands) recover() *cobra.Command {
	var f recoverFlags
	cmd := &cobra.Command{
		Use: "recover [VERSION]", Short: "what is half done, and the ways out of it; from any machine",
		Long: "Say of every release that was begun and is not finished what is true of it, by each witness, and which\n" +
			"ways lead out. Without a flag nothing is changed, and the exit code is that of a release that ended so:\n" +
			"0 where nothing is half done, 1 failed, 3 conflict or several, 8 waiting, 9 a witness cannot be read.",
		Example: "  ferry recover\n  ferry recover 1.4.0 --resume\n  ferry recover --abandon=1.4.0\n  ferry recover --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			version, _ := words2(args)
			way, err := f.way(cmd, version)
			if err != nil {
				return err
			}
			if f.abandon != "" {
				version = f.abandon
			}
			if f.undo != "" && way != "" {
				return usageError(fmt.Errorf("--undo and --%s exclude each other", way), "ferry recover --help")
			}
			return c.runRecover(flow.WithReading(cmd.Context()), version, way, flow.ID(f.undo))
		},
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.resume, "resume", false, "go on: wait for CI, prove every file, clean up")
	fs.BoolVar(&f.cleanUp, "clean-up", false, "delete the branch of a release that is proved")
	fs.BoolVar(&f.restart, "restart", false, "have CI build the same commit again, and follow it")
	fs.BoolVar(&f.complete, "complete", false, "upload the missing files from dist or CI's artifacts, with the bytes that CI made")
	fs.StringVar(&f.abandon, "abandon", "", "give the attempt at `VERSION` up: delete its branch; no file may be there")
	fs.StringVar(&f.undo, "undo", "", "take back what the `STEP` of the release did, or say what makes up for it")
	return cmd
}

// way is the one that the flags name; "" for none.
func (f recoverFlags) way(cmd *cobra.Command, version string) (way string, err error) {
	for _, x := range []struct {
		set bool
		id  string
	}{{f.resume, flow.WayResume}, {f.cleanUp, flow.WayCleanUp}, {f.restart, flow.WayRestart}, {f.complete, flow.WayComplete}, {cmd.Flags().Changed("abandon"), flow.WayAbandon}} {
		if x.set && way != "" {
			return "", usageError(fmt.Errorf("--%s and --%s exclude each other", way, x.id), "ferry recover --help")
		}
		if x.set {
			way = x.id
		}
	}
	if way == flow.WayAbandon && (f.abandon == "" || version != "" && version != f.abandon) {
		return "", usageError(errors.New("--abandon needs the version that is given up, and no other one"), "ferry recover --help")
	}
	return way, nil
}

// wreck is everything that is in flight, and which of it is meant.
type wreck struct {
	Desk
	targets []plans.Target
	all     []flow.Recovery
	meant   int // -1: none
}

func (c *commands) runRecover(ctx context.Context, version, way string, undo flow.ID) error {
	if way == "" && undo == "" && c.face() == faceTUI {
		return c.showRescue(ctx, version)
	}
	w, err := c.survivors(ctx, version)
	if err != nil {
		return err
	}
	switch {
	case w.meant >= 0 && undo != "":
		return c.undoStep(ctx, w, undo)
	case w.meant >= 0 && way != "":
		return c.takeWay(ctx, w, way)
	case w.meant >= 0:
		return c.showRecovery(plain.Recover{Recovery: w.all[w.meant], InFlight: w.all, Exit: board.State(w.all[w.meant].State).ExitCode()}, nil)
	case len(w.all) == 0 || way == "" && undo == "" && version != "":
		return c.showRecovery(w.nothing(version), nil)
	}
	p := w.unnamed(version)
	return c.showRecovery(plain.Recover{Recovery: flow.Recovery{Project: w.all[0].Project, State: string(board.Conflicted), Summary: p.Text, Problem: p}, InFlight: w.all, Exit: flow.ExitCode(p)}, p)
}

// survivors finds what is in flight. Where the remote cannot be read nothing says
// that what was named is not.
func (c *commands) survivors(ctx context.Context, version string) (wreck, error) {
	d, err := c.open(ctx)
	if err != nil {
		return wreck{}, err
	}
	w := wreck{Desk: d, meant: -1}
	if w.targets, err = d.World.InFlight(ctx, c.intent(d.Config, ""), d.Head); err != nil {
		return w, err
	}
	for i, t := range w.targets {
		r, err := plans.Recover(ctx, d.World, t, c.recoverLogin(d))
		if err != nil {
			return w, err
		}
		w.all = append(w.all, r)
		if t.Version == version || version == "" && len(w.targets) == 1 {
			w.meant = i
		}
	}
	if w.meant < 0 && len(w.all) == 1 && w.all[0].State == string(board.UnknownState) && w.all[0].Problem != nil {
		return w, w.all[0].Problem
	}
	return w, nil
}

// nothing: no release is half done, or not the one that was named.
func (w wreck) nothing(version string) plain.Recover {
	r := plain.Recover{InFlight: w.all, Recovery: flow.Recovery{State: string(board.NotStarted), Summary: "Nothing is half done here"}}
	if version != "" {
		r.Summary = "Nothing of " + version + " is half done"
	}
	return r
}

// unnamed: several are in flight and none was named, or one that is not.
func (w wreck) unnamed(version string) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSeveral, Class: flow.ClassConflict, Retry: flow.RetrySafe, Now: []string{"nothing was done"},
		Text: fmt.Sprintf("%d releases are in flight: name the one that is meant", len(w.all))}
	if version != "" {
		p.Code, p.Text = flow.CodeNotInFlight, version+" is not in flight"
	}
	for _, r := range w.all {
		p.Lines = append(p.Lines, r.Version+": "+r.Summary)
		p.Next = append(p.Next, flow.Shell([]string{"ferry", "recover", r.Version}))
	}
	return p
}

// showRecovery writes the document; what it comes to is the exit code.
func (c *commands) showRecovery(r plain.Recover, p *flow.Problem) error {
	var err error
	switch face := c.face(); {
	case face == faceJSON:
		err = r.WriteJSON(c.Out, time.Now())
	case face != faceQuiet:
		err = r.WriteText(c.Out, time.Now())
	}
	switch {
	case err != nil:
		return outputError(err)
	case p != nil:
		c.told = true
		return p
	case r.Exit != 0:
		return exitCode(r.Exit)
	}
	return nil
}

// takeWay carries out the way that was asked for, if it is one here.
func (c *commands) takeWay(ctx context.Context, w wreck, way string) error {
	r := w.all[w.meant]
	option := r.Option(way)
	if option == nil && way == flow.WayResume {
		option = r.Option(flow.WayCleanUp) // all that is left of going on
	}
	if option == nil {
		return noSuchWay(r, way)
	}
	v := voyage{w.Desk, w.targets[w.meant], option.Plan}
	if err := c.rightVersion(v); err != nil {
		return err
	}
	face := c.face()
	if face == faceTUI {
		face = facePlain
	}
	if c.flags.dryRun || c.flags.plan {
		return c.showPlan(ctx, v, face)
	}
	if way == flow.WayAbandon {
		c.flags.yes = yes{set: true, version: v.target.Version} // it was typed, as the flag's value
		v.target.Ref = ""                                       // nothing is published that could be looked at
	}
	return c.getOut(ctx, v, face, way)
}

func (c *commands) getOut(ctx context.Context, v voyage, face, way string) error {
	f, err := c.faces(v, v.plan, "recover", face)
	if err != nil {
		return err
	}
	f.record(v)
	err = c.run(ctx, v, v.plan, f)
	if err == nil && way != flow.WayAbandon {
		c.final(v, f, face)
	}
	return err
}

func (c *commands) rightVersion(v voyage) error {
	if said := c.flags.yes.version; said != "" && said != v.target.Version {
		return &flow.Problem{Code: flow.CodeWrongYes, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("--yes=%s is not the version that is meant, which is %s", said, v.target.Version),
			Now:  []string{"nothing was done"}, Next: []string{v.plan.GoOn + " --yes=" + v.target.Version}}
	}
	return nil
}

// noSuchWay says why, and which way is recommended instead. Its class is that of
// the state: what waits may be possible later.
func noSuchWay(r flow.Recovery, way string) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeNoSuchWay, Class: flow.ClassFailed, Retry: flow.RetrySafe, Now: []string{"nothing was done", r.Summary}}
	switch board.State(r.State).ExitCode() {
	case 3:
		p.Class = flow.ClassConflict
	case 8:
		p.Class = flow.ClassWaiting
	case 9:
		p.Class = flow.ClassUnknown
	}
	for _, n := range r.NotOffered {
		if n.ID == way {
			p.Text = fmt.Sprintf("--%s is no way out of %s here: %s", way, r.Version, n.Why)
		}
	}
	if best := r.Recommended(); best != nil {
		p.Next = []string{flow.Shell(best.Command)}
	}
	p.Next = append(p.Next, flow.Shell([]string{"ferry", "recover", r.Version}))
	return p
}

// recoverLogin looks for the index's token where every command does, and asks for
// it where there is none, when something is about to be sent.
func (c *commands) recoverLogin(d Desk) plans.Login {
	tokens := c.onboardTokens(d.Config, nil)
	return func(ctx context.Context) (string, keyring.Secret, error) {
		t, err := tokens.Look(ctx, d.IndexName)
		if err != nil || !t.Secret.IsZero() {
			return indexUser, t.Secret, err
		}
		typed, err := tokens.Type(ctx, d.IndexName)
		return indexUser, typed, err
	}
}
