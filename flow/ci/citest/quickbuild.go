package citest

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// onQuickBuild is the service whose builds it is.
const onQuickBuild = "quickbuild"

// What the fake QuickBuild has: one configuration, and one user whose password is
// the token of the Options.
const (
	QuickBuildConfiguration = "root/release/pypi"
	QuickBuildUser          = "ferry"

	configurationID = "26227"
)

// QuickBuild serves the REST API of QuickBuild, at the root. It builds nothing for
// a push, only what it is asked for, and what Poll finds.
func (s *Server) QuickBuild() http.Handler {
	q := quickBuildAPI{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rest/version", func(w http.ResponseWriter, _ *http.Request) { plain(w, "10.0.34") })
	mux.HandleFunc("GET /rest/ids", q.ids)
	mux.HandleFunc("GET /rest/builds", q.builds)
	mux.HandleFunc("GET /rest/builds/{id}", q.build)
	mux.HandleFunc("GET /rest/builds/{id}/request_id", q.requestID)
	mux.HandleFunc("GET /rest/build_requests", q.requests)
	mux.HandleFunc("POST /rest/build_requests", q.order)
	mux.HandleFunc("DELETE /rest/build_requests/{id}", q.withdraw)
	mux.HandleFunc("GET /rest/configurations/{id}", q.configuration)
	mux.HandleFunc("GET /rest/configurations", q.below)
	mux.HandleFunc("POST /rest/configurations", q.save)
	mux.HandleFunc("DELETE /rest/configurations/{id}", q.remove)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { q.refuse(w, http.StatusNotFound) })
	return s.faulty(q.admit(mux), q.refuse)
}

// Poll builds what the configuration's repository has on a ref, as a schedule
// does: of such a build the revision is known, and no variable.
func (s *Server) Poll(ref string) {
	s.mu.Lock()
	sha := s.refs[ref]
	s.mu.Unlock()
	if sha != "" {
		s.ask(&build{event: "schedule", ref: ref, sha: sha, path: QuickBuildConfiguration, configuration: configurationID})
	}
}

// ask starts a build of a configuration. The one that was always there publishes.
func (s *Server) ask(b *build) *build {
	b.provider, b.by, b.name = onQuickBuild, "1", b.path
	if b.configuration == configurationID {
		b.deploys = []rules.Deploy{{Provider: onQuickBuild}}
	}
	s.start(b)
	return b
}

// quickBuildAPI answers as QuickBuild does.
type quickBuildAPI struct{ s *Server }

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte(text)) // the client may be gone
}

func writeXML(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write([]byte(xml.Header + "\n" + body))
}

// element writes an element around what is inside it already.
func element(name string, inner ...string) string {
	return "<" + name + ">" + strings.Join(inner, "") + "</" + name + ">"
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a Buffer takes everything
	return b.String()
}

func (quickBuildAPI) refuse(w http.ResponseWriter, status int) {
	http.Error(w, http.StatusText(status), status)
}

