package keyring

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"
)

// verdict is how long the keyring may take to say anything.
const verdict = 3 * time.Second

// Store is the keyring of the operating system. Every call ends within three
// seconds, or when its context does: the services behind it have been seen to
// wait for ever for a window that nobody sees. Only where a person sits before
// that window may it be longer, see Patient.
//
// Entries are those of Python's keyring library, and so of twine: each finds
// what the other stored, and there is never a second one.
type Store struct {
	vault vault
	limit time.Duration
}

// Item is an entry of the keyring.
type Item struct {
	Secret  Secret
	Changed time.Time // zero where the system does not say
	Copies  int       // how many entries there are under this service and user
}

// vault is one system's keyring. Its calls return when ctx ends, or are left behind.
type vault interface {
	find(ctx context.Context, service, user string) (Item, error)
	store(ctx context.Context, service, user string, s Secret) error
	remove(ctx context.Context, service, user string) error
	probe(ctx context.Context) error
}

// System is this system's keyring. Nothing is asked of it yet.
func System(env func(string) string) *Store { return &Store{system(env), verdict} }

// Get gives a secret. Its shape is checked: a keyring may hold anything.
func (s *Store) Get(ctx context.Context, service, user string) (Secret, error) {
	i, err := s.Look(ctx, service, user)
	return i.Secret, err
}

// Look gives a secret and what is known of its entry.
func (s *Store) Look(ctx context.Context, service, user string) (Item, error) {
	if err := errors.Join(checkName("service", service), checkName("user", user)); err != nil {
		return Item{}, err
	}
	var out Item
	err := s.do(ctx, "read", func(ctx context.Context) (func(), error) {
		i, err := s.vault.find(ctx, service, user)
		if err == nil {
			err = Check(i.Secret)
		}
		return func() { out = i }, err
	})
	if err != nil {
		return Item{}, err
	}
	return out, nil
}

// Set stores a secret in the one entry of its service and user, and reads it
// back: a dismissed window is no error to every service.
func (s *Store) Set(ctx context.Context, service, user string, secret Secret) error {
	if err := errors.Join(Check(secret), checkName("service", service), checkName("user", user)); err != nil {
		return err
	}
	return s.do(ctx, "write", func(ctx context.Context) (func(), error) {
		if err := s.vault.store(ctx, service, user, secret); err != nil {
			return nil, err
		}
		i, err := s.vault.find(ctx, service, user)
		if errors.Is(err, ErrNotFound) || err == nil && !Same(i.Secret, secret) {
			return nil, &NotStoredError{service, user}
		}
		return nil, err
	})
}

// Delete removes every entry of the service and user; ErrNotFound if there is none.
func (s *Store) Delete(ctx context.Context, service, user string) error {
	if err := errors.Join(checkName("service", service), checkName("user", user)); err != nil {
		return err
	}
	return s.do(ctx, "delete", func(ctx context.Context) (func(), error) {
		return nil, s.vault.remove(ctx, service, user)
	})
}

// Probe says whether the keyring could be used now, without a window.
func (s *Store) Probe(ctx context.Context) error {
	return s.do(ctx, "probe", func(ctx context.Context) (func(), error) { return nil, s.vault.probe(ctx) })
}

// Same compares two secrets in constant time.
func Same(a, b Secret) bool {
	equal := false
	_ = a.Use(func(x []byte) error {
		return b.Use(func(y []byte) error {
			equal = subtle.ConstantTimeCompare(x, y) == 1
			return nil
		})
	})
	return equal
}
