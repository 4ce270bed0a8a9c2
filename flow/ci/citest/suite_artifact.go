package citest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"ferry/flow/ci"
)

// suiteArtifact lists what is kept of a build and reads it, whole or not at all.
func suiteArtifact(ctx context.Context, b Bench) error {
	k, ok := b.Subject.(ci.Keeper)
	if !ok {
		return nil
	}
	const ref = "refs/heads/kept"
	id := b.Server.AddBuild(Build{Provider: b.Provider, Build: ci.Build{
		Ref: ref, SHA: suiteSHA, State: ci.StatePassed, Jobs: []ci.Job{{Name: "one", State: ci.StatePassed}, {Name: "two", State: ci.StatePassed}, {Name: "three", State: ci.StatePassed}},
	}})
	builds, err := b.Subject.Builds(ctx, ci.Query{Ref: ref, SHA: suiteSHA})
	if err != nil || len(builds) != 1 {
		return breach(err, "got %d builds", len(builds))
	}
	got, err := k.Artifacts(ctx, builds[0])
	if e, ok := as[*ci.UnsupportedError](err); ok {
		return suiteNoArtifacts(e)
	}
	if err != nil || len(got) != 0 {
		return breach(err, "nothing is kept: got %+v", got)
	}
	b.Server.Keep(id, Artifact{Name: "one", Job: "one", Files: map[string][]byte{"dist/a.whl": []byte("a wheel")}})
	b.Server.Keep(id, Artifact{Name: "two", Job: "two", Files: map[string][]byte{"b": bytes.Repeat([]byte("b"), 100_000)}, Stored: true})
	b.Server.Keep(id, Artifact{Name: "three", Job: "three", Expired: true})
	got, err = k.Artifacts(ctx, builds[0])
	if err != nil || len(got) != 3 {
		return breach(err, "three are kept: got %+v", got)
	}
	for _, a := range got {
		if err := suiteKept(ctx, b, k, a); err != nil {
			return fmt.Errorf("artifact %s: %w", a.Name, err)
		}
	}
	return suiteUnkept(ctx, b, k, builds[0])
}

func suiteNoArtifacts(e *ci.UnsupportedError) error {
	if e.Page == "" {
		return fmt.Errorf("it lists none, and names no page")
	}
	return nil
}

// suiteKept reads one archive, and the same when it comes in part.
func suiteKept(ctx context.Context, b Bench, k ci.Keeper, a ci.Artifact) error {
	want := map[string]Artifact{}
	for _, x := range b.Server.kept {
		want[x.Name] = x.Artifact
	}
	whole, err := readAll(ctx, k, a)
	switch {
	case is[*ci.NeedsTokenError](err):
		return nil // said without asking; with a token the suite reads it
	case want[a.Name].Expired != a.Expired:
		return fmt.Errorf("expired: %v", a.Expired)
	case a.Expired && !is[*ci.NotFoundError](err):
		return breach(err, "it has expired: got %T", err)
	case a.Expired:
		return nil
	case err != nil || !bytes.Equal(whole, want[a.Name].Zip) || a.Size != int64(len(whole)):
		return breach(err, "%d bytes, said to be %d", len(whole), a.Size)
	}
	b.Server.Fault(Fault{Kind: FaultTruncated, Times: -1})
	defer b.Server.ClearFaults()
	if part, err := readAll(ctx, k, a); !is[*ci.MalformedError](err) {
		return breach(err, "cut off after %d bytes: got %T", len(part), err)
	}
	return nil
}

func readAll(ctx context.Context, k ci.Keeper, a ci.Artifact) ([]byte, error) {
	r, err := k.OpenArtifact(ctx, a)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(r)
	return all, breachless(err, r.Close())
}

// breachless is the first error, if there is one.
func breachless(first, then error) error {
	if first != nil {
		return first
	}
	return then
}

// suiteUnkept: what cannot be read is not absent, and what is not there is not found.
func suiteUnkept(ctx context.Context, b Bench, k ci.Keeper, of ci.Build) error {
	if _, err := readAll(ctx, k, ci.Artifact{ID: "1", Name: "none"}); !is[*ci.NotFoundError](err) && !is[*ci.NeedsTokenError](err) {
		return breach(err, "one that is not there: got %T", err)
	}
	defer b.Server.ClearFaults()
	for _, c := range []struct {
		fault Fault
		right func(error) bool
	}{
		{Fault{Kind: FaultHTML}, is[*ci.MalformedError]},
		{Fault{Kind: FaultTruncated}, is[*ci.MalformedError]},
		{Fault{Kind: FaultStatus, Status: http.StatusBadGateway}, is[*ci.UnreachableError]},
		{Fault{Kind: FaultStatus, Status: http.StatusForbidden}, is[*ci.AuthError]},
	} {
		b.Server.Fault(c.fault)
		if got, err := k.Artifacts(ctx, of); !c.right(err) {
			return breach(err, "%s: got %+v, %T", c.fault.Kind, got, err)
		}
	}
	b.Server.Fault(Fault{Kind: FaultSilence, Times: -1})
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := readAll(ctx, k, ci.Artifact{ID: "1", Name: "late"}); !is[*ci.UnreachableError](err) && !is[*ci.NeedsTokenError](err) {
		return breach(err, "silence: got %T", err)
	}
	return nil
}
