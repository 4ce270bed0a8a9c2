package cli

import (
	"context"
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/ui/plain"
)

// agreed is an answer that is asked for once in a run.
type agreed struct{ asked, yes bool }

// mayBuild asks whether the project's own code may run to say its version. --build
// says so beforehand; where nobody can be asked it may not.
func (c *commands) mayBuild(ctx context.Context, why string) (bool, error) {
	if c.flags.build || c.build.asked {
		return c.flags.build || c.build.yes, nil
	}
	yes, err := c.agree(ctx, fmt.Sprintf("Only a build of the project knows its version (%s). Run its own code, on a copy of the commit?", why))
	if err == nil {
		c.build = agreed{true, yes}
	}
	if yes && c.ask == nil {
		fmt.Fprintln(c.Err, "building a copy of the commit, at most 2 minutes; ctrl-c stops it")
	}
	return yes, err
}

// agree asks a question of yes or no in the face that runs.
func (c *commands) agree(ctx context.Context, question string) (bool, error) {
	switch {
	case c.ask != nil:
		return c.ask.Agree(ctx, question)
	case c.prompter() == nil:
		return false, nil
	}
	o := plain.AskOptions{In: c.typed, Out: c.Err, Accessible: c.face() == faceLines}
	_, err := plain.NewAsker(o)(ctx, flow.Question{Plan: question, Node: flow.Node{Title: question}})
	if errors.Is(err, flow.ErrDeclined) {
		return false, nil
	}
	return err == nil, err
}
