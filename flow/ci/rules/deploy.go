package rules

// Deploy is a job in a CI file that publishes, and the refs from which it does.
// It has more fields than most structs here because it is a report, shown field
// by field.
type Deploy struct {
	Provider, File string
	Line           int
	Job            string

	// Patterns as the provider writes them: globs, on Travis also /regex/.
	Branches, BranchesIgnore, Tags, TagsIgnore []string
	AnyBranch, AnyTag                          bool // every branch or tag that no pattern here excludes
	Release, Dispatch                          bool // publishing a release, or a person, starts it

	Repo          string   // only in this repository (owner/name); "" is any
	Environment   string   // deployment environment, which may want a reviewer
	Index         string   // upload URL if the file names one; "" is PyPI
	Distributions []string // sdist, bdist_wheel; empty if the file does not say
	Trusted       bool     // publishes without a stored token (OIDC)
	Matrix        string   // which job of a matrix does it, in words; "" if every one would
	Undecided     string   // a further condition that the files alone do not decide, in words

	also cond // what must hold besides the patterns
	// Branches and Tags list what also asks for; also alone decides.
	byCond struct{ branches, tags bool }
}

// OnBranch says whether a push to the branch publishes, as far as the files
// decide it: a condition in Undecided may still stand in the way.
func (d Deploy) OnBranch(name string) bool {
	return d.matchBranch(name) && evaluate(d.also, pushOf("branch", name)) != no
}

// OnTag says the same of a push of the tag.
func (d Deploy) OnTag(name string) bool {
	return d.matchTag(name) && evaluate(d.also, pushOf("tag", name)) != no
}

// On says whether an event other than a push publishes: release or dispatch.
func (d Deploy) On(event string) bool {
	switch event {
	case "release":
		return d.Release
	case "dispatch", "workflow_dispatch":
		return d.Dispatch
	}
	return false
}

func (d Deploy) matchBranch(name string) bool {
	return (d.AnyBranch || d.byCond.branches || matchAny(d.Provider, d.Branches, name)) && !matchAny(d.Provider, d.BranchesIgnore, name)
}

func (d Deploy) matchTag(name string) bool {
	return (d.AnyTag || d.byCond.tags || matchAny(d.Provider, d.Tags, name)) && !matchAny(d.Provider, d.TagsIgnore, name)
}
