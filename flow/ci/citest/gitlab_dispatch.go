package citest

import (
	"net/http"
	"slices"

	"ferry/flow/ci/rules"
)

// eventAPI is what GitLab calls the source of a pipeline that a program asked for.
const eventAPI = "api"

// createPipeline holds no lock: the builds that it makes take it.
func (g gitlabAPI) createPipeline(w http.ResponseWriter, r *http.Request) {
	var b struct{ Ref string }
	if p := r.PathValue("project"); p != g.s.o.Slug && p != projectID {
		g.refuse(w, http.StatusNotFound)
		return
	}
	if !g.mayStart(w, r) {
		return
	}
	if !strictly(r, &b) || b.Ref == "" {
		writeJSON(w, http.StatusBadRequest, doc{"error": "ref is missing"})
		return
	}
	m, _ := g.s.manual(onGitLab, ".gitlab-ci.yml", b.Ref)
	if m == nil {
		writeJSON(w, http.StatusBadRequest, doc{"message": doc{"base": []string{"Reference not found"}}})
		return
	}
	if made := g.asked(m); made != nil {
		g.s.start(made)
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		writeJSON(w, http.StatusCreated, g.whole(r.Context(), made))
		return
	}
	writeJSON(w, http.StatusBadRequest, doc{"message": doc{"base": []string{"Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline."}}})
}

// asked is the pipeline that comes of it, with the jobs that are there for its source;
// nil if there is none.
func (g gitlabAPI) asked(m *startable) *build {
	tree, err := g.s.o.Checkout(m.sha)
	if err != nil {
		g.s.o.Log("checking out %s: %v", m.sha, err)
		return nil
	}
	p, err := rules.Predict(tree, rules.Event{What: eventDispatch, Ref: m.ref, ByAPI: &rules.ByAPI{File: m.File}})
	if err != nil || !slices.ContainsFunc(p.Jobs, func(j rules.Job) bool { return j.Provider == onGitLab && j.Runs != rules.No }) {
		return nil
	}
	b := &build{provider: onGitLab, ref: m.ref, sha: m.sha, event: eventAPI, name: "GitLab CI", path: m.File, by: "dana"}
	for _, j := range p.Deploying(rules.Yes) {
		for _, u := range j.Uploads {
			b.deploys = append(b.deploys, rules.Deploy{Provider: onGitLab, File: u.File, Line: u.Line, Job: j.Name, Index: u.Index, Distributions: u.Distributions, Trusted: u.Trusted, Dispatch: true})
		}
	}
	return b
}

func (g gitlabAPI) mayStart(w http.ResponseWriter, r *http.Request) bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.contributes(w, r)
}
