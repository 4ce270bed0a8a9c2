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

// Guard sets the rules of the repository and its environments.
func (s *Server) Guard(rules []Ruleset, envs []Environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rulesets, s.environments = rules, slices.Clone(envs)
	for i := range s.environments {
		s.environments[i].numbered(s)
	}
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
