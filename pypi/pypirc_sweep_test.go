package pypi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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

// breaking is a disk on which a write fails after the rename: the folder is not
// synced, or the file becomes another one.
type breaking struct {
	rcRealDisk
	becomes, path string
	noName        bool // no file can be renamed to rcKept
}

func (d breaking) SyncDir(string) error {
	if d.becomes == "" {
		return syscall.EIO
	}
	return os.WriteFile(d.path, []byte(d.becomes), 0o600)
}

func (d breaking) Rename(from, to string) error {
	if d.noName && filepath.Base(to) == rcKept {
		return syscall.EACCES
	}
	return d.rcRealDisk.Rename(from, to)
}

// fails writes on such a disk, and gives the error, a long time later.
func (d breaking) fails(t *testing.T, reason string) *PypircError {
	t.Helper()
	_, err := change(d.path, tokenEdit("T"), func(f *PypircFile) { f.disk = d })
	var p *PypircError
	if !errors.As(err, &p) || p.Reason != reason || get(t, p.Kept) != foreign || !strings.Contains(err.Error(), "kept as "+p.Kept) {
		t.Fatalf("%v", err)
	}
	past := time.Now().Add(-2 * rcOrphanAge)
	if err := os.Chtimes(p.Kept, past, past); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPypircKeptStays: a copy that was named to a person is theirs. It is the only
// one, and as long as it is there nothing more is written.
func TestPypircKeptStays(t *testing.T) {
	for reason, becomes := range map[string]string{PypircIO: "", PypircReadBack: "[other]\npassword = x\n"} {
		t.Run(reason, func(t *testing.T) {
			dir := t.TempDir()
			disk := breaking{path: put(t, filepath.Join(dir, ".pypirc"), foreign), becomes: becomes}
			kept := disk.fails(t, reason).Kept
			now := get(t, disk.path)
			if SweepPypirc(disk.path); get(t, kept) != foreign {
				t.Error("the next start changed it")
			}
			_, err := change(disk.path, tokenEdit("U"), func(f *PypircFile) {
				if shown := fmt.Sprint(f.View().Findings); !strings.Contains(shown, kept) {
					t.Errorf("not shown: %s", shown)
				}
			})
			if !errors.Is(err, errStillKept) || !strings.Contains(fmt.Sprint(err), kept) {
				t.Errorf("the second write: %v", err)
			}
			if get(t, disk.path) != now || get(t, kept) != foreign || len(litter(t, dir)) != 1 {
				t.Errorf("afterwards: %v", litter(t, dir))
			}
			_ = os.Remove(kept)
			if _, err := change(disk.path, tokenEdit("U"), nil); err != nil || len(litter(t, dir)) > 0 {
				t.Errorf("once it is gone: %v %v", err, litter(t, dir))
			}
		})
	}
}

// TestPypircKeptWithoutAName: if the copy cannot get its lasting name, the error
// does not promise that it lasts.
func TestPypircKeptWithoutAName(t *testing.T) {
	disk := breaking{path: put(t, filepath.Join(t.TempDir(), ".pypirc"), foreign), noName: true}
	p := disk.fails(t, PypircIO)
	if !errors.Is(p, syscall.EIO) || !errors.Is(p, syscall.EACCES) || !strings.Contains(p.Error(), "is to be copied now") {
		t.Errorf("%v", p)
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
