package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/ui/cli"
)

// pypircPath is the person's own file, where twine looks for it; "" if there is
// no home.
func pypircPath() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".pypirc")
}

func pypirc() (cli.Pypirc, error) {
	if _, err := os.UserHomeDir(); err != nil {
		return nil, err
	}
	return pypi.OpenPypirc(pypircPath())
}

// release says what the checked-out commit would release, from its files alone.
func release(dir string) (name, version string, err error) {
	repo, head, err := checkout(dir)
	if err != nil {
		return "", "", err
	}
	tree, err := repo.Tree(head.SHA)
	if err != nil {
		return "", "", noRepo(err)
	}
	return steps.Project(tree)
}

// swept removes what a killed run left beside the person's file, for it holds a
// secret, and gives an opener that tells of it under --debug. Every start does so.
func swept(open cli.Opener) cli.Opener {
	n, path := 0, pypircPath()
	if path != "" {
		n = pypi.SweepPypirc(path)
	}
	return func(ctx context.Context, o cli.OpenOptions) (cli.Desk, error) {
		if n > 0 && o.Debug != nil {
			fmt.Fprintf(o.Debug, "files of a killed run beside ~/.pypirc removed: %d\n", n)
		}
		return open(ctx, o)
	}
}
