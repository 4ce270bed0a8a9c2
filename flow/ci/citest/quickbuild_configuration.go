package citest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ferry/flow/ci"
)

// QuickBuildTemplate is the path of a configuration that others are made from.
const QuickBuildTemplate = "root/templates/milestone"

// quickBuildOne is a configuration.
type quickBuildOne struct {
	id, path, document string
}

// configurationDoc is what the fake reads of a document that it gets.
type configurationDoc struct {
	XMLName   xml.Name   `xml:"com.pmease.quickbuild.model.Configuration"`
	ID        *string    `xml:"id"`
	Parent    string     `xml:"parent"`
	Name      string     `xml:"name"`
	Disabled  string     `xml:"disabled"`
	Command   []string   `xml:"stepDOMs>entry>com.pmease.quickbuild.plugin.basis.CommandBuildStep>command"`
	Variables []declared `xml:"variables>com.pmease.quickbuild.variable.Variable"`
}

type declared struct {
	Name  string `xml:"name"`
	Value string `xml:"valueProvider>value"`
}

// ones are the configurations that there are. The caller holds the lock.
func (q quickBuildAPI) ones() []quickBuildOne {
	if q.s.ones == nil {
		q.s.ones = []quickBuildOne{
			{"1", "root", bare("1", "", "root")}, {"2", "root/release", bare("2", "1", "release")}, {"3", "root/templates", bare("3", "1", "templates")},
			{"4", QuickBuildTemplate, quickBuildTemplate}, {configurationID, QuickBuildConfiguration, bare(configurationID, "2", "pypi")},
		}
	}
	return q.s.ones
}

func bare(id, parent, name string) string {
	return element("com.pmease.quickbuild.model.Configuration", "\n  "+element("id", id), "\n  "+element("parent", parent), "\n  "+element("name", name),
		"\n  "+element("disabled", "false"), "\n  <variables/>\n") + "\n"
}

// one finds a configuration; nil if there is none.
func (q quickBuildAPI) one(is func(quickBuildOne) bool) *quickBuildOne {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	all := q.ones()
	if i := slices.IndexFunc(all, is); i >= 0 {
		one := all[i]
		return &one
	}
	return nil
}

func byID(id string) func(quickBuildOne) bool {
	return func(o quickBuildOne) bool { return o.id == id }
}

func byPath(path string) func(quickBuildOne) bool {
	return func(o quickBuildOne) bool { return o.path == path }
}

// QuickBuildDocument is the document of a configuration; "" if there is none.
func (s *Server) QuickBuildDocument(path string) string {
	if o := (quickBuildAPI{s}).one(byPath(path)); o != nil {
		return o.document
	}
	return ""
}

// DeclareVariables does for a configuration what a person does on its page.
func (s *Server) DeclareVariables(path string, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range (quickBuildAPI{s}).ones() {
		if o.path != path {
			continue
		}
		var all strings.Builder
		for _, n := range names {
			all.WriteString("\n    " + element(variableElement, element("name", escaped(n)), `<valueProvider class="com.example.Fixed"><value/></valueProvider>`))
		}
		s.ones[i].document = strings.Replace(o.document, "<variables/>", "<variables>"+all.String()+"\n  </variables>", 1)
	}
}

const variableElement = "com.pmease.quickbuild.variable.Variable"

func (q quickBuildAPI) configuration(w http.ResponseWriter, r *http.Request) {
	o := q.one(byID(r.PathValue("id")))
	if o == nil {
		q.refuse(w, http.StatusNotFound)
		return
	}
	q.s.mu.Lock()
	off := q.s.o.Script.HookOff && o.id == configurationID
	q.s.mu.Unlock()
	if off {
		o.document = strings.Replace(o.document, "<disabled>false", "<disabled>true", 1)
	}
	writeXML(w, o.document)
}

