package github

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	gh "github.com/google/go-github/v89/github"

	"ferry/flow/ci"
)

// travisBranch is what Travis writes below its checks. It is the only place where
// they name the branch, and for a tag's build that is the name of the tag.
var travisBranch = regexp.MustCompile(`^This is a normal build for the (\S+) branch\.`)

// unescape takes away what Travis puts before characters that mean something in Markdown.
var unescape = regexp.MustCompile(`\\([<>*/\\'_\[\]#~])`)

// TravisBuilds lists what Travis says on GitHub of a commit, for whom Travis itself
// shows nothing: a private repository without a token of Travis. Such a build has
// no jobs, no log and no number.
//
// A check is on a commit, not on a ref. Where the words of Travis name the branch,
// a build has the ref that was asked for or is left out; else it has none and a
// Note, and nobody takes it for ours. A branch and a tag of one name cannot be told
// apart, and older builds of another commit than the ref's present one are not seen.
// Nor does GitHub say who restarted a build: another attempt is a check that is
// not completed any more.
func (p *Provider) TravisBuilds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	at := q.SHA
	if at == "" {
		at = strings.TrimPrefix(q.Ref, "refs/") // what the ref points to now
	}
	checks, err := p.checks(ctx, at)
	switch {
	case q.SHA == "" && absent(err):
		return nil, nil
	case err != nil:
		return nil, failure("the checks of "+at, err)
	}
	var out []ci.Build
	for _, c := range checks {
		if c.GetApp().GetSlug() != appTravis || strings.Contains(c.GetName(), "Pull Request") {
			continue
		}
		if b, ok := travisBuild(c, q); ok {
			out = append(out, b)
		}
	}
	return out, nil
}

// absent: GitHub knows no such ref, or no such commit.
func absent(err error) bool {
	var answer *gh.ErrorResponse
	return errors.As(err, &answer) && (answer.Response.StatusCode == http.StatusNotFound || answer.Response.StatusCode == http.StatusUnprocessableEntity)
}

// travisBuild reads a check, and says whether it may be one on the ref.
func travisBuild(c *gh.CheckRun, q ci.Query) (ci.Build, bool) {
	b := check(c)
	b.ID, b.Number, b.Name = c.GetExternalID(), c.GetExternalID(), "Travis CI"
	branch := travisBranch.FindStringSubmatch(c.GetOutput().GetText())
	switch {
	case branch == nil:
		b.Note = strings.TrimPrefix(b.Note+"; GitHub does not say which ref it is on", "; ")
		return b, true
	case q.Ref != "" && unescape.ReplaceAllString(branch[1], "$1") != refName(q.Ref):
		return b, false
	}
	b.Ref = q.Ref
	return b, true
}
