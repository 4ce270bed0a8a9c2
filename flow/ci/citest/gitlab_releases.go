package citest

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
)

func (g gitlabAPI) releaseRoutes(mux *http.ServeMux) {
	const at = " /api/v4/projects/{project}/releases"
	mux.HandleFunc("GET"+at, g.ours(g.releases))
	mux.HandleFunc("GET"+at+"/{tag}", g.ours(g.oneRelease))
	mux.HandleFunc("POST"+at, g.about(g.createRelease))
}

// releases lists what is published: GitLab has no drafts.
func (g gitlabAPI) releases(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !valid(w, q, "order_by", "released_at", "created_at") || !valid(w, q, "sort", "asc", "desc") {
		return
	}
	all := []doc{}
	for _, one := range g.s.shownReleases(false) {
		all = append(all, g.releaseDoc(one))
	}
	g.list(w, r, all)
}

func (g gitlabAPI) oneRelease(w http.ResponseWriter, r *http.Request) {
	one := g.s.released(r.PathValue("tag"), false)
	if one == nil {
		writeJSON(w, http.StatusNotFound, doc{"message": "404 Not Found"})
		return
	}
	g.answer(w, r, g.releaseDoc(*one))
}

func (g gitlabAPI) releaseDoc(r Release) doc {
	self := g.page("/releases/" + url.PathEscape(r.Tag))
	return doc{
		"tag_name": r.Tag, "name": cmp.Or(r.Title, r.Tag), "description": r.Notes, "created_at": moment(r.Created), "released_at": moment(r.Published),
		"upcoming_release": false, "author": doc{"id": 7, "username": r.By, "name": r.By, "state": "active"}, "milestones": []doc{}, "evidences": []doc{},
		"commit_path": "/" + g.s.o.Slug + "/-/commit/1", "tag_path": "/" + g.s.o.Slug + "/-/tags/" + url.PathEscape(r.Tag),
		"assets": doc{"count": 0, "sources": []doc{}, "links": []doc{}}, "_links": doc{"self": self, "edit_url": self + "/edit"},
	}
}

// mayTag says whether the account of the token may create a tag.
func (g gitlabAPI) mayTag(tag string) bool {
	level := g.s.lab.access(g.s.hosted)
	for _, p := range g.s.lab.tags {
		if ok, err := path.Match(p.Name, tag); err != nil || !ok {
			continue
		}
		may := false
		for _, l := range p.Levels {
			may = may || l > 0 && level >= l
		}
		if !may {
			return false
		}
	}
	return true
}

func (g gitlabAPI) createRelease(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Tag   string  `json:"tag_name"`
		Ref   string  `json:"ref"`
		Name  *string `json:"name"`
		Notes *string `json:"description"`
	}
	g.s.publishing.Lock()
	defer g.s.publishing.Unlock()
	if !g.mayRelease(w, r) {
		return
	}
	if !strictly(r, &b) || b.Tag == "" {
		writeJSON(w, http.StatusBadRequest, doc{"error": "tag_name is missing"})
		return
	}
	g.s.mu.Lock()
	may := g.mayTag(b.Tag)
	g.s.mu.Unlock()
	at, _, err := g.s.tagAt(b.Tag, "")
	switch {
	case !may:
		writeJSON(w, http.StatusForbidden, doc{"message": "You are not allowed to create this tag as it is protected."})
	case err == nil && at == "" && b.Ref == "":
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "Ref is not specified"})
	default:
		said := releaseBody{Name: b.Name, Body: b.Notes}
		g.keptRelease(w, said.over(Release{Tag: b.Tag, Target: b.Ref, By: account}))
	}
}

// mayRelease refuses who has no token, or no part in the project.
func (g gitlabAPI) mayRelease(w http.ResponseWriter, r *http.Request) bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.contributes(w, r)
}

func (g gitlabAPI) keptRelease(w http.ResponseWriter, r Release) {
	kept, err := g.s.keepRelease(r)
	switch {
	case errors.Is(err, errReleased):
		writeJSON(w, http.StatusConflict, doc{"message": "Release already exists"})
	case errors.Is(err, errTagName):
		writeJSON(w, http.StatusBadRequest, doc{"message": "Tag name invalid"})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, doc{"message": "Target " + strings.ToValidUTF8(r.Target, "") + " is invalid"})
	default:
		writeJSON(w, http.StatusCreated, g.releaseDoc(kept))
	}
}
