package steps_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/plans"
	"ferry/flow/steps"
)

const (
	onPublished = "release:\n    types: [published]"
	onTags      = "push:\n    tags: [\"v*\"]"
)

// startedOn is the bench's, started by something else.
func startedOn(on string, more ...string) map[string]string {
	text := strings.Replace(workflowFile, onTags, on, 1)
	for i := 0; i < len(more); i += 2 {
		text = strings.Replace(text, more[i], more[i+1], 1)
	}
	return map[string]string{".github/workflows/publish.yml": text}
}

// TestAimByRelease: auto means the host's release where no push publishes, and only there;
// a job that both the release and its tag start is found before anything is done.
func TestAimByRelease(t *testing.T) {
	t.Parallel()
	skips := []string{"uses: pypa/gh-action-pypi-publish@release/v1\n", "uses: pypa/gh-action-pypi-publish@release/v1\n        with: {skip-existing: true}\n"}
	for name, c := range map[string]struct {
		files   map[string]string
		trigger string
		by      string
		deploys int
		code    string // of what check-ci says
	}{
		"a release alone":             {startedOn(onPublished), "auto", steps.ByRelease, 1, ""},
		"a tag alone":                 {startedOn(onTags), "auto", steps.ByTag, 1, ""},
		"either":                      {startedOn(onPublished + "\n  " + onTags), "auto", steps.ByTag, 1, ""},
		"either, by release":          {startedOn(onPublished + "\n  " + onTags), "release", steps.ByRelease, 2, flow.CodeManyJobs},
		"either, what is there":       {startedOn(onPublished+"\n  "+onTags, skips...), "release", steps.ByRelease, 2, ""},
		"a tag, by release":           {startedOn(onTags), "release", steps.ByRelease, 1, ""},
		"a branch, by release":        {startedOn("push:\n    branches: [pypi-release]"), "release", steps.ByRelease, 0, flow.CodeNoDeploy},
		"only full releases":          {startedOn("release:\n    types: [released]"), "auto", steps.ByRelease, 1, ""},
		"only pre-releases":           {startedOn("release:\n    types: [prereleased]"), "auto", steps.ByRelease, 0, flow.CodeNoDeploy},
		"drafts, which start nothing": {startedOn("release:\n    types: [edited]"), "release", steps.ByRelease, 0, flow.CodeNoDeploy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, onRelease)
			b.intent.Trigger = c.trigger
			var err error
			b.target, err = b.world.Aim(t.Context(), b.intent, b.git.Commit(slug, "odd", "Release 1.4.0", c.files, day.Add(5*hour)))
			must(t, err)
			if b.target.By != c.by || b.target.Ref != tagRef || b.target.Claim || len(b.target.Outlook.Deploys) != c.deploys {
				t.Errorf("by %s, %s, %d deploys: %+v", b.target.By, b.target.Ref, len(b.target.Outlook.Deploys), b.target.Outlook)
			}
			f := b.observe(flow.CheckCI)
			if code(f) != c.code {
				t.Errorf("%s %s: %s", f.Status, code(f), told(f))
			}
			if c.code == flow.CodeManyJobs && !strings.Contains(told(f), "by the push of its tag") {
				t.Errorf("the two starts are not told: %s", told(f))
			}
		})
	}
}

// TestCheckByRelease: a check foresees what a release would do.
func TestCheckByRelease(t *testing.T) {
	b := newBench(t, onRelease)
	o, err := b.world.Check(flow.WithReading(t.Context()), b.intent, os.DirFS(b.dir), steps.CheckOptions{Unasked: "not here"})
	must(t, err)
	if o.Ref != tagRef || len(o.Deploys) != 1 || steps.Foreseen(o) != nil {
		t.Errorf("%+v", o)
	}
}

// hosts gives a bench a git host behind a gate of its own, with a token or without.
func (b *bench) hosts(o options) {
	b.t.Helper()
	p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: o.secret(), UserAgent: "ferry", HTTP: &http.Client{Transport: wire{b.gate("host", b.ci.GitHub())}}})
	must(b.t, err)
	b.world.Host = p
}

