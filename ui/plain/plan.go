package plain

import (
	"io"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// WritePlan writes for people what a plan would do from where the world stands:
// each step's finding, its effect, and the command that a person would type.
func WritePlan(w io.Writer, b board.Board, now time.Time) error {
	var out strings.Builder
	row := func(label, text string) {
		out.WriteString(strings.TrimRight(pad(label, 11)+visible.Line(text), " ") + "\n")
	}
	row("plan", b.Plan.Title)
	open := map[flow.ID]bool{}
	for _, r := range b.Open() {
		open[r.Node.ID] = true
	}
	for _, r := range b.Rows {
		row(planWord(r, open[r.Node.ID]), r.Node.Title)
		row("", r.Finding.Text)
		if command := r.Node.Command(); open[r.Node.ID] && r.Node.Effect != flow.Reads && len(command) > 0 {
			row("", "$ "+flow.Shell(command))
		}
		for _, f := range r.Finding.Facts {
			if f.Witness == flow.NotesWitness && open[r.Node.ID] {
				row("", "notes: "+f.Says)
			}
		}
		if undo := r.Node.Reversal().String(); open[r.Node.ID] && undo != "" {
			row("", "undo: "+undo)
		}
		if d := r.Finding.Diff; d != nil && open[r.Node.ID] && r.Node.Effect != flow.Reads {
			for l := range strings.Lines(d.Text) {
				row("", strings.TrimRight(l, "\n"))
			}
		}
	}
	if p := b.Stop(); p != nil {
		row("blocked", withCode(p, p.Text))
	} else if len(open) == 0 {
		row("done", "nothing is left to do")
	} else {
		row("asks", asks(b, open))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// asks says how often, and for what.
func asks(b board.Board, open map[flow.ID]bool) string {
	for _, r := range b.Rows {
		if open[r.Node.ID] && (r.Node.Effect == flow.Permanent || r.Node.LeadsTo == flow.Permanent) {
			return "once, before the first step that leads to something permanent: type " + b.Plan.Confirm
		}
	}
	return "yes or no before each diff, and before each step that others feel"
}

// planWord says what would become of a step: its effect where it is still to
// do, else how it was found.
func planWord(r board.Row, open bool) string {
	switch {
	case !open && r.Finding.Status == flow.Done:
		return "done"
	case !open:
		return "past"
	case r.Finding.Status == flow.Failed, r.Finding.Status == flow.Conflict, r.Finding.Status == flow.Unknown:
		return stateWord(r, r)
	case r.Node.LeadsTo == flow.Permanent:
		return "PERMANENT"
	}
	return string(r.Node.Effect)
}
