package steps_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
	"ferry/keyring"
)

func variableStep(s *site) flow.Step { return steps.NewSetVariable(s.y, s.s, s.lane("pypi")) }

// has puts a variable into the settings by hand. A public one is made by a plain
// request: we make none.
func (s *site) has(name, branch string, public bool) {
	body := fmt.Sprintf(`{"env_var.name":%q,"env_var.value":"theirs","env_var.public":%t,"env_var.branch":%q}`, name, public, branch)
	if branch == "" {
		body = fmt.Sprintf(`{"env_var.name":%q,"env_var.value":"theirs","env_var.public":%t}`, name, public)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.web+"/repo/acme%2Facme-core/env_vars", strings.NewReader(body))
	must(s.t, err)
	r.Header.Set("Authorization", "token "+siteToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Travis-API-Version", "3")
	r.Header.Set("User-Agent", "a person's script")
	res, err := http.DefaultClient.Do(r)
	must(s.t, err)
	answer, _ := io.ReadAll(res.Body)
	must(s.t, res.Body.Close())
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("%d %s", res.StatusCode, answer)
	}
}

func TestVariableLaws(t *testing.T) {
	t.Parallel()
	keeps(t, flow.Shared, func() *site { return newSite(t, steps.PublishSetting, "") }, variableStep,
		func(s *site) { s.has("PYPI_PASSWORD", "pypi-release", true) })
}

// TestVariables: each lane's branch gets the token of its own index.
func TestVariables(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSetting, "")
	s.has("PYPI_PASSWORD", "another", false) // of somebody else, for a branch of no lane
	said := ""
	for _, l := range s.s.Lanes {
		step := steps.NewSetVariable(s.y, s.s, l)
		is(t, l.Index, s.see(t, step), flow.Todo, "", "the private variable PYPI_PASSWORD, for builds of the branch "+l.Ref+" alone")
		log, err := s.does(step)
		must(t, err)
		said += log
		is(t, l.Index, s.see(t, step), flow.Done, "", "not checked: its value", "delete it in https://ci.example.test/github/acme/acme-core/settings")
	}
	got := s.api.Variables()
	if len(got) != 3 || strings.Contains(said, "CANARY") {
		t.Fatalf("%+v\n%s", got, said)
	}
	for i, l := range s.s.Lanes {
		v := got[i+1]
		if v.Branch != l.Ref || v.Public || v.Name != "PYPI_PASSWORD" || !strings.HasPrefix(v.Value, "pypi-CANARY-"+l.Index+"x") {
			t.Errorf("%s: %+v", l.Index, v)
		}
	}
	other := steps.NewSetVariable(s.y, s.s, s.lane("pypi")) // of another run
	refusedWith(t, s.takesBack(other), flow.CodeSetupNotOurs)
	if len(s.api.Variables()) != 3 {
		t.Error("another run's variable was deleted")
	}
}

