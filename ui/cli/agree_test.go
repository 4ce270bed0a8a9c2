package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// TestAnswersTypedAhead: one read of a terminal may bring more than one answer, and
// the next question gets the next of them.
func TestAnswersTypedAhead(t *testing.T) {
	person, program, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	defer person.Close()
	defer program.Close()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second) // an answer that was lost never comes
	defer stop()
	if _, err := term.MakeRaw(int(program.Fd())); err != nil { // or a read ends with its line
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := newCommands(App{In: program, Out: out, Err: program, Env: func(string) string { return "" }})
	if _, err := person.WriteString("y\nn\ny\n"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true} {
		if got, err := c.agree(ctx, "Go on?"); got != want || err != nil {
			t.Fatalf("answer %d: %v %v", i, got, err)
		}
	}
}
