package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ferry/keyring"
)

// found is where the token of an account comes from.
type found struct {
	secret  keyring.Secret
	source  string // "environment", "keyring", "other tool", "none", "unknown"
	where   string // the variable, the keyring's entry, the tool
	changed time.Time
	copies  int
	err     error
}

// lookUp asks in the order in which tokens are used: environment, the store of
// the tool that owns it, the keyring.
func (c *commands) lookUp(ctx context.Context, ring Keyring, a account) found {
	s, name, ok := keyring.FromEnv(c.Env, a.env(c.Env)...)
	if ok {
		return found{secret: s, source: "environment", where: name}
	}
	if name != "" {
		return found{source: "environment", where: name, err: &keyring.ShapeError{Why: "in " + name + " holds a control character"}}
	}
	if !a.index && c.Auth.Other != nil {
		if s, where := c.Auth.Other(ctx, a.name, a.service); !s.IsZero() {
			return found{secret: s, source: "other tool", where: where}
		}
	}
	i, err := ring.Look(ctx, a.service, a.user)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return found{source: "none"}
	case err != nil:
		return found{source: "unknown", where: "keyring", err: err}
	}
	return found{secret: i.Secret, source: "keyring", where: a.service + " for " + a.user, changed: i.Changed, copies: i.Copies}
}

// tokenStatus is one account in the document of status.
type tokenStatus struct {
	Name     string     `json:"name"`
	Service  string     `json:"service"`
	User     string     `json:"user"`
	Source   string     `json:"source"`
	Where    string     `json:"where,omitempty"`
	Scope    string     `json:"scope"`
	Projects []string   `json:"projects,omitempty"`
	Expires  *time.Time `json:"expires,omitempty"`
	Stored   *time.Time `json:"stored_at,omitempty"`
	AgeS     int64      `json:"age_s,omitempty"`
	Copies   int        `json:"copies,omitempty"`
	Problem  string     `json:"problem,omitempty"`
}

type authDocument struct {
	V       int           `json:"v"`
	Kind    string        `json:"kind"`
	Keyring string        `json:"keyring"` // "ok", or what is wrong with it
	Tokens  []tokenStatus `json:"tokens"`
	Next    []string      `json:"next"`
}

// authStatus asks for no window: a keyring that is locked is a fact like another.
func (c *commands) authStatus(ctx context.Context, args []string) error {
	all, _, err := c.accounts()
	if err != nil {
		return err
	}
	if len(args) == 1 {
		a, err := c.account(args)
		if err != nil {
			return err
		}
		all = []account{a}
	}
	d := authDocument{V: 1, Kind: "auth-status", Keyring: "ok", Next: []string{}}
	ring := c.Auth.Keyring
	if err := ring.Probe(ctx); err != nil {
		d.Keyring = err.Error()
		ring = shut{ring, err} // every other question would wait as long
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, a := range all {
		if !a.placed() {
			continue // nobody here has an account there
		}
		t := c.tokenStatus(c.lookUp(ctx, ring, a), a, time.Now())
		if t.Source == "none" && a.index {
			d.Next = append(d.Next, "ferry auth login "+a.name)
		}
		d.Tokens = append(d.Tokens, t)
	}
	return c.document(d, d.lines())
}

// shut is a keyring that is known to give no answer.
type shut struct {
	Keyring
	why error
}

func (s shut) Look(context.Context, string, string) (keyring.Item, error) {
	return keyring.Item{}, s.why
}

func (c *commands) tokenStatus(f found, a account, now time.Time) tokenStatus {
	t := tokenStatus{Name: a.name, Service: a.service, User: a.user, Source: f.source, Where: f.where, Scope: "unknown", Stored: instant(f.changed), Copies: f.copies}
	if f.err != nil {
		t.Problem = f.err.Error()
	}
	if !f.changed.IsZero() {
		t.AgeS = int64(now.Sub(f.changed).Seconds())
	}
	if f.secret.IsZero() {
		return t
	}
	facts, err := c.fits(a, f.secret, now)
	if err != nil {
		t.Problem = err.Error()
	}
	if facts.Scope != "" {
		t.Scope = facts.Scope
	}
	t.Projects, t.Expires = facts.Projects, instant(facts.Expires)
	return t
}

func (d authDocument) lines() []string {
	var out []string
	for _, t := range d.Tokens {
		out = append(out, t.line())
		if t.Problem != "" && t.Problem != d.Keyring {
			out = append(out, "    "+t.Problem)
		}
		if t.Copies > 1 {
			out = append(out, fmt.Sprintf("    the keyring holds %d entries; ferry auth login %s leaves one", t.Copies, t.Name))
		}
	}
	if d.Keyring != "ok" {
		out = append(out, "keyring: "+d.Keyring)
	}
	for _, n := range d.Next {
		out = append(out, "  "+n)
	}
	return out
}

func (t tokenStatus) line() string {
	line := fmt.Sprintf("%-10s %s", t.Name, t.Source)
	switch t.Source {
	case "none":
		return line + " – no token"
	case "unknown":
		return line + " – the keyring gives no answer"
	}
	line += " (" + t.Where + "), scope: " + t.Scope
	if t.Stored != nil {
		line += fmt.Sprintf(", stored %s (%d days ago)", t.Stored.Format("2006-01-02"), t.AgeS/86400)
	}
	if t.Expires != nil {
		line += ", expires " + t.Expires.Format(time.RFC3339)
	}
	return line
}
