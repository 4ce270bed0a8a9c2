package steps

import (
	"fmt"
	"strings"

	"ferry/flow/ci/rules"
)

// Message is that of the commit which sets a repository up, and of the request to
// merge it: what publishes where, and what starts it.
func (s Setup) Message() string {
	return strings.Join(append([]string{s.headline()}, s.starts()...), "\n\n")
}

// headline is the subject: the message's first line, the request's title.
func (s Setup) headline() string {
	var to []string
	for _, l := range s.Lanes {
		to = append(to, l.title())
	}
	return fmt.Sprintf("ci: publish %s to %s by %s", s.Name, strings.Join(to, " and "), s.way())
}

// way is how CI publishes, in words.
func (s Setup) way() string {
	switch s.How {
	case PublishSealed, PublishSetting:
		return "Travis CI"
	case PublishWorkflow:
		return "GitHub Actions"
	case PublishGitLab:
		return "GitLab CI"
	}
	return "ferry release"
}

// starts says of each lane what starts it, and how a release is made.
func (s Setup) starts() []string {
	var out []string
	for _, l := range s.Lanes {
		ref := shortName(s.Rules(l).On("1.2.3").Ref)
		switch {
		case s.How == PublishElse:
			out = append(out, fmt.Sprintf("A server runs ferry release, which publishes to %s.", l.title()))
		case l.Start == rules.StartTag:
			out = append(out, fmt.Sprintf("A pushed tag such as %s publishes to %s.", ref, l.title()))
		case l.Start == rules.StartPush:
			out = append(out, fmt.Sprintf("Every push to %s publishes to %s.", ref, l.title()))
		default:
			out = append(out, fmt.Sprintf("A push to the branch %s publishes to %s.", ref, l.title()))
		}
	}
	if s.How == PublishElse {
		return append(out, "ferry status shows how far it is.")
	}
	return append(out, "ferry check says what a push would start; ferry release makes a release.")
}

// shortName is a ref as people say it.
func shortName(ref string) string { return Target{Ref: ref}.ShortRef() }
