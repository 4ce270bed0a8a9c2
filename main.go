// Command ferry carries Python packages to PyPI: it checks that a release can
// succeed, triggers it, watches CI, proves on the index that the right files
// are there, and cleans up. This file is the composition root: it opens the
// world and hands it to the command line.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	_ "ferry/ui/style/dark" // settles the background before bubbletea would ask the terminal

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/github"
	"ferry/flow/ci/travis"
	"ferry/flow/config"
	"ferry/flow/sandbox"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/ui/cli"
)

// version is set by the linker for releases.
var version = "0.1.0-dev"

const (
	requestTime = 10 * time.Second // for one request to a service
	pushTime    = 60 * time.Second // for one conversation with a remote
	claimGrace  = 15 * time.Minute // after a claim a missing build may still come
)

func main() {
	keyring.NoCore()
	signal.Ignore(syscall.SIGPIPE) // a reader that left must not end us in the middle of a push
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, in, out, errout *os.File) int {
	net := secretNet()
	app := cli.App{Version: version, In: in, Out: out, Err: errout, Env: os.Getenv, Open: net.open, Auth: net.auth(), Pypirc: pypirc,
		Sandbox: sandbox.Runner{In: in, Out: out, Err: errout, Commands: cli.Commands, Terminal: func() bool { return cli.Terminal(in) && cli.Terminal(errout) }}}
	return cli.Main(ctx, app, args)
}

// hidden is the second net under --debug: it hides what looks like a token, and
// the values that the environment holds. The first is that nobody writes one.
type hidden struct{ *keyring.Redactor }

func secretNet() hidden {
	h := hidden{&keyring.Redactor{}}
	for _, name := range []string{"TRAVIS_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "TWINE_PASSWORD", "FERRY_TOKEN_PYPI", "FERRY_TOKEN_TESTPYPI"} {
		if s, _, ok := keyring.FromEnv(os.Getenv, name); ok {
			h.Add(s)
		}
	}
	return h
}

// under puts the net under a writer. Every line passes at once, so nothing is
// to be closed.
func (h hidden) under(w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	return h.Writer(w)
}

func (h hidden) open(ctx context.Context, o cli.OpenOptions) (cli.Desk, error) {
	o.Debug = h.under(o.Debug)
	return open(ctx, o)
}

func (h hidden) auth() cli.Auth {
	return cli.Auth{Keyring: keyring.System(os.Getenv), Decode: decodeToken,
		Other: func(ctx context.Context, name, api string) (keyring.Secret, string) {
			return keyring.FromTool(ctx, os.Getenv, name, api)
		},
		Who: func(ctx context.Context, name, api string, s keyring.Secret, debug io.Writer) (string, error) {
			h.Add(s)
			return whose(ctx, client(h.under(debug)), name, api, s)
		}}
}

func decodeToken(s keyring.Secret) (cli.TokenFacts, error) {
	t, err := pypi.ParseToken(s)
	return cli.TokenFacts{Host: t.Host, Scope: t.Scope(), Projects: t.Projects, NotBefore: t.NotBefore, Expires: t.Expires}, err
}

// whose asks a CI's API who a token belongs to. The token goes to that address
// alone: a redirect is not followed.
func whose(ctx context.Context, client *http.Client, name, api string, s keyring.Secret) (string, error) {
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(api, "/")+"/user", nil)
	if err != nil {
		return "", tokenProblem(flow.ClassUsage, name, "the address of its API is none")
	}
	scheme := map[string]string{"travis": "token ", "github": "Bearer "}[name]
	_ = s.Use(func(v []byte) error { req.Header.Set("Authorization", scheme+string(v)); return nil })
	req.Header.Set("User-Agent", userAgent())
	req.Header.Set("Accept", "application/json")
	if name == "travis" {
		req.Header.Set("Travis-API-Version", "3")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", tokenProblem(flow.ClassUnknown, name, req.URL.Host+" gives no answer")
	}
	defer resp.Body.Close()
	var user struct{ Login string }
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return "", tokenProblem(flow.ClassCredentials, name, req.URL.Host+" refuses it: "+resp.Status)
	case resp.StatusCode != http.StatusOK, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&user) != nil, user.Login == "":
		return "", tokenProblem(flow.ClassUnknown, name, req.URL.Host+" gives an answer that says nothing: "+resp.Status)
	}
	return user.Login, nil
}

