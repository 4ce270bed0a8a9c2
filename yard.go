package main

import (
	"context"

	"ferry/flow/ci"
	"ferry/flow/ci/quickbuild"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
	"ferry/pypi"
)

// yard opens what a repository is set up in: both public indexes, any CI by its
// name, the git host with all that it can do, and the server that starts releases.
func (s services) yard(ctx context.Context) (steps.Yard, error) {
	y := steps.Yard{Services: s.open, RecipeText: quickbuild.File, Indexes: map[string]*pypi.Index{}}
	for _, name := range []string{"pypi", "testpypi"} {
		x, err := indexNamed(s.conf, name, s.client.Transport)
		if err != nil {
			return y, err
		}
		y.Indexes[name] = x
	}
	var err error
	if y.Server, err = s.server(ctx); err != nil {
		return y, err
	}
	y.Git, err = s.host(ctx)
	return y, err
}

// host is the API of the remote's own host, where its name says whose it is.
func (s services) host(ctx context.Context) (ci.Host, error) {
	own := rules.Detect(nowhere{}, s.remote.Hostname())
	if len(own) == 0 {
		return nil, nil //nolint:nilnil // a host that nobody knows has no API
	}
	p, err := s.open(ctx, own[0].Provider)
	h, _ := p.(ci.Host)
	return h, err
}
