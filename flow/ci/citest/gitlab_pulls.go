package citest

import (
	"cmp"
	"net/http"
	"strconv"

	"ferry/flow/ci"
)

// mergeRequestState is GitLab's word.
func mergeRequestState(s ci.RequestState) string {
	if s == ci.RequestOpen {
		return "opened"
	}
	return string(s)
}

func (g gitlabAPI) mergeRequests(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !valid(w, q, "state", "opened", "closed", "locked", "merged", "all") {
		return
	}
	state := cmp.Or(q.Get("state"), "all")
	all := []doc{}
	for _, p := range g.s.shownPulls("", true) {
		if (state == "all" || mergeRequestState(p.State) == state) && (!q.Has("source_branch") || q.Get("source_branch") == p.Head) && (!q.Has("target_branch") || q.Get("target_branch") == p.Base) {
			all = append(all, g.mergeRequest(p))
		}
	}
	g.list(w, r, all)
}

func (g gitlabAPI) mergeRequest(p Pull) doc {
	id, err := strconv.Atoi(projectID)
	if err != nil {
		id = 0
	}
	source := id
	if p.Fork != "" {
		source = id + 1
	}
	return doc{
		"id": 1000 + p.Number, "iid": p.Number, "project_id": id, "title": p.Title, "description": p.Body, "state": mergeRequestState(p.State),
		"source_branch": p.Head, "target_branch": p.Base, "source_project_id": source, "target_project_id": id,
		"created_at": moment(someday), "updated_at": moment(someday), "merged_at": nil, "closed_at": nil, "draft": false, "labels": []string{},
		"web_url": g.s.o.UI + "/" + g.s.o.Slug + "/-/merge_requests/" + strconv.Itoa(p.Number),
	}
}

// contributes refuses who has no token, or no part in the project.
func (g gitlabAPI) contributes(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.Header.Get("PRIVATE-TOKEN") == "":
		g.refuse(w, http.StatusUnauthorized)
	case g.s.lab.access(g.s.hosted) < 30:
		g.refuse(w, http.StatusForbidden)
	default:
		return true
	}
	return false
}

func (g gitlabAPI) createMergeRequest(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Title, Description string
		Source             string `json:"source_branch"`
		Target             string `json:"target_branch"`
	}
	if !g.contributes(w, r) {
		return
	}
	if !strictly(r, &b) || b.Title == "" || b.Source == "" || b.Target == "" {
		writeJSON(w, http.StatusBadRequest, doc{"error": "title is missing, or source_branch, or target_branch"})
		return
	}
	p := Pull{Head: b.Source, Base: b.Target, Title: b.Title, Body: b.Description}
	switch g.s.wrongPull(p) {
	case wrongHead:
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": []string{"Source branch does not exist"}})
	case wrongBase:
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": []string{"Target branch does not exist"}})
	case wrongSame:
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": []string{"You can't use same project/branch for source and target"}})
	case wrongExists:
		n := 0
		for _, o := range g.s.pulls {
			if o.State == ci.RequestOpen && o.Head == p.Head {
				n = o.Number
			}
		}
		writeJSON(w, http.StatusConflict, doc{"message": []string{"Another open merge request already exists for this source branch: !" + strconv.Itoa(n)}})
	default:
		writeJSON(w, http.StatusCreated, g.mergeRequest(*g.s.addPull(p)))
	}
}

func (g gitlabAPI) updateMergeRequest(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Event string `json:"state_event"`
	}
	if !g.contributes(w, r) {
		return
	}
	number, err := strconv.Atoi(r.PathValue("iid"))
	p := g.s.pull(number)
	switch {
	case p == nil || err != nil:
		writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
	case !strictly(r, &b) || b.Event != "close" && b.Event != "reopen":
		writeJSON(w, http.StatusBadRequest, doc{"error": "state_event does not have a valid value"})
	default:
		switch {
		case p.State == ci.RequestMerged:
		case b.Event == "close":
			p.State = ci.RequestClosed
		default:
			p.State = ci.RequestOpen
		}
		writeJSON(w, http.StatusOK, g.mergeRequest(*p))
	}
}