func tokenProblem(class flow.Class, name, why string) error {
	return &flow.Problem{Code: "auth.refused", Class: class, Text: "The token for " + name + " was not proved: " + why,
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry auth login " + name, "ferry auth status"}}
}

// pypirc opens the person's own file, where twine looks for it.
func pypirc() (cli.Pypirc, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	return pypi.OpenPypirc(filepath.Join(home, ".pypirc"))
}

func userAgent() string { return "ferry/" + version }

// open opens the checkout around a folder and the world of its release.
func open(ctx context.Context, o cli.OpenOptions) (cli.Desk, error) {
	repo, head, err := checkout(o.Dir)
	if err != nil {
		return cli.Desk{}, err
	}
	conf, err := o.Load(os.DirFS(repo.Root()))
	if err != nil {
		return cli.Desk{}, err
	}
	remote, err := repo.Remote(conf.Release.Remote, gitops.RemoteOptions{Credentials: gitCredentials(repo.Root()), Timeout: pushTime, UserAgent: userAgent()})
	if err != nil {
		return cli.Desk{}, noRemote(err)
	}
	client := client(o.Debug)
	index, err := index(conf, client.Transport)
	if err != nil {
		return cli.Desk{}, err
	}
	tree, err := repo.Tree(head.SHA)
	if err != nil {
		return cli.Desk{}, noRepo(err)
	}
	files, err := ci.Scan(tree)
	if err != nil {
		return cli.Desk{}, noRepo(err)
	}
	providers, err := providers(ctx, conf, remote, files, client)
	if err != nil {
		return cli.Desk{}, err
	}
	d := cli.Desk{Config: conf, Root: repo.Root(), Head: head.SHA, Branch: head.Branch, Remote: conf.Release.Remote, RemoteURL: remote.URL(),
		IndexName: conf.Release.Index, IndexLabel: index.Label(), ProjectURL: index.ProjectURL,
		World: steps.World{Repo: repo, Remote: remote, Index: index, CI: providers, RunID: runID(), Waits: waits(conf)}}
	for _, p := range providers {
		d.CI = append(d.CI, p.Name())
	}
	if c, err := repo.Commit(head.SHA); err == nil {
		d.Subject = c.Subject
	}
	return d, nil
}

func waits(c config.Config) steps.Waits {
	return steps.Waits{Every: c.Wait.Every, Limit: c.Release.Timeout, Settle: c.Wait.Settle, SecondLook: c.Wait.SecondLook, Fresh: c.Wait.Fresh, ClaimGrace: claimGrace}
}

func runID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func checkout(dir string) (*gitops.Repo, gitops.Head, error) {
	if dir == "" {
		dir = "."
	}
	repo, err := gitops.Open(dir)
	if err != nil {
		return nil, gitops.Head{}, noRepo(err)
	}
	head, err := repo.Head()
	if err != nil {
		return nil, gitops.Head{}, noRepo(err)
	}
	return repo, head, nil
}

func noRepo(err error) error {
	p := &flow.Problem{Code: flow.CodeNoRepo, Class: flow.ClassFailed, Text: fmt.Sprintf("The checkout cannot be opened: %v", err),
		Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"git status", "ferry sandbox"}, Err: err}
	var none *gitops.NotARepositoryError
	if errors.As(err, &none) {
		p.Text = "There is no git repository here: " + none.Dir
		p.Next = []string{"ferry -C DIR", "git clone URL", "ferry sandbox"}
	}
	return p
}

func noRemote(err error) error {
	p := &flow.Problem{Code: flow.CodeRemoteNone, Class: flow.ClassFailed, Text: fmt.Sprintf("There is no remote to release to: %v", err),
		Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"git remote -v", "git remote add origin URL", "ferry --remote NAME"}, Err: err}
	var unsupported *gitops.UnsupportedError
	if errors.As(err, &unsupported) {
		p.Text = fmt.Sprintf("The remote cannot be released to as it is configured: %v", err)
	}
	return p
}

// index is the one that the configuration releases to.
func index(c config.Config, t http.RoundTripper) (*pypi.Index, error) {
	i, ok := c.Index[c.Release.Index]
	if !ok {
		return nil, &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Text: fmt.Sprintf("No index %q is configured", c.Release.Index),
			Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"ferry --help"}}
	}
	return pypi.NewIndex(pypi.Config{Name: c.Release.Index, Simple: i.Simple, JSON: i.JSON, Upload: i.Upload, UserAgent: userAgent(), Transport: t, Timeout: requestTime}), nil
}

