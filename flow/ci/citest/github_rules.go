package citest

import (
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ruleset is a set of rules of the repository for branches or tags.
type Ruleset struct {
	Name   string
	Target string   // branch or tag
	Match  string   // a pattern for the ref: refs/heads/release-*
	Types  []string // creation, deletion, update …
	Off    bool     // is written and not enforced
	Bypass string   // what the account of the token may: always, pull_requests_only, never, exempt; "" is not told
}

// Environment is a place that jobs deploy to.
type Environment struct {
	Name      string
	Reviewers []string
	Wait      time.Duration
	Protected bool     // only protected branches may deploy
	Policies  []string // only these patterns may, where there are any; a tag begins with tag:
}

// Guard sets the rules of the repository and its environments.
func (s *Server) Guard(rules []Ruleset, envs []Environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rulesets, s.environments = rules, envs
}

// branchRules are the rules for a branch, whether there is one or not.
func (g githubAPI) branchRules(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all := []doc{}
	for i, s := range g.s.rulesets {
		if hit, err := path.Match(s.Match, "refs/heads/"+r.PathValue("branch")); s.Target != "branch" || s.Off || err != nil || !hit {
			continue
		}
		for _, t := range s.Types {
			all = append(all, doc{"type": t, "ruleset_source_type": "Repository", "ruleset_source": g.s.o.Slug, "ruleset_id": i + 1})
		}
	}
	g.answer(w, r, paged(w, r, all))
}

func (g githubAPI) rulesetList(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	targets := strings.FieldsFunc(r.URL.Query().Get("targets"), func(c rune) bool { return c == ',' })
	all := []doc{}
	for i, s := range g.s.rulesets {
		if len(targets) == 0 || slices.Contains(targets, s.Target) {
			all = append(all, g.ruleset(i, s))
		}
	}
	g.answer(w, r, paged(w, r, all))
}

func (g githubAPI) ruleset(i int, s Ruleset) doc {
	enforcement := "active"
	if s.Off {
		enforcement = "disabled"
	}
	return doc{
		"id": i + 1, "name": s.Name, "target": s.Target, "source_type": "Repository", "source": g.s.o.Slug, "enforcement": enforcement, "node_id": "RRS_1",
		"created_at": moment(someday), "updated_at": moment(someday),
		"_links": doc{"self": doc{"href": "https://api.github.com/repos/" + g.s.o.Slug + "/rulesets/" + strconv.Itoa(i+1)}, "html": doc{"href": g.s.o.UI + "/" + g.s.o.Slug + "/rules/" + strconv.Itoa(i+1)}},
	}
}

// someday is when things were made of which nobody asks.
var someday = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

// oneRuleset tells also what is in it.
func (g githubAPI) oneRuleset(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > len(g.s.rulesets) {
		g.refuse(w, http.StatusNotFound)
		return
	}
	s := g.s.rulesets[id-1]
	d, types := g.ruleset(id-1, s), []doc{}
	for _, t := range s.Types {
		types = append(types, doc{"type": t})
	}
	if s.Bypass != "" {
		d["current_user_can_bypass"] = s.Bypass
	}
	d["rules"], d["conditions"] = types, doc{"ref_name": doc{"include": []string{s.Match}, "exclude": []string{}}}
	g.answer(w, r, d)
}

// environment is shown to everybody who may see the repository.
func (g githubAPI) environment(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	i := slices.IndexFunc(g.s.environments, func(e Environment) bool { return e.Name == r.PathValue("name") })
	if i < 0 {
		g.refuse(w, http.StatusNotFound)
		return
	}
	e := g.s.environments[i]
	protection := []doc{}
	if e.Wait > 0 {
		protection = append(protection, doc{"id": 1, "node_id": "GA_1", "type": "wait_timer", "wait_timer": int(e.Wait.Minutes())})
	}
	if len(e.Reviewers) > 0 {
		who := []doc{}
		for _, login := range e.Reviewers {
			who = append(who, doc{"type": "User", "reviewer": user(login)})
		}
		protection = append(protection, doc{"id": 2, "node_id": "GA_2", "type": "required_reviewers", "prevent_self_review": false, "reviewers": who})
	}
	out := doc{
		"id": i + 1, "node_id": "EN_1", "name": e.Name, "url": "https://api.github.com/repos/" + g.s.o.Slug + "/environments/" + e.Name,
		"html_url":   g.s.o.UI + "/" + g.s.o.Slug + "/deployments/activity_log?environments_filter=" + e.Name,
		"created_at": moment(someday), "updated_at": moment(someday), "protection_rules": protection, "deployment_branch_policy": nil,
	}
	if custom := len(e.Policies) > 0; e.Protected || custom {
		out["deployment_branch_policy"] = doc{"protected_branches": !custom, "custom_branch_policies": custom}
		out["protection_rules"] = append(protection, doc{"id": 3, "node_id": "GA_3", "type": "branch_policy"})
	}
	g.answer(w, r, out)
}

func (g githubAPI) branchPolicies(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	all, known := []doc{}, false
	for _, e := range g.s.environments {
		if e.Name != r.PathValue("name") {
			continue
		}
		known = true
		for i, p := range e.Policies {
			kind, pattern := "branch", p
			if tag, ok := strings.CutPrefix(p, "tag:"); ok {
				kind, pattern = "tag", tag
			}
			all = append(all, doc{"id": i + 1, "node_id": "DBP_1", "name": pattern, "type": kind})
		}
	}
	if !known {
		g.refuse(w, http.StatusNotFound)
		return
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "branch_policies": page})
}
