package gitops_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/keyring"
)

// An encrypted key: asked for only when the server wants it, once for all that
// follows, twice at most, and never told.
func TestSSHPassphrase(t *testing.T) {
	port := sshd(t, "ed25519")
	bare, clone, ours := realRemote(t)
	key := filepath.Join(os.Getenv("HOME"), ".ssh", "id_ed25519")
	protect := func(t *testing.T, format ...string) {
		t.Helper()
		args := append([]string{"-q", "-p", "-f", key, "-P", "", "-N", "s3cret"}, format...)
		if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	protect(t)
	git(t, clone, "remote", "set-url", "origin", "ssh://127.0.0.1:"+port+bare)
	repo, err := gitops.Open(clone)
	must(t, err)
	no := errors.New("left")
	for name, c := range map[string]struct {
		says   []string // one answer after the other; "" is a no
		asked  int
		lands  bool
		expect func(error) bool
	}{
		"right":         {[]string{"s3cret"}, 1, true, nil},
		"mistyped once": {[]string{"secret", "s3cret"}, 2, true, nil},
		"wrong":         {[]string{"a", "b", "s3cret"}, 2, false, is[*gitops.AuthError]},
		"declined":      {[]string{""}, 1, false, func(err error) bool { return errors.Is(err, no) }},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			m, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: 20 * time.Second, Passphrase: func(_ context.Context, file string) (keyring.Secret, error) {
				equal(t, "key", file, key)
				asked++
				if c.says[asked-1] == "" {
					return keyring.Secret{}, no
				}
				return keyring.NewSecret(c.says[asked-1]), nil
			}})
			must(t, err)
			_, err = m.Refs(t.Context())
			equal(t, "asked", asked, c.asked)
			if !c.lands {
				if !c.expect(err) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %T %v", err, err)
				}
				return
			}
			must(t, err)
			ref := release + "-" + strings.ReplaceAll(name, " ", "-")
			must(t, m.Create(t.Context(), ref, ours, nil))
			equal(t, "asked again", asked, c.asked)
			equal(t, "landed", git(t, bare, "rev-parse", ref), ours)
		})
	}
	t.Run("nobody to ask", func(t *testing.T) {
		var auth *gitops.AuthError
		if _, err := realOpen(t, clone, "ssh://127.0.0.1:"+port+bare, nil).Refs(t.Context()); !asType(err, &auth) || !strings.Contains(auth.Text, "is encrypted") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("in the agent", func(t *testing.T) {
		open := filepath.Join(t.TempDir(), "open")
		b, err := os.ReadFile(key)
		must(t, err)
		must(t, os.WriteFile(open, b, 0o600))
		if out, err := exec.Command("ssh-keygen", "-q", "-p", "-f", open, "-P", "s3cret", "-N", "").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		serveAgent(t, open)
		m, err := repo.Remote("origin", gitops.RemoteOptions{Passphrase: func(context.Context, string) (keyring.Secret, error) {
			t.Error("asked although the agent has it")
			return keyring.Secret{}, no
		}})
		must(t, err)
		_, err = m.Refs(t.Context())
		must(t, err)
	})
}

func TestSSHProxyCommand(t *testing.T) {
	port := sshd(t, "ed25519")
	bare, clone, ours := realRemote(t)
	self, err := os.Executable()
	must(t, err)
	t.Setenv("LC_RELAY", "1") // LC_ variables reach children
	configure := func(host, line string) {
		t.Helper()
		text := fmt.Sprintf("Host boat\n  HostName %s\n  Port %s\n  HostKeyAlias known\n  %s\n", host, port, line)
		must(t, os.WriteFile(filepath.Join(os.Getenv("HOME"), ".ssh", "config"), []byte(text), 0o600))
	}
	known := filepath.Join(os.Getenv("HOME"), ".ssh", "known_hosts")
	b, err := os.ReadFile(known)
	must(t, err)
	must(t, os.WriteFile(known, []byte(strings.ReplaceAll(string(b), "[127.0.0.1]:"+port, "known")), 0o600))

	configure("no-such-host.invalid", "ProxyCommand "+self+" $(test %h = no-such-host.invalid && test %n = boat && echo 127.0.0.1) %p")
	journey(t, realOpen(t, clone, "boat:"+bare, nil), bare, ours)

	configure("127.0.0.1", "ProxyCommand sh -c 'echo no way out >&2; exit 1'")
	if _, err := realOpen(t, clone, "boat:"+bare, nil).Refs(t.Context()); !is[*gitops.UnreachableError](err) || !strings.Contains(err.Error(), "no way out") {
		t.Errorf("failing: %T %v", err, err)
	}
	configure("127.0.0.1", "ProxyCommand sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := realOpen(t, clone, "boat:"+bare, nil).Refs(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
		t.Errorf("silent: %v after %v", err, time.Since(start))
	}
	var unsupported *gitops.UnsupportedError
	configure("127.0.0.1;touch${IFS}x", "ProxyCommand nc %h %p")
	if _, err := realOpen(t, clone, "boat:"+bare, nil).Refs(t.Context()); !asType(err, &unsupported) {
		t.Errorf("a trap: %v", err)
	}
}

// IdentitiesOnly: a key of the agent that no key file names is not shown.
func TestSSHIdentitiesOnly(t *testing.T) {
	port := sshd(t, "ed25519")
	bare, clone, _ := realRemote(t)
	dir := filepath.Join(os.Getenv("HOME"), ".ssh")
	away := filepath.Join(t.TempDir(), "key")
	must(t, os.Rename(filepath.Join(dir, "id_ed25519"), away))
	pub, err := os.ReadFile(filepath.Join(dir, "id_ed25519.pub"))
	must(t, err)
	must(t, os.Remove(filepath.Join(dir, "id_ed25519.pub")))
	serveAgent(t, away)
	m := realOpen(t, clone, "ssh://127.0.0.1:"+port+bare, nil)
	_, err = m.Refs(t.Context())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "config"), []byte("Host *\n  IdentitiesOnly yes\n"), 0o600))
	var auth *gitops.AuthError
	if _, err := m.Refs(t.Context()); !asType(err, &auth) || !auth.Missing {
		t.Errorf("a key that is not named: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "id_ed25519.pub"), pub, 0o600)) // the public half names it
	_, err = m.Refs(t.Context())
	must(t, err)
}
