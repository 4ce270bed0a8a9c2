package gitlab_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/gitlab"
	"ferry/keyring"
)

// TestPushPublishes: a push starts the pipeline that the CI file asks for, whose job
// builds and uploads; a restart after a failure is another attempt at the same.
func TestPushPublishes(t *testing.T) {
	t.Parallel()
	var uploads atomic.Int64
	index := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		uploads.Add(1)
	}))
	defer index.Close()
	script, err := citest.ParseScript("job publish 20ms lines=2\ndeploy fail=sdist\nattempt 2:")
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{
		".gitlab-ci.yml": {Data: []byte("publish:\n  script: [twine upload dist/*]\n  rules:\n    - if: $CI_COMMIT_BRANCH == \"pypi-release\"\n")},
		"pyproject.toml": {Data: []byte("[project]\nname = \"demo\"\nversion = \"1.0\"\n")},
	}
	s := citest.New(citest.Options{
		Slug: slug, Token: keyring.NewSecret(token), Checkout: func(string) (fs.FS, error) { return tree, nil },
		UploadURL: index.URL, UploadToken: keyring.NewSecret("pypi-x"), Script: script, Log: t.Logf,
	})
	defer s.Close()
	web := httptest.NewServer(s.GitLab())
	defer web.Close()
	p := provider(t, web.URL, token)
	s.Push("refs/heads/other", "", sha)
	s.Push("refs/heads/pypi-release", "", sha)
	if got, err := p.Builds(t.Context(), ci.Query{Ref: "refs/heads/other", SHA: sha}); err != nil || len(got) != 0 {
		t.Errorf("no pipeline without a job: %+v, %v", got, err)
	}
	b := until(t, p, ci.Build.Final)
	if b.State != ci.StateFailed || uploads.Load() != 1 {
		t.Fatalf("the sdist fails: %+v, %d uploads", b, uploads.Load())
	}
	if err := p.Restart(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	b = until(t, p, func(b ci.Build) bool { return b.Final() && b.Attempt == 2 })
	if b.State != ci.StatePassed || uploads.Load() != 3 {
		t.Errorf("both files are uploaded: %+v, %d uploads", b, uploads.Load())
	}
	log, err := p.Log(t.Context(), b.Jobs[0], 0)
	if err != nil || len(ci.Uploads(log.Text)) != 2 || !strings.Contains(string(log.Text), "gitlab-runner") {
		t.Errorf("log %q, %v", log.Text, err)
	}
}

// until looks at the build on the release branch until it is as wished.
func until(t *testing.T, p *gitlab.Provider, ok func(ci.Build) bool) ci.Build {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := p.Builds(ctx, ci.Query{Ref: "refs/heads/pypi-release", SHA: sha})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 && ok(got[0]) {
			return got[0]
		}
		select {
		case <-ctx.Done():
			t.Fatalf("never as wished: %+v", got)
		case <-tick.C:
		}
	}
}

// inside is a client that asks a handler without a network, and counts.
type inside struct {
	http.Handler
	asked int
}

func (i *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	i.asked++
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestSixHours of looks, one every ten seconds: no hour has more than 30 requests
// while nothing changes, and an end is seen within the time that a look of so many
// requests may take.
func TestSixHours(t *testing.T) {
	t.Parallel()
	for name, child := range map[string]bool{"a pipeline": false, "with a child pipeline": true} {
		synctest.Test(t, func(t *testing.T) {
			s := citest.New(citest.Options{Slug: slug})
			defer s.Close()
			up := place(s, ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateRunning, Jobs: []ci.Job{{Name: "x", State: ci.StateRunning}}})
			if child {
				s.AddChild(up, "go", citest.Build{Build: ci.Build{Ref: "refs/heads/r", SHA: sha, State: ci.StateRunning, Jobs: []ci.Job{{Name: "y", State: ci.StateRunning}}}})
			}
			net := &inside{Handler: s.GitLab()}
			p := made(t, gitlab.Options{URL: "http://gitlab.example", Slug: slug, HTTP: &http.Client{Transport: net}, UserAgent: "ferry-test"})
			look := func() ci.Build {
				ctx, _ := ci.Watching(t.Context())
				got, err := p.Builds(ctx, ci.Query{Ref: "refs/heads/r", SHA: sha})
				if err != nil || len(got) != 1 {
					t.Fatalf("%s: %+v, %v", name, got, err)
				}
				return got[0]
			}
			look() // what is new is no hour without a change
			for hour := range 6 {
				before := net.asked
				for range 360 {
					if b := look(); b.Final() {
						t.Fatalf("%s: %+v", name, b)
					}
					time.Sleep(10 * time.Second)
				}
				n := net.asked - before
				if n > 30 || n < 10 {
					t.Errorf("%s: hour %d: %d requests", name, hour, n)
				}
				t.Logf("%s: hour %d: %d requests", name, hour, n)
			}
			b := look()
			s.End(b.Jobs[0].ID, ci.StatePassed)
			began := time.Now()
			for look().Jobs[0].State != ci.StatePassed && time.Since(began) < time.Hour {
				time.Sleep(10 * time.Second)
			}
			if seen := time.Since(began); seen > 15*time.Minute {
				t.Errorf("%s: an end was seen after %v", name, seen)
			}
		})
	}
}
