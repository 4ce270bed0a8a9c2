package citest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// EnvVar is a variable of the settings.
type EnvVar struct {
	ID, Name, Value, Branch string
	Public                  bool
}

// userID is the account's number.
const userID = "2"

// settingsRoutes are those by which a repository is set up.
func (t travisAPI) settingsRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /repo/{slug}/key_pair/generated", t.keyPair)
	mux.HandleFunc("GET /repo/{slug}/env_vars", t.envVars)
	mux.HandleFunc("POST /repo/{slug}/env_vars", t.createVar)
	mux.HandleFunc("PATCH /repo/{slug}/env_var/{id}", t.updateVar)
	mux.HandleFunc("DELETE /repo/{slug}/env_var/{id}", t.deleteVar)
	mux.HandleFunc("PATCH /repo/{slug}/setting/build_pushes", t.setPushes)
	mux.HandleFunc("POST /repo/{slug}/activate", t.activate(true))
	mux.HandleFunc("POST /repo/{slug}/deactivate", t.activate(false))
	mux.HandleFunc("GET /user", t.user)
	mux.HandleFunc("POST /user/{id}/sync", t.sync)
}

// Variables are those of the settings, with their values, for tests to look at.
func (s *Server) Variables() []EnvVar {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.side.vars)
}

// Deactivate lets Travis build nothing of the repository until it is activated.
func (s *Server) Deactivate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.side.inactive = true
}

// Forget lets Travis not know the repository until the account is synced.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.side.unknown, s.side.inactive = true, true
}

// sleeps says whether Travis builds nothing of the repository.
func (s *Server) sleeps() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.side.inactive || s.side.unknown
}

// known says whether Travis has heard of the repository.
func (s *Server) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.side.unknown
}

func (t travisAPI) fail(w http.ResponseWriter, status int, kind, text string) {
	writeJSON(w, status, doc{"@type": "error", "error_type": kind, "error_message": text})
}

func (t travisAPI) missing(w http.ResponseWriter, what string) {
	writeJSON(w, http.StatusNotFound, doc{
		"@type": "error", "error_type": "not_found", "error_message": what + " not found (or insufficient access)", "resource_type": what,
	})
}

func (t travisAPI) loggedIn(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") != "" {
		return true
	}
	t.fail(w, http.StatusForbidden, "login_required", "login required")
	return false
}

// mayWrite says whether the account may do a thing, and takes the fields of a
// request that has some.
func (t travisAPI) mayWrite(w http.ResponseWriter, r *http.Request, what string, fields *map[string]any) bool {
	if !t.loggedIn(w, r) || !t.ours(w, r) {
		return false
	}
	t.s.mu.Lock()
	readOnly := t.s.hosted.ReadOnly
	t.s.mu.Unlock()
	if readOnly {
		t.fail(w, http.StatusForbidden, "insufficient_access", "operation requires "+what)
		return false
	}
	if fields == nil {
		return true
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" || json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(fields) != nil {
		t.refuse(w, http.StatusBadRequest)
		return false
	}
	return true
}

func (t travisAPI) envVars(w http.ResponseWriter, r *http.Request) {
	if !t.loggedIn(w, r) || !t.ours(w, r) {
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	list := []doc{}
	for _, v := range t.s.side.vars {
		list = append(list, v.render(r))
	}
	writeJSON(w, http.StatusOK, doc{"@type": "env_vars", "@href": r.URL.Path, "@representation": "standard", "env_vars": list})
}

// render shows a variable; the value of a private one is never told.
func (v EnvVar) render(r *http.Request) doc {
	out := doc{
		"@type": "env_var", "@href": "/repo/" + r.PathValue("slug") + "/env_var/" + v.ID, "@representation": "standard",
		"@permissions": doc{"read": true, "write": true}, "id": v.ID, "name": v.Name, "public": v.Public, "branch": orNull(v.Branch), "value": nil,
	}
	if v.Public {
		out["value"] = v.Value
	}
	return out
}

// with gives a variable the fields of a request. It says whether they are of the
// right kinds.
func (v EnvVar) with(fields map[string]any) (EnvVar, bool) {
	for k, x := range fields {
		text, isText := x.(string)
		is, isBool := x.(bool)
		switch {
		case k == "env_var.name" && isText:
			v.Name = text
		case k == "env_var.value" && isText:
			v.Value = text
		case k == "env_var.branch" && isText:
			v.Branch = text
		case k == "env_var.public" && isBool:
			v.Public = is
		default:
			return v, false
		}
	}
	return v, true
}

func (t travisAPI) createVar(w http.ResponseWriter, r *http.Request) {
	fields := map[string]any{}
	if t.mayWrite(w, r, "create_env_var access to repository", &fields) {
		t.keep(w, r, EnvVar{}, fields, http.StatusCreated)
	}
}

// keep stores a variable as a request wants it, unless it cannot be so.
func (t travisAPI) keep(w http.ResponseWriter, r *http.Request, old EnvVar, fields map[string]any, status int) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	v, ok := old.with(fields)
	same := func(o EnvVar) bool { return o.ID != v.ID && o.Name == v.Name && o.Branch == v.Branch }
	switch {
	case !ok:
		t.refuse(w, http.StatusBadRequest)
	case slices.ContainsFunc(t.s.side.vars, same):
		t.fail(w, http.StatusConflict, "duplicate_resource", "resource already exists")
	case strings.TrimSpace(v.Name) == "":
		t.fail(w, http.StatusUnprocessableEntity, "unprocessable_entity", "Variable name is required")
	case v.ID == "":
		v.ID = fmt.Sprintf("5f3c6e1a-0000-4000-8000-%012d", t.s.id())
		t.s.side.vars = append(t.s.side.vars, v)
		writeJSON(w, status, v.render(r))
	default:
		t.s.side.vars[t.at(v.ID)] = v
		writeJSON(w, status, v.render(r))
	}
}

