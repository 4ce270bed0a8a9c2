package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// corp is a world of an index that is not PyPI's, and of nothing else.
func corp(index *pypitest.Server) steps.World {
	w := bare(index)
	w.Index = pypi.NewIndex(pypi.Config{Name: "corp", Simple: "http://index.test/simple/", Transport: wire{index}})
	return w
}

// TestNextWorks: what is offered is what the person asked, from where they stand.
func TestNextWorks(t *testing.T) {
	index := pypitest.New(pypitest.Options{})
	again := steps.Again{Where: []string{"--repo", "my project"}, Flags: []string{"--dist", "my dist", "--rebuild", "--repo", "my project"}, Wait: 40 * time.Minute}
	v := flow.Verification{Name: project, Version: version, Verdict: flow.Absent}
	const curl = "curl -sSf http://index.test/simple/acme-core/"
	checkout := newBench(t, options{}).world
	for name, c := range map[string]struct {
		world steps.World
		again steps.Again
		want  []string
	}{
		"as it was asked":   {corp(index), again, []string{"ferry verify acme-core 1.4.0 --wait 40m --index corp --dist 'my dist' --rebuild --repo 'my project'", curl}},
		"with an index":     {corp(index), steps.Again{Flags: []string{"--index", "corp"}}, []string{"ferry verify acme-core 1.4.0 --wait 20m --index corp", curl}},
		"PyPI, no checkout": {bare(index), steps.Again{}, []string{"ferry verify acme-core 1.4.0 --wait 20m", curl}},
		"a checkout":        {checkout, again, []string{"ferry verify acme-core 1.4.0 --wait 40m --dist 'my dist' --rebuild --repo 'my project'", "ferry status --repo 'my project'", curl}},
	} {
		if got := c.world.Unverified(v, c.again).Next; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNobodyWaitsForThisMachine: a build that cannot be made here comes about by no
// waiting.
func TestNobodyWaitsForThisMachine(t *testing.T) {
	w := bare(pypitest.New(pypitest.Options{}))
	v := flow.Verification{Name: project, Version: version, Verdict: flow.VerdictUnknown, Checks: []flow.Check{{ID: "rebuild", Result: flow.NotChecked, Decides: true}}}
	if got := w.Unverified(v, steps.Again{Flags: []string{"--rebuild"}}).Next[0]; got != "ferry verify acme-core 1.4.0 --rebuild" {
		t.Error(got)
	}
	v.Checks = append(v.Checks, flow.Check{ID: "simple", Result: flow.NotChecked, Decides: true})
	if got := w.Unverified(v, steps.Again{}).Next[0]; got != "ferry verify acme-core 1.4.0 --wait 20m" {
		t.Error(got)
	}
}

// TestNobodyWaitsForABrokenFile: what is wrong with the person's own files no waiting
// mends.
func TestNobodyWaitsForABrokenFile(t *testing.T) {
	b := newBench(t, options{})
	for _, h := range released(2*hour, published(3*hour, sdist, wheel)) {
		h(b)
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, sdist), []byte("broken"), 0o600))
	v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{Dist: dir})
	if got := b.world.Unverified(v, steps.Again{Flags: []string{"--dist", "dist"}}).Next[0]; v.Verdict != flow.VerdictUnknown || got != "ferry verify acme-core 1.4.0 --dist dist" {
		t.Errorf("%s: %s\n%s", v.Verdict, got, said(v))
	}
}

// TestFourteenDays: the rule is PyPI's, and said of no other index.
func TestFourteenDays(t *testing.T) {
	index := pypitest.New(pypitest.Options{})
	v := flow.Verification{Name: project, Version: version, Verdict: flow.Incomplete}
	for name, c := range map[string]struct {
		world steps.World
		says  bool
	}{"PyPI": {bare(index), true}, "another": {corp(index), false}} {
		p := c.world.Unverified(v, steps.Again{})
		if got := strings.Contains(strings.Join(p.Now, " "), "14 days"); got != c.says || len(p.Next) == 0 {
			t.Errorf("%s: %q %q", name, p.Now, p.Next)
		}
	}
	b := newBench(t, options{private: true})
	for _, h := range released(2*hour, published(3*hour, sdist)) {
		h(b)
	}
	if p := b.observe(flow.ConfirmIndex).Problem; p.Code != flow.CodeHalf || strings.Contains(strings.Join(p.Now, " "), "14 days") {
		t.Errorf("a release to another index: %+v", p)
	}
}

// TestWithdrawalTexts: a yank and a quarantine are two things.
func TestWithdrawalTexts(t *testing.T) {
	yank := flow.Check{ID: "yanked", Result: flow.Bad, Means: flow.Withdrawn, Evidence: "x"}
	hidden := flow.Check{ID: "status", Result: flow.Bad, Means: flow.Withdrawn, Evidence: "y"}
	for name, c := range map[string]struct {
		checks       []flow.Check
		says, silent string
		retry        string
	}{
		"yanked":      {[]flow.Check{yank, {ID: "status", Result: flow.Good}}, "take the yank back", "admins", flow.RetryNewVersion},
		"quarantined": {[]flow.Check{hidden, {ID: "yanked", Result: flow.NotChecked}}, "only the admins", "yank", flow.RetryUnknown},
		"both":        {[]flow.Check{yank, hidden}, "only the admins", "archived", flow.RetryUnknown},
	} {
		p := bare(pypitest.New(pypitest.Options{})).Unverified(flow.Verification{Name: project, Version: version, Verdict: flow.Withdrawn, Checks: c.checks}, steps.Again{})
		if now := strings.Join(p.Now, " "); !strings.Contains(now, c.says) || strings.Contains(now, c.silent) || p.Retry != c.retry {
			t.Errorf("%s: %q %s", name, p.Now, p.Retry)
		}
	}
}

// TestUploadOffersItsIndex: what verifies an upload asks the index that took it.
func TestUploadOffersItsIndex(t *testing.T) {
	for name, want := range map[string]string{"corp": "ferry verify acme-core 1.4.0 --index corp", "pypi": "ferry verify acme-core 1.4.0"} {
		b := newBench(t, options{private: name == "corp"})
		published(hour, sdist)(b)
		if f := b.observe(upload); f.Status != flow.Conflict || !slices.Contains(f.Problem.Next, want) {
			t.Errorf("%s: %s %+v", name, f.Status, f.Problem)
		}
	}
}

// TestNewestOfWhatIsYanked: a version that is there can be asked for by its name.
func TestNewestOfWhatIsYanked(t *testing.T) {
	index := pypitest.New(pypitest.Options{})
	index.Publish(project, version, day, dist(sdist))
	must(t, index.Yank(project, version, "broken"))
	_, _, err := corp(index).ToVerify(flow.WithReading(t.Context()), steps.Intent{}, "", project, "", steps.Again{Flags: []string{"--deep"}})
	p, ok := err.(*flow.Problem) //nolint:errorlint // the very one
	if want := "ferry verify acme-core 1.4.0 --index corp --deep"; !ok || p.Next[0] != want {
		t.Errorf("%v", err)
	}
}
