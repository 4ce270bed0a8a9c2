package rules

import (
	"fmt"
	"slices"
	"strings"
)

func init() { simulators = append(simulators, simulateGitLab) }

// simulateGitLab predicts the jobs of a push, or of a pipeline that a person starts.
// A release starts a pipeline by the push of its tag alone.
func simulateGitLab(src *source, e Event, p *Prediction) error {
	c, err := readGitLab(src.FS, gitlabFile)
	if err != nil || c == nil {
		return err
	}
	p.Problems = append(p.Problems, c.problems...)
	r, ok := newLabRun(c, e)
	if !ok || c.root.n == nil {
		return nil
	}
	if foreignToGitLab(e) || e.elsewhere(gitlabFile) { // nobody reads the file there
		return nil
	}
	p.Undecided = append(p.Undecided, r.unread()...)
	jobs, err := r.predict("", p, 0)
	for _, j := range jobs {
		p.Jobs = append(p.Jobs, j.hidden())
	}
	p.Undecided = hidden(p.Undecided)
	p.Problems = append(p.Problems, c.exhausted()...)
	return err
}

// foreignToGitLab says whether the remote's host is known to be another service.
func foreignToGitLab(e Event) bool {
	host := hostProvider(e.Host)
	return host != "" && host != "gitlab"
}

// newLabRun reads an event; false where GitLab makes nothing of it.
func newLabRun(c *labConfig, e Event) (*labRun, bool) {
	kind, name := "branch", strings.TrimPrefix(e.Ref, "refs/heads/")
	if tag, ok := strings.CutPrefix(e.Ref, "refs/tags/"); ok {
		kind, name = "tag", tag
	}
	if name == e.Ref || e.What != "push" && e.What != "workflow_dispatch" {
		return nil, false
	}
	source := labSource(e.What)
	if e.asked() { // a person's pages say web
		source = "api"
	}
	return &labRun{c: c, e: e, now: event{what: e.What, kind: kind, name: name}, source: source}, true
}

// unread lists what is included from elsewhere and may hold anything.
func (r *labRun) unread() []Reason {
	var out []Reason
	for _, o := range r.c.open {
		if o.rules.ok() && r.rules(o.rules, labJob{}, tree{}).is == no {
			continue
		}
		out = append(out, o.Reason)
	}
	return out
}

// predict gives the jobs of a pipeline, and of those that its jobs start.
func (r *labRun) predict(prefix string, p *Prediction, depth int) ([]Job, error) {
	var out []Job
	made := r.pipeline()
	for _, whole := range r.c.jobs() {
		for _, j := range r.c.cells(whole) {
			v := made.and(r.runs(j)).and(r.missing()).and(r.needed(j))
			job := Job{
				Provider: "gitlab", File: r.c.fileOf(j.tree), Line: j.line, Name: prefix + j.shown, Stage: orText(r.c.deref(j.get("stage"), 0).text(), "test"),
				Matrix: matrixWords(j), Runs: answered(v.is), Why: v.why, Uploads: r.uploads(j),
			}
			out = append(out, job)
			if len(out) > maxLabJobs {
				return out, nil
			}
			below, err := r.triggered(j, v, prefix, p, depth)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		}
	}
	return out, nil
}

