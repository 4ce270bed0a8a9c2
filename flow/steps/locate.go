package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"ferry/gitops"
	"ferry/pypi"
)

// Locate finds the commit whose release is the one to look at: the release
// branch's if there is one, else the newest unfinished claim's, else the
// checked-out commit. So it says the same in every clone.
func (w World) Locate(ctx context.Context, in Intent, head string) (string, error) {
	here, err := w.Aim(ctx, in, head)
	if err != nil {
		return head, err
	}
	e := w.look(ctx, here, theRefs|theIndex)
	switch at := e.at(here.Ref); {
	case e.refsErr != nil: // each step says so itself
	case at != "":
		return at, nil
	case e.simple().err == nil && strings.HasPrefix(here.Ref, "refs/heads/"):
		return cmp.Or(unfinished(e.refs, here, e.simple().page), head), nil
	}
	return head, nil
}

// unfinished is the commit of the newest claim whose version is not on the
// index though it could be: neither the index nor the tree is past it.
func unfinished(refs []gitops.Ref, here Target, page pypi.Page) string {
	type open struct {
		version pypi.Version
		attempt int
		commit  string
	}
	var found []open
	_, latest := page.Newest()
	prefix := claimPrefix + pypi.NormalizeName(here.Name) + "/"
	for _, r := range refs {
		rest, ok := strings.CutPrefix(r.Name, prefix)
		if !ok {
			continue
		}
		text, _, _ := strings.Cut(rest, "@")
		n, ok := attemptOf(r.Name, prefix+text)
		v, err := pypi.ParseVersion(text)
		if ok && err == nil && len(page.Of(text)) == 0 && atLeast(v, latest) && atLeast(v, here.Version) {
			found = append(found, open{v, n, r.Commit})
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.MaxFunc(found, func(a, b open) int {
		return cmp.Or(a.version.Compare(b.version), cmp.Compare(a.attempt, b.attempt))
	}).commit
}

func atLeast(v pypi.Version, text string) bool {
	other, err := pypi.ParseVersion(text)
	return err != nil || v.Compare(other) >= 0
}
