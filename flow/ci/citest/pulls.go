package citest

import (
	"encoding/json"
	"net/http"
	"slices"

	"ferry/flow/ci"
)

// Pull is a pull request, or a merge request, of the git host.
type Pull struct {
	Number                  int
	Head, Base, Title, Body string
	Fork                    string // owner/name that Head is in; "" is the repository itself
	State                   ci.RequestState
}

// Pulls are those that there are, the oldest first.
func (s *Server) Pulls() []Pull {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pulls)
}

// AddPull puts one there as somebody else would, and gives its number.
func (s *Server) AddPull(p Pull) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addPull(p).Number
}

// SettlePull lets somebody merge, close or reopen one.
func (s *Server) SettlePull(number int, state ci.RequestState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pull(number); p != nil {
		p.State = state
	}
}

func (s *Server) addPull(p Pull) *Pull {
	p.Number = len(s.pulls) + 1
	if p.State == "" {
		p.State = ci.RequestOpen
	}
	s.pulls = append(s.pulls, p)
	return &s.pulls[len(s.pulls)-1]
}

// pull finds one by its number. The caller holds the lock.
func (s *Server) pull(number int) *Pull {
	if number < 1 || number > len(s.pulls) {
		return nil
	}
	return &s.pulls[number-1]
}

// What is wrong with a request for a pull request.
const (
	wrongTitle  = "title"
	wrongHead   = "head"
	wrongBase   = "base"
	wrongSame   = "same"
	wrongExists = "exists"
)

// wrongPull says what keeps one from being opened. Its branches must be there; that
// main is, no push need have told. The caller holds the lock.
func (s *Server) wrongPull(p Pull) string {
	same := func(o Pull) bool {
		return o.State == ci.RequestOpen && o.Head == p.Head && o.Base == p.Base && o.Fork == ""
	}
	switch {
	case p.Title == "":
		return wrongTitle
	case s.refs["refs/heads/"+p.Head] == "":
		return wrongHead
	case p.Base != "main" && s.refs["refs/heads/"+p.Base] == "":
		return wrongBase
	case s.refs["refs/heads/"+p.Head] == s.refs["refs/heads/"+p.Base]:
		return wrongSame
	case slices.ContainsFunc(s.pulls, same):
		return wrongExists
	}
	return ""
}

// strictly reads a body that holds nothing unknown.
func strictly(r *http.Request, v any) bool {
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	return in.Decode(v) == nil
}

// shownPulls are those of a state, or all, newest first. The caller holds the lock.
func (s *Server) shownPulls(state ci.RequestState, all bool) []Pull {
	var out []Pull
	for _, p := range slices.Backward(s.pulls) {
		merged := state == ci.RequestClosed && p.State == ci.RequestMerged
		if all || p.State == state || merged {
			out = append(out, p)
		}
	}
	return out
}
