package steps_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/gitops/gittest"
)

// A repository that moved is found before anything is pushed, and again at the
// push: it names the new address and git's command for it.
func TestRemoteMoved(t *testing.T) {
	b := newBench(t, options{})
	there := httptest.NewServer(b.git)
	defer there.Close()
	b.git.Faults(gittest.Redirect(301, there.URL).On(gittest.List))
	f := b.observe(flow.CheckTree)
	judgeMoved(t, f.Problem, there.URL)
	if f.Status != flow.Conflict {
		t.Errorf("got %s %s", f.Status, f.Text)
	}
	b.git.Faults(gittest.Redirect(301, there.URL).On(gittest.Prepare))
	var p *flow.Problem
	if err := b.run(b.step(flow.PushBranch)); !errors.As(err, &p) {
		t.Fatalf("got %v", err)
	}
	judgeMoved(t, p, there.URL)
	if f := b.observe(flow.PushBranch); f.Status != flow.Todo {
		t.Errorf("afterwards: %s %s", f.Status, f.Text)
	}
}

// What git would do at a push and we cannot stands in the way of it, by name.
func TestUnablePush(t *testing.T) {
	b := newBench(t, options{})
	config := filepath.Join(b.dir, ".git", "config")
	text, err := os.ReadFile(config)
	err = errors.Join(err, os.WriteFile(config, append(text, "[push]\n\tgpgSign = true\n"...), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	var p *flow.Problem
	if err := b.run(b.step(flow.PushBranch)); !errors.As(err, &p) || p.Class != flow.ClassFailed || !strings.Contains(p.Text, "push.gpgSign") || len(p.Next) == 0 {
		t.Errorf("got %+v", err)
	}
}

func judgeMoved(t *testing.T, p *flow.Problem, to string) {
	t.Helper()
	if p == nil || p.Code != flow.CodeRemoteMoved || p.Class != flow.ClassConflict || !strings.Contains(p.Text, to) {
		t.Fatalf("got %+v", p)
	}
	if !strings.HasPrefix(p.Next[0], "git remote set-url origin "+to+"/") || !strings.Contains(strings.Join(p.Now, " "), "was not changed") {
		t.Errorf("says too little: %+v", p)
	}
}
