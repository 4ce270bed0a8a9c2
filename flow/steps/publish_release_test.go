package steps_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/ci/rules"
	"ferry/flow/plans"
	"ferry/flow/steps"
)

var onRelease = options{byRelease: true}

// drafted: somebody, or something such as release-drafter, has a draft of a release.
func drafted(tag, notes string) happens {
	return func(b *bench) {
		b.ci.AddRelease(citest.Release{Tag: tag, Title: "Blueprints", Notes: notes, Draft: true, Target: "main"})
	}
}

// announced: the release is published. Its tag is not made by this.
func announced(tag string) happens {
	return func(b *bench) { b.ci.AddRelease(citest.Release{Tag: tag, Title: tag}) }
}

// builtBy: CI was started by an event at our commit.
func builtBy(event string, ended time.Duration, state ci.State) happens {
	return func(b *bench) {
		x := citest.Build{Provider: "github", Build: ci.Build{Ref: tagRef, SHA: b.ours, Event: event, State: state, Created: ago(ended + hour), Started: ago(ended + hour)}}
		if state.Final() {
			x.Ended = ago(ended)
		}
		x.Jobs = []ci.Job{{Name: "publish", State: state, Started: x.Started, Ended: x.Ended}}
		b.ci.AddBuild(x)
	}
}

