package citest

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

func (g githubAPI) pullRoutes(mux *http.ServeMux) {
	const at = " /repos/{owner}/{repo}/pulls"
	mux.HandleFunc("GET"+at, g.listPulls)
	mux.HandleFunc("POST"+at, g.writing(g.createPull))
	mux.HandleFunc("PATCH"+at+"/{number}", g.writing(g.updatePull))
}

// listPulls filters by owner:branch, and ignores a filter of another form.
func (g githubAPI) listPulls(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	state := cmp.Or(q.Get("state"), "open")
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for _, p := range g.s.shownPulls(ci.RequestState(state), state == "all") {
		owner, _, _ := strings.Cut(cmp.Or(p.Fork, g.s.o.Slug), "/")
		head, filter := owner+":"+p.Head, q.Get("head")
		if (!strings.Contains(filter, ":") || filter == head) && (!q.Has("base") || q.Get("base") == p.Base) {
			all = append(all, g.simplePull(p))
		}
	}
	g.answer(w, r, paged(w, r, all))
}

// simplePull is one of a list.
func (g githubAPI) simplePull(p Pull) doc {
	number := strconv.Itoa(p.Number)
	at, web := api+"/repos/"+g.s.o.Slug, g.s.o.UI+"/"+g.s.o.Slug+"/pull/"+number
	here, state := g.s.o.Slug, "open"
	var closed, merged any
	if p.State != ci.RequestOpen {
		state, closed = "closed", moment(someday)
	}
	if p.State == ci.RequestMerged {
		merged = moment(someday)
	}
	out := doc{
		"id": 1000 + p.Number, "node_id": "PR_1", "number": p.Number, "state": state, "locked": false, "title": p.Title, "body": p.Body, "user": user("dana"),
		"labels": []doc{}, "milestone": nil, "assignee": nil, "auto_merge": nil, "author_association": "OWNER", "merge_commit_sha": nil,
		"created_at": moment(someday), "updated_at": moment(someday), "closed_at": closed, "merged_at": merged,
		"head": g.pullEnd(cmp.Or(p.Fork, here), p.Head), "base": g.pullEnd(here, p.Base),
		"url": at + "/pulls/" + number, "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch", "issue_url": at + "/issues/" + number,
		"commits_url": at + "/pulls/" + number + "/commits", "review_comments_url": at + "/pulls/" + number + "/comments",
		"review_comment_url": at + "/pulls/comments{/number}", "comments_url": at + "/issues/" + number + "/comments", "statuses_url": at + "/statuses/1",
	}
	links := doc{}
	for _, name := range []string{"comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self"} {
		links[name] = doc{"href": at + "/pulls/" + number}
	}
	out["_links"] = links
	return out
}

func (g githubAPI) pullEnd(slug, branch string) doc {
	owner, _, _ := strings.Cut(slug, "/")
	sha := cmp.Or(g.s.refs["refs/heads/"+branch], strings.Repeat("1", 40))
	return doc{"label": owner + ":" + branch, "ref": branch, "sha": sha, "user": user(owner), "repo": whole(Hosted{}.named(slug))}
}

// wholePull is one by itself.
func (g githubAPI) wholePull(p Pull) doc {
	out := g.simplePull(p)
	maps.Copy(out, doc{
		"merged": p.State == ci.RequestMerged, "mergeable": nil, "mergeable_state": "unknown", "merged_by": nil, "maintainer_can_modify": false,
		"comments": 0, "review_comments": 0, "commits": 1, "additions": 1, "deletions": 0, "changed_files": 1,
	})
	return out
}

func (g githubAPI) createPull(w http.ResponseWriter, r *http.Request) {
	var b struct{ Title, Head, Base, Body string }
	read := strictly(r, &b)
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	p := Pull{Head: b.Head, Base: b.Base, Title: b.Title, Body: b.Body}
	owner, _ := g.s.names()
	p.Head = strings.TrimPrefix(p.Head, owner+":")
	wrong := g.s.wrongPull(p)
	switch {
	case g.s.hosted.ReadOnly:
		g.refuse(w, http.StatusForbidden)
	case !read || wrong != "":
		g.invalidPull(w, p, wrong)
	default:
		writeJSON(w, http.StatusCreated, g.wholePull(*g.s.addPull(p)))
	}
}

// invalidPull says what is wrong in the list below the message.
func (g githubAPI) invalidPull(w http.ResponseWriter, p Pull, wrong string) {
	owner, _ := g.s.names()
	e := doc{"resource": "PullRequest", "field": wrong, "code": "invalid"}
	switch wrong {
	case wrongTitle:
		e["code"] = "missing_field"
	case wrongSame:
		e = doc{"resource": "PullRequest", "code": "custom", "message": "No commits between " + p.Base + " and " + p.Head}
	case wrongExists:
		e = doc{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for " + owner + ":" + p.Head + "."}
	}
	writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "Validation Failed", "errors": []doc{e}, "documentation_url": api})
}

// updatePull changes the state alone.
func (g githubAPI) updatePull(w http.ResponseWriter, r *http.Request) {
	var b struct{ State string }
	read := strictly(r, &b)
	number, err := strconv.Atoi(r.PathValue("number"))
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	p := g.s.pull(number)
	switch {
	case p == nil || err != nil:
		g.refuse(w, http.StatusNotFound)
	case g.s.hosted.ReadOnly:
		g.refuse(w, http.StatusForbidden)
	case !read || b.State != "open" && b.State != "closed" || b.State == "open" && p.State == ci.RequestMerged:
		g.invalidPull(w, *p, "state")
	default:
		if p.State != ci.RequestMerged {
			p.State = ci.RequestState(b.State)
		}
		writeJSON(w, http.StatusOK, g.wholePull(*p))
	}
}
