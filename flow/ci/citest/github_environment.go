package citest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Environment is a place that jobs deploy to.
type Environment struct {
	Name         string
	Reviewers    []string
	NoSelfReview bool   // nobody lets their own job through
	NoBypass     bool   // not even for administrators
	Rule         string // a kind of rule that an app adds
	Wait         time.Duration
	Protected    bool     // only protected branches may deploy
	Custom       bool     // only Policies may, also where there are none
	Policies     []string // only these patterns may, where there are any; a tag begins with tag:
	Secrets      int      // how many it holds
	Variables    int

	id  int64
	ids map[string]int64 // of the policies
}

// Environments are those that there are now.
func (s *Server) Environments() []Environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.environments)
	for i := range out {
		out[i].Policies, out[i].id, out[i].ids = slices.Clone(out[i].Policies), 0, nil
	}
	return out
}

// Change is what a person does to an environment on the pages of the host.
func (s *Server) Change(name string, by func(*Environment)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.environmentAt(name); i >= 0 {
		by(&s.environments[i])
		s.environments[i].numbered(s)
	}
}

// numbered gives an environment and its policies the numbers that they lack. The
// caller holds the lock.
func (e *Environment) numbered(s *Server) {
	e.Custom = e.Custom || len(e.Policies) > 0
	e.Policies = slices.Clone(e.Policies)
	if e.id == 0 {
		s.lastID++
		e.id, e.ids = s.lastID, map[string]int64{}
	}
	for _, p := range e.Policies {
		if e.ids[p] == 0 {
			s.lastID++
			e.ids[p] = s.lastID
		}
	}
}

func (g githubAPI) environmentRoutes(mux *http.ServeMux) {
	const one = " /repos/{owner}/{repo}/environments/{name}"
	mux.HandleFunc("GET"+one, g.withEnvironment(g.environment))
	mux.HandleFunc("PUT"+one, g.writing(g.putEnvironment))
	mux.HandleFunc("DELETE"+one, g.writing(g.withEnvironment(g.deleteEnvironment)))
	mux.HandleFunc("GET"+one+"/deployment-branch-policies", g.withEnvironment(g.branchPolicies))
	mux.HandleFunc("GET"+one+"/deployment-branch-policies/{id}", g.withEnvironment(g.branchPolicy))
	mux.HandleFunc("POST"+one+"/deployment-branch-policies", g.writing(g.withEnvironment(g.addPolicy)))
	mux.HandleFunc("DELETE"+one+"/deployment-branch-policies/{id}", g.writing(g.withEnvironment(g.deletePolicy)))
	mux.HandleFunc("GET"+one+"/secrets", g.writing(g.withEnvironment(g.environmentSecrets)))
	mux.HandleFunc("GET"+one+"/variables", g.writing(g.withEnvironment(g.environmentVariables)))
}

// writing is for those who may write to the repository.
func (g githubAPI) writing(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			g.refuse(w, http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// withEnvironment finds the environment of a path, and holds the lock meanwhile.
func (g githubAPI) withEnvironment(next func(http.ResponseWriter, *http.Request, *Environment)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		if i := g.s.environmentAt(r.PathValue("name")); i >= 0 {
			next(w, r, &g.s.environments[i])
			return
		}
		g.refuse(w, http.StatusNotFound)
	}
}

func (s *Server) environmentAt(name string) int {
	return slices.IndexFunc(s.environments, func(e Environment) bool { return strings.EqualFold(e.Name, name) })
}

// environment is shown to everybody who may see the repository.
func (g githubAPI) environment(w http.ResponseWriter, r *http.Request, e *Environment) {
	protection := []doc{}
	add := func(on bool, d doc) {
		if on {
			d["id"], d["node_id"] = len(protection)+1, "GA_"+strconv.Itoa(len(protection)+1)
			protection = append(protection, d)
		}
	}
	who := []doc{}
	for _, login := range e.Reviewers {
		who = append(who, doc{"type": "User", "reviewer": user(login)})
	}
	add(e.Wait > 0, doc{"type": "wait_timer", "wait_timer": int(e.Wait.Minutes())})
	add(len(who) > 0 || e.NoSelfReview, doc{"type": "required_reviewers", "prevent_self_review": e.NoSelfReview, "reviewers": who})
	add(e.Rule != "", doc{"type": e.Rule})
	add(e.Protected || e.Custom, doc{"type": "branch_policy"})
	out := doc{
		"id": e.id, "node_id": "EN_1", "name": e.Name, "url": "https://api.github.com/repos/" + g.s.o.Slug + "/environments/" + e.Name,
		"html_url":   g.s.o.UI + "/" + g.s.o.Slug + "/deployments/activity_log?environments_filter=" + e.Name,
		"created_at": moment(someday), "updated_at": moment(someday), "protection_rules": protection, "deployment_branch_policy": nil,
		"can_admins_bypass": !e.NoBypass,
	}
	if e.Protected || e.Custom {
		out["deployment_branch_policy"] = doc{"protected_branches": e.Protected, "custom_branch_policies": e.Custom}
	}
	g.answer(w, r, out)
}

// wantedEnvironment is the body of a PUT. What it leaves out is reset.
type wantedEnvironment struct {
	Wait       int  `json:"wait_timer"`
	SelfReview bool `json:"prevent_self_review"`
	Reviewers  []struct {
		Type string `json:"type"`
		ID   int    `json:"id"`
	} `json:"reviewers"`
	Branches *struct {
		Protected bool `json:"protected_branches"`
		Custom    bool `json:"custom_branch_policies"`
	} `json:"deployment_branch_policy"`
}

func (b wantedEnvironment) wrong() error {
	switch {
	case b.Wait < 0 || b.Wait > 43200:
		return errors.New("wait_timer is out of range")
	case b.Branches != nil && b.Branches.Protected == b.Branches.Custom:
		return errors.New("protected_branches and custom_branch_policies cannot have the same value")
	case len(b.Reviewers) > 6:
		return errors.New("there are more than six reviewers")
	}
	return nil
}

func (g githubAPI) putEnvironment(w http.ResponseWriter, r *http.Request) {
	var b wantedEnvironment
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	err := in.Decode(&b)
	if err == nil {
		err = b.wrong()
	}
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "Validation Failed: " + err.Error(), "documentation_url": api})
		return
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	i := g.s.environmentAt(r.PathValue("name"))
	if i < 0 {
		i = len(g.s.environments)
		g.s.environments = append(g.s.environments, Environment{Name: r.PathValue("name")})
	}
	e := &g.s.environments[i]
	b.into(e)
	e.numbered(g.s)
	g.environment(w, r, e)
}

