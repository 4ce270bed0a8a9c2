package steps_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/keyring"
)

const (
	recipePath = "root/release/acme"
	quickToken = "quick-password"
)

// office is a bench with a QuickBuild beside it.
type office struct {
	*bench
	server *citest.Server
	lines  chan string // what its steps ran
	broken error       // what they end with
	answer func(*http.Request) int
	url    string
	yard   steps.Yard
	setup  steps.Setup
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{bench: newBench(t, options{}), lines: make(chan string, 10), answer: func(*http.Request) int { return 0 }}
	o.server = citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(quickToken), Script: citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "release"}}}}},
		Command: func(_ context.Context, line string) error { o.lines <- line; return o.broken }})
	t.Cleanup(o.server.Close)
	web := httptest.NewServer(o)
	t.Cleanup(web.Close)
	o.url = web.URL
	o.yard = steps.Yard{World: o.world, Server: o.at(web.URL, recipePath), RecipeText: quickbuild.File}
	o.setup = steps.Setup{Name: project, Version: version, Default: "main", Recipe: &ci.Recipe{Template: citest.QuickBuildTemplate}, RecipeFile: "ci/quickbuild.xml"}
	return o
}

// ServeHTTP lets the server answer with a status of the test's choosing.
func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := o.answer(r); status != 0 {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "java.lang.NullPointerException")
		return
	}
	o.server.QuickBuild().ServeHTTP(w, r)
}

func (o *office) at(url, path string) *quickbuild.Provider {
	o.t.Helper()
	p, err := quickbuild.New(quickbuild.Options{URL: url, Configuration: path, User: citest.QuickBuildUser, Password: keyring.NewSecret(quickToken)})
	must(o.t, err)
	return p
}

// another does what another maintainer does with the configuration.
func (o *office) another(r ci.Recipe) {
	o.t.Helper()
	d, err := o.yard.Server.Draft(o.t.Context(), r)
	must(o.t, err)
	_, err = o.yard.Server.Save(o.t.Context(), d)
	must(o.t, err)
}

// taken puts a configuration there in which nothing runs a command.
func (o *office) taken() {
	o.t.Helper()
	const doc = "<com.pmease.quickbuild.model.Configuration><parent>2</parent><name>acme</name><disabled>false</disabled><variables/></com.pmease.quickbuild.model.Configuration>"
	r := httptest.NewRequest(http.MethodPost, "/rest/configurations", strings.NewReader(doc))
	r.SetBasicAuth(citest.QuickBuildUser, quickToken)
	w := httptest.NewRecorder()
	if o.server.QuickBuild().ServeHTTP(w, r); w.Code != http.StatusOK {
		o.t.Fatal(w.Code)
	}
}

func (o *office) document() string { return o.server.QuickBuildDocument(recipePath) }

