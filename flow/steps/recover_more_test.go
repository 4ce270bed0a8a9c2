package steps_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/ci"
	"ferry/pypi/pypitest"
)

// TestTheBranchIsAtAnotherCommit: our claim waits for the release that holds the
// branch, and that one is what is in flight there.
func TestTheBranchIsAtAnotherCommit(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range []happens{existing("1.3.0"), claim(1, ours, 9*hour), branch(theirs), built(theirs, 0, ci.StateRunning)} {
		h(b)
	}
	r := b.diagnose() // of ours
	if r.State != string(board.Conflicted) || ways(r) != "[wait]" || !strings.Contains(r.Summary, "pypi-release is at") {
		t.Errorf("ours: %s, %s: %s", r.State, ways(r), r.Summary)
	}
	b.sound(r)
	b.asStatus(r)
	b.target = b.found()
	if b.target.Commit != b.theirs {
		t.Errorf("in flight is %s", b.target.Commit)
	}
	if r := b.diagnose(); r.State != string(board.Building) {
		t.Errorf("theirs: %s, %s", r.State, ways(r))
	}
}

// TestTwoInFlight: each is found, the one on the branch first, and the other is
// told who is in its way.
func TestTwoInFlight(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range []happens{existing("1.3.0"), claim(1, ours, 9*hour), branch(ours), built(ours, 0, ci.StateRunning), claimOf("1.5.0", 1, theirs, hour)} {
		h(b)
	}
	ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
	must(t, err)
	if len(ts) != 2 || ts[0].Version != "1.4.0" || ts[1].Version != "1.5.0" || ts[1].Commit != b.theirs {
		t.Fatalf("%+v", ts)
	}
	b.target = ts[1]
	r := b.diagnose()
	if r.State != string(board.Conflicted) || ways(r) != "[wait]" || !strings.Contains(r.Summary, "Dana releases acme-core 1.4.0") {
		t.Errorf("%s, %s: %s", r.State, ways(r), r.Summary)
	}
	b.sound(r)
}

// TestTheTagWasMoved: CI built it elsewhere, whatever came of that.
func TestTheTagWasMoved(t *testing.T) {
	for name, more := range map[string]happens{"nothing published": func(*bench) {}, "published": published(2*hour, sdist, wheel)} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{byTag: true})
			for _, h := range []happens{existing("1.3.0"), built(ours, hour, ci.StatePassed), tag(theirs), more} {
				h(b)
			}
			b.target = b.found()
			r := b.diagnose()
			if b.target.Commit != b.theirs || r.State != string(board.Conflicted) || ways(r) != "[supersede] wait" || !strings.Contains(r.Summary, "it was moved") {
				t.Errorf("%s, %s: %s", r.State, ways(r), r.Summary)
			}
			b.sound(r)
			if f := b.observe(flow.ConfirmIndex); name == "published" && (f.Status != flow.Conflict || f.Problem.Code != flow.CodeTagElsewhere) {
				t.Errorf("the index confirms what CI built elsewhere: %s, %s", f.Status, f.Text)
			}
			b.target.Commit = b.ours // as the clone has it in which it was begun
			if r := b.diagnose(); r.State == string(board.AllDone) || r.Option(flow.WayResume) != nil {
				t.Errorf("at ours: %s, %s: %s", r.State, ways(r), r.Summary)
			}
		})
	}
}

// TestAttestedBefore: what CI alone can attest is not completed by hand.
func TestAttestedBefore(t *testing.T) {
	b := newBench(t, options{})
	file := pypitest.File{Provenance: []byte(`{"version":1,"attestation_bundles":[]}`)}
	file.Name, file.Data = pypitest.Sdist(project, "1.3.0", day, nil)
	b.index.Publish(project, "1.3.0", ago(48*hour), file)
	for _, h := range []happens{claim(1, ours, 9*hour), branch(ours), logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel), inDist(sdist, dist(sdist).Data)} {
		h(b)
	}
	r := b.diagnose()
	if ways(r) != "[restart] supersede wait" {
		t.Error(ways(r))
	}
	for _, n := range r.NotOffered {
		if n.ID == flow.WayComplete && !strings.Contains(n.Why, "run the failed jobs again") {
			t.Error(n.Why)
		}
	}
}

