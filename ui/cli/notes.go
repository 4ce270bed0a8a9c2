package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/ui/visible"
)

// notesFlags say what the git host's release tells of the version.
func (f *flags) notesFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.notes, "notes", "", "notes of the host's release: auto, changelog, host, none, or a `FILE` (- is standard input)")
	cmd.Flags().BoolVar(&f.editNotes, "edit-notes", false, "first edit the notes of the host's release, with $VISUAL or $EDITOR")
}

// ofNotes says whether a flag speaks of them.
func (f *flags) ofNotes() bool { return f.notes != "" || f.editNotes }

// notesWord says whether --notes is a word, and not a file.
func (f *flags) notesWord() bool { return slices.Contains(plans.NotesChoices, f.notes) }

// own are the notes that a person gave, once they were read.
type own struct {
	file   *plans.Notes // --notes FILE
	edited *plans.Notes // in the editor
	of     string       // the commit that those are of
}

// readNotes looks at what the flags say of notes before anything is done, also before
// a version is raised.
func (c *commands) readNotes(ctx context.Context, apply string) error {
	if err := c.mayEdit(apply); err != nil {
		return err
	}
	if c.flags.notes == "" || c.flags.notesWord() {
		return nil
	}
	n, err := c.fileNotes(ctx)
	if err == nil && n.Problem != nil {
		err = n.Problem
	}
	return err
}

// noted gives a target the notes that the flags ask for.
func (c *commands) noted(ctx context.Context, t plans.Target) (plans.Target, error) {
	switch {
	case !t.ShowsRelease():
		return t, noRelease(c.flags.notes, t)
	case c.own.edited != nil && c.own.of == t.Commit:
		t.Notes = *c.own.edited
		return t, nil
	case c.flags.notes != "" && !c.flags.notesWord():
		n, err := c.fileNotes(ctx)
		if err != nil {
			return t, err
		}
		t.Notes = n
	}
	if t.Notes.Problem != nil {
		return t, t.Notes.Problem
	}
	return t, nil
}

// noRelease: a flag that speaks of notes is for a release that has some.
func noRelease(notes string, t plans.Target) *flow.Problem {
	flag := "--edit-notes"
	if notes != "" {
		flag = "--notes"
	}
	why := "a release by " + t.By + " publishes none on the git host"
	if t.HostRelease == "no" {
		why = `release.host-release = "no" says that none is published on the git host`
	}
	p := usageError(fmt.Errorf("%s is of no use: %s", flag, why), "ferry release")
	p.Now = []string{"nothing was published"}
	return p
}

// fileNotes reads the file of --notes, once.
func (c *commands) fileNotes(ctx context.Context) (plans.Notes, error) {
	if c.own.file != nil {
		return *c.own.file, nil
	}
	name, from := c.flags.notes, c.flags.notes
	read := func() (string, error) { return readFile(name) }
	if name == "-" {
		from = "standard input"
		read = func() (string, error) { return plans.ReadNotes(c.typed) }
	}
	text, err := within(ctx, read)
	switch {
	case ctx.Err() != nil:
		return plans.Notes{}, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return plans.Notes{}, usageError(fmt.Errorf("--notes %s: there is no such file, and the words are auto, changelog, host and none", visible.Line(name)), "ferry release --help")
	case err != nil:
		return plans.Notes{}, &flow.Problem{Code: flow.CodeNotesFile, Class: flow.ClassFailed, Text: fmt.Sprintf("--notes: %s cannot be read: %v", from, err),
			Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"ferry release --notes FILE"}, Err: err}
	}
	n := plans.NotesOf(text, from)
	c.own.file = &n
	return n, nil
}

func readFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return plans.ReadNotes(io.Reader(f))
}

// within waits for what cannot be interrupted, such as a pipe that nobody writes to,
// no longer than the context lasts.
func within(ctx context.Context, read func() (string, error)) (string, error) {
	type outcome struct {
		text string
		err  error
	}
	ch := make(chan outcome, 1)
	go func() {
		text, err := read()
		ch <- outcome{text, err}
	}()
	select {
	case o := <-ch:
		return o.text, o.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
