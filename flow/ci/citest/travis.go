package citest

import (
	"context"
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

// doc is a JSON document.
type doc map[string]any

// Travis serves version 3 of the API, at the root.
func (s *Server) Travis() http.Handler {
	t := travisAPI{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repo/{slug}", t.repository)
	mux.HandleFunc("GET /repo/{slug}/builds", t.list)
	mux.HandleFunc("GET /repo/{slug}/settings", t.settings)
	mux.HandleFunc("GET /build/{id}", t.build)
	mux.HandleFunc("GET /build/{id}/jobs", t.jobs)
	mux.HandleFunc("POST /build/{id}/restart", t.restart)
	mux.HandleFunc("POST /build/{id}/cancel", t.cancel)
	mux.HandleFunc("GET /repo/{slug}/requests", t.requests)
	mux.HandleFunc("GET /repo/{slug}/request/{id}/messages", t.messages)
	mux.HandleFunc("GET /job/{id}", t.job)
	mux.HandleFunc("GET /job/{id}/log", t.log)
	mux.HandleFunc("GET /job/{id}/log_parts", t.parts)
	t.settingsRoutes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { t.refuse(w, http.StatusNotFound) })
	return s.counted(s.faulty(t.admit(mux), t.refuse))
}

// travisAPI answers as Travis does.
type travisAPI struct{ s *Server }

// refuse writes the error document that belongs to a status.
func (travisAPI) refuse(w http.ResponseWriter, status int) {
	kind, text := "error", http.StatusText(status)
	switch status {
	case http.StatusNotFound:
		kind, text = "not_found", "repository not found (or insufficient access)"
	case http.StatusForbidden:
		kind, text = "insufficient_access", "access denied"
	case http.StatusUnauthorized:
		kind, text = "login_required", "login required"
	case http.StatusTooManyRequests:
		kind, text = "rate_limit", "too many requests"
	case http.StatusBadRequest:
		kind, text = "wrong_params", "wrong parameters"
	}
	writeJSON(w, status, doc{"@type": "error", "error_type": kind, "error_message": text, "resource_type": "repository"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

// admit refuses what the real service would: another version, no name, a wrong token.
func (t travisAPI) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		switch {
		case r.Header.Get("Travis-API-Version") != "3":
			writeJSON(w, http.StatusNotFound, doc{"file": "not found"}) // version 2 has no such routes
		case ownName(r) != nil:
			http.Error(w, ownName(r).Error(), http.StatusBadRequest)
		case auth != "" && !t.s.admits(auth, "token "):
			t.refuse(w, http.StatusForbidden)
		case auth == "" && !t.s.o.Token.IsZero():
			t.refuse(w, http.StatusNotFound) // private things are hidden
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ownName complains of a client that does not say who it is.
func ownName(r *http.Request) error {
	if ua := r.UserAgent(); ua == "" || strings.HasPrefix(ua, "Go-http-client") {
		return fmt.Errorf("a client must name itself, not %q", ua)
	}
	return nil
}

// admits says whether an Authorization header bears the right token.
func (s *Server) admits(header, scheme string) bool {
	if s.o.Token.IsZero() {
		return strings.HasPrefix(header, scheme)
	}
	ok := false
	err := s.o.Token.Use(func(v []byte) error {
		ok = header == scheme+string(v)
		return nil
	})
	return ok && err == nil
}

// ours says whether a request is about the repository there is.
func (t travisAPI) ours(w http.ResponseWriter, r *http.Request) bool {
	if t.s.known() && r.PathValue("slug") == t.s.o.Slug && strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return true
	}
	t.refuse(w, http.StatusNotFound)
	return false
}

func (t travisAPI) repository(w http.ResponseWriter, r *http.Request) {
	if !t.ours(w, r) {
		return
	}
	_, name, _ := strings.Cut(t.s.o.Slug, "/")
	writeJSON(w, http.StatusOK, doc{
		"@type": "repository", "@href": "/repo/1", "@representation": "standard", "id": 1, "name": name, "slug": t.s.o.Slug,
		"active": !t.s.sleeps(), "private": !t.s.o.Token.IsZero(), "default_branch": doc{"@type": "branch", "name": "main"},
	})
}

func (t travisAPI) settings(w http.ResponseWriter, r *http.Request) {
	if !t.ours(w, r) {
		return
	}
	if r.Header.Get("Authorization") == "" {
		t.refuse(w, http.StatusForbidden)
		return
	}
	t.s.mu.Lock()
	on := !t.s.o.Script.NoPushes
	t.s.mu.Unlock()
	writeJSON(w, http.StatusOK, doc{"@type": "settings", "settings": []doc{
		{"@type": "setting", "name": "builds_only_with_travis_yml", "value": true}, {"@type": "setting", "name": "build_pushes", "value": on},
		{"@type": "setting", "name": "maximum_number_of_builds", "value": 0},
	}})
}

// includable is what our requests may ask to be included.
var includable = []string{"build.commit", "build.jobs", "build.branch", "build.tag", "build.created_by", "job.commit", "job.build", "job.config"}

func (t travisAPI) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	include := strings.FieldsFunc(q.Get("include"), func(c rune) bool { return c == ',' })
	if !t.ours(w, r) {
		return
	}
	if slices.ContainsFunc(include, func(f string) bool { return !slices.Contains(includable, f) }) {
		t.refuse(w, http.StatusBadRequest)
		return
	}
	limit, offset := number(q, "limit", 25), number(q, "offset", 0)
	limit = min(limit, 100)
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	all := t.matching(q)
	page := all[min(offset, len(all)):min(offset+limit, len(all))]
	builds := []doc{}
	for _, b := range page {
		builds = append(builds, t.render(r.Context(), b, slices.Contains(include, "build.jobs"), slices.Contains(include, "job.config")))
	}
	writeJSON(w, http.StatusOK, doc{
		"@type": "builds", "@href": r.URL.RequestURI(), "@representation": "standard", "builds": builds,
		"@pagination": doc{"limit": limit, "offset": offset, "count": len(all), "is_first": offset == 0, "is_last": offset+limit >= len(all)},
	})
}

func number(q url.Values, key string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(key))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// matching lists the builds that the filters select, in the order asked for.
func (t travisAPI) matching(q url.Values) []*build {
	var out []*build
	for _, b := range t.s.builds {
		named := !q.Has("branch.name") || travisBranch(b.ref) == q.Get("branch.name")
		if b.provider == onTravis && named {
			out = append(out, b)
		}
	}
	if strings.HasSuffix(q.Get("sort_by"), ":desc") {
		slices.Reverse(out)
	}
	return out
}

// travisBranch is the branch of a ref's builds: for a tag, its name.
func travisBranch(ref string) string { return shortName(ref) }

func (t travisAPI) render(ctx context.Context, b *build, whole, config bool) doc {
	href := fmt.Sprintf("/build/%d", b.id)
	out := doc{
		"@type": "build", "@href": href, "@representation": "standard", "id": b.id, "number": strconv.Itoa(b.number),
		"state": travisState(ctx, b.state, b.started.IsZero()), "event_type": b.event, "started_at": moment(b.started), "finished_at": moment(b.ended),
		"branch": doc{"@type": "branch", "name": travisBranch(b.ref)}, "tag": nil,
		"commit":     doc{"@type": "commit", "sha": b.sha, "ref": b.ref, "message": "a commit"},
		"created_by": doc{"@type": "user", "login": b.by},
	}
	if tag, ok := strings.CutPrefix(b.ref, "refs/tags/"); ok {
		out["tag"] = doc{"@type": "tag", "name": tag}
	}
	jobs := []doc{}
	for _, j := range b.jobs {
		d := doc{"@type": "job", "@href": fmt.Sprintf("/job/%d", j.id), "@representation": "minimal", "id": j.id}
		if whole {
			d = t.renderJob(ctx, b, j)
		}
		if whole && config {
			d["config"] = doc{"language": "python", "name": j.script.Name, "os": "linux"}
		}
		jobs = append(jobs, d)
	}
	out["jobs"] = jobs
	return out
}

func (t travisAPI) renderJob(ctx context.Context, b *build, j *job) doc {
	out := doc{
		"@type": "job", "@href": fmt.Sprintf("/job/%d", j.id), "@representation": "standard", "id": j.id, "number": j.number,
		"state": travisState(ctx, j.state, false), "allow_failure": j.script.AllowFailure, "created_at": moment(j.created),
		"started_at": moment(j.started), "finished_at": moment(j.ended), "stage": nil,
		"restarted_at": moment(j.again), "restarted_by": nil,
	}
	if j.script.Stage != "" {
		out["stage"] = doc{"@type": "stage", "@representation": "minimal", "id": 1, "number": 1, "name": j.script.Stage, "state": out["state"]}
	}
	if !j.again.IsZero() {
		out["restarted_by"] = doc{"@type": "user", "@representation": "minimal", "id": 2, "login": b.againBy}
	}
	return out
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// travisState is Travis' word for a state. A build is called created until its
// first job starts.
func travisState(ctx context.Context, s ci.State, created bool) string {
	if odd := stateIn(ctx); odd != "" {
		return odd
	}
	switch s {
	case ci.StateQueued, ci.StateApproval:
		if created {
			return "created"
		}
		return "queued"
	case ci.StateRunning:
		return "started"
	case ci.StateCancelled, ci.StateSkipped:
		return "canceled"
	}
	return string(s)
}

// stateKey carries the name of an unknown state to where states are written.
type stateKey struct{}

func withState(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, stateKey{}, name)
}

func stateIn(ctx context.Context) string {
	s, _ := ctx.Value(stateKey{}).(string)
	return s
}
