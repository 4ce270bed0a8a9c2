package gitops_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

// door is a host with one repository that lets ada in, and notes who knocks.
type door struct {
	*httptest.Server
	sha, url string
	mu       sync.Mutex
	knocks   []string // the user of each request, "-" for nobody
}

func newDoor(t *testing.T) *door {
	t.Helper()
	server := gittest.New(gittest.Options{User: "ada", Password: "s3cret"})
	d := &door{sha: server.Repo(repoPath, map[string]string{"f": "x"})}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, ok := r.BasicAuth()
		if !ok {
			user = "-"
		}
		d.mu.Lock()
		d.knocks = append(d.knocks, user)
		d.mu.Unlock()
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	d.url = d.URL + "/" + repoPath + ".git"
	return d
}

func (d *door) seen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := strings.Join(d.knocks, " ")
	d.knocks = nil
	return all
}

// book gives logins and notes what becomes of them.
type book struct {
	mu    sync.Mutex
	lines []string
}

func (b *book) note(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
}

func (b *book) source(name, password string, err error) gitops.Source {
	return func(context.Context, string) (gitops.Login, error) {
		b.note("asked " + name)
		told := func(what string) func(context.Context) { return func(context.Context) { b.note(what + " " + name) } }
		user, _, _ := strings.Cut(name, "/")
		return gitops.Login{User: user, Secret: keyring.NewSecret(password), Source: name, Accepted: told("accepted"), Refused: told("refused")}, err
	}
}

func TestLoginsInTurn(t *testing.T) {
	left := errors.New("the person left")
	type try struct {
		name, password string
		err            error
	}
	for name, c := range map[string]struct {
		tries   []try
		knocks  string // of listing twice
		book    string
		says    string // the error; "" lets us in
		missing bool
	}{
		"the first is right":  {[]try{{"ada", "s3cret", nil}, {"bob", "x", nil}}, "- ada ada", "asked ada, accepted ada", "", false},
		"the second is right": {[]try{{"bob", "x", nil}, {"ada", "s3cret", nil}}, "- bob ada ada", "asked bob, refused bob, asked ada, accepted ada", "", false},
		"some have nothing":   {[]try{{"eve", "", nil}, {"eve", "", nil}, {"ada", "s3cret", nil}}, "- ada ada", "asked eve, asked eve, asked ada, accepted ada", "", false},
		"the same again":      {[]try{{"ada/1", "old", nil}, {"ada/2", "old", nil}, {"ada/3", "s3cret", nil}}, "- ada ada ada", "asked ada/1, refused ada/1, asked ada/2, asked ada/3, accepted ada/3", "", false},
		"two and no more": {[]try{{"bob", "x", nil}, {"eve", "y", nil}, {"ada", "s3cret", nil}}, "- bob eve -", "asked bob, refused bob, asked eve, refused eve",
			"refuses the login from bob and the one from eve (401)", false},
		"none":            {nil, "- -", "", "wants credentials and there are none", true},
		"a person leaves": {[]try{{"bob", "", left}, {"ada", "s3cret", nil}}, "- -", "asked bob", "wants credentials and there are none: the person left", true},
	} {
		t.Run(name, func(t *testing.T) {
			d, b := newDoor(t), &book{}
			var sources []gitops.Source
			for _, s := range c.tries {
				sources = append(sources, b.source(s.name, s.password, s.err))
			}
			m, err := remoteAt(t, d.url, sources)
			must(t, err)
			for range 2 {
				_, err = m.Refs(t.Context())
			}
			equal(t, "knocks", d.seen(), c.knocks)
			equal(t, "book", strings.Join(b.lines, ", "), c.book)
			var auth *gitops.AuthError
			switch {
			case c.says == "":
				must(t, err)
				must(t, m.Create(t.Context(), release, d.sha, nil))
				equal(t, "knocks of a push", d.seen(), "ada ada")
			case !errors.As(err, &auth) || !strings.HasSuffix(err.Error(), c.says) || auth.Missing != c.missing || auth.Status != 401:
				t.Errorf("got %+v", err)
			case c.missing && len(c.tries) > 0 && !errors.Is(err, left):
				t.Errorf("the reason is lost: %v", err)
			}
		})
	}
}

