package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// The figures of docs/figures.md. They are measured, never asserted.

// BenchmarkFirstFrame: from the start of the process to a screen that says what
// it is, in a terminal that never answers a question.
func BenchmarkFirstFrame(b *testing.B) {
	w := start(b, "happy", quick, nil)
	for b.Loop() {
		cmd, f := inTerminal(b, w)
		waitFor(b, f.Read, "acme-core")
		b.StopTimer()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = f.Close()
		b.StartTimer()
	}
}

// inTerminal starts the program in a terminal that never answers.
func inTerminal(b *testing.B, w world) (*exec.Cmd, *os.File) {
	cmd := w.command(b.Context(), "you")
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "LANG=C.UTF-8")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		b.Fatal(err)
	}
	return cmd, f
}

func waitFor(b *testing.B, read func([]byte) (int, error), want string) {
	var seen bytes.Buffer
	buf := make([]byte, 32<<10)
	for !bytes.Contains(seen.Bytes(), []byte(want)) {
		n, err := read(buf)
		if err != nil {
			b.Fatalf("%v after %q", err, seen.String())
		}
		seen.Write(buf[:n])
	}
}

// BenchmarkReleaseMemory: how much a whole release keeps resident at its peak.
func BenchmarkReleaseMemory(b *testing.B) {
	for b.Loop() {
		w := start(b, "happy", nil, nil)
		cmd := w.command(b.Context(), "you", yes...)
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(resident(cmd), "MiB")
	}
}

// BenchmarkQuietScreen: what a screen writes in two seconds in which nothing
// happens.
func BenchmarkQuietScreen(b *testing.B) {
	w := start(b, "happy", quick, nil)
	for b.Loop() {
		cmd, f := inTerminal(b, w)
		waitFor(b, f.Read, "--yes=")
		n := count(f)
		<-time.After(time.Second) // what it draws at the start is not counted
		before := n.Load()
		<-time.After(2 * time.Second)
		b.ReportMetric(float64(n.Load()-before)/2, "B/s")
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = f.Close()
		b.ReportMetric(resident(cmd), "MiB")
	}
}

// count counts what comes from now on.
func count(f io.Reader) *atomic.Int64 {
	var n atomic.Int64
	go func() {
		k, buf := 0, make([]byte, 64<<10)
		for err := error(nil); err == nil; {
			k, err = f.Read(buf)
			n.Add(int64(k))
		}
	}()
	return &n
}

// resident is the peak of a finished process in MiB.
func resident(cmd *exec.Cmd) float64 {
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(u.Maxrss) / 1024
}
