package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/keyring"
)

// onboardTokens are the tokens of indexes, as setting a repository up looks for
// them and stores them: where every command does.
type onboardTokens struct {
	c    *commands
	conf config.Config
	page func(index string) string // where a person makes one; nil or "" where that is not known

	mu sync.Mutex // steps look side by side, and a keyring opens one window at a time
}

func (c *commands) onboardTokens(conf config.Config, page func(index string) string) plans.Tokens {
	return &onboardTokens{c: c, conf: conf, page: page}
}

// account is the index's, at the host that its name means: an address that the
// project's file names instead gets no token.
func (t *onboardTokens) account(index string) (account, error) {
	i, ok := t.conf.Index[index]
	if !ok || i.Upload == "" {
		return account{}, usageError(fmt.Errorf("no index %q is configured: it needs [index.%s] with its upload address", index, index), "ferry auth status")
	}
	a := account{name: index, service: uploadAddress(i.Upload), user: indexUser, index: true}
	return a, a.elsewhere(t.conf)
}

// Look gives the token that would be used, and what it says of itself.
func (t *onboardTokens) Look(ctx context.Context, index string) (plans.IndexToken, error) {
	a, err := t.account(index)
	if err != nil {
		return plans.IndexToken{}, err
	}
	t.mu.Lock()
	f := t.c.lookUp(t.patient(ctx), t.ring(), a)
	t.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return plans.IndexToken{}, context.Cause(ctx)
	case f.err != nil && f.source == "environment":
		return plans.IndexToken{}, a.problem("auth.shape", fmt.Sprintf("The token for %s is not taken: %v", a.name, f.err), flow.Shell([]string{"unset", f.where}))
	case f.err != nil:
		return plans.IndexToken{}, t.shut(a, f.err, "nothing was changed")
	case f.secret.IsZero():
		return plans.IndexToken{}, nil
	}
	facts, err := t.c.Auth.Decode(f.secret)
	if err != nil {
		facts = TokenFacts{Scope: "unknown"} // what it is no token of, is judged by whoever wants to use it
	}
	out := plans.IndexToken{Secret: f.secret, From: f.where, Scope: facts.Scope, Projects: facts.Projects, Limited: facts.Projects != nil || facts.Limited, Expires: facts.Expires}
	if f.source == "keyring" {
		out.From, out.Kept = "the keyring", true
	}
	return out, nil
}

// Type asks the person who is there, and refuses what cannot be the index's.
func (t *onboardTokens) Type(ctx context.Context, index string) (keyring.Secret, error) {
	a, err := t.account(index)
	if err != nil {
		return keyring.Secret{}, err
	}
	ask := t.c.prompter()
	if ask == nil {
		return keyring.Secret{}, &flow.Problem{Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Retry: flow.RetrySafe, Text: "The token for " + index + " is needed, and nobody can be asked here",
			Now: []string{"nothing was stored"}, Next: []string{"ferry auth login " + index + " --token-file FILE", a.export()}}
	}
	s, err := ask.Secret(ctx, t.question(a))
	switch {
	case ctx.Err() != nil:
		return keyring.Secret{}, context.Cause(ctx)
	case errors.Is(err, keyring.ErrNotTyped), errors.Is(err, flow.ErrDeclined):
		return keyring.Secret{}, &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "No token was typed for " + index, Now: []string{"nothing was stored"}, Retry: flow.RetrySafe, Next: []string{"ferry onboard", "ferry auth login " + index}, Err: err}
	case err != nil:
		return keyring.Secret{}, a.problem("auth.shape", "The token for "+index+" is not taken: "+err.Error(), "ferry auth login "+index)
	}
	_, err = t.c.fits(a, s, time.Now())
	return s, err
}

// question names the host that it is for, and the page that makes one.
func (t *onboardTokens) question(a account) string {
	if t.page == nil || t.page(a.name) == "" {
		return a.question()
	}
	return a.question() + ", made at " + t.page(a.name)
}

// Store puts a token into the keyring, where there is none.
func (t *onboardTokens) Store(ctx context.Context, index string, s keyring.Secret) error {
	a, err := t.account(index)
	if err == nil {
		_, err = t.c.fits(a, s, time.Now())
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	ctx = t.patient(ctx)
	there, err := t.ring().Look(ctx, a.service, a.user)
	switch {
	case err == nil && !keyring.Same(there.Secret, s):
		p := a.problem(flow.CodeSetupTokenKept, "The keyring holds another token for "+index+" by now, which stays", "ferry auth logout "+index)
		p.Class = flow.ClassConflict
		return p
	case err != nil && !errors.Is(err, keyring.ErrNotFound):
		return t.shut(a, err, "nothing was stored")
	}
	if err := t.ring().Set(ctx, a.service, a.user, s); err != nil {
		return t.shut(a, err, "nothing is known to be stored")
	}
	return nil
}

// Remove takes the token out of the keyring. That it is gone already is no error.
func (t *onboardTokens) Remove(ctx context.Context, index string) error {
	a, err := t.account(index)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ring().Delete(t.patient(ctx), a.service, a.user); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return t.shut(a, err, "the entry may still be there")
	}
	return nil
}

// ring is the keyring; a program without one is as a system without one.
func (t *onboardTokens) ring() Keyring {
	if t.c.Auth.Keyring == nil {
		return noRing{}
	}
	return t.c.Auth.Keyring
}

// patient lets a person unlock the keyring. The full-screen program has the
// terminal for itself, and shows that a step runs.
func (t *onboardTokens) patient(ctx context.Context) context.Context {
	if t.c.ask != nil {
		return keyring.Patient(ctx, unlockTime, func() {})
	}
	return t.c.patient(ctx)
}

// shut is what a keyring's error means here: the environment does without one.
func (t *onboardTokens) shut(a account, err error, now string) error {
	err = a.keyringProblem(err, now)
	var p *flow.Problem
	if errors.As(err, &p) && p.Code != "keyring.none" {
		p.Next = append(p.Next, a.export())
	}
	return err
}

// export puts a token into the environment without an echo, for the programs that
// are started from there.
func (a account) export() string { return "read -rs " + a.variable() + " && export " + a.variable() }

// noRing is the keyring where there is none.
type noRing struct{}

func (noRing) Look(context.Context, string, string) (keyring.Item, error) {
	return keyring.Item{}, keyring.ErrNoKeyring
}

func (noRing) Set(context.Context, string, string, keyring.Secret) error {
	return keyring.ErrNoKeyring
}

func (noRing) Delete(context.Context, string, string) error { return keyring.ErrNoKeyring }
func (noRing) Probe(context.Context) error                  { return keyring.ErrNoKeyring }
