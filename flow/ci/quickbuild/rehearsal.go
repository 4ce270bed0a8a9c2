package quickbuild

import (
	"context"
	"fmt"
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

// beyond says what a build would do besides the step's command, or that the command
// would not hear that it is a rehearsal.
func (d *draft) beyond(step *element, line string) string {
	var others []string
	for _, entry := range d.root.kid("stepDOMs").list("entry") {
		for _, s := range entry.kids {
			works := s.kid("name") != nil && s.kid("childStepNames") == nil && s.value("enabled") != "false"
			if works && s != step && !strings.HasSuffix(s.name, "CheckoutStep") {
				others = append(others, s.value("name"))
			}
		}
	}
	switch {
	case !strings.Contains(line, `vars.get("`+VariableOptions+`")`):
		return "the command does not read " + VariableOptions + ", which says that it is a rehearsal"
	case len(others) > 0:
		return fmt.Sprintf("it also runs the steps %q, which do not know of rehearsals", others)
	case d.root.kid("promotions") != nil && len(d.root.kid("promotions").kids) > 0:
		return "a build of it may be promoted by itself"
	case d.root.value("disabled") == "true" || step.value("enabled") == "false":
		return "it, or its step, is disabled"
	}
	return ""
}

func rehearses(vs []variable, version string) bool {
	return slices.Contains(strings.Fields(named(vs, VariableOptions)), optionDry) && named(vs, VariableVersion) == version
}
