package steps_test

import (
	"strings"
	"testing"

	"ferry/flow"
)

// rule is one sentence of the rules of truth, and a world in which it counts.
type rule struct {
	says   string
	like   options
	world  []happens
	silent string // the witness that will say nothing
	step   flow.ID
	want   flow.Status
	code   string // of the problem
	tells  string // what the finding or its problem must tell
}

// follow judges the rules, each in a world of its own.
func follow(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(string(r.step)+"/"+r.says, func(t *testing.T) {
			t.Parallel()
			r.like.hasty = r.silent
			b := newBench(t, r.like)
			for _, h := range r.world {
				h(b)
			}
			before := b.state()
			f := b.observe(r.step)
			if f.Status != r.want || code(f) != r.code {
				t.Errorf("found %s %q, want %s %q: %s", f.Status, code(f), r.want, r.code, f.Text)
			}
			if !strings.Contains(told(f), r.tells) {
				t.Errorf("nothing tells %q in\n%s", r.tells, told(f))
			}
			speaks(t, f)
			if b.state() != before {
				t.Error("looking changed the world")
			}
			if f.Status != flow.Todo || strings.Contains(f.Text, "stays") {
				_ = b.step(r.step).Run(flow.WithReading(t.Context()), func(string) {})
				if b.state() != before {
					t.Error("it acted where there was nothing to do")
				}
			}
		})
	}
}

func code(f flow.Finding) string {
	if f.Problem == nil {
		return ""
	}
	return f.Problem.Code
}

func told(f flow.Finding) string {
	out := []string{f.Text, f.Warning}
	if p := f.Problem; p != nil {
		out = append(out, p.Text)
		out = append(out, p.Now...)
		out = append(out, p.Lines...)
		out = append(out, p.Next...)
	}
	return strings.Join(out, "\n")
}

// speaks: a finding that stops a plan says why, what is true now, and what to type.
func speaks(t *testing.T, f flow.Finding) {
	t.Helper()
	if f.Text == "" {
		t.Error("no text")
	}
	switch f.Status {
	case flow.Failed, flow.Conflict, flow.Unknown:
	default:
		return
	}
	p := f.Problem
	if p == nil {
		t.Fatalf("%s without a problem: %s", f.Status, f.Text)
	}
	if p.Code == "" || p.Class == "" || p.Retry == "" || p.Text == "" || len(p.Now) == 0 || len(p.Next) == 0 {
		t.Errorf("a problem that leaves a person alone: %+v", p)
	}
	if f.Status == flow.Conflict && p.Class != flow.ClassConflict {
		t.Errorf("a conflict of class %s", p.Class)
	}
	if f.Status == flow.Unknown && p.Class != flow.ClassUnknown && p.Class != flow.ClassCredentials && p.Class != flow.ClassFailed {
		t.Errorf("unknown with class %s", p.Class)
	}
}
