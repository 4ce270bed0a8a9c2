package rules

import (
	"slices"
	"strings"
)

// gitlab reads .gitlab-ci.yml for Scan. What decides is the simulation, asked for
// refs whose names are open; the patterns listed are those that the file names.
func (s *scanner) gitlab() error {
	c, err := readGitLab(s.fsys, gitlabFile)
	if err != nil || c == nil {
		return err
	}
	s.found("gitlab")
	s.out.Problems = append(s.out.Problems, c.problems...)
	if c.root.n == nil {
		return nil
	}
	on := Deploy{Provider: "gitlab", File: gitlabFile, also: labStarts{c}}
	on.fromGitLab(nil)
	s.out.Workflows = append(s.out.Workflows, Workflow{Provider: "gitlab", File: gitlabFile, Name: "GitLab CI", on: on})
	return s.gitlabJobs(c, nil, nil, 0)
}

// gitlabJobs lists what the jobs of a pipeline publish, and those of the pipelines
// that they start. above is the job that started this one.
func (s *scanner) gitlabJobs(c *labConfig, above *labJobStarts, asked []cond, depth int) error {
	for _, j := range c.jobs() {
		here := append(slices.Clone(asked), labAsked(c, j)...)
		for _, d := range c.deploys(j, above) {
			if d.fromGitLab(here) {
				s.out.Deploys = append(s.out.Deploys, d)
			}
		}
		for _, name := range c.starts(j) {
			if depth >= maxChildren {
				continue
			}
			child, err := c.child(name)
			if err != nil {
				return err
			}
			if child == nil {
				continue
			}
			if err := s.gitlabJobs(child, &labJobStarts{c, c.cells(j), above}, here, depth+1); err != nil {
				return err
			}
		}
	}
	s.out.Problems = append(s.out.Problems, c.exhausted()...)
	return nil
}

// deploys lists the places of a job that publish, without the refs. Each index is
// one: a matrix that uploads its own files is still one.
func (c *labConfig) deploys(j labJob, above *labJobStarts) []Deploy {
	var out []Deploy
	r := &labRun{c: c, now: event{what: "push", open: true}, source: "push"}
	cells := map[string][]labJob{}
	for _, cell := range c.cells(j) {
		for _, u := range r.uploads(cell) {
			if cells[u.Index] = append(cells[u.Index], cell); len(cells[u.Index]) == 1 {
				out = append(out, labDeploy(j, u))
			}
		}
	}
	for i := range out {
		out[i].also = labJobStarts{c, cells[out[i].Index], above}
		for up := above; up != nil; up = up.above {
			out[i].Job = up.cells[0].name + " / " + out[i].Job
		}
	}
	return out
}

func labDeploy(j labJob, u Upload) Deploy {
	d := Deploy{Provider: "gitlab", File: u.File, Line: u.Line, Job: j.name, Index: withoutSecrets(u.Index), Trusted: u.Trusted, Environment: u.Environment}
	for _, w := range u.Why[1:] {
		if !strings.HasPrefix(w.Text, "to ") {
			d.undecided(w.Text)
		}
	}
	return d
}

// labStarts holds for events that make a pipeline, which has at least one job.
type labStarts struct{ c *labConfig }

func (l labStarts) eval(e event) answer {
	r := labAt(l.c, e)
	best := no
	for _, j := range l.c.jobs() {
		best = max(best, r.whole(j).is)
	}
	return min(best, r.pipeline().is, r.missing().is)
}

// labJobStarts holds for events that make a pipeline in which one of the cells of a
// job starts. above is the job that starts the pipeline, where another one does.
type labJobStarts struct {
	c     *labConfig
	cells []labJob
	above *labJobStarts
}

func (l labJobStarts) eval(e event) answer { return l.verdict(e).is }

func (l labJobStarts) verdict(e event) verdict {
	r := labAt(l.c, e)
	begun := verdict{is: yes}
	if l.above != nil {
		r.source, begun = sourceParent, l.above.verdict(e)
	}
	best := verdict{is: no}
	for _, j := range l.cells {
		if v := r.pipeline().and(r.runs(j)).and(r.missing()).and(r.needed(j)); v.is > best.is {
			best = v
		}
		if best.is == yes {
			break
		}
	}
	return begun.and(best)
}

func labAt(c *labConfig, e event) *labRun {
	return &labRun{c: c, now: e, source: labSource(e.what)}
}

// fromGitLab fills in what starts a deploy; false if nothing does. asked are the
// conditions that its file has.
func (d *Deploy) fromGitLab(asked []cond) bool {
	d.AnyBranch, d.Branches = d.onGitLab("branch", asked)
	d.AnyTag, d.Tags = d.onGitLab("tag", asked)
	d.byCond.branches, d.byCond.tags = len(d.Branches) > 0, len(d.Tags) > 0
	dispatch := event{what: "workflow_dispatch", kind: "branch", open: true}
	d.Dispatch = evaluate(d.also, dispatch) != no
	for kind, on := range map[string]bool{"branch": d.AnyBranch || len(d.Branches) > 0, "tag": d.AnyTag || len(d.Tags) > 0} {
		if on {
			d.labDoubts(kind)
		}
	}
	return d.AnyBranch || d.AnyTag || len(d.Branches)+len(d.Tags) > 0 || d.Dispatch
}

// onGitLab narrows the refs of a kind to those that the file names, where it does
// not take them all.
func (d *Deploy) onGitLab(kind string, asked []cond) (any bool, names []string) {
	switch evaluate(d.also, openPush(kind)) {
	case no:
		return false, nil
	case yes:
		return true, nil
	}
	for _, c := range asked {
		for _, n := range labNames(c, kind) {
			pattern := strings.HasPrefix(n, "/")
			if !slices.Contains(names, n) && (pattern || evaluate(d.also, pushOf(kind, n)) != no) {
				names = append(names, n)
			}
		}
	}
	return len(names) == 0, names
}

// labDoubts adds what stays open for a ref that the file names, or for any.
func (d *Deploy) labDoubts(kind string) {
	starts, ok := d.also.(labJobStarts)
	if !ok {
		return
	}
	names := d.Branches
	if kind == "tag" {
		names = d.Tags
	}
	e := openPush(kind)
	if len(names) > 0 && !strings.HasPrefix(names[0], "/") {
		e = pushOf(kind, names[0])
	}
	v := starts.verdict(e)
	if v.is != maybe {
		return
	}
	for _, w := range v.why {
		if text, open := strings.CutPrefix(w.Text, "not decided: "); open && text != "" {
			d.undecided(text)
		} else if strings.Contains(w.Text, "when: manual") {
			d.undecided(w.Text)
		}
	}
}

// labAsked lists the conditions of a job, with those of the whole pipeline.
func labAsked(c *labConfig, j labJob) []cond {
	var out []cond
	for _, list := range []tree{j.get("rules"), c.root.get("workflow").get("rules")} {
		for _, rule := range c.list(list) {
			if rule.get("when").text() != "never" {
				out = append(out, parseLabIf(c.deref(rule.get("if"), 0).text()))
			}
		}
	}
	only := c.deref(j.get("only"), 0)
	if only.isMap() {
		for _, src := range c.texts(only.get("variables")) {
			out = append(out, parseLabIf(src))
		}
		only = only.get("refs")
	}
	for _, entry := range c.texts(only) {
		name, _, _ := cutLast(entry, "@")
		if !slices.Contains(labKeywords, name) {
			out = append(out, labEntry(name))
		}
	}
	return out
}
