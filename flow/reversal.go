package flow

// Reversible is a step that says how what it did can be taken back, and truly so:
// a step of which nobody can say it has no such method.
type Reversible interface{ Reversal() Reversal }

// Reversal is whether, and how, the effect of a step can be taken back.
type Reversal struct {
	Kind string // one of the kinds below; "" where nobody says
	Text string // what takes it back, or why nothing does
}

// The kinds of reversals.
const (
	ReversalExact       = "exact"       // Undo leaves the world as it was
	ReversalCompensated = "compensated" // something else makes up for it
	ReversalNone        = "none"        // nothing does
)

// Reversal asks the node's step. One that can undo is exact, whatever else it says;
// one that only reads has nothing to take back.
func (n Node) Reversal() Reversal {
	if _, can := n.Step.(Undoer); can {
		return Reversal{Kind: ReversalExact}
	}
	if r, ok := n.Step.(Reversible); ok {
		return r.Reversal()
	}
	return Reversal{}
}

// String is the reversal for people: "yes", "by …" or "none, …"; "" where nobody says.
func (r Reversal) String() string {
	text := map[string]string{ReversalExact: "yes", ReversalCompensated: "by ", ReversalNone: "none"}[r.Kind]
	switch {
	case r.Text == "" || text == "":
		return text
	case r.Kind == ReversalCompensated:
		return text + r.Text
	}
	return text + ", " + r.Text
}