func matrixWords(j labJob) string {
	var out []string
	for k, v := range j.cell {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// missing is a no where a job of the pipeline needs one that is not in it: GitLab
// then makes no pipeline at all.
func (r *labRun) missing() verdict {
	if r.refused == nil {
		v := r.findMissing()
		r.refused = &v
	}
	return *r.refused
}

func (r *labRun) findMissing() verdict {
	for _, j := range r.c.jobs() {
		if r.whole(j).is != yes {
			continue
		}
		for _, n := range r.needs(j) {
			other, ok := r.c.job(n.name)
			if !n.optional && (!ok || r.left(other)) {
				return r.because(no, n.at, "%s needs %s, which is not in the pipeline, so GitLab makes none", j.name, n.name)
			}
		}
	}
	return verdict{is: yes}
}

func (c *labConfig) job(name string) (labJob, bool) {
	if c.byName == nil {
		c.jobs()
	}
	j, ok := c.byName[name]
	return j, ok
}

// whole is what runs says of a job before its matrix is expanded.
func (r *labRun) whole(j labJob) verdict {
	v, ok := r.known[j.name]
	if !ok {
		if r.known == nil {
			r.known = map[string]verdict{}
		}
		v = r.runs(j)
		r.known[j.name] = v
	}
	return v
}

// left says whether a job is surely not part of the pipeline. One that a person
// starts, or that runs after a failure, is part of it.
func (r *labRun) left(j labJob) bool {
	v := r.whole(j)
	return v.is == no && !slices.ContainsFunc(v.why, func(w Reason) bool { return strings.Contains(w.Text, "on_failure") })
}

// need is a job that another one waits for.
type need struct {
	name     string
	optional bool
	at       tree
}

func (r *labRun) needs(j labJob) []need {
	var out []need
	for _, n := range r.c.list(j.get("needs")) {
		optional, _ := n.get("optional").truth()
		name := orText(n.text(), n.get("job").text())
		if name == "" || n.get("project", "pipeline").ok() {
			continue
		}
		out = append(out, need{name, optional, n})
	}
	return out
}

// needed carries over what keeps a job that is needed from being started.
func (r *labRun) needed(j labJob) verdict {
	if v, ok := r.waits[j.name]; ok {
		return v
	}
	if r.waits == nil {
		r.waits = map[string]verdict{}
	}
	out := verdict{is: yes}
	r.waits[j.name] = out // a job that needs itself waits for nothing else
	for _, n := range r.needs(j) {
		other, ok := r.c.job(n.name)
		if !ok || r.left(other) || out.is == maybe {
			continue
		}
		if v := r.whole(other).and(r.needed(other)); v.is == maybe {
			out = verdict{is: maybe}
			for _, w := range v.why {
				w.Text = "needs " + n.name + ": " + w.Text
				out.why = append(out.why, w)
			}
		}
	}
	r.waits[j.name] = out
	return out
}

// maxChildren is how deep GitLab lets pipelines start others.
const maxChildren = 2

// triggered gives the jobs of a child pipeline whose file is in this tree, and
// notes any other.
func (r *labRun) triggered(j labJob, v verdict, prefix string, p *Prediction, depth int) ([]Job, error) {
	t := r.c.deref(j.get("trigger"), 0)
	if !t.ok() || v.is == no {
		return nil, nil
	}
	var out []Job
	for _, name := range r.c.starts(j) {
		if depth >= maxChildren {
			continue
		}
		c, err := r.c.child(name)
		if err != nil || c == nil {
			return out, err
		}
		child := &labRun{c: c, e: r.e, now: r.now, source: sourceParent}
		jobs, err := child.predict(prefix+j.shown+" / ", p, depth+1)
		if err != nil {
			return nil, err
		}
		for i := range jobs {
			jobs[i].Runs = both(answered(v.is), jobs[i].Runs)
			jobs[i].Why = append(slices.Clone(v.why), jobs[i].Why...)
		}
		out = append(out, jobs...)
		p.Problems = append(p.Problems, c.problems...)
	}
	if len(out) == 0 {
		p.Undecided = append(p.Undecided, Reason{fmt.Sprintf("what the pipeline does that %s starts is not in this tree", prefix+j.shown), r.c.fileOf(t), j.line})
	}
	return out, nil
}

// sourceParent is the source of a pipeline that another one started.
const sourceParent = "parent_pipeline"

// starts are the files of the pipelines that a job starts, as far as they are in
// this tree.
func (c *labConfig) starts(j labJob) []string {
	var out []string
	for _, inc := range c.deref(j.get("trigger"), 0).get("include").list() {
		name := strings.TrimPrefix(orText(inc.text(), inc.get("local").text()), "/")
		if name != "" && !strings.Contains(name, "$") {
			out = append(out, name)
		}
	}
	return out
}
