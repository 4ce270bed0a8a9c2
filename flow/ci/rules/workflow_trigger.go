package rules

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// verdict is an answer with the places that give it.
type verdict struct {
	is  answer
	why []Reason
}

// and joins two verdicts. The reasons of a no stand alone.
func (v verdict) and(w verdict) verdict {
	switch {
	case v.is == no:
		return v
	case w.is == no:
		return w
	}
	return verdict{min(v.is, w.is), append(slices.Clone(v.why), w.why...)}
}

// workflow is a workflow file.
type workflow struct {
	file  string
	name  string // as other workflows call it
	root  tree
	gitea bool
	// refused is what the service refuses the file for.
	refused []fault
	before  map[string][]string
}

// ancestors are the jobs that come before a job, near or far.
func (w *workflow) ancestors(job string) []string {
	if w.before == nil {
		w.before = map[string][]string{}
		needs := needed(w.root.get("jobs"))
		for name := range needs {
			w.before[name] = ancestors(needs, name)
		}
	}
	return w.before[job]
}

func (w *workflow) because(a answer, line int, text string, args ...any) verdict {
	return verdict{a, []Reason{{Text: fmt.Sprintf(text, args...), File: w.file, Line: line}}}
}

// trigger is an entry of `on:`.
type trigger struct {
	event string
	with  tree
	line  int
}

// triggers reads `on:` in any of its three forms.
func (w *workflow) triggers() []trigger {
	on := w.root.get("on", "true")
	var out []trigger
	for _, p := range on.pairs() {
		out = append(out, trigger{p.key, p.value, p.line})
	}
	for _, item := range on.list() {
		if !on.isMap() && item.text() != "" {
			out = append(out, trigger{event: item.text(), line: item.line()})
		}
	}
	return out
}

func (w *workflow) trigger(event string) (trigger, bool) {
	all := w.triggers()
	i := slices.IndexFunc(all, func(t trigger) bool { return t.event == event })
	if i < 0 {
		return trigger{}, false
	}
	return all[i], true
}

// starts says whether an event starts a workflow.
func (w *workflow) starts(e Event) verdict {
	line := w.root.get("on", "true").line()
	if e.elsewhere(w.file) {
		return w.because(no, line, "%s is started, and not this", e.ByAPI.File)
	}
	if e.ByJob && e.What != "workflow_dispatch" && e.What != "repository_dispatch" {
		// docs.github.com: "Triggering a workflow from a workflow". Gitea's
		// services/actions/notifier_helper.go passes over its own user as well.
		return w.because(no, line, "what is done with the token of a job starts no workflow")
	}
	out, found := w.because(no, line, "no event here is a %s", e.What), false
	for _, t := range w.triggers() {
		v, about := w.startsOn(t, e)
		if about && (!found || v.is > out.is) {
			out, found = v, true
		}
	}
	return out
}

// startsOn says whether an event is what one trigger asks for.
func (w *workflow) startsOn(t trigger, e Event) (v verdict, about bool) {
	switch {
	case t.event == e.What && e.What == "push":
		return w.skipped(e).and(w.pushed(t, e)), true
	case t.event == e.What && e.What == "release":
		return w.released(t, e), true
	case t.event == e.What:
		return w.because(yes, t.line, "on %s", t.event), true
	case t.event == "create" && e.What == "push":
		return w.created(t, e), true
	case slices.Contains(reported, t.event):
		return w.because(maybe, t.line, "on %s, which other services may report afterwards", t.event), true
	}
	return verdict{}, false
}

// reported are events by which other services answer to a push.
var reported = []string{"status", "check_run", "check_suite", "deployment", "deployment_status"}

// The forms of skipping: docs.github.com, "Skipping workflow runs". Gitea has
// the bracketed ones, SKIP_WORKFLOW_STRINGS in modules/setting/actions.go.
var (
	skipForms   = []string{"[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"}
	skipTrailer = regexp.MustCompile(`(?:^|\n)skip-checks: ?true\s*$`)
	skipExact   = regexp.MustCompile(`\n\s*\n\s*\n(?:[^\n]+\n)*skip-checks: ?true\s*$`)
)

// skipped says whether the commit's message lets a push start a workflow.
func (w *workflow) skipped(e Event) verdict {
	m := strings.ReplaceAll(e.Message, "\r\n", "\n")
	for _, form := range skipForms {
		switch {
		case strings.Contains(m, form):
			return w.because(no, 0, "the commit's message says %s", form)
		case strings.Contains(strings.ToLower(m), form):
			return w.because(maybe, 0, "the commit's message says %s in other letters", form)
		}
	}
	switch {
	case w.gitea || !skipTrailer.MatchString(m):
	case skipExact.MatchString(m):
		return w.because(no, 0, "the commit's message ends with skip-checks: true")
	default:
		return w.because(maybe, 0, "the commit's message ends with skip-checks: true, without the two empty lines that should stand before it")
	}
	return verdict{is: yes}
}

// refParts splits a full ref name into its kind and name.
func refParts(ref string) (kind, name string) {
	if b, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return "branch", b
	}
	if t, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return "tag", t
	}
	return "", ref
}

