package citest

import "net/http"

// dispatch starts a workflow: go-gitea/gitea services/actions/workflow.go.
func (g giteaAPI) dispatch(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Ref    string
		Inputs map[string]string
	}
	read := strictly(r, &b)
	m, found := g.s.manual(onGitea, r.PathValue("file"), b.Ref)
	_, at := g.s.tip(b.Ref)
	switch {
	case g.s.hostedNow().ReadOnly:
		g.say(w, http.StatusForbidden, "user should have a permission to write to a repo")
	case !read || b.Ref == "":
		g.say(w, http.StatusUnprocessableEntity, "[Ref]: Required")
	case at == "" || !found:
		g.refuse(w, http.StatusNotFound)
	case m == nil || m.Wrong(b.Inputs) != "" && g.kind == ForgejoRuns:
		g.say(w, http.StatusBadRequest, "the workflow takes no such start")
	default: // Gitea takes what is given, and fills in what is not
		g.s.begin(m, eventDispatch)
		w.WriteHeader(http.StatusNoContent)
	}
}