// An accepted login that is refused later makes room for the next.
func TestLoginRevoked(t *testing.T) {
	password := atomic.Pointer[string]{}
	set := func(s string) { password.Store(&s) }
	set("old")
	server := gittest.New(gittest.Options{})
	server.Repo(repoPath, map[string]string{"f": "x"})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, p, _ := r.BasicAuth(); p != *password.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(w, r)
	}))
	defer h.Close()
	b := &book{}
	m, err := remoteAt(t, h.URL+"/"+repoPath, []gitops.Source{b.source("first", "old", nil), b.source("second", "new", nil)})
	must(t, err)
	must(t, drop(m.Refs(t.Context())))
	set("new")
	must(t, drop(m.Refs(t.Context())))
	equal(t, "book", strings.Join(b.lines, ", "), "asked first, accepted first, refused first, asked second, accepted second")
}

// However many calls wait for it, a person is asked once.
func TestOneIsAsked(t *testing.T) {
	d := newDoor(t)
	asked := atomic.Int32{}
	m, err := remoteAt(t, d.url, []gitops.Source{func(ctx context.Context, _ string) (gitops.Login, error) {
		asked.Add(1)
		pass(ctx, 100*time.Millisecond)
		return gitops.Login{User: "ada", Secret: keyring.NewSecret("s3cret"), Source: "a person"}, nil
	}})
	must(t, err)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := m.Refs(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	equal(t, "asked", asked.Load(), 1)
}

func pass(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// While a person is asked the operation's own time stands still, and a question
// that nobody answers ends by its own limit.
func TestPersonTime(t *testing.T) {
	d := newDoor(t)
	remote := func(person time.Duration, source gitops.Source) *gitops.Remote {
		dir := t.TempDir()
		must(t, gittest.Init(dir, d.url))
		repo, err := gitops.Open(dir)
		must(t, err)
		m, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: time.Minute, PersonTime: person, Logins: []gitops.Source{source}})
		must(t, err)
		return m
	}
	ada := func(ctx context.Context, _ string) (gitops.Login, error) {
		equal(t, "the operation's time stands still", gitops.ClockStands(ctx), true)
		return gitops.Login{User: "ada", Secret: keyring.NewSecret("s3cret")}, nil
	}
	must(t, drop(remote(time.Minute, ada).Refs(t.Context())))

	never := func(ctx context.Context, _ string) (gitops.Login, error) {
		<-ctx.Done()
		return gitops.Login{}, ctx.Err()
	}
	_, err := remote(50*time.Millisecond, never).Refs(t.Context())
	if !is[*gitops.AuthError](err) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nobody answered within 50ms") {
		t.Errorf("nobody answers: %T %v", err, err)
	}

	short, done := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer done()
	_, err = remote(time.Minute, never).Refs(short)
	if !is[*gitops.UnreachableError](err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's own deadline: %T %v", err, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	m := remote(time.Minute, func(asking context.Context, url string) (gitops.Login, error) {
		if asked++; asked == 2 {
			return ada(asking, url)
		}
		cancel()
		return never(asking, url)
	})
	if _, err := m.Refs(ctx); !errors.Is(err, context.Canceled) || is[*gitops.AuthError](err) {
		t.Errorf("cancelled: %T %v", err, err)
	}
	must(t, drop(m.Refs(t.Context()))) // and the source is asked again
}

// A host that lists for everybody and asks only at the push itself.
func TestLoginAtThePush(t *testing.T) {
	server := gittest.New(gittest.Options{})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	posts := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, p, _ := r.BasicAuth(); r.Method == http.MethodPost {
			if posts++; p != "s3cret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
		}
		server.ServeHTTP(w, r)
	}))
	defer h.Close()
	b := &book{}
	m, err := remoteAt(t, h.URL+"/"+repoPath, []gitops.Source{b.source("bob", "x", nil), b.source("ada", "s3cret", nil)})
	must(t, err)
	must(t, m.Create(t.Context(), release, sha, nil))
	equal(t, "posts", posts, 3)
	equal(t, "updates", len(server.Updates()), 1)
	equal(t, "book", strings.Join(b.lines, ", "), "asked bob, refused bob, asked ada, accepted ada")
}

// A host that takes no passwords is sent none.
func TestNoBasic(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer h.Close()
	b := &book{}
	m, err := remoteAt(t, h.URL+"/o/r", []gitops.Source{b.source("ada", "s3cret", nil)})
	must(t, err)
	_, err = m.Refs(t.Context())
	if !is[*gitops.AuthError](err) || !strings.Contains(err.Error(), "Negotiate") || len(b.lines) != 0 {
		t.Errorf("got %v, %v", err, b.lines)
	}
}

// noting lets requests through, and tells who said to be who.
func noting(to http.Handler, requests chan<- [3]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- [3]string{r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("User-Agent")}
		to.ServeHTTP(w, r)
	})
}
