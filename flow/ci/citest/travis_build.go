package citest

import (
	"fmt"
	"net/http"
	"strconv"
)

// wanted gives the build or job that a path names. It writes a refusal and
// returns nil if there is none. The caller holds the lock.
func (t travisAPI) wanted(w http.ResponseWriter, r *http.Request) *build {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if b := t.s.find(id); err == nil && b != nil && b.provider == onTravis {
		return b
	}
	t.refuse(w, http.StatusNotFound)
	return nil
}

func (t travisAPI) build(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if b := t.wanted(w, r); b != nil {
		writeJSON(w, http.StatusOK, t.render(r.Context(), b, true, false))
	}
}

func (t travisAPI) jobs(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	b := t.wanted(w, r)
	if b == nil {
		return
	}
	jobs := []doc{}
	for _, j := range b.jobs {
		jobs = append(jobs, t.renderJob(r.Context(), b, j))
	}
	writeJSON(w, http.StatusOK, doc{"@type": "jobs", "@href": r.URL.Path, "@representation": "standard", "jobs": jobs})
}

// restart wants a token, and a build that has ended.
func (t travisAPI) restart(w http.ResponseWriter, r *http.Request) {
	t.change(w, r, "restart", func(b *build) string {
		if !b.state.Final() {
			return "already running, cannot restart"
		}
		t.s.restart(b, false)
		return ""
	})
}

// cancel wants a token, and a build that has not ended.
func (t travisAPI) cancel(w http.ResponseWriter, r *http.Request) {
	t.change(w, r, "cancel", func(b *build) string {
		if b.state.Final() {
			return "not running, cannot cancel"
		}
		t.s.cancel(b)
		return ""
	})
}

// change makes a change of a build, unless it is refused with some words.
func (t travisAPI) change(w http.ResponseWriter, r *http.Request, what string, make func(*build) (refusal string)) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if r.Header.Get("Authorization") == "" {
		writeJSON(w, http.StatusForbidden, doc{"@type": "error", "error_type": "login_required", "error_message": "login required"})
		return
	}
	b := t.wanted(w, r)
	if b == nil {
		return
	}
	if text := make(b); text != "" {
		kind := map[string]string{"restart": "build_already_running", "cancel": "build_not_cancelable"}[what]
		writeJSON(w, http.StatusConflict, doc{"@type": "error", "error_type": kind, "error_message": "build " + text})
		return
	}
	writeJSON(w, http.StatusAccepted, doc{
		"@type": "pending", "state_change": what, "resource_type": "build",
		"build": doc{"@type": "build", "@href": fmt.Sprintf("/build/%d", b.id), "@representation": "minimal", "id": b.id},
	})
}

func (t travisAPI) job(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if b, j := t.wantedJob(w, r, "job"); j != nil {
		writeJSON(w, http.StatusOK, t.renderJob(r.Context(), b, j))
	}
}

// wantedJob gives the job that a path names, or writes a refusal. The caller
// holds the lock.
func (t travisAPI) wantedJob(w http.ResponseWriter, r *http.Request, what string) (*build, *job) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	b, j := t.s.findJob(id)
	if err == nil && j != nil && b.provider == onTravis {
		return b, j
	}
	writeJSON(w, http.StatusNotFound, doc{"@type": "error", "error_type": "not_found", "error_message": what + " not found (or insufficient access)", "resource_type": what})
	return nil, nil
}

// log gives parts while the job runs, and one text when it has ended.
func (t travisAPI) log(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	_, j := t.wantedJob(w, r, "log")
	if j == nil {
		return
	}
	out := doc{"@type": "log", "@href": r.URL.Path, "@representation": "standard", "id": j.id, "@raw_log_href": r.URL.Path + ".txt"}
	if j.state.Final() {
		out["content"], out["log_parts"] = string(j.log), []doc{}
	} else {
		out["content"], out["log_parts"] = nil, j.parts()
	}
	writeJSON(w, http.StatusOK, out)
}

// parts gives those of a running job that follow a number. When the job has
// ended, its log is made whole and the parts are dropped.
func (t travisAPI) parts(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	_, j := t.wantedJob(w, r, "log")
	if j == nil {
		return
	}
	after, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil {
		after = -1
	}
	out := []doc{}
	if all := j.parts(); !j.state.Final() && after+1 < len(all) {
		out = all[after+1:]
	}
	writeJSON(w, http.StatusOK, doc{"@type": "log_parts", "@representation": "standard", "log_parts": out})
}

// partSize is how much text a part of a live log holds at most, about.
const partSize = 512

// cut makes parts of what was printed since the last one. A part stays as it is.
func (j *job) cut() {
	at := 0
	if n := len(j.cuts); n > 0 {
		at = j.cuts[n-1]
	}
	for at < len(j.log) {
		at = min(len(j.log), at+partSize)
		for at < len(j.log) && j.log[at]&0xC0 == 0x80 { // not within a character
			at++
		}
		j.cuts = append(j.cuts, at)
	}
}

func (j *job) parts() []doc {
	out, at := []doc{}, 0
	for n, end := range j.cuts {
		out = append(out, doc{"content": string(j.log[at:end]), "final": false, "number": n})
		at = end
	}
	return out
}