func TestSaveRecipeLaws(t *testing.T) {
	for name, there := range map[string]bool{"to be made": false, "to be changed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
				o := newOffice(t)
				w := flowtest.World{Step: steps.NewSaveRecipe(o.yard, o.setup), State: o.document, Spoil: o.taken, Effect: flow.Shared}
				if there {
					o.another(ci.Recipe{Template: citest.QuickBuildTemplate, Command: "make release"})
					w.Spoil = nil
				}
				return w, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSaveRecipeShows what it will write, without what is secret, and says what is
// left to a person.
func TestSaveRecipeShows(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := steps.NewSaveRecipe(o.yard, o.setup)
	f := s.Observe(flow.WithReading(t.Context()))
	if f.Status != flow.Todo || f.Diff == nil || !strings.Contains(f.Diff.Text, "+        <command>ferry release --plain --yes=") || !strings.Contains(f.Warning, "on a schedule") {
		t.Fatalf("%+v", f)
	}
	for _, secret := range []string{"c2VhbGVk", "there<"} {
		if strings.Contains(f.Diff.Text, secret) {
			t.Errorf("%s is shown", secret)
		}
	}
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Done || f.Diff != nil || !strings.Contains(o.document(), "acme-core") {
		t.Errorf("%+v\n%s", f, o.document())
	}
	if got := o.document(); !strings.Contains(got, "b64:c2VhbGVk") {
		t.Errorf("what is encrypted did not stay:\n%s", got)
	}
	o.setup.Recipe = nil
	o.yard.Server = o.at(o.url, "root/release/plain")
	if f := steps.NewSaveRecipe(o.yard, o.setup).Observe(t.Context()); !strings.Contains(f.Warning, "declare the variables ferry_ref, ferry_commit, ferry_version, ferry_options") {
		t.Errorf("%+v", f)
	}
}

// TestSaveRecipeHidesOldSecrets: those of a command that goes away, too.
func TestSaveRecipeHidesOldSecrets(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"TWINE_PASSWORD=hunter2secret make release", "twine upload --password hunter2secret dist/*", "twine upload -u me -p hunter2secret dist/*",
		"git push https://me:hunter2secret@git.example.org/acme", "twine upload -p pypi-AgEIcHlwaS5vcmcCJGh1bnRlcjJzZWNyZXQ"} {
		o := newOffice(t)
		o.another(ci.Recipe{Template: citest.QuickBuildTemplate, Command: line})
		f := steps.NewSaveRecipe(o.yard, o.setup).Observe(t.Context())
		if f.Status != flow.Todo || strings.Contains(f.Diff.Text, "hunter2secret") || strings.Contains(f.Diff.Text, "AgEIcHlwaS5vcmcC") {
			t.Errorf("%s: %s", line, f.Diff.Text)
		}
	}
}

// TestSaveRecipeWritesWhatWasShown, and nothing over what came since.
func TestSaveRecipeWritesWhatWasShown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := steps.NewSaveRecipe(o.yard, o.setup)
	s.Observe(flow.WithReading(t.Context()))
	o.another(ci.Recipe{Template: citest.QuickBuildTemplate, Command: "make release"})
	theirs := o.document()
	if err := s.Run(flow.WithReading(t.Context()), func(string) {}); serverCode(err) != flow.CodeServerChanged || o.document() != theirs {
		t.Errorf("%v\n%s", err, o.document())
	}
	if err := s.Undo(t.Context(), func(string) {}); serverCode(err) != flow.CodeServerUndo || o.document() != theirs {
		t.Errorf("an undo of what was not done: %v", err)
	}
	s.Observe(flow.WithReading(t.Context()))
	must(t, s.Run(flow.WithReading(t.Context()), func(string) {}))
	o.another(ci.Recipe{Template: citest.QuickBuildTemplate, Command: "make again"})
	theirs = o.document()
	if err := s.Undo(t.Context(), func(string) {}); serverCode(err) != flow.CodeServerUndo || o.document() != theirs {
		t.Errorf("an undo of what is no longer there: %v", err)
	}
}

func serverCode(err error) string {
	var p *flow.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// TestSaveRecipeSaysWhy: each has its own code, a way out, and nothing is changed.
func TestSaveRecipeSaysWhy(t *testing.T) {
	t.Parallel()
	answers := func(method, part string, status int) func(*office) {
		return func(o *office) {
			o.answer = func(r *http.Request) int {
				if r.Method == method && strings.Contains(r.URL.Path, part) {
					return status
				}
				return 0
			}
		}
	}
	for name, c := range map[string]struct {
		happens func(*office)
		code    string
		running bool
	}{
		"a template that is not there": {func(o *office) { o.setup.Recipe.Template = "root/none" }, flow.CodeServerMissing, false},
		"a step that is not there":     {func(o *office) { o.setup.Recipe.Step = "none" }, flow.CodeServerStep, false},
		"a login that is refused":      {answers("GET", "/ids", 401), flow.CodeServerRefused, false},
		"an older API":                 {answers("GET", "/ids", 404), flow.CodeServerOld, false},
		"no answer":                    {answers("GET", "/ids", 502), flow.CodeServerUnreachable, false},
		"no right to edit":             {func(o *office) { o.server.Host(citest.Hosted{ReadOnly: true}) }, flow.CodeServerRefused, true},
		"an API that takes none":       {answers("POST", "/configurations", 405), flow.CodeServerOld, true},
		"a server that fails on it":    {answers("POST", "/configurations", 500), flow.CodeServerRejected, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			c.happens(o)
			s := steps.NewSaveRecipe(o.yard, o.setup)
			f := s.Observe(flow.WithReading(t.Context()))
			p := f.Problem
			if c.running {
				errors.As(s.Run(flow.WithReading(t.Context()), func(string) {}), &p)
			}
			if p == nil || p.Code != c.code || len(p.Now) == 0 || len(p.Next) == 0 || f.Status == flow.Done || o.document() != "" {
				t.Errorf("%s: %+v", f.Status, p)
			}
			if !c.running && f.Status == flow.Todo {
				t.Error("it would go on")
			}
		})
	}
}
