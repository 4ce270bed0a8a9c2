package steps

import (
	"context"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// standingOfProject is what a project's status means for its releases (PEP 792).
type standingOfProject struct {
	closed bool // no file is taken
	hidden bool // no file is offered
	means  string
}

const quarantined = "quarantined"

// standings are the statuses that there are. Of another one nothing is known: the
// index itself refuses what it does not take.
func standings() map[string]standingOfProject {
	return map[string]standingOfProject{
		"active":     {},
		"archived":   {closed: true, means: "it takes no new file until an owner ends that; the files that are there can be installed"},
		"deprecated": {means: "its owners advise against it; its files can be installed, and it takes new ones"},
		quarantined:  {closed: true, hidden: true, means: "the index offers none of its files and takes none; only the admins of the index can end that"},
	}
}

// withdrawnProject: the index offers nothing of the project any more. Of an
// archived or deprecated one people can install what they could before.
func withdrawnProject(p pypi.Page) bool { return standings()[p.Project].hidden }

// remarkOnProject is what a person should know of a project that is not active;
// "" where there is nothing to say.
func remarkOnProject(p pypi.Page) string {
	s := standings()[p.Project]
	if s.means == "" {
		return ""
	}
	return "the project is " + projectStatus(p) + "; " + s.means
}

func projectStatus(p pypi.Page) string {
	if p.Reason == "" {
		return p.Project
	}
	return p.Project + ": " + p.Reason
}

// checkStatus: the index did not take the project back (PEP 792). Where it tells
// no status the project is taken for active by pip, and for not checked here.
func checkStatus(_ context.Context, v *verifier) []flow.Check {
	const id = "status"
	s := v.evidence.simple()
	_, known := standings()[s.page.Project]
	switch {
	case s.err != nil:
		return []flow.Check{unchecked(id, "the simple index cannot be read: %v", s.err)}
	case !s.page.Found:
		return []flow.Check{unchecked(id, "there is no project %s", v.target.Name)}
	case s.page.Project == "":
		return []flow.Check{unchecked(id, "%s tells no status of a project", v.Index.Label())}
	case !known:
		return []flow.Check{unchecked(id, "the project is %s, a status that this version does not know", projectStatus(s.page))}
	case withdrawnProject(s.page):
		return []flow.Check{bad(id, flow.Withdrawn, "%s", remarkOnProject(s.page))}
	case remarkOnProject(s.page) != "":
		return []flow.Check{fine(id, "%s", remarkOnProject(s.page))}
	}
	return []flow.Check{fine(id, "the project is active")}
}

// checkYanked: no file was taken back.
func checkYanked(_ context.Context, v *verifier) []flow.Check {
	const id = "yanked"
	var names []string
	reason := ""
	for _, s := range v.evidence.surfaces {
		for _, f := range s.files {
			if f.Yanked {
				names = appendNew(names, f.Name)
			}
			if f.Yanked && f.YankedReason != "" {
				reason = ": " + f.YankedReason
			}
		}
	}
	switch {
	case len(names) > 0:
		return []flow.Check{bad(id, flow.Withdrawn, "%s yanked%s", strings.Join(names, ", "), reason)}
	case !v.evidence.published():
		return []flow.Check{unchecked(id, noFile)}
	}
	return []flow.Check{fine(id, "no file")}
}

// withdrawal is what a withdrawn verdict means: by a yank, by a quarantine, or both.
func withdrawal(checks []flow.Check) (now []string, retry string) {
	bad := func(id string) bool {
		return slices.ContainsFunc(checks, func(c flow.Check) bool { return c.ID == id && c.Result == flow.Bad })
	}
	retry = flow.RetryNewVersion
	if bad("yanked") {
		now = append(now, "a yanked file stays what it is; pip passes over it, unless a requirement names exactly this version", "an owner can take the yank back; else release a new version")
	}
	if bad("status") {
		now, retry = append(now, standings()[quarantined].means, "until then nobody can install it, and a new version is not taken either"), flow.RetryUnknown
	}
	return now, retry
}

// openUntil is what an index says of adding files to a release; "" where that is
// not known.
func openUntil(x *pypi.Index) string {
	if !x.Strict() {
		return ""
	}
	return x.Label() + " takes missing files for 14 days after the first upload, unless the project is archived"
}
