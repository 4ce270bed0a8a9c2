package cli

import (
	"context"
	"fmt"

	"ferry/flow"
	"ferry/flow/plans"
)

// undoStep takes back what a step of the release that is meant did, if it can be
// taken back exactly; else it says by what, or that nothing does.
func (c *commands) undoStep(ctx context.Context, w wreck, id flow.ID) error {
	t := w.targets[w.meant]
	v := voyage{w.Desk, t, plans.For(w.World, t)}
	n, ok := v.plan.Node(id)
	if !ok {
		return unknownStep(v.plan, id)
	}
	r := n.Reversal()
	if r.Kind != flow.ReversalExact {
		return notUndone(n, r, t.Version)
	}
	f, err := c.faces(v, v.plan, "recover", c.linesFace())
	if err != nil {
		return err
	}
	err = c.engine(v, f.sink, c.asker(v)).Undo(ctx, v.plan, id)
	f.close(err)
	return err
}

// linesFace is the face of a command that opens no screen.
func (c *commands) linesFace() string {
	if face := c.face(); face != faceTUI {
		return face
	}
	return facePlain
}

func unknownStep(p flow.Plan, id flow.ID) error {
	var names []string
	for _, n := range p.Nodes {
		names = append(names, string(n.ID))
	}
	return usageError(fmt.Errorf("--undo %s: the release has no such step; there are %q", id, names), "ferry recover")
}

// notUndone says so, and what makes up for it.
func notUndone(n flow.Node, r flow.Reversal, version string) error {
	p := &flow.Problem{Code: flow.CodeNoUndo, Class: flow.ClassFailed, Retry: flow.RetrySafe, Now: []string{"nothing was changed"},
		Text: fmt.Sprintf("%q cannot be taken back: %s", n.Title, r.Text), Next: []string{"ferry recover " + version}}
	switch {
	case r.Kind == flow.ReversalCompensated:
		p.Text = fmt.Sprintf("%q cannot be taken back exactly; what makes up for it: %s", n.Title, r.Text)
	case r.Text == "":
		p.Text = fmt.Sprintf("%q only looks: there is nothing to take back", n.Title)
	}
	return p
}
