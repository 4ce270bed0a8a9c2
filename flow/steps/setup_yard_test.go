package steps_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// purse is where the tokens of a test are: a keyring in memory, an environment
// before it, and what a person would type.
type purse struct {
	kept, env map[string]steps.IndexToken
	typed     steps.IndexToken
	err       error
	asked     int
}

func (p *purse) Look(_ context.Context, index string) (steps.IndexToken, error) {
	if t, ok := p.env[index]; ok {
		return t, p.err
	}
	return p.kept[index], p.err
}

func (p *purse) Type(context.Context, string) (keyring.Secret, error) {
	p.asked++
	return p.typed.Secret, p.err
}

func (p *purse) Store(_ context.Context, index string, s keyring.Secret) error {
	t := plainToken(s)
	t.From, t.Kept = "the keyring", true
	p.kept[index] = t
	return p.err
}

func (p *purse) Remove(_ context.Context, index string) error {
	delete(p.kept, index)
	return p.err
}

// says is everything in the purse, as text.
func (p *purse) says() (out string) {
	for _, index := range sorted(p.kept) {
		_ = p.kept[index].Secret.Use(func(v []byte) error { out += fmt.Sprintf("%s %x\n", index, v); return nil })
	}
	return out
}

func plainToken(s keyring.Secret) steps.IndexToken {
	return steps.IndexToken{Secret: s, Scope: "unknown"}
}

// yard is a bench in which a repository is set up: by Travis, to two indexes.
type yard struct {
	*bench
	y     steps.Yard
	s     steps.Setup
	test  *pypitest.Server
	purse *purse
}

func newYard(t testing.TB, o options) *yard {
	t.Helper()
	b := newBench(t, o)
	out := &yard{bench: b, purse: &purse{kept: map[string]steps.IndexToken{}, env: map[string]steps.IndexToken{}}}
	out.test = pypitest.New(pypitest.Options{Tokens: map[string][]string{accountToken: {"*"}}})
	testpypi := pypi.NewIndex(pypi.Config{Name: "testpypi", Simple: "http://test.index.test/simple/", JSON: "http://test.index.test/pypi/",
		Upload: "http://test.index.localhost/legacy/", Transport: wire{b.gate("test", out.test)}, Timeout: o.wait("test")})
	out.y = steps.Yard{World: b.world, Indexes: map[string]*pypi.Index{"pypi": b.world.Index, "testpypi": testpypi}, Tokens: out.purse}
	out.s = steps.Setup{Name: project, Version: version, Default: "main", How: steps.PublishSealed, Lanes: []steps.Lane{
		{Index: "testpypi", Start: rules.StartBranch, Ref: "pypi-test"}, {Index: "pypi", Start: rules.StartBranch, Ref: "pypi-release"}}}
	return out
}

func (y *yard) lane(index string) steps.Lane {
	for _, l := range y.s.Lanes {
		if l.Index == index {
			return l
		}
	}
	panic(index)
}

func (y *yard) state() string {
	mode := "no file"
	if info, err := os.Lstat(y.pypirc); err == nil {
		mode = info.Mode().String()
	}
	return fmt.Sprintln(y.bench.state(), len(y.test.Uploads()), y.purse.says(), mode)
}

func (y *yard) keep(index string, t steps.IndexToken) {
	t.From, t.Kept = "the keyring", true
	y.purse.kept[index] = t
}

// see looks once, and holds what every finding must have.
func (y *yard) see(t *testing.T, s flow.Step) flow.Finding {
	t.Helper()
	f := s.Observe(flow.WithReading(t.Context()))
	speaks(t, f)
	if text := fmt.Sprintf("%+v %+v", f, f.Diff); strings.Contains(text, "CANARY") || strings.Contains(text, "pypi-Ag") {
		t.Errorf("a secret is shown: %+v", f)
	}
	return f
}

// law judges a step of a yard.
func law(t *testing.T, effect flow.Effect, begin func(*yard), make func(*yard) flow.Step, spoil func(*yard)) {
	t.Helper()
	err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
		y := newYard(t, options{})
		begin(y)
		w := flowtest.World{Step: make(y), State: y.state, Effect: effect}
		if spoil != nil {
			w.Spoil = func() { spoil(y) }
		}
		return w, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// ready is a step that has a finding and nothing to do.
type ready struct{ flow.Finding }

func (r ready) Observe(context.Context) flow.Finding { return r.Finding }
func (ready) Run(context.Context, flow.Log) error    { return nil }
func (y *yard) before(s flow.Status, text string) flow.Step {
	return ready{flow.Finding{Status: s, Text: text, Problem: &flow.Problem{Code: "x", Class: flow.ClassUnknown, Retry: flow.RetrySafe, Text: text, Now: []string{"n"}, Next: []string{"n"}}}}
}