func TestVariableFinds(t *testing.T) {
	byTags := func(s *site) { s.s.Lanes = []steps.Lane{byTag} }
	for name, c := range map[string]struct {
		begin func(*site)
		want  flow.Status
		code  string
		tells string
	}{
		"public":               {func(s *site) { s.has("PYPI_PASSWORD", "pypi-release", true) }, flow.Conflict, flow.CodeSetupVariable, "is public"},
		"for every branch":     {func(s *site) { s.has("PYPI_PASSWORD", "", false) }, flow.Conflict, flow.CodeSetupVariable, "is for every branch"},
		"beside ours":          {func(s *site) { s.has("PYPI_PASSWORD", "pypi-release", false); s.has("PYPI_PASSWORD", "", false) }, flow.Conflict, flow.CodeSetupVariable, "is for every branch"},
		"public, but another":  {func(s *site) { s.has("PYPI_PASSWORD", "main", true) }, flow.Todo, "", "PYPI_PASSWORD"},
		"another name":         {func(s *site) { s.has("TOKEN", "", true) }, flow.Todo, "", "PYPI_PASSWORD"},
		"tags":                 {byTags, flow.Todo, "", "a build of any branch of the repository gets the token"},
		"tags, done":           {func(s *site) { byTags(s); s.has("PYPI_PASSWORD", "", false) }, flow.Done, "", "cannot limit a variable to tags"},
		"tags, and a branch's": {func(s *site) { byTags(s); s.has("PYPI_PASSWORD", "main", false) }, flow.Conflict, flow.CodeSetupVariable, "is for the branch main"},
		"pushes and tags": {func(s *site) {
			s.s.Lanes = []steps.Lane{{Index: "testpypi", Start: rules.StartPush, Ref: "main"}, byTag}
		}, flow.Failed, flow.CodeSetupScope, "never to tags"},
		"one branch for both": {func(s *site) { s.s.Lanes[0].Ref = s.s.Lanes[1].Ref }, flow.Failed, flow.CodeSetupScope, "the tokens of PyPI and of TestPyPI"},
		"no token of PyPI":    {func(s *site) { delete(s.purse.kept, "pypi") }, flow.Failed, flow.CodeSetupTokenNone, "no token of PyPI"},
		"unknown there":       {func(s *site) { s.api.Forget() }, flow.Failed, flow.CodeSetupCIUnknown, ""},
		"no token of Travis":  {func(s *site) { s.y.Service = s.as("") }, flow.Failed, flow.CodeSetupCIToken, "preferences"},
		"no answer":           {func(s *site) { s.shut("travis", "500") }, flow.Unknown, flow.CodeCIUnreachable, ""},
		"no settings":         {func(s *site) { s.y.Service = nil }, flow.Conflict, flow.CodeSetupCIRefuses, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, steps.PublishSetting, "")
			c.begin(s)
			step := variableStep(s)
			is(t, name, s.see(t, step), c.want, c.code, c.tells)
			before := len(s.api.Variables())
			if _, err := s.does(step); (err == nil) != (c.want == flow.Todo) || len(s.api.Variables()) != before && c.want != flow.Todo {
				t.Errorf("%v, %+v", err, s.api.Variables())
			}
		})
	}
}

// TestVariableWaits: what is only not done yet is no failure, and nothing is sent.
func TestVariableWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSetting, "")
	delete(s.purse.kept, "pypi")
	step := steps.NewSetVariable(s.y, s.s, s.lane("pypi"))
	step.After = []flow.Step{s.before(flow.Todo, "type a token")}
	is(t, "no token yet", s.see(t, step), flow.Todo, "", "after this: type a token")
	s.api.Forget()
	is(t, "not even known", s.see(t, step), flow.Todo, "", "after this: type a token")
	if _, err := s.does(step); err == nil || len(s.api.Variables()) != 0 {
		t.Errorf("it ran: %v", err)
	}
	step.After = []flow.Step{s.before(flow.Unknown, "who knows")}
	is(t, "not known", s.see(t, step), flow.Unknown, "x", "who knows")
}

// TestVariableOtherwise: a server that makes the variable for every branch does not
// keep it.
func TestVariableOtherwise(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSetting, "")
	var deleted []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"a","name":"PYPI_PASSWORD","public":false}`)
		case http.MethodDelete:
			deleted = append(deleted, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = io.WriteString(w, `{"env_vars":[]}`)
		}
	}))
	defer web.Close()
	p, err := travis.New(travis.Options{URL: web.URL, Slug: slug, Token: keyring.NewSecret(siteToken)})
	must(t, err)
	s.y.Service = p
	step := variableStep(s)
	_, err = s.does(step)
	refusedWith(t, err, flow.CodeSetupCIRefuses)
	if len(deleted) != 1 || !strings.HasSuffix(deleted[0], "/env_var/a") {
		t.Errorf("deleted %q", deleted)
	}
}

// TestVariableUnfit: a token that no build would read as it is.
func TestVariableUnfit(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSetting, "")
	s.purse.kept["pypi"] = steps.IndexToken{Secret: keyring.NewSecret("pypi-CANARY\nx"), From: "the keyring"}
	_, err := s.does(variableStep(s))
	refusedWith(t, err, flow.CodeSetupTokenUnfit)
	if err == nil || strings.Contains(err.Error(), "CANARY") || len(s.api.Variables()) != 0 {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.s.Lanes[0].Ref = s.s.Lanes[1].Ref
	if f := variableStep(s).Observe(flow.WithReading(ctx)); f.Status != flow.Unknown {
		t.Errorf("somebody left: %s %s", f.Status, f.Text)
	}
}
