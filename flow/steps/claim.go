package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// Claim: this commit, and no other, may be pushed for this version. It is the
// lock between maintainers, kept by the server's own create-only update.
type Claim struct {
	World  World
	Target Target

	// refused is set when the server refused such a ref in this run. It is no
	// cache: the server is asked again by every Run.
	refused *atomic.Bool
	// shown is the ref that was last seen to be the one to make, or to be held. It
	// is for Command alone: nothing decides from it.
	shown *atomic.Pointer[string]
}

// NewClaim makes the step.
func NewClaim(w World, t Target) Claim {
	return Claim{w, t, new(atomic.Bool), new(atomic.Pointer[string])}
}

// Observe reads the claims on the version.
func (s Claim) Observe(ctx context.Context) flow.Finding {
	if s.refused.Load() {
		return done("no claim: the server refuses such refs. Two maintainers at the same moment are kept apart by the branch alone")
	}
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theRefs); !ok {
		return f
	}
	if c := e.newest(); c != nil && c.commit == s.Target.Commit && !s.World.lapsed(ctx, e, c) {
		return s.held(ctx, e, c)
	}
	if f, ok := s.World.unreadable(e, everything); !ok {
		return f
	}
	if p := s.World.rival(ctx, e); p != nil {
		return conflict(p)
	}
	ref := s.ref(e)
	s.shown.Store(&ref)
	return todo("claim %s for %s", ref, short(s.Target.Commit))
}

// held: the newest claim is at our commit. It is ours, whoever made it. CI must
// not have built the claim's own ref: that would be a second build of the commit.
func (s Claim) held(ctx context.Context, e evidence, c *claim) flow.Finding {
	builds, err := s.World.claimBuilds(ctx, e, c)
	if err == nil && len(builds) > 0 {
		return conflict(&flow.Problem{Code: flow.CodeClaimBuilt, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
			Text: "CI builds the claim " + c.ref + "; it must build only the release ref",
			Now:  []string{fmt.Sprintf("build #%s of %s is on a ref that should start none", builds[0].Number, short(c.commit))},
			Next: []string{"git grep -n refs/releases " + short(c.commit), "ferry status"}})
	}
	who, when := s.World.holder(ctx, c)
	s.shown.Store(&c.ref)
	f := done("%s = %s, claimed by %s at %s", c.ref, short(c.commit), who, clock(when))
	f.Facts = []flow.Fact{s.World.refFact(c.ref, c.commit)}
	f.Proof = []flow.Proof{{What: c.ref + " at " + c.commit, Where: s.World.Remote.URL()}}
	return f
}

// claimBuilds are CI's builds of the claim's own ref. Once files are on the index
// the question is over.
func (w World) claimBuilds(ctx context.Context, e evidence, c *claim) ([]ci.Build, error) {
	if e.published() {
		return nil, nil
	}
	return flow.Read(ctx, readingOf{"builds of the claim", c.ref}, func(ctx context.Context) (out []ci.Build, err error) {
		for _, p := range w.CI {
			bs, err := p.Builds(ctx, ci.Query{Ref: c.ref})
			if err != nil {
				return nil, err
			}
			out = append(out, bs...)
		}
		return out, nil
	})
}

// ref is the one to create: the first free attempt.
func (s Claim) ref(e evidence) string {
	n := 1
	if c := e.newest(); c != nil {
		n = c.attempt + 1
	}
	return claimRef(s.Target.Name, s.Target.Version, n)
}

// Run creates the claim, if it is still to be made. A server that refuses the
// ref as such is no obstacle; one that has it already is.
func (s Claim) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("claim: %s", f.Text)
	}
	ref := s.ref(s.World.look(ctx, s.Target, theRefs))
	_, err := s.World.Remote.CreateTag(ctx, ref, s.tag(ref), log)
	var refused *gitops.RefusedError
	if errors.As(err, &refused) && s.Target.By == ByDispatch {
		return s.World.unclaimed(s.Target, refused)
	}
	if errors.As(err, &refused) {
		s.refused.Store(true)
		log("the server refused " + ref + ": " + refused.Reason)
		return nil
	}
	return s.World.writeProblem("claim", err)
}

func (s Claim) tag(ref string) gitops.Tag {
	who, err := s.World.Repo.Identity()
	if err != nil {
		host, _ := os.Hostname()
		who = gitops.Identity{Name: "somebody on " + host, Email: "unknown@" + host}
	}
	return gitops.Tag{Name: ref, Target: s.Target.Commit, Tagger: who, When: time.Now(),
		Message: fmt.Sprintf("release %s %s\n\nrun %s\n", s.Target.Name, s.Target.Version, s.World.RunID)}
}

// Command is what a person would type; the attempt's number is the last one seen.
func (s Claim) Command() []string {
	ref := claimRef(s.Target.Name, s.Target.Version, 1)
	if seen := s.shown.Load(); seen != nil {
		ref = *seen
	}
	return tagCommand(s.World.Remote.URL(), ref, s.Target.Commit, "release "+s.Target.Name+" "+s.Target.Version)
}