// pushed applies the filters of a push. Filters for branches alone keep tags
// out, and the other way round.
func (w *workflow) pushed(t trigger, e Event) verdict {
	kind, name := refParts(e.Ref)
	if kind == "" {
		return w.because(maybe, t.line, "on push, and the ref is not known")
	}
	own, other := "branches", "tags"
	if kind == "tag" {
		own, other = other, own
	}
	only, ignore := t.with.get(own), t.with.get(own+"-ignore")
	switch {
	case only.ok() && !matchGitHub(only.texts(), name):
		return w.because(no, only.line(), "%s %s is not in %s: %s", kind, name, own, plain(only))
	case ignore.ok() && matchGitHub(ignore.texts(), name):
		return w.because(no, ignore.line(), "%s %s is in %s-ignore: %s", kind, name, own, plain(ignore))
	case !only.ok() && !ignore.ok() && t.with.get(other, other+"-ignore").ok():
		return w.because(no, t.with.get(other, other+"-ignore").line(), "on push filters %s alone, which keeps every %s out", other, kind)
	case only.ok():
		return w.because(yes, only.line(), "on push, %s: %s", own, plain(only)).and(w.paths(t, e, kind))
	}
	return w.because(yes, t.line, "on push").and(w.paths(t, e, kind))
}

// maxChanged is how many changed files GitHub looks at: docs.github.com,
// "Workflow syntax", git diff comparisons.
const maxChanged = 300

// paths applies the filters of changed files, which GitHub does not ask about a
// tag, and Gitea does: modules/actions/workflows.go, matchPushEvent.
func (w *workflow) paths(t trigger, e Event, kind string) verdict {
	only, ignore := t.with.get("paths"), t.with.get("paths-ignore")
	asked := t.with.get("paths", "paths-ignore")
	switch {
	case !asked.ok() || kind == "tag" && !w.gitea:
		return verdict{is: yes}
	case e.Changed == nil:
		return w.because(maybe, asked.line(), "only when certain files change: %s", plain(asked))
	case len(*e.Changed) == 0:
		return w.because(maybe, asked.line(), "only when certain files change: %s. A push that brings no new commit compares with something else", plain(asked))
	}
	matters := func(file string) bool {
		return only.ok() && matchGitHub(only.texts(), file) || ignore.ok() && !matchGitHub(ignore.texts(), file)
	}
	switch i := slices.IndexFunc(*e.Changed, matters); {
	case i >= 0 && len(*e.Changed) <= maxChanged:
		return w.because(yes, asked.line(), "%s changed", (*e.Changed)[i])
	case i >= 0:
		return w.because(maybe, asked.line(), "of more than %d changed files only some are looked at", maxChanged)
	}
	return w.because(no, asked.line(), "no changed file is asked for: %s", plain(asked))
}

// released applies the types of a release. A release is published, whether it
// was a draft before or not; what else that is called depends on it.
// docs.github.com, "Events that trigger workflows", release.
func (w *workflow) released(t trigger, e Event) verdict {
	types := t.with.get("types")
	line, kinds := types.line(), types.texts()
	switch {
	case len(kinds) == 0:
		return w.because(yes, t.line, "on release, of any type")
	case slices.Contains(kinds, "published"):
		return w.because(yes, line, "on release, types: published")
	case w.gitea: // modules/actions/workflows.go, matchReleaseEvent
		return w.because(no, line, "Gitea knows releases as published and edited only, not as %s", plain(types))
	case slices.Contains(kinds, "released"):
		return w.fullRelease(e, false, line, "released")
	case slices.Contains(kinds, "prereleased"):
		return w.fullRelease(e, true, line, "prereleased").and(w.because(maybe, line, "prereleased is not sent for one that was a draft"))
	case slices.Contains(kinds, "created"):
		return w.because(maybe, line, "types: created is not sent for a release that was a draft")
	}
	return w.because(no, line, "publishing a release is not of the types: %s", plain(types))
}

func (w *workflow) fullRelease(e Event, pre bool, line int, kind string) verdict {
	switch {
	case e.Prerelease == nil:
		return w.because(maybe, line, "types: %s depends on whether the release is marked as a pre-release", kind)
	case *e.Prerelease == pre:
		return w.because(yes, line, "on release, types: %s", kind)
	}
	return w.because(no, line, "types: %s, and the release is of the other kind", kind)
}

// created is about the event that a new ref sends beside its push.
func (w *workflow) created(t trigger, e Event) verdict {
	switch kind, name := refParts(e.Ref); {
	case kind == "tag":
		return w.because(yes, t.line, "on create, and a pushed tag is a new one")
	case kind == "branch" && name == e.DefaultBranch:
		return w.because(no, t.line, "on create, and branch %s is there already", name)
	}
	return w.because(maybe, t.line, "on create: only if the push makes a new ref")
}

// called says whether other workflows can call this one.
func (w *workflow) called() bool {
	_, ok := w.trigger("workflow_call")
	return ok
}

func workflowName(file string, root tree) string {
	if n := root.get("name").text(); n != "" {
		return n
	}
	return path.Base(file)
}

// plain puts a list or a value into a line that is not too long to read.
func plain(t tree) string {
	const most = 160
	s := strings.Join(t.texts(), ", ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + " …"
	}
	return s
}
