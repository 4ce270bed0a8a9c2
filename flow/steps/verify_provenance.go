package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// attestations is what the index keeps of who published the files of a version.
type attestations struct {
	with, without []string // names of files
	publishers    []string
	commits       []string
	unread        int      // files whose attestations were not read, because there are too many
	wrong         []string // attestations of other bytes
	err           error    // the first that could not be read
	listed        bool     // the index says where it is kept, and there is none that attests anything
}

// checkProvenance: files say who published them where they did before, it is the
// same publisher, and the commit is the released one. That they do proves nothing
// about what the publisher put in. Where nobody ever attested there is nothing to
// check.
func checkProvenance(ctx context.Context, v *verifier) []flow.Check {
	const id = "provenance"
	page := v.evidence.simple().page
	files := v.evidence.simple().files
	if len(files) == 0 {
		return []flow.Check{unchecked(id, noFile)}
	}
	now := v.attested(ctx, files)
	before, version := v.before(ctx, page)
	switch {
	case len(now.wrong) > 0:
		return []flow.Check{bad(id, flow.Mismatch, "attested are other bytes: %s", strings.Join(now.wrong, ", "))}
	case len(now.without) > 0 && len(before.with) > 0:
		v.problem(now.without, "has no provenance")
		return []flow.Check{bad(id, flow.Unexpected, "%s had it, and now there is none of %s", version, strings.Join(now.without, ", "))}
	case len(now.with) == 0:
		return []flow.Check{unchecked(id, "nobody attested these files, nor the release before")}
	case now.unread > 0:
		return []flow.Check{unchecked(id, "%s; of %s it was not read", strings.Join(now.publishers, ", "), count(now.unread, "more file"))}
	case now.err != nil:
		return []flow.Check{unchecked(id, "it cannot be read: %v", now.err)}
	case len(now.without) > 0:
		return []flow.Check{unchecked(id, "%s; none of %s", strings.Join(now.publishers, ", "), strings.Join(now.without, ", "))}
	}
	if len(before.publishers) == 0 && (before.err != nil || before.listed) {
		return []flow.Check{unchecked(id, "%s; that of %s cannot be read, so nothing is compared", strings.Join(now.publishers, ", "), version)}
	}
	if !subset(now.publishers, before.publishers) {
		before = v.attested(ctx, page.Of(version)) // several may share a release
	}
	return []flow.Check{v.sameHands(now, before, version)}
}

// sameHands compares publisher and commit with what they should be.
func (v *verifier) sameHands(now, before attestations, version string) flow.Check {
	const id = "provenance"
	who := strings.Join(now.publishers, ", ")
	for _, p := range now.publishers {
		if len(before.publishers) > 0 && !slices.Contains(before.publishers, p) {
			return bad(id, flow.Unexpected, "published by %s; %s was by %s", p, version, strings.Join(before.publishers, ", "))
		}
	}
	commit := v.target.Commit
	for _, c := range now.commits {
		if commit != "" && c != commit {
			return bad(id, flow.Unexpected, "attested is commit %s, released was %s", short(c), short(commit))
		}
	}
	switch {
	case len(now.commits) == 0:
		return fine(id, "%s; it names no commit", who)
	case commit == "":
		return fine(id, "%s, commit %s, which nothing here compares with", who, shorts(now.commits))
	}
	return fine(id, "%s, commit %s as released", who, short(commit))
}

func subset(some, of []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(of, s) })
}

func shorts(commits []string) string {
	var all []string
	for _, c := range commits {
		all = append(all, short(c))
	}
	return strings.Join(all, ", ")
}

func (v *verifier) problem(names []string, text string) {
	for i := range v.files {
		if slices.Contains(names, v.files[i].Name) {
			v.files[i].Problems = append(v.files[i].Problems, text)
		}
	}
}

// attested reads the provenance of files.
func (v *verifier) attested(ctx context.Context, files []pypi.File) (a attestations) {
	for i, f := range files {
		if i >= oneByOne && f.Provenance != "" {
			a.with, a.unread = append(a.with, f.Name), a.unread+1
			continue
		}
		p, found, err := v.Index.Provenance(ctx, f)
		switch {
		case err != nil:
			a.with = append(a.with, f.Name)
			if a.err == nil {
				a.err = err
			}
			continue
		case !found || !attests(p):
			a.without = append(a.without, f.Name)
			a.listed = a.listed || f.Provenance != ""
			continue
		}
		a.with = append(a.with, f.Name)
		a.add(f, p)
	}
	return a
}

// attests: some attestation names the bytes it is of. An empty one proves nothing.
func attests(p pypi.Provenance) bool {
	for _, b := range p.Bundles {
		for _, said := range b.Attested {
			if said.SHA256 != "" {
				return true
			}
		}
	}
	return false
}

func (a *attestations) add(f pypi.File, p pypi.Provenance) {
	for _, b := range p.Bundles {
		a.publishers = appendNew(a.publishers, publisher(b.Publisher))
		for _, said := range b.Attested {
			if f.SHA256 != "" && said.SHA256 != "" && said.SHA256 != f.SHA256 {
				a.wrong = appendNew(a.wrong, f.Name)
			}
		}
	}
	for _, c := range p.Commits() {
		a.commits = appendNew(a.commits, c)
	}
}

func publisher(p pypi.Publisher) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", p.Kind, p.Repository, p.Workflow, p.Environment))
}

// before is the provenance of the newest release that is older than this one. One
// of its files speaks for all.
func (v *verifier) before(ctx context.Context, page pypi.Page) (attestations, string) {
	version := versionBefore(page, v.target.Version)
	for _, f := range page.Of(version) {
		if f.Provenance != "" {
			return v.attested(ctx, []pypi.File{f}), version
		}
	}
	return attestations{}, version
}
