package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/journal"
	"ferry/keyring"
	"ferry/ui/plain"
)

// faces are everything that is told of a run: the face a person or a program
// reads, the events beside it, and the journal.
type faces struct {
	c       *commands
	lines   *plain.Lines
	json    []*plain.JSON
	journal *journal.Journal
	lost    error // why the journal ends before the run, until that is said
	drawn   bool  // a screen is drawn, which no line may disturb

	mu    sync.Mutex
	board board.Board
	ended bool
	more  bool    // another plan follows in the same streams
	sent  flow.ID // what was on its way when the person wanted to stop; "" if nothing was
}

// faces opens what the flags ask for. act is the command's name.
func (c *commands) faces(v voyage, plan flow.Plan, act, face string) (*faces, error) {
	f := &faces{c: c, board: board.New(plan), drawn: face == faceTUI}
	switch face {
	case facePlain, faceLines:
		f.lines = c.newLines(v, plan, face)
	case faceJSON:
		f.json = append(f.json, plain.NewJSON(c.Out, c.jsonOptions(v, act, face)))
	}
	out, err := c.eventsFile()
	if err != nil {
		return nil, err
	}
	if c.beside = out != nil; c.beside {
		f.json = append(f.json, plain.NewJSON(out, c.jsonOptions(v, act, face)))
	}
	for _, j := range f.json {
		j.Plan(plan)
	}
	c.atAbort(f.abort)
	c.atInterrupt(f.interrupted)
	return f, nil
}

func (c *commands) newLines(v voyage, plan flow.Plan, face string) *plain.Lines {
	return plain.NewLines(c.Err, plain.LinesOptions{Plan: plan, Accessible: face == faceLines, Index: v.IndexName, Now: time.Now})
}

func (c *commands) jsonOptions(v voyage, act, face string) plain.JSONOptions {
	return plain.JSONOptions{Tool: c.Version, Act: act, Project: v.target.Name, Release: v.target.Version, Commit: v.target.Commit,
		World: v.IndexName, Mode: face, URLs: v.links(), Now: time.Now}
}

// eventsFile is where --events points; nil if nowhere.
func (c *commands) eventsFile() (io.Writer, error) {
	name := c.flags.events
	if name == "" {
		return nil, nil
	}
	if digits, ok := strings.CutPrefix(name, "fd:"); ok {
		fd, err := strconv.Atoi(digits)
		if err != nil || fd < 0 {
			return nil, usageError(fmt.Errorf("--events %s: want a file or fd:N", name), "ferry --help")
		}
		return keyring.Hiding(os.NewFile(uintptr(fd), name)), nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, usageError(fmt.Errorf("--events: %w", err), "ferry --help")
	}
	return keyring.Hiding(f), nil
}

// sink takes the engine's events. The summary comes as soon as the plan is
// done, before the last look at what was changed.
func (f *faces) sink(ev flow.Event) {
	f.mu.Lock()
	f.board = f.board.Apply(ev, time.Now())
	f.mu.Unlock()
	f.write(func(j *journal.Journal) error { return j.Append(ev, time.Now()) })
	for _, j := range f.json {
		j.Event(ev)
	}
	if f.lines != nil {
		f.lines.Event(ev)
	}
	if ev.Kind == flow.KindProblem {
		f.c.told = f.lines != nil || len(f.json) > 0
	}
}

// tick lets the lines say that they still wait, until done is closed.
func (f *faces) tick(done <-chan struct{}) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case at := <-t.C:
			f.lines.Tick(at)
		case <-done:
			return
		}
	}
}

// close writes the last words, once: the result of every stream of JSON.
func (f *faces) close(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.more && err == nil {
		return
	}
	f.ended = true
	for _, j := range f.json {
		j.Close(err)
	}
	f.endJournal()
}

// err is the first error of writing: a reader that has gone away, a full disk.
func (f *faces) err() error {
	var errs []error
	for _, j := range f.json {
		errs = append(errs, j.Err())
	}
	return errors.Join(errs...)
}

func (f *faces) now() board.Board {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.board
}

// tell shows a problem that no run showed: the checkout could not be opened, or
// the command line is wrong.
func (c *commands) tell(p *flow.Problem) {
	ev := flow.Event{Seq: 1, Kind: flow.KindProblem, Problem: p}
	if c.face() == faceJSON {
		c.tellProgram(c.Out, ev)
	} else {
		plain.NewLines(c.Err, plain.LinesOptions{Accessible: c.face() == faceLines, Now: time.Now}).Event(ev)
	}
	if c.beside { // a run has written there, and closed it
		return
	}
	if out, err := c.eventsFile(); err == nil && out != nil {
		c.tellProgram(out, ev)
	}
}

// tellProgram writes a stream of a problem alone, whole from hello to result.
func (c *commands) tellProgram(out io.Writer, ev flow.Event) {
	j := plain.NewJSON(out, plain.JSONOptions{Tool: c.Version, Mode: faceJSON, Now: time.Now})
	j.Event(ev)
	j.Close(ev.Problem)
}
