package steps_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// happens is one thing that is so in a bench, or has happened there.
type happens func(*bench)

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// who names a commit of the bench.
type who int

const (
	ours who = iota
	theirs
	first
)

func (b *bench) commit(w who) string { return []string{b.ours, b.theirs, b.first}[w] }

// branch: the release branch stands at a commit.
func branch(at who) happens {
	return func(b *bench) { b.git.SetRef(slug, branchRef, b.commit(at)) }
}

// ref: another ref stands there.
func ref(name string, at who) happens {
	return func(b *bench) { b.git.SetRef(slug, name, b.commit(at)) }
}

// tag: an annotated tag of the version.
func tag(at who) happens {
	return func(b *bench) {
		b.git.Tag(slug, tagRef, b.commit(at), "Dana", "dana@example.org", ago(time.Hour), "acme-core 1.4.0\n")
	}
}

// claim: Dana claimed the version some time ago, as the nth attempt.
func claim(attempt int, at who, since time.Duration) happens {
	return claimOf(version, attempt, at, since)
}

func claimOf(version string, attempt int, at who, since time.Duration) happens {
	ref := "refs/releases/acme-core/" + version
	if attempt > 1 {
		ref += fmt.Sprintf("@%d", attempt)
	}
	return func(b *bench) {
		b.git.Tag(slug, ref, b.commit(at), "Dana", "dana@example.org", ago(since), "release acme-core "+version+"\n")
	}
}

// built: CI built the release ref at a commit, with one job for each state, the
// first of which publishes. A build of final jobs ended some time ago.
func built(at who, ended time.Duration, states ...ci.State) happens {
	return builtOn("", at, ended, "", states...)
}

// logged is built with what the first job printed.
func logged(at who, ended time.Duration, log string, states ...ci.State) happens {
	return builtOn("", at, ended, log, states...)
}

func builtOn(ref string, at who, ended time.Duration, log string, states ...ci.State) happens {
	return func(b *bench) {
		x := citest.Build{Build: ci.Build{Ref: ref, SHA: b.commit(at), State: whole(states), Created: ago(ended + time.Hour), Started: ago(ended + 50*time.Minute)}}
		if ref == "" {
			x.Ref = b.target.Ref
		}
		if strings.HasPrefix(b.target.Ref, "refs/tags/") {
			x.Provider = "github"
		}
		for i, s := range states {
			j := ci.Job{Name: fmt.Sprintf("py3%d", i+9), State: s, Started: x.Started}
			if s.Final() {
				j.Ended = ago(ended)
			}
			x.Jobs = append(x.Jobs, j)
		}
		if x.State.Final() {
			x.Ended = ago(ended)
		}
		x.Logs = map[string]string{"py39": log}
		b.ci.AddBuild(x)
	}
}

// whole is the state that a build of such jobs has.
func whole(states []ci.State) ci.State {
	out := ci.StatePassed
	for _, s := range states {
		if !s.Final() {
			return s
		}
		if !s.Good() {
			out = s
		}
	}
	return out
}

// The distributions of the version.
const (
	sdist = "acme_core-1.4.0.tar.gz"
	wheel = "acme_core-1.4.0-py3-none-any.whl"
	linux = "acme_core-1.4.0-cp312-cp312-manylinux_2_17_x86_64.whl"
)

// dist makes a distribution's bytes, always the same ones.
func dist(name string) pypitest.File {
	var data []byte
	switch name {
	case sdist:
		_, data = pypitest.Sdist(project, version, day, nil)
	case wheel:
		_, data = pypitest.Wheel(project, version, day, nil)
	default:
		_, data = pypitest.TaggedWheel(project, version, strings.TrimSuffix(strings.TrimPrefix(name, "acme_core-1.4.0-"), ".whl"), day, nil)
	}
	return pypitest.File{Name: name, Data: data}
}

// published: files of the version were put on the index some time ago.
func published(since time.Duration, names ...string) happens {
	return func(b *bench) {
		for _, n := range names {
			b.index.Publish(project, version, ago(since), dist(n))
		}
	}
}

// existing: another version is on the index.
func existing(version string) happens {
	return func(b *bench) {
		name, data := pypitest.Sdist(project, version, day, nil)
		b.index.Publish(project, version, ago(48*time.Hour), pypitest.File{Name: name, Data: data})
	}
}

func yanked(b *bench) { must(b.t, b.index.Yank(project, version, "broken")) }

// uploads is what a job prints that uploads these files.
func uploads(names ...string) string {
	var out strings.Builder
	for _, n := range names {
		fmt.Fprintf(&out, "Uploading %s\nSHA256 hash: %x\n", n, sha256.Sum256(dist(n).Data))
	}
	return out.String()
}

// down: a witness answers in a gate's way.
func down(witness, how string) happens {
	return func(b *bench) { b.shut(witness, how) }
}

// page: every answer of a surface is bent. path is simple, pypi or packages.
func page(path string, f pypitest.Fault) happens {
	f.Path, f.Times = "/"+path+"/", -1
	return func(b *bench) { b.index.Fault(f) }
}

// odd: CI calls every state by a name that nobody knows.
func odd(b *bench) {
	b.ci.Fault(citest.Fault{Kind: citest.FaultState, State: "hibernating", Times: -1})
}

// refuses: CI answers everything with a status.
func refuses(status int) happens {
	return func(b *bench) { b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: status, Times: -1}) }
}
