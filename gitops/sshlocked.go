package gitops

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"

	"ferry/keyring"
)

// Passphrase asks for what opens an encrypted ssh key. An error ends the login.
type Passphrase func(ctx context.Context, keyfile string) (keyring.Secret, error)

const passphrases = 2 // a person may mistype once

// locked is a key whose passphrase is asked for only when the server wants just
// this key: the agent, or another key, may do without a question.
type locked struct {
	ctx    context.Context //nolint:containedctx // ssh.Signer has no room for it, and the login is one call
	path   string
	pem    []byte
	public ssh.PublicKey
	ids    *identities
}

func (k *locked) PublicKey() ssh.PublicKey { return k.public }

func (k *locked) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(rand, data, "")
}

func (k *locked) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s, err := k.open()
	if err != nil {
		k.ids.failed = err
		return nil, err
	}
	if with, ok := s.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return with.SignWithAlgorithm(rand, data, algorithm)
	}
	return s.Sign(rand, data)
}

// open opens the key once for all operations of the remote.
func (k *locked) open() (ssh.Signer, error) {
	if s, ok := k.ids.remote.opened.Load(k.path); ok {
		return s.(ssh.Signer), nil
	}
	for range passphrases {
		secret, err := k.ids.remote.options.Passphrase(k.ctx, k.path)
		if err != nil {
			return nil, &credentialsError{k.path, err}
		}
		s, err := k.try(secret)
		if err == nil {
			k.ids.remote.opened.Store(k.path, s)
			return s, nil
		}
		if !errors.Is(err, x509.IncorrectPasswordError) {
			return nil, &AuthError{Host: k.ids.remote.place(), Text: k.path + " is no key we can read"}
		}
	}
	return nil, &AuthError{Host: k.ids.remote.place(), Text: "the passphrase of " + k.path + " was wrong, twice"}
}

func (k *locked) try(secret keyring.Secret) (s ssh.Signer, err error) {
	if secret.IsZero() {
		return nil, x509.IncorrectPasswordError
	}
	err = secret.Use(func(value []byte) error {
		s, err = ssh.ParsePrivateKeyWithPassphrase(k.pem, value)
		return err
	})
	return s, err
}

// lock puts an encrypted key among the identities, if somebody can be asked
// and its public half is known.
func (id *identities) lock(ctx context.Context, path string, pem []byte, missing *ssh.PassphraseMissingError) bool {
	public := missing.PublicKey
	if public == nil { // an old format, which hides it
		b, _ := os.ReadFile(strings.TrimSuffix(path, ".pub") + ".pub")
		public, _, _, _, _ = ssh.ParseAuthorizedKey(b)
	}
	if public == nil || id.remote.options.Passphrase == nil {
		return false
	}
	id.add(&locked{ctx, path, pem, public, id})
	return true
}
