package steps_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// postHook stands between the client and the index for uploads alone.
type postHook struct {
	wire
	do func(r *http.Request, deliver func() *http.Response) (*http.Response, error)
}

func (p postHook) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return p.wire.RoundTrip(r)
	}
	return p.do(r, func() *http.Response {
		resp, err := p.wire.RoundTrip(r)
		if err != nil {
			return nil
		}
		return resp
	})
}

// hooked is the bench's index with a hook before its uploads.
func (b *bench) hooked(name string, do func(*http.Request, func() *http.Response) (*http.Response, error)) {
	b.world.Index = pypi.NewIndex(pypi.Config{Name: name, Simple: "http://index.test/simple/", JSON: "http://index.test/pypi/", Upload: "http://index.localhost/legacy/",
		Transport: postHook{wire{b.gates["index"]}, do}})
}

func answer(status int, text string) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {"text/plain"}}, Body: io.NopCloser(strings.NewReader(text)),
		Request: &http.Request{URL: &url.URL{Scheme: "http", Host: "index.localhost", Path: "/legacy/"}}}
}

func TestUpload(t *testing.T) {
	for name, c := range map[string]struct {
		like   options
		begin  happens
		status flow.Status
		code   string
		says   string
		sends  string // file names, after one run
	}{
		"nothing there":    {status: flow.Todo, says: "send " + wheel + ", " + sdist + " (", sends: wheel + " " + sdist},
		"half":             {begin: uploaded(1), status: flow.Todo, says: "send " + sdist + " (", sends: sdist},
		"half, its time":   {begin: uploaded(1), status: flow.Todo, says: "; the release takes files until ", sends: sdist},
		"all":              {begin: uploaded(2), status: flow.Done, says: "2 files on PyPI, with the bytes that are here"},
		"other bytes":      {begin: published(hour, sdist), status: flow.Conflict, code: flow.CodeUploadExists, says: "PyPI has another file under the name " + sdist},
		"too old":          {begin: published(15*24*hour, linux), status: flow.Failed, code: flow.CodeUploadOld, says: "closes a release after 14 days"},
		"beside another":   {begin: published(hour, linux), status: flow.Todo, sends: wheel + " " + sdist},
		"archived":         {begin: both(existing("1.3.0"), func(b *bench) { must(b.t, b.index.SetStatus(project, "archived", "gone")) }), status: flow.Failed, code: flow.CodeUploadProject, says: "is archived on PyPI"},
		"deprecated":       {begin: both(existing("1.3.0"), func(b *bench) { must(b.t, b.index.SetStatus(project, "deprecated", "gone")) }), status: flow.Todo, sends: wheel + " " + sdist},
		"quarantined":      {begin: both(existing("1.3.0"), func(b *bench) { must(b.t, b.index.SetStatus(project, "quarantined", "malware")) }), status: flow.Failed, code: flow.CodeUploadProject, says: "is quarantined on PyPI"},
		"one page missing": {begin: both(uploaded(2), page("pypi", pypitest.Fault{Status: 404})), status: flow.Done},
		"a page is down":   {begin: both(uploaded(2), page("pypi", pypitest.Fault{Status: 500})), status: flow.Unknown, code: flow.CodeIndexUnreachable},
		"no hashes":        {like: options{noJSON: true}, begin: both(uploaded(2), page("simple", pypitest.Fault{Mangle: unnamed})), status: flow.Done},
		"no hashes, other": {like: options{noJSON: true}, begin: both(published(hour, sdist), page("simple", pypitest.Fault{Mangle: unnamed})), status: flow.Conflict, code: flow.CodeUploadExists, says: sdist},
		"no hashes, bytes are away": {like: options{noJSON: true}, begin: both(uploaded(2), page("simple", pypitest.Fault{Mangle: unnamed}), page("packages", pypitest.Fault{Status: 500})),
			status: flow.Unknown, code: flow.CodeIndexUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			if c.begin != nil {
				c.begin(b)
			}
			f := b.observe(upload)
			speaks(t, f)
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || c.code != "" && f.Problem.Code != c.code || len(f.Files) != 2 {
				t.Fatalf("%s %q %+v", f.Status, f.Text, f.Problem)
			}
			_, err := b.attempt(b.step(upload))
			var sent []string
			for _, u := range b.index.Uploads() {
				sent = append(sent, u.Filename)
			}
			if got := strings.Join(sent, " "); got != c.sends || (err == nil) != (c.status == flow.Todo) || b.logins > 1 || b.logins == 0 && c.sends != "" {
				t.Errorf("sent %q, %d logins, %v", got, b.logins, err)
			}
			if f := b.observe(upload); c.status == flow.Todo && f.Status != flow.Done {
				t.Errorf("afterwards %s %s", f.Status, f.Text)
			}
		})
	}
}

