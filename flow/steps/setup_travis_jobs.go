package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// TravisChoices gives the ways to tell one job of .travis.yml from all others, so
// that it deploys in every lane: first none, where that is enough. It is never
// empty without an error, which is a problem.
func (y Yard) TravisChoices(s Setup) ([]rules.TravisJob, error) {
	c, err := y.plain(travisYML)
	if err != nil {
		return nil, unreadable(err)
	}
	out := y.choices(s, c)
	if len(out) > 0 || len(s.Lanes) == 0 {
		return out, nil
	}
	s.Job = rules.TravisJob{}
	if _, err = y.setUp(s, c, s.travis(c.old)); err == nil {
		return []rules.TravisJob{{}}, nil
	}
	return nil, y.travisProblem(s, err)
}

// choices are those that fit each lane by itself, and all of them together.
func (y Yard) choices(s Setup, c *change) []rules.TravisJob {
	text := y.mended(s, c)
	var out []rules.TravisJob
	for i, l := range s.Lanes {
		fit := rules.TravisJobs(text, s.target(l), y.travisEvent(s))
		if i == 0 {
			out = fit
		}
		out = slices.DeleteFunc(out, func(j rules.TravisJob) bool { return !slices.Contains(fit, j) })
	}
	return slices.DeleteFunc(out, func(j rules.TravisJob) bool {
		s.Job = j
		_, err := y.setUp(s, c, s.travis(c.old))
		return err != nil
	})
}

// JobValue is a way to tell a job as it is typed: 3.12, $TOX_ENV = py312 or both.
func JobValue(j rules.TravisJob) string {
	if j == (rules.TravisJob{}) {
		return "any"
	}
	return strings.TrimSpace(j.Python + " " + j.Condition)
}

// unreadable says why the file cannot be looked at.
func unreadable(err error) *flow.Problem {
	if errors.Is(err, errNotPlain) {
		return refused(travisYML+": "+errNotPlain.Error(), err)
	}
	return unreadTree(err)
}

// refused: the file is left as it is.
func refused(text string, err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupTravisFile, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: text, Now: []string{"no file was changed"}, Next: []string{"${EDITOR:-vi} " + travisYML, "ferry check"}}
}

// travisProblem says why a .travis.yml is not set up.
func (y Yard) travisProblem(s Setup, err error) *flow.Problem {
	var (
		refusal *rules.Refusal
		not     *rules.NotOneJob
	)
	switch {
	case errors.As(err, &refusal) && refusal.Line > 0:
		return refused(fmt.Sprintf("%s:%d: %s", travisYML, refusal.Line, refusal.Text), err)
	case errors.As(err, &refusal):
		return refused(travisYML+": "+refusal.Text, err)
	case errors.As(err, &not):
		return y.notOne(s, not)
	case errors.Is(err, rules.ErrSetup):
		return &flow.Problem{Code: flow.CodeSetupTravisWant, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
			Text: fmt.Sprintf("%s is not set up: %v", travisYML, err), Now: []string{"no file was changed"}, Next: []string{"ferry onboard --dry-run"}}
	}
	return refused(fmt.Sprintf("%s is not set up: %v", travisYML, err), err)
}

// maxJobs is how many jobs are proposed.
const maxJobs = 6

// notOne: none or several jobs would deploy, and a person says which shall.
func (y Yard) notOne(s Setup, not *rules.NotOneJob) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupNotOneJob, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: not,
		Text: fmt.Sprintf("%s: %v", travisYML, not), Now: []string{"no file was changed"}}
	for _, j := range append(slices.Clone(not.Sure), not.Perhaps...) {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d: %s", j.File, j.Line, jobLabel(j)))
	}
	if c, err := y.plain(travisYML); err == nil {
		for _, j := range y.choices(s, c) {
			p.Next = append(p.Next, "ferry onboard --job="+flow.Verbatim(JobValue(j)))
		}
	}
	p.Next = append(p.Next[:min(len(p.Next), maxJobs)], "${EDITOR:-vi} "+travisYML)
	return p
}

// nobody: by all that the file says a job publishes, and yet none does.
func (y Yard) nobody(s Setup, l Lane) *flow.Problem {
	e := y.Event(s, l)
	return &flow.Problem{Code: flow.CodeSetupNotOneJob, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s: no job publishes to %s when %s", travisYML, l.title(), when(e)), Now: []string{"no file was changed"},
		Next: []string{"ferry check --" + kindOf(e) + " " + shortRef(e), "${EDITOR:-vi} " + travisYML}}
}
