package pypi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

const accessList = "system.posix_acl_access"

// sets gives a file an attribute, or skips where the file system has none.
func sets(t *testing.T, file, name string, value []byte) {
	t.Helper()
	err := syscall.Setxattr(file, name, value, 0)
	if errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EPERM) {
		t.Skipf("%s: %v", name, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPypircAttributes: what others put on the file goes over to the new one.
func TestPypircAttributes(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), ".pypirc"), foreign)
	sets(t, path, "user.note", []byte("kept"))
	sets(t, path, "user.empty", nil)
	lost, err := change(path, tokenEdit("T"), nil)
	if err != nil || len(lost) > 0 {
		t.Fatalf("%v, lost %v", err, lost)
	}
	for name, want := range map[string]string{"user.note": "kept", "user.empty": ""} {
		if got, ok := rcAttribute(path, name); !ok || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, ok)
		}
	}
}

// TestPypircAccessList: one that lets others read the file does not go over, and
// that is said.
func TestPypircAccessList(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), ".pypirc"), foreign)
	sets(t, path, accessList, readableBy(12345))
	lost, err := change(path, tokenEdit("T"), nil)
	if err != nil || !slices.Contains(lost, accessList) {
		t.Fatalf("%v, lost %v", err, lost)
	}
	info, err := os.Stat(path)
	if _, ok := rcAttribute(path, accessList); err != nil || ok || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, %v", err, ok, info.Mode())
	}
}

// readableBy is the access list u::rw- u:UID:r-- g::--- m::r-- o::---, as the kernel has it.
func readableBy(uid uint32) []byte {
	const none = ^uint32(0)
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, uint32(2))
	for _, e := range []struct {
		Tag, Perm uint16
		ID        uint32
	}{{1, 6, none}, {2, 4, uid}, {4, 0, none}, {16, 4, none}, {32, 0, none}} {
		_ = binary.Write(&b, binary.LittleEndian, e)
	}
	return b.Bytes()
}