// save makes a configuration, or changes one. Of a document that it does not like
// the server says nothing but that it failed.
func (q quickBuildAPI) save(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	var d configurationDoc
	switch {
	case q.s.hosted.ReadOnly:
		q.refuse(w, http.StatusForbidden)
		return
	case err != nil || xml.Unmarshal(body, &d) != nil:
		q.refuse(w, http.StatusInternalServerError)
		return
	}
	id, err := q.keep(d, strings.TrimPrefix(string(body), xml.Header+"\n"))
	if err != nil {
		q.s.o.Log("a configuration: %v", err)
		q.refuse(w, http.StatusInternalServerError)
		return
	}
	plain(w, id)
}

// below lists the configurations that stand below one, in brief.
func (q quickBuildAPI) below(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	var all []string
	for _, o := range q.ones() {
		var d configurationDoc
		if xml.Unmarshal([]byte(o.document), &d) == nil && d.Parent != "" && d.Parent == r.URL.Query().Get("parent_id") {
			all = append(all, element("com.pmease.quickbuild.model.Configuration", element("id", o.id), element("name", escaped(d.Name))))
		}
	}
	writeXML(w, element("list", all...))
}

// remove takes a configuration away, with the records of its builds.
func (q quickBuildAPI) remove(w http.ResponseWriter, r *http.Request) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	at := slices.IndexFunc(q.ones(), byID(r.PathValue("id")))
	switch {
	case q.s.hosted.ReadOnly:
		q.refuse(w, http.StatusForbidden)
	case at < 0:
		q.refuse(w, http.StatusNotFound)
	default:
		id := q.s.ones[at].id
		q.s.ones = slices.Delete(q.s.ones, at, at+1)
		q.s.builds = slices.DeleteFunc(q.s.builds, func(b *build) bool { return b.provider == onQuickBuild && b.configurationID() == id })
		w.WriteHeader(http.StatusNoContent)
	}
}

// keep stores a document, if it can be one of a configuration.
func (q quickBuildAPI) keep(d configurationDoc, body string) (string, error) {
	all := q.ones()
	up := slices.IndexFunc(all, byID(d.Parent))
	switch {
	case d.Name == "" || strings.Contains(d.Name, "/") || up < 0:
		return "", fmt.Errorf("the name is %q and the parent %q", d.Name, d.Parent)
	case !q.given(body):
		return "", fmt.Errorf("an encrypted value is none of this server's")
	}
	path := all[up].path + "/" + d.Name
	at := slices.IndexFunc(all, byPath(path))
	if d.ID != nil {
		if at = slices.IndexFunc(all, byID(*d.ID)); at < 0 {
			return "", fmt.Errorf("there is no configuration %q", *d.ID)
		}
		q.s.ones[at].path, q.s.ones[at].document = path, body
		return *d.ID, nil
	}
	if at >= 0 {
		return "", fmt.Errorf("%s is there already", path)
	}
	id := strconv.FormatInt(q.s.id(), 10)
	body = strings.Replace(body, "<com.pmease.quickbuild.model.Configuration>", "<com.pmease.quickbuild.model.Configuration>\n  "+element("id", id), 1)
	q.s.ones = append(q.s.ones, quickBuildOne{id, path, body})
	return id, nil
}

var encrypted = regexp.MustCompile(`secret="encrypt"[^>]*>([^<]*)<`)

// given says whether every encrypted value of a document is one that this server made.
func (q quickBuildAPI) given(body string) bool {
	for _, m := range encrypted.FindAllStringSubmatch(body, -1) {
		if !slices.ContainsFunc(q.ones(), func(o quickBuildOne) bool { return strings.Contains(o.document, ">"+m[1]+"<") }) {
			return false
		}
	}
	return true
}

