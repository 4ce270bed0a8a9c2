package rules

import "slices"

// maxChain is how many workflows may follow one another by workflow_run:
// docs.github.com, "Events that trigger workflows".
const maxChain = 3

// follow starts the workflows that run after others. What starts after nothing
// is listed as not started.
func (sim *simulation) follow(runs []*run, waiting []*workflow) {
	started := map[*workflow]bool{}
	for range maxChain {
		var next []*run
		for _, before := range runs {
			for _, w := range sim.files {
				if r := sim.after(w, before); r != nil {
					started[w] = true
					r.jobs()
					next = append(next, r)
				}
			}
		}
		runs = next
	}
	for _, w := range waiting {
		if !started[w] {
			t, _ := w.trigger("workflow_run")
			r := sim.begin(w)
			r.started = w.because(no, t.line, "on workflow_run, after %s, and no such workflow starts", plain(t.with.get("workflows")))
			r.jobs()
		}
	}
}

// after makes the run of a workflow that follows another run, nil if none does.
func (sim *simulation) after(w *workflow, before *run) *run {
	t, ok := w.trigger("workflow_run")
	if !ok || before.started.is == no || sim.room <= 0 || len(w.refused) > 0 ||
		!slices.Contains(t.with.get("workflows").texts(), before.wf.name) {
		return nil
	}
	u := &upstream{name: before.wf.name, event: before.on.What, branch: before.branch(), conclusion: before.conclusion()}
	types := t.with.get("types").texts()
	if len(types) > 0 && !slices.Contains(types, "completed") {
		u.conclusion = exprValue{} // it starts before the other one has ended
	}
	on := occasion{Event: sim.event, workflow: w.name, upstream: u}
	on.What, on.Ref, on.Message = "workflow_run", "", ""
	if sim.event.DefaultBranch != "" {
		on.Ref = "refs/heads/" + sim.event.DefaultBranch
	}
	started := before.started.and(w.because(yes, t.line, "on workflow_run, after %s (%s)", before.wf.name, before.wf.file)).and(w.chainBranches(t, u))
	return &run{sim: sim, wf: w, on: on, started: started, judged: map[string]verdict{}}
}

// branch is the branch that a run was started for. What it is for a tag, the
// documentation does not say.
func (r *run) branch() exprValue {
	if kind, name := refParts(r.on.Ref); kind == "branch" {
		return textValue(name)
	}
	return exprValue{}
}

// conclusion is how a run ends if all that runs passes.
func (r *run) conclusion() exprValue {
	best := no
	for _, j := range r.wf.root.get("jobs").pairs() {
		best = max(best, r.judge(j.key).is)
	}
	switch best {
	case yes:
		return textValue("success")
	case no:
		return textValue("skipped")
	}
	return exprValue{}
}

func (w *workflow) chainBranches(t trigger, u *upstream) verdict {
	only, ignore := t.with.get("branches"), t.with.get("branches-ignore")
	asked := t.with.get("branches", "branches-ignore")
	switch {
	case !asked.ok():
		return verdict{is: yes}
	case !u.branch.known():
		return w.because(maybe, asked.line(), "only for certain branches: %s. What counts as the branch of a tag is not documented", plain(asked))
	case only.ok() && !matchGitHub(only.texts(), u.branch.text), ignore.ok() && matchGitHub(ignore.texts(), u.branch.text):
		return w.because(no, asked.line(), "branch %s is not among those of the workflow before it: %s", u.branch.text, plain(asked))
	}
	return w.because(yes, asked.line(), "for branch %s", u.branch.text)
}
