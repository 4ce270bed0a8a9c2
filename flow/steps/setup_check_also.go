package steps

import (
	"fmt"
	"slices"
	"strings"

	"ferry/flow/ci/rules"
)

// occasion is something else than the lanes that may start a CI.
type occasion struct {
	words string
	event rules.Event
}

// elsewhere says what publishes besides the lanes: an old deploy of another ref is
// a second way to PyPI that nobody thinks of any more. A handful of likely events
// is tried, and of what they do not start nothing is said.
func (s *CheckSetup) elsewhere() (out []string, err error) {
	for _, o := range s.occasions() {
		p, err := rules.Predict(s.yard.Tree(), o.event)
		if err != nil {
			return nil, err
		}
		for _, j := range p.Jobs {
			for _, u := range j.Uploads {
				word := map[rules.Answer]string{rules.Yes: "publishes", rules.Undecided: "may publish"}[j.Publishes(u)]
				line := fmt.Sprintf("%s %s to %s too (%s, %s:%d)", o.words, word, indexKey(u.Index), jobLabel(j), u.File, u.Line)
				if word != "" && !slices.Contains(out, line) {
					out = append(out, line)
				}
			}
		}
	}
	return out, nil
}

// occasions are the likely events that no lane is for. Of tags one is tried where
// no lane is for tags: another lane's tag is told from it by nothing but its form.
func (s *CheckSetup) occasions() (out []occasion) {
	add := func(what, ref, words string) {
		if strings.HasPrefix(ref, "refs/tags/") && s.byTag() && what == "push" || what == "push" && s.isLane(ref) {
			return
		}
		e := s.yard.Event(s.setup, Lane{})
		e.What, e.Ref = what, ref
		out = append(out, occasion{words, e})
	}
	for _, branch := range []string{s.setup.Default, "pypi-test", "pypi-release"} {
		if branch != "" {
			add("push", "refs/heads/"+branch, "a push of "+branch)
		}
	}
	add("push", "refs/tags/v1.2.3", "a push of a tag, such as v1.2.3,")
	add("release", "refs/tags/v1.2.3", "publishing a release on the host")
	if s.setup.Default != "" {
		add("workflow_dispatch", "refs/heads/"+s.setup.Default, "starting a workflow by hand")
	}
	return out
}

func (s *CheckSetup) byTag() bool {
	return slices.ContainsFunc(s.setup.Lanes, func(l Lane) bool { return l.Start == rules.StartTag })
}

func (s *CheckSetup) isLane(ref string) bool {
	return slices.ContainsFunc(s.setup.Lanes, func(l Lane) bool { return s.yard.Event(s.setup, l).Ref == ref })
}