// providers are the CIs to watch: those that are configured, else those whose
// files the commit has.
func providers(ctx context.Context, c config.Config, remote *gitops.Remote, files ci.Files, client *http.Client) ([]ci.Provider, error) {
	names := c.CI.Provider
	if len(names) == 0 || names[0] == "auto" {
		names = slices.DeleteFunc(slices.Clone(files.Providers), func(n string) bool {
			return n == "github" && remote.Host() != "github.com" && c.CI.URL == ""
		})
	}
	var out []ci.Provider
	for _, name := range names {
		switch name {
		case "none":
		case "travis":
			p, err := travis.New(travis.Options{URL: c.CI.URL, UI: c.CI.UI, Slug: remote.Slug(), Token: token(ctx, c, remote, name), HTTP: client, UserAgent: userAgent()})
			if err != nil {
				return nil, badCI(err)
			}
			out = append(out, p)
		case "github":
			p, err := github.New(github.Options{URL: c.CI.URL, UI: c.CI.UI, Slug: remote.Slug(), Token: token(ctx, c, remote, name), HTTP: client, UserAgent: userAgent()})
			if err != nil {
				return nil, badCI(err)
			}
			out = append(out, p)
		default:
			return nil, badCI(fmt.Errorf("provider %q is not known to this version", name))
		}
	}
	return out, nil
}

func badCI(err error) error {
	return &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Text: fmt.Sprintf("CI cannot be watched: %v", err),
		Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"ferry --help"}, Err: err}
}

// token is the credential for a CI. A project's file may name another host, but
// what was made for the real one is never sent there.
func token(ctx context.Context, c config.Config, remote *gitops.Remote, provider string) keyring.Secret {
	origin := c.Origin("ci.url")
	if c.CI.URL != "" && (strings.HasPrefix(origin, "ferry.toml") || strings.HasPrefix(origin, "pyproject.toml")) {
		return keyring.Secret{}
	}
	if provider == "travis" {
		s, _, _ := keyring.FromEnv(os.Getenv, "TRAVIS_TOKEN")
		return orStored(ctx, s, provider, cmp.Or(strings.TrimRight(c.CI.URL, "/"), "https://api.travis-ci.com"))
	}
	s := githubToken(ctx, remote.Host())
	if c.CI.URL == "" && remote.Host() != "github.com" {
		return s
	}
	return orStored(ctx, s, provider, cmp.Or(strings.TrimRight(c.CI.URL, "/"), "https://api.github.com"))
}

// orStored is the token that the tool of an API keeps, or that ferry auth login
// stored, where there is none yet. A keyring that is locked is not opened for
// it: reading what is public needs no token.
func orStored(ctx context.Context, s keyring.Secret, provider, api string) keyring.Secret {
	if s.IsZero() && provider == "travis" {
		s, _ = keyring.FromTool(ctx, os.Getenv, provider, api)
	}
	ring := keyring.System(os.Getenv)
	if !s.IsZero() || ring.Probe(ctx) != nil {
		return s
	}
	s, _ = ring.Get(ctx, api, "token")
	return s
}

// githubToken is the environment's, else gh's own.
func githubToken(ctx context.Context, host string) keyring.Secret {
	if s, _, ok := keyring.FromEnv(os.Getenv, "GH_TOKEN", "GITHUB_TOKEN"); ok {
		return s
	}
	s, _ := keyring.FromTool(ctx, os.Getenv, "github", "https://"+host)
	return s
}

// gitCredentials are for pushing over HTTP: the environment's token on GitHub,
// else what git's own helpers know.
func gitCredentials(root string) gitops.Credentials {
	return func(ctx context.Context, address string) (string, keyring.Secret, error) {
		if u, err := url.Parse(address); err == nil && u.Hostname() == "github.com" {
			if s := githubToken(ctx, u.Hostname()); !s.IsZero() {
				return "x-access-token", s, nil
			}
		}
		user, secret, err := gitops.CredentialFill(ctx, root, address)
		if err != nil && ctx.Err() == nil {
			return "", keyring.Secret{}, nil // without credentials; the remote says if it wants some
		}
		return user, secret, err
	}
}

// client is for the services; it writes every request down if it is asked to.
func client(debug io.Writer) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = requestTime
	c := &http.Client{Timeout: requestTime, Transport: t}
	if debug != nil {
		c.Transport = logged{t, debug}
	}
	return c
}

// logged writes a line for each request: its method, its address without query
// and user, and what came of it. Headers and bodies never reach it.
type logged struct {
	http.RoundTripper
	to io.Writer
}

func (l logged) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := l.RoundTripper.RoundTrip(r)
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	result := fmt.Sprint(err)
	if err == nil {
		result = resp.Status
	}
	fmt.Fprintf(l.to, "%s %s %s %q %s\n", began.UTC().Format(time.RFC3339Nano), r.Method, u.String(), result, time.Since(began).Round(time.Millisecond))
	return resp, err
}
