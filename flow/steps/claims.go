package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow"
	"ferry/gitops"
	"ferry/pypi"
)

// A claim is an annotated tag object under refs/releases/NAME/VERSION. It is
// pushed before the branch, create-only, and never deleted: whoever created it
// may push that commit for that version once. A later attempt, with a new
// commit, takes VERSION@2, VERSION@3 and so on.
type claim struct {
	ref     string
	attempt int
	tag     string // the tag object
	commit  string
}

const claimPrefix = "refs/releases/"

func claimRef(name, version string, attempt int) string {
	ref := claimPrefix + pypi.NormalizeName(name) + "/" + version
	if attempt > 1 {
		ref += "@" + strconv.Itoa(attempt)
	}
	return ref
}

// claims are the attempts at the target's version, in whatever spelling, oldest
// first.
func (e evidence) claims() []claim {
	prefix := claimPrefix + pypi.NormalizeName(e.target.Name) + "/"
	var out []claim
	for _, r := range e.refs {
		rest, ours := strings.CutPrefix(r.Name, prefix)
		version, _, _ := strings.Cut(rest, "@")
		n, ok := attemptOf(r.Name, prefix+version)
		if ours && ok && sameVersion(version, e.target.Version) {
			out = append(out, claim{r.Name, n, r.SHA, r.Commit})
		}
	}
	slices.SortStableFunc(out, func(a, b claim) int { return cmp.Compare(a.attempt, b.attempt) })
	return out
}

func attemptOf(ref, base string) (int, bool) {
	rest, ok := strings.CutPrefix(ref, base)
	if !ok || rest == "" {
		return 1, ok
	}
	digits, ok := strings.CutPrefix(rest, "@")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n > 1
}

func (e evidence) claimed(commit string) bool {
	return slices.ContainsFunc(e.claims(), func(c claim) bool { return c.commit == commit })
}

// newest is the newest claim, nil if there is none.
func (e evidence) newest() *claim {
	cs := e.claims()
	if len(cs) == 0 {
		return nil
	}
	return &cs[len(cs)-1]
}

// holder says who made a claim and when, as far as the remote tells.
func (w World) holder(ctx context.Context, c *claim) (who string, when time.Time) {
	t, err := flow.Read(ctx, readingOf{"tag", c.tag}, func(ctx context.Context) (gitops.Tag, error) {
		return w.Remote.Tag(ctx, c.tag)
	})
	if err != nil {
		return "somebody", time.Time{}
	}
	return t.Tagger.Name, t.When
}

// since says when, for people.
func since(when time.Time) string {
	if when.IsZero() {
		return "at an unknown time"
	}
	return "since " + clock(when)
}

func clock(when time.Time) string {
	if when.IsZero() {
		return "an unknown time"
	}
	return when.UTC().Format("2006-01-02 15:04:05 UTC")
}

// rival is another attempt at the version that is not over; nil if there is
// none. An attempt is over when its branch is gone or stale, its builds are
// final (or none came in the time of grace), and no file of the version is on
// the index by the rule of absence.
func (w World) rival(ctx context.Context, e evidence) *flow.Problem {
	c := e.newest()
	if c == nil || c.commit == e.target.Commit {
		return nil
	}
	who, when := w.holder(ctx, c)
	p := &flow.Problem{
		Code: flow.CodeClaimed, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("%s %s is claimed by %s at %s, %s", e.target.Name, e.target.Version, who, short(c.commit), since(when)),
		Now:  []string{fmt.Sprintf("%s is at %s; your commit is %s", c.ref, c.commit, e.target.Commit)},
		Next: []string{"ferry status --follow"},
	}
	if e.claimed(e.target.Commit) {
		p.Text = fmt.Sprintf("%s was claimed for %s %s before, and %s has since claimed %s",
			short(e.target.Commit), e.target.Name, e.target.Version, who, short(c.commit))
		return p
	}
	if why := w.goesOn(e, c, when); why != "" {
		p.Now = append(p.Now, why)
		return p
	}
	return nil
}

// goesOn says why an attempt is not over yet; "" if it is.
func (w World) goesOn(e evidence, c *claim, claimed time.Time) string {
	theirs := e.of(c.commit)
	switch {
	case e.published():
		return "files of this version are on the index"
	case len(theirs) > 0 && !final(theirs):
		return "its CI build is not finished"
	case len(theirs) == 0 && w.inGrace(claimed):
		return w.without("an upload from it may still come", "its CI build may still start")
	case e.at(e.target.Ref) == c.commit && len(theirs) == 0:
		return w.without("its branch is there, and there is no CI to ask", "its branch is there and CI shows no build of it")
	}
	end := lastEnd(theirs)
	if len(theirs) == 0 {
		end = claimed
	}
	if !e.absent(end) {
		return "the index may not show its files yet"
	}
	return ""
}

// inGrace: a claim whose time cannot be read is never out of grace.
func (w World) inGrace(claimed time.Time) bool {
	return claimed.IsZero() || time.Now().Round(0).Sub(claimed) < w.Waits.ClaimGrace
}

// without chooses the words: those of a world without a CI to ask, or the usual.
func (w World) without(ci, usual string) string {
	if len(w.CI) == 0 {
		return ci
	}
	return usual
}