// TestABlindRecoveryOnlyWaits: one witness down, or all, and nothing is offered
// that would change anything; nor is it said that nothing is in flight.
func TestABlindRecoveryOnlyWaits(t *testing.T) {
	worlds := map[string][]happens{
		"building": left(built(ours, 0, ci.StateRunning)), "red": left(built(ours, hour, ci.StateFailed)),
		"half": left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel)), "published": released(hour, published(2*hour, sdist, wheel)), "pushed": left(),
	}
	for name, world := range worlds {
		for _, silent := range []string{"git", "ci", "index", "git ci index"} {
			t.Run(name+" without "+silent, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, options{})
				for _, h := range world {
					h(b)
				}
				for witness := range strings.FieldsSeq(silent) {
					b.shut(witness, "500")
				}
				b.target = b.found()
				r := b.diagnose()
				if ways(r) != "[wait]" || len(r.NotOffered) != 6 {
					t.Errorf("%s, %s: %s", r.State, ways(r), r.Summary)
				}
				if r.State == string(board.AllDone) || r.State == string(board.NotStarted) {
					t.Errorf("%s by half of the witnesses", r.State)
				}
				b.unreadIsSaid(r, strings.Count(silent, " ")+1)
			})
		}
	}
}

// unreadIsSaid: each witness that cannot be read is named, without an age.
func (b *bench) unreadIsSaid(r flow.Recovery, want int) {
	b.t.Helper()
	silent := map[string]bool{}
	for _, w := range r.Witnesses {
		if strings.Contains(w.Says, "cannot be read") {
			name, _, _ := strings.Cut(w.Witness, ".")
			silent[name] = true
			if !w.ReadAt.IsZero() {
				b.t.Errorf("%s cannot be read, and has an age", w.Witness)
			}
		}
	}
	if len(silent) != want {
		b.t.Errorf("%d witnesses are said to be silent, want %d: %+v", len(silent), want, r.Witnesses)
	}
}

// TestNothingInFlight: a project at rest, a release that is finished, and one that
// was given up.
func TestNothingInFlight(t *testing.T) {
	for name, world := range map[string][]happens{
		"at rest":  {existing("1.3.0")},
		"finished": {existing("1.3.0"), claim(1, ours, 9*hour), logged(ours, hour, halfLog, ci.StatePassed), published(2*hour, sdist, wheel)},
		"given up": {existing("1.3.0"), claim(1, ours, 9*hour), built(ours, hour, ci.StateFailed)},
		"old":      {existing("1.5.0"), published(never, wheel), claim(1, ours, never), logged(ours, never, halfLog, ci.StateFailed)},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{})
			for _, h := range world {
				h(b)
			}
			ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
			must(t, err)
			if len(ts) != 0 && name != "old" {
				t.Errorf("%+v", ts)
			}
		})
	}
}

// TestGivenUp: what is offered ends as it says, and then nothing is in flight.
func TestGivenUp(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range left(built(ours, hour, ci.StateFailed)) {
		h(b)
	}
	b.target = b.found()
	way := b.diagnose().Option(flow.WayAbandon)
	engine := flow.Engine{Ask: func(_ context.Context, q flow.Question) (flow.Answer, error) {
		if q.Confirm != version {
			t.Errorf("asked for %q", q.Confirm)
		}
		return flow.Answer{Yes: true, Typed: version}, nil
	}}
	must(t, engine.Run(t.Context(), way.Plan))
	if at := b.git.Refs(slug)[branchRef]; at != "" {
		t.Errorf("the branch is at %s", at)
	}
	ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
	must(t, err)
	if len(ts) != 0 {
		t.Errorf("%+v", ts)
	}
}

// TestCompleted: the missing file is sent, proved, and the branch deleted.
func TestCompleted(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel), inDist(sdist, dist(sdist).Data)) {
		h(b)
	}
	way := b.diagnose().Option(flow.WayComplete)
	engine := flow.Engine{Ask: func(context.Context, flow.Question) (flow.Answer, error) {
		return flow.Answer{Yes: true, Typed: version}, nil
	}}
	must(t, engine.Run(t.Context(), way.Plan))
	if sent := b.index.Uploads(); len(sent) != 1 {
		t.Errorf("%d uploads", len(sent))
	}
	if at := b.git.Refs(slug)[branchRef]; at != "" {
		t.Errorf("the branch is at %s", at)
	}
	if r := b.diagnose(); r.State != string(board.AllDone) || len(r.Options) != 0 {
		t.Errorf("%s, %s", r.State, ways(r))
	}
}

// TestALongPast: old tags and claims, of which nothing ever came or all did, are not
// looked into one by one.
func TestALongPast(t *testing.T) {
	b := newBench(t, options{byTag: true})
	for i := range 40 {
		b.git.SetRef(slug, fmt.Sprintf("refs/tags/v0.%d", i), b.first)
	}
	for _, h := range []happens{existing("1.3.0"), ref("refs/tags/1.4.0", first), tag(ours), built(ours, hour, ci.StateFailed)} {
		h(b)
	}
	b.target = b.found()
	if b.target.Ref != tagRef || b.target.Commit != b.ours {
		t.Errorf("%+v", b.target)
	}
}
