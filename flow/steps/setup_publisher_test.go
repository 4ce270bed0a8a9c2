package steps_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// TestTrustPublisher: every value of the form is given, with the page for it, and
// nothing is claimed that cannot be seen.
func TestTrustPublisher(t *testing.T) {
	t.Parallel()
	const not = "not checked: only PyPI knows its publishers"
	for says, c := range map[string]struct {
		world   func(*trusted)
		account string
		want    flow.Status
		code    string
		tells   []string
		silent  string // is not said
	}{
		"a new project": {want: flow.Done, tells: []string{not, "enter at https://pypi.org/manage/account/publishing/: PyPI Project Name acme-core, Owner acme, Repository name acme-core, " +
			"Workflow name publish-pypi.yml, Environment name pypi", "It reserves nothing"}},
		"a person's environment": {world: func(s *trusted) { s.put(generated, s.workflow(toPyPI, "'pypi'", "'to-the-world'")) }, want: flow.Done, tells: []string{"Environment name to-the-world"}},
		"an existing project, whoever's": {world: exists(""), want: flow.Done, silent: "It reserves nothing", tells: []string{not, "whether it is yours is not known",
			"https://pypi.org/manage/project/acme-core/settings/publishing/?environment=pypi&owner=acme"}},
		"an existing project of ours":  {world: exists(""), account: "maintainer", want: flow.Done, tells: []string{not}, silent: "is yours"},
		"an existing project of Eve":   {world: exists(""), account: "ada", want: flow.Conflict, code: flow.CodeRegisterTaken, tells: []string{"ada is not among them"}},
		"a release names it":           {world: exists(publishedBy("acme/acme-core", "publish-pypi.yml", "pypi")), want: flow.Done, tells: []string{"PyPI trusts it"}, silent: "not checked"},
		"a release names another file": {world: exists(publishedBy("acme/acme-core", "release.yml", "pypi")), want: flow.Done, tells: []string{not}},
		"a release names another repo": {world: exists(publishedBy("eve/acme-core", "publish-pypi.yml", "pypi")), want: flow.Done, tells: []string{not}},
		"its provenance is nonsense":   {world: exists("{}"), want: flow.Done, tells: []string{not, "cannot be read"}},
		"too similar":                  {world: func(s *trusted) { s.index.Publish("acmec0re", "1.0", day); s.setup.Known = []string{"acmec0re"} }, want: flow.Failed, code: flow.CodeRegisterName, tells: []string{"too similar"}},
		"a module of Python":           {world: func(s *trusted) { s.setup.Name = "json" }, want: flow.Failed, code: flow.CodeRegisterName, tells: []string{"Python's own"}},
		"quarantined":                  {world: func(s *trusted) { exists("")(s); must(s.t, s.index.Quarantine(project, "spam")) }, want: flow.Conflict, code: flow.CodeRegisterHidden},
		"silence":                      {world: func(s *trusted) { s.shut("index", "500") }, want: flow.Unknown, code: flow.CodeIndexUnreachable},
	} {
		s := newTrusted(t, steps.PublishWorkflow, nil)
		if c.world != nil {
			c.world(s)
		}
		step := steps.NewTrustPublisher(s.yard, s.setup, toPyPI)
		step.Account = c.account
		f := s.see(step)
		is(t, says, f, c.want, c.code, c.tells...)
		if c.silent != "" && strings.Contains(f.Text+f.Warning, c.silent) {
			t.Errorf("%s: says %q in %q", says, c.silent, f.Text+f.Warning)
		}
		if f.Status == flow.Done && !slices.ContainsFunc(f.Facts, func(f flow.Fact) bool { return f.Witness == "form" && f.About == "Owner" && f.Says == "acme" }) {
			t.Errorf("%s: facts %+v", says, f.Facts)
		}
	}
}

// exists puts a release on the index, with provenance if there is any.
func exists(provenance string) func(*trusted) {
	return func(s *trusted) {
		f := dist(sdist)
		if provenance != "" {
			f.Provenance = []byte(provenance)
		}
		s.index.Publish(project, version, day, f)
	}
}

// publishedBy is provenance of our sdist.
func publishedBy(repository, file, environment string) string {
	f := dist(sdist)
	text := string(provenance(pypitest.File{Name: f.Name, Data: f.Data}, repository))
	return strings.NewReplacer(`"publish.yml"`, `"`+file+`"`, `"environment":"pypi"`, `"environment":"`+environment+`"`).Replace(text)
}

// TestTrustPublisherOnGitLab: the form of GitLab, and which of them is trusted.
func TestTrustPublisherOnGitLab(t *testing.T) {
	t.Parallel()
	s := onGitLab(t, "")
	f := s.see(steps.NewTrustPublisher(s.yard, s.setup, toTest))
	is(t, "GitLab", f, flow.Done, "", "only TestPyPI knows", "Namespace acme, Project name acme-core, Top-level pipeline file path .gitlab-ci.yml, Environment name testpypi",
		"https://test.pypi.org/manage/account/publishing/", "trusts gitlab.com; another GitLab, such as 127.0.0.1")
}
