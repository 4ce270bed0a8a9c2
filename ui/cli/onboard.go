package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/ui/plain"
	"ferry/ui/visible"
)

// onboardFlags are the flags of onboard alone: one for each question, and the
// file that answers many.
type onboardFlags struct {
	answers map[string]*string
	file    string
}

func (c *commands) onboard() *cobra.Command {
	f := onboardFlags{answers: map[string]*string{}}
	cmd := &cobra.Command{
		Use: "onboard", Short: "set this repository up, until the next release is one command",
		Long: "Set the repository up: tokens in the keyring, the project's name, the CI files by which exactly\n" +
			"one job publishes, the proof that it will, and a commit on a branch of its own. What is there\n" +
			"already is found and left. Every change to a file is shown as a diff first. It can be left at any\n" +
			"point: running it again goes on from what is there. Each question is a flag; a file of --answers\n" +
			"has the same keys.",
		Example: "  ferry onboard\n  ferry onboard --dry-run --publish=github\n  ferry onboard --plain --publish=travis --start=branch --yes\n  ferry onboard --plain --answers onboard.toml --no-input --yes",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.runOnboard(cmd, f) },
	}
	for _, k := range plans.SetupKeys() {
		f.answers[k[0]] = cmd.Flags().String(k[0], "", k[1])
	}
	cmd.Flags().StringVar(&f.file, "answers", "", "answer from `FILE`, TOML with the flags as keys; a flag comes first")
	return cmd
}

// given are the answers of the file and of the flags.
func (f onboardFlags) given(cmd *cobra.Command) (map[string]string, error) {
	out := map[string]string{}
	if f.file != "" {
		var keys []string
		for _, k := range plans.SetupKeys() {
			keys = append(keys, k[0])
		}
		said, err := config.Answers(f.file, keys)
		if err != nil {
			return nil, err
		}
		out = said
	}
	for key, v := range f.answers {
		if cmd.Flags().Changed(key) {
			out[key] = *v
		}
	}
	return out, nil
}

// yard is an open checkout that is to be set up.
type yard struct {
	Desk
	site  plans.Yard
	found plans.Found
}

func (c *commands) openYard(ctx context.Context) (yard, error) {
	d, err := c.open(ctx)
	if err != nil {
		return yard{}, err
	}
	y := yard{Desk: d}
	if y.site, err = d.Yard(ctx); err != nil {
		return y, err
	}
	page := func(index string) string {
		if slices.Contains(y.found.Free, index) { // a first upload needs one of the whole account
			return y.site.Indexes[index].TokenPage("")
		}
		return y.site.Indexes[index].TokenPage(y.found.Name)
	}
	y.site.World, y.site.Tokens = d.World, c.onboardTokens(d.Config, page)
	if y.site.Git != nil {
		y.site.Host = y.site.Git
	}
	y.found, err = y.site.Find(ctx, plans.Plot{Intent: c.intent(d.Config, ""), Branch: d.Config.Release.Branch, Tag: d.Config.Release.Tag, Configuration: d.Config.CI.Configuration})
	return y, err
}

// voyage makes the plan of the answers.
func (y yard) voyage(ctx context.Context, answers map[string]string) (voyage, error) {
	setup, err := y.found.Setup(answers)
	if err != nil {
		return voyage{Desk: y.Desk}, err
	}
	chosen, err := y.site.For(ctx, setup)
	if err != nil {
		return voyage{Desk: y.Desk}, err
	}
	t := plans.Target{Name: setup.Name, Version: setup.Version, Commit: y.Head}
	return voyage{y.Desk, t, plans.Onboard(chosen, setup)}, nil
}

func (c *commands) runOnboard(cmd *cobra.Command, f onboardFlags) error {
	ctx := cmd.Context()
	given, err := f.given(cmd)
	if err != nil {
		return err
	}
	face := c.face()
	if face == faceTUI && !c.flags.dryRun && !c.flags.plan {
		return c.wizard(ctx, given)
	}
	if face == faceTUI {
		face = facePlain
	}
	y, err := c.openYard(ctx)
	if err != nil {
		return err
	}
	if err := c.tellFound(y.found, face); err != nil {
		return err
	}
	answers, err := plain.AskChoices(ctx, c.choiceOptions(), y.found.Choices, given)
	if err != nil {
		return unchosen(err)
	}
	v, err := y.voyage(ctx, answers)
	if err != nil {
		return err
	}
	if c.flags.dryRun || c.flags.plan {
		return c.showPlan(ctx, v, face)
	}
	if err := c.setUp(ctx, v, face); err != nil {
		return err
	}
	if !plans.Answers(answers).Rehearse() {
		return nil
	}
	if v, err = c.rehearsal(ctx); err != nil {
		return err
	}
	return c.sail(ctx, v, face)
}

