package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/keyring"
	"ferry/ui/cli"
)

const pypisOwn = "__token__ https://upload.pypi.org/legacy/"

// typist types one thing, and remembers what was asked.
type typist struct {
	types  string
	err    error
	labels []string
}

func (p *typist) Secret(_ context.Context, label string) (keyring.Secret, error) {
	p.labels = append(p.labels, label)
	if p.err != nil {
		return keyring.Secret{}, p.err
	}
	return keyring.NewSecret(p.types), nil
}

func (*typist) Agree(context.Context, string) (bool, error) { return false, nil }

// tokens are those of a bench, with somebody to ask if there is anybody.
func (b *bench) tokens(person *typist, project string) plans.Tokens {
	b.t.Helper()
	conf, err := config.Load(config.Sources{Project: fstest.MapFS{"ferry.toml": {Data: []byte(project)}}, Env: func(string) string { return "" }})
	if err != nil {
		b.t.Fatal(err)
	}
	app := cli.App{In: b.file("stdin", ""), Out: b.file("stdout", ""), Err: b.file("stderr", ""), Env: func(k string) string { return b.env[k] },
		Auth: cli.Auth{Keyring: b.ring, Decode: b.decode}}
	page := func(index string) string { return "https://" + index + ".example/token/" }
	if person == nil {
		return cli.OnboardTokens(app, conf, page, nil)
	}
	return cli.OnboardTokens(app, conf, page, person)
}

func TestOnboardLooksForATokenWhereItIsUsed(t *testing.T) {
	b := newBench(t)
	if got, err := b.tokens(nil, "").Look(t.Context(), "pypi"); err != nil || !got.Secret.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	b.ring.items[pypisOwn] = keyring.NewSecret(canaryToken)
	got, err := b.tokens(nil, "").Look(t.Context(), "pypi")
	if err != nil || !got.Kept || got.From != "the keyring" || got.Scope != "project acme" || !got.Limited || len(got.Projects) != 1 {
		t.Errorf("%+v %v", got, err)
	}
	b.wide, b.env["FERRY_TOKEN_PYPI"] = true, canaryToken
	if got, err = b.tokens(nil, "").Look(t.Context(), "pypi"); err != nil || got.Kept || got.From != "FERRY_TOKEN_PYPI" || got.Limited || got.Projects != nil {
		t.Errorf("%+v %v", got, err)
	}
	b.env["FERRY_TOKEN_PYPI"] = "hunter2hunter2" // judged by the step
	if got, err = b.tokens(nil, "").Look(t.Context(), "pypi"); err != nil || got.Scope != "unknown" || got.Secret.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
}

func TestOnboardTypesAndStoresAToken(t *testing.T) {
	b := newBench(t)
	person := &typist{types: canaryToken}
	tokens := b.tokens(person, "")
	s, err := tokens.Type(t.Context(), "pypi")
	if err != nil || len(person.labels) != 1 || person.labels[0] != "Token for pypi at upload.pypi.org, made at https://pypi.example/token/" {
		t.Fatalf("%v %q", err, person.labels)
	}
	if len(b.ring.items) > 0 {
		t.Error("it is stored already")
	}
	if err := tokens.Store(t.Context(), "pypi", s); err != nil || !keyring.Same(b.ring.items[pypisOwn], s) {
		t.Errorf("%v %v", err, b.ring.items)
	}
	for range 2 {
		if err := tokens.Remove(t.Context(), "pypi"); err != nil || len(b.ring.items) > 0 {
			t.Errorf("%v %v", err, b.ring.items)
		}
	}
}

