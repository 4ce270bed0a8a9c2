package citest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// GitHub serves the REST API, at the root.
func (s *Server) GitHub() http.Handler {
	g := githubAPI{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repos/{owner}/{repo}", g.repository)
	mux.HandleFunc("GET /repositories/"+repositoryID, g.byID)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/runs", g.runs)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/runs/{id}", g.run)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/runs/{id}/jobs", g.jobs)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/runs/{id}/pending_deployments", g.pending)
	mux.HandleFunc("POST /repos/{owner}/{repo}/actions/runs/{id}/cancel", g.cancel)
	mux.HandleFunc("GET /repos/{owner}/{repo}/rules/branches/{branch...}", g.branchRules)
	mux.HandleFunc("GET /repos/{owner}/{repo}/rulesets", g.rulesetList)
	mux.HandleFunc("GET /repos/{owner}/{repo}/rulesets/{id}", g.oneRuleset)
	g.environmentRoutes(mux)
	g.pullRoutes(mux)
	g.releaseRoutes(mux)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/runs/{id}/artifacts", g.artifacts)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/artifacts/{id}/zip", g.artifact)
	g.dispatchRoutes(mux)
	mux.HandleFunc("POST /repos/{owner}/{repo}/actions/runs/{id}/rerun", g.rerun)
	mux.HandleFunc("POST /repos/{owner}/{repo}/actions/runs/{id}/rerun-failed-jobs", g.rerun)
	mux.HandleFunc("GET /repos/{owner}/{repo}/actions/jobs/{id}/logs", g.logs)
	mux.HandleFunc("GET /repos/{owner}/{repo}/commits/{rest...}", g.commits)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { g.refuse(w, http.StatusNotFound) })
	outer := http.NewServeMux()
	outer.HandleFunc("GET /_blobs/{id}", g.blob)
	outer.HandleFunc("GET "+storePath+"{id}", s.store)
	outer.Handle("/", g.admit(mux))
	return s.counted(s.faulty(outer, g.refuse))
}

// githubAPI answers as GitHub does.
type githubAPI struct{ s *Server }

