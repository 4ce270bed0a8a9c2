package steps

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// testUpload is where TestPyPI takes files; PyPI is what a deployment means that
// names no server.
const testUpload = "https://test.pypi.org/legacy/"

// dplVersion is the newest dpl of the second line that is released
// (rubygems.org/gems/dpl). Without a pin Travis takes the first line.
const dplVersion = "2.0.5.4"

// target is what a lane is to the writer of .travis.yml.
func (s Setup) target(l Lane) rules.TravisTarget {
	// Most pushes of the default branch build a version that is there already.
	t := rules.TravisTarget{Job: s.Job, DplVersion: dplVersion, SkipExisting: l.Start == rules.StartPush}
	if l.Test() {
		t.Server = testUpload
	}
	if l.Start != rules.StartTag {
		t.Branch = s.branch(l)
		return t
	}
	t.Tags, t.Tag = true, strings.TrimPrefix(s.Rules(l).On(cmp.Or(s.Version, "1.2.3")).Ref, "refs/tags/")
	return t
}

// travis is the whole setup, without what is sealed. Distributions that the file
// names already stay.
func (s Setup) travis(text []byte) rules.TravisSetup {
	w := rules.TravisSetup{DropCheck: s.DropCheck, Python: s.Python, Script: s.Script}
	entries := rules.TravisEntries(text)
	for _, l := range s.Lanes {
		t := s.target(l)
		if e, ok := entryOf(entries, t); !ok || !e.Distributions {
			t.Distributions = []string{"sdist", "bdist_wheel"}
		}
		w.Providers = append(w.Providers, t)
	}
	return w
}

// entryOf is the deploy that serves a target already.
func entryOf(entries []rules.TravisEntry, t rules.TravisTarget) (rules.TravisEntry, bool) {
	i := slices.IndexFunc(entries, func(e rules.TravisEntry) bool { return e.Serves(t) })
	if i < 0 {
		return rules.TravisEntry{}, false
	}
	return entries[i], true
}

// travisEvent tells the writer of the file what the repository is called.
func (y Yard) travisEvent(s Setup) rules.Event {
	return rules.Event{Slug: y.Remote.Slug(), DefaultBranch: s.Default, Host: y.Remote.Hostname()}
}

// setUp changes the file as it is once everything is mended that needs nobody's
// decision; where that does not help, as it is.
func (y Yard) setUp(s Setup, c *change, want rules.TravisSetup) (rules.TravisSet, error) {
	set, err := rules.SetUpTravis(y.mended(s, c), want, y.travisEvent(s))
	if err == nil {
		return set, nil
	}
	plain, raw := rules.SetUpTravis(c.old, want, y.travisEvent(s))
	var r *rules.Refusal
	if raw != nil && errors.As(raw, &r) && r.Why == rules.RefuseNested {
		return plain, err // mending has helped with that, and not with this
	}
	return plain, raw
}

// mended is the text of the file once it is mended; what cannot be mended stays.
func (y Yard) mended(s Setup, c *change) []byte {
	if c.fresh || len(s.Lanes) == 0 {
		return c.old
	}
	all, err := rules.Mend(y.Tree(), y.Event(s, s.Lanes[len(s.Lanes)-1]))
	i := slices.IndexFunc(all, func(m rules.Mended) bool { return m.File == c.file && string(m.Old) == string(c.old) })
	if err != nil || i < 0 {
		return c.old
	}
	return all[i].New
}

// builds says why a deployment that is to be added would build nothing: it runs
// python setup.py, at the top. Where the file speaks of it, somebody thought of it.
func (y Yard) builds(s Setup, text []byte, want rules.TravisSetup) *flow.Problem {
	entries := rules.TravisEntries(text)
	added := func(t rules.TravisTarget) bool { _, ok := entryOf(entries, t); return !ok }
	if !slices.ContainsFunc(want.Providers, added) {
		return nil
	}
	if s.Dir != "" && !strings.Contains(string(text), s.Dir) {
		return &flow.Problem{Code: flow.CodeSetupTravisWant, Class: flow.ClassFailed, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("The package is in %s, and a deployment of Travis builds what is at the top of the repository", s.Dir),
			Now:  []string{"no file was changed", "a before_deploy that changes into the folder is respected"},
			Next: []string{"ferry onboard --publish=github", "${EDITOR:-vi} " + travisYML}}
	}
	if _, err := fs.Stat(y.Tree(), "setup.py"); err == nil || s.Dir != "" || strings.Contains(string(text), "setup.py") {
		return nil
	}
	return &flow.Problem{Code: flow.CodeSetupNoSetupPy, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: "A deployment of Travis runs python setup.py, and the project has none: nothing would be built",
		Now:  []string{"no file was changed", "where setuptools builds the project, a setup.py that calls setup() does"},
		Next: []string{`printf 'from setuptools import setup\n\nsetup()\n' > setup.py`, "ferry onboard --publish=github"}}
}
