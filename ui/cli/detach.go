package cli

import (
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// interrupted notes what is on its way when a person wants to stop, and asks the
// question: to wait is the default, to detach is ctrl-c again.
func (f *faces) interrupted() (say func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	row, ok := onItsWay(f.board)
	if !ok {
		return func() {}
	}
	f.sent = row.Node.ID
	return func() {
		const text = "sent, and not called back by stopping. Wait for the server's answer, at most 10s, and a last look; or detach with ctrl-c"
		for _, j := range f.json {
			j.Note(row.Node.ID, text)
		}
		if f.lines != nil {
			f.lines.Note(row.Node.ID, text, time.Now())
		}
	}
}

// onItsWay is the row of which others feel the attempt that is being made.
func onItsWay(b board.Board) (board.Row, bool) {
	for _, r := range b.Rows {
		if r.Running && (r.Node.Effect == flow.Shared || r.Node.Effect == flow.Permanent) {
			return r, true
		}
	}
	return board.Row{}, false
}

// came says what became of what was on its way, by the last look at it.
func (f *faces) came() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.board.Row(f.sent)
	switch {
	case f.sent == "":
		return nil
	case r.Finding.Status == flow.Done, r.Finding.Status == flow.Underway:
		return []string{r.Node.Title + ": it landed"}
	case r.Finding.Status == flow.Todo:
		return []string{r.Node.Title + ": it was not there at the last look; a request whose answer was lost can still land"}
	}
	return []string{r.Node.Title + ": it was sent, and whether it landed is unknown"}
}

// abort are the last words of a program that ends in the middle.
func (f *faces) abort(err error) {
	if f.lines != nil {
		if row, ok := onItsWay(f.now()); ok {
			fmt.Fprintf(f.c.Err, "%s: it was sent, and whether it landed is unknown; look with: ferry status\n", visible.Line(row.Node.Title))
		}
	}
	f.close(err)
}
