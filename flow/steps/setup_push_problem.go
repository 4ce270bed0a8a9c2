package steps

import (
	"fmt"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/gitops"
)

// taken: the remote has the branch, and not at our commit.
func (s *PushSetup) taken(at string) *flow.Problem {
	url := s.yard.Remote.URL()
	return &flow.Problem{Code: flow.CodeSetupElsewhere, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("The branch %s is on %s already, at %s, which is another commit", s.setup.Branch, s.yard.Remote.Name(), short(at)),
		Now:  []string{"nothing was pushed; a branch that is there is never moved"},
		Next: []string{s.goOnFrom(), flow.Shell(gitops.DeleteCommand(url, s.ref(), at))}}
}

// goOnFrom checks out what the remote has, from where ferry onboard goes on.
func (s *PushSetup) goOnFrom() string {
	return flow.Shell([]string{"git", "fetch", s.yard.Remote.URL(), s.ref()}) + " && " +
		flow.Shell([]string{"git", "switch", "--no-track", "-c", s.setup.Branch, "FETCH_HEAD"})
}

// moved: somebody pushed to our branch, so that it is not ours to delete.
func (s *PushSetup) moved(m *gitops.MovedError) *flow.Problem {
	p := s.taken(m.Have)
	p.Text = fmt.Sprintf("The branch %s is not deleted: %v", s.setup.Branch, m)
	p.Now, p.Err = []string{"the branch was left as it is"}, m
	p.Next[0] = flow.Shell(gitops.FetchCommand(s.yard.Remote.URL(), s.ref()))
	return p
}

// wouldPublish: a push of the branch would start what publishes.
func (s *PushSetup) wouldPublish(sure, perhaps []rules.Job) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupPublishes, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("A push of the branch %s would publish, by the CI files of this commit: nothing is pushed that does", s.setup.Branch),
		Now:  []string{"nothing was pushed; the commit is here"},
		Next: []string{flow.Shell([]string{"ferry", "check", "--branch", s.setup.Branch})}}
	if len(sure) == 0 {
		p.Text = fmt.Sprintf("Whether a push of the branch %s would publish is not decided by the CI files of this commit: nothing is pushed that may", s.setup.Branch)
	}
	for _, j := range sure {
		p.Lines = append(p.Lines, placeOf(j)+" publishes")
	}
	for _, j := range perhaps {
		p.Lines = append(p.Lines, placeOf(j)+" may publish")
		for _, r := range j.Why {
			p.Lines = append(p.Lines, "  "+r.Text)
		}
	}
	return p
}

func placeOf(j rules.Job) string { return fmt.Sprintf("%s:%d: job %s", j.File, j.Line, jobLabel(j)) }
