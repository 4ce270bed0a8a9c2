package gitops_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ferry/gitops"
)

// BenchmarkStatus sets Status beside `git status --porcelain` on a warm cache,
// and beside itself on a machine without git. Its table is in docs/figures.md.
func BenchmarkStatus(b *testing.B) {
	program, err := exec.LookPath("git")
	if err != nil {
		b.Skip("git is not installed")
	}
	for _, n := range []int{1_000, 20_000, 100_000} {
		if testing.Short() && n > 1_000 {
			break
		}
		dir := b.TempDir()
		call := func(args ...string) {
			cmd := exec.Command(program, append([]string{"-C", dir, "-c", "user.name=B", "-c", "user.email=b@example.org", "-c", "gc.auto=0"}, args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %v %s", args, err, out)
			}
		}
		call("init", "-q")
		manyFiles(b, dir, n)
		call("add", "-A")
		call("commit", "-qm", "many")
		call("status", "--porcelain") // settles the index
		repo, err := gitops.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		status := func(b *testing.B) {
			for b.Loop() {
				if changes, err := repo.Status(b.Context()); err != nil || len(changes) != 0 {
					b.Fatal(changes, err)
				}
			}
		}
		b.Run(fmt.Sprintf("git/%d", n), func(b *testing.B) {
			for b.Loop() {
				call("status", "--porcelain")
			}
		})
		b.Run(fmt.Sprintf("ferry/%d", n), status)
		b.Run(fmt.Sprintf("ferry-without-git/%d", n), func(b *testing.B) {
			b.Setenv("PATH", b.TempDir())
			status(b)
		})
	}
}

// manyFiles writes n small files, a hundred to a folder. They are an hour old:
// what is as young as the index is read again by git and by us.
func manyFiles(b *testing.B, dir string, n int) {
	old := time.Now().Add(-time.Hour)
	for i := range n {
		folder := filepath.Join(dir, fmt.Sprintf("d%03d", i/100))
		if i%100 == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		file := filepath.Join(folder, fmt.Sprintf("f%d.py", i))
		if err := os.WriteFile(file, fmt.Appendf(nil, "x = %d\n", i), 0o644); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(file, old, old); err != nil {
			b.Fatal(err)
		}
	}
}
