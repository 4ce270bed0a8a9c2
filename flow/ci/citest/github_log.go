package citest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

// logs sends to the store of logs, once the job has ended.
func (g githubAPI) logs(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	b, j := g.s.findJob(id)
	if r.Header.Get("Authorization") == "" { // also of a public repository
		writeJSON(w, http.StatusForbidden, doc{"message": "Must have admin rights to Repository.", "documentation_url": "https://docs.github.com/rest/actions/workflow-jobs", "status": "403"})
		return
	}
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

// commits serves what is said of a commit, whose name may be a ref with slashes.
func (g githubAPI) commits(w http.ResponseWriter, r *http.Request) {
	rest := r.PathValue("rest")
	for end, serve := range map[string]http.HandlerFunc{"/check-runs": g.checks, "/status": g.status} {
		if ref, ok := strings.CutSuffix(rest, end); ok {
			r.SetPathValue("ref", ref)
			serve(w, r)
			return
		}
	}
	g.refuse(w, http.StatusNotFound)
}

// escapeMarkdown is Travis' own way.
func escapeMarkdown(s string) string {
	return regexp.MustCompile(`[<>*/\\'_\[\]#~]`).ReplaceAllString(s, `\$0`)
}

// checks shows the jobs of Actions, and the builds of Travis as its GitHub app
// reports them: a build that errored "requires action".
func (g githubAPI) checks(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	at, ok := g.commit(r.PathValue("ref"))
	if !ok {
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "No commit found for SHA: " + r.PathValue("ref")})
		return
	}
	all := []doc{}
	for _, b := range g.s.builds {
		if b.sha != at {
			continue
		}
		status, conclusion := githubState(r.Context(), b.state)
		name, from := b.name, app("github-actions", "GitHub Actions")
		if b.provider == onTravis {
			name, from = "Travis CI - Branch", app("travis-ci", "Travis CI")
			if b.state == ci.StateErrored {
				conclusion = "action_required"
			}
		}
		all = append(all, doc{
			"id": b.id, "head_sha": b.sha, "external_id": strconv.FormatInt(b.id, 10), "name": name, "app": from, "status": status, "conclusion": conclusion,
			"node_id": "CR_1", "url": api + "/check-runs/1", "html_url": api + "/runs/1", "check_suite": doc{"id": 1}, "pull_requests": []doc{}, "output": checkOutput(b),
			"details_url": g.s.o.UI + "/builds/" + strconv.FormatInt(b.id, 10), "started_at": moment(b.created), "completed_at": moment(b.ended),
		})
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "check_runs": page})
}

// commit is what a ref or a commit's name stands for. The caller holds the lock.
func (g githubAPI) commit(name string) (sha string, ok bool) {
	if strings.HasPrefix(name, "heads/") || strings.HasPrefix(name, "tags/") {
		sha, ok = g.s.refs["refs/"+name]
		return sha, ok
	}
	return name, true
}

// checkOutput is what an app writes below its check. Travis names the branch
// there and nowhere else.
func checkOutput(b *build) doc {
	out := doc{"title": nil, "summary": nil, "text": nil, "annotations_count": 0, "annotations_url": "https://api.github.com/annotations"}
	if b.provider == onTravis {
		out["title"], out["summary"] = "Build", "The build"
		out["text"] = "This is a normal build for the " + escapeMarkdown(shortName(b.ref)) + " branch. You should be able to reproduce it by checking out the branch locally."
	}
	return out
}

// status is the combined status. Nothing here reports any, and GitHub calls
// that pending.
func (g githubAPI) status(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.answer(w, r, doc{
		"state": "pending", "total_count": 0, "sha": r.PathValue("ref"), "statuses": []doc{}, "repository": g.mention(),
		"url": api + "/repos/" + g.s.o.Slug + "/commits/x/status", "commit_url": api + "/repos/" + g.s.o.Slug + "/commits/x",
	})
}
