package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/keyring"
)

// voyage is one release, opened: where it starts, what it carries, by which plan.
type voyage struct {
	Desk
	target plans.Target
	plan   flow.Plan
}

// open reads the configuration and opens the checkout.
func (c *commands) open(ctx context.Context) (Desk, error) {
	if err := c.flags.check(); err != nil {
		return Desk{}, err
	}
	debug, err := c.debugFile()
	if err != nil {
		return Desk{}, err
	}
	return c.Open(ctx, OpenOptions{Dir: c.flags.repo, Load: c.load, Debug: debug, Ask: c.prompter()})
}

func (c *commands) load(tree fs.FS) (config.Config, error) {
	conf, err := config.Load(config.Sources{Project: tree, User: c.flags.config, Env: c.Env, Flags: c.flags.settings()})
	if err != nil {
		return conf, err
	}
	if _, err := c.folder(conf); err != nil {
		return conf, err
	}
	return conf, conf.CheckBranch("")
}

// folder is where the package that is meant lies; "" is the top of the tree.
func (c *commands) folder(conf config.Config) (string, error) {
	names := slices.Sorted(maps.Keys(conf.Package))
	wrong := func(text string) *flow.Problem {
		return &flow.Problem{Code: flow.CodeConfig, Class: flow.ClassUsage, Retry: flow.RetrySafe, Text: text, Now: []string{"nothing was done"}}
	}
	var p *flow.Problem
	switch _, known := conf.Package[c.flags.pkg]; {
	case known:
		return conf.Package[c.flags.pkg].Path, nil
	case c.flags.pkg == "" && len(names) == 0:
		return "", nil
	case c.flags.pkg == "" && len(names) == 1:
		return conf.Package[names[0]].Path, nil
	case c.flags.pkg == "":
		p = wrong("The repository has several packages: " + strings.Join(names, ", "))
	case len(names) == 0:
		p = wrong(fmt.Sprintf("--package %s: ferry.toml names no package; write [package.%s] with its path", c.flags.pkg, c.flags.pkg))
	default:
		p = wrong(fmt.Sprintf("--package %s: ferry.toml names only %s", c.flags.pkg, strings.Join(names, ", ")))
	}
	for _, name := range names {
		p.Next = append(p.Next, flow.Shell([]string{"ferry", "status", "--package", name}))
	}
	if len(names) == 0 {
		p.Next = []string{"git ls-files '*pyproject.toml' '*setup.py'"}
	}
	return "", p
}

func (c *commands) debugFile() (io.Writer, error) {
	if c.flags.debug == "" {
		return nil, nil
	}
	f, err := os.OpenFile(c.flags.debug, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, usageError(fmt.Errorf("--debug: %w", err), "ferry --help")
	}
	return keyring.Hiding(f), nil
}

func (c *commands) intent(conf config.Config, version string) plans.Intent {
	r := conf.Release
	dir, _ := c.folder(conf) // it was found when the configuration was read
	in := plans.Intent{Version: version, Trigger: r.Trigger, BranchRef: r.BranchRef, TagRef: r.TagRef,
		Claim: r.Claim, KeepBranch: r.KeepBranch, Artifacts: r.Artifacts, Dir: dir}
	in.HostRelease, in.Notes, in.Build = r.HostRelease, r.Notes, c.mayBuild
	return in
}

// embark opens the release of the checked-out commit.
func (c *commands) embark(ctx context.Context, version string) (voyage, error) {
	d, err := c.open(ctx)
	if err != nil {
		return voyage{}, err
	}
	v, err := c.aim(ctx, d, version, d.Head)
	if err == nil && c.flags.ofNotes() {
		if v.target, err = c.noted(ctx, v.target); err == nil {
			v.plan = plans.For(d.World, v.target)
		}
	}
	return v, err
}

func (c *commands) aim(ctx context.Context, d Desk, version, commit string) (voyage, error) {
	t, err := d.World.Aim(ctx, c.intent(d.Config, version), commit)
	if err != nil {
		return voyage{Desk: d, target: t}, err
	}
	return voyage{d, t, plans.For(d.World, t)}, nil
}

// find opens the release that is to be looked at: the one that runs or is
// unfinished, wherever this clone stands.
func (c *commands) find(ctx context.Context) (voyage, error) {
	d, err := c.open(ctx)
	if err != nil {
		return voyage{}, err
	}
	commit, err := d.World.Locate(ctx, c.intent(d.Config, ""), d.Head)
	if err != nil {
		return voyage{Desk: d}, err
	}
	return c.aim(ctx, d, "", commit)
}

// engine makes the engine that carries the voyage out.
func (c *commands) engine(v voyage, sink flow.Sink, ask flow.Ask) *flow.Engine {
	w := v.World.Waits
	if c.flags.readOnly {
		ask = func(context.Context, flow.Question) (flow.Answer, error) { return flow.Answer{}, errReadOnly }
	}
	return &flow.Engine{Sink: sink, Ask: ask, SecondLook: w.SecondLook, Fresh: w.Fresh, Timeout: c.flags.timeout, NoWait: c.flags.noWait}
}

// links are where people look at a release; a voyage without a ref is none.
func (v voyage) links() map[string]string {
	if v.target.Ref == "" {
		return nil
	}
	return map[string]string{"project": v.ProjectURL(v.target.Name, v.target.Version)}
}

func isProblem(err error) bool {
	var p *flow.Problem
	return errors.As(err, &p)
}
