package pypi

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const dead = "999999999-dead"

// TestSweepPypirc is what every start of the program does.
func TestSweepPypirc(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		make       func(t *testing.T, dir string) (path, litter string)
		want       int
	}{
		{"nothing there", "", func(_ *testing.T, dir string) (string, string) { return filepath.Join(dir, ".pypirc"), dir }, 0},
		{"orphans, no file", "", orphans, 2},
		{"orphans beside the file", foreign, orphans, 2},
		{"beside the file that a link leads to", foreign, func(t *testing.T, dir string) (string, string) {
			real := mkdir(t, filepath.Join(dir, "real"))
			orphans(t, real)
			return link(t, put(t, filepath.Join(real, ".pypirc"), foreign), dir), real
		}, 2},
		{"a file that may need what lies beside it", "torn\n", orphans, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, dir := tt.make(t, t.TempDir())
			if _, err := os.Lstat(path); err != nil && tt.text != "" {
				put(t, path, tt.text)
			}
			before := len(litter(t, dir))
			if got := SweepPypirc(path); rcModes && (got != tt.want || before-len(litter(t, dir)) != tt.want) {
				t.Errorf("swept %d of %d, there are %v", got, before, litter(t, dir))
			}
		})
	}
}

func orphans(t *testing.T, dir string) (path, litter string) {
	put(t, filepath.Join(dir, rcTemp+dead), "x")
	put(t, filepath.Join(dir, rcBackup+dead), "x")
	return filepath.Join(dir, ".pypirc"), dir
}

// TestReadPypircSweepsNothing: who only looks changes nothing.
func TestReadPypircSweepsNothing(t *testing.T) {
	path, dir := orphans(t, t.TempDir())
	if _, err := ReadPypirc(path); err != nil || len(litter(t, dir)) != 2 {
		t.Errorf("%v %v", err, litter(t, dir))
	}
}

// BenchmarkSweepPypirc is what a start costs in homes of several sizes.
func BenchmarkSweepPypirc(b *testing.B) {
	for _, n := range []int{30, 300, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			for i := range n {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("some-file-%d", i)), nil, 0o600); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				SweepPypirc(filepath.Join(dir, ".pypirc"))
			}
		})
	}
}
