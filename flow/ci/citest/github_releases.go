package citest

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (g githubAPI) releaseRoutes(mux *http.ServeMux) {
	const at = " /repos/{owner}/{repo}/releases"
	mux.HandleFunc("GET"+at, g.listReleases)
	mux.HandleFunc("GET"+at+"/tags/{tag}", g.releaseByTag)
	mux.HandleFunc("GET"+at+"/{id}", g.releaseByID)
	mux.HandleFunc("POST"+at, g.writing(g.createRelease))
	mux.HandleFunc("PATCH"+at+"/{id}", g.writing(g.updateRelease))
	mux.HandleFunc("POST"+at+"/generate-notes", g.writing(g.generateNotes))
}

// maxReleases is how many the list shows at all.
const maxReleases = 1000

// pushes says whether who asks may push: drafts are for them alone.
func (g githubAPI) pushes(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" && !g.s.hosted.ReadOnly
}

func (g githubAPI) listReleases(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, one := range g.s.shownReleases(g.pushes(r)) {
		all = append(all, g.releaseDoc(one))
	}
	g.answer(w, r, paged(w, r, all[:min(len(all), maxReleases)]))
}

// releaseByTag finds no drafts.
func (g githubAPI) releaseByTag(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	one := g.s.released(r.PathValue("tag"), false)
	if one == nil {
		g.refuse(w, http.StatusNotFound)
		return
	}
	g.answer(w, r, g.releaseDoc(*one))
}

func (g githubAPI) releaseByID(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	one := g.s.release(id)
	if err != nil || one == nil || one.Draft && !g.pushes(r) {
		g.refuse(w, http.StatusNotFound)
		return
	}
	g.answer(w, r, g.releaseDoc(*one))
}

// releasePage is where people look at one. A draft has no tag yet to be named by.
func (g githubAPI) releasePage(r Release) string {
	tag := r.Tag
	if r.Draft {
		tag = "untagged-" + strconv.FormatInt(r.ID, 16)
	}
	return g.s.o.UI + "/" + g.s.o.Slug + "/releases/tag/" + url.PathEscape(tag)
}

func (g githubAPI) releaseDoc(r Release) doc {
	at, id := api+"/repos/"+g.s.o.Slug+"/releases/", strconv.FormatInt(r.ID, 10)
	tag := url.PathEscape(r.Tag)
	return doc{
		"id": r.ID, "node_id": "RE_1", "tag_name": r.Tag, "target_commitish": cmp.Or(r.Target, "main"), "name": r.Title, "body": r.Notes,
		"draft": r.Draft, "prerelease": r.Prerelease, "immutable": false, "author": user(r.By), "assets": []doc{},
		"created_at": moment(r.Created), "published_at": moment(r.Published), "updated_at": moment(r.Created),
		"url": at + id, "html_url": g.releasePage(r), "assets_url": at + id + "/assets", "upload_url": at + id + "/assets{?name,label}",
		"tarball_url": api + "/repos/" + g.s.o.Slug + "/tarball/" + tag, "zipball_url": api + "/repos/" + g.s.o.Slug + "/zipball/" + tag,
	}
}

// releaseBody is what a release may be made or changed with.
type releaseBody struct {
	Tag        *string `json:"tag_name"`
	Target     *string `json:"target_commitish"`
	Name       *string `json:"name"`
	Body       *string `json:"body"`
	Draft      *bool   `json:"draft"`
	Prerelease *bool   `json:"prerelease"`
	Latest     *string `json:"make_latest"`
}

// over puts what the body names over a release.
func (b releaseBody) over(r Release) Release {
	set := func(to *string, v *string) {
		if v != nil {
			*to = *v
		}
	}
	set(&r.Tag, b.Tag)
	set(&r.Target, b.Target)
	set(&r.Title, b.Name)
	set(&r.Notes, b.Body)
	set(&r.Latest, b.Latest)
	if b.Draft != nil {
		r.Draft = *b.Draft
	}
	if b.Prerelease != nil {
		r.Prerelease = *b.Prerelease
	}
	return r
}

