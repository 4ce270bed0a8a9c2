package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"ferry/flow"
)

// edited is the one file that a step changes: what the last look showed of it, and what
// Run made. A step is looked at by its own node and by those that come after it, at
// the same time.
type edited struct {
	mu     sync.Mutex
	looked bool
	shown  *change
	made   *change
}

// show keeps what a look found. That it is not what was shown before is told once,
// before the new one is: nobody agreed to that.
func (f *edited) show(c *change) *flow.Problem {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.shown
	f.looked, f.shown = true, c
	if was == nil || c == nil || was.same(c) {
		return nil
	}
	f.shown = nil
	return was.unwritten("written", errMoved)
}

func (c *change) same(o *change) bool {
	return c.fresh == o.fresh && bytes.Equal(c.old, o.old) && bytes.Equal(c.now, o.now)
}

// take gives what was shown, which is used up by it.
func (f *edited) take() (c *change, looked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, f.shown = f.shown, nil
	return c, f.looked
}

// write brings about what was shown last. A step that nobody looked at yet looks first.
func (f *edited) write(ctx context.Context, step flow.Step, tree string, log flow.Log) error {
	c, looked := f.take()
	if c == nil && !looked {
		found := step.Observe(ctx)
		if c, _ = f.take(); c == nil {
			return notWritten(found)
		}
	}
	if c == nil {
		return errors.New("nothing is written: no change was shown")
	}
	if err := c.write(tree); err != nil {
		return c.unwritten("written", err)
	}
	f.mu.Lock()
	f.made = c
	f.mu.Unlock()
	log(c.file + " was written")
	return nil
}

// notWritten is why a look showed no change.
func notWritten(found flow.Finding) error {
	if found.Problem != nil {
		return found.Problem
	}
	return fmt.Errorf("nothing is written: %s", found.Text)
}

// wrote gives what Run made; nil if it did nothing.
func (f *edited) wrote() *change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made
}

// undo gives the file its text back, or takes it away. notOurs is what is said where
// Run did nothing.
func (f *edited) undo(tree string, log flow.Log, notOurs *flow.Problem) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.made == nil {
		return notOurs
	}
	if err := f.made.revert(tree); err != nil {
		return f.made.unwritten("taken back", err)
	}
	end := " is as it was"
	if f.made.fresh {
		end = " was taken away"
	}
	log(f.made.file + end)
	f.made = nil
	return nil
}

// errNotPlain means that a file is a link, a folder or something else.
var errNotPlain = errors.New("it is no plain file")

// plain reads a file of the work tree that may be changed.
func (y Yard) plain(file string) (*change, error) {
	c := &change{file: file}
	name := filepath.Join(y.Repo.Root(), filepath.FromSlash(file))
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.fresh = true
		return c, nil
	case err != nil:
		return c, err
	case !info.Mode().IsRegular():
		return c, errNotPlain
	}
	c.old, err = os.ReadFile(name)
	return c, err
}
