package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/gitops"
)

// change is a file of the work tree as it is and as it is to be.
type change struct {
	file     string // from the top of the tree, with slashes
	fresh    bool   // there is none yet
	old, now []byte
	folders  []string // that were made for it, the outer one first
}

// diff shows the change, without what is secret in the file.
func (c change) diff() *flow.Diff {
	from := "a/" + c.file
	if c.fresh {
		from = "/dev/null"
	}
	return &flow.Diff{Path: c.file, Text: rules.WithoutSecrets(udiff.Unified(from, "b/"+c.file, string(c.old), string(c.now)))}
}

// errMoved means that a file is not what a change was made from.
var errMoved = errors.New("it is no longer what the change was shown of")

// write brings the change about: the whole file or nothing. Nothing is followed out
// of the tree, and nobody's file is written over.
func (c *change) write(tree string) error {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if c.fresh {
		return c.create(root)
	}
	if now, err := root.ReadFile(c.file); err != nil || !bytes.Equal(now, c.old) {
		return errors.Join(errMoved, err)
	}
	return replace(root.Name()+"/"+c.file, c.now)
}

// create makes the file where there is none, with the folders above it: whole or
// not at all. What a killed attempt left beside it is taken away.
func (c *change) create(root *os.Root) error {
	if err := c.enter(root); err != nil {
		return errors.Join(err, c.leave(root))
	}
	temp := path.Join(path.Dir(c.file), "."+path.Base(c.file)+".new")
	_ = root.Remove(temp)
	err := writeNew(root, temp, c.now)
	if err == nil {
		err = root.Link(temp, c.file)
	}
	if errors.Is(err, fs.ErrExist) {
		err = errors.Join(errMoved, err)
	}
	if err = errors.Join(err, root.Remove(temp)); err != nil {
		err = errors.Join(err, c.leave(root))
	}
	return err
}

func writeNew(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// enter makes the folders that are missing, and remembers which.
func (c *change) enter(root *os.Root) error {
	var above []string
	for d := path.Dir(c.file); d != "."; d = path.Dir(d) {
		above = append(above, d)
	}
	slices.Reverse(above)
	for _, d := range above {
		switch err := root.Mkdir(d, 0o755); {
		case err == nil:
			c.folders = append(c.folders, d)
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	return nil
}

// leave takes the folders away again that were made and hold nothing.
func (c *change) leave(root *os.Root) error {
	for _, d := range slices.Backward(c.folders) {
		if entries, err := fs.ReadDir(root.FS(), d); err != nil || len(entries) > 0 {
			return err // another put something there since
		}
		if err := root.Remove(d); err != nil {
			return err
		}
	}
	return nil
}

// revert takes the change back, if the file still is what it made.
func (c *change) revert(tree string) error {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if now, err := root.ReadFile(c.file); err != nil || !bytes.Equal(now, c.now) {
		return errors.Join(errMoved, err)
	}
	if !c.fresh {
		return replace(root.Name()+"/"+c.file, c.old)
	}
	return errors.Join(root.Remove(c.file), c.leave(root))
}

// committed says that a file is as the commit has it, or is in neither. What a
// person works on is not mixed with what is written here.
func (y Yard) committed(ctx context.Context, file string) *flow.Problem {
	changed, err := y.Repo.Status(ctx)
	switch {
	case err != nil:
		return unreadTree(fmt.Errorf("whether %s is as committed cannot be told: %w", file, err))
	case slices.ContainsFunc(changed, func(c gitops.Change) bool { return c.Path == file }):
		return &flow.Problem{Code: flow.CodeSetupDirty, Class: flow.ClassFailed, Retry: flow.RetrySafe,
			Text: file + " differs from the commit; commit or put aside what you are working on first",
			Now:  []string{"no file was changed"}, Next: []string{"git status", flow.Shell([]string{"git", "diff", "HEAD", "--", file})}}
	}
	return nil
}

// unreadTree: the work tree cannot be read.
func unreadTree(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupUnread, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The work tree cannot be read: %v", err), Now: []string{"no file was changed"}, Next: []string{"git status"}}
}

// unwritten: a change did not come about, or was not taken back.
func (c change) unwritten(what string, err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupWrite, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("%s could not be %s: %v", c.file, what, err), Now: []string{c.file + " is as it was"}, Next: []string{"git status"}}
	if errors.Is(err, errMoved) {
		p.Code, p.Class, p.Text = flow.CodeSetupChanged, flow.ClassConflict, fmt.Sprintf("%s is not %s: %v", c.file, what, errMoved)
		p.Next = []string{flow.Shell([]string{"git", "status", "--", c.file})}
	}
	return p
}

// elsewhere: an undo of what this run did not do. command takes it back by hand.
func elsewhere(what string, command ...string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupNotOurs, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: what + " was not made by this run, which takes back only what it did itself", Now: []string{"nothing was changed"}, Next: command}
}