func TestPublishRelease(t *testing.T) {
	t.Parallel()
	files := published(2*hour, sdist, wheel)
	follow(t, []rule{
		{says: "nothing is there", like: onRelease, step: flow.PublishRelease, want: flow.Todo, tells: "publish release v1.4.0"},
		{says: "a draft is adopted", like: onRelease, world: []happens{drafted("v1.4.0", "")}, step: flow.PublishRelease, want: flow.Todo, tells: "the draft of release v1.4.0"},
		{says: "another version's draft is not", like: onRelease, world: []happens{drafted("v1.5.0", "")}, step: flow.PublishRelease, want: flow.Todo, tells: "publish release v1.4.0"},
		{says: "two drafts", like: onRelease, world: []happens{drafted("v1.4.0", ""), drafted("v1.4.0", "")}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeReleaseDrafts, tells: "untagged-"},
		{says: "published at our commit", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0")}, step: flow.PublishRelease, want: flow.Done, tells: "made by dana"},
		{says: "the tag alone", like: onRelease, world: []happens{lightweightTag(ours)}, step: flow.PublishRelease, want: flow.Todo},
		{says: "the annotated tag alone", like: onRelease, world: []happens{tag(ours)}, step: flow.PublishRelease, want: flow.Todo},
		{says: "published, and here at another commit", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0"), tagHere(first)}, step: flow.PublishRelease, want: flow.Done, tells: "tag v1.4.0 of this clone is at"},
		{says: "the tag elsewhere", like: onRelease, world: []happens{tag(theirs)}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagElsewhere},
		{says: "published elsewhere", like: onRelease, world: []happens{lightweightTag(theirs), announced("v1.4.0")}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagElsewhere, tells: "release v1.4.0 was published at"},
		{says: "moved", like: onRelease, world: []happens{lightweightTag(theirs), tagHere(ours), announced("v1.4.0")}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagMoved},
		{says: "here at another commit", like: onRelease, world: []happens{tagHere(first)}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagMoved},
		{says: "published, and the tag is gone", like: onRelease, world: []happens{announced("v1.4.0")}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagMoved, tells: "is published, and its tag is gone"},
		{says: "built, and all is gone", like: onRelease, world: []happens{built(ours, hour, ci.StatePassed)}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeTagMoved},
		{says: "started by a release that is gone", like: onRelease, world: []happens{lightweightTag(ours), builtBy("release", hour, ci.StateFailed)}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeReleaseGone},
		{says: "CI tested the tag", like: onRelease, world: []happens{lightweightTag(ours), builtBy("push", hour, ci.StatePassed)}, step: flow.PublishRelease, want: flow.Todo},
		{says: "files that nothing explains", like: onRelease, world: []happens{files}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "released by the tag alone", like: onRelease, world: []happens{tag(ours), files}, step: flow.PublishRelease, want: flow.Done, tells: "could start the upload again"},
		{says: "another commit is built there", like: onRelease, world: []happens{built(theirs, 0, ci.StateRunning)}, step: flow.PublishRelease, want: flow.Conflict, code: flow.CodeBranchInTheWay},
		{says: "no host to ask", like: options{byTag: true, token: true}, world: []happens{byTheHost(nil)}, step: flow.PublishRelease, want: flow.Failed, code: flow.CodeReleaseByHand, tells: "python3 -m webbrowser"},
		{says: "the tag alone starts nothing", like: onRelease, world: []happens{lightweightTag(ours)}, step: flow.AwaitCI, want: flow.Todo, tells: "its release is not published yet"},
		{says: "the release was published", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0")}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild},
		{says: "the push was tested, and no release", like: onRelease, world: []happens{lightweightTag(ours), builtBy("push", hour, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Todo, tells: "its release is not published yet"},
		{says: "the push was tested before the release starts", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0"), builtBy("push", 0, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild, tells: "no build by the release yet"},
		{says: "the push was tested long ago", like: onRelease, world: []happens{lightweightTag(ours), builtBy("push", 9*hour, ci.StatePassed)}, step: flow.ConfirmIndex, want: flow.Todo},
		{says: "the release's build published nothing", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0"), builtBy("push", 9*hour, ci.StatePassed), builtBy("release", 9*hour, ci.StatePassed)}, step: flow.ConfirmIndex, want: flow.Failed, code: flow.CodeNotPublished},
		{says: "both are over", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0"), builtBy("push", hour, ci.StatePassed), builtBy("release", hour, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Done},
		{says: "a start by the release", like: onRelease, world: []happens{lightweightTag(ours), announced("v1.4.0"), builtBy("release", 0, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Underway, tells: "1 run"},
	})
}

// byTheHost gives the bench another host, and releases by it.
func byTheHost(h ci.Host) happens {
	return func(b *bench) { b.world.Host, b.target.By = h, steps.ByRelease }
}

// TestADraftKeepsItsWords: the title stays, and notes unless they were asked for.
func TestADraftKeepsItsWords(t *testing.T) {
	for name, c := range map[string]struct {
		notes steps.Notes
		has   string
		want  string
	}{
		"its own":                 {steps.Notes{Text: "- From the changelog.", Source: "CHANGELOG.md"}, "By hand.", "By hand."},
		"none of its own":         {steps.Notes{Text: "- From the changelog.", Source: "CHANGELOG.md"}, "", "- From the changelog."},
		"asked for":               {steps.Notes{Text: "- Asked for.", Source: "--notes", Chosen: true}, "By hand.", "- Asked for."},
		"none, and has own":       {steps.Notes{Chosen: true}, "By hand.", "\n"},
		"the host's, asked for":   {steps.Notes{ByHost: true, Chosen: true}, "By hand.", "By hand."},
		"the host's, and has own": {steps.Notes{ByHost: true}, "By hand.", "By hand."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, onRelease)
			b.target.Notes = c.notes
			drafted("v1.4.0", c.has)(b)
			must(t, b.step(flow.PublishRelease).Run(flow.WithReading(t.Context()), func(string) {}))
			got := b.ci.Releases()
			if len(got) != 1 || got[0].Draft || got[0].Title != "Blueprints" || got[0].Notes != c.want || got[0].Target != b.ours {
				t.Errorf("%+v", got)
			}
			if at := b.git.Peel(slug, b.git.Refs(slug)[tagRef]); at != b.ours {
				t.Errorf("the tag is at %s", at)
			}
		})
	}
}

// TestTheHostWritesTheNotes where nobody else does.
func TestTheHostWritesTheNotes(t *testing.T) {
	b := newBench(t, onRelease)
	b.target.Notes = steps.Notes{ByHost: true}
	must(t, b.step(flow.PublishRelease).Run(flow.WithReading(t.Context()), func(string) {}))
	if got := b.ci.Releases(); len(got) != 1 || !strings.Contains(got[0].Notes, "What's Changed") {
		t.Errorf("%+v", got)
	}
}

// TestAPrereleaseIsSaidToBeOne, and is never the latest.
func TestAPrereleaseIsSaidToBeOne(t *testing.T) {
	for version, pre := range map[string]bool{"1.4.0": false, "1.4.0rc1": true, "1.4.0.dev3": true, "1.4.0.post1": false} {
		b := newBench(t, onRelease)
		b.target.Version = version
		must(t, b.step(flow.PublishRelease).Run(flow.WithReading(t.Context()), func(string) {}))
		if got := b.ci.Releases(); len(got) != 1 || got[0].Prerelease != pre {
			t.Errorf("%s: %+v", version, got)
		}
	}
}

// TestTwoPublishOneRelease: of several that saw the same world at the same moment one
// publishes, and the others join.
func TestTwoPublishOneRelease(t *testing.T) {
	for _, world := range [][]happens{nil, {drafted("v1.4.0", "")}, {lightweightTag(ours)}} {
		b := newBench(t, onRelease)
		for _, h := range world {
			h(b)
		}
		var wg sync.WaitGroup
		gun := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				step, ctx := b.step(flow.PublishRelease), flow.WithReading(t.Context())
				f := step.Observe(ctx)
				<-gun
				if f.Status == flow.Todo {
					_ = step.Run(ctx, func(string) {})
				}
			})
		}
		close(gun)
		wg.Wait()
		if got := b.ci.Releases(); len(got) != 1 || got[0].Draft {
			t.Errorf("%+v", got)
		}
		if n := len(b.ci.Builds()); n != 1 {
			t.Errorf("CI was started %d times", n)
		}
		if f := b.observe(flow.PublishRelease); f.Status != flow.Done {
			t.Errorf("afterwards %s: %s", f.Status, f.Text)
		}
	}
}

// lost carries what is sent, and loses the answers to what changes something.
type lost struct{ wire }

func (l lost) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.wire.RoundTrip(r)
	if err == nil && r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/generate-notes") {
		res.Body.Close()
		return nil, errors.New("the line broke")
	}
	return res, err
}

// TestALostAnswerPublishesNoSecondRelease: what is not known to have landed is looked for.
func TestALostAnswerPublishesNoSecondRelease(t *testing.T) {
	for _, world := range [][]happens{nil, {drafted("v1.4.0", "")}} {
		b := newBench(t, onRelease)
		for _, h := range world {
			h(b)
		}
		b.world.Host = b.lossy()
		e := flow.Engine{Ask: yesFor(version), NoWait: true, Fresh: time.Minute}
		err := e.Run(t.Context(), plans.For(b.world, b.target))
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != flow.CodeTimeout && p.Code != flow.CodeNoBuild {
			t.Errorf("ended with %v", err)
		}
		if got := b.ci.Releases(); len(got) != 1 || got[0].Draft {
			t.Errorf("%+v", got)
		}
	}
}

// deeds is how often something was done that only one may do: a ref was changed or,
// by who publishes a release, one was published.
func (b *bench) deeds(by flow.ID) (n int) {
	if by != flow.HostRelease {
		return len(b.git.Updates())
	}
	for _, r := range b.ci.Releases() {
		if !r.Draft {
			n++
		}
	}
	return n
}

// lossy is the host with such a line to it.
func (b *bench) lossy() ci.Host {
	b.t.Helper()
	p, err := github.New(github.Options{URL: "http://ci.test", Slug: slug, Token: onRelease.secret(), UserAgent: "ferry",
		HTTP: &http.Client{Transport: lost{wire{b.ci.GitHub()}}}})
	must(b.t, err)
	return p
}

func yesFor(typed string) flow.Ask {
	return func(context.Context, flow.Question) (flow.Answer, error) {
		return flow.Answer{Yes: true, Typed: typed}, nil
	}
}

// TestAReleaseByTheJobsOwnToken starts no workflow, and is refused where that is certain.
func TestAReleaseByTheJobsOwnToken(t *testing.T) {
	for answer, code := range map[rules.Answer]string{rules.Yes: flow.CodeNoDeploy, rules.No: "", rules.Undecided: ""} {
		b := newBench(t, onRelease)
		b.world.ReleaseToken = func(context.Context) (rules.Answer, string) { return answer, "because" }
		b.world.JobToken = func(context.Context) (rules.Answer, string) { return rules.No, "a push goes by a key" }
		f := b.observe(flow.CheckCI)
		if p := f.Problem; (p == nil) != (code == "") || p != nil && (p.Code != code || !strings.Contains(p.Text, "a release published with this job's own")) {
			t.Errorf("%s: %s %s", answer, f.Status, f.Text)
		}
	}
}
