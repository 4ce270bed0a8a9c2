package citest

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// onGitea is the service whose builds it is.
const onGitea = "gitea"

// Gitea says which of the servers that speak its API a Server is.
type Gitea string

// The servers. An older one does not find what newer ones have.
const (
	GiteaRuns    Gitea = "gitea"    // lists runs and jobs with steps, reruns and cancels
	ForgejoRuns  Gitea = "forgejo"  // lists runs and jobs in its own words, cancels
	GiteaTasks   Gitea = "tasks"    // lists what runners took up
	GiteaNothing Gitea = "statuses" // knows the statuses of commits alone
)

// Gitea serves the REST API of a Gitea or Forgejo, at the root.
func (s *Server) Gitea(kind Gitea) http.Handler {
	g := giteaAPI{s, kind}
	mux := http.NewServeMux()
	const repo = "/api/v1/repos/{owner}/{repo}"
	only := func(h http.HandlerFunc, kinds ...Gitea) http.HandlerFunc {
		if slices.Contains(kinds, kind) {
			return h
		}
		return func(w http.ResponseWriter, _ *http.Request) { g.refuse(w, http.StatusNotFound) }
	}
	mux.HandleFunc("GET "+repo, g.repository)
	mux.HandleFunc("GET "+repo+"/actions/runs", only(g.runs, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("GET "+repo+"/actions/runs/{id}", only(g.run, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("GET "+repo+"/actions/runs/{id}/jobs", only(g.jobs, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("GET "+repo+"/actions/jobs/{id}/logs", only(g.logs, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("POST "+repo+"/actions/runs/{id}/rerun", only(g.rerun, GiteaRuns))
	mux.HandleFunc("POST "+repo+"/actions/runs/{id}/rerun-failed-jobs", only(g.rerun, GiteaRuns))
	mux.HandleFunc("POST "+repo+"/actions/runs/{id}/cancel", only(g.cancel, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("POST "+repo+"/actions/workflows/{file}/dispatches", only(g.dispatch, GiteaRuns, ForgejoRuns))
	mux.HandleFunc("GET "+repo+"/actions/tasks", only(g.tasks, GiteaRuns, ForgejoRuns, GiteaTasks))
	mux.HandleFunc("GET "+repo+"/commits/{ref}/status", g.status)
	g.pullRoutes(mux, repo)
	g.releaseRoutes(mux, repo)
	mux.HandleFunc("GET "+repo+"/branch_protections", g.rules)
	mux.HandleFunc("GET "+repo+"/tag_protections", g.rules)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { g.refuse(w, http.StatusNotFound) })
	mux.HandleFunc("GET "+repo+"/actions/runs/{id}/artifacts", only(g.artifacts, GiteaRuns))
	mux.HandleFunc("GET "+repo+"/actions/artifacts/{id}/zip", only(g.artifact, GiteaRuns))
	outer := http.NewServeMux()
	outer.HandleFunc("GET "+storePath+"{id}", s.store)
	outer.Handle("/", g.admit(mux))
	return s.faulty(outer, g.refuse)
}

// giteaAPI answers as Gitea and Forgejo do.
type giteaAPI struct {
	s    *Server
	kind Gitea
}

// refuse writes the error document that belongs to a status.
func (giteaAPI) refuse(w http.ResponseWriter, status int) {
	text := map[int]string{
		http.StatusUnauthorized: "invalid username, password or token", http.StatusForbidden: "user should be an owner or a collaborator with admin write of a repository",
		http.StatusNotFound: "The target couldn't be found.", http.StatusConflict: "run is already completed",
	}[status]
	writeJSON(w, status, doc{"message": text, "url": "https://gitea.example.test/api/swagger"})
}

// admit refuses what the real server would: a wrong token, another repository.
func (g giteaAPI) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		switch {
		case auth != "" && !g.s.admits(auth, "token ") && !g.s.admits(auth, "Bearer "):
			g.refuse(w, http.StatusUnauthorized)
		case auth == "" && (r.Method != http.MethodGet || strings.HasSuffix(r.URL.Path, "_protections")):
			g.refuse(w, http.StatusUnauthorized)
		case auth == "" && !g.s.o.Token.IsZero():
			g.refuse(w, http.StatusNotFound) // private things are hidden
		case !strings.HasPrefix(r.URL.Path+"/", "/api/v1/repos/"+g.s.o.Slug+"/") && r.URL.Path != "/api/v1/repos/"+g.s.hostedNow().Renamed:
			g.refuse(w, http.StatusNotFound)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) hostedNow() Hosted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosted
}

// cut takes a page out of a list. No page is longer than fifty.
func (g giteaAPI) cut(w http.ResponseWriter, r *http.Request, all []doc) []doc {
	size := min(max(number(r.URL.Query(), "limit", 30), 1), 50)
	page := max(number(r.URL.Query(), "page", 1), 1)
	w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
	return all[min((page-1)*size, len(all)):min(page*size, len(all))]
}

// builds are the runs that a filter lets through, newest first. The caller holds
// the lock.
func (g giteaAPI) builds(r *http.Request) []*build {
	q := r.URL.Query()
	var out []*build
	for _, b := range slices.Backward(g.s.builds) {
		on := !q.Has("branch") || b.ref == "refs/heads/"+q.Get("branch")
		if g.kind == ForgejoRuns {
			on = !q.Has("ref") || b.ref == q.Get("ref")
		}
		if b.provider == onGitea && on && (!q.Has("head_sha") || b.sha == q.Get("head_sha")) {
			out = append(out, b)
		}
	}
	return out
}

func (g giteaAPI) runs(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, b := range g.builds(r) {
		all = append(all, g.render(r.Context(), b))
	}
	writeJSON(w, http.StatusOK, doc{"workflow_runs": g.cut(w, r, all), "total_count": len(all)})
}

// page is where people look at a run.
func (g giteaAPI) page(b *build) string {
	return g.s.o.UI + "/" + g.s.o.Slug + "/actions/runs/" + strconv.Itoa(b.number)
}

func (g giteaAPI) render(ctx context.Context, b *build) doc {
	file := b.path[strings.LastIndex(b.path, "/")+1:]
	if g.kind == ForgejoRuns {
		return doc{
			"id": b.id, "title": "a commit", "workflow_id": file, "index_in_repo": b.number, "trigger_user": doc{"login": b.by},
			"prettyref": shortName(b.ref), "commit_sha": b.sha, "event": b.event, "trigger_event": b.event, "need_approval": false,
			"event_payload": `{"ref":"` + b.ref + `","after":"` + b.sha + `"}`, "status": taskState(ctx, b.state),
			"started": epoch(b.started), "stopped": epoch(b.ended), "created": epoch(b.created), "updated": epoch(b.updated()), "html_url": g.page(b),
		}
	}
	status, conclusion := giteaState(ctx, b.state)
	branch, isBranch := strings.CutPrefix(b.ref, "refs/heads/")
	if !isBranch {
		branch = ""
	}
	return doc{
		"id": b.id, "html_url": g.page(b), "display_title": "a commit", "path": file + "@" + b.ref, "event": b.event, "run_attempt": b.attempt,
		"run_number": b.number, "head_sha": b.sha, "head_branch": branch, "status": status, "conclusion": conclusion,
		"started_at": epoch(b.started), "completed_at": epoch(b.ended), "actor": doc{"login": b.by}, "trigger_actor": doc{"login": cmp.Or(b.againBy, b.by)},
	}
}

// epoch is how what has not happened is dated.
func epoch(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(time.RFC3339)
}

// giteaState is the pair of words for a state. What waits is queued there.
func giteaState(ctx context.Context, s ci.State) (status, conclusion string) {
	if odd := stateIn(ctx); odd != "" {
		return odd, ""
	}
	switch s {
	case ci.StateQueued:
		return "queued", ""
	case ci.StateApproval:
		return "waiting", ""
	case ci.StateRunning:
		return "in_progress", ""
	}
	return "completed", taskState(ctx, s)
}

// taskState is the one word that Forgejo has, and the list of tasks.
func taskState(ctx context.Context, s ci.State) string {
	if odd := stateIn(ctx); odd != "" {
		return odd
	}
	switch s {
	case ci.StateQueued:
		return "waiting"
	case ci.StateApproval:
		return "blocked"
	case ci.StatePassed:
		return "success"
	case ci.StateFailed, ci.StateErrored:
		return "failure"
	}
	return string(s) // running, cancelled, skipped
}

// wanted gives the run that a path names. It writes a refusal and returns nil
// if there is none. The caller holds the lock.
func (g giteaAPI) wanted(w http.ResponseWriter, r *http.Request) *build {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if b := g.s.find(id); err == nil && b != nil && b.provider == onGitea {
		return b
	}
	g.refuse(w, http.StatusNotFound)
	return nil
}

func (g giteaAPI) run(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if b := g.wanted(w, r); b != nil {
		writeJSON(w, http.StatusOK, g.render(r.Context(), b))
	}
}

func (g giteaAPI) logs(w http.ResponseWriter, r *http.Request) {
	log, ok := g.log(r.PathValue("id"))
	if !ok {
		g.refuse(w, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(log))
}

// log is what a job has printed so far, if a runner has taken it up.
func (g giteaAPI) log(number string) (log []byte, ok bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	id, err := strconv.ParseInt(number, 10, 64)
	b, j := g.s.findJob(id)
	if err != nil || j == nil || b.provider != onGitea || j.started.IsZero() && !j.state.Final() {
		return nil, false
	}
	return bytes.Clone(j.log), true
}