// unnamed takes the hashes off a page.
func unnamed(page []byte) []byte {
	return regexp.MustCompile(`"hashes":\{[^}]*\}`).ReplaceAll(page, []byte(`"hashes":{}`))
}

// TestUploadIsNotSeenYet: what the index took is on its way until a page shows it,
// and is not called lost.
func TestUploadIsNotSeenYet(t *testing.T) {
	b := newBench(t, options{})
	b.index.Freeze("simple")
	b.index.Freeze("json")
	s := b.step(upload)
	if log, err := b.attempt(s); err != nil || !strings.Contains(log, wheel+": taken") || !strings.Contains(log, wheel+": sent 1.0 of 1.0 kB") {
		t.Fatalf("%q %v", log, err)
	}
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Underway || f.Problem.Class != flow.ClassWaiting || !strings.Contains(f.Text, "PyPI took the files") {
		t.Errorf("%s %s", f.Status, f.Text)
	}
	if _, err := b.attempt(s); err == nil || len(b.index.Uploads()) != 2 {
		t.Errorf("sent again: %v", err)
	}
	// Another process knows nothing of it: the same bytes again are safe.
	b.hooked("pypi", func(_ *http.Request, deliver func() *http.Response) (*http.Response, error) { return deliver(), nil })
	if _, err := b.attempt(b.step(upload)); err != nil || b.taken()[wheel] != 2 {
		t.Errorf("%v %v", b.taken(), err)
	}
	b.index.Thaw("simple")
	b.index.Thaw("json")
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Done {
		t.Errorf("%s %s", f.Status, f.Text)
	}
}

// TestUploadWithoutAnswer: the pages say what came of it.
func TestUploadWithoutAnswer(t *testing.T) {
	lost := errors.New("the line broke")
	t.Run("landed", func(t *testing.T) {
		b := newBench(t, options{})
		b.hooked("pypi", func(_ *http.Request, deliver func() *http.Response) (*http.Response, error) {
			deliver()
			return nil, lost
		})
		if log, err := b.attempt(b.step(upload)); err != nil || !strings.Contains(log, "no plain answer came, and it is there") || len(b.taken()) != 2 {
			t.Errorf("%q %v", log, err)
		}
	})
	for name, age := range map[string]int{"old pages": 600, "young pages": 0} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{maxAge: map[string]int{"simple": age, "json": age}})
			posts := 0
			b.hooked("pypi", func(r *http.Request, _ func() *http.Response) (*http.Response, error) {
				posts++
				_, _ = io.Copy(io.Discard, r.Body)
				return nil, lost
			})
			_, err := b.attempt(b.step(upload))
			var p *flow.Problem
			if !errors.As(err, &p) || p.Code != flow.CodeUploadUncertain || p.Class != flow.ClassUnknown || p.Retry != flow.RetrySafe || posts != 1 {
				t.Fatalf("%d posts, %+v", posts, err)
			}
			if f := b.observe(upload); f.Status != flow.Todo || strings.Contains(f.Text, wheel) != (age == 0) { // the sdist was not tried yet
				t.Errorf("%s %s", f.Status, f.Text)
			}
			b.dist = b.dist[:1]
			want := map[int]flow.Status{0: flow.Todo, 600: flow.Underway}[age]
			if f := (steps.Upload{World: b.world, Files: b.dist, Login: b.login}).Observe(flow.WithReading(t.Context())); f.Status != want {
				t.Errorf("%s %s", f.Status, f.Text)
			}
		})
	}
}

// TestUploadExists: an index that refuses even the same bytes holds them all the same.
func TestUploadExists(t *testing.T) {
	for name, c := range map[string]struct {
		begin func(*bench)
		code  string
		says  string
	}{
		"ours":               {begin: func(b *bench) { uploaded(1)(b) }},
		"another's":          {begin: func(b *bench) { published(0, wheel)(b) }, code: flow.CodeUploadExists, says: "there it is "},
		"under another name": {begin: func(b *bench) { b.elsewhere("acme_core-1.4.0-py2-none-any.whl") }, code: flow.CodeUploadExists, says: "under the name acme_core-1.4.0-py2-none-any.whl"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{})
			b.hooked("corp", func(r *http.Request, _ func() *http.Response) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, r.Body)
				c.begin(b)
				return answer(http.StatusConflict, "Package '"+wheel+"' already exists!"), nil
			})
			b.dist = b.dist[:1]
			log, err := b.attempt(steps.Upload{World: b.world, Files: b.dist, Login: b.login})
			var p *flow.Problem
			switch {
			case c.code == "" && (err != nil || !strings.Contains(log, "there already, with these bytes")):
				t.Errorf("%q %v", log, err)
			case c.code != "" && (!errors.As(err, &p) || p.Code != c.code || p.Class != flow.ClassConflict || !strings.Contains(strings.Join(p.Now, "\n"), c.says)):
				t.Errorf("%+v", err)
			}
		})
	}
}

