package steps

import (
	"context"
	"fmt"
	"strings"

	"ferry/flow"
)

// noFile is why most checks are not made where nothing is published.
const noFile = "no page shows a file"

// checkFiles: every file that the release must have is there. Where nothing says
// which those are, only that there is any.
func checkFiles(_ context.Context, v *verifier) []flow.Check {
	here, missing, late := v.present()
	c := flow.Check{ID: "files", Decides: true}
	switch {
	case here == 0 && v.evidence.indexErr() != nil:
		c.Result, c.Evidence = flow.NotChecked, fmt.Sprintf("the index cannot be read: %v", v.evidence.indexErr())
	case here == 0 && late:
		c.Result, c.Means, c.Evidence = flow.Bad, flow.NotVisible, "no file yet; "+mayBeOld
	case here == 0:
		c.Result, c.Means, c.Evidence = flow.Bad, flow.Absent, fmt.Sprintf("no page of %s shows a file of %s", v.Index.Label(), v.target.Version)
	case len(missing) > 0 && late:
		c.Result, c.Means, c.Evidence = flow.Bad, flow.NotVisible, "not there yet: "+strings.Join(missing, ", ")+"; "+mayBeOld
	case len(missing) > 0:
		c.Result, c.Means, c.Evidence = flow.Bad, flow.Incomplete, fmt.Sprintf("missing: %s; %s", strings.Join(missing, ", "), v.expectedBy())
	case v.wanted.err != nil:
		c.Result, c.Evidence = flow.NotChecked, fmt.Sprintf("which files the publishing job uploaded cannot be read now: %v", v.wanted.err)
	case !v.wanted.exact:
		c.Result, c.Decides, c.Evidence = flow.NotChecked, false, fmt.Sprintf("%s: %s; nothing says which files it must have", count(here, "file"), listed(v.shown()))
	case v.partlyKnown():
		c.Result, c.Decides = flow.NotChecked, false
		c.Evidence = fmt.Sprintf("%s, as named by %s; not every job's log could be read, so there may have to be more", count(here-len(v.surplus()), "file"), v.wanted.source)
	default:
		c.Result, c.Evidence = flow.Good, fmt.Sprintf("%d of %d, expected by %s", here-len(v.surplus()), here-len(v.surplus()), v.wanted.source)
	}
	return []flow.Check{c}
}

// expectedBy says who wants the files. Where nobody does, the rules of a checkout
// still want an sdist.
func (v *verifier) expectedBy() string {
	if !v.wanted.exact && len(v.wanted.kinds) > 0 {
		return "a release has at least an sdist, unless release.artifacts says otherwise"
	}
	return "expected by " + v.wanted.source
}

// shown names the files that any page shows.
func (v *verifier) shown() (names []string) {
	for _, f := range v.files {
		if there(f) || has(f, flow.SeenDiffers) {
			names = append(names, f.Name)
		}
	}
	return names
}

// partlyKnown: jobs may have uploaded what nothing names. Who compares with files
// of their own says which there must be.
func (v *verifier) partlyKnown() bool { return v.wanted.part && len(v.own) == 0 }

// present counts the files that any page shows and names the expected ones that
// none does. late: a page that lacks one may be older than the upload, or cannot
// be read.
func (v *verifier) present() (here int, missing []string, late bool) {
	for _, f := range v.files {
		switch {
		case there(f) || has(f, flow.SeenDiffers):
			here++
		case f.Expected:
			missing = append(missing, f.Name)
			late = late || has(f, flow.SeenLate) || has(f, flow.SeenUnknown)
		}
	}
	return here, missing, late && (here > 0 || v.begun())
}

// begun: something says that there was or is an upload, or cannot be asked.
func (v *verifier) begun() bool {
	return v.evidence.mine() || v.evidence.refsErr != nil || v.evidence.buildsErr != nil
}

// surplus names the files that are there and that nothing expects.
func (v *verifier) surplus() (names []string) {
	for _, f := range v.files {
		if !f.Expected {
			names = append(names, f.Name)
		}
	}
	return names
}

// checkUnexpected: there is no file beside those of the release.
func checkUnexpected(_ context.Context, v *verifier) []flow.Check {
	const id = "unexpected"
	extra := v.surplus()
	switch {
	case v.evidence.indexErr() != nil && len(extra) == 0:
		return []flow.Check{unchecked(id, "the index cannot be read whole: %v", v.evidence.indexErr())}
	case !v.evidence.published():
		return []flow.Check{unchecked(id, noFile)}
	case !v.wanted.exact:
		return []flow.Check{unchecked(id, "nothing says which files it must have; --dist DIR compares with your own")}
	case len(extra) > 0 && (v.wanted.part || v.wanted.err != nil):
		return []flow.Check{unchecked(id, "%s: not among those expected by %s, but not every job's log could be read", strings.Join(extra, ", "), v.wanted.source)}
	case len(extra) > 0:
		return []flow.Check{bad(id, flow.Unexpected, "%s: not among those expected by %s", strings.Join(extra, ", "), v.wanted.source)}
	}
	return []flow.Check{fine(id, "no other file")}
}
