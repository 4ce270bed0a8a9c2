package main

import (
	"context"
	"os"

	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/ui/cli"
)

// openFiles opens a checkout for what its files alone can tell: nobody is asked,
// no credential is looked for, and a remote need not be there.
func openFiles(_ context.Context, o cli.OpenOptions) (cli.Desk, error) {
	repo, head, err := checkout(o.Dir)
	if err != nil {
		return cli.Desk{}, err
	}
	conf, err := o.Load(os.DirFS(repo.Root()))
	if err != nil {
		return cli.Desk{}, err
	}
	d := cli.Desk{Config: conf, Root: repo.Root(), Head: head.SHA, Branch: head.Branch, World: steps.World{Repo: repo, Waits: waits(conf)}}
	if remote, err := repo.Remote(conf.Release.Remote, gitops.RemoteOptions{}); err == nil {
		d.World.Remote = remote
	}
	if c, err := repo.Commit(head.SHA); err == nil {
		d.Subject, d.Message = c.Subject, c.Message
	}
	return d, nil
}