// TestByReleaseWithTravis: the host's release makes the tag, and Travis, which knows of no
// releases, is started by that.
func TestByReleaseWithTravis(t *testing.T) {
	b := newBench(t, options{})
	b.hosts(options{token: true})
	b.intent.Trigger = "release"
	var err error
	b.target, err = b.world.Aim(t.Context(), b.intent, b.git.Commit(slug, "odd", "Release 1.4.0", map[string]string{".travis.yml": strings.Replace(travisFile, "branch: pypi-release", "tags: true", 1)}, day.Add(5*hour)))
	must(t, err)
	if len(b.target.Outlook.Deploys) != 1 || steps.Foreseen(b.target.Outlook) != nil {
		t.Errorf("%+v", b.target.Outlook)
	}
	must(t, b.step(flow.PublishRelease).Run(flow.WithReading(t.Context()), func(string) {}))
	if builds := b.ci.Builds(); len(builds) != 1 || builds[0].Ref != tagRef || builds[0].Event != "push" {
		t.Errorf("%+v", builds)
	}
	if f := b.observe(flow.AwaitCI); f.Status != flow.Underway || len(f.Jobs) == 0 {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
}

// TestAReleaseNeedsAToken, and that is said before the gate; after a tag it is a note.
func TestAReleaseNeedsAToken(t *testing.T) {
	b := newBench(t, options{byTag: true})
	b.hosts(options{})
	b.target.By = steps.ByRelease
	if f := b.observe(flow.PublishRelease); code(f) != flow.CodeReleaseByHand || flow.ExitCode(f.Problem) != 4 || !strings.Contains(told(f), "ferry auth login github") {
		t.Errorf("%s: %s", f.Status, told(f))
	}
	b.target.By = steps.ByTag
	f := b.observe(flow.HostRelease)
	if f.Status != flow.Done || !strings.Contains(f.Text, "there is none") || len(f.Proof) != 1 || !strings.Contains(f.Proof[0].Where, "/releases/new") {
		t.Errorf("%s: %s %+v", f.Status, f.Text, f.Proof)
	}
	b.target.HostRelease = "yes"
	for _, h := range tagReleased() {
		h(b)
	}
	if f := b.observe(flow.HostRelease); code(f) != flow.CodeReleaseByHand || flow.ExitCode(f.Problem) != 4 {
		t.Errorf("%s: %s", f.Status, told(f))
	}
}

// TestASilentHostStopsNoTag: whether the host's release can be published after all is
// no matter before the push.
func TestASilentHostStopsNoTag(t *testing.T) {
	b := newBench(t, options{byTag: true, token: true})
	b.hosts(options{token: true})
	b.shut("host", "500")
	e := flow.Engine{Ask: yesFor(version), NoWait: true, Fresh: time.Minute, Sink: func(flow.Event) {}}
	err := e.Run(t.Context(), withoutChecks(plans.For(b.world, b.target)))
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code == flow.CodeCIUnreachable {
		t.Errorf("ended with %v", err)
	}
	if b.git.Refs(slug)[tagRef] == "" {
		t.Error("the tag was not pushed")
	}
}

// withoutChecks is a plan from its push on: the checks ask the host too.
func withoutChecks(p flow.Plan) flow.Plan {
	out := p
	out.Nodes = nil
	for _, n := range p.Nodes {
		if strings.HasPrefix(string(n.ID), "check-") {
			continue
		}
		if n.ID == flow.PushTag {
			n.Needs = nil
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

// TestRecoverByRelease: what was begun by a release is found and diagnosed as that, from
// any checkout, and its way on pushes nothing.
func TestRecoverByRelease(t *testing.T) {
	t.Parallel()
	there := []happens{existing("1.3.0"), lightweightTag(ours), announced("v1.4.0")}
	for name, c := range map[string]struct {
		world []happens
		state string
		best  string
	}{
		"published, no build": {there, "triggered_no_build", flow.WayResume},
		"building":            {append(there[:3:3], builtBy("release", 0, ci.StateRunning)), "building", flow.WayResume},
		"failed":              {append(there[:3:3], builtBy("release", hour, ci.StateFailed)), "failed", flow.WayRestart},
		"the tag alone":       {there[:2], "not_started", flow.WayResume},
		"the tag is gone":     {[]happens{existing("1.3.0"), announced("v1.4.0"), builtBy("release", hour, ci.StateFailed)}, "failed", flow.WaySupersede},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, onRelease)
			for _, h := range c.world {
				h(b)
			}
			ts, err := b.world.InFlight(flow.WithReading(t.Context()), b.intent, b.ours)
			must(t, err)
			if len(ts) != 1 || ts[0].By != steps.ByRelease || ts[0].Ref != tagRef || ts[0].Commit != b.ours {
				t.Fatalf("%+v", ts)
			}
			r, err := plans.Recover(flow.WithReading(t.Context()), b.world, ts[0], nil)
			must(t, err)
			if r.State != c.state || r.Plan != "release-by-release" {
				t.Errorf("%s, %s: %s", r.State, r.Plan, r.Summary)
			}
			for _, w := range r.Options {
				if w.Recommended && w.ID != c.best {
					t.Errorf("%s is recommended: %s", w.ID, w.Why)
				}
			}
		})
	}
}

// TestEachHalfOfAReleaseIsSeen: the survey in which somebody else publishes must not
// take the tag for one that is gone.
func TestEachHalfOfAReleaseIsSeen(t *testing.T) {
	b := newBench(t, onRelease)
	ctx := flow.WithReading(t.Context())
	if f := b.step(flow.PushTag).Observe(ctx); f.Status != flow.Todo { // the refs of this survey are read
		t.Fatalf("%s: %s", f.Status, f.Text)
	}
	must(t, b.ci.PublishRelease(b.ci.AddRelease(citest.Release{Tag: "v1.4.0", Target: b.ours, Draft: true})))
	if f := b.step(flow.PublishRelease).Observe(ctx); f.Status != flow.Done {
		t.Errorf("%s: %s", f.Status, f.Text)
	}
}
