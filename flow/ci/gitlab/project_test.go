package gitlab_test

import (
	"errors"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	s, p, url := bench(t, token)
	got, err := p.Inspect(t.Context())
	if err != nil || got.Slug != slug || !got.Active || !got.Private || got.DefaultBranch != "main" || got.Host == nil || got.Host.MayPush == nil || !*got.Host.MayPush {
		t.Errorf("got %+v, %v", got, err)
	}
	s.Host(citest.Hosted{Parent: "up/demo", Archived: true, ReadOnly: true})
	got, err = p.Inspect(t.Context())
	if err != nil || got.Active || !got.Host.Fork || got.Host.Parent.Slug != "up/demo" || *got.Host.MayPush || !got.Host.Archived {
		t.Errorf("a fork: %+v, %v", got, err)
	}
	s.Host(citest.Hosted{Renamed: "dana/renamed"})
	if got, err = p.Inspect(t.Context()); err != nil || got.Slug != "dana/renamed" {
		t.Errorf("renamed: %+v, %v", got, err)
	}
	s.Host(citest.Hosted{})
	s.SwitchOff()
	if got, err = p.Inspect(t.Context()); err != nil || got.Active {
		t.Errorf("switched off: %+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := provider(t, url, "").Inspect(t.Context()); !errors.As(err, &none) {
		t.Errorf("a hidden project: %v", err)
	}
	if b := p.Budget(); b.Limit != 2000 || b.Left != 1990 || b.Reset.IsZero() {
		t.Errorf("budget %+v", b)
	}
}

func TestRefRules(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, c := range []struct {
		name     string
		level    int
		branches []citest.Protected
		tags     []citest.Protected
		ref      string
		creation *bool // whether we may; told unless free
		free     bool
	}{
		{name: "nothing protected", level: 40, ref: "refs/heads/pypi-release", free: true},
		{name: "another branch", level: 40, branches: []citest.Protected{{Name: "main", Levels: []int{40}}}, ref: "refs/heads/pypi-release", free: true},
		{name: "a wildcard", level: 40, branches: []citest.Protected{{Name: "pypi-*", Levels: []int{40}}}, ref: "refs/heads/pypi-release", creation: &yes},
		{name: "a developer", level: 30, branches: []citest.Protected{{Name: "pypi-release", Levels: []int{40}}}, ref: "refs/heads/pypi-release", creation: &no},
		{name: "nobody", level: 50, branches: []citest.Protected{{Name: "*", Levels: []int{0}}}, ref: "refs/heads/pypi-release", creation: &no},
		{name: "the milder of two", level: 30, branches: []citest.Protected{{Name: "*", Levels: []int{0}}, {Name: "pypi-*", Levels: []int{30}}}, ref: "refs/heads/pypi-release", creation: &yes},
		{name: "a dot is a dot", level: 40, tags: []citest.Protected{{Name: "v1.0", Levels: []int{0}}}, ref: "refs/tags/v100", free: true},
		{name: "a tag", level: 30, tags: []citest.Protected{{Name: "v*", Levels: []int{40}}}, ref: "refs/tags/v1.0", creation: &no},
		{name: "a tag is no branch", level: 30, branches: []citest.Protected{{Name: "v*", Levels: []int{40}}}, ref: "refs/tags/v1.0", free: true},
		{name: "a claim", level: 30, branches: []citest.Protected{{Name: "*", Levels: []int{40}}}, ref: "refs/releases/demo/1.0", free: true},
	} {
		s, p, _ := bench(t, token)
		s.Protect(c.branches, c.tags, nil, c.level)
		got, err := p.RefRules(t.Context(), c.ref)
		if err != nil || c.free != (len(got.Rules) == 0) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
			continue
		}
		for _, r := range got.Rules {
			want := &no // nobody deletes by git what is protected
			if r.Forbids == "creation" {
				want = c.creation
			}
			if r.Forbids != "update" && (r.MayBypass == nil || *r.MayBypass != *want) || r.URL == "" || r.Name == "" {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
	}
}

// TestHiddenRules: what an account may not see is no absence of rules.
func TestHiddenRules(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.Host(citest.Hosted{ReadOnly: true})
	var auth *ci.AuthError
	if _, err := p.RefRules(t.Context(), "refs/heads/r"); !errors.As(err, &auth) {
		t.Errorf("got %v", err)
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.Protect(nil, nil, []citest.Environment{{Name: "pypi", Reviewers: []string{"Dana"}}}, 0)
	got, err := p.Gate(t.Context(), "pypi")
	if err != nil || got.Name != "pypi" || len(got.Reviewers) != 1 || got.Reviewers[0] != "Dana" || !got.AnyRef {
		t.Errorf("got %+v, %v", got, err)
	}
	var none *ci.NotFoundError
	if _, err := p.Gate(t.Context(), "other"); !errors.As(err, &none) {
		t.Errorf("not protected, or not told: %v", err)
	}
}
