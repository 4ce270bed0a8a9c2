package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// privateBus starts a session bus that starts no services by itself, and
// gnome-keyring on it, with folders that nobody else has. It gives the bus's
// address and the keyring's folder.
func privateBus(t *testing.T) (address, dir string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the keyring of another system cannot be had for a test")
	}
	installed(t, "dbus", "dbus-daemon")
	installed(t, "gnome-keyring", "gnome-keyring-daemon")
	dir = t.TempDir()
	conf := filepath.Join(dir, "bus.conf")
	text := `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>` +
		`<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bus := exec.CommandContext(t.Context(), "dbus-daemon", "--config-file="+conf, "--print-address=1", "--nofork", "--nopidfile")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	untilEnd(t, bus)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the bus does not start: ", err)
	}
	address = strings.TrimSpace(line)
	keys := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	keys.Env = []string{"DBUS_SESSION_BUS_ADDRESS=" + address, "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "XDG_DATA_HOME=" + filepath.Join(dir, "data"), "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	keys.Stdin = strings.NewReader("\n")
	untilEnd(t, keys)
	return address, dir
}

func untilEnd(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// TestNoCanaryOfTheKeyring: a token goes by a pipe into a real keyring, from
// there into ~/.pypirc, and out of both again; nowhere else.
func TestNoCanaryOfTheKeyring(t *testing.T) {
	t.Parallel()
	address, _ := privateBus(t)
	token := map[string]string{"pypi": indexBird(60), "corp": bird(61), "travis": bird(62)}
	a := newAviary(t, "happy", nil, token)
	edit(a.home, "config.toml", func(s string) string { // a token of PyPI's is taken for PyPI alone
		return s[:strings.Index(s, "[index.pypi]")] + s[strings.Index(s, "[ci]"):]
	})
	settings := map[string]string{"DBUS_SESSION_BUS_ADDRESS": address, "HTTPS_PROXY": a.far()}
	run := func(face, line, typed string) result {
		cmd := a.ferry(settings, append(strings.Fields(line), face)...)
		cmd.Stdin = strings.NewReader(typed)
		return a.says(cmd)
	}
	end := time.After(20 * time.Second)
	for strings.Contains(run("--plain", "auth status", "").out, "keyring:") {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-end:
			missing(t, "a gnome-keyring that starts")
		}
	}
	pypirc := filepath.Join(a.home, ".pypirc")
	for _, face := range faceFlags {
		for _, name := range []string{"pypi", "corp", "travis"} {
			if r := run(face, "auth login "+name, token[name]+"\n"); r.code != 0 {
				t.Errorf("auth login %s %s: %d %s", name, face, r.code, r.err)
			}
		}
		for _, line := range []string{"auth status", "auth test pypi", "auth test corp", "auth test travis", "status", "release --plan", "pypirc write --index pypi --index corp --yes", "pypirc show", "auth status"} {
			run(face, line, "")
		}
		text, err := os.ReadFile(pypirc)
		if err != nil || !strings.Contains(string(text), token["pypi"]) || !strings.Contains(string(text), token["corp"]) {
			t.Errorf("%s: ~/.pypirc holds no token (%v)", face, err)
		}
		if i, err := os.Stat(pypirc); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", i, err)
		}
		run(face, "pypirc remove --index pypi --index corp --yes", "")
		a.birds.files(t, a.Dir) // not even there
		for _, name := range []string{"pypi", "corp", "travis"} {
			run(face, "auth logout "+name, "")
		}
	}
	a.nothing(map[string][]string{"ci": {"travis"}})
	if slices.Contains(a.kept, pypirc) {
		t.Error("~/.pypirc was not looked into")
	}
}
