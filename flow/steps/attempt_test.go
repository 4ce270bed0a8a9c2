package steps_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops/gittest"
)

func (b *bench) run(step flow.Step) error {
	return step.Run(flow.WithReading(b.t.Context()), func(string) {})
}

func TestWhatRunMakes(t *testing.T) {
	b := newBench(t, options{})
	c := b.step(flow.Claim)
	must(t, b.run(c))
	if sha := b.git.Refs(slug)[claimRef]; sha == b.ours || b.git.Peel(slug, sha) != b.ours {
		t.Errorf("the claim is no annotated tag of our commit: %s", sha)
	}
	must(t, b.run(b.step(flow.PushBranch)))
	if b.git.Refs(slug)[branchRef] != b.ours {
		t.Error("the branch is not at our commit")
	}
	if builds := b.ci.Builds(); len(builds) != 1 || builds[0].Ref != branchRef {
		t.Errorf("CI builds %+v", builds)
	}
	tags := newBench(t, options{byTag: true})
	must(t, tags.run(tags.step(flow.PushTag)))
	if sha := tags.git.Refs(slug)[tagRef]; sha == tags.ours || tags.git.Peel(slug, sha) != tags.ours {
		t.Errorf("the tag is no annotated tag of our commit: %s", sha)
	}
}

func TestALaterAttemptTakesTheNextNumber(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range []happens{claim(1, theirs, 9*hour), built(theirs, hour, ci.StateFailed)} {
		h(b)
	}
	must(t, b.run(b.step(flow.Claim)))
	refs := b.git.Refs(slug)
	if b.git.Peel(slug, refs[claimRef]) != b.theirs || b.git.Peel(slug, refs[claimRef+"@2"]) != b.ours {
		t.Errorf("refs %v", refs)
	}
}

// TestRefusedClaim: a host that lets nobody make such refs is no obstacle, and
// what is then not promised is said; a host that refuses all is one.
func TestRefusedClaim(t *testing.T) {
	b := newBench(t, options{})
	b.git.Faults(gittest.Decline("refs/releases is not for you"))
	step := b.step(flow.Claim)
	must(t, b.run(step))
	f := step.Observe(flow.WithReading(t.Context()))
	if f.Status != flow.Done || !strings.Contains(f.Text, "kept apart by the branch alone") {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
	if f := b.observe(flow.Claim); f.Status != flow.Todo {
		t.Errorf("another run asks the server again: %s", f.Status)
	}
}

// TestALostRaceIsNoRefusal: a claim that appears under our hands is another's, and
// no sign that the host refuses claims.
func TestALostRaceIsNoRefusal(t *testing.T) {
	b := newBench(t, options{})
	b.git.Faults(gittest.Between(func() { claim(1, theirs, time.Minute)(b) }))
	step := b.step(flow.Claim)
	if err := b.run(step); err == nil {
		t.Error("the lost race is no error")
	}
	if f := step.Observe(flow.WithReading(t.Context())); f.Status != flow.Conflict || code(f) != flow.CodeClaimed {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
}

// TestNothingIsOverwritten: what appears between the look and the command stays.
func TestNothingIsOverwritten(t *testing.T) {
	for _, c := range []struct {
		step    flow.ID
		like    options
		world   []happens
		between happens
		ref     string
		stands  who
	}{
		{flow.PushBranch, options{}, nil, branch(theirs), branchRef, theirs},
		{flow.PushTag, options{byTag: true}, nil, tag(theirs), tagRef, theirs},
		{flow.DeleteBranch, options{}, released(hour, published(2*hour, sdist, wheel)), branch(theirs), branchRef, theirs},
	} {
		t.Run(string(c.step), func(t *testing.T) {
			b := newBench(t, c.like)
			for _, h := range c.world {
				h(b)
			}
			b.git.Faults(gittest.Between(func() { c.between(b) }))
			if err := b.run(b.step(c.step)); err == nil {
				t.Error("the lost race is no error")
			}
			if at := b.git.Peel(slug, b.git.Refs(slug)[c.ref]); at != b.commit(c.stands) {
				t.Errorf("%s is at %q", c.ref, at)
			}
		})
	}
}

// TestALostReply: the attempt failed by its own word, and the look says what is so.
func TestALostReply(t *testing.T) {
	for _, c := range []struct {
		step  flow.ID
		like  options
		world []happens
	}{
		{flow.Claim, options{}, nil}, {flow.PushBranch, options{}, nil}, {flow.PushTag, options{byTag: true}, nil},
		{flow.DeleteBranch, options{}, released(hour, published(2*hour, sdist, wheel))},
	} {
		for name, fault := range map[string]gittest.Fault{"reset": gittest.ResetAfter(), "silent": gittest.SilentAfter(), "502": gittest.StatusAfter(502), "no report": gittest.NoReport()} {
			t.Run(string(c.step)+"/"+name, func(t *testing.T) {
				t.Parallel()
				like := c.like
				if name == "silent" {
					like.hasty, like.silence = "git", 500*time.Millisecond // the command itself must get through
				}
				b := newBench(t, like)
				for _, h := range c.world {
					h(b)
				}
				b.git.Faults(fault)
				err := b.run(b.step(c.step))
				var p *flow.Problem
				if err == nil || errors.As(err, &p) && p.Class == flow.ClassFailed {
					t.Errorf("a lost reply is neither success nor failure: %v", err)
				}
				if f := b.observe(c.step); f.Status != flow.Done {
					t.Errorf("%s: %s", f.Status, f.Text)
				}
			})
		}
	}
}

func TestRefusedPushSaysWhy(t *testing.T) {
	b := newBench(t, options{})
	b.git.Faults(gittest.Decline("branches are for robots"))
	err := b.run(b.step(flow.PushBranch))
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodePushRefused || !strings.Contains(strings.Join(p.Lines, "\n"), "robots") || len(p.Now) == 0 || len(p.Next) == 0 {
		t.Errorf("%+v", err)
	}
	if f := b.observe(flow.PushBranch); f.Status != flow.Todo {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
}