// elsewhere: the wheel's bytes are on the index under another name.
func (b *bench) elsewhere(name string) {
	data, err := os.ReadFile(b.dist[0].Path)
	must(b.t, err)
	b.index.Publish(project, version, ago(0), named(name, data))
}

// TestUploadLooksFirst: what is certain to be refused is said before a request.
func TestUploadLooksFirst(t *testing.T) {
	b := newBench(t, options{})
	b.shut("index", "panic")
	s := steps.Upload{World: b.world, Files: []*pypi.Artifact{plainLinux(b)}, Login: b.login}
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Failed || f.Problem.Code != flow.CodeUploadPlatform || !strings.Contains(f.Problem.Now[0], "nothing was sent") {
		t.Errorf("%s %+v", f.Status, f.Problem)
	}
	if _, err := b.attempt(s); err == nil {
		t.Error("sent")
	}
	b = newBench(t, options{private: true})
	s = steps.Upload{World: b.world, Files: []*pypi.Artifact{plainLinux(b)}, Login: b.login}
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Todo || !strings.Contains(f.Warning, "PyPI would not take it") {
		t.Errorf("elsewhere: %s %q", f.Status, f.Warning)
	}
}

// TestUploadKnowsItsFile: what was looked at is what is sent; a long one is told
// of on its way; no password goes over plain http.
func TestUploadKnowsItsFile(t *testing.T) {
	b := newBench(t, options{})
	must(t, os.WriteFile(b.dist[0].Path, []byte("changed"), 0o600))
	var p *flow.Problem
	if _, err := b.attempt(b.step(upload)); !errors.As(err, &p) || p.Code != flow.CodeUploadChanged || len(b.index.Uploads()) != 0 {
		t.Errorf("%+v", err)
	}
	b = newBench(t, options{})
	long := bytes.Repeat([]byte("0123456789abcdef\n"), 200_000)
	a := b.artifact(named(pypitest.Wheel(project, version, day, map[string]string{"acme_core.py": "x", "data.bin": scrambled(long)})))
	log, err := b.attempt(steps.Upload{World: b.world, Files: []*pypi.Artifact{a}, Login: b.login})
	if n := strings.Count(log, ": sent "); err != nil || n < 2 || n > 12 || !regexp.MustCompile(`sent 1\.0 of 3\.\d MB`).MatchString(log) {
		t.Errorf("%q %v", log, err)
	}
	b = newBench(t, options{})
	b.upTo("http://index.example/legacy/")
	if _, err := b.attempt(b.step(upload)); !errors.As(err, &p) || p.Code != flow.CodeUploadPlain || len(p.Next) == 0 || strings.Contains(strings.Join(p.Next, " "), "ferry config") {
		t.Errorf("%+v", err)
	}
}

// scrambled does not pack.
func scrambled(data []byte) string {
	x := uint32(1)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	return string(data)
}

func TestUploadCommand(t *testing.T) {
	b := newBench(t, options{})
	if got := flow.Shell(b.step(upload).(flow.Commander).Command()); got != "twine upload "+b.dist[0].Path+" "+b.dist[1].Path {
		t.Error(got)
	}
	b = newBench(t, options{private: true})
	if got := flow.Shell(b.step(upload).(flow.Commander).Command()); !strings.HasPrefix(got, "twine upload --repository-url http://index.localhost/legacy/ ") {
		t.Error(got)
	}
}

// TestOpenDistributions: a folder is one release; wheels go first.
func TestOpenDistributions(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, data []byte) { must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600)) }
	code := func(err error) string {
		var p *flow.Problem
		if !errors.As(err, &p) || len(p.Next) == 0 || len(p.Now) == 0 {
			t.Fatalf("%+v", err)
		}
		return p.Code
	}
	_, err := steps.OpenDistributions(t.Context(), dir)
	if got := code(err); got != flow.CodeUploadNone {
		t.Error(got)
	}
	if _, err = steps.OpenDistributions(t.Context(), filepath.Join(dir, sdist)); code(err) != flow.CodeUploadFile {
		t.Error(err)
	}
	for _, name := range []string{sdist, wheel, linux} {
		put(name, dist(name).Data)
		put(name+".asc", []byte("x"))
	}
	put(".gitignore", []byte("*"))
	all, err := steps.OpenDistributions(t.Context(), dir)
	if err != nil || len(all) != 3 || all[0].File != linux || all[1].File != wheel || all[2].File != sdist {
		t.Errorf("%v %v", all, err)
	}
	name, data := pypitest.Wheel(project, "1.3.0", time.Now(), nil)
	put(name, data)
	if _, err = steps.OpenDistributions(t.Context(), dir); code(err) != flow.CodeUploadMixed {
		t.Error(err)
	}
}
