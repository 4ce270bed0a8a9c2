package steps

import (
	"context"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkSecrets: nobody packed a token with it. The path is told, never the value.
// What the released commit keeps in the same words, as tests do, tells whoever can
// read that nothing new; only what may be a token in use is bad there too.
func checkSecrets(ctx context.Context, v *verifier) []flow.Check {
	const id = "secrets"
	all := v.opened()
	if names := v.unopened(); len(names) > 0 {
		return []flow.Check{unchecked(id, "%s cannot be looked into", strings.Join(names, ", "))}
	}
	tree, err := v.source(ctx)
	if err != nil {
		tree = nil // without it nothing is excused
	}
	var found, kept []string
	for _, a := range all {
		leaks, err := pypi.LooksSecret(ctx, a, tree)
		if err != nil {
			return []flow.Check{unchecked(id, "%s cannot be read: %v", a.File, err)}
		}
		for _, l := range leaks {
			if l.Kept && !l.Live {
				kept = append(kept, a.File+": "+l.Path)
				continue
			}
			found = append(found, a.File+": "+l.Path)
			v.problem([]string{a.File}, l.Path+" holds what looks like a secret")
		}
	}
	switch {
	case len(found) > 0:
		return []flow.Check{bad(id, flow.Unexpected, "what looks like a secret stands in %s; whoever has the file has it: revoke it", listed(found))}
	case len(kept) > 0:
		return []flow.Check{unchecked(id, "what looks like a secret stands in %s, and in commit %s as well, for all who can read it; whether it is one nobody here can tell: rotate it if it is", listed(kept), short(v.target.Commit))}
	case len(all) == 0:
		return []flow.Check{unchecked(id, "nothing was downloaded that can be read")}
	}
	return []flow.Check{fine(id, "nothing in %s looks like one", count(len(all), "file"))}
}
