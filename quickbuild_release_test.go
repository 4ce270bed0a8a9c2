package main

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
	"ferry/flow/sandbox"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/keyring"
)

// foreman is a QuickBuild beside a world. What the steps of its configurations run
// is the program itself, in a checkout of the node's own.
type foreman struct {
	world
	server   *citest.Server
	provider *quickbuild.Provider
	yard     steps.Yard
	setup    steps.Setup

	mu   sync.Mutex
	said []string // by the command, one text a run
}

func newForeman(t *testing.T) *foreman {
	t.Helper()
	const password = "quickbuild-password"
	f := &foreman{world: start(t, "happy", quick, nil)}
	f.server = citest.New(citest.Options{Slug: sandbox.Slug, Token: keyring.NewSecret(password), Log: t.Logf, Command: f.onNode,
		Script: citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "release"}}}}}})
	t.Cleanup(f.server.Close)
	web := httptest.NewServer(f.server.QuickBuild())
	t.Cleanup(web.Close)
	var err error
	f.provider, err = quickbuild.New(quickbuild.Options{URL: web.URL, Configuration: "root/release/acme-core", User: citest.QuickBuildUser, Password: keyring.NewSecret(password)})
	if err != nil {
		t.Fatal(err)
	}
	f.setup = steps.Setup{Name: sandbox.Project, Version: sandbox.Version, Default: "main", How: steps.PublishElse, Recipe: &ci.Recipe{Template: citest.QuickBuildTemplate}}
	f.yard = steps.Yard{World: steps.World{Remote: f.remote()}, Server: f.provider}
	return f
}

// remote is what the person who sets the repository up sees of it.
func (f *foreman) remote() *gitops.Remote {
	f.t.Helper()
	dir, err := f.Clone("you")
	if err != nil {
		f.t.Fatal(err)
	}
	repo, err := gitops.Open(dir)
	if err != nil {
		f.t.Fatal(err)
	}
	remote, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: time.Minute})
	if err != nil {
		f.t.Fatal(err)
	}
	return remote
}

// onNode runs a line as a node does: no terminal, and a code that counts.
func (f *foreman) onNode(ctx context.Context, line string) error {
	cmd, err := f.Command(ctx, f.bin, "node", strings.Fields(line))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, out.String())
	return err
}

// heard is what the last run said.
func (f *foreman) heard() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.said) == 0 {
		return ""
	}
	return f.said[len(f.said)-1]
}

// carry runs a plan of the two steps, as the program does.
func (f *foreman) carry() error {
	save, rehearse := steps.NewSaveRecipe(f.yard, f.setup), steps.NewRehearseRecipe(f.yard, f.setup)
	rehearse.After = []flow.Step{save}
	plan := flow.Plan{Name: "onboard", Title: "onboard", Nodes: []flow.Node{
		{ID: flow.SaveRecipe, Title: "save the configuration", Effect: flow.Shared, Step: save},
		{ID: flow.RehearseRecipe, Title: "rehearse it", Effect: flow.Shared, Needs: []flow.ID{flow.SaveRecipe}, Step: rehearse, Every: 10 * time.Millisecond, Limit: time.Minute},
	}}
	e := flow.Engine{Fresh: time.Minute, SecondLook: 50 * time.Millisecond, Sink: func(flow.Event) {},
		Ask: func(_ context.Context, q flow.Question) (flow.Answer, error) {
			if q.Node.ID == flow.SaveRecipe && q.Finding.Diff == nil {
				return flow.Answer{}, errors.New("the document is not shown")
			}
			return flow.Answer{Yes: true}, nil
		}}
	return e.Run(f.t.Context(), plan)
}

// build asks for a version and waits for the end of its build.
func (f *foreman) build(version string) ci.Build {
	f.t.Helper()
	q := ci.Query{Ref: "refs/heads/main", SHA: f.Commits[len(f.Commits)-1]}
	request, err := f.provider.Trigger(f.t.Context(), q, map[string]string{quickbuild.VariableVersion: version})
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := f.provider.Requested(ctx, request)
		if err == nil && b.Final() {
			return b
		}
		select {
		case <-ctx.Done():
			f.t.Fatalf("never over: %+v, %v\n%s", b, err, f.heard())
		case <-tick.C:
		}
	}
}

// TestQuickBuildReleases: the configuration is made by REST, rehearsed, and asked
// for the version. The command on its node carries the release to its end.
func TestQuickBuildReleases(t *testing.T) {
	t.Parallel()
	f := newForeman(t)
	if err := f.carry(); err != nil {
		t.Fatalf("%v\n%s", err, f.heard())
	}
	if up := f.uploads(); len(up) != 0 || f.created("refs/heads/"+sandbox.Branch) != 0 {
		t.Errorf("the rehearsal published: %v", up)
	}
	if !strings.Contains(f.heard(), "git push --force-with-lease=") {
		t.Errorf("the rehearsal shows no plan:\n%s", f.heard())
	}
	if err := f.carry(); err != nil || len(f.server.Builds()) != 1 {
		t.Errorf("once more: %v, %d builds", err, len(f.server.Builds()))
	}
	if b := f.build("9.9.9"); b.State != ci.StateFailed || !strings.Contains(f.heard(), "wrong-yes") || len(f.uploads()) != 0 {
		t.Errorf("another version: %+v\n%s", b, f.heard())
	}
	if b := f.build(sandbox.Version); b.State != ci.StatePassed {
		t.Errorf("%+v\n%s", b, f.heard())
	}
	f.published()
	for _, u := range f.Index.Uploads() {
		if !strings.Contains(f.heard(), u.SHA256) {
			t.Errorf("%s is not told:\n%s", u.Filename, f.heard())
		}
	}
	if b := f.build(sandbox.Version); b.State != ci.StatePassed {
		t.Errorf("once more: %+v\n%s", b, f.heard())
	}
	f.published()
}

// TestQuickBuildCannotRehearse: a node on which the release would fail says so, and
// nothing is published.
func TestQuickBuildCannotRehearse(t *testing.T) {
	t.Parallel()
	f := newForeman(t)
	f.setup.Version = "9.9.9"
	var p *flow.Problem
	if err := f.carry(); !errors.As(err, &p) || p.Code != flow.CodeRehearsal || len(f.uploads()) != 0 {
		t.Errorf("%v\n%s", err, f.heard())
	}
}
