package citest

import (
	"net/http"
	"strconv"

	"ferry/flow/ci"
)

// logs sends to the store of logs, once the job has ended.
func (g githubAPI) logs(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	b, j := g.s.findJob(id)
	if err != nil || j == nil || b.provider != onGitHub || !j.state.Final() {
		g.refuse(w, http.StatusNotFound)
		return
	}
	w.Header().Set("Location", "http://"+r.Host+"/_blobs/"+r.PathValue("id")+"?sig=for-a-minute")
	w.WriteHeader(http.StatusFound)
}

// blob is the store, which is somebody else's: it refuses a request that
// bears a token.
func (g githubAPI) blob(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	_, j := g.s.findJob(id)
	switch {
	case r.Header.Get("Authorization") != "":
		http.Error(w, "InvalidAuthenticationInfo", http.StatusBadRequest)
	case err != nil || j == nil || r.URL.Query().Get("sig") == "":
		http.Error(w, "BlobNotFound", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(append([]byte("\ufeff"), j.log...)) // the client may be gone
	}
}

// checks shows the jobs of Actions, and the builds of Travis as its GitHub app
// reports them: a build that errored "requires action".
func (g githubAPI) checks(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, b := range g.s.builds {
		if b.sha != r.PathValue("ref") {
			continue
		}
		status, conclusion := githubState(r.Context(), b.state)
		name, app := b.name, doc{"slug": "github-actions", "name": "GitHub Actions"}
		if b.provider == onTravis {
			name, app = "Travis CI - Branch", doc{"slug": "travis-ci", "name": "Travis CI"}
			if b.state == ci.StateErrored {
				conclusion = "action_required"
			}
		}
		all = append(all, doc{
			"id": b.id, "head_sha": b.sha, "external_id": strconv.FormatInt(b.id, 10), "name": name, "app": app, "status": status, "conclusion": conclusion,
			"details_url": g.s.o.UI + "/builds/" + strconv.FormatInt(b.id, 10), "started_at": moment(b.created), "completed_at": moment(b.ended),
		})
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "check_runs": page})
}

// status is the combined status. Nothing here reports any, and GitHub calls
// that pending.
func (g githubAPI) status(w http.ResponseWriter, r *http.Request) {
	g.answer(w, r, doc{"state": "pending", "total_count": 0, "sha": r.PathValue("ref"), "statuses": []doc{}})
}
