package steps

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// place is where a job publishes to a lane's index, for sure or perhaps.
type place struct {
	rules.Job
	rules.Upload
	answer rules.Answer
}

// inLane is what the CI files of a tree do when a lane's ref is pushed.
type inLane struct {
	event  rules.Event
	places []place             // that reach the lane's index, or may
	idle   []rules.Job         // with an upload there, which they do not come to
	open   []rules.Reason      // what is decided by no file here
	unread []rules.FileProblem // files that were not understood
}

// looks reads the CI files of a tree for one lane.
func (y Yard) looks(tree fs.FS, s Setup, l Lane) (inLane, error) {
	v := inLane{event: y.Event(s, l)}
	p, err := rules.Predict(tree, v.event)
	if err != nil {
		return v, err
	}
	v.open, v.unread = p.Undecided, p.Problems
	for _, j := range p.Jobs {
		for _, u := range j.Uploads {
			if !reaches(u.Index, l) {
				continue
			}
			if a := j.Publishes(u); a != rules.No {
				v.places = append(v.places, place{j, u, a})
			} else {
				v.idle = append(v.idle, j)
			}
		}
	}
	return v, nil
}

// reaches says whether the address of an upload is that of a lane's index. What a
// variable stands for is in no file, and may be it.
func reaches(index string, l Lane) bool {
	test := strings.Contains(index, "test.pypi.org") || strings.Contains(index, "testpypi")
	return strings.Contains(index, "$") || test == l.Test() && (test || indexKey(index) == indexKey(""))
}

// sole is the one place that publishes, if it needs no stored token and is of the
// service that was chosen.
func (v inLane) sole(provider string) (place, bool) {
	if len(v.places) != 1 {
		return place{}, false
	}
	p := v.places[0]
	return p, p.answer == rules.Yes && p.Trusted && p.Provider == provider
}

// service is the name that the readers of CI files give to the one that publishes.
func (s Setup) service() string { return string(s.How) }

// told is what a lane's files say: done where one job publishes, a conflict where
// something else does; ok is false where nothing does yet.
func (y Yard) told(s Setup, l Lane, v inLane) (f flow.Finding, ok bool) {
	if p, ok := v.sole(s.service()); ok {
		return y.publishes(s, l, v, p), true
	}
	if len(v.places) > 0 {
		return conflict(y.rival(s, l, v)), true
	}
	return flow.Finding{}, false
}

// publishes is the finding that a file does it already, whoever wrote it.
func (y Yard) publishes(s Setup, l Lane, v inLane, p place) flow.Finding {
	at := fmt.Sprintf("%s:%d", p.Upload.File, p.Upload.Line)
	f := done("%s does it: job %s publishes to %s with trusted publishing when %s", p.Job.File, jobLabel(p.Job), l.title(), when(v.event))
	f.Proof = []flow.Proof{{What: "job " + jobLabel(p.Job), Where: at}}
	f.Warning = v.doubts()
	if p.Upload.File != p.Job.File && strings.HasPrefix(p.Upload.File, workflows) {
		f.Warning = strings.TrimPrefix(f.Warning+"; "+p.Upload.File+" is called by another workflow: the index knows it by the one name and checks its attestations by the other, so that uploads are refused", "; ")
	}
	return f
}

// workflows is the folder of workflows.
const workflows = ".github/workflows/"

// doubts is what keeps the files from being the whole truth; "" if nothing does.
func (v inLane) doubts() string {
	var out []string
	for _, r := range v.open {
		out = append(out, "not checked: "+r.Text)
	}
	for _, p := range v.unread {
		out = append(out, fmt.Sprintf("not checked: %s:%d, %s", p.File, p.Line, p.Text))
	}
	return strings.Join(slices.Compact(out), "; ")
}

// title is the index as people call it.
func (l Lane) title() string {
	if l.Test() {
		return "TestPyPI"
	}
	return "PyPI"
}

// when is an event in words.
func when(e rules.Event) string {
	if name, ok := strings.CutPrefix(e.Ref, "refs/tags/"); ok {
		return "a tag such as " + name + " is pushed"
	}
	return "the branch " + strings.TrimPrefix(e.Ref, "refs/heads/") + " is pushed"
}

// rival: a job uploads there already, and not as it is wanted. With ours beside it
// two jobs would send files of one name.
func (y Yard) rival(s Setup, l Lane, v inLane) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupRival, Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Now: []string{"no file was changed; with another job beside it, two would upload the same files"}}
	for _, j := range v.places {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d: job %s %s to %s with %s", j.Upload.File, j.Upload.Line, jobLabel(j.Job), mayWord(j.answer), l.title(), tokenWord(j.Trusted)))
		p.Lines = append(p.Lines, whyOpen(j)...)
		p.Next = append(p.Next, "${EDITOR:-vi} "+flow.Shell([]string{j.Upload.File}))
	}
	first := v.places[0]
	p.Text = fmt.Sprintf("%s of %s %s to %s already when %s, with %s; take that out of the file first, or keep it as the way to publish",
		jobLabel(first.Job), first.Job.File, mayWord(first.answer), l.title(), when(v.event), tokenWord(first.Trusted))
	if n := len(v.places); n > 1 {
		p.Text = fmt.Sprintf("%d jobs publish to %s, or may, when %s; leave one of them", n, l.title(), when(v.event))
	}
	p.Next = append(slices.Compact(p.Next), "ferry check --"+kindOf(v.event)+" "+shortRef(v.event))
	return p
}

// whyOpen gives the reasons of what only may publish.
func whyOpen(p place) []string {
	if p.answer == rules.Yes {
		return nil
	}
	return because(p.Job, p.Upload)
}

func mayWord(a rules.Answer) string {
	if a == rules.Yes {
		return "publishes"
	}
	return "may publish"
}

func tokenWord(trusted bool) string {
	if trusted {
		return "trusted publishing"
	}
	return "a stored token"
}

func kindOf(e rules.Event) string {
	if strings.HasPrefix(e.Ref, "refs/tags/") {
		return "tag"
	}
	return "branch"
}

func shortRef(e rules.Event) string {
	return flow.Shell([]string{strings.TrimPrefix(strings.TrimPrefix(e.Ref, "refs/heads/"), "refs/tags/")})
}

// publisher is what the index has to trust in a lane: the job that is there, else
// the one that is going to be written.
func (y Yard) publisher(s Setup, l Lane) rules.Publisher {
	r := s.Rules(l)
	out := r.WorkflowPublisher(y.Remote.Slug())
	if s.How == PublishGitLab {
		out = r.GitLabPublisher(y.Remote.Slug())
	}
	v, err := y.looks(y.Tree(), s, l)
	if err != nil {
		return out
	}
	if p, ok := v.sole(s.service()); ok {
		out.Environment = p.Environment
		if s.How == PublishWorkflow {
			out.Workflow = p.Job.File[strings.LastIndex(p.Job.File, "/")+1:]
		}
	}
	return out
}
