package citest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

// jobs come with their total from Gitea, and as a bare list from Forgejo.
func (g giteaAPI) jobs(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	all := []doc{}
	for _, j := range b.jobs {
		all = append(all, g.renderJob(r.Context(), b, j))
	}
	if g.kind == ForgejoRuns {
		writeJSON(w, http.StatusOK, all)
		return
	}
	writeJSON(w, http.StatusOK, doc{"jobs": g.cut(w, r, all), "total_count": len(all)})
}

func (g giteaAPI) renderJob(ctx context.Context, b *build, j *job) doc {
	if g.kind == ForgejoRuns {
		return doc{
			"id": j.id, "attempt": b.attempt, "handle": "h" + j.number, "repo_id": 1, "owner_id": 1, "name": j.script.Name, "needs": nil,
			"runs_on": []string{"docker"}, "task_id": j.id + 1000, "status": taskState(ctx, j.state),
		}
	}
	status, conclusion := giteaState(ctx, j.state)
	steps := []doc{}
	for i, name := range []string{"Set up job", "Run " + j.script.Name, "Complete job"} {
		if !j.started.IsZero() {
			steps = append(steps, doc{"name": name, "number": i, "status": status, "conclusion": conclusion, "started_at": epoch(j.started), "completed_at": epoch(j.ended)})
		}
	}
	return doc{
		"id": j.id, "run_id": b.id, "html_url": fmt.Sprintf("%s/jobs/%d", g.page(b), j.id), "name": j.script.Name, "labels": []string{"ubuntu-latest"},
		"run_attempt": b.attempt, "head_sha": b.sha, "status": status, "conclusion": conclusion, "steps": steps,
		"created_at": epoch(b.created), "started_at": epoch(j.started), "completed_at": epoch(j.ended),
	}
}

// tasks are the jobs that a runner took up.
func (g giteaAPI) tasks(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for i := len(g.s.builds) - 1; i >= 0; i-- {
		b := g.s.builds[i]
		for _, j := range b.jobs {
			if b.provider != onGitea || !j.state.Final() && j.state != ci.StateRunning {
				continue
			}
			all = append(all, doc{
				"id": j.id, "name": j.script.Name, "head_branch": shortName(b.ref), "head_sha": b.sha, "run_number": b.number, "event": b.event,
				"display_title": "a commit", "status": taskState(r.Context(), j.state), "workflow_id": b.path[strings.LastIndex(b.path, "/")+1:], "url": g.page(b),
				"created_at": epoch(b.created), "updated_at": epoch(b.updated()), "run_started_at": epoch(j.started),
			})
		}
	}
	writeJSON(w, http.StatusOK, doc{"workflow_runs": g.cut(w, r, all), "total_count": len(all)})
}

// status is what the jobs of Actions report of a commit, each under its own context.
func (g giteaAPI) status(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, b := range g.s.builds {
		for i, j := range b.jobs {
			if b.provider != onGitea || b.sha != r.PathValue("ref") {
				continue
			}
			all = append(all, doc{
				"id": j.id, "status": statusWord(r.Context(), j.state), "target_url": fmt.Sprintf("/%s/actions/runs/%d/jobs/%d", g.s.o.Slug, b.number, i),
				"description": "", "context": b.name + " / " + j.script.Name + " (" + b.event + ")", "creator": doc{"login": b.by},
				"created_at": epoch(b.created), "updated_at": epoch(b.updated()),
			})
		}
	}
	page := g.cut(w, r, all)
	if len(all) == 0 {
		writeJSON(w, http.StatusOK, doc{"state": "", "sha": "", "total_count": 0, "statuses": nil, "repository": nil})
		return
	}
	writeJSON(w, http.StatusOK, doc{"state": "pending", "sha": r.PathValue("ref"), "total_count": len(page), "statuses": page})
}

func statusWord(ctx context.Context, s ci.State) string {
	if odd := stateIn(ctx); odd != "" {
		return odd
	}
	switch s {
	case ci.StatePassed, ci.StateSkipped:
		return "success"
	case ci.StateFailed, ci.StateErrored, ci.StateCancelled:
		return "failure"
	}
	return "pending"
}

func (g giteaAPI) rerun(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	failed := strings.HasSuffix(r.URL.Path, "-failed-jobs")
	switch {
	case b == nil:
	case !b.state.Final():
		writeJSON(w, http.StatusBadRequest, doc{"message": "this workflow run is not done"})
	case failed && b.state.Good():
		writeJSON(w, http.StatusBadRequest, doc{"message": "this workflow run has no failed jobs to re-run"})
	default:
		g.s.restart(b, failed)
		writeJSON(w, http.StatusCreated, g.render(r.Context(), b))
	}
}

func (g giteaAPI) cancel(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	switch {
	case b == nil:
	case b.state.Final():
		g.refuse(w, http.StatusConflict)
	default:
		g.s.cancel(b)
		if g.kind == ForgejoRuns {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		writeJSON(w, http.StatusOK, g.render(r.Context(), b))
	}
}

// repository answers for the slug; one that was renamed is sent on to its new name.
func (g giteaAPI) repository(w http.ResponseWriter, r *http.Request) {
	h, slug := g.s.hostedNow(), r.PathValue("owner")+"/"+r.PathValue("repo")
	if h.Renamed != "" && slug != h.Renamed {
		http.Redirect(w, r, "/api/v1/repos/"+h.Renamed, http.StatusTemporaryRedirect)
		return
	}
	d := h.named(slug)
	d["private"], d["html_url"], d["default_branch"], d["has_actions"] = !g.s.o.Token.IsZero(), g.s.o.UI+"/"+slug, "main", g.kind != GiteaNothing
	d["archived"], d["fork"], d["parent"] = h.Archived, h.Parent != "", nil
	if h.Parent != "" {
		d["parent"] = h.named(h.Parent)
	}
	d["permissions"] = doc{"admin": false, "push": r.Header.Get("Authorization") != "" && !h.ReadOnly, "pull": true}
	writeJSON(w, http.StatusOK, d)
}

// rules are shown to who may write; Protected says which there are.
func (g giteaAPI) rules(w http.ResponseWriter, r *http.Request) {
	h := g.s.hostedNow()
	if h.ReadOnly {
		g.refuse(w, http.StatusForbidden)
		return
	}
	branches, tags := []doc{}, []doc{}
	for i, p := range h.Protected {
		if tag, ok := strings.CutPrefix(p, "refs/tags/"); ok {
			tags = append(tags, doc{"id": i, "name_pattern": tag, "whitelist_usernames": []string{}, "whitelist_teams": []string{}})
			continue
		}
		branches = append(branches, doc{
			"branch_name": "", "rule_name": strings.TrimPrefix(p, "refs/heads/"), "priority": i, "enable_push": false, "enable_push_whitelist": false,
			"push_whitelist_usernames": []string{}, "push_whitelist_teams": []string{}, "created_at": epoch(g.s.o.Now()),
		})
	}
	if strings.HasSuffix(r.URL.Path, "/tag_protections") {
		branches = tags
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(branches)))
	writeJSON(w, http.StatusOK, branches)
}
