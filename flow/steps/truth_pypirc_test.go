package steps_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi"
)

const (
	own      = "# mine\n[local]\nrepository = http://localhost:3141/\npassword = s3cret\n"
	section  = "\n[pypi]\n# ferry: remove when acme-core 1.4.0 is released\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = pypi-CANARY\n"
	promised = "[distutils]\nindex-servers =\n    local\n    pypi\n" + own + section
	kept     = "[distutils]\nindex-servers =\n    local\n" + own + "\n"
)

// pypirc is what the person's file says.
func pypirc(text string) happens {
	return func(b *bench) {
		must(b.t, os.WriteFile(b.pypirc, []byte(text), 0o600))
		b.target.Ephemeral = pypi.PypircUntil(b.pypirc, project, version)
	}
}

func TestTruthOfPypirc(t *testing.T) {
	proved := released(hour, published(2*hour, sdist, wheel))
	with := func(text string, world ...happens) []happens { return append(slices.Clone(world), pypirc(text)) }
	next := strings.ReplaceAll(promised, "1.4.0", "1.4.1")
	follow(t, []rule{
		{says: "nothing is promised", world: with(own, proved...), step: flow.RemovePypirc, want: flow.Done},
		{says: "there is no file", world: proved, step: flow.RemovePypirc, want: flow.Done},
		{says: "promised for another version", world: with(next, proved...), step: flow.RemovePypirc, want: flow.Done},
		{says: "before anything was done", world: with(promised), step: flow.RemovePypirc, want: flow.Todo, tells: "stays until"},
		{says: "while CI builds", world: with(promised, branch(ours), built(ours, 0, ci.StateRunning)), step: flow.RemovePypirc, want: flow.Todo, tells: "stays until"},
		{says: "every file is proved", world: with(promised, proved...), step: flow.RemovePypirc, want: flow.Todo, tells: "remove [pypi] from ~/.pypirc"},
		{says: "the index is silent", world: with(promised, append(slices.Clone(proved), down("index", "silent"))...), silent: "index", step: flow.RemovePypirc, want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "the file is broken", world: with(promised+"junk\n", proved...), step: flow.RemovePypirc, want: flow.Unknown, code: flow.CodePypircKept, tells: "ferry pypirc remove --index pypi"},
	})
}

// TestOnlyThePromisedSectionGoes: every other byte of the file stays.
func TestOnlyThePromisedSectionGoes(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range append(released(hour, published(2*hour, sdist, wheel)), pypirc(promised)) {
		h(b)
	}
	must(t, b.run(b.step(flow.RemovePypirc)))
	if got, _ := os.ReadFile(b.pypirc); string(got) != kept {
		t.Errorf("%q", got)
	}
}

// TestASectionThatCannotGo: the attempt says what is still there, a token only
// where there is one, and what to do.
func TestASectionThatCannotGo(t *testing.T) {
	for text, token := range map[string]bool{promised: true, strings.ReplaceAll(promised, "password = pypi-CANARY\n", ""): false} {
		b := newBench(t, options{})
		for _, h := range append(released(hour, published(2*hour, sdist, wheel)), pypirc(text)) {
			h(b)
		}
		step := b.step(flow.RemovePypirc)
		must(t, os.Chmod(strings.TrimSuffix(b.pypirc, "/.pypirc"), 0o777))
		err := b.run(step)
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != flow.CodePypircKept || !errors.Is(err, &pypi.PypircError{Reason: pypi.PypircParent}) || strings.Contains(p.Text, "CANARY") {
			t.Fatalf("%v", err)
		}
		if said := strings.Contains(strings.Join(p.Now, "\n"), "token"); said != token {
			t.Errorf("a token %v: %q", token, p.Now)
		}
		if got, _ := os.ReadFile(b.pypirc); string(got) != text {
			t.Errorf("%q", got)
		}
	}
}

// TestABrokenFileIsNotSaidToHoldAToken: what was not read is not claimed.
func TestABrokenFileIsNotSaidToHoldAToken(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range append(released(hour, published(2*hour, sdist, wheel)), pypirc(promised+"junk\n")) {
		h(b)
	}
	p := b.step(flow.RemovePypirc).Observe(flow.WithReading(t.Context())).Problem
	if p == nil || !slices.Contains(p.Now, "whether a token is in that section was not read") || slices.Contains(p.Now, "the token in that section is still there") {
		t.Errorf("%+v", p)
	}
}

// TestAimReadsThePromise: of a broken file too, or nobody would be told; and a
// broken file that promises nothing is none of a release's business.
func TestAimReadsThePromise(t *testing.T) {
	for text, want := range map[string][]string{"": nil, own: nil, promised: {"pypi"}, own + "junk\n": nil, promised + "junk\n": {"pypi"}} {
		b := newBench(t, options{})
		pypirc(text)(b)
		target, err := b.world.Aim(t.Context(), b.intent, b.ours)
		if err != nil || !slices.Equal(target.Ephemeral, want) {
			t.Errorf("%q: %v %v", text, target.Ephemeral, err)
		}
	}
}
