package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDistBesideTheRepository: what --dist names lies where --repo says, as for make
// and git.
func TestDistBesideTheRepository(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"there", "there/made"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for dist, want := range map[string]bool{"made": true, filepath.Join(dir, "there", "made"): true, "there/made": false, "none": false} {
		opened := false
		out, err := os.Create(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		Main(t.Context(), App{In: out, Out: out, Err: out, Env: func(string) string { return "" }, Open: func(context.Context, OpenOptions) (Desk, error) {
			opened = true
			return Desk{}, errors.New("far enough")
		}}, []string{"verify", "-C", "there", "--dist", dist})
		if _ = out.Close(); opened != want {
			t.Errorf("--dist %s: looked further is %v", dist, opened)
		}
	}
}

// TestAgain: the flags that were given are those to be asked again with.
func TestAgain(t *testing.T) {
	for given, want := range map[string][2]string{
		"":                                   {"", ""},
		"--dist|my dist|--rebuild|--wait|9m": {"--dist|my dist|--rebuild", ""},
		"--index=corp|--json":                {"--index|corp|--json", ""},
		"-C|there|--package|core|--config|x": {"--config|x|--package|core|--repo|there", "--config|x|--package|core|--repo|there"},
		"--rebuild=false|--dist=-d|--yes":    {"--dist=-d|--rebuild=false", ""},
	} {
		cmd, _, err := newCommands(App{}).root().Find([]string{"verify"})
		if err == nil && given != "" {
			err = cmd.ParseFlags(strings.Split(given, "|"))
		}
		if err != nil {
			t.Fatal(err)
		}
		a := again(cmd, time.Minute)
		if flags, where := strings.Join(a.Flags, "|"), strings.Join(a.Where, "|"); flags != want[0] || where != want[1] || a.Wait != time.Minute {
			t.Errorf("%s: %q and %q, want %q", given, flags, where, want)
		}
	}
}
