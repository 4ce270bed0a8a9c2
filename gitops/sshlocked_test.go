package gitops_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/keyring"
)

// Every format of an encrypted key is opened by its passphrase, and by no other.
func TestSSHPassphraseFormats(t *testing.T) {
	h := newHarbour(t)
	h.knows("ed25519")
	bare, clone, _ := realRemote(t)
	git(t, clone, "remote", "set-url", "origin", "ssh://127.0.0.1:"+h.port+bare)
	repo, err := gitops.Open(clone)
	must(t, err)
	key := h.ssh("id_ecdsa")
	must(t, os.Remove(h.ssh("id_ed25519")))
	for name, format := range map[string]string{"OpenSSH": "RFC4716", "PEM": "PEM", "PKCS8": "PKCS8", "openssl": ""} {
		t.Run(name, func(t *testing.T) {
			os.Remove(key)
			args := []string{"-t", "ecdsa", "-a", "1", "-N", "s3cret", "-f", key}
			if format == "" {
				openssl := needs(t, "openssl")
				keygen(t, "-t", "ecdsa", "-N", "", "-m", "PKCS8", "-f", key)
				out, err := exec.Command(openssl, "pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-in", key, "-passout", "pass:s3cret").Output()
				must(t, err)
				write(t, key, string(out))
			} else {
				keygen(t, append(args, "-m", format)...)
			}
			write(t, h.dir+"/authorized", read(t, key+".pub"))
			for says, works := range map[string]bool{"s3cret": true, "secret": false} {
				m, err := repo.Remote("origin", gitops.RemoteOptions{Passphrase: func(context.Context, string) (keyring.Secret, error) {
					return keyring.NewSecret(says), nil
				}})
				must(t, err)
				_, err = m.Refs(t.Context())
				if (err == nil) != works || !works && !strings.Contains(err.Error(), "id_ecdsa was wrong, twice") {
					t.Errorf("%s: %v", says, err)
				}
			}
			must(t, os.Rename(key+".pub", key+".away"))
			var auth *gitops.AuthError
			if _, err := realOpen(t, clone, "ssh://127.0.0.1:"+h.port+bare, nil).Refs(t.Context()); !asType(err, &auth) || !strings.Contains(auth.Text, "is encrypted") {
				t.Errorf("nobody to ask: %v", err)
			}
			must(t, os.Remove(key+".away"))
		})
	}
}

// All operations of a remote ask once, two at the same time as well, and a no is
// a no for all. The time a person takes is not the server's.
func TestSSHPassphraseOnce(t *testing.T) {
	h := newHarbour(t)
	h.knows("ed25519")
	bare, clone, _ := realRemote(t)
	git(t, clone, "remote", "set-url", "origin", "ssh://127.0.0.1:"+h.port+bare)
	repo, err := gitops.Open(clone)
	must(t, err)
	keygen(t, "-p", "-a", "1", "-P", "", "-N", "s3cret", "-f", h.ssh("id_ed25519"))
	no := errors.New("left")
	for name, answer := range map[string]error{"yes": nil, "no": no} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			begun, both := make(chan struct{}), make(chan error, 2)
			m, err := repo.Remote("origin", gitops.RemoteOptions{Passphrase: func(ctx context.Context, _ string) (keyring.Secret, error) {
				if asked.Add(1) == 1 {
					close(begun)
				}
				equal(t, "the operation's time stands still", gitops.ClockStands(ctx), true)
				pass(ctx, 500*time.Millisecond) // for the second to come meanwhile; what is right later is the same
				return keyring.NewSecret("s3cret"), answer
			}})
			must(t, err)
			refs := func() {
				_, err := m.Refs(t.Context())
				both <- err
			}
			go refs()
			<-begun
			go refs()
			for range 2 {
				if err := <-both; !errors.Is(err, answer) {
					t.Errorf("got %v", err)
				}
			}
			if err := drop(m.Refs(t.Context())); !errors.Is(err, answer) {
				t.Errorf("afterwards: %v", err)
			}
			equal(t, "asked", asked.Load(), 1)
		})
	}
}

// Nobody answers: the question ends by its own limit, and a cancel ends it at once.
func TestSSHPassphraseUnanswered(t *testing.T) {
	h := newHarbour(t)
	h.knows("ed25519")
	bare, clone, _ := realRemote(t)
	git(t, clone, "remote", "set-url", "origin", "ssh://127.0.0.1:"+h.port+bare)
	repo, err := gitops.Open(clone)
	must(t, err)
	keygen(t, "-p", "-a", "1", "-P", "", "-N", "s3cret", "-f", h.ssh("id_ed25519"))
	ctx, cancel := context.WithCancel(t.Context())
	never := func(asking context.Context, _ string) (keyring.Secret, error) {
		<-asking.Done()
		return keyring.Secret{}, asking.Err()
	}
	m, err := repo.Remote("origin", gitops.RemoteOptions{PersonTime: 200 * time.Millisecond, Passphrase: never})
	must(t, err)
	if _, err := m.Refs(ctx); err == nil || !strings.Contains(err.Error(), "nobody answered") {
		t.Errorf("late: %v", err)
	}
	asked := 0
	m, err = repo.Remote("origin", gitops.RemoteOptions{Passphrase: func(asking context.Context, file string) (keyring.Secret, error) {
		if asked++; asked > 1 {
			return keyring.NewSecret("s3cret"), nil
		}
		cancel()
		return never(asking, file)
	}})
	must(t, err)
	if _, err := m.Refs(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	must(t, drop(m.Refs(t.Context()))) // which was no answer: it is asked again
}
