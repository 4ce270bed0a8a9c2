package steps_test

import (
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

const startFile = ".github/workflows/publish.yml"

// startable is a workflow that a person starts, and which asks for the version. It
// runs its tests on every push as well.
const startable = `on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      version: {required: true}
jobs:
  publish:
    if: github.event_name == 'workflow_dispatch' && inputs.version == '1.4.0'
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`

// dispatchBench is a bench whose commit is released by starting a workflow. CI knows
// where main is, and has built the push of it.
func dispatchBench(t testing.TB, workflow string) *bench {
	t.Helper()
	b := newBench(t, options{byTag: true, token: true, files: map[string]string{startFile: workflow}})
	b.ci.Push("refs/heads/main", "", b.ours)
	return b
}

// ranByHand: a run of the workflow that somebody started at a commit, some time ago.
func ranByHand(at who, since time.Duration, state ci.State) happens {
	return func(b *bench) {
		x := ci.Build{Ref: "refs/heads/main", SHA: b.commit(at), State: state, Event: "workflow_dispatch", File: startFile, Name: "publish", By: "dana",
			Created: ago(since + time.Hour), Started: ago(since + time.Hour), Jobs: []ci.Job{{Name: "publish", State: state, Started: ago(since + time.Hour)}}}
		if state.Final() {
			x.Ended, x.Jobs[0].Ended = ago(since), ago(since)
		}
		b.ci.AddBuild(citest.Build{Provider: "github", Build: x, Logs: map[string]string{"publish": uploads(sdist, wheel)}})
	}
}

// claimed: this very run has made the claim.
func claimedHere(b *bench) {
	must(b.t, steps.NewClaim(b.world, b.target).Run(flow.WithReading(b.t.Context()), func(string) {}))
}

// goneOn: main has another commit than ours.
func goneOn(b *bench) {
	sha := b.git.Commit(slug, "main", "Go on", map[string]string{"more.txt": "more\n"}, day.Add(5*time.Hour))
	b.ci.Push("refs/heads/main", b.ours, sha)
}

// startedRuns is how many runs somebody asked for.
func (b *bench) startedRuns() (n int) {
	for _, build := range b.ci.Builds() {
		if build.ByHand() {
			n++
		}
	}
	return n
}

func (b *bench) dispatch() steps.Dispatch { return steps.NewDispatch(b.world, b.target) }

func sees(b *bench, s flow.Step) flow.Finding { return s.Observe(flow.WithReading(b.t.Context())) }

func replaced(old, now string) string { return strings.Replace(startable, old, now, 1) }
