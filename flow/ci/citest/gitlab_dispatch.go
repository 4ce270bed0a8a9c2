package citest

import "net/http"

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
	g.s.begin(m, eventAPI)
	if made := g.s.newest(onGitLab); made != nil && made.event == eventAPI {
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		writeJSON(w, http.StatusCreated, g.whole(r.Context(), made))
		return
	}
	writeJSON(w, http.StatusBadRequest, doc{"message": doc{"base": []string{"Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline."}}})
}

func (g gitlabAPI) mayStart(w http.ResponseWriter, r *http.Request) bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.contributes(w, r)
}
