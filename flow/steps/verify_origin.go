package steps

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// tagged are the commits that the remote's tags name as the target's version.
func (e evidence) tagged() (commits []string) {
	for _, r := range e.refs {
		tag, ok := strings.CutPrefix(r.Name, "refs/tags/")
		if ok && sameVersion(versionOfTag(e.target.Name, tag), e.target.Version) && !slices.Contains(commits, r.Commit) {
			commits = append(commits, r.Commit)
		}
	}
	return commits
}

// versionOfTag is the part of a tag that should be a version: v1.4.0,
// acme-core@1.4.0, release/1.4.0, rel_1_4_0. Without a prefix 1_4 is no version:
// it may be a date, or anything.
func versionOfTag(name, tag string) string {
	tag = tag[strings.LastIndex(tag, "/")+1:]
	known := false
	for _, prefix := range []string{pypi.NormalizeName(name), "release", "rel", "version", "v"} {
		if rest, ok := cutTagPrefix(tag, prefix); ok {
			tag, known = strings.TrimLeft(rest, "-_@=/"), true
		}
	}
	if known && underscored.MatchString(tag) {
		tag = strings.ReplaceAll(tag, "_", ".")
	}
	return finalTag.ReplaceAllString(tag, "")
}

var (
	underscored = regexp.MustCompile(`^\d+(?:_\d+)+(?:_?[a-z]+_?\d*)*$`)
	finalTag    = regexp.MustCompile(`(?i)[-_.]?final$`)
)

// cutTagPrefix takes a prefix off a tag, in whatever case and with whatever
// separators it is spelt there. The prefix itself is in small letters.
func cutTagPrefix(tag, prefix string) (rest string, ok bool) {
	const separators = "-_."
	left := strings.NewReplacer("-", "", "_", "", ".", "").Replace(prefix)
	for tag != "" && left != "" {
		if !strings.Contains(separators, tag[:1]) {
			if strings.ToLower(tag[:1]) != left[:1] {
				return "", false
			}
			left = left[1:]
		}
		tag = tag[1:]
	}
	return tag, left == ""
}

// checkOrigin: somebody meant to release this. Files that neither a claim, nor a
// tag, nor a build at the commit explains were put there by something else.
func checkOrigin(_ context.Context, v *verifier) []flow.Check {
	const id = "origin"
	e := v.evidence
	switch {
	case v.Remote == nil:
		return []flow.Check{unchecked(id, "there is no checkout of %s here", v.target.Name)}
	case !e.published():
		return []flow.Check{unchecked(id, noFile)}
	case v.target.Commit != "":
		return []flow.Check{fine(id, "commit %s, by %s", short(v.target.Commit), v.explained())}
	case e.refsErr != nil:
		return []flow.Check{unchecked(id, "the remote cannot be read: %v", e.refsErr)}
	case e.buildsErr != nil:
		return []flow.Check{unchecked(id, "CI cannot be read: %v", e.buildsErr)}
	case e.target.Commit == "" || e.target.Ref == "" || e.alone:
		return []flow.Check{unchecked(id, "no claim and no tag names the commit that was released")}
	}
	return []flow.Check{bad(id, flow.Unexpected, "an orphan: no claim, no tag and no build of commit %s explains its files", short(e.target.Commit))}
}

// explained says what names the commit as the released one.
func (v *verifier) explained() string {
	var by []string
	e := v.evidence
	if e.claimed(v.target.Commit) {
		by = append(by, "its claim")
	}
	if slices.Contains(e.tagged(), v.target.Commit) {
		by = append(by, "its tag")
	}
	if n := len(e.ours()); n > 0 {
		by = append(by, count(n, "build")+" on "+v.target.ShortRef())
	}
	if len(by) == 0 {
		by = append(by, v.target.ShortRef())
	}
	return strings.Join(by, ", ")
}

// checkOwners shows who may upload now. Who is new since the last release is on no
// page, and ferry keeps no memory that could tell.
func checkOwners(_ context.Context, v *verifier) []flow.Check {
	const id = "owners"
	if !v.evidence.published() {
		return []flow.Check{unchecked(id, noFile)}
	}
	for _, s := range v.evidence.surfaces {
		if len(s.page.Roles) == 0 {
			continue
		}
		var who []string
		for _, r := range s.page.Roles {
			who = append(who, fmt.Sprintf("%s (%s)", r.User, strings.ToLower(r.Role)))
		}
		return []flow.Check{unchecked(id, "%s may upload now; the index does not tell who could at the last release", strings.Join(who, ", "))}
	}
	return []flow.Check{unchecked(id, "%s does not tell who may upload", v.Index.Label())}
}
