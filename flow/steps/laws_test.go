package steps_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/flowtest"
	"ferry/pypi/pypitest"
)

// subject is a step, the world in which it has something to say, and what
// another maintainer does to contradict it.
type subject struct {
	id     flow.ID
	effect flow.Effect
	like   options
	world  []happens
	spoil  happens // nil: nothing can
}

var subjects = []subject{
	{id: flow.CheckTree, effect: flow.Reads, spoil: func(b *bench) {
		must(b.t, os.WriteFile(filepath.Join(b.dir, "README.md"), []byte("changed\n"), 0o600))
	}},
	{id: flow.CheckRemote, effect: flow.Reads, spoil: remote("upstream", "ada/acme-core", "")},
	{id: flow.CheckVersion, effect: flow.Reads, spoil: published(hour, sdist)},
	{id: flow.CheckCI, effect: flow.Reads, spoil: refuses(404)},
	{id: flow.CheckFree, effect: flow.Reads, spoil: branch(theirs)},
	{id: flow.CheckStaging, effect: flow.Reads, like: options{staged: true}, world: []happens{staged(2*hour, sdist, wheel), stagedBy(hour, "https://test.pypi.org/legacy/", sdist, wheel)}, spoil: staged(hour, linux)},
	{id: flow.Claim, effect: flow.Shared, spoil: claim(1, theirs, time.Minute)},
	{id: flow.PushBranch, effect: flow.Shared, world: []happens{claim(1, ours, time.Minute)}, spoil: branch(theirs)},
	{id: flow.PushTag, effect: flow.Shared, like: options{byTag: true}, spoil: tag(theirs)},
	{id: flow.PublishRelease, effect: flow.Shared, like: options{byRelease: true}, spoil: tag(theirs)},
	{id: flow.HostRelease, effect: flow.Shared, like: options{byTag: true, hosted: true}, world: tagReleased(drafted("v1.4.0", "")), spoil: nil},
	{id: flow.AwaitTrigger, effect: flow.Reads, like: options{byTag: true, external: true}, world: []happens{tag(ours)}, spoil: tag(theirs)},
	{id: flow.AwaitCI, effect: flow.Reads, world: []happens{branch(ours), built(ours, 0, ci.StateRunning)}, spoil: branch(theirs)},
	{id: flow.ConfirmIndex, effect: flow.Reads, world: released(hour, published(2*hour, sdist, wheel)),
		spoil: page("simple", pypitest.Fault{Mangle: pypitest.WrongHashes})},
	{id: flow.DeleteBranch, effect: flow.Shared, world: released(hour, published(2*hour, sdist, wheel)), spoil: nil}, // a branch at another commit is left alone, which is done
	{id: flow.AbandonBranch, effect: flow.Shared, world: []happens{claim(1, ours, 9*hour), branch(ours), built(ours, hour, ci.StateFailed)}, spoil: branch(theirs)},
	{id: flow.RemovePypirc, effect: flow.Local, world: append(released(hour, published(2*hour, sdist, wheel)), pypirc(promised)), spoil: pypirc(promised + "junk\n")},
	{id: upload, effect: flow.Permanent, spoil: published(hour, sdist)},
	{id: register, effect: flow.Permanent, spoil: both(published(hour, sdist), ownedBy("eve"))},
}

func (s subject) fresh(t testing.TB) *bench {
	b := newBench(t, s.like)
	for _, h := range s.world {
		h(b)
	}
	return b
}