func (b wantedEnvironment) into(e *Environment) {
	e.Wait, e.NoSelfReview, e.NoBypass = time.Duration(b.Wait)*time.Minute, b.SelfReview, false
	e.Protected, e.Custom = b.Branches != nil && b.Branches.Protected, b.Branches != nil && b.Branches.Custom
	if !e.Custom {
		e.Policies, e.ids = nil, map[string]int64{}
	}
	e.Reviewers = e.Reviewers[:min(len(e.Reviewers), len(b.Reviewers))] // all users of the fake have one number
}

func (g githubAPI) deleteEnvironment(w http.ResponseWriter, r *http.Request, _ *Environment) {
	i := g.s.environmentAt(r.PathValue("name"))
	g.s.environments = slices.Delete(g.s.environments, i, i+1)
	w.WriteHeader(http.StatusNoContent)
}

// policyKind takes a policy of Environment apart.
func policyKind(p string) (kind, pattern string) {
	if tag, ok := strings.CutPrefix(p, "tag:"); ok {
		return "tag", tag
	}
	return "branch", p
}

func (e *Environment) policy(p string) doc {
	kind, pattern := policyKind(p)
	return doc{"id": e.ids[p], "node_id": "DBP_1", "name": pattern, "type": kind}
}

func (g githubAPI) branchPolicies(w http.ResponseWriter, r *http.Request, e *Environment) {
	all := []doc{}
	for _, p := range e.Policies {
		all = append(all, e.policy(p))
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "branch_policies": page})
}

// byID finds a policy by the number in the path.
func (e *Environment) byID(r *http.Request) int {
	return slices.IndexFunc(e.Policies, func(p string) bool { return strconv.FormatInt(e.ids[p], 10) == r.PathValue("id") })
}

func (g githubAPI) branchPolicy(w http.ResponseWriter, r *http.Request, e *Environment) {
	if i := e.byID(r); i >= 0 {
		g.answer(w, r, e.policy(e.Policies[i]))
		return
	}
	g.refuse(w, http.StatusNotFound)
}

func (g githubAPI) addPolicy(w http.ResponseWriter, r *http.Request, e *Environment) {
	var b struct{ Name, Type string }
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	p := ""
	switch err := in.Decode(&b); {
	case err != nil || b.Name == "" || b.Type != "" && b.Type != "branch" && b.Type != "tag":
		writeJSON(w, http.StatusUnprocessableEntity, doc{"message": "Validation Failed", "documentation_url": api})
		return
	case !e.Custom:
		g.refuse(w, http.StatusNotFound)
		return
	case b.Type == "tag":
		p = "tag:"
	}
	p += b.Name
	if slices.Contains(e.Policies, p) {
		w.Header().Set("Location", fmt.Sprintf("%s/%d", r.URL.Path, e.ids[p]))
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	e.Policies = append(e.Policies, p)
	e.numbered(g.s)
	writeJSON(w, http.StatusOK, e.policy(p))
}

func (g githubAPI) deletePolicy(w http.ResponseWriter, r *http.Request, e *Environment) {
	i := e.byID(r)
	if i < 0 {
		g.refuse(w, http.StatusNotFound)
		return
	}
	delete(e.ids, e.Policies[i])
	e.Policies = slices.Delete(e.Policies, i, i+1)
	w.WriteHeader(http.StatusNoContent)
}

// Of what an environment holds only the number is told here.
func (g githubAPI) environmentSecrets(w http.ResponseWriter, r *http.Request, e *Environment) {
	all := []doc{}
	for i := range e.Secrets {
		all = append(all, doc{"name": fmt.Sprintf("SECRET_%d", i), "created_at": moment(someday), "updated_at": moment(someday)})
	}
	g.answer(w, r, doc{"total_count": len(all), "secrets": paged(w, r, all)})
}

func (g githubAPI) environmentVariables(w http.ResponseWriter, r *http.Request, e *Environment) {
	all := []doc{}
	for i := range e.Variables {
		all = append(all, doc{"name": fmt.Sprintf("VARIABLE_%d", i), "value": "x", "created_at": moment(someday), "updated_at": moment(someday)})
	}
	g.answer(w, r, doc{"total_count": len(all), "variables": paged(w, r, all)})
}