// TestOnboardRefusesTokens: what cannot be the index's is neither taken nor kept,
// and each refusal has a way out.
func TestOnboardRefusesTokens(t *testing.T) {
	const bent = "[index.pypi]\nupload = 'https://evil.example/legacy/'\n"
	for name, c := range map[string]struct {
		types   string
		err     error
		nobody  bool
		project string
		index   string
		change  func(*bench)
		code    string
		next    string
		asks    bool
	}{
		"nobody is there":      {nobody: true, code: flow.CodeNeedsPerson, next: "read -rs FERRY_TOKEN_PYPI && export FERRY_TOKEN_PYPI"},
		"nothing typed":        {err: keyring.ErrNotTyped, code: flow.CodeDeclined, next: "ferry onboard", asks: true},
		"a password":           {types: "hunter2hunter2", code: "auth.shape", asks: true},
		"for the other index":  {types: canaryToken, index: "testpypi", code: "auth.index", asks: true},
		"expired":              {types: canaryToken, change: func(b *bench) { b.till = time.Unix(1, 0) }, code: "auth.expired", asks: true},
		"no such index":        {index: "corp", code: flow.CodeUsage},
		"the project bends it": {types: canaryToken, project: bent, code: "auth.host"},
		"there is another":     {types: canaryToken, change: func(b *bench) { b.ring.items[pypisOwn] = keyring.NewSecret("pypi-another-token") }, code: flow.CodeSetupTokenKept, next: "ferry auth logout pypi", asks: true},
		"locked":               {types: canaryToken, change: func(b *bench) { b.ring.err = keyring.ErrLocked }, code: "keyring.locked", next: "export FERRY_TOKEN_PYPI", asks: true},
		"no keyring":           {types: canaryToken, change: func(b *bench) { b.ring.err = keyring.ErrNoKeyring }, code: "keyring.none", next: "export FERRY_TOKEN_PYPI", asks: true},
		"not kept":             {types: canaryToken, change: func(b *bench) { b.ring.err = &keyring.NotStoredError{} }, code: "keyring.not-stored", next: "export FERRY_TOKEN_PYPI", asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if c.change != nil {
				c.change(b)
			}
			before := len(b.ring.items)
			if c.index == "" {
				c.index = "pypi"
			}
			person := &typist{types: c.types, err: c.err}
			tokens := b.tokens(person, c.project)
			if c.nobody {
				tokens = b.tokens(nil, c.project)
			}
			s, err := tokens.Type(t.Context(), c.index)
			if err == nil {
				err = tokens.Store(t.Context(), c.index, s)
			}
			var p *flow.Problem
			if !errors.As(err, &p) || p.Code != c.code || !strings.Contains(strings.Join(p.Next, "\n"), c.next) || len(p.Next) == 0 || len(p.Now) == 0 || (len(person.labels) > 0) != c.asks {
				t.Fatalf("%+v, asked %q", err, person.labels)
			}
			if len(b.ring.items) != before || shows(p.Text) || strings.Contains(p.Text, "hunter2") {
				t.Errorf("%q %v", p.Text, b.ring.items)
			}
		})
	}
}

// TestOnboardDoesNotLookWhereAProjectPoints: not even an environment's token goes
// to a host that the project's file names.
func TestOnboardDoesNotLookWhereAProjectPoints(t *testing.T) {
	b := newBench(t)
	b.env["FERRY_TOKEN_PYPI"] = canaryToken
	b.ring.items["__token__ https://evil.example/legacy/"] = keyring.NewSecret(canaryToken)
	tokens := b.tokens(nil, "[index.pypi]\nupload = 'https://evil.example/legacy/'\n")
	got, err := tokens.Look(t.Context(), "pypi")
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != "auth.host" || !got.Secret.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	if err := tokens.Remove(t.Context(), "pypi"); !errors.As(err, &p) || len(b.ring.items) != 1 {
		t.Errorf("%v", err)
	}
}

// TestOnboardSaysWhyTheKeyringIsShut: also for a look, which runs nothing.
func TestOnboardSaysWhyTheKeyringIsShut(t *testing.T) {
	b := newBench(t)
	b.ring.err = keyring.ErrLocked
	var p *flow.Problem
	if _, err := b.tokens(nil, "").Look(t.Context(), "testpypi"); !errors.As(err, &p) || p.Code != "keyring.locked" || !strings.Contains(strings.Join(p.Next, "\n"), "export FERRY_TOKEN_TESTPYPI") {
		t.Errorf("%+v", err)
	}
	b.ring.err, b.env["FERRY_TOKEN_PYPI"] = nil, "pypi-a\x00b"
	if _, err := b.tokens(nil, "").Look(t.Context(), "pypi"); !errors.As(err, &p) || p.Next[0] != "unset FERRY_TOKEN_PYPI" {
		t.Errorf("%+v", err)
	}
}
