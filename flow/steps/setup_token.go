package steps

import (
	"context"
	"fmt"
	"sync"

	"ferry/flow"
	"ferry/keyring"
	"ferry/pypi"
)

// StoreToken: a token for the index of a lane is at hand, and by what it says of
// itself it is one that may upload the project. Whether it may, only an upload
// tells.
type StoreToken struct {
	yard  Yard
	setup Setup
	lane  Lane

	mu     sync.Mutex
	stored keyring.Secret // by Run
}

// NewStoreToken makes the step.
func NewStoreToken(y Yard, s Setup, l Lane) *StoreToken {
	return &StoreToken{yard: y, setup: s, lane: l}
}

// at is the world of a lane: that of its index.
func (y Yard) at(l Lane) World {
	w := y.World
	w.Index = y.Indexes[l.Index]
	return w
}

// token is the one that would be used in a lane. Several steps look at it.
func (y Yard) token(ctx context.Context, l Lane) (IndexToken, error) {
	return flow.Read(ctx, readingOf{"token", l.Index}, func(ctx context.Context) (IndexToken, error) {
		return y.Tokens.Look(ctx, l.Index)
	})
}

// Observe looks for the token, and holds what it says against the project.
func (s *StoreToken) Observe(ctx context.Context) flow.Finding {
	w := s.yard.at(s.lane)
	n, err := w.named(ctx, s.setup.Name, s.setup.Known)
	if err != nil {
		return unknown(w.indexProblem(err))
	}
	t, err := s.yard.token(ctx, s.lane)
	if err == nil {
		err = context.Cause(ctx)
	}
	switch {
	case err != nil:
		return unknown(s.unread(err))
	case t.Secret.IsZero():
		return todo("%s", s.wanted(n))
	}
	if p := s.unfit(t, n); p != nil {
		return failed(p)
	}
	return s.atHand(t, n)
}

// onIndex says whether the project is on the index.
func onIndex(n pypi.NameFinding) bool {
	return n.State == pypi.NameTaken || n.State == pypi.NameEmpty || n.State == pypi.NameQuarantined
}

// page is where a person makes the token that is wanted.
func (s *StoreToken) page(n pypi.NameFinding) string {
	if onIndex(n) {
		return s.yard.at(s.lane).Index.TokenPage(s.setup.Name)
	}
	return s.yard.at(s.lane).Index.TokenPage("")
}

func (s *StoreToken) wanted(n pypi.NameFinding) string {
	what := "one for the project " + s.setup.Name
	if !onIndex(n) {
		what = fmt.Sprintf("one for the whole account: %s makes none for a project that is not there yet", s.label())
	}
	return fmt.Sprintf("type a token for %s, made at %s (%s); it goes into the keyring", s.label(), s.page(n), what)
}

func (s *StoreToken) label() string { return s.yard.at(s.lane).Index.Label() }

// atHand: the token is there, and nothing speaks against it.
func (s *StoreToken) atHand(t IndexToken, n pypi.NameFinding) flow.Finding {
	f := done("from %s, nothing is stored; scope: %s", t.From, t.Scope)
	if t.Kept {
		f = done("from %s; scope: %s", t.From, t.Scope)
	}
	f.Warning = s.broad(t, n)
	return f
}

// broad says what a token is too much for; "" if it is limited.
func (s *StoreToken) broad(t IndexToken, n pypi.NameFinding) string {
	switch page := s.yard.at(s.lane).Index.TokenPage(s.setup.Name); {
	case t.Limited:
		return ""
	case onIndex(n):
		return fmt.Sprintf("the token for %s names no project: whoever has it may upload to every project of its account; one for %s alone is made at %s", s.label(), s.setup.Name, page)
	default:
		return fmt.Sprintf("the token for %s names no project, for the first upload needs one of the whole account: once %s is there, replace it by one for the project alone, made at %s", s.label(), s.setup.Name, page)
	}
}

// Run has a person type a token, and puts it into the keyring if it fits.
func (s *StoreToken) Run(ctx context.Context, log flow.Log) error {
	f := s.Observe(ctx)
	if f.Status != flow.Todo {
		return fmt.Errorf("nothing is stored: %s", f.Text)
	}
	secret, err := s.yard.Tokens.Type(ctx, s.lane.Index)
	if err != nil {
		return err
	}
	n, err := s.yard.at(s.lane).named(ctx, s.setup.Name, s.setup.Known)
	if err != nil {
		return s.yard.at(s.lane).indexProblem(err)
	}
	t := typedToken(secret)
	if p := s.unfit(t, n); p != nil {
		return p
	}
	if err := s.yard.Tokens.Store(ctx, s.lane.Index, secret); err != nil {
		return err
	}
	s.mu.Lock()
	s.stored = secret
	s.mu.Unlock()
	log("the token for " + s.lane.Index + " is in the keyring")
	if warning := s.broad(t, n); warning != "" {
		log(warning)
	}
	return nil
}

// typedToken is what a token says that nobody has stored yet.
func typedToken(secret keyring.Secret) IndexToken {
	t, _ := pypi.ParseToken(secret) // what is none says nothing
	return IndexToken{Secret: secret, From: "what was typed", Scope: t.Scope(), Projects: t.Projects,
		Limited: t.Projects != nil || t.ByID || t.Publisher, Expires: t.Expires}
}

// Undo takes out of the keyring what Run put there, if it still is that.
func (s *StoreToken) Undo(ctx context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stored.IsZero() {
		return s.notOurs("was not stored by this run")
	}
	now, err := s.yard.Tokens.Look(ctx, s.lane.Index)
	switch {
	case err != nil:
		return s.unread(err)
	case now.Secret.IsZero():
		s.stored = keyring.Secret{}
		return nil
	case !now.Kept || !keyring.Same(now.Secret, s.stored):
		return s.notOurs("is not what this run stored")
	}
	if err := s.yard.Tokens.Remove(ctx, s.lane.Index); err != nil {
		return err
	}
	s.stored = keyring.Secret{}
	log("the token for " + s.lane.Index + " is out of the keyring; it stays valid until it is deleted on " + s.label())
	return nil
}

// Command is what a person would type.
func (s *StoreToken) Command() []string { return []string{"ferry", "auth", "login", s.lane.Index} }
