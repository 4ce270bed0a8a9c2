package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"ferry/pypi"
)

// InFlight finds every version of the project that was begun and is not finished,
// from the remote, CI and the index alone: what the release branch, a claim or a
// release tag stands for, what is on the index in part, and what the checked-out
// commit has begun. The one on the release branch comes first, then the newest.
// Where the remote cannot be read it is the checked-out commit's, for nothing says
// that there is no other.
func (w World) InFlight(ctx context.Context, in Intent, head string) ([]Target, error) {
	here, err := w.Aim(ctx, in, head)
	if here.Name == "" {
		return nil, err
	}
	in.Build = nil // what others released is not built here
	s := search{World: w, in: in, here: here, e: w.look(ctx, here, theRefs|theIndex)}
	switch {
	case s.e.refsErr != nil && here.Version == "":
		return nil, w.remoteProblem(s.e.refsErr)
	case s.e.refsErr != nil:
		return []Target{s.byHand(here.Version, head, s.trigger())}, nil
	}
	var out []Target
	for _, t := range s.candidates(ctx, head) {
		known := slices.ContainsFunc(out, func(o Target) bool { return sameVersion(o.Version, t.Version) })
		if !known && w.examine(ctx, t).inFlight() {
			out = append(out, t)
		}
	}
	return out, nil
}

// search looks for releases that are in flight.
type search struct {
	World
	in   Intent
	here Target // the checked-out commit's
	e    evidence
}

// candidates are all that may be in flight, the surest place first.
func (s search) candidates(ctx context.Context, head string) []Target {
	var out []Target
	if at := s.e.at(s.branch(s.here.Version)); at != "" {
		out = append(out, s.onBranch(ctx, at))
	}
	begun := append(s.claimed(ctx), s.tags(ctx)...)
	slices.SortStableFunc(begun, func(a, b Target) int { return compareVersions(b.Version, a.Version) })
	out = append(out, begun...)
	if s.here.Version != "" {
		out = append(out, s.aimed(ctx, s.trigger(), s.here.Version, head))
	}
	return out
}

func compareVersions(a, b string) int {
	v, err := pypi.ParseVersion(a)
	u, err2 := pypi.ParseVersion(b)
	if err != nil || err2 != nil {
		return strings.Compare(a, b)
	}
	return v.Compare(u)
}

// onBranch is the release that the branch stands for: by its claim, else by its files.
func (s search) onBranch(ctx context.Context, at string) Target {
	version, _ := claimAt(s.e, at)
	if version == "" {
		in := s.in
		in.Trigger, in.Version = "branch", ""
		if t, err := s.Aim(ctx, in, at); err == nil {
			return t
		}
		version = s.here.Version
	}
	return s.aimed(ctx, "branch", version, at)
}

// fewOpen bounds how many versions are looked at: of a project that was never on
// this index every tag would do.
const fewOpen = 5

// dated is a ref that stands for a version.
type dated struct {
	version string
	claim   *claim
}

// claimed are the claims that may be open, of each version the newest one.
func (s search) claimed(ctx context.Context) (out []Target) {
	prefix, seen := claimPrefix+pypi.NormalizeName(s.here.Name)+"/", map[string]bool{}
	for _, d := range s.versions(func(ref string) string {
		rest, ok := strings.CutPrefix(ref, prefix)
		version, _, _ := strings.Cut(rest, "@")
		if !ok {
			return ""
		}
		return version
	}) {
		if seen[d.version] {
			continue
		}
		seen[d.version] = true
		e := s.e
		e.target.Version = d.version
		if c := e.newest(); c != nil && len(out) < fewOpen && s.open(d.version, func() time.Time { _, when := s.holder(ctx, c); return when }) {
			out = append(out, s.aimed(ctx, s.claimTrigger(), d.version, c.commit))
		}
	}
	return out
}

