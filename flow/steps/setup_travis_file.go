package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// WriteTravis: .travis.yml publishes in every lane, by one job each, with a token
// that is sealed in it or that the settings hold. Every line that is not shown
// keeps every byte.
type WriteTravis struct {
	yard  Yard
	setup Setup
	After []flow.Step // must be done first: CI knows the repository, tokens are at hand

	file   edited
	mu     sync.Mutex
	clear  string            // what the file had in clear when it was shown
	values map[string]sealed // by index: another one each time, so the first is kept
}

// NewWriteTravis makes the step for all lanes of a setup: they share the file.
func NewWriteTravis(y Yard, s Setup) *WriteTravis {
	return &WriteTravis{yard: y, setup: s, values: map[string]sealed{}}
}

// travisYML is the file of Travis.
const travisYML = ".travis.yml"

// Observe reads the file, and the key that its values are to be sealed with. A
// change that is not the one that was shown is told, before the new one is shown.
func (s *WriteTravis) Observe(ctx context.Context) flow.Finding {
	f, c := s.look(ctx)
	if p := s.file.show(c); p != nil {
		return conflict(p)
	}
	return f
}

// look gives besides the change that would be made.
func (s *WriteTravis) look(ctx context.Context) (flow.Finding, *change) {
	c, err := s.yard.plain(travisYML)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return foundProblem(unreadable(err)), nil
	}
	want := s.setup.travis(c.old)
	key, waits := s.key(ctx)
	if waits != nil {
		return s.later(ctx, c, want, *waits), nil
	}
	lacks := s.keep(&want, c.old, key)
	if len(lacks) == 0 && s.stands(c, want) {
		return s.done(key), nil
	}
	return s.edit(ctx, c, want, lacks, key)
}

// later is what is found while there is no key: what stands against the file is said
// before others are asked for anything.
func (s *WriteTravis) later(ctx context.Context, c *change, want rules.TravisSetup, waits flow.Finding) flow.Finding {
	if waits.Status != flow.Todo {
		return waits
	}
	if p := s.against(ctx, c, want); p != nil {
		return foundProblem(p)
	}
	return waits
}

// key gives the one to seal with, where the way is to seal. waits is not nil where
// it is not to be had, or not yet.
func (s *WriteTravis) key(ctx context.Context) (key ci.PublicKey, waits *flow.Finding) {
	if s.setup.How != PublishSealed {
		return key, nil
	}
	key, err := s.yard.SealRoom(ctx)
	var none *ci.NotFoundError
	if errors.As(err, &none) {
		if f, ok := awaited(ctx, s.After); !ok {
			return key, &f
		}
	}
	if err == nil {
		err = s.yard.small(ctx, s.setup, key)
	}
	if err != nil {
		f := foundProblem(s.yard.serviceProblem(err))
		waits = &f
	}
	return key, waits
}

// stands says whether the file is as it is wanted to be.
func (s *WriteTravis) stands(c *change, want rules.TravisSetup) bool {
	set, err := rules.SetUpTravis(c.old, want, s.yard.travisEvent(s.setup))
	return err == nil && !c.fresh && bytes.Equal(set.New, c.old)
}

// done: nothing is left to write. Whether the other CI files agree is looked at.
func (s *WriteTravis) done(key ci.PublicKey) flow.Finding {
	proof, p := s.prove(s.yard.Tree())
	if p != nil {
		return foundProblem(p)
	}
	f := done("%s publishes %s, by one job each; the token is the setting %s", travisYML, s.lanes(), passwordVariable)
	if key.Fingerprint != "" {
		f.Text = fmt.Sprintf("%s publishes %s, by one job each; sealed with the repository's key %s; not checked: the value, which only a build can read",
			travisYML, s.lanes(), key.Fingerprint)
	}
	f.Proof = proof
	if s.file.wrote() != nil { // the end is where a person reads what is left to do
		s.mu.Lock()
		defer s.mu.Unlock()
		f.Warning = s.clear
	}
	return f
}

// lanes says where is published to, and from what.
func (s *WriteTravis) lanes() string {
	var out []string
	for _, l := range s.setup.Lanes {
		out = append(out, fmt.Sprintf("to %s when %s", l.title(), when(s.yard.Event(s.setup, l))))
	}
	return strings.Join(out, ", and ")
}

// prove asks the readers of all CI files of a tree which jobs publish in each lane.
func (s *WriteTravis) prove(tree fs.FS) ([]flow.Proof, *flow.Problem) {
	var out []flow.Proof
	for _, l := range s.setup.Lanes {
		v, err := s.yard.looks(tree, s.setup, l)
		switch {
		case err != nil:
			return nil, unreadTree(err)
		case len(v.places) == 0:
			return nil, s.yard.nobody(s.setup, l)
		}
		p := v.places[0]
		if len(v.places) > 1 || p.answer != rules.Yes || p.Provider != "travis" {
			return nil, s.yard.rival(s.setup, l, v)
		}
		out = append(out, flow.Proof{What: fmt.Sprintf("job %s publishes to %s", jobLabel(p.Job), l.title()), Where: fmt.Sprintf("%s:%d", p.Upload.File, p.Upload.Line)})
	}
	return out, nil
}

