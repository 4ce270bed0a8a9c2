package gitops

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// closedObject is an object whose text cannot be had.
type closedObject struct{ plumbing.MemoryObject }

var errUnreadable = errors.New("not to be read")

func (*closedObject) Reader() (io.ReadCloser, error) { return nil, errUnreadable }

// TestLendLeavesNothing: what could not be lent leaves no folder behind.
func TestLendLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP"} {
		t.Setenv(name, dir)
	}
	o := newOverlay(nil)
	o.fresh.Objects[plumbing.NewHash("0123456789012345678901234567890123456789")] = &closedObject{}
	if _, err := o.lend(); !errors.Is(err, errUnreadable) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}
