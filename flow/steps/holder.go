package steps

import (
	"context"
	"fmt"
	"strings"

	"ferry/pypi"
)

// claimAt is the claim that holds a commit, of whatever version of the project.
func claimAt(e evidence, commit string) (version string, c *claim) {
	prefix := claimPrefix + pypi.NormalizeName(e.target.Name) + "/"
	for _, r := range e.refs {
		rest, ok := strings.CutPrefix(r.Name, prefix)
		if !ok || r.Commit != commit {
			continue
		}
		version, _, _ = strings.Cut(rest, "@")
		if _, ok := attemptOf(r.Name, prefix+version); !ok {
			continue
		}
		return version, &claim{ref: r.Name, tag: r.SHA, commit: commit}
	}
	return "", nil
}

// whoReleases says who put the release branch at a commit, when, and which
// version it is, as far as a claim tells; the commit's author is no witness of it.
func (w World) whoReleases(ctx context.Context, e evidence, at string) string {
	version, c := claimAt(e, at)
	if c == nil {
		return "an unclaimed release; who started it is not known"
	}
	who, when := w.holder(ctx, c)
	return fmt.Sprintf("%s releases %s %s, %s", who, e.target.Name, version, since(when))
}
