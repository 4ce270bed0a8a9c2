package main

import (
	"context"
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/gitops"
	"ferry/keyring"
)

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

// passphrase asks a person for what opens an ssh key; nil where nobody is there.
func passphrase(ask keyring.Prompter) gitops.Passphrase {
	if ask == nil {
		return nil
	}
	return func(ctx context.Context, keyfile string) (keyring.Secret, error) {
		return ask.Secret(ctx, "Passphrase for the ssh key "+keyfile)
	}
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
