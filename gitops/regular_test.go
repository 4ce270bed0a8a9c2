//go:build unix

package gitops_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"ferry/gitops"
)

// unheld runs f, which must not wait for somebody to write into a pipe.
func unheld(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute): // only of a test that failed
		t.Fatal("it waits for a pipe")
		return nil
	}
}

// TestPipesAreNotRead: a pipe where a file of the person's or of the work tree's
// should be holds nothing up, and says nothing.
func TestPipesAreNotRead(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	pipe(t, filepath.Join(home, ".netrc"))
	must(t, unheld(t, func() error {
		l, err := gitops.NetrcLogin()(t.Context(), "https://a.example/o/r")
		equal(t, "no login", l.Secret.IsZero(), true)
		return err
	}))
	for _, place := range []string{".gitattributes", ".git/info/attributes", ".git/info/exclude"} {
		t.Run(place, func(t *testing.T) {
			needs(t, "git")
			c := newCheckout(t)
			c.touch("a.txt")
			c.write(".git/info/description", "so that the folder is there")
			pipe(t, c.at(place))
			repo, err := gitops.Open(c.dir)
			must(t, err)
			withoutGit(t)
			must(t, unheld(t, func() error { return drop(repo.Status(t.Context())) }))
		})
	}
}

// TestNetrcEndsWithItsContext: nobody is looked up for who has left.
func TestNetrcEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gitops.NetrcLogin()(ctx, "https://a.example/o/r"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
