package citest

import (
	"net/http"
	"strings"
)

// Hosted is what GitHub says of the repository besides its builds.
type Hosted struct {
	Parent    string // owner/name of what it was forked from; "" if it is no fork
	Archived  bool
	ReadOnly  bool     // the account of the token may not push
	Renamed   string   // owner/name that it has now; the old one is redirected
	Protected []string // refs/heads/PATTERN and refs/tags/PATTERN that nobody may change; a Gitea's
	Host      string   // where repositories are cloned from; https://github.com if empty
}

// Host sets what is said of the repository from now on.
func (s *Server) Host(h Hosted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosted = h
}

// repositoryID is what a renamed repository keeps.
const repositoryID = "1296269"

// repository answers for the slug; one that was renamed is sent on to its id.
func (g githubAPI) repository(w http.ResponseWriter, r *http.Request) {
	if h := g.host(); h.Renamed != "" && r.PathValue("owner")+"/"+r.PathValue("repo") != h.Renamed {
		to := "http://" + r.Host + "/repositories/" + repositoryID
		w.Header().Set("Location", to)
		writeJSON(w, http.StatusMovedPermanently, doc{"message": "Moved Permanently", "url": to, "documentation_url": "https://docs.github.com/rest"})
		return
	}
	g.byID(w, r)
}

func (g githubAPI) byID(w http.ResponseWriter, r *http.Request) {
	h, slug := g.host(), g.s.o.Slug
	if h.Renamed != "" {
		slug = h.Renamed
	}
	d := whole(h.named(slug))
	d["private"], d["html_url"], d["default_branch"] = !g.s.o.Token.IsZero(), g.s.o.UI+"/"+slug, "main"
	d["archived"], d["disabled"], d["fork"] = h.Archived, false, h.Parent != ""
	if h.Parent != "" {
		d["parent"], d["source"] = whole(h.named(h.Parent)), whole(h.named(h.Parent))
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		d["permissions"] = doc{"admin": false, "maintain": false, "push": !h.ReadOnly, "triage": !h.ReadOnly, "pull": true}
	}
	g.answer(w, r, d)
}

// named are the fields that every mention of a repository has.
func (h Hosted) named(slug string) doc {
	host := h.Host
	if host == "" {
		host = "https://github.com"
	}
	_, bare, _ := strings.Cut(host, "://")
	owner, name, _ := strings.Cut(slug, "/")
	out := mention(owner, name, false)
	out["clone_url"], out["ssh_url"] = host+"/"+slug+".git", "git@"+bare+":"+slug+".git"
	return out
}

func (g githubAPI) host() Hosted {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.hosted
}
