package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"ferry/flow/sandbox"
)

// TestRecoverFromWhatCIKeeps: a maintainer on another machine, where no file lies,
// completes a half release out of CI's artifact. Without a token of the index nothing
// is sent, and nothing that was fetched is left behind.
func TestRecoverFromWhatCIKeeps(t *testing.T) {
	t.Parallel()
	w := start(t, "half-kept", nil, nil)
	if r := w.run("you", yes...); r.code != 1 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	complete := []string{"recover", "--plain", "--complete", "--yes=" + sandbox.Version}
	cmd := w.command(t.Context(), "sam", complete...)
	cmd.Env = append(cmd.Env, "FERRY_TOKEN_PYPI=", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	if r := finish(t, cmd); r.code != 4 || len(w.uploads()) != 1 {
		t.Errorf("without a token: exit code %d\n%s", r.code, r.err)
	}
	r := w.run("sam", complete...)
	if r.code != 0 || !strings.Contains(r.err, `acme_core-1.4.0.tar.gz from the artifact "dist" of github build`) {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if up := w.uploads(); len(up) != 2 || slices.Max(slices.Collect(maps.Values(up))) != 1 {
		t.Errorf("uploads: %v", up)
	}
	if r := w.run("you", "recover", "--plain"); r.code != 0 || !strings.HasPrefix(r.out, "Nothing is half done here") {
		t.Errorf("after: exit code %d\n%s%s", r.code, r.out, r.err)
	}
	left, err := os.ReadDir(w.Dir) // which is the temporary folder, too
	if err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "ferry-kept-") }) {
		t.Errorf("left: %v, %v", left, err)
	}
}
