package gitops_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
)

func asType[T error](err error, to *T) bool { return errors.As(err, to) }

// sshd starts a real one and gives the port. HOME gets a key it accepts, and
// known_hosts the host keys of the kinds named.
func sshd(t *testing.T, known ...string) (port string) {
	t.Helper()
	server := needs(t, "sshd", "/usr/sbin/sshd")
	dir, home := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	must(t, os.Chmod(home, 0o700))
	must(t, os.Mkdir(filepath.Join(home, ".ssh"), 0o700))
	key := filepath.Join(home, ".ssh", "id_ed25519")
	for _, args := range [][]string{{"ed25519", key}, {"ed25519", dir + "/ed25519"}, {"ecdsa", dir + "/ecdsa"}} {
		out, err := exec.Command(needs(t, "ssh-keygen"), "-q", "-t", args[0], "-N", "", "-f", args[1]).CombinedOutput()
		if err != nil {
			t.Fatalf("ssh-keygen: %v %s", err, out)
		}
	}
	pub, err := os.ReadFile(key + ".pub")
	must(t, err)
	must(t, os.WriteFile(dir+"/authorized", pub, 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	config := fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s/ed25519\nHostKey %s/ecdsa\nAuthorizedKeysFile %s/authorized\n"+
		"StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n", port, dir, dir, dir)
	must(t, os.WriteFile(dir+"/config", []byte(config), 0o600))
	_ = os.MkdirAll("/run/sshd", 0o755) // sshd insists on it
	cmd := exec.Command(server, "-D", "-e", "-f", dir+"/config")
	text, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(text)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
		t.Log(lines.Text())
	}
	go func() {
		for lines.Scan() { // keep the pipe empty
		}
	}()
	var hosts strings.Builder
	for _, kind := range known {
		b, err := os.ReadFile(dir + "/" + kind + ".pub")
		must(t, err)
		fmt.Fprintf(&hosts, "[127.0.0.1]:%s %s", port, b)
	}
	must(t, os.WriteFile(filepath.Join(home, ".ssh", "known_hosts"), []byte("garbage, as found in the wild\n"+hosts.String()), 0o600))
	return port
}

func TestSSH(t *testing.T) {
	for _, known := range []string{"ed25519", "ecdsa"} { // one kind alone must do
		t.Run(known, func(t *testing.T) {
			port := sshd(t, known)
			bare, clone, ours := realRemote(t)
			config := fmt.Sprintf("Host boat\n  HostName 127.0.0.1\n  Port %s\nMatch user nobody\n  Port 1\n", port)
			must(t, os.WriteFile(filepath.Join(os.Getenv("HOME"), ".ssh", "config"), []byte(config), 0o600))
			journey(t, realOpen(t, clone, "boat:"+bare, nil), bare, ours)
		})
	}
}

func TestSSHErrors(t *testing.T) {
	port := sshd(t, "ed25519")
	bare, clone, _ := realRemote(t)
	url := "ssh://127.0.0.1:" + port + bare
	ssh := filepath.Join(os.Getenv("HOME"), ".ssh")

	m := realOpen(t, clone, url+"nothing", nil)
	if _, err := m.Refs(t.Context()); !is[*gitops.NotFoundError](err) {
		t.Errorf("no repository: %T %v", err, err)
	}
	m = realOpen(t, clone, url, nil)
	known, err := os.ReadFile(filepath.Join(ssh, "known_hosts"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(ssh, "known_hosts"), nil, 0o600))
	var host *gitops.HostKeyError
	if _, err := m.Refs(t.Context()); !asType(err, &host) || host.Changed || !strings.HasPrefix(host.Fingerprint, "SHA256:") {
		t.Errorf("unknown host: %v", err)
	}
	pub, err := os.ReadFile(filepath.Join(ssh, "id_ed25519.pub"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(ssh, "known_hosts"), []byte("[127.0.0.1]:"+port+" "+string(pub)), 0o600))
	if _, err := m.Refs(t.Context()); !asType(err, &host) || !host.Changed {
		t.Errorf("changed host: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(ssh, "known_hosts"), known, 0o600))
	must(t, os.Remove(filepath.Join(ssh, "id_ed25519")))
	var auth *gitops.AuthError
	if _, err := m.Refs(t.Context()); !asType(err, &auth) || !auth.Missing {
		t.Errorf("no key: %v", err)
	}
	out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(ssh, "id_ed25519")).CombinedOutput()
	if err != nil {
		t.Skip(string(out))
	}
	if _, err := m.Refs(t.Context()); !asType(err, &auth) || auth.Missing || !strings.Contains(auth.Text, "SHA256:") {
		t.Errorf("wrong key: %v", err)
	}
}
