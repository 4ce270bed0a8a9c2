package gitops_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/gitops"
)

func asType[T error](err error, to *T) bool { return errors.As(err, to) }

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
