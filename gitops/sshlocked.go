package gitops

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

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

// lock is what one key file has between the connections of a remote.
type lock struct {
	turn   chan struct{} // held by whoever asks
	signer ssh.Signer    // once it is open
	failed error         // the answer of the last who asked
	no     bool          // a person's: nobody is asked again
}

// open opens the key once for all operations of the remote. Whoever waited for
// somebody else's answer takes it; a person's no is for the life of the remote,
// as with the logins of http.
func (k *locked) open() (ssh.Signer, error) {
	m := k.ids.remote
	shared, _ := m.opened.LoadOrStore(k.path, &lock{turn: make(chan struct{}, 1)})
	l := shared.(*lock)
	waited := false
	select {
	case l.turn <- struct{}{}:
	default:
		waited = true
		if err := m.person(k.ctx, l.wait); err != nil {
			return nil, err
		}
	}
	defer func() { <-l.turn }()
	if l.signer != nil || l.no || waited && l.failed != nil {
		return l.signer, l.failed
	}
	k.ids.asked = true
	s, err := k.ask()
	if k.ctx.Err() != nil {
		return s, err // this connection's end is no answer
	}
	l.signer, l.failed, l.no = s, err, isA[*credentialsError](err)
	return s, err
}

func (l *lock) wait(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *locked) ask() (s ssh.Signer, err error) {
	m := k.ids.remote
	for range passphrases {
		var secret keyring.Secret
		err = m.person(k.ctx, func(ctx context.Context) error {
			secret, err = m.options.Passphrase(ctx, k.path)
			return err
		})
		if err != nil {
			return nil, &credentialsError{k.path, err}
		}
		s, err = k.try(secret)
		if err == nil || !errors.Is(err, x509.IncorrectPasswordError) {
			break
		}
	}
	switch {
	case errors.Is(err, x509.IncorrectPasswordError):
		err = fmt.Errorf("the passphrase of %s was wrong, twice; nothing was sent with it", k.path)
	case err != nil:
		err = fmt.Errorf("%s is no key we can read", k.path)
	default:
		return s, nil
	}
	return nil, &AuthError{Host: m.place(), Missing: true, Text: err.Error(), Err: err}
}

func (k *locked) try(secret keyring.Secret) (s ssh.Signer, err error) {
	if secret.IsZero() {
		return nil, x509.IncorrectPasswordError
	}
	err = secret.Use(func(value []byte) error {
		if sealed := sealedPKCS8(k.pem); sealed != nil {
			s, err = openPKCS8(sealed, value)
		} else {
			s, err = ssh.ParsePrivateKeyWithPassphrase(k.pem, value)
		}
		if err != nil && bytes.Contains(k.pem, []byte("\nDEK-Info: ")) {
			err = x509.IncorrectPasswordError // of the old format: one wrong passphrase in 256 gives a text that is no key
		}
		return err
	})
	if err == nil && !same(s.PublicKey(), k.public) {
		return nil, errors.New("it is not the other half of its .pub file")
	}
	return s, err
}

// lock puts an encrypted key among the identities, if somebody can be asked
// and its public half is known.
func (id *identities) lock(ctx context.Context, path string, pem []byte, public ssh.PublicKey) {
	switch {
	case public == nil: // an old format, which hides it
		id.notes = append(id.notes, path+" is encrypted, not in the agent, and has no "+path+".pub beside it")
	case id.remote.options.Passphrase == nil:
		id.notes = append(id.notes, path+" is encrypted and not in the agent, and nobody can be asked here: ssh-add "+path)
	default:
		id.add(&locked{ctx, path, pem, public, id})
	}
}
