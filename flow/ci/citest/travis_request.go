package citest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// account is whose token it is that clients of the APIs send.
const account = "erin"

// Request is what Travis makes of a push that it heard of.
type Request struct {
	Ref, SHA string
	Rejected bool   // no build comes of it
	Text     string // why, in Travis' words
	Message  string // what its reader of configurations found; only to be asked for
	At       time.Time
}

// AddRequest lets Travis have heard of a push.
func (s *Server) AddRequest(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.At.IsZero() {
		r.At = s.o.Now()
	}
	s.heard = append(s.heard, r)
}

// reject takes down that the CI file wants no build of a ref.
func (s *Server) reject(provider, ref, sha string) {
	if provider == onTravis {
		s.AddRequest(Request{Ref: ref, SHA: sha, Rejected: true, Text: "Branch not included per configuration"})
	}
}

// all are the requests there were: those that were taken down, and one for each
// build. The caller holds the lock.
func (t travisAPI) all() []Request {
	out := slices.Clone(t.s.heard)
	for _, b := range t.s.builds {
		if b.provider == onTravis {
			out = append(out, Request{Ref: b.ref, SHA: b.sha, At: b.created})
		}
	}
	slices.SortStableFunc(out, func(a, b Request) int { return a.At.Compare(b.At) })
	return out
}

func (t travisAPI) requests(w http.ResponseWriter, r *http.Request) {
	if !t.ours(w, r) {
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	limit := min(number(r.URL.Query(), "limit", 25), 100)
	out := []doc{}
	for i, q := range slices.Backward(t.all()) {
		if len(out) < limit {
			out = append(out, t.renderRequest(i+1, q))
		}
	}
	writeJSON(w, http.StatusOK, doc{"@type": "requests", "@href": r.URL.RequestURI(), "@representation": "standard", "requests": out})
}

func (t travisAPI) renderRequest(id int, q Request) doc {
	result := "approved"
	if q.Rejected {
		result = "rejected"
	}
	return doc{
		"@type": "request", "@representation": "standard", "id": id, "state": "finished", "result": result, "message": orNull(q.Text),
		"branch_name": travisBranch(q.Ref), "commit": doc{"@type": "commit", "sha": q.SHA, "ref": q.Ref}, "builds": []doc{},
		"created_at": moment(q.At), "event_type": "push",
	}
}

func (t travisAPI) messages(w http.ResponseWriter, r *http.Request) {
	if !t.ours(w, r) {
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	all := t.all()
	i, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || i < 1 || i > len(all) {
		t.refuse(w, http.StatusNotFound)
		return
	}
	out := []doc{}
	if m := all[i-1].Message; m != "" {
		out = append(out, doc{"@type": "message", "@representation": "standard", "id": 1, "level": "alert", "key": "deploy", "code": m, "args": doc{}})
	}
	writeJSON(w, http.StatusOK, doc{"@type": "messages", "@href": r.URL.Path, "@representation": "standard", "messages": out})
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