// configured is the configuration that a request is for, and its variables: of
// those it declares, as the request has them. nil if there is none. The caller holds
// the lock.
func (q quickBuildAPI) configured(o orderDoc) (*quickBuildOne, map[string]string) {
	all := q.ones()
	at := slices.IndexFunc(all, byID(o.Configuration))
	if at < 0 {
		return nil, nil
	}
	var d configurationDoc
	if xml.Unmarshal([]byte(all[at].document), &d) != nil || d.Disabled == "true" {
		return nil, nil
	}
	vars := map[string]string{}
	for _, v := range d.Variables {
		vars[v.Name] = v.Value
		for _, given := range o.Variables {
			if len(given.Strings) == 2 && given.Strings[0] == v.Name {
				vars[v.Name] = given.Strings[1]
			}
		}
	}
	return &all[at], vars
}

// commands are what the steps of a configuration run, in their order.
func (o quickBuildOne) commands() []string {
	var d configurationDoc
	if xml.Unmarshal([]byte(o.document), &d) != nil {
		return nil
	}
	return d.Command
}

var reference = regexp.MustCompile(`\$\{vars\.get\("([^"]*)"\)\}`)

// expanded puts variables into a command. One that is not declared is an error of
// the script.
func expanded(command string, vars map[string]string) (string, error) {
	var err error
	out := reference.ReplaceAllStringFunc(command, func(m string) string {
		name := reference.FindStringSubmatch(m)[1]
		v, ok := vars[name]
		if !ok {
			err = fmt.Errorf("there is no variable %s", name)
		}
		return v
	})
	return out, err
}

// runs runs the commands of a configuration's steps, one after the other.
func (s *Server) runs(b *build, j *job, attempt int) {
	for _, c := range b.commands {
		line, err := expanded(c, b.vars)
		if err == nil {
			s.current(b, attempt, func() { s.print(b, j, "+ "+line) })
			if s.o.Command != nil {
				err = s.o.Command(s.stop, line)
			}
		}
		if err != nil {
			s.end(b, j, attempt, ci.StateFailed, "Step failed: "+err.Error())
			return
		}
	}
	s.end(b, j, attempt, ci.StatePassed)
}

// quickBuildTemplate is as a server of version 10 writes one, with a schedule, a
// variable and a value that it has encrypted. What is in it that nobody knows must
// come through.
const quickBuildTemplate = `<com.pmease.quickbuild.model.Configuration>
  <id>4</id>
  <concurrent>false</concurrent>
  <disabled>false</disabled>
  <parent>3</parent>
  <!-- kept by hand -->
  <name>milestone</name>
  <order>100</order>
  <novel mode='a "b"'>x &amp; y <![CDATA[<z>]]>	&#x41;</novel>
  <schedule class="com.pmease.quickbuild.taskschedule.schedule.CronSchedule">
    <paused>false</paused>
    <randomRange>120</randomRange>
    <expression>0 0 1 * * ?</expression>
  </schedule>
  <stepDOMs>
    <entry>
      <string>master</string>
      <com.pmease.quickbuild.stepsupport.SequentialStep revision="0.15.2.2">
        <name>master</name>
        <childStepNames>
          <string>run</string>
        </childStepNames>
      </com.pmease.quickbuild.stepsupport.SequentialStep>
    </entry>
    <entry>
      <string>run</string>
      <com.pmease.quickbuild.plugin.basis.CommandBuildStep revision="0.15.4">
        <name>run</name>
        <enabled>true</enabled>
        <command>sleep 100</command>
        <environments/>
        <returnCode>0</returnCode>
      </com.pmease.quickbuild.plugin.basis.CommandBuildStep>
    </entry>
  </stepDOMs>
  <repositoryDOMs>
    <entry>
      <string>code</string>
      <com.example.Git>
        <password secret="encrypt">b64:c2VhbGVk</password>
      </com.example.Git>
    </entry>
  </repositoryDOMs>
  <aggregationDOMs/>
  <variables>
    <com.pmease.quickbuild.variable.Variable>
      <name>where</name>
      <valueProvider class="com.example.Fixed">
        <value>there</value>
      </valueProvider>
    </com.pmease.quickbuild.variable.Variable>
  </variables>
  <notifications/>
  <promotions/>
</com.pmease.quickbuild.model.Configuration>
`
