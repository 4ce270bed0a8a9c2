package plain_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/plain"
)

// TestNotesAreReadBeforeTheyArePublished, at the gate and in a plan, and do nothing
// to the terminal.
func TestNotesAreReadBeforeTheyArePublished(t *testing.T) {
	const shown = `from NEWS.md, 2 lines: - A thing\x1b[2J. / - Another.`
	fact := flow.Fact{Witness: flow.NotesWitness, About: "release notes", Says: "from NEWS.md, 2 lines: - A thing\x1b[2J. / - Another."}
	for _, accessible := range []bool{false, true} {
		var out bytes.Buffer
		q := gate("1.4.0")
		q.Notes = []flow.Fact{fact}
		ask := plain.NewAsker(plain.AskOptions{In: strings.NewReader("1.4.0\n"), Out: &out, Accessible: accessible})
		if _, err := ask(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), shown) {
			t.Errorf("accessible %v: %s", accessible, out.String())
		}
	}
	todo := flow.Finding{Status: flow.Todo, Text: "publish release v1.4.0", Facts: []flow.Fact{{Witness: "git", Says: "something else"}, fact}}
	b := board.New(flow.Plan{Nodes: []flow.Node{{ID: flow.HostRelease, Effect: flow.Shared, Step: silent{}}}})
	var out bytes.Buffer
	if err := plain.WritePlan(&out, b.WithFindings([]flow.Finding{todo}), time.Now()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\n           notes: "+shown+"\n") || strings.Contains(out.String(), "something else") {
		t.Error(out.String())
	}
}

type silent struct{}

func (silent) Observe(context.Context) flow.Finding { return flow.Finding{} }
func (silent) Run(context.Context, flow.Log) error  { return nil }
