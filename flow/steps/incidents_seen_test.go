package steps_test

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// TestIncidents: each is flagged, by the checks that its fixture names and by no
// other; and what the attacker passed, or what cannot be seen, is not called more
// than it is.
func TestIncidents(t *testing.T) {
	for _, x := range incidents {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, x.like)
			for _, h := range x.world {
				h(b)
			}
			if x.look != nil {
				x.look(t, b)
			}
			if x.bad == "" && x.good == "" {
				return // it was seen before anything was published
			}
			v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{})
			if got := strings.Join(ids(v, flow.Bad), " "); got != x.bad || (v.Verdict == flow.Verified) != (x.bad == "") {
				t.Errorf("%s: %s by %q, want %q\n%s", x.when, v.Verdict, got, x.bad, said(v))
			}
			for _, id := range strings.Fields(x.good) {
				if !slices.Contains(ids(v, flow.Good), id) {
					t.Errorf("%s was to pass %s\n%s", x.name, id, said(v))
				}
			}
			if !strings.Contains(said(v), x.tells) {
				t.Errorf("nothing tells %q in\n%s", x.tells, said(v))
			}
			for _, id := range append(strings.Fields(x.open), "owners") { // who is new is on no page
				if !slices.Contains(ids(v, flow.NotChecked), id) {
					t.Errorf("%s is not open\n%s", id, said(v))
				}
			}
		})
	}
}

func ids(v flow.Verification, r flow.Result) (out []string) {
	for _, c := range v.Checks {
		if c.Result == r {
			out = append(out, c.ID)
		}
	}
	return out
}

// taken: a release that nobody of the project started is no release of this
// commit, and nothing is pushed into it.
func taken(t *testing.T, b *bench) {
	for _, id := range []flow.ID{flow.ConfirmIndex, flow.PushBranch, flow.CheckVersion} {
		if f := b.observe(id); f.Status != flow.Conflict || code(f) != flow.CodeVersionTaken {
			t.Errorf("%s: %s %s", id, f.Status, f.Text)
		}
	}
}

// moving: that a tag of somebody else's action can be moved is warned of before.
func moving(t *testing.T, b *bench) {
	found := b.target.Outlook.Diagnostics
	if !slices.ContainsFunc(found, func(d flow.Diagnostic) bool {
		return d.Code == "workflow-unpinned-action" && d.Severity == flow.SeverityWarning && strings.Contains(d.Text, "tj-actions/changed-files@v45")
	}) {
		t.Errorf("no word of the action at a tag: %+v", found)
	}
}

// leaksSeen: a secret in the log is an alarm, and is not repeated.
func leaksSeen(t *testing.T, b *bench) {
	f := b.observe(flow.ConfirmIndex)
	if f.Status != flow.Done || !strings.HasPrefix(f.Warning, "ALARM: a PyPI token can be read") || strings.Contains(told(f), stolen) {
		t.Errorf("%s %q", f.Status, f.Warning)
	}
}

// pathSeen: what changed on the way to the index is shown before the push.
func pathSeen(file string) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		f := b.observe(flow.CheckCI)
		if f.Diff == nil || !strings.Contains(f.Diff.Path, file) || !strings.Contains(f.Warning, file+" changed since 1.3.9") {
			t.Errorf("%s %q %+v\n%s", f.Status, f.Warning, f.Diff, told(f))
		}
	}
}

// TestWhatNobodySees: the limits, as the papers say them. A change that is in the
// commit itself, built and attested as ever, is a release like any other; a login
// that was phished leaves nothing before it is used; and a secret that was encoded in
// another way than base64 before it was printed is none that a log's reader knows.
func TestWhatNobodySees(t *testing.T) {
	thief := map[string]string{"src/acme_core/__init__.py": "x = 1\n" + harvester}
	b := newBench(t, options{files: thief})
	for _, h := range byName(before, func(b *bench) {
		s, data := pypitest.Sdist(project, version, day, thief)
		w, zipped := pypitest.Wheel(project, version, day, withThief)
		for _, f := range []pypitest.File{{Name: s, Data: data}, {Name: w, Data: zipped}} {
			f.Provenance = signed(b.t.(*testing.T), f, b.ours)
			b.index.Publish(project, version, ago(3*hour), f)
		}
	}) {
		h(b)
	}
	if v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{}); v.Verdict != flow.Verified || !slices.Contains(ids(v, flow.NotChecked), "owners") {
		t.Errorf("what the commit has is not judged: %s\n%s", v.Verdict, said(v))
	}
	b = newBench(t, options{})
	if f := b.observe(flow.CheckVersion); f.Status != flow.Done || f.Warning != "" {
		t.Errorf("before it is used: %s %q", f.Status, f.Warning)
	}
	twice := base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(stolen))))
	for printed, alarm := range map[string]bool{twice: true, hex.EncodeToString([]byte(stolen)): false} {
		b := newBench(t, options{})
		for _, h := range released(2*hour, published(3*hour, sdist, wheel), logged(ours, hour, uploads(sdist, wheel)+printed+"\n", ci.StatePassed)) {
			h(b)
		}
		if f := b.observe(flow.ConfirmIndex); f.Status != flow.Done || strings.Contains(f.Warning, "ALARM") != alarm {
			t.Errorf("a secret printed as %s: %s %q", printed, f.Status, f.Warning)
		}
	}
}
