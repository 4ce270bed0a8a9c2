package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/keyring"
)

var _ ci.EnvironmentMaker = (*github.Provider)(nil)

var (
	onBranch = ci.Policy{Kind: "branch", Pattern: "pypi-release"}
	onTag    = ci.Policy{Kind: "tag", Pattern: "v[0-9]*"}
	wanted   = ci.EnvironmentSpec{Name: "pypi", Policies: []ci.Policy{onBranch, onTag}}
)

// environments are the cases of what may stand there before.
var environments = []struct {
	name    string
	before  []citest.Environment
	changes []string
	refused string
	extra   []ci.Policy
	after   *citest.Environment // nil: as before
}{
	{
		name: "none", before: []citest.Environment{{Name: "docs"}},
		changes: []string{"create the environment pypi", "let only branch pypi-release and tag v[0-9]* deploy to it"},
		after:   &citest.Environment{Name: "pypi", Custom: true, Policies: []string{"pypi-release", "tag:v[0-9]*"}},
	},
	{
		name: "open, with rules of its own", before: []citest.Environment{{Name: "pypi", Reviewers: []string{"dana", "erin"}, NoSelfReview: true, Wait: 30 * time.Minute, Secrets: 2}},
		changes: []string{"let only branch pypi-release and tag v[0-9]* deploy to pypi, to which every ref may deploy now"},
		after:   &citest.Environment{Name: "pypi", Reviewers: []string{"dana", "erin"}, NoSelfReview: true, Wait: 30 * time.Minute, Secrets: 2, Custom: true, Policies: []string{"pypi-release", "tag:v[0-9]*"}},
	},
	{
		name: "half made", before: []citest.Environment{{Name: "pypi", Custom: true, Policies: []string{"pypi-release"}}},
		changes: []string{"let tag v[0-9]* deploy to pypi"},
		after:   &citest.Environment{Name: "pypi", Custom: true, Policies: []string{"pypi-release", "tag:v[0-9]*"}},
	},
	{
		name: "for nobody yet", before: []citest.Environment{{Name: "pypi", Custom: true}},
		changes: []string{"let branch pypi-release and tag v[0-9]* deploy to pypi"},
		after:   &citest.Environment{Name: "pypi", Custom: true, Policies: []string{"pypi-release", "tag:v[0-9]*"}},
	},
	{name: "as wanted", before: []citest.Environment{{Name: "pypi", Policies: []string{"tag:v[0-9]*", "pypi-release"}}}},
	{name: "wider", before: []citest.Environment{{Name: "pypi", Policies: []string{"pypi-release", "main", "tag:v[0-9]*"}}}, extra: []ci.Policy{{Kind: "branch", Pattern: "main"}}},
	{
		name: "for another ref", before: []citest.Environment{{Name: "pypi", Policies: []string{"main"}}}, extra: []ci.Policy{{Kind: "branch", Pattern: "main"}},
		refused: "is there for branch main; to let branch pypi-release and tag v[0-9]* deploy to it as well would open it further",
	},
	{name: "for protected branches", before: []citest.Environment{{Name: "pypi", Protected: true}}, extra: []ci.Policy{{Kind: "protected"}}, refused: "is there for protected branches;"},
	{name: "closed to administrators", before: []citest.Environment{{Name: "pypi", NoBypass: true}}, refused: "administrators may not pass it either, which a change by the API could lose"},
	{name: "with a rule of an app", before: []citest.Environment{{Name: "pypi", Rule: "scanner"}}, refused: "a rule of the kind scanner"},
}

// TestEnvironment: it is compared, made once, and taken back to what was there.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range environments {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, p, _ := bench(t, token)
			s.Guard(nil, c.before)
			before := s.Environments()
			d, err := p.CompareEnvironment(t.Context(), wanted)
			if err != nil || !slices.Equal(d.Changes, c.changes) || !strings.Contains(d.Refused, c.refused) || (d.Refused == "") != (c.refused == "") || !slices.Equal(d.Extra, c.extra) {
				t.Fatalf("%+v, %v", d, err)
			}
			made, err := p.MakeEnvironment(t.Context(), wanted)
			var conflict *ci.ConflictError
			if errors.As(err, &conflict) != (c.refused != "") || err != nil && c.refused == "" {
				t.Fatalf("made %+v, %v", made, err)
			}
			if made.Nothing() != (len(c.changes) == 0) {
				t.Errorf("made %+v", made)
			}
			same(t, s, before, c.after)
			if again, err := p.MakeEnvironment(t.Context(), wanted); !again.Nothing() || err == nil != (c.refused == "") {
				t.Errorf("made again: %+v, %v", again, err)
			}
			if d, err := p.CompareEnvironment(t.Context(), wanted); err != nil || d.Done() != (c.refused == "") {
				t.Errorf("afterwards %+v, %v", d, err)
			}
			for range 2 {
				if err := p.RemoveEnvironment(t.Context(), made); err != nil {
					t.Fatal(err)
				}
				same(t, s, before, nil)
			}
		})
	}
}