// admit refuses what the real service would: a wrong login, several kinds of
// answer at once.
func (q quickBuildAPI) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, given := r.BasicAuth()
		switch {
		case strings.Contains(r.Header.Get("Accept"), ","):
			q.refuse(w, http.StatusInternalServerError)
		case given && (user != QuickBuildUser || !q.s.admits(password, "")), !given && (!q.s.o.Token.IsZero() || r.Method != http.MethodGet):
			w.Header().Set("WWW-Authenticate", `Basic realm="QuickBuild"`)
			q.refuse(w, http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// configurationID is the number of the configuration that a build is of.
func (b *build) configurationID() string { return cmp.Or(b.configuration, configurationID) }

// uuid is the id of the request that a build was made for.
func (b *build) uuid() string { return fmt.Sprintf("e8e5fb23-7aff-4efd-9825-%012d", b.id) }

// find gives the build that is asked for. The caller holds the lock.
func (q quickBuildAPI) find(is func(*build) bool) *build {
	for _, b := range q.s.builds {
		if b.provider == onQuickBuild && is(b) {
			return b
		}
	}
	return nil
}

// ids finds numbers. Of a request there is one as soon as a build runs for it.
func (q quickBuildAPI) ids(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	one := q.one(byPath(v.Get("configuration_path")))
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	b := q.find(func(b *build) bool { return b.uuid() == v.Get("request_id") && b.state != ci.StateQueued })
	switch {
	case one != nil:
		plain(w, one.id)
	case b != nil:
		plain(w, strconv.FormatInt(b.id, 10))
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (q quickBuildAPI) builds(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	v := r.URL.Query()
	if !v.Has("count") {
		q.refuse(w, http.StatusBadRequest)
		return
	}
	var all []string
	for _, b := range slices.Backward(q.s.builds) {
		if b.provider == onQuickBuild && b.state != ci.StateQueued && (!v.Has("configuration_id") || v.Get("configuration_id") == b.configurationID()) {
			all = append(all, q.render(r, b))
		}
	}
	first, count := min(number(v, "first", 0), len(all)), number(v, "count", 0)
	writeXML(w, element("list", all[first:min(first+count, len(all))]...))
}

func (q quickBuildAPI) build(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	if b := q.find(func(b *build) bool {
		return strconv.FormatInt(b.id, 10) == r.PathValue("id") && b.state != ci.StateQueued
	}); b != nil {
		writeXML(w, q.render(r, b))
		return
	}
	q.refuse(w, http.StatusNotFound)
}

// render writes a build. What it was asked for with are its variables; what it
// checked out is its revision.
func (q quickBuildAPI) render(r *http.Request, b *build) string {
	const timeForm = "2006-01-02T15:04:05.000Z07:00"
	steps := entry("master", stepRuntime(quickBuildState(r, b.state)))
	for _, j := range b.jobs {
		steps += entry("master>"+j.script.Name, stepRuntime(quickBuildState(r, j.state)))
	}
	out := element("id", strconv.FormatInt(b.id, 10)) + element("configuration", b.configurationID()) + element("version", "1.0."+strconv.Itoa(b.number)) +
		element("requester", "1") + element("scheduled", strconv.FormatBool(b.event == "schedule")) + element("status", escaped(quickBuildState(r, b.state)))
	if !b.started.IsZero() {
		out += element("beginDate", b.started.Format(timeForm))
	}
	if !b.ended.IsZero() {
		out += element("statusDate", b.ended.Add(time.Millisecond).Format(timeForm)) + element("duration", strconv.FormatInt(b.ended.Sub(b.started).Milliseconds(), 10))
	}
	revisions, variables := "", ""
	if b.event == "schedule" || b.ref == "" && b.sha != "" {
		revisions = entry("code", element("com.pmease.quickbuild.repositorysupport.RepositoryRuntime",
			element("revisionDOM", element("com.pmease.quickbuild.plugin.scm.git.GitRevision", element("value", escaped(b.sha))))))
	} else if b.sha != "" {
		variables = entry("ferry_commit", secretAware(b.sha)) + entry("ferry_ref", secretAware(b.ref))
	}
	for _, name := range b.others() {
		variables += entry(name, secretAware(b.vars[name]))
	}
	return element("com.pmease.quickbuild.model.Build", out, element("stepRuntimes", steps), element("repositoryRuntimes", revisions), element("secretAwareVariableValues", variables))
}

// others are the names of the variables that say something else than the commit.
func (b *build) others() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(b.vars)), func(n string) bool { return n == "ferry_commit" || n == "ferry_ref" })
}

func entry(key, value string) string { return element("entry", element("string", escaped(key)), value) }

func secretAware(value string) string {
	return element("com.pmease.quickbuild.SecretAwareString", element("string", escaped(value)), element("secret", "false"))
}

func stepRuntime(status string) string {
	return element("com.pmease.quickbuild.stepsupport.StepRuntime", element("status", escaped(status)), element("nodeAddress", "node:8810"), element("resources"))
}

// quickBuildState is the word for a state of a build or a step.
func quickBuildState(r *http.Request, s ci.State) string {
	if odd := stateIn(r.Context()); odd != "" {
		return odd
	}
	switch s {
	case ci.StatePassed:
		return "SUCCESSFUL"
	case ci.StateErrored:
		return "TIMEOUT"
	}
	return strings.ToUpper(string(s)) // running, failed, cancelled, skipped
}
