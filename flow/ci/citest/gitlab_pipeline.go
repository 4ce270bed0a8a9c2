package citest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

// gitlabBuild is what a build has on GitLab alone.
type gitlabBuild struct {
	past    []*job // attempts that were retried
	bridges []bridge
}

// bridge is a job that started another pipeline.
type bridge struct {
	id   int64
	name string
	to   *build
}

// AddChild puts a build there that a job of another one started, and gives its id.
func (s *Server) AddChild(parent, job string, b Build) string {
	b.Provider, b.Event = onGitLab, "parent_pipeline"
	id := s.AddBuild(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	from, _ := strconv.ParseInt(parent, 10, 64)
	to, _ := strconv.ParseInt(id, 10, 64)
	if up := s.find(from); up != nil {
		up.lab.bridges = append(up.lab.bridges, bridge{s.id(), job, s.find(to)})
	}
	return id
}

// info is a pipeline as lists show it.
func (g gitlabAPI) info(ctx context.Context, b *build) doc {
	status, _ := gitlabState(ctx, b.state)
	return doc{
		"id": b.id, "iid": b.number, "project_id": 278964, "sha": b.sha, "ref": gitlabRef(b.ref), "status": status, "source": b.event, "name": nil,
		"created_at": moment(b.created), "updated_at": moment(b.updated()), "web_url": g.page(fmt.Sprintf("/pipelines/%d", b.id)),
	}
}

func (g gitlabAPI) page(rest string) string { return g.s.o.UI + "/" + g.s.o.Slug + "/-" + rest }

// gitlabState is GitLab's word for a state, and why a job failed.
func gitlabState(ctx context.Context, s ci.State) (status string, reason any) {
	if odd := stateIn(ctx); odd != "" {
		return odd, nil
	}
	switch s {
	case ci.StateQueued:
		return "pending", nil
	case ci.StateApproval:
		return "manual", nil
	case ci.StatePassed:
		return "success", nil
	case ci.StateFailed:
		return "failed", "script_failure"
	case ci.StateErrored:
		return "failed", "runner_system_failure"
	case ci.StateCancelled:
		return "canceled", nil
	}
	return string(s), nil // running, skipped, and words as they stand
}

// wanted gives the pipeline that a path names. It writes a refusal and returns nil
// if there is none.
func (g gitlabAPI) wanted(w http.ResponseWriter, r *http.Request) *build {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if b := g.s.find(id); err == nil && b != nil && b.provider == onGitLab {
		return b
	}
	writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
	return nil
}

func (g gitlabAPI) pipeline(w http.ResponseWriter, r *http.Request) {
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	g.answer(w, r, g.whole(r.Context(), b))
}

// whole is a pipeline as its own document shows it.
func (g gitlabAPI) whole(ctx context.Context, b *build) doc {
	d := g.info(ctx, b)
	d["before_sha"], d["tag"], d["yaml_errors"], d["user"] = "0000000000000000000000000000000000000000", strings.HasPrefix(b.ref, "refs/tags/"), nil, doc{"id": 7, "username": b.by, "name": b.by, "state": "active"}
	d["started_at"], d["finished_at"], d["duration"], d["queued_duration"], d["coverage"] = moment(b.started), moment(b.ended), nil, 1, nil
	return d
}

// jobs lists those of a pipeline, the newest first; retried ones only if asked for.
func (g gitlabAPI) jobs(w http.ResponseWriter, r *http.Request) {
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	shown := slices.Clone(b.jobs)
	if again := r.URL.Query().Get("include_retried"); again == "true" || again == "1" {
		shown = append(shown, b.lab.past...)
	}
	slices.SortFunc(shown, func(x, y *job) int { return int(y.id - x.id) })
	all := []doc{}
	for _, j := range shown {
		all = append(all, g.render(r.Context(), b, j))
	}
	g.list(w, r, all)
}

func (g gitlabAPI) render(ctx context.Context, b *build, j *job) doc {
	status, reason := gitlabState(ctx, j.state)
	stage, by := j.script.Stage, b.by
	if stage == "" {
		stage = "test"
	}
	if !j.again.IsZero() {
		by = b.againBy
	}
	d := doc{
		"id": j.id, "name": j.script.Name, "stage": stage, "status": status, "ref": gitlabRef(b.ref), "tag": strings.HasPrefix(b.ref, "refs/tags/"),
		"allow_failure": j.script.AllowFailure, "created_at": moment(j.created), "started_at": moment(j.started), "finished_at": moment(j.ended), "duration": nil,
		"user": doc{"id": 7, "username": by}, "pipeline": doc{"id": b.id, "project_id": 278964, "ref": gitlabRef(b.ref), "sha": b.sha, "status": "running"},
		"web_url": g.page(fmt.Sprintf("/jobs/%d", j.id)), "artifacts": []doc{}, "tag_list": []string{},
	}
	if reason != nil {
		d["failure_reason"] = reason
	}
	g.keeping(d, b, j)
	return d
}

func (g gitlabAPI) bridges(w http.ResponseWriter, r *http.Request) {
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	all := []doc{}
	for _, x := range slices.Backward(b.lab.bridges) {
		status, _ := gitlabState(r.Context(), x.to.state)
		all = append(all, doc{
			"id": x.id, "name": x.name, "stage": "deploy", "status": status, "ref": gitlabRef(b.ref), "allow_failure": false, "created_at": moment(x.to.created),
			"started_at": moment(x.to.created), "finished_at": moment(x.to.ended), "web_url": g.page(fmt.Sprintf("/pipelines/%d", x.to.id)), "downstream_pipeline": g.info(r.Context(), x.to),
		})
	}
	g.list(w, r, all)
}

// retry begins anew what failed or was cancelled, as jobs of their own. Where there
// is nothing of that kind the pipeline stays as it is.
func (g gitlabAPI) retry(w http.ResponseWriter, r *http.Request) {
	b := g.changed(w, r)
	if b == nil {
		return
	}
	failed := slices.ContainsFunc(b.jobs, func(j *job) bool { return j.state.Final() && !j.state.Good() })
	if b.state.Final() && failed {
		for _, j := range b.jobs {
			if !j.state.Good() {
				before := *j
				b.lab.past = append(b.lab.past, &before)
				j.id = g.s.id()
			}
		}
		g.s.restart(b, true)
	}
	writeJSON(w, http.StatusCreated, g.whole(r.Context(), b))
}

// cancel stops what has not ended, and takes it for granted that there is such.
func (g gitlabAPI) cancel(w http.ResponseWriter, r *http.Request) {
	b := g.changed(w, r)
	if b == nil {
		return
	}
	if !b.state.Final() {
		g.s.cancel(b)
	}
	writeJSON(w, http.StatusOK, g.whole(r.Context(), b))
}

// changed is the pipeline that somebody wants to change, who needs a token.
func (g gitlabAPI) changed(w http.ResponseWriter, r *http.Request) *build {
	if r.Header.Get("PRIVATE-TOKEN") == "" {
		g.refuse(w, http.StatusUnauthorized)
		return nil
	}
	return g.wanted(w, r)
}

// trace is the whole log, always: GitLab's API serves no part of one.
func (g gitlabAPI) trace(w http.ResponseWriter, r *http.Request) {
	if _, j := g.wantedJob(w, r); j != nil && !g.unchanged(w, r, j.log) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(j.log) // the client may be gone
	}
}

func (g gitlabAPI) job(w http.ResponseWriter, r *http.Request) {
	if b, j := g.wantedJob(w, r); j != nil {
		g.answer(w, r, g.render(r.Context(), b, j))
	}
}

// wantedJob gives the job that a path names, also one that was retried. It writes
// a refusal and returns nil if there is none.
func (g gitlabAPI) wantedJob(w http.ResponseWriter, r *http.Request) (*build, *job) {
	for _, b := range g.s.builds {
		for _, j := range append(slices.Clone(b.jobs), b.lab.past...) {
			if b.provider == onGitLab && strconv.FormatInt(j.id, 10) == r.PathValue("id") {
				return b, j
			}
		}
	}
	writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
	return nil, nil
}
