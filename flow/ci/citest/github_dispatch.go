package citest

import "net/http"

func (g githubAPI) dispatchRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /repos/{owner}/{repo}/actions/workflows/{file}/dispatches", g.writing(g.dispatch))
}

// dispatch starts a workflow. A token with admin rights is told why not.
func (g githubAPI) dispatch(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Ref    string
		Inputs map[string]string
	}
	read := strictly(r, &b)
	m, found := g.s.manual(onGitHub, r.PathValue("file"), b.Ref)
	_, at := g.s.tip(b.Ref)
	switch {
	case g.host().ReadOnly:
		g.refuse(w, http.StatusForbidden)
	case !read || b.Ref == "":
		g.unprocessed(w, `Invalid request. "ref" wasn't supplied.`)
	case at == "":
		g.unprocessed(w, "No ref found for: "+b.Ref)
	case !found:
		g.refuse(w, http.StatusNotFound)
	case m == nil:
		g.unprocessed(w, "Workflow does not have 'workflow_dispatch' trigger")
	case m.Wrong(b.Inputs) != "":
		g.unprocessed(w, m.Wrong(b.Inputs))
	default:
		g.s.begin(m, eventDispatch)
		w.WriteHeader(http.StatusNoContent)
	}
}

// eventDispatch is what Actions call a build that was asked for.
const eventDispatch = "workflow_dispatch"

func (githubAPI) unprocessed(w http.ResponseWriter, text string) {
	writeJSON(w, http.StatusUnprocessableEntity, doc{"message": text, "documentation_url": api, "status": "422"})
}
