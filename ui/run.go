package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"ferry/flow"
	"ferry/flow/board"
)

// Run shows the program until the person leaves or ctx ends. The error is the
// outcome of the run: nil, a *flow.Problem, or the cause of an interruption.
// Outcome.Lines say the same to the scrollback, so a caller prints only those.
func Run(ctx context.Context, o Options) (Outcome, error) {
	o = o.withDefaults()
	out := &terminal{File: o.Out}
	d := newDriver(ctx, o.Now)
	m := newModel(o, d)
	m.copy = out.clip
	m.w, m.h, _ = term.GetSize(int(o.Out.Fd()))
	var broke error
	r := root{model: m, fault: &broke}
	p := tea.NewProgram(r, tea.WithInput(o.In), tea.WithOutput(out), tea.WithAltScreen(), tea.WithoutSignalHandler())
	r.end = p.Kill
	d.send = p.Send
	defer stopOn(ctx, p)()
	go d.loop()
	_, err := p.Run()
	err = m.result(broke, err)
	if m.run.had && m.screen == onHome {
		m.board = m.run.board
	}
	d.finish(err)
	return Outcome{Board: m.board, Left: m.quit.left, Lines: m.farewell(err)}, err
}

// finish ends the driver and gives its work a moment to wind up.
func (d *driver) finish(cause error) {
	if cause == nil {
		cause = flow.ErrInterrupted
	}
	d.cancel(cause)
	t := time.NewTimer(2 * time.Second)
	defer t.Stop()
	select {
	case <-d.ended:
	case <-t.C:
	}
}

// stopOn makes signals, and the end of ctx, leave.
func stopOn(ctx context.Context, p *tea.Program) (undo func()) {
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
		case <-ctx.Done():
			p.Send(stopMsg{context.Cause(ctx)})
		case sig := <-ch:
			cause := flow.ErrTerminated
			if sig == syscall.SIGINT {
				cause = flow.ErrInterrupted
			}
			p.Send(stopMsg{cause})
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}

// result is the outcome: what the leaving says, unless something broke.
func (m *model) result(broke, err error) error {
	switch {
	case broke != nil:
		return broke
	case m.quit.now:
		return m.quit.err
	case errors.Is(err, tea.ErrProgramPanic):
		return fault(err)
	case err != nil: // the terminal went away
		return fmt.Errorf("%w: %w", flow.ErrTerminated, err)
	}
	return nil
}

// farewell is what stays in the scrollback.
func (m *model) farewell(err error) []string {
	if m.wiz != nil && (m.screen == onWizard || !m.run.had) {
		return m.wizardFarewell(err)
	}
	if m.rec != nil {
		return m.rescueFarewell(err)
	}
	if m.past != nil {
		return m.past.lines
	}
	if m.s == nil || !m.run.had {
		return problemLines(err)
	}
	head := m.s.Project + " " + m.s.Version
	if len(m.quit.said) > 0 {
		return append([]string{head}, m.quit.said...)
	}
	if m.quit.left {
		return []string{head + " is under way: " + stateText(m.board.State()), "nothing was stopped by leaving",
			"come back with: ferry status --follow"}
	}
	if err == nil && m.board.Ended {
		return append([]string{m.doneText()}, m.doneLinks()...)
	}
	return problemLines(err)
}

func problemLines(err error) []string {
	var p *flow.Problem
	if !errors.As(err, &p) {
		return nil
	}
	p = cleanProblem(p)
	out := []string{p.Text + "  (" + p.Code + ")"}
	for _, t := range p.Now {
		out = append(out, "  now     "+t)
	}
	for _, t := range p.Next {
		out = append(out, "  next    "+t)
	}
	return out
}

func stateText(s board.State) string {
	switch s {
	case board.TriggeredNoBuild:
		return "pushed, no build yet"
	case board.Building:
		return "CI runs"
	case board.BuiltNotDeployed:
		return "CI is over, no file is seen yet"
	case board.DeployedNotVisible, board.PartlyDeployed:
		return "files are on the index, not all are confirmed"
	case board.DoneNotCleaned:
		return "confirmed on the index, not cleaned up"
	}
	return "see ferry status"
}

// terminal is where the program draws. Its lock keeps what is copied out of the
// middle of a frame.
type terminal struct {
	*os.File
	mu sync.Mutex
}

func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.File.Write(b)
}

// clip asks the terminal to put a text on the clipboard (OSC 52).
func (t *terminal) clip(text string) error {
	_, err := t.Write([]byte(ansi.SetSystemClipboard(text)))
	return err
}
