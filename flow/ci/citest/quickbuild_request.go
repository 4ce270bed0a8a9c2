package citest

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"time"

	"ferry/flow/ci"
)

// orderDoc is a request for a build.
type orderDoc struct {
	XMLName       xml.Name `xml:"com.pmease.quickbuild.BuildRequest"`
	Configuration string   `xml:"configurationId"`
	Variables     []struct {
		Strings []string `xml:"string"`
	} `xml:"variables>entry"`
}

func (o orderDoc) variable(name string) string {
	for _, v := range o.Variables {
		if len(v.Strings) == 2 && v.Strings[0] == name {
			return v.Strings[1]
		}
	}
	return ""
}

// order takes a request. One that is like another that waits is joined to it.
func (q quickBuildAPI) order(w http.ResponseWriter, r *http.Request) {
	var o orderDoc
	if err := xml.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o); err != nil {
		q.refuse(w, http.StatusInternalServerError) // it says no more of a document that it does not like
		return
	}
	ref, sha := o.variable("ferry_ref"), o.variable("ferry_commit")
	q.s.mu.Lock()
	one, vars := q.configured(o)
	waiting := q.find(func(b *build) bool {
		return b.state == ci.StateQueued && b.ref == ref && b.sha == sha && b.configurationID() == o.Configuration
	})
	q.s.mu.Unlock()
	if one == nil {
		q.refuse(w, http.StatusInternalServerError)
		return
	}
	if waiting != nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if one.id != configurationID { // of what it does not declare a build shows nothing
		ref, sha = vars["ferry_ref"], vars["ferry_commit"]
	}
	b := q.s.ask(&build{event: "api", ref: ref, sha: sha, path: one.path, configuration: one.id, commands: one.commands(), vars: vars})
	writeXML(w, element("com.pmease.quickbuild.RequestResult", element("requestId", b.uuid()), element("loopedRequest", "false")))
}

// requests lists what waits, and what a build runs for.
func (q quickBuildAPI) requests(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	var all []string
	for _, b := range q.s.builds {
		if v := r.URL.Query(); b.provider != onQuickBuild || b.state.Final() || v.Has("configuration_id") && v.Get("configuration_id") != b.configurationID() {
			continue
		}
		status, variables := "RUNNING_BUILD", ""
		if b.state == ci.StateQueued {
			status = "WAITING_PROCESS"
		}
		if odd := stateIn(r.Context()); odd != "" {
			status = odd
		}
		if b.event != "schedule" && b.ref != "" && b.sha != "" {
			variables = entry("ferry_commit", element("string", escaped(b.sha))) + entry("ferry_ref", element("string", escaped(b.ref)))
		}
		for _, name := range b.others() {
			variables += entry(name, element("string", escaped(b.vars[name])))
		}
		all = append(all, element("com.pmease.quickbuild.BuildRequest",
			element("configurationId", b.configurationID()), element("respectBuildCondition", "false"), element("variables", variables), element("id", b.uuid()),
			element("priority", "5"), element("requestDate", b.created.UTC().Format(time.RFC3339Nano)), element("requesterId", "1"),
			element("scheduled", strconv.FormatBool(b.event == "schedule")), element("status", escaped(status))))
	}
	writeXML(w, element("list", all...))
}

// requestID tells the request of a build that has not ended.
func (q quickBuildAPI) requestID(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	b := q.find(func(b *build) bool { return strconv.FormatInt(b.id, 10) == r.PathValue("id") })
	switch {
	case b == nil:
		q.refuse(w, http.StatusNotFound)
	case b.state.Final():
		w.WriteHeader(http.StatusNoContent)
	default:
		plain(w, b.uuid())
	}
}

// withdraw takes a request back, and stops the build that runs for it.
func (q quickBuildAPI) withdraw(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	b := q.find(func(b *build) bool { return b.uuid() == r.PathValue("id") && !b.state.Final() })
	if b == nil {
		q.refuse(w, http.StatusNotFound)
		return
	}
	q.s.cancel(b)
	plain(w, "")
}
