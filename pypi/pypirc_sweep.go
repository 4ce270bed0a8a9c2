package pypi

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names beside the file all start like this, so that what a killed run left
// is found again. What an error named to a person is called rcKept instead: it is
// theirs, there is at most one, and nothing is written while it is there, since
// another failure could not keep its own.
const (
	rcTemp   = ".pypirc.ferry-new-"
	rcBackup = ".pypirc.ferry-old-"
	rcKept   = ".pypirc.ferry-kept"

	rcOrphanAge = time.Minute
	rcGlance    = 20_000 // names that SweepPypirc looks at, which takes less than 10 ms
)

// SweepPypirc removes what a killed run left beside a .pypirc, and gives how
// many files that were. It is cheap enough for every start of the program: it
// reads names, opens nothing while there is no such file, and gives a folder of
// more than rcGlance entries up; opening the file sweeps such a one as well.
func SweepPypirc(path string) int {
	target, err := rcResolve(path)
	if err != nil || !rcLittered(filepath.Dir(target)) {
		return 0
	}
	f, err := OpenPypirc(path)
	if err != nil {
		return 0 // a file that is not whole may need what lies beside it
	}
	return f.swept
}

func rcLittered(dir string) bool {
	h, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer h.Close()
	names, _ := h.Readdirnames(rcGlance) // what was read before an error is looked at
	return slices.ContainsFunc(names, rcLitter)
}

// rcLitter says whether a name is one of ours beside the file.
func rcLitter(name string) bool {
	return strings.HasPrefix(name, rcTemp) || strings.HasPrefix(name, rcBackup)
}

// sweepAlone sweeps unless another ferry writes at the moment.
func (f *PypircFile) sweepAlone() int {
	dir := filepath.Dir(f.target)
	unlock, err := rcLock(dir)
	if err != nil {
		return 0
	}
	defer unlock()
	return f.sweep(dir)
}

// sweep removes what killed runs left: ours, and of a process that is gone, or
// old. It is called only when the file itself could be read and is whole. An
// orphan that cannot be removed now is found again by the next start.
func (f *PypircFile) sweep(dir string) (n int) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if !rcLitter(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil && f.orphan(e.Name(), info) && os.Remove(filepath.Join(dir, e.Name())) == nil {
			n++
		}
	}
	return n
}

func (f *PypircFile) orphan(name string, info fs.FileInfo) bool {
	if !info.Mode().IsRegular() || !rcOwned(info) {
		return false
	}
	pid, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, rcTemp), rcBackup), "-")
	n, err := strconv.Atoi(pid)
	return err == nil && !rcAlive(n) || f.now().Sub(info.ModTime()) > rcOrphanAge
}