// same compares what there is with what was before, and perhaps one more or another.
func same(t *testing.T, s *citest.Server, before []citest.Environment, other *citest.Environment) {
	t.Helper()
	want := slices.Clone(before)
	if other != nil {
		if i := slices.IndexFunc(want, func(e citest.Environment) bool { return e.Name == other.Name }); i >= 0 {
			want[i] = *other
		} else {
			want = append(want, *other)
		}
	}
	got := s.Environments()
	for _, all := range [][]citest.Environment{got, want} {
		for i := range all {
			all[i].Policies = append([]string{}, all[i].Policies...)
			all[i].Reviewers = append([]string{}, all[i].Reviewers...)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("there is %+v, want %+v", got, want)
	}
}

// TestEnvironmentStays where somebody added something to it since.
func TestEnvironmentStays(t *testing.T) {
	t.Parallel()
	open := []citest.Environment{{Name: "pypi"}}
	for name, c := range map[string]struct {
		before []citest.Environment
		since  func(*citest.Environment)
		says   string
	}{
		"reviewers":          {nil, func(e *citest.Environment) { e.Reviewers = []string{"dana"} }, "it has reviewers now"},
		"a wait":             {nil, func(e *citest.Environment) { e.Wait = time.Minute }, "it has a waiting time now"},
		"secrets":            {nil, func(e *citest.Environment) { e.Secrets = 1 }, "it has secrets"},
		"variables":          {nil, func(e *citest.Environment) { e.Variables = 1 }, "it has variables"},
		"an app":             {nil, func(e *citest.Environment) { e.Rule = "scanner" }, "it has a rule of the kind scanner"},
		"another ref":        {nil, func(e *citest.Environment) { e.Policies = append(e.Policies, "main") }, "other refs may deploy to it now"},
		"protected":          {nil, func(e *citest.Environment) { e.Protected, e.Custom, e.Policies = true, false, nil }, "it is for protected branches now"},
		"open, another ref":  {open, func(e *citest.Environment) { e.Policies = append(e.Policies, "main") }, "other refs may deploy to it now"},
		"open, no bypass":    {open, func(e *citest.Environment) { e.NoBypass = true }, "administrators"},
		"another, same name": {nil, func(e *citest.Environment) { *e = citest.Environment{Name: "pypi"} }, "it is another one than was made"},
	} {
		s, p, _ := bench(t, token)
		s.Guard(nil, c.before)
		made, err := p.MakeEnvironment(t.Context(), wanted)
		if err != nil {
			t.Fatal(err)
		}
		s.Change("pypi", c.since)
		before := s.Environments()
		var conflict *ci.ConflictError
		if err := p.RemoveEnvironment(t.Context(), made); !errors.As(err, &conflict) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		same(t, s, before, nil)
	}
}

// between stands before the fake and lets a test answer in its place.
func between(t *testing.T, s *citest.Server, secret string, answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) *github.Provider {
	t.Helper()
	api := s.GitHub()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, api) }))
	t.Cleanup(web.Close)
	return provider(t, web.URL, secret)
}

func fresh(t *testing.T) *citest.Server {
	t.Helper()
	s := citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(token)})
	t.Cleanup(s.Close)
	return s
}

