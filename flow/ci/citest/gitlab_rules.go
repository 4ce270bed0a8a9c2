package citest

import (
	"net/http"
	"strings"
)

// Protected is a branch or tag, or a wildcard of them, that GitLab protects.
type Protected struct {
	Name   string
	Levels []int // who may push, or create a tag: 0 nobody, 30 developers, 40 maintainers
}

// Protect sets what GitLab protects, its environments, and the level of the account
// of the token.
func (s *Server) Protect(branches, tags []Protected, envs []Environment, level int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lab.branches, s.lab.tags, s.lab.environments, s.lab.level = branches, tags, envs, level
}

// SwitchOff turns GitLab's CI off for the project.
func (s *Server) SwitchOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lab.off = true
}

func (g gitlabAPI) project(w http.ResponseWriter, r *http.Request) {
	h, slug := g.s.hosted, g.s.o.Slug
	if h.Renamed != "" {
		if r.PathValue("project") != projectID {
			to := "http://" + r.Host + "/api/v4/projects/" + projectID
			w.Header().Set("Location", to)
			writeJSON(w, http.StatusMovedPermanently, doc{"message": "Moved Permanently"})
			return
		}
		slug = h.Renamed
	}
	_, name, _ := strings.Cut(slug, "/")
	d := doc{
		"id": 278964, "name": name, "path_with_namespace": slug, "web_url": g.s.o.UI + "/" + slug, "default_branch": "main", "archived": h.Archived,
		"http_url_to_repo": "https://gitlab.com/" + slug + ".git", "ssh_url_to_repo": "git@gitlab.com:" + slug + ".git",
		"visibility": "public", "builds_access_level": "enabled", "empty_repo": false,
	}
	if !g.s.o.Token.IsZero() {
		d["visibility"] = "private"
	}
	if g.s.lab.off {
		d["builds_access_level"] = "disabled"
	}
	if h.Parent != "" {
		d["forked_from_project"] = doc{"id": 1, "path_with_namespace": h.Parent, "http_url_to_repo": "https://gitlab.com/" + h.Parent + ".git"}
	}
	if r.Header.Get("PRIVATE-TOKEN") != "" {
		d["permissions"] = doc{"project_access": doc{"access_level": g.s.lab.access(h), "notification_level": 3}, "group_access": nil}
		d["ci_config_path"] = ""
	}
	g.answer(w, r, d)
}

// access is the level of the account of the token.
func (l gitlabSide) access(h Hosted) int {
	switch {
	case h.ReadOnly:
		return 20
	case l.level != 0:
		return l.level
	}
	return 40
}

func (g gitlabAPI) protectedBranches(w http.ResponseWriter, r *http.Request) {
	g.protected(w, r, g.s.lab.branches, "push_access_levels")
}

func (g gitlabAPI) protectedTags(w http.ResponseWriter, r *http.Request) {
	g.protected(w, r, g.s.lab.tags, "create_access_levels")
}

// protected lists what GitLab shows to those who have a part in the project.
func (g gitlabAPI) protected(w http.ResponseWriter, r *http.Request, of []Protected, key string) {
	switch {
	case r.Header.Get("PRIVATE-TOKEN") == "":
		g.refuse(w, http.StatusUnauthorized)
		return
	case g.s.lab.access(g.s.hosted) < 30:
		g.refuse(w, http.StatusForbidden)
		return
	}
	all := []doc{}
	for i, p := range of {
		levels := []doc{}
		for n, l := range p.Levels {
			levels = append(levels, doc{"id": n + 1, "access_level": l, "access_level_description": levelName(l), "user_id": nil, "group_id": nil, "deploy_key_id": nil})
		}
		all = append(all, doc{"id": i + 1, "name": p.Name, key: levels, "allow_force_push": false})
	}
	g.list(w, r, all)
}

func levelName(level int) string {
	switch level {
	case 0:
		return "No one"
	case 30:
		return "Developers + Maintainers"
	}
	return "Maintainers"
}

func (g gitlabAPI) protectedEnvironment(w http.ResponseWriter, r *http.Request) {
	for _, e := range g.s.lab.environments {
		if e.Name != r.PathValue("env") {
			continue
		}
		rules := []doc{}
		for i, who := range e.Reviewers {
			rules = append(rules, doc{"id": i + 1, "user_id": i + 7, "group_id": nil, "access_level": nil, "access_level_description": who, "required_approvals": 1})
		}
		g.answer(w, r, doc{"name": e.Name, "deploy_access_levels": []doc{}, "required_approval_count": 0, "approval_rules": rules})
		return
	}
	writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
}
