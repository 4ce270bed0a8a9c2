package steps_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/plans"
)

// lightweightTag: something made a tag without a tagger at a commit.
func lightweightTag(at who) happens { return ref(tagRef, at) }

// tagHere: this clone has a tag of that name at a commit.
func tagHere(at who) happens {
	return func(b *bench) {
		must(b.t, os.WriteFile(b.dir+"/.git/refs/tags/v1.4.0", []byte(b.commit(at)+"\n"), 0o600))
	}
}

// TestTagConflicts: each way in which a tag is not the one that ferry would make.
func TestTagConflicts(t *testing.T) {
	for _, tt := range []struct {
		says  string
		world []happens
		want  flow.Status
		code  string
	}{
		{"free", nil, flow.Todo, ""},
		{"free, and here already", []happens{tagHere(ours)}, flow.Todo, ""},
		{"free, and here at another commit", []happens{tagHere(first)}, flow.Conflict, flow.CodeTagMoved},
		{"annotated at our commit", []happens{tag(ours)}, flow.Done, ""},
		{"annotated at our commit, and here at another", []happens{tag(ours), tagHere(first)}, flow.Done, ""},
		{"lightweight at our commit", []happens{lightweightTag(ours)}, flow.Conflict, flow.CodeTagLightweight},
		{"at another commit", []happens{tag(theirs)}, flow.Conflict, flow.CodeTagElsewhere},
		{"lightweight at another commit", []happens{lightweightTag(theirs)}, flow.Conflict, flow.CodeTagElsewhere},
		{"moved away from our commit", []happens{tag(theirs), tagHere(ours)}, flow.Conflict, flow.CodeTagMoved},
		{"deleted after CI built it", []happens{built(ours, time.Hour, ci.StatePassed)}, flow.Conflict, flow.CodeTagMoved},
	} {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{byTag: true})
			for _, h := range tt.world {
				h(b)
			}
			f := b.observe(flow.PushTag)
			code := ""
			if f.Problem != nil {
				code = f.Problem.Code
				speaks(t, f)
			}
			if f.Status != tt.want || code != tt.code {
				t.Errorf("%s %s: %s, want %s %s", f.Status, code, f.Text, tt.want, tt.code)
			}
			if strings.HasSuffix(tt.says, "and here at another") && f.Warning == "" {
				t.Error("that the clone's tag is another is not said")
			}
		})
	}
}

// TestExternal: what something else releases is adopted, proved, and not touched.
func TestExternal(t *testing.T) {
	published := published(2*hour, sdist, wheel)
	onMain := func(state ci.State) happens { return ranOnMain(ours, hour, uploads(sdist, wheel), state) }
	for _, tt := range []struct {
		says  string
		world []happens
		code  string // "" is done
		jobs  int
	}{
		{"nothing is there yet", nil, flow.CodeNotTriggered, 0},
		{"a run on main says nothing yet", []happens{onMain(ci.StatePassed)}, flow.CodeNotTriggered, 0},
		{"the tag, and no build yet", []happens{lightweightTag(ours)}, flow.CodeNoBuild, 0},
		{"the tag, and its build published", []happens{lightweightTag(ours), built(ours, hour, ci.StatePassed), published}, "", 1},
		{"the run that made the tag published", []happens{lightweightTag(ours), onMain(ci.StatePassed), published}, "", 1},
		{"the run that made the tag goes on", []happens{tag(ours), onMain(ci.StateRunning), published}, flow.CodeTimeout, 1},
		{"the tag is at another commit", []happens{tag(theirs)}, flow.CodeTagElsewhere, 0},
		{"files that no tag explains", []happens{published}, flow.CodeVersionTaken, 0},
	} {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{byTag: true, external: true, token: true})
			for _, h := range tt.world {
				h(b)
			}
			before := b.state()
			e := flow.Engine{NoWait: true, Fresh: time.Minute}
			err := e.Run(t.Context(), plans.For(b.world, b.target))
			code := ""
			if p, ok := err.(*flow.Problem); ok { //nolint:errorlint // the engine gives it bare
				code = p.Code
			}
			if code != tt.code || err != nil && code == "" {
				t.Errorf("ended with %s (%v), want %q", code, err, tt.code)
			}
			if n := len(b.observe(flow.AwaitCI).Jobs); n != tt.jobs {
				t.Errorf("%d jobs adopted, want %d", n, tt.jobs)
			}
			if b.state() != before {
				t.Error("it acted")
			}
		})
	}
}