// unchosen is what a person means who answers no question.
func unchosen(err error) error {
	if !errors.Is(err, flow.ErrDeclined) || isProblem(err) {
		return err
	}
	return &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "Left at a question", Now: []string{"nothing was changed"},
		Retry: flow.RetrySafe, Next: []string{"ferry onboard"}, Err: err}
}

// tellFound says what was found before anything is asked.
func (c *commands) tellFound(f plans.Found, face string) error {
	if face == faceJSON || face == faceQuiet {
		return nil
	}
	if err := plain.Found(c.Err, f.Facts, face == faceLines); err != nil {
		return outputError(err)
	}
	return nil
}

func (c *commands) choiceOptions() plain.AskOptions {
	o := plain.AskOptions{NoInput: c.flags.noInput || c.flags.yes.set, Out: c.Err, Accessible: c.face() == faceLines, Command: "ferry onboard"}
	if terminal(c.In) && c.face() != faceJSON {
		o.In = c.typed
	}
	return o
}

// setUp runs the plan in a face of lines, and offers to take back what a run that
// stopped has done.
func (c *commands) setUp(ctx context.Context, v voyage, face string) error {
	f, err := c.faces(v, v.plan, "onboard", face)
	if err != nil {
		return err
	}
	err = c.run(ctx, v, v.plan, f)
	if err == nil {
		return c.leftovers(f, face)
	}
	if ctx.Err() == nil {
		c.offerUndo(ctx, v, f)
	}
	return err
}

// leftovers says what no program can do or see, and how to go on.
func (c *commands) leftovers(f *faces, face string) error {
	if face == faceJSON || face == faceQuiet {
		return nil
	}
	if err := plain.Leftovers(c.Err, f.now(), face == faceLines); err != nil {
		return outputError(err)
	}
	fmt.Fprintln(c.Out, "next: ferry release")
	return nil
}

// offerUndo asks a person, step by step and the last one first.
func (c *commands) offerUndo(ctx context.Context, v voyage, f *faces) {
	if c.prompter() == nil {
		return
	}
	ask := plain.NewAsker(plain.AskOptions{In: c.typed, Out: c.Err, Accessible: c.face() == faceLines, Command: "ferry onboard"})
	done := f.now().Changed
	for i := len(done) - 1; i >= 0; i-- {
		n, ok := v.plan.Node(done[i])
		if _, can := n.Step.(flow.Undoer); !ok || !can {
			continue
		}
		err := c.engine(v, c.undoing, ask).Undo(ctx, takingBack(v.plan, n.ID), n.ID)
		if err != nil && !errors.Is(err, flow.ErrDeclined) {
			c.tell(asProblem(err))
		}
		if err != nil {
			return
		}
	}
}

// undoing says what an undo does. The lines of the run are over by then.
func (c *commands) undoing(ev flow.Event) {
	if ev.Kind == flow.KindLine {
		fmt.Fprintln(c.Err, visible.Line(ev.Line))
	}
}

// takingBack is the plan with titles that say what an undo does.
func takingBack(p flow.Plan, id flow.ID) flow.Plan {
	p.Nodes = slices.Clone(p.Nodes)
	for i, n := range p.Nodes {
		if n.ID == id {
			p.Nodes[i].Title = "take back: " + n.Title
			p.Title = p.Nodes[i].Title // what the question begins with
		}
	}
	return p
}

// made says what a setup that stopped has done, for there it stays.
func made(p flow.Plan, ids []flow.ID) (out []string) {
	for _, id := range ids {
		if n, ok := p.Node(id); ok {
			out = append(out, "done, and stays: "+n.Title)
		}
	}
	return out
}