// at is where a variable stands; -1 if there is none. The caller holds the lock.
func (t travisAPI) at(id string) int {
	return slices.IndexFunc(t.s.side.vars, func(v EnvVar) bool { return v.ID == id })
}

func (t travisAPI) updateVar(w http.ResponseWriter, r *http.Request) {
	fields := map[string]any{}
	if !t.mayWrite(w, r, "write access to env_var", &fields) {
		return
	}
	t.s.mu.Lock()
	old := EnvVar{}
	if i := t.at(r.PathValue("id")); i >= 0 {
		old = t.s.side.vars[i]
	}
	t.s.mu.Unlock()
	if old.ID == "" {
		t.missing(w, "env_var")
		return
	}
	t.keep(w, r, old, fields, http.StatusOK)
}

func (t travisAPI) deleteVar(w http.ResponseWriter, r *http.Request) {
	if !t.mayWrite(w, r, "write access to env_var", nil) {
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	i := t.at(r.PathValue("id"))
	if i < 0 {
		t.missing(w, "env_var")
		return
	}
	t.s.side.vars = slices.Delete(t.s.side.vars, i, i+1)
	w.WriteHeader(http.StatusNoContent)
}

// setPushes switches "Build pushed branches".
func (t travisAPI) setPushes(w http.ResponseWriter, r *http.Request) {
	fields := map[string]any{}
	if !t.mayWrite(w, r, "change_settings access to repository", &fields) {
		return
	}
	on, ok := fields["setting.value"].(bool)
	if !ok {
		t.refuse(w, http.StatusBadRequest)
		return
	}
	t.s.mu.Lock()
	t.s.o.Script.NoPushes = !on
	t.s.mu.Unlock()
	writeJSON(w, http.StatusOK, doc{"@type": "user_setting", "@representation": "standard", "@href": r.URL.Path, "name": "build_pushes", "value": on})
}

func (t travisAPI) activate(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !t.mayWrite(w, r, "activate access to repository", nil) {
			return
		}
		t.s.mu.Lock()
		t.s.side.inactive = !on
		t.s.mu.Unlock()
		t.repository(w, r)
	}
}

func (t travisAPI) user(w http.ResponseWriter, r *http.Request) {
	if !t.loggedIn(w, r) {
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	writeJSON(w, http.StatusOK, t.account())
}

func (t travisAPI) account() doc {
	return doc{"@type": "user", "@href": "/user/" + userID, "@representation": "standard", "id": json.Number(userID), "login": account, "is_syncing": t.s.side.syncing}
}

// sync lets Travis look at the git host, which takes as long as a queue is.
func (t travisAPI) sync(w http.ResponseWriter, r *http.Request) {
	if !t.loggedIn(w, r) {
		return
	}
	if r.PathValue("id") != userID {
		t.fail(w, http.StatusForbidden, "insufficient_access", "operation requires sync access to user")
		return
	}
	t.s.mu.Lock()
	if t.s.side.syncing {
		t.s.mu.Unlock()
		t.fail(w, http.StatusConflict, "already_syncing", "sync already in progress")
		return
	}
	t.s.side.syncing = true
	answer, pause := t.account(), t.s.o.Script.Queue
	t.s.mu.Unlock()
	t.s.later(pause, func() {
		t.s.mu.Lock()
		defer t.s.mu.Unlock()
		t.s.side.syncing, t.s.side.unknown = false, false
	})
	writeJSON(w, http.StatusOK, answer)
}
