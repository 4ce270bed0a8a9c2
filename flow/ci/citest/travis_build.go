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
		writeJSON(w, http.StatusOK, t.render(r.Context(), b, true))
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
		jobs = append(jobs, t.renderJob(r.Context(), j))
	}
	writeJSON(w, http.StatusOK, doc{"@type": "jobs", "@href": r.URL.Path, "@representation": "standard", "jobs": jobs})
}

// restart wants a token, and a build that has ended.
func (t travisAPI) restart(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	b := t.wanted(w, r)
	switch {
	case b == nil:
	case r.Header.Get("Authorization") == "":
		t.refuse(w, http.StatusForbidden)
	case !b.state.Final():
		writeJSON(w, http.StatusConflict, doc{"@type": "error", "error_type": "build_not_restartable", "error_message": "build is running, cannot restart"})
	default:
		t.s.restart(b, false)
		writeJSON(w, http.StatusAccepted, doc{
			"@type": "pending", "state_change": "restart", "resource_type": "build",
			"build": doc{"@type": "build", "@href": fmt.Sprintf("/build/%d", b.id), "@representation": "minimal", "id": b.id},
		})
	}
}

// log gives parts while the job runs, and one text when it has ended.
func (t travisAPI) log(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	b, j := t.s.findJob(id)
	if err != nil || j == nil || b.provider != onTravis {
		writeJSON(w, http.StatusNotFound, doc{"@type": "error", "error_type": "not_found", "error_message": "log not found", "resource_type": "log"})
		return
	}
	out := doc{"@type": "log", "@href": r.URL.Path, "@representation": "standard", "id": j.id, "@raw_log_href": r.URL.Path + ".txt"}
	if j.state.Final() {
		out["content"], out["log_parts"] = string(j.log), []doc{}
	} else {
		out["content"], out["log_parts"] = nil, parts(j.log)
	}
	writeJSON(w, http.StatusOK, out)
}

// partSize is how much text a part of a live log holds.
const partSize = 512

func parts(log []byte) []doc {
	out := []doc{}
	text := string(log)
	for n := 0; text != ""; n++ {
		end := min(len(text), partSize)
		for end < len(text) && text[end]&0xC0 == 0x80 { // not within a character
			end++
		}
		out = append(out, doc{"content": text[:end], "final": false, "number": n})
		text = text[end:]
	}
	return out
}