// TestEnvironmentRefused: what is missing is named, and nothing was made.
func TestEnvironmentRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, text string
		status       int
		says         string
		as           any
	}{
		"may not make":  {http.MethodPut, "Resource not accessible by personal access token", 403, "Administration: write", new(*ci.AuthError)},
		"hidden":        {http.MethodPut, "Not Found", 404, "a plan that has environments", new(*ci.NotFoundError)},
		"not valid":     {http.MethodPut, "Validation Failed", 422, "Validation Failed", new(*ci.ConflictError)},
		"may not admit": {http.MethodPost, "Resource not accessible by integration", 403, "Administration: write", new(*ci.AuthError)},
		"too fast":      {http.MethodPut, "You have exceeded a secondary rate limit", 429, "rate", new(*ci.RateLimitError)},
		"wrong token":   {http.MethodPut, "Bad credentials", 401, "Bad credentials", new(*ci.AuthError)},
	} {
		s := fresh(t)
		p := between(t, s, token, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == c.method {
				http.Error(w, `{"message":"`+c.text+`"}`, c.status)
				return
			}
			next.ServeHTTP(w, r)
		})
		made, err := p.MakeEnvironment(t.Context(), wanted)
		if err == nil || !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if made.Created != (c.method == http.MethodPost) || len(made.Policies) > 0 || len(s.Environments()) > 0 != made.Created {
			t.Errorf("%s: made %+v, there is %+v", name, made, s.Environments())
		}
	}
}

// TestEnvironmentHidden: a repository that is not shown has no absent environment.
func TestEnvironmentHidden(t *testing.T) {
	t.Parallel()
	p := routes(t, nil)
	var none *ci.NotFoundError
	if d, err := p.CompareEnvironment(t.Context(), wanted); !errors.As(err, &none) || len(d.Changes) > 0 {
		t.Errorf("%+v, %v", d, err)
	}
	s, p, _ := bench(t, "")
	asked := s.Asked()
	var needs *ci.NeedsTokenError
	if _, err := p.MakeEnvironment(t.Context(), wanted); !errors.As(err, &needs) {
		t.Error(err)
	}
	if err := p.RemoveEnvironment(t.Context(), ci.MadeEnvironment{Name: "pypi", Created: true}); !errors.As(err, &needs) || s.Asked() != asked {
		t.Error(err)
	}
}

// TestEnvironmentLostReply: what was made although no answer came is told, goes on
// where it stopped, and is taken back.
func TestEnvironmentLostReply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		status int
	}{{http.MethodPut, http.StatusBadGateway}, {http.MethodPost, http.StatusBadGateway}, {http.MethodPut, http.StatusOK}} {
		s, lose, method := fresh(t), true, c.method
		p := between(t, s, token, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == method && lose {
				next.ServeHTTP(httptest.NewRecorder(), r)
				http.Error(w, "{}", c.status)
				return
			}
			next.ServeHTTP(w, r)
		})
		made, err := p.MakeEnvironment(t.Context(), wanted)
		var away *ci.UnreachableError
		var garbled *ci.MalformedError
		if !errors.As(err, &away) && !errors.As(err, &garbled) || !made.Created || len(made.Policies) != strings.Count(method, "POST") {
			t.Errorf("%s: made %+v, %v", method, made, err)
		}
		lose = false
		rest, err := p.MakeEnvironment(t.Context(), wanted)
		if err != nil || rest.Created || len(rest.Policies)+len(made.Policies) != len(wanted.Policies) {
			t.Errorf("%s: and then %+v, %v", method, rest, err)
		}
		made.Policies = append(made.Policies, rest.Policies...)
		if err := p.RemoveEnvironment(t.Context(), made); err != nil || len(s.Environments()) > 0 {
			t.Errorf("%s: %v, there is %+v", method, err, s.Environments())
		}
	}
}

// TestEnvironmentOfTwo: a policy that another person made meanwhile is theirs.
func TestEnvironmentOfTwo(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	s.Guard(nil, []citest.Environment{{Name: "pypi", Custom: true}})
	p := between(t, s, token, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			s.Change("pypi", func(e *citest.Environment) {
				if !slices.Contains(e.Policies, "pypi-release") {
					e.Policies = append(e.Policies, "pypi-release")
				}
			})
		}
		next.ServeHTTP(w, r)
	})
	made, err := p.MakeEnvironment(t.Context(), wanted)
	if err != nil || len(made.Policies) != 1 || made.Policies[0].Policy != onTag {
		t.Fatalf("%+v, %v", made, err)
	}
	if err := p.RemoveEnvironment(t.Context(), made); err != nil || !slices.Equal(s.Environments()[0].Policies, []string{"pypi-release"}) {
		t.Errorf("%v, %+v", err, s.Environments())
	}
}