// tags are the release tags from which CI publishes, or did: whatever the
// configuration says a release is started by.
func (s search) tags(ctx context.Context) (out []Target) {
	looked := 0
	for _, d := range s.versions(func(ref string) string {
		tag, ok := strings.CutPrefix(ref, "refs/tags/")
		if !ok {
			return ""
		}
		return versionOfTag(s.here.Name, tag)
	}) {
		if looked == fewOpen || !s.open(d.version, func() time.Time { return time.Time{} }) {
			continue
		}
		looked++
		t := s.aimed(ctx, s.tagTrigger(), d.version, d.claim.commit)
		if t.Ref == d.claim.ref && s.startedBy(ctx, t) {
			out = append(out, t)
		}
	}
	return out
}

// tagTrigger is how the checkout would make a tag.
func (s search) tagTrigger() string {
	if s.trigger() == ByRelease {
		return ByRelease
	}
	return ByTag
}

// versions are the refs that stand for one, the newest version first.
func (s search) versions(of func(ref string) string) (out []dated) {
	for _, r := range s.e.refs {
		if v, err := pypi.ParseVersion(of(r.Name)); err == nil {
			out = append(out, dated{v.String(), &claim{ref: r.Name, tag: r.SHA, commit: r.Commit}})
		}
	}
	slices.SortStableFunc(out, func(a, b dated) int { return compareVersions(b.version, a.version) })
	return out
}

// startedBy: a tag starts a release where the configuration says so, where a job
// publishes from it, or where CI built it.
func (s search) startedBy(ctx context.Context, t Target) bool {
	return s.trigger() != "branch" || len(t.Deploys) > 0 || len(s.look(ctx, t, theBuilds).builds) > 0
}

// open says whether a version may be unfinished: nothing of it is on the index
// though the index is not past it, or it was begun not long ago, or what is there
// is the newest. What is older is history, whatever became of it.
func (s search) open(version string, begun func() time.Time) bool {
	page := s.e.simple().page
	v, err := pypi.ParseVersion(version)
	_, latest := page.Newest()
	switch files := page.Of(version); {
	case err != nil:
		return false
	case s.e.simple().err != nil:
		return atLeast(v, s.here.Version)
	case latest == "" || atLeast(v, latest):
		return true
	case len(files) > 0:
		return recent(files)
	}
	return time.Since(begun()) < releaseOpen
}

func recent(files []pypi.File) bool {
	return slices.ContainsFunc(files, func(f pypi.File) bool { return time.Since(f.Uploaded) < releaseOpen })
}

// trigger is how the checkout would release.
func (s search) trigger() string {
	if s.here.By == ByRelease || s.here.Ref == "" && s.in.Trigger == ByRelease {
		return ByRelease
	}
	if strings.HasPrefix(s.here.Ref, "refs/tags/") || s.here.Ref == "" && s.in.Trigger == ByTag {
		return "tag"
	}
	return s.claimTrigger()
}

// aimed is a version at a commit, by a trigger. What the commit cannot tell is left
// out: a recovery must not depend on what was released.
func (s search) aimed(ctx context.Context, trigger, version, commit string) Target {
	in := s.in
	in.Trigger, in.Version = trigger, version
	if t, err := s.Aim(ctx, in, commit); err == nil {
		t.Explicit = false
		return t
	}
	return s.byHand(version, commit, trigger)
}

func (s search) byHand(version, commit, trigger string) Target {
	t := Target{Name: s.here.Name, Version: version, Commit: commit, Ref: s.branch(version),
		Dir: s.in.Dir, Claim: s.in.Claim, KeepBranch: s.in.KeepBranch, Artifacts: s.in.Artifacts}
	t.HostRelease, t.Notes = s.in.HostRelease, blindNotes(s.in.Notes)
	if trigger == "tag" || trigger == ByRelease {
		t.By = trigger
		t.Ref, _ = s.in.TagRef(t.Name, version)
		t.Claim = false
	}
	if trigger == ByDispatch {
		t.By, t.Ref = trigger, s.startsOn()
	}
	return t
}

func (s search) branch(version string) string {
	ref, _ := s.in.BranchRef(s.here.Name, version)
	return ref
}
