package quickbuild

import (
	"context"
	"slices"
	"strings"

	"ferry/flow/ci"
)

// optionDry makes a release one that only says what it would do.
const optionDry = "--dry-run"

// Rehearse asks once for a build that releases nothing and says what it would do.
func (p *Provider) Rehearse(ctx context.Context, q ci.Query, version string) (string, error) {
	return p.Trigger(ctx, q, map[string]string{VariableVersion: version, VariableOptions: optionDry})
}

// Rehearsals are the builds whose variables say that they rehearse a version, and
// the requests for such. A configuration that does not declare the variables shows
// none.
func (p *Provider) Rehearsals(ctx context.Context, version string) ([]ci.Build, error) {
	id, err := p.configuration(ctx)
	if err != nil {
		return nil, err
	}
	docs, err := p.documents(ctx, id, func(all []buildDoc) bool {
		return slices.ContainsFunc(all, func(d buildDoc) bool { return rehearses(d.variables(), version) })
	})
	if err != nil {
		return nil, err
	}
	docs = slices.DeleteFunc(docs, func(d buildDoc) bool { return !rehearses(d.variables(), version) })
	builds, err := p.made(docs)
	if err != nil {
		return nil, err
	}
	asked, err := p.asked(ctx, id)
	if err != nil {
		return nil, err
	}
	asked = slices.DeleteFunc(asked, func(d requestDoc) bool { return !rehearses(d.Variables, version) })
	waiting, err := p.waiting(asked)
	return joined(builds, waiting), err
}

func rehearses(vs []variable, version string) bool {
	return slices.Contains(strings.Fields(named(vs, VariableOptions)), optionDry) && named(vs, VariableVersion) == version
}
