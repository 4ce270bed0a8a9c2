package steps_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
)

// TestWhatIsMissing: only what is positively absent is, and what is there is not.
func TestWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		like  options
		world []happens
		want  []string
	}{
		"half":                          {world: left(logged(ours, hour, halfLog, ci.StateFailed), published(2*hour, wheel)), want: []string{sdist, "clean-up"}},
		"nothing yet":                   {world: left(), want: []string{"CI's build", "files on PyPI", "clean-up"}},
		"CI cannot be read":             {world: left(down("ci", "500")), want: []string{"files on PyPI", "clean-up"}},
		"the index cannot be read":      {world: left(built(ours, hour, ci.StatePassed), down("index", "500")), want: []string{"clean-up"}},
		"nothing can be read":           {world: left(down("git", "500"), down("ci", "500"), down("index", "500"))},
		"in quarantine":                 {world: released(hour, published(2*hour, sdist, wheel), quarantine), want: []string{"clean-up"}},
		"files, and neither tag nor CI": {like: options{byTag: true}, world: []happens{published(hour, sdist, wheel)}, want: []string{"CI's build", "tag v1.4.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			for _, h := range c.world {
				h(b)
			}
			b.target = b.found()
			if r := b.diagnose(); !slices.Equal(r.Missing, c.want) {
				t.Errorf("missing: %q, want %q", r.Missing, c.want)
			}
		})
	}
}

// TestWhatStaysOfAVersion: what is said to stay is so, of a version that another one
// replaces.
func TestWhatStaysOfAVersion(t *testing.T) {
	for name, c := range map[string]struct {
		world []happens
		want  string
	}{
		"yanked":  {released(hour, published(2*hour, sdist, wheel), yanked), "what is published of 1.4.0 stays yanked; the branch goes first"},
		"deleted": {left(logged(ours, hour, halfLog, ci.StatePassed)), "the names of the files of 1.4.0 are used up; the branch goes first"},
		"half":    {left(logged(ours, never, halfLog, ci.StateFailed), published(never, wheel)), "what is published of 1.4.0 stays until you yank it by hand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{})
			for _, h := range c.world {
				h(b)
			}
			b.target = b.found()
			if w := b.diagnose().Option(flow.WaySupersede); w == nil || !strings.HasPrefix(w.Consequence, c.want) {
				t.Errorf("%+v", w)
			}
		})
	}
}

// TestUsedUp: of files that CI printed and the index lost nobody says that their
// names are free.
func TestUsedUp(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range left(logged(ours, hour, halfLog, ci.StatePassed)) {
		h(b)
	}
	b.target = b.found()
	p := b.diagnose().Problem
	if said := strings.Join(p.Now, "\n"); p.Retry != flow.RetryNewVersion || strings.Contains(said, "free") || !strings.Contains(said, "never taken again") {
		t.Errorf("%s\n%s", p.Retry, said)
	}
}

// TestFollowed: what only a new version helps is over once that is there; until then,
// and as long as its branch is left, it is not.
func TestFollowed(t *testing.T) {
	gone := func(b *bench) { b.git.DeleteRef(slug, branchRef) }
	lost := released(hour, published(2*hour, sdist, wheel), yanked)
	for name, c := range map[string]struct {
		like  options
		world []happens
		want  string // of the way to supersede; "" where nothing is in flight
	}{
		"yanked":                         {world: slices.Concat(lost, []happens{gone}), want: "1.4.1"},
		"yanked, and followed":           {world: slices.Concat(lost, []happens{gone, existing("1.5.0")})},
		"yanked, followed, and a branch": {world: slices.Concat(lost, []happens{existing("1.4.1")}), want: "1.4.2"},
		"deleted, and followed":          {world: append(left(logged(ours, hour, halfLog, ci.StatePassed)), gone, existing("1.4.1"))},
		"moved":                          {options{byTag: true}, []happens{existing("1.3.0"), built(ours, hour, ci.StatePassed), tag(theirs)}, "1.4.1"},
		"moved, and followed":            {like: options{byTag: true}, world: []happens{built(ours, hour, ci.StatePassed), tag(theirs), existing("1.4.1")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			for _, h := range c.world {
				h(b)
			}
			ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
			must(t, err)
			if len(ts) != 1 {
				if len(ts) > 1 || c.want != "" {
					t.Errorf("%d in flight", len(ts))
				}
				return
			}
			b.target = ts[0]
			if w := b.diagnose().Option(flow.WaySupersede); w == nil || w.Command[len(w.Command)-1] != c.want {
				t.Errorf("%+v, want %q", w, c.want)
			}
		})
	}
}

// TestThePageIsLeft: what is published by tag is not done while the host's release is
// due; where none is, or nobody can tell, nothing is in flight.
func TestThePageIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		world []happens
		left  bool
	}{
		"due":                {tagReleased(announced("v1.3.0")), true},
		"a draft waits":      {tagReleased(drafted("v1.4.0", "")), true},
		"there":              {tagReleased(announced("v1.3.0"), announced("v1.4.0")), false},
		"nobody expects one": {tagReleased(), false},
		"no host":            {tagReleased(unhosted), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, afterTag)
			for _, h := range c.world {
				h(b)
			}
			ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
			must(t, err)
			if len(ts) != map[bool]int{true: 1}[c.left] {
				t.Fatalf("%d in flight", len(ts))
			}
			if !c.left {
				return
			}
			b.target = ts[0]
			r := b.diagnose()
			if ways(r) != "[resume] wait" || !strings.HasSuffix(r.Summary, "release v1.4.0 on the host is missing") || !slices.Equal(r.Missing, []string{"release v1.4.0 on the host"}) {
				t.Errorf("%s: %s, missing %q", ways(r), r.Summary, r.Missing)
			}
			b.asStatus(r)
		})
	}
}