// latest says whether make_latest is one of its words, and goes with the rest: what is
// a draft or a pre-release cannot be the latest.
func (b releaseBody) latest(r Release) bool {
	switch {
	case b.Latest == nil:
		return true
	case *b.Latest == "true":
		return !r.Draft && !r.Prerelease
	}
	return slices.Contains([]string{"false", "legacy"}, *b.Latest)
}

func (g githubAPI) createRelease(w http.ResponseWriter, r *http.Request) {
	g.s.publishing.Lock()
	defer g.s.publishing.Unlock()
	g.saveRelease(w, r, Release{Target: "main", By: account}, http.StatusCreated)
}

func (g githubAPI) updateRelease(w http.ResponseWriter, r *http.Request) {
	g.s.publishing.Lock()
	defer g.s.publishing.Unlock()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	g.s.mu.Lock()
	one := g.s.release(id)
	var was Release
	if one != nil {
		was = *one
	}
	g.s.mu.Unlock()
	if err != nil || was.ID == 0 {
		g.refuse(w, http.StatusNotFound)
		return
	}
	g.saveRelease(w, r, was, http.StatusOK)
}

// saveRelease puts a body over a release and keeps it.
func (g githubAPI) saveRelease(w http.ResponseWriter, r *http.Request, was Release, status int) {
	var b releaseBody
	read := strictly(r, &b)
	now := b.over(was)
	host := g.host()
	switch {
	case host.ReadOnly, host.Archived:
		g.refuse(w, http.StatusForbidden)
	case !read:
		writeJSON(w, http.StatusBadRequest, doc{"message": "Problems parsing JSON", "documentation_url": api})
	case now.Tag == "":
		g.invalidRelease(w, "tag_name", "missing_field")
	case !b.latest(now):
		g.invalidRelease(w, "make_latest", "invalid")
	default:
		saved, err := g.s.keepRelease(now)
		g.savedRelease(w, saved, status, err)
	}
}

func (g githubAPI) savedRelease(w http.ResponseWriter, r Release, status int, err error) {
	switch {
	case err == nil:
		writeJSON(w, status, g.releaseDoc(r))
	case errors.Is(err, errReleased):
		g.invalidRelease(w, "tag_name", "already_exists")
	case errors.Is(err, errTarget):
		g.invalidRelease(w, "target_commitish", "invalid")
	default:
		g.invalidRelease(w, "tag_name", "invalid")
	}
}

func (g githubAPI) invalidRelease(w http.ResponseWriter, field, code string) {
	writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "Validation Failed", "documentation_url": api, "errors": []doc{{"resource": "Release", "field": field, "code": code}}})
}

// generateNotes writes what changed since the newest release, and saves nothing.
func (g githubAPI) generateNotes(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Tag    string `json:"tag_name"`
		Target string `json:"target_commitish"`
		Since  string `json:"previous_tag_name"`
	}
	read := strictly(r, &b)
	sha, _, err := g.s.tagAt(b.Tag, "")
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	switch {
	case !g.pushes(r):
		g.refuse(w, http.StatusForbidden)
	case !read || err != nil || b.Tag == "" || sha == "" && b.Target == "":
		g.invalidRelease(w, "target_commitish", "missing_field")
	default:
		for _, one := range g.s.shownReleases(false) {
			b.Since = cmp.Or(b.Since, one.Tag)
		}
		writeJSON(w, http.StatusOK, doc{"name": b.Tag, "body": g.generated(b.Since, b.Tag)})
	}
}

func (g githubAPI) generated(since, tag string) string {
	changes := "/commits/" + tag
	if since != "" {
		changes = "/compare/" + since + "..." + tag
	}
	lines := []string{"## What's Changed", "* Mend the thing by @dana in " + g.s.o.UI + "/" + g.s.o.Slug + "/pull/7", "", "", "**Full Changelog**: " + g.s.o.UI + "/" + g.s.o.Slug + changes}
	return strings.Join(lines, "\n")
}
