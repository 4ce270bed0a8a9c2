package steps

import (
	"context"
	"fmt"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/keyring"
)

// sealed is a token as the key of a fingerprint has sealed it.
type sealed struct {
	token keyring.Secret
	key   string
	value rules.Sealed
}

func (y Yard) sealer() (ci.Sealer[keyring.Secret], *flow.Problem) {
	s, ok := y.Service.(ci.Sealer[keyring.Secret])
	if !ok {
		return nil, y.lacking("read a sealed value")
	}
	return s, nil
}

// SealRoom asks for the key that the repository's builds open values with, and
// with it for the room that a value has. Errors are problems.
func (y Yard) SealRoom(ctx context.Context) (ci.PublicKey, error) {
	s, p := y.sealer()
	if p != nil {
		return ci.PublicKey{}, p
	}
	key, err := flow.Read(ctx, readingOf{"key", y.service()}, s.PublicKey)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return ci.PublicKey{}, y.serviceProblem(err)
	}
	return key, nil
}

// smallKey is the size of keys, in bits, that no token of PyPI fits.
const smallKey = 1024

// SealFits says why a token does not fit what a key can seal; nil if it does, or
// if nothing speaks against it while there is no token. The error is a problem.
func (y Yard) SealFits(key ci.PublicKey, token keyring.Secret) error {
	s, p := y.sealer()
	switch {
	case p != nil:
		return p
	case token.IsZero() && key.Bits <= smallKey:
		return keySmall(key, 0)
	case token.IsZero():
		return nil
	}
	if _, err := s.Seal(token, key); err != nil {
		return y.serviceProblem(err)
	}
	if key.Bits <= smallKey { // no token of PyPI does; this is none
		return keySmall(key, 0)
	}
	return nil
}

// small says that no token fits a key, with the size of one that is at hand.
func (y Yard) small(ctx context.Context, s Setup, key ci.PublicKey) error {
	if key.Bits > smallKey {
		return nil
	}
	for _, l := range s.Lanes {
		if t, err := y.token(ctx, l); err == nil && !t.Secret.IsZero() {
			return y.SealFits(key, t.Secret)
		}
	}
	return y.SealFits(key, keyring.Secret{})
}

// keep takes over what the file has sealed with the present key, and names the
// lanes that lack it.
func (s *WriteTravis) keep(want *rules.TravisSetup, text []byte, key ci.PublicKey) (lacks []int) {
	if s.setup.How != PublishSealed {
		return nil
	}
	entries := rules.TravisEntries(text)
	for i, t := range want.Providers {
		e, ok := entryOf(entries, t)
		if !ok || e.Sealed.Text() == "" || key.Opens(e.Key) != nil {
			lacks = append(lacks, i)
			continue
		}
		want.Providers[i].Password, want.Providers[i].Key = e.Sealed, e.Key
	}
	return lacks
}

// seal gives a target the token of its lane. The same token and key give the same
// value while the step lives, so that what is shown is what is written.
func (s *WriteTravis) seal(ctx context.Context, t *rules.TravisTarget, l Lane, key ci.PublicKey) error {
	at, err := s.yard.token(ctx, l)
	switch {
	case err != nil:
		return err
	case at.Secret.IsZero():
		return noToken(l)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[l.Index]
	if v.key != key.Fingerprint || !keyring.Same(v.token, at.Secret) {
		if v, err = s.fresh(at.Secret, key); err != nil {
			return err
		}
		s.values[l.Index] = v
	}
	t.Password, t.Key = v.value, v.key
	return nil
}

// fresh seals a token.
func (s *WriteTravis) fresh(token keyring.Secret, key ci.PublicKey) (sealed, error) {
	sealer, p := s.yard.sealer()
	if p != nil {
		return sealed{}, p
	}
	text, err := sealer.Seal(token, key)
	if err != nil {
		return sealed{}, err
	}
	value, err := rules.ParseSealed(text)
	if err != nil {
		return sealed{}, fmt.Errorf("what %s sealed: %w", s.yard.service(), err)
	}
	return sealed{token, key.Fingerprint, value}, nil
}