func TestLaws(t *testing.T) {
	for _, s := range subjects {
		t.Run(string(s.id), func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				b := s.fresh(t)
				w := flowtest.World{Step: b.step(s.id), State: b.state, Effect: s.effect}
				if s.spoil != nil {
					w.Spoil = func() { s.spoil(b) }
				}
				return w, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEveryWitnessDown: a look is unknown, and over before anybody loses
// patience; an attempt changes nothing.
func TestEveryWitnessDown(t *testing.T) {
	modes := []map[string]string{
		{"git": "silent", "ci": "silent", "index": "silent"}, {"git": "500", "ci": "500", "index": "500"}, {"git": "html", "ci": "html", "index": "html"},
		{"git": "500", "ci": "html", "index": "silent"},
	}
	for _, s := range subjects {
		for _, mode := range modes {
			t.Run(string(s.id)+"/"+mode["git"]+" "+mode["ci"]+" "+mode["index"], func(t *testing.T) {
				t.Parallel()
				s := s // each has its own options
				for witness, how := range mode {
					if how == "silent" {
						s.like.hasty += witness
					}
				}
				b := s.fresh(t)
				before := b.state()
				for witness, how := range mode {
					b.shut(witness, how)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				f := b.step(s.id).Observe(flow.WithReading(ctx))
				if ctx.Err() != nil || f.Status != flow.Unknown {
					t.Errorf("found %s: %s (%v)", f.Status, f.Text, ctx.Err())
				}
				speaks(t, f)
				_ = b.step(s.id).Run(flow.WithReading(ctx), func(string) {})
				if b.state() != before {
					t.Error("it acted without having seen anything")
				}
			})
		}
	}
}

// TestACancelledLookEndsSoon: whatever it waits for.
func TestACancelledLookEndsSoon(t *testing.T) {
	for _, s := range subjects {
		t.Run(string(s.id), func(t *testing.T) {
			t.Parallel()
			b := s.fresh(t)
			for witness := range b.gates {
				b.shut(witness, "silent")
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			done := make(chan flow.Finding, 1)
			go func() { done <- b.step(s.id).Observe(flow.WithReading(ctx)) }()
			select {
			case f := <-done:
				if f.Status != flow.Unknown {
					t.Errorf("found %s: %s", f.Status, f.Text)
				}
			case <-time.After(8 * time.Second): // clients would wait for ten
				t.Error("it waits on")
			}
		})
	}
}

// TestNothingPanics: not without a target, nor with one of nonsense.
func TestNothingPanics(t *testing.T) {
	b := newBench(t, options{staged: true})
	targets := map[string]func(){
		"empty": func() { b.target.Name, b.target.Version, b.target.Commit, b.target.Ref = "", "", "", "" },
		"hostile": func() {
			b.target.Name, b.target.Version = "../../x\x1b[2J", "1.0; rm -rf /"
			b.target.Commit, b.target.Ref = "not a commit", "refs/heads/\x00\n~^:"
		},
	}
	for name, spoil := range targets {
		whole := b.target
		spoil()
		for _, s := range subjects {
			step := b.step(s.id)
			if f := step.Observe(flow.WithReading(t.Context())); f.Status == "" || f.Text == "" {
				t.Errorf("%s of %s: %q %q", s.id, name, f.Status, f.Text)
			}
			_ = step.Run(flow.WithReading(t.Context()), func(string) {})
			if c, ok := step.(flow.Commander); ok {
				c.Command()
			}
		}
		b.target = whole
	}
	if refs := b.git.Refs(slug); len(refs) != 2 {
		t.Errorf("nonsense was pushed: %v", refs)
	}
}

// TestSecondRunner: two runners that saw the same world act at the same moment.
// The world is as if one had, and both then say so.
func TestSecondRunner(t *testing.T) {
	for _, s := range subjects {
		if s.effect != flow.Shared {
			continue
		}
		t.Run(string(s.id), func(t *testing.T) {
			t.Parallel()
			for range 5 {
				b := s.fresh(t)
				began := b.deeds(s.id)
				var wg sync.WaitGroup
				gun := make(chan struct{})
				for range 3 {
					wg.Go(func() {
						step, ctx := b.step(s.id), flow.WithReading(t.Context())
						f := step.Observe(ctx)
						<-gun
						if f.Status == flow.Todo {
							_ = step.Run(ctx, func(string) {}) // the world that was seen is held in ctx
						}
					})
				}
				close(gun)
				wg.Wait()
				if n := b.deeds(s.id) - began; n != 1 {
					t.Errorf("%d changes instead of one", n)
				}
				if f := b.observe(s.id); f.Status != flow.Done {
					t.Errorf("afterwards %s: %s", f.Status, f.Text)
				}
			}
		})
	}
}

// TestTwoMaintainersClaim: of two with different commits exactly one gets the
// version, and the other one is told who.
func TestTwoMaintainersClaim(t *testing.T) {
	for range 5 {
		b := newBench(t, options{})
		mine, other := b.target, b.target
		other.Commit = b.theirs
		b.target = other
		their := b.step(flow.Claim)
		b.target = mine
		our := b.step(flow.Claim)
		var wg sync.WaitGroup
		saw := []context.Context{flow.WithReading(t.Context()), flow.WithReading(t.Context())}
		for i, step := range []flow.Step{our, their} {
			if f := step.Observe(saw[i]); f.Status != flow.Todo {
				t.Fatalf("%s: %s", f.Status, f.Text)
			}
		}
		for i, step := range []flow.Step{our, their} {
			wg.Go(func() { _ = step.Run(saw[i], func(string) {}) })
		}
		wg.Wait()
		at := b.git.Peel(slug, b.git.Refs(slug)[claimRef])
		won, lost := our, their
		if at == b.theirs {
			won, lost = their, our
		}
		if f := won.Observe(flow.WithReading(t.Context())); f.Status != flow.Done {
			t.Errorf("the winner: %s %s", f.Status, f.Text)
		}
		if f := lost.Observe(flow.WithReading(t.Context())); f.Status != flow.Conflict || !strings.Contains(f.Text, "is claimed by Ada") {
			t.Errorf("the loser: %s %s", f.Status, f.Text)
		}
	}
}
