package citest

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

func (g giteaAPI) releaseRoutes(mux *http.ServeMux, repo string) {
	mux.HandleFunc("GET "+repo+"/releases", g.releases)
	mux.HandleFunc("GET "+repo+"/releases/tags/{tag}", g.releaseByTag)
	mux.HandleFunc("GET "+repo+"/releases/{id}", g.releaseByID)
	mux.HandleFunc("POST "+repo+"/releases", g.createRelease)
	mux.HandleFunc("PATCH "+repo+"/releases/{id}", g.updateRelease)
}

// pushes says whether who asks may write: drafts are for them alone.
func (g giteaAPI) pushes(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" && !g.s.hosted.ReadOnly
}

// releases may be filtered by whether they are drafts.
func (g giteaAPI) releases(w http.ResponseWriter, r *http.Request) {
	want := r.URL.Query().Get("draft")
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, one := range g.s.shownReleases(g.pushes(r)) {
		if want == "" || want == strconv.FormatBool(one.Draft) {
			all = append(all, g.releaseDoc(one))
		}
	}
	writeJSON(w, http.StatusOK, g.cut(w, r, all))
}

// releaseByTag finds drafts too, for a tag has one release, whatever it is.
func (g giteaAPI) releaseByTag(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.showRelease(w, r, g.s.released(r.PathValue("tag"), true))
}

func (g giteaAPI) releaseByID(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if err != nil {
		id = 0
	}
	g.showRelease(w, r, g.s.release(id))
}

func (g giteaAPI) showRelease(w http.ResponseWriter, r *http.Request, one *Release) {
	if one == nil || one.Draft && !g.pushes(r) {
		g.refuse(w, http.StatusNotFound)
		return
	}
	writeJSON(w, http.StatusOK, g.releaseDoc(*one))
}

// releaseDoc dates a draft as published when it was made.
func (g giteaAPI) releaseDoc(r Release) doc {
	at, published := "https://gitea.example.test/api/v1/repos/"+g.s.o.Slug+"/releases/"+strconv.FormatInt(r.ID, 10), r.Published
	if r.Draft {
		published = r.Created
	}
	tag := url.PathEscape(r.Tag)
	return doc{
		"id": r.ID, "tag_name": r.Tag, "target_commitish": cmp.Or(r.Target, "main"), "name": r.Title, "body": r.Notes, "draft": r.Draft, "prerelease": r.Prerelease,
		"url": at, "upload_url": at + "/assets", "html_url": g.s.o.UI + "/" + g.s.o.Slug + "/releases/tag/" + tag,
		"tarball_url": g.s.o.UI + "/" + g.s.o.Slug + "/archive/" + tag + ".tar.gz", "zipball_url": g.s.o.UI + "/" + g.s.o.Slug + "/archive/" + tag + ".zip",
		"created_at": epoch(r.Created), "published_at": epoch(published), "author": doc{"id": 7, "login": r.By}, "assets": []doc{},
	}
}

func (g giteaAPI) createRelease(w http.ResponseWriter, r *http.Request) {
	g.s.publishing.Lock()
	defer g.s.publishing.Unlock()
	g.saveRelease(w, r, Release{Target: "main", By: account})
}

func (g giteaAPI) updateRelease(w http.ResponseWriter, r *http.Request) {
	g.s.publishing.Lock()
	defer g.s.publishing.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	g.s.mu.Lock()
	var was Release
	if one := g.s.release(id); err == nil && one != nil {
		was = *one
	}
	g.s.mu.Unlock()
	if was.ID == 0 {
		g.refuse(w, http.StatusNotFound)
		return
	}
	g.saveRelease(w, r, was)
}

// filled drops what says nothing: an empty text leaves the one that is there.
func (b releaseBody) filled() releaseBody {
	for _, s := range []**string{&b.Tag, &b.Target, &b.Name, &b.Body} {
		if *s != nil && **s == "" {
			*s = nil
		}
	}
	return b
}

// saveRelease puts a body over a release and keeps it.
func (g giteaAPI) saveRelease(w http.ResponseWriter, r *http.Request, was Release) {
	var b releaseBody
	read := strictly(r, &b) && b.Latest == nil
	now, host := b.filled().over(was), g.s.hostedNow()
	switch {
	case host.ReadOnly:
		g.say(w, http.StatusForbidden, "user should have a permission to write to a repo")
	case !read:
		g.say(w, http.StatusUnprocessableEntity, "the body is not what is described")
	case now.Tag == "":
		g.say(w, http.StatusUnprocessableEntity, "[TagName]: Required")
	case was.ID == 0 && g.taken(now.Tag):
		g.say(w, http.StatusConflict, "Release is has no Tag")
	default:
		kept, err := g.s.keepRelease(now)
		g.savedRelease(w, was, kept, err)
	}
}

// taken says whether a tag has a release, drafts included. That of a tag is one.
func (g giteaAPI) taken(tag string) bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.released(tag, true) != nil
}

// savedRelease answers. What goes wrong with a change is an error of the server's.
func (g giteaAPI) savedRelease(w http.ResponseWriter, was, now Release, err error) {
	switch {
	case err == nil && was.ID == 0:
		writeJSON(w, http.StatusCreated, g.releaseDoc(now))
	case err == nil:
		writeJSON(w, http.StatusOK, g.releaseDoc(now))
	case errors.Is(err, errTarget) && was.ID == 0:
		g.say(w, http.StatusNotFound, "target \""+now.Target+"\" not found: object does not exist [id: "+now.Target+", rel_path: ]")
	default:
		g.say(w, http.StatusInternalServerError, err.Error())
	}
}
