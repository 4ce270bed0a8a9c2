package steps_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// registering is the step with what a test wants of it.
func (b *bench) registering(change func(*steps.Register)) steps.Register {
	s := b.step(register).(steps.Register)
	if change != nil {
		change(&s)
	}
	return s
}

func TestRegister(t *testing.T) {
	by := func(w steps.Way) func(*steps.Register) { return func(s *steps.Register) { s.Way = w } }
	nobody := func(s *steps.Register) { s.Account = "" }
	for name, c := range map[string]struct {
		like   options
		begin  happens
		change func(*steps.Register)
		status flow.Status
		code   string
		says   string
	}{
		"free":               {status: flow.Todo, says: "PyPI shows no project acme-core"},
		"ours":               {begin: existing("1.3.0"), status: flow.Done, says: "maintainer may upload to it"},
		"another's":          {begin: both(existing("1.3.0"), ownedBy("eve")), status: flow.Conflict, code: flow.CodeRegisterTaken, says: "of eve (Owner); maintainer is not among them"},
		"whose?":             {begin: existing("1.3.0"), change: nobody, status: flow.Unknown, code: flow.CodeRegisterWhose},
		"empty":              {begin: func(b *bench) { b.index.Publish(project, "", ago(hour)) }, status: flow.Unknown, code: flow.CodeRegisterWhose, says: "without any file"},
		"quarantined":        {begin: both(existing("1.3.0"), func(b *bench) { must(b.t, b.index.Quarantine(project, "malware")) }), status: flow.Conflict, code: flow.CodeRegisterHidden},
		"Python's own":       {change: func(s *steps.Register) { s.Name = "json" }, status: flow.Failed, code: flow.CodeRegisterName},
		"no name":            {change: func(s *steps.Register) { s.Name = "a b" }, status: flow.Failed, code: flow.CodeRegisterName},
		"similar":            {begin: func(b *bench) { b.index.Publish("acme-c0re", "", ago(hour)) }, change: func(s *steps.Register) { s.Known = []string{"acme-c0re"} }, status: flow.Failed, code: flow.CodeRegisterName, says: "too similar to acme-c0re"},
		"no sdist":           {change: func(s *steps.Register) { s.Sdist = nil }, status: flow.Failed, code: flow.CodeRegisterPlaceholder},
		"elsewhere":          {like: options{private: true, noJSON: true}, begin: existing("1.3.0"), status: flow.Done, says: "this index does not tell"},
		"pending":            {change: by(steps.ByPublisher), status: flow.Failed, code: flow.CodeRegisterPending, says: "no pending publisher"},
		"the index is away":  {begin: down("index", "500"), status: flow.Unknown, code: flow.CodeIndexUnreachable},
		"submitted, in vain": {change: by(steps.BySubmit), status: flow.Todo, says: ":action=submit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			if c.begin != nil {
				c.begin(b)
			}
			s := b.registering(c.change)
			f := s.Observe(flow.WithReading(t.Context()))
			speaks(t, f)
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || c.code != "" && f.Problem.Code != c.code {
				t.Fatalf("%s %q %+v", f.Status, f.Text, f.Problem)
			}
			if _, err := b.attempt(s); c.status != flow.Todo && (err == nil || len(b.index.Uploads()) > 0) {
				t.Errorf("it acted: %v", err)
			}
		})
	}
}

// TestRegisterNoPlaceholder: a name is not taken with nothing.
func TestRegisterNoPlaceholder(t *testing.T) {
	b := newBench(t, options{})
	for _, a := range []*pypi.Artifact{b.artifact(named(pypitest.Sdist(project, version, day, nil))), b.dist[0], b.packed("other", version, "")} {
		s := b.registering(func(s *steps.Register) { s.Sdist = a })
		if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Failed || f.Problem.Code != flow.CodeRegisterPlaceholder {
			t.Errorf("%s: %s %s", a.File, f.Status, f.Text)
		}
		if _, err := b.attempt(s); err == nil || len(b.index.Uploads()) > 0 {
			t.Errorf("%s was sent", a.File)
		}
	}
}

// TestRegisterPending: a person enters it, with every value at hand, and knows
// what it is worth.
func TestRegisterPending(t *testing.T) {
	b := newBench(t, options{})
	s := b.registering(func(s *steps.Register) {
		s.Way, s.Pending = steps.ByPublisher, &pypi.PendingPublisher{Provider: pypi.ProviderGitHub, Project: project, Owner: "acme", Repository: "acme-core", Workflow: "publish.yml"}
	})
	f := s.Observe(flow.WithReading(t.Context()))
	if f.Status != flow.Underway || f.Problem == nil || f.Problem.Class != flow.ClassWaiting || f.Problem.Code != flow.CodeRegisterPending {
		t.Fatalf("%s %+v", f.Status, f.Problem)
	}
	for _, want := range []string{"https://pypi.org/manage/account/publishing/", "PyPI Project Name: acme-core", "Owner: acme", "Repository name: acme-core", "Workflow name: publish.yml",
		"Environment name: (leave empty)", "reserves nothing", "within 30 days", "3 of them at most"} {
		if all := f.Text + "\n" + strings.Join(append(f.Problem.Lines, f.Problem.Now...), "\n"); !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if got := flow.Shell(s.Command()); got != "python3 -m webbrowser https://pypi.org/manage/account/publishing/" {
		t.Error(got)
	}
}

// TestRegisterBySubmit: PyPI is past it, devpi takes it, pypiserver says so only.
func TestRegisterBySubmit(t *testing.T) {
	way := func(s *steps.Register) { s.Way = steps.BySubmit }
	b := newBench(t, options{private: true, noJSON: true})
	var p *flow.Problem
	if _, err := b.attempt(b.registering(way)); !errors.As(err, &p) || p.Code != flow.CodeUploadRegister || len(p.Next) == 0 {
		t.Errorf("%+v", err)
	}
	for name, c := range map[string]struct {
		takes func(*bench)
		code  string
	}{
		"devpi":      {func(b *bench) { b.index.Publish(project, "", ago(0)) }, ""},
		"pypiserver": {func(*bench) {}, flow.CodeRegisterIgnored},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{})
			b.hooked("corp", func(r *http.Request, _ func() *http.Response) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, r.Body)
				c.takes(b)
				return answer(http.StatusOK, ""), nil
			})
			s := b.registering(way)
			_, err := b.attempt(s)
			if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &p) || p.Code != c.code) {
				t.Errorf("%+v", err)
			}
			f := s.Observe(flow.WithReading(t.Context()))
			if want := map[string]flow.Status{"": flow.Done}[c.code]; want != "" && f.Status != want {
				t.Errorf("%s %s", f.Status, f.Text)
			}
			if got := flow.Shell(s.Command()); !strings.HasPrefix(got, "twine register --repository-url http://index.localhost/legacy/ ") {
				t.Error(got)
			}
		})
	}
}

func TestWays(t *testing.T) {
	b := newBench(t, options{})
	if got := b.world.Ways(); len(got) != 2 || got[0] != steps.ByPublisher {
		t.Error(got)
	}
	b = newBench(t, options{private: true})
	if got := b.world.Ways(); len(got) != 2 || got[0] != steps.BySubmit {
		t.Error(got)
	}
}
