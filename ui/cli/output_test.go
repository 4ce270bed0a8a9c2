package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/cli"
)

const spilled = "a-value-that-was-spilled"

// spill runs a command whose world does what it must not.
func spill(t *testing.T, open cli.Opener, args ...string) (code int, out, errout string) {
	t.Helper()
	_ = keyring.NewSecret(spilled)
	b := newBench(t)
	app := cli.App{Version: "test", In: b.file("stdin", ""), Out: b.file("stdout", ""), Err: b.file("stderr", ""),
		Env: func(k string) string { return b.env[k] }, Open: open}
	code = cli.Main(t.Context(), app, append([]string{"-C", b.dir}, args...))
	one, err := os.ReadFile(filepath.Join(b.dir, "stdout"))
	two, err2 := os.ReadFile(filepath.Join(b.dir, "stderr"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return code, string(one), string(two)
}

// TestWhatIsSpilledIsHidden: an error, a panic and a debug line that hold a secret
// reach nobody, in any face.
func TestWhatIsSpilledIsHidden(t *testing.T) {
	for how, open := range map[string]cli.Opener{
		"error": func(context.Context, cli.OpenOptions) (cli.Desk, error) {
			return cli.Desk{}, fmt.Errorf("said %s", spilled)
		},
		"problem": func(context.Context, cli.OpenOptions) (cli.Desk, error) { return cli.Desk{}, spilledProblem() },
		"panic":   func(context.Context, cli.OpenOptions) (cli.Desk, error) { panic("said " + spilled) },
		"sealed":  func(context.Context, cli.OpenOptions) (cli.Desk, error) { panic(keyring.NewSecret(spilled)) },
		"debug": func(_ context.Context, o cli.OpenOptions) (cli.Desk, error) {
			_, err := io.WriteString(o.Debug, "GET https://host/?token="+spilled+"\n")
			return cli.Desk{}, errors.Join(err, errors.New("•••"))
		},
	} {
		for _, face := range []string{"--plain", "--json", "--accessible"} {
			debug := filepath.Join(t.TempDir(), "debug")
			code, out, errout := spill(t, open, "status", face, "--debug", debug)
			written, err := os.ReadFile(debug)
			all := out + errout + string(written)
			if how != "panic" && how != "sealed" && err != nil {
				t.Error(err)
			}
			if code == 0 || strings.Contains(all, spilled) || !strings.Contains(all, "•••") {
				t.Errorf("%s with %s: exit %d\n%s", how, face, code, all)
			}
		}
	}
}

func spilledProblem() error {
	return &flow.Problem{Code: "x", Class: flow.ClassFailed, Text: spilled, Now: []string{spilled}, Lines: []string{spilled}, Next: []string{spilled}}
}

// TestAPanicIsAProblem: it has the exit code of a bug, says where it was, and a
// stream of JSON still ends as one.
func TestAPanicIsAProblem(t *testing.T) {
	open := func(context.Context, cli.OpenOptions) (cli.Desk, error) { panic("boom") }
	code, out, errout := spill(t, open, "status", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last struct{ Kind string }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Kind != "result" {
		t.Errorf("%v: %s", err, out)
	}
	if code != 70 || !strings.Contains(errout, "TestAPanicIsAProblem") {
		t.Errorf("exit %d\n%s", code, errout)
	}
}
