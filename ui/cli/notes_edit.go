package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/keyring"
	"ferry/ui/visible"
)

// editNotes lets the person edit the notes before anything is done, and before the
// full-screen program starts. Where nothing is left to publish it says so.
func (c *commands) editNotes(ctx context.Context, version string) error {
	if !c.flags.editNotes {
		return nil
	}
	ctx = flow.WithReading(ctx)
	v, err := c.embark(ctx, version)
	if err == nil {
		err = c.rightYes(v)
	}
	if err != nil {
		return err
	}
	if over, err := c.notesOver(ctx, v); over || err != nil {
		return err
	}
	text, err := v.World.DraftNotes(ctx, v.target)
	if err != nil {
		return err
	}
	n, err := c.editAll(ctx, v, text)
	if err == nil {
		c.own.edited, c.own.of = &n, v.target.Commit
	}
	return err
}

// mayEdit: an editor is for a person at a terminal, and for a release that is run.
func (c *commands) mayEdit(apply string) error {
	switch {
	case !c.flags.editNotes:
		return nil
	case apply != "":
		return usageError(errors.New("--edit-notes and --apply do not go together: the notes are part of a saved plan"), "ferry release --apply "+apply)
	case c.flags.dryRun || c.flags.plan:
		return usageError(errors.New("--edit-notes goes with a release that is run, not with a plan that is only shown"), "ferry release --edit-notes")
	case c.prompter() == nil:
		return usageError(errors.New("--edit-notes needs a person at a terminal; --notes FILE takes what is written"), "ferry release --notes FILE")
	}
	return nil
}

// notesOver says whether no notes are to be published by this run, and tells it.
func (c *commands) notesOver(ctx context.Context, v voyage) (bool, error) {
	b, err := c.survey(ctx, v)
	if err != nil {
		return true, err
	}
	if p := b.Stop(); p != nil {
		return true, p
	}
	for _, id := range []flow.ID{flow.PublishRelease, flow.HostRelease} {
		r := b.Row(id)
		if slices.ContainsFunc(r.Finding.Facts, func(f flow.Fact) bool { return f.Witness == flow.NotesWitness }) {
			return false, nil
		}
		if r.Seen {
			fmt.Fprintln(c.Err, "the notes are not edited:", visible.Line(r.Finding.Text))
		}
	}
	return true, nil
}

// editAll edits until the text can be published, or the person has enough.
func (c *commands) editAll(ctx context.Context, v voyage, text string) (plans.Notes, error) {
	e := editor{command: c.editorOf(ctx, v), in: c.In, out: c.drawn(), environ: keyring.Harmless(os.Environ()), abort: c.atAbort}
	for {
		edited, err := e.edit(ctx, "NOTES-"+v.target.Version+".md", text)
		if err != nil {
			return plans.Notes{}, err
		}
		n := plans.NotesOf(edited, "your editor")
		question := "The notes are empty. Publish the release without notes?"
		switch {
		case n.Problem == nil && n.Text != "":
			return n, nil
		case n.Problem != nil:
			question = n.Problem.Text + ". Edit them again?"
		}
		yes, err := c.agree(ctx, question)
		switch {
		case err != nil:
			return n, err
		case n.Problem == nil && yes:
			return n, nil
		case n.Problem == nil:
			return n, notWritten("The notes are empty, and a release without notes was declined")
		case !yes:
			return n, n.Problem
		}
		text = edited
	}
}

// editorOf is the person's editor: $VISUAL, $EDITOR, else git's.
func (c *commands) editorOf(ctx context.Context, v voyage) string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := c.Env(name); command != "" {
			return command
		}
	}
	if v.World.Repo == nil {
		return ""
	}
	return v.World.Repo.Editor(ctx)
}

// drawn is the terminal that an editor draws on: standard output may lead elsewhere.
func (c *commands) drawn() *os.File {
	if terminal(c.App.Out) {
		return c.App.Out
	}
	return c.App.Err
}

func notWritten(text string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: text, Now: []string{"nothing was published"},
		Retry: flow.RetrySafe, Next: []string{"ferry release --edit-notes", "ferry release --notes FILE"}, Err: flow.ErrDeclined}
}
