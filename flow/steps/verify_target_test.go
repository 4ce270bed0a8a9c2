package steps_test

import (
	"errors"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// TestToVerify: which release is meant, at which commit, and who can speak of it.
func TestToVerify(t *testing.T) {
	old := func(b *bench) { b.git.SetRef(slug, "refs/tags/acme-core-1.3.0", b.first) }
	tests := []struct {
		says          string
		world         []happens
		name, version string
		want          func(b *bench) steps.Target
		alone         bool // the checkout has nothing to say
	}{
		{says: "the checkout", want: func(b *bench) steps.Target { return steps.Target{Name: project, Version: version, Commit: b.ours} }},
		{says: "the checkout, by its name in another spelling", name: "Acme_Core", version: "1.4", want: func(b *bench) steps.Target {
			return steps.Target{Name: project, Version: version, Commit: b.ours}
		}},
		{says: "the claimed commit, though another is checked out", world: []happens{claim(1, theirs, hour)}, want: func(b *bench) steps.Target {
			return steps.Target{Name: project, Version: version, Commit: b.theirs}
		}},
		{says: "an older version, by its tag", world: []happens{old}, version: "1.3.0", want: func(b *bench) steps.Target {
			return steps.Target{Name: project, Version: "1.3.0", Commit: b.first}
		}},
		{says: "an older version that nothing names", version: "1.2", want: func(*bench) steps.Target { return steps.Target{Name: project, Version: "1.2"} }},
		{says: "another project", name: "other", version: "v2", alone: true, want: func(*bench) steps.Target { return steps.Target{Name: "other", Version: "2"} }},
		{says: "the newest of another project", world: []happens{func(b *bench) {
			for _, v := range []string{"1.9", "2.0", "3.0rc1"} {
				name, data := pypitest.Sdist("other", v, day, nil)
				b.index.Publish("other", v, ago(hour), pypitest.File{Name: name, Data: data})
			}
		}}, name: "other", alone: true, want: func(*bench) steps.Target { return steps.Target{Name: "other", Version: "2.0"} }},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{})
			for _, h := range tt.world {
				h(b)
			}
			w, got, err := b.world.ToVerify(flow.WithReading(t.Context()), b.intent, b.ours, tt.name, tt.version, steps.Again{})
			want := tt.want(b)
			if err != nil || got.Name != want.Name || got.Version != want.Version || got.Commit != want.Commit || (w.Remote == nil) != tt.alone {
				t.Errorf("%+v %v, alone %v; want %+v", got, err, w.Remote == nil, want)
			}
		})
	}
}

// TestTagsOfAVersion: maintainers spell the tag of a version in many ways; what may
// be a date, or another project's, is none.
func TestTagsOfAVersion(t *testing.T) {
	for tag, is := range map[string]bool{
		"1.3.0": true, "v1.3.0": true, "V1.3": true, "acme-core-1.3.0": true, "acme_core-v1.3.0": true, "Acme.Core-1.3.0": true, "AcmeCore1.3.0": true,
		"acme-core@1.3.0": true, "acme-core==1.3.0": true, "acme-core/1.3.0": true, "release/1.3.0": true, "release-1.3.0": true, "Release_1.3.0": true,
		"rel_1_3_0": true, "v1_3_0": true, "version-1.3.0": true, "acme_core_1_3_0": true, "1.3.0-final": true, "1.3.0.Final": true, "rel_1_3_0_final": true,
		"1_3_0": false, "acme-1.3.0": false, "acme-core-cli-1.3.0": false, "rel_1_3_1": false, "1.3.0-finals": false, "v": false, "acme-core": false, "rel_1_3_0rc1": false,
	} {
		b := newBench(t, options{})
		b.git.SetRef(slug, "refs/tags/"+tag, b.first)
		_, got, err := b.world.ToVerify(flow.WithReading(t.Context()), b.intent, b.ours, "", "1.3.0", steps.Again{})
		if err != nil || (got.Commit == b.first) != is {
			t.Errorf("%s: commit %q, %v", tag, got.Commit, err)
		}
	}
}

func TestToVerifyRefuses(t *testing.T) {
	b := newBench(t, options{})
	for args, class := range map[[2]string]flow.Class{
		{"-x", "1"}: flow.ClassUsage, {"a b", ""}: flow.ClassUsage, {"other", "one"}: flow.ClassUsage, {"other", ""}: flow.ClassFailed,
	} {
		_, _, err := b.world.ToVerify(t.Context(), b.intent, "", args[0], args[1], steps.Again{})
		var p *flow.Problem
		if !errors.As(err, &p) || p.Class != class || len(p.Next) == 0 || len(p.Now) == 0 {
			t.Errorf("%q: %v", args, err)
		}
	}
}
