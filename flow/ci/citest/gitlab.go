package citest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// onGitLab is the third service.
const onGitLab = "gitlab"

// projectID is the number by which GitLab also knows the project.
const projectID = "278964"

// gitlabSide is what only GitLab has of the repository.
type gitlabSide struct {
	branches, tags []Protected
	environments   []Environment
	level          int  // of the account of the token; a maintainer's if 0
	off            bool // CI is switched off
}

// GitLab serves version 4 of the API, below /api/v4.
func (s *Server) GitLab() http.Handler {
	g := gitlabAPI{s}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET ":                              g.project,
		"GET /pipelines":                    g.pipelines,
		"GET /pipelines/{id}":               g.pipeline,
		"GET /pipelines/{id}/jobs":          g.jobs,
		"GET /pipelines/{id}/bridges":       g.bridges,
		"POST /pipelines/{id}/retry":        g.retry,
		"POST /pipelines/{id}/cancel":       g.cancel,
		"GET /jobs/{id}":                    g.job,
		"GET /jobs/{id}/trace":              g.trace,
		"GET /jobs/{id}/artifacts":          g.artifacts,
		"GET /protected_branches":           g.protectedBranches,
		"GET /merge_requests":               g.mergeRequests,
		"POST /merge_requests":              g.createMergeRequest,
		"PUT /merge_requests/{iid}":         g.updateMergeRequest,
		"GET /protected_tags":               g.protectedTags,
		"GET /protected_environments/{env}": g.protectedEnvironment,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v4/projects/{project}"+path, g.ours(h))
	}
	g.releaseRoutes(mux)
	mux.HandleFunc("POST /api/v4/projects/{project}/pipeline", g.createPipeline)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, doc{"error": "404 Not Found"})
	})
	outer := http.NewServeMux()
	outer.HandleFunc("GET "+storePath+"{id}", s.store)
	outer.Handle("/", g.admit(mux))
	return s.counted(s.faulty(outer, g.refuse))
}

// gitlabAPI answers as GitLab does.
type gitlabAPI struct{ s *Server }

// refuse writes the error document that belongs to a status.
func (gitlabAPI) refuse(w http.ResponseWriter, status int) {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	switch status {
	case http.StatusNotFound:
		text = "404 Project Not Found"
	case http.StatusTooManyRequests:
		w.Header().Set("Content-Type", "text/plain")
		http.Error(w, "Retry later", status) // from before the API itself
		return
	}
	writeJSON(w, status, doc{"message": text})
}

// admit refuses what the real service would: no name, a wrong token.
func (g gitlabAPI) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("PRIVATE-TOKEN")
		now := g.s.o.Now()
		w.Header().Set("RateLimit-Limit", "2000")
		w.Header().Set("RateLimit-Remaining", "1990")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(now.Truncate(time.Minute).Add(time.Minute).Unix(), 10))
		switch {
		case ownName(r) != nil:
			http.Error(w, ownName(r).Error(), http.StatusForbidden)
		case token != "" && !g.s.admits(token, ""):
			g.refuse(w, http.StatusUnauthorized)
		case token == "" && !g.s.o.Token.IsZero():
			g.refuse(w, http.StatusNotFound) // private things are hidden
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// about lets requests pass that are about the project there is: by its number, or
// by its path with every slash escaped.
func (g gitlabAPI) about(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p := r.PathValue("project"); p != g.s.o.Slug && p != projectID {
			g.refuse(w, http.StatusNotFound)
			return
		}
		next(w, r)
	}
}

// ours is about the project, and calls handlers under the lock.
func (g gitlabAPI) ours(next http.HandlerFunc) http.HandlerFunc {
	return g.about(func(w http.ResponseWriter, r *http.Request) {
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		next(w, r)
	})
}

// answer writes a document with its ETag, or says that it has not changed.
func (g gitlabAPI) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if g.unchanged(w, r, body) {
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// unchanged answers a request that bears the ETag of the body.
func (gitlabAPI) unchanged(w http.ResponseWriter, r *http.Request, body []byte) bool {
	sum := sha256.Sum256(body)
	etag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "max-age=0, private, must-revalidate")
	if r.Header.Get("If-None-Match") != etag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// list answers with a page of a list, and names the next one in two headers.
func (g gitlabAPI) list(w http.ResponseWriter, r *http.Request, all []doc) {
	q := r.URL.Query()
	size := min(max(number(q, "per_page", 20), 1), 100)
	page := max(number(q, "page", 1), 1)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	h := w.Header()
	h.Set("X-Page", strconv.Itoa(page))
	h.Set("X-Per-Page", strconv.Itoa(size))
	h.Set("X-Total", strconv.Itoa(len(all)))
	h.Set("X-Next-Page", "")
	if to < len(all) {
		h.Set("X-Next-Page", strconv.Itoa(page+1))
		q.Set("page", strconv.Itoa(page+1))
		next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
		h.Set("Link", "<"+next.String()+`>; rel="next"`)
	}
	g.answer(w, r, append([]doc{}, all[from:to]...))
}

// valid refuses a parameter that has none of the values there are.
func valid(w http.ResponseWriter, q url.Values, key string, values ...string) bool {
	if !q.Has(key) || slices.Contains(values, q.Get(key)) {
		return true
	}
	writeJSON(w, http.StatusBadRequest, doc{"error": key + " does not have a valid value"})
	return false
}

// pipelines lists those of the project, without what other pipelines started.
func (g gitlabAPI) pipelines(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !valid(w, q, "order_by", "id", "status", "ref", "updated_at", "user_id") || !valid(w, q, "sort", "asc", "desc") {
		return
	}
	all := []doc{}
	for _, b := range g.s.builds {
		if b.provider == onGitLab && b.event != "parent_pipeline" && (!q.Has("ref") || gitlabRef(b.ref) == q.Get("ref")) && (!q.Has("sha") || b.sha == q.Get("sha")) {
			all = append(all, g.info(r.Context(), b))
		}
	}
	if q.Get("sort") != "asc" {
		slices.Reverse(all)
	}
	g.list(w, r, all)
}

// gitlabRef is how a pipeline calls its ref: by the short name, whatever it is.
func gitlabRef(ref string) string { return shortName(ref) }
