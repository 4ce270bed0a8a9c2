package citest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"

	"ferry/flow/ci"
)

func (g giteaAPI) pullRoutes(mux *http.ServeMux, repo string) {
	mux.HandleFunc("GET "+repo+"/pulls", g.listPulls)
	mux.HandleFunc("POST "+repo+"/pulls", g.createPull)
	mux.HandleFunc("PATCH "+repo+"/pulls/{number}", g.updatePull)
}

// say writes an error document with the words of the case.
func (giteaAPI) say(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, doc{"message": text, "url": "https://gitea.example.test/api/swagger"})
}

// listPulls knows no filter by a branch.
func (g giteaAPI) listPulls(w http.ResponseWriter, r *http.Request) {
	state := cmp.Or(r.URL.Query().Get("state"), "open")
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, p := range g.s.shownPulls(ci.RequestState(state), state == "all") {
		all = append(all, g.pullDoc(p))
	}
	writeJSON(w, http.StatusOK, g.cut(w, r, all))
}

func (g giteaAPI) pullDoc(p Pull) doc {
	state, from := "open", 1
	if p.State != ci.RequestOpen {
		state = "closed"
	}
	if p.Fork != "" {
		from = 2
	}
	return doc{
		"id": 1000 + p.Number, "number": p.Number, "title": p.Title, "body": p.Body, "state": state, "merged": p.State == ci.RequestMerged,
		"html_url": g.s.o.UI + "/" + g.s.o.Slug + "/pulls/" + strconv.Itoa(p.Number), "user": doc{"login": "dana"},
		"head": doc{"label": p.Head, "ref": p.Head, "sha": g.s.refs["refs/heads/"+p.Head], "repo_id": from}, "base": doc{"label": p.Base, "ref": p.Base, "repo_id": 1},
	}
}

func (g giteaAPI) createPull(w http.ResponseWriter, r *http.Request) {
	var b struct{ Title, Body, Head, Base string }
	if !strictly(r, &b) {
		g.say(w, http.StatusUnprocessableEntity, "the body is not what is described")
		return
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	p := Pull{Head: b.Head, Base: b.Base, Title: b.Title, Body: b.Body}
	wrong := g.s.wrongPull(p)
	switch {
	case g.s.hosted.ReadOnly:
		g.say(w, http.StatusForbidden, "user should have a permission to write to a repo")
	case wrong == wrongHead, wrong == wrongBase:
		g.refuse(w, http.StatusNotFound)
	case wrong == wrongSame:
		g.say(w, http.StatusUnprocessableEntity, "Invalid PullRequest: There are no changes between the head and the base")
	case wrong == wrongTitle:
		g.say(w, http.StatusUnprocessableEntity, "[Title]: Required")
	case wrong == wrongExists:
		g.say(w, http.StatusConflict, fmt.Sprintf("pull request already exists for these targets [id: 1, issue_id: 1, head_repo_id: 1, base_repo_id: 1, head_branch: %s, base_branch: %s]", p.Head, p.Base))
	default:
		writeJSON(w, http.StatusCreated, g.pullDoc(*g.s.addPull(p)))
	}
}

func (g giteaAPI) updatePull(w http.ResponseWriter, r *http.Request) {
	var b struct{ State string }
	read := strictly(r, &b)
	number, err := strconv.Atoi(r.PathValue("number"))
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	p := g.s.pull(number)
	switch {
	case p == nil || err != nil:
		g.refuse(w, http.StatusNotFound)
	case g.s.hosted.ReadOnly:
		g.say(w, http.StatusForbidden, "user should have a permission to write to a repo")
	case !read || b.State != "open" && b.State != "closed":
		g.say(w, http.StatusUnprocessableEntity, "the state is not what is described")
	case p.State == ci.RequestMerged:
		g.say(w, http.StatusPreconditionFailed, "cannot change state of this pull request, it was already merged")
	default:
		p.State = ci.RequestState(b.State)
		writeJSON(w, http.StatusCreated, g.pullDoc(*p))
	}
}
