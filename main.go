// Command ferry carries Python packages to PyPI: it checks that a release can
// succeed, triggers it, watches CI, proves on the index that the right files
// are there, and cleans up. This file is the composition root: it opens the
// world and hands it to the command line.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	_ "ferry/ui/style/dark" // settles the background before bubbletea would ask the terminal

	"ferry/flow"
	"ferry/flow/ci/rules"
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

// kept are files of CI's that a recovery sends, in a folder that ends with us.
var kept steps.Kept

func run(ctx context.Context, args []string, in, out, errout *os.File) int {
	keyring.Beware(os.Environ())
	defer func() { _ = kept.Close() }()
	app := cli.App{Version: version, In: in, Out: out, Err: errout, Env: os.Getenv, Open: swept(open), Index: openIndex, Files: openFiles, Auth: auth(), Pypirc: pypirc, Release: release,
		Sandbox: sandbox.Runner{In: in, Out: out, Err: errout, Commands: cli.Commands, Terminal: func() bool { return cli.Terminal(in) && cli.Terminal(errout) }}}
	return cli.Main(ctx, app, args)
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
	remote, err := repo.Remote(conf.Release.Remote, gitops.RemoteOptions{Logins: gitCredentials(repo.Root(), o.Ask), Passphrase: passphrase(o.Ask), Timeout: pushTime, UserAgent: userAgent()})
	if err != nil {
		return cli.Desk{}, noRemote(err)
	}
	client := client(o.Debug)
	index, err := index(conf, client.Transport)
	if err != nil {
		return cli.Desk{}, err
	}
	staging, err := staging(conf, client.Transport)
	if err != nil {
		return cli.Desk{}, err
	}
	tree, err := repo.Tree(head.SHA)
	if err != nil {
		return cli.Desk{}, noRepo(err)
	}
	files, err := rules.Scan(tree)
	if err != nil {
		return cli.Desk{}, noRepo(err)
	}
	if onGitea(tree, remote) {
		files.Providers = append(slices.DeleteFunc(files.Providers, func(n string) bool { return n == "github" }), "gitea")
	}
	all := services{conf, remote, files, client}
	providers, err := all.watched(ctx)
	if err != nil {
		return cli.Desk{}, err
	}
	d := cli.Desk{Config: conf, Root: repo.Root(), Head: head.SHA, Branch: head.Branch, Remote: conf.Release.Remote, RemoteURL: remote.URL(),
		IndexName: conf.Release.Index, IndexLabel: index.Label(), ProjectURL: index.ProjectURL,
		World: steps.World{Repo: repo, Remote: remote, Index: index, Staging: staging, Host: gitHost(remote, providers, client), Chosen: chosen(conf), CI: providers, JobToken: jobToken(os.Getenv, remote, client), ReleaseToken: releaseToken(os.Getenv, remote, client), RunID: runID(), Pypirc: pypircPath(), Kept: &kept, Waits: waits(conf)}}
	d.Yard = all.yard
	for _, p := range providers {
		d.CI = append(d.CI, p.Name())
	}
	if c, err := repo.Commit(head.SHA); err == nil {
		d.Subject, d.Message = c.Subject, c.Message
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

// index is the one that the configuration releases to.
func index(c config.Config, t http.RoundTripper) (*pypi.Index, error) {
	return indexNamed(c, c.Release.Index, t)
}

// staging is the index that must hold the files first; nil where none is configured.
func staging(c config.Config, t http.RoundTripper) (*pypi.Index, error) {
	if c.Release.Staging == "" {
		return nil, nil //nolint:nilnil // to have none is no error
	}
	return indexNamed(c, c.Release.Staging, t)
}

func indexNamed(c config.Config, name string, t http.RoundTripper) (*pypi.Index, error) {
	i, ok := c.Index[name]
	if !ok {
		return nil, &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Text: fmt.Sprintf("No index %q is configured", name),
			Now: []string{"nothing was done"}, Retry: flow.RetrySafe, Next: []string{"ferry --help"}}
	}
	return pypi.NewIndex(pypi.Config{Name: name, Simple: i.Simple, JSON: i.JSON, Upload: i.Upload, UserAgent: userAgent(), Transport: t, Timeout: requestTime}), nil
}
