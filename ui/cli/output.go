package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"ferry/flow"
	"ferry/keyring"
)

// output is a file of ours with the net of secrets under it. Whole lines pass at
// once; close writes what is still held back, and leaves the file open.
type output struct {
	io.WriteCloser
	file *os.File
}

// Fd is the file's, to ask whether it is a terminal.
func (o output) Fd() uintptr { return o.file.Fd() }

func newCommands(a App) *commands {
	return &commands{App: a, typed: bufio.NewReader(a.In), Out: output{keyring.Hiding(a.Out), a.Out}, Err: output{keyring.Hiding(a.Err), a.Err}}
}

// flush ends both outputs. Nobody is left to tell that this fails.
func (c *commands) flush() {
	_ = c.Out.Close()
	_ = c.Err.Close()
}

// caught turns a panic into a problem, and shows where it was for a report.
func (c *commands) caught(code *int) {
	v := recover()
	if v == nil {
		return
	}
	p := &flow.Problem{Code: flow.CodeBug, Class: flow.ClassBug, Text: fmt.Sprintf("This program has a fault: %v", v),
		Now: []string{"what was done before it stays done; nothing is remembered of it"}, Retry: flow.RetryUnknown, Next: []string{"ferry status"}}
	c.tell(p)
	_, _ = c.Err.Write(debug.Stack())
	*code = flow.ExitCode(p)
}