// refuse writes the error document that belongs to a status.
func (githubAPI) refuse(w http.ResponseWriter, status int) {
	text := http.StatusText(status)
	switch status {
	case http.StatusUnauthorized:
		text = "Bad credentials"
	case http.StatusForbidden:
		text = "Resource not accessible by personal access token"
	case http.StatusTooManyRequests:
		text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	}
	writeJSON(w, status, doc{"message": text, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

// admit refuses what the real service would: no name, a wrong token, another repository.
func (g githubAPI) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		g.s.mu.Lock()
		granted := g.s.limits.spend(w, r, g.s.o.Now())
		g.s.mu.Unlock()
		switch {
		case !granted:
			writeJSON(w, http.StatusForbidden, doc{"message": "API rate limit exceeded for 127.0.0.1.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"})
		case ownName(r) != nil:
			http.Error(w, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header", http.StatusForbidden)
		case auth != "" && !g.s.admits(auth, "Bearer ") && !g.s.admits(auth, "token "):
			g.refuse(w, http.StatusUnauthorized)
		case auth == "" && !g.s.o.Token.IsZero():
			g.refuse(w, http.StatusNotFound) // private things are hidden
		case r.URL.Path != "/repositories/"+repositoryID && !strings.HasPrefix(r.URL.Path+"/", "/repos/"+g.s.o.Slug+"/"):
			g.refuse(w, http.StatusNotFound)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// answer writes a document with its ETag, or says that it has not changed.
// The caller holds the lock.
func (g githubAPI) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(body)
	etag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		g.s.limits.unspent(w, r)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func (g githubAPI) runs(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, b := range slices.Backward(g.s.builds) {
		if b.provider == onGitHub && (!q.Has("branch") || shortName(b.ref) == q.Get("branch")) &&
			(!q.Has("head_sha") || b.sha == q.Get("head_sha")) && (!q.Has("event") || b.event == q.Get("event")) {
			all = append(all, g.render(r.Context(), b))
		}
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "workflow_runs": page})
}

// paged cuts a page out of a list, and names the next one in the Link header.
func paged(w http.ResponseWriter, r *http.Request, all []doc) []doc {
	q := r.URL.Query()
	size := min(number(q, "per_page", 30), 100)
	page := max(number(q, "page", 1), 1)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	if to < len(all) {
		q.Set("page", strconv.Itoa(page+1))
		next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
		w.Header().Set("Link", "<"+next.String()+`>; rel="next"`)
	}
	return all[from:to]
}

func (g githubAPI) render(ctx context.Context, b *build) doc {
	status, conclusion := githubState(ctx, b.state)
	web := g.s.o.UI + "/" + g.s.o.Slug + "/actions/runs/" + strconv.FormatInt(b.id, 10)
	who, begun := b.by, b.created
	if b.attempt-b.earlier > 1 {
		who, begun = b.againBy, b.again
	}
	return g.below(b, doc{
		"id": b.id, "name": b.name, "path": b.path, "head_branch": shortName(b.ref), "head_sha": b.sha, "event": b.event,
		"status": status, "conclusion": conclusion, "run_number": b.number, "run_attempt": b.attempt - b.earlier, "html_url": web,
		"created_at": moment(b.created), "updated_at": moment(b.updated()), "run_started_at": moment(begun),
		"actor": user(b.by), "triggering_actor": user(who),
	})
}

func (b *build) updated() time.Time {
	for _, t := range []time.Time{b.ended, b.started} {
		if !t.IsZero() {
			return t
		}
	}
	return b.created
}

// githubState is GitHub's pair of words for a state.
func githubState(ctx context.Context, s ci.State) (status string, conclusion any) {
	if odd := stateIn(ctx); odd != "" {
		return odd, nil
	}
	switch s {
	case ci.StateQueued:
		return "queued", nil
	case ci.StateApproval:
		return "waiting", nil
	case ci.StateRunning:
		return "in_progress", nil
	case ci.StatePassed:
		return "completed", "success"
	case ci.StateFailed:
		return "completed", "failure"
	case ci.StateErrored:
		return "completed", "timed_out"
	}
	return "completed", string(s) // cancelled, skipped, and conclusions as they stand
}

// wanted gives the run that a path names. It writes a refusal and returns nil
// if there is none. The caller holds the lock.
func (g githubAPI) wanted(w http.ResponseWriter, r *http.Request) *build {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if b := g.s.find(id); err == nil && b != nil && b.provider == onGitHub {
		return b
	}
	g.refuse(w, http.StatusNotFound)
	return nil
}

func (g githubAPI) run(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if b := g.wanted(w, r); b != nil {
		g.answer(w, r, g.render(r.Context(), b))
	}
}

func (g githubAPI) jobs(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	all := []doc{}
	for _, j := range b.jobs {
		status, conclusion := githubState(r.Context(), j.state)
		started := j.started
		if started.IsZero() {
			started = b.created // GitHub fills the field of a job that waits
		}
		all = append(all, g.jobPlace(b, j, doc{
			"id": j.id, "run_id": b.id, "run_attempt": b.attempt - b.earlier, "name": j.script.Name, "head_sha": b.sha, "status": status, "conclusion": conclusion,
			"created_at": moment(b.created), "started_at": moment(started), "completed_at": moment(j.ended), "steps": renderSteps(r.Context(), j),
			"html_url": fmt.Sprintf("%s/%s/actions/runs/%d/job/%d", g.s.o.UI, g.s.o.Slug, b.id, j.id),
		}))
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "jobs": page})
}

// pending says who must let a run go on.
func (g githubAPI) pending(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	out := []doc{}
	if a := b.approval; a != nil {
		out = append(out, doc{
			"environment": doc{"id": 1, "name": a.Environment}, "wait_timer": 0, "wait_timer_started_at": nil, "current_user_can_approve": true,
			"reviewers": []doc{{"type": "User", "reviewer": user(a.By)}},
		})
	}
	writeJSON(w, http.StatusOK, out)
}

func (g githubAPI) rerun(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	failedOnly := strings.HasSuffix(r.URL.Path, "-failed-jobs")
	switch {
	case b == nil:
	case r.Header.Get("Authorization") == "":
		g.refuse(w, http.StatusUnauthorized)
	case !b.state.Final():
		writeJSON(w, http.StatusForbidden, doc{"message": "This workflow is already running"})
	case failedOnly && b.state.Good():
		writeJSON(w, http.StatusForbidden, doc{"message": "This workflow run cannot be retried"})
	default:
		g.s.restart(b, failedOnly)
		writeJSON(w, http.StatusCreated, doc{})
	}
}

func (g githubAPI) cancel(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	switch {
	case b == nil:
	case r.Header.Get("Authorization") == "":
		g.refuse(w, http.StatusUnauthorized)
	case b.state.Final():
		writeJSON(w, http.StatusConflict, doc{"message": "Cannot cancel a workflow run that is completed."})
	default:
		g.s.cancel(b)
		writeJSON(w, http.StatusAccepted, doc{})
	}
}

// renderSteps are those that were given with the job, or what a runner makes of
// a job by itself.
func renderSteps(ctx context.Context, j *job) []doc {
	steps := j.steps
	if steps == nil && !j.started.IsZero() {
		steps = []ci.Step{{Name: "Set up job", State: ci.StatePassed, Started: j.started, Ended: j.started}, {Name: "Run " + j.script.Name, State: j.state, Started: j.started, Ended: j.ended}}
	}
	out := []doc{}
	for i, s := range steps {
		status, conclusion := githubState(ctx, s.State)
		if s.State == ci.StateApproval {
			status = "queued" // of a step there is nothing else to say
		}
		out = append(out, doc{"name": s.Name, "status": status, "conclusion": conclusion, "number": i + 1, "started_at": moment(s.Started), "completed_at": moment(s.Ended)})
	}
	return out
}