// edit makes the change, as far as what it needs is at hand. What stands against
// it is told before anything is asked for.
func (s *WriteTravis) edit(ctx context.Context, c *change, want rules.TravisSetup, lacks []int, key ci.PublicKey) (flow.Finding, *change) {
	if p := s.against(ctx, c, want); p != nil {
		return foundProblem(p), nil
	}
	first, ready := awaited(ctx, s.After)
	if !ready && (first.Status != flow.Todo || !s.tokens(ctx, lacks)) {
		return first, nil
	}
	for _, i := range lacks {
		if err := s.seal(ctx, &want.Providers[i], s.setup.Lanes[i], key); err != nil {
			return foundProblem(s.yard.serviceProblem(err)), nil
		}
	}
	set, err := s.yard.setUp(s.setup, c, want)
	if err != nil {
		return foundProblem(s.yard.travisProblem(s.setup, err)), nil
	}
	c.now = set.New
	f := todo("set up %s, to publish %s%s", travisYML, s.lanes(), s.anew(c.old, key))
	f.Diff, f.Warning = c.diff(), inClear(set)
	s.mu.Lock()
	s.clear = f.Warning
	s.mu.Unlock()
	if !ready { // it can be shown already; writing it comes later
		f.Text = first.Text
	}
	return f, c
}

// tokens says whether all that is to be sealed is at hand.
func (s *WriteTravis) tokens(ctx context.Context, lacks []int) bool {
	for _, i := range lacks {
		if t, err := s.yard.token(ctx, s.setup.Lanes[i]); err != nil || t.Secret.IsZero() {
			return false
		}
	}
	return true
}

// untouched says that nobody works on the file, but for what Run wrote itself.
func (s *WriteTravis) untouched(ctx context.Context, c *change) *flow.Problem {
	if made := s.file.wrote(); made != nil && bytes.Equal(made.now, c.old) {
		return nil
	}
	return s.yard.committed(ctx, travisYML)
}

// against says what stands against a change, whatever the tokens will be.
func (s *WriteTravis) against(ctx context.Context, c *change, want rules.TravisSetup) *flow.Problem {
	if p := s.untouched(ctx, c); p != nil {
		return p
	}
	set, err := s.yard.setUp(s.setup, c, want)
	if err != nil {
		return s.yard.travisProblem(s.setup, err)
	}
	if p := s.yard.builds(s.setup, c.old, want); p != nil {
		return p
	}
	_, p := s.prove(laid{s.yard.Tree(), travisYML, set.New})
	return p
}

// anew says which values are sealed again, and why.
func (s *WriteTravis) anew(text []byte, key ci.PublicKey) string {
	out := ""
	for _, l := range s.setup.Lanes {
		e, ok := entryOf(rules.TravisEntries(text), s.setup.target(l))
		switch {
		case s.setup.How != PublishSealed || !ok || e.Sealed.Text() == "":
		case e.Key == "":
			out += fmt.Sprintf("; sealed anew for %s, for it is not noted which key sealed the value in line %d", l.title(), e.Line)
		default:
			if err := key.Opens(e.Key); err != nil {
				out += fmt.Sprintf("; sealed anew for %s, for %v", l.title(), err)
			}
		}
	}
	return out
}

// inClear warns of a password that goes from the file, and not from its history.
func inClear(set rules.TravisSet) string {
	for _, r := range set.Replaced {
		if strings.Contains(strings.Join(r.Lines, "\n"), "(hidden)") {
			return fmt.Sprintf(travisYML+" as committed has a password in clear in line %d or below: it stays in the history of the repository, so delete it where it is valid", r.First)
		}
	}
	return ""
}

// Run writes what was shown last, once all that it needs is there.
func (s *WriteTravis) Run(ctx context.Context, log flow.Log) error {
	if f, ok := awaited(ctx, s.After); !ok {
		return errors.New("nothing is written yet: " + f.Text)
	}
	return s.file.write(ctx, s, s.yard.Repo.Root(), log)
}

// Undo gives the file its text back, or takes it away.
func (s *WriteTravis) Undo(_ context.Context, log flow.Log) error {
	return s.file.undo(s.yard.Repo.Root(), log,
		elsewhere("What "+travisYML+" holds", "git diff HEAD -- "+travisYML, "git checkout HEAD -- "+travisYML))
}
