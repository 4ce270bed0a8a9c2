package steps_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
)

func TestActivateLaws(t *testing.T) {
	t.Parallel()
	asleep := func() *site {
		s := newSite(t, steps.PublishSealed, "")
		must(t, s.as(siteToken).SetPushBuilds(t.Context(), false))
		s.api.Deactivate()
		return s
	}
	keeps(t, flow.Shared, asleep, func(s *site) flow.Step { return steps.NewActivateCI(s.y, s.s) },
		func(s *site) { s.shut("travis", "500") })
}

// TestActivate: what is found, what Run makes of it, and what Undo leaves.
func TestActivate(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(*site)
		want  flow.Status
		code  string
		tells string
	}{
		"all on":           {want: flow.Done, tells: "builds acme/acme-core, and its pushes"},
		"inactive":         {begin: func(s *site) { s.api.Deactivate() }, want: flow.Todo, tells: "have Travis build acme/acme-core"},
		"pushes off":       {begin: func(s *site) { must(s.t, s.as(siteToken).SetPushBuilds(s.t.Context(), false)) }, want: flow.Todo, tells: `"Build pushed branches" on`},
		"never heard of":   {begin: func(s *site) { s.api.Forget() }, want: flow.Todo, tells: "look at the git host"},
		"no token, public": {begin: func(s *site) { s.y.Service = s.inPublic() }, want: flow.Done, tells: "not checked"},
		"no token, asleep": {begin: func(s *site) { s.api.Deactivate(); s.y.Service = s.as("") }, want: flow.Failed, code: flow.CodeSetupCIToken, tells: "https://ci.example.test/account/preferences"},
		"no token, hidden": {begin: func(s *site) { s.api.Forget(); s.y.Service = s.as("") }, want: flow.Failed, code: flow.CodeSetupCIToken, tells: "https://ci.example.test/account/preferences"},
		"another token":    {begin: func(s *site) { s.y.Service = s.as("other") }, want: flow.Failed, code: flow.CodeSetupCIToken},
		"no answer":        {begin: func(s *site) { s.shut("travis", "500") }, want: flow.Unknown, code: flow.CodeCIUnreachable},
		"a login page":     {begin: func(s *site) { s.shut("travis", "html") }, want: flow.Unknown, code: flow.CodeCIUnreachable},
		"no Travis at all": {begin: func(s *site) { s.y.Service = nil }, want: flow.Conflict, code: flow.CodeSetupCIRefuses},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, steps.PublishSealed, "")
			if c.begin != nil {
				c.begin(s)
			}
			step := steps.NewActivateCI(s.y, s.s)
			is(t, name, s.see(t, step), c.want, c.code, c.tells)
			before := s.api.Asked()
			_, err := s.does(step)
			if c.want != flow.Todo {
				if err == nil {
					t.Error("it ran")
				}
				refusedWith(t, s.takesBack(step), flow.CodeSetupNotOurs)
				return
			}
			if f := s.see(t, step); err != nil || f.Status != flow.Done || s.api.Asked() == before {
				t.Errorf("afterwards %s %s, %v", f.Status, f.Text, err)
			}
		})
	}
}

// inPublic is a Travis that shows the repository to everybody, and settings to none.
func (s *site) inPublic() *travis.Provider {
	api := citest.New(citest.Options{Slug: slug})
	s.t.Cleanup(api.Close)
	web := httptest.NewServer(api.Travis())
	s.t.Cleanup(web.Close)
	p, err := travis.New(travis.Options{URL: web.URL, Slug: slug, UserAgent: "ferry"})
	must(s.t, err)
	return p
}

// TestActivateSyncs: one look at the git host is waited for and told of; a
// repository that it does not show is not waited for again.
func TestActivateSyncs(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, "")
	s.api.Forget()
	step := steps.NewActivateCI(s.y, s.s)
	log, err := s.does(step)
	if err != nil || !strings.Contains(log, "has looked, as erin") || !strings.Contains(log, "builds the repository from now on") {
		t.Errorf("%v: %s", err, log)
	}
	s.api.Forget()
	is(t, "still unknown", s.see(t, step), flow.Failed, flow.CodeSetupCIUnknown, "also after a look at the git host")
}

// TestActivateLeaves: somebody who gives up is not kept waiting.
func TestActivateLeaves(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, "")
	s.api.Forget()
	ctx, cancel := context.WithCancel(t.Context())
	step := steps.NewActivateCI(s.y, s.s)
	err := step.Run(flow.WithReading(ctx), func(string) { cancel() })
	if err == nil {
		t.Error("it went on")
	}
}

// TestActivateMayNot: the account of the token may read alone.
func TestActivateMayNot(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, "")
	s.api.Deactivate()
	s.api.Host(citest.Hosted{ReadOnly: true})
	step := steps.NewActivateCI(s.y, s.s)
	_, err := s.does(step)
	refusedWith(t, err, flow.CodeSetupCIToken)
	refusedWith(t, s.takesBack(step), flow.CodeSetupNotOurs)
}
