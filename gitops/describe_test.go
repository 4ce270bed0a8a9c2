package gitops_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/gitops"
)

// TestNearest: in histories with merges at random, the answer is git's own.
func TestNearest(t *testing.T) {
	needs(t, "git")
	random := rand.New(rand.NewPCG(7, 21))
	for round := range 6 {
		dir := t.TempDir()
		tip := grow(t, dir, random, 30)
		repo, err := gitops.Open(dir)
		must(t, err)
		tags := repo.Tags()
		on := map[string]bool{}
		for _, sha := range tags {
			on[sha] = true
		}
		for _, rev := range []string{tip, tip + "~1", tip + "~3", tip + "~6"} {
			sha := git(t, dir, "rev-parse", rev)
			near, distance, err := repo.Nearest(t.Context(), sha, func(sha string) bool { return on[sha] })
			must(t, err)
			want, got := "", fmt.Sprint(distance)
			if out, err := tryGit(t, dir, "describe", "--tags", "--long", sha); err == nil {
				parts := strings.Split(out, "-")
				want = parts[len(parts)-2]
				if at := tags[strings.Join(parts[:len(parts)-2], "-")]; at != near {
					t.Errorf("round %d, %s: near %s, and git says %s", round, rev, near, out)
				}
			} else {
				got = fmt.Sprint(near, "none ", distance)
				want = "none " + git(t, dir, "rev-list", "--count", sha)
			}
			if got != want {
				t.Errorf("round %d, %s: %s, and git says %s", round, rev, got, want)
			}
		}
	}
}

// grow makes a history with branches, merges and tags, a commit a minute.
func grow(t *testing.T, dir string, random *rand.Rand, n int) string {
	t.Helper()
	git(t, dir, "init", "-q", ".")
	tree := git(t, dir, "write-tree")
	var all []string
	for i := range n {
		args := []string{"commit-tree", tree, "-m", fmt.Sprint(i)}
		for j := range min(len(all), 1+random.IntN(2)) {
			parent := all[len(all)-1-min(j*(1+random.IntN(4)), len(all)-1)]
			if !slices.Contains(args, parent) {
				args = append(args, "-p", parent)
			}
		}
		t.Setenv("GIT_COMMITTER_DATE", fmt.Sprintf("2026-01-01T10:%02d:00Z", i))
		sha := git(t, dir, args...)
		if random.IntN(5) == 0 && i > 2 {
			git(t, dir, "tag", fmt.Sprintf("v%d", i), sha)
		}
		all = append(all, sha)
	}
	return all[n-1]
}

// TestNearestInAShallowClone: what is not there cannot be weighed.
func TestNearestInAShallowClone(t *testing.T) {
	needs(t, "git")
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	must(t, os.Mkdir(whole, 0o755))
	grow(t, whole, rand.New(rand.NewPCG(1, 1)), 12)
	git(t, whole, "checkout", "-q", "-B", "main", git(t, whole, "log", "--all", "-1", "--format=%H"))
	git(t, dir, "clone", "-q", "--depth=2", "file://"+whole, "shallow")
	repo, err := gitops.Open(filepath.Join(dir, "shallow"))
	must(t, err)
	head := git(t, filepath.Join(dir, "shallow"), "rev-parse", "HEAD")
	var no *gitops.CannotTellError
	if _, _, err := repo.Nearest(t.Context(), head, func(string) bool { return false }); !errors.As(err, &no) {
		t.Errorf("%v", err)
	}
	if near, n, err := repo.Nearest(t.Context(), head, func(sha string) bool { return sha == head }); err != nil || near != head || n != 0 {
		t.Errorf("%s %d %v", near, n, err)
	}
}
