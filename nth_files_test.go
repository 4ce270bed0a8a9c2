package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow/journal"
)

// page is the unit in which a tmpfs gives room.
const page = 4 << 10

// crammed makes a home a file system of its own, and fills it until so many pages
// and files more find room. It skips where this user may not mount.
func (h *harbour) crammed(who string, pages, files int) {
	h.t.Helper()
	home := filepath.Join(h.Dir, who+"-home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		h.t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=64", "tmpfs", home).CombinedOutput(); err != nil {
		h.t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	h.t.Cleanup(func() { _ = exec.Command("umount", "-l", home).Run() })
	h.command(who) // makes the person's own files
	var made []string
	for i := 0; ; i++ {
		name := filepath.Join(home, fmt.Sprint("file", i))
		if os.WriteFile(name, nil, 0o600) != nil {
			break
		}
		made = append(made, name)
	}
	f, err := os.OpenFile(made[0], os.O_WRONLY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	size := int64(0)
	for err == nil {
		var n int
		n, err = f.Write(make([]byte, page))
		size += int64(n)
	}
	_ = f.Truncate(max(0, size-int64(pages)*page))
	_ = f.Close()
	for _, name := range made[1 : 1+files] {
		_ = os.Remove(name)
	}
}

// TestNoRoomAnywhere lets a home have room for n pages and for n files more, for
// every n up to what a release writes: each of its writes is the one that fails.
// The release ends right all the same, and what was written can be read.
func TestNoRoomAnywhere(t *testing.T) {
	for n := range 10 {
		for _, kind := range []string{"pages", "files"} {
			if os.Getenv("FERRY_NTH") != "all" && n%3 != 0 {
				continue
			}
			t.Run(fmt.Sprint(kind, " ", n), func(t *testing.T) {
				t.Parallel()
				h := startHarbour(t, somePace(rand.New(rand.NewPCG(uint64(n), 13))))
				room := map[string][2]int{"pages": {n, 30}, "files": {30, n}}[kind]
				h.crammed("you", room[0], room[1])
				cmd := h.command("you", yes...)
				r := finish(t, cmd)
				if r.code != 0 {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
				h.judge()
				records, err := journal.Read(h.journal("you"))
				if err != nil && !os.IsNotExist(err) {
					t.Errorf("the journal cannot be read: %v", err)
				}
				if len(records) == 0 && !strings.Contains(r.err, "no journal is kept") {
					t.Errorf("there is no journal, and nobody was told\n%s", r.err)
				}
				if state := h.told("sam"); state != "done" {
					t.Errorf("said to be %s", state)
				}
			})
		}
	}
}

// TestFilesMayNotGrow limits every file that is written to n blocks, for every n.
func TestFilesMayNotGrow(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	for n := range 8 {
		if os.Getenv("FERRY_NTH") != "all" && n%4 != 0 {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			h := startHarbour(t, somePace(rand.New(rand.NewPCG(uint64(n), 14))))
			cmd := h.command("you", yes...)
			cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, n), cmd.Path}, cmd.Args[1:]...)
			cmd.Path, _ = exec.LookPath("sh")
			r := finish(t, cmd)
			if r.code != 0 {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			h.judge()
			if _, err := journal.Read(h.journal("you")); err != nil && !os.IsNotExist(err) {
				t.Errorf("the journal cannot be read: %v", err)
			}
		})
	}
}
