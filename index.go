package main

import (
	"cmp"
	"context"
	"os"

	"ferry/flow/steps"
	"ferry/ui/cli"
)

// openIndex opens the index alone, by the settings of the folder and the person:
// a release can be proved from anywhere.
func openIndex(_ context.Context, o cli.OpenOptions) (cli.Desk, error) {
	conf, err := o.Load(os.DirFS(cmp.Or(o.Dir, ".")))
	if err != nil {
		return cli.Desk{}, err
	}
	index, err := index(conf, client(o.Debug).Transport)
	if err != nil {
		return cli.Desk{}, err
	}
	return cli.Desk{Config: conf, IndexName: conf.Release.Index, IndexLabel: index.Label(), ProjectURL: index.ProjectURL,
		World: steps.World{Index: index, Waits: waits(conf)}}, nil
}
