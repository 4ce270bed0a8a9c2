package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

// TestEnvironmentLosesNothing: where the host lost a rule on the way, it is said,
// and no ref is let through as if nothing were.
func TestEnvironmentLosesNothing(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	s.Guard(nil, []citest.Environment{{Name: "pypi", Reviewers: []string{"dana", "erin"}}})
	p := between(t, s, token, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodPut {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), r)
		s.Change("pypi", func(e *citest.Environment) { e.Reviewers = e.Reviewers[:1] })
		look, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.URL.String(), nil)
		if err != nil {
			t.Error(err)
			return
		}
		look.Header = r.Header
		next.ServeHTTP(w, look)
	})
	made, err := p.MakeEnvironment(t.Context(), wanted)
	var conflict *ci.ConflictError
	if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "its other rules are not what they were") || !made.Restricted {
		t.Errorf("%+v, %v", made, err)
	}
	if e := s.Environments()[0]; !e.Custom || len(e.Policies) > 0 {
		t.Errorf("there is %+v", e)
	}
}

// TestEnvironmentGone: a 404 is told apart: what is gone is gone, and who may not
// delete is told so.
func TestEnvironmentGone(t *testing.T) {
	t.Parallel()
	for _, before := range [][]citest.Environment{nil, {{Name: "pypi", Custom: true}}} {
		for _, vanishes := range []bool{true, false} {
			s := fresh(t)
			s.Guard(nil, before)
			p := between(t, s, token, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method != http.MethodDelete {
					next.ServeHTTP(w, r)
					return
				}
				if vanishes {
					next.ServeHTTP(httptest.NewRecorder(), r)
				}
				http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			})
			made, err := p.MakeEnvironment(t.Context(), wanted)
			if err != nil {
				t.Fatal(err)
			}
			err = p.RemoveEnvironment(t.Context(), made)
			var denied *ci.PermissionError
			if vanishes && err != nil || !vanishes && (!errors.As(err, &denied) || denied.Provider != "github" || !strings.Contains(denied.Needs, "Administration: write")) {
				t.Errorf("gone %t: %v", vanishes, err)
			}
			left := s.Environments()
			if there := slices.ContainsFunc(left, func(e citest.Environment) bool { return len(e.Policies) > 0 }); there == vanishes {
				t.Errorf("gone %t: there is %+v", vanishes, left)
			}
		}
	}
}
