package steps_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
)

func toml(name, version string) string {
	return "[project]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n"
}

// TestAimAtAPackage: one of several in a repository, released by the CI files at
// its top.
func TestAimAtAPackage(t *testing.T) {
	files := map[string]string{
		"pyproject.toml": "[tool.x]\ny = 1\n", "packages/core/pyproject.toml": toml("acme-core", "1.4.0"),
		"packages/cli/pyproject.toml": toml("acme-cli", "2.0"), "packages/cli/tests/demo/pyproject.toml": toml("demo", "0"),
	}
	for name, c := range map[string]struct{ dir, want, source, code, tells string }{
		"one":          {dir: "packages/cli", want: "acme-cli 2.0", source: "packages/cli/pyproject.toml [project]"},
		"another":      {dir: "packages/core/", want: "acme-core 1.4.0", source: "packages/core/pyproject.toml [project]"},
		"none is said": {code: flow.CodeNoProject, tells: "below it: packages/cli, packages/core"},
		"no folder":    {dir: "packages/gui", code: flow.CodeNoProject, tells: "no folder packages/gui"},
		"no project":   {dir: "packages", code: flow.CodeNoProject},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{byTag: c.code != ""}) // without a setup.py at the top
			commit := b.git.Commit(slug, "odd", "Several", files, day.Add(5*time.Hour))
			b.intent.Dir = c.dir
			target, err := b.world.Aim(t.Context(), b.intent, commit)
			var p *flow.Problem
			if errors.As(err, &p) {
				if p.Code != c.code || !strings.Contains(p.Text, c.tells) || len(p.Next) == 0 {
					t.Errorf("%+v", p)
				}
				return
			}
			if err != nil || target.Name+" "+target.Version != c.want || target.Source != c.source || target.Ref != branchRef || len(target.Deploys) != 1 {
				t.Errorf("%+v, %v", target, err)
			}
		})
	}
}

var computing = map[string]string{"pyproject.toml": "", "setup.py": "from setuptools import setup\nsetup(name='acme-core', version=str(1) + '.' + hex(5)[2:])\n"}

// TestAimByABuild: it runs after a yes, and never without one.
func TestAimByABuild(t *testing.T) {
	asked := 0
	answer := func(yes bool, err error) func(*steps.Intent) {
		return func(i *steps.Intent) {
			i.Build = func(_ context.Context, why string) (bool, error) {
				asked++
				if why != "setup.py computes it" {
					t.Errorf("asked because %s", why)
				}
				return yes, err
			}
		}
	}
	aim := func(asks func(*steps.Intent)) error {
		b := newBench(t, options{})
		commit := b.git.Commit(slug, "odd", "Computed", computing, day.Add(5*time.Hour))
		asks(&b.intent)
		_, err := b.world.Aim(t.Context(), b.intent, commit)
		return err
	}
	var p *flow.Problem
	if err := aim(func(*steps.Intent) {}); !errors.As(err, &p) || p.Code != flow.CodeNoVersion || !strings.Contains(strings.Join(p.Next, "\n"), "ferry release --build") {
		t.Errorf("nobody to ask: %v", err)
	}
	if err := aim(answer(false, nil)); !errors.As(err, &p) || p.Code != flow.CodeNoVersion {
		t.Errorf("no: %v", err)
	}
	if err := aim(answer(false, flow.ErrDeclined)); !errors.Is(err, flow.ErrDeclined) || asked != 2 {
		t.Errorf("left: %v, asked %d", err, asked)
	}
	if exec.Command("python3", "-c", "import build").Run() == nil {
		return // then it may need an index, which a test does not
	}
	if err := aim(answer(true, nil)); !errors.As(err, &p) || p.Code != flow.CodeNoVersion || !strings.Contains(p.Text, "the build cannot be run") {
		t.Errorf("without python3 -m build: %v", err)
	}
}
