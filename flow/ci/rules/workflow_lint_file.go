package rules

import (
	"fmt"
	"slices"
	"strings"
)

// refused tells what the service refuses a file for.
func (l *workflowLint) refused(w *workflow) {
	severity := Warning
	if slices.ContainsFunc(l.sites, func(s site) bool { return s.w == w }) {
		severity = Fatal
	}
	for _, f := range w.refused {
		code := strings.TrimPrefix(f.code, "workflow-")
		l.say(code, severity, w.file, f.line, f.text+": the whole file is refused, and nothing in it runs", sentence(f.fix), nil)
	}
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// knownTypes are the types of a release event.
var knownTypes = []string{"published", "unpublished", "created", "edited", "deleted", "prereleased", "released"}

// releaseTypes judges `on: release`.
func (l *workflowLint) releaseTypes(w *workflow) {
	t, _ := w.trigger("release")
	types := t.with.get("types")
	for _, kind := range types.texts() {
		if !slices.Contains(knownTypes, kind) {
			l.say("unknown-release-type", Fatal, w.file, types.line(), fmt.Sprintf("types: %s is no type of a release, and starts nothing", kind), "Write published.", nil)
		}
	}
	if !slices.Contains(types.texts(), "created") || slices.Contains(types.texts(), "published") {
		return
	}
	if !slices.ContainsFunc(l.sites, func(s site) bool { return s.w == w }) {
		return
	}
	var edits []Edit
	for _, item := range types.list() {
		if item.text() == "created" {
			edits = l.lines(w.file).replace(item.node(), "published")
		}
	}
	l.say("release-created", Warning, w.file, types.line(),
		"types: created is not sent for a release that was saved as a draft first, so publishing that one starts nothing", "Write published.", edits)
}

// upstreams judges `on: workflow_run`.
func (l *workflowLint) upstreams(w *workflow) {
	t, _ := w.trigger("workflow_run")
	names := t.with.get("workflows")
	for _, n := range names.texts() {
		if !slices.ContainsFunc(l.sim.files, func(o *workflow) bool {
			return o.name == n || strings.ContainsAny(n, "*?[") && matchGitHub([]string{n}, o.name)
		}) {
			l.say("unknown-upstream", Warning, w.file, names.line(), fmt.Sprintf("no workflow here is called %s, so nothing starts after it", n), "Write the name: of a workflow.", nil)
		}
	}
}

// ifs finds conditions that always hold because of what is around their braces.
func (l *workflowLint) ifs(s site) {
	places := []tree{s.job.value}
	for _, o := range l.sites {
		if o.w == s.w && o.job.key == s.job.key {
			places = append(places, o.step)
		}
	}
	for i, p := range places {
		at := p.get("if")
		if c := readIf(at.text()); c.text && !slices.ContainsFunc(places[:i], func(q tree) bool { return q.node() == p.node() }) {
			l.say("condition-always-true", Warning, s.w.file, at.line(),
				fmt.Sprintf("if: %s of job %s always holds: what is around the braces, be it the end of a line, makes a text of it", oneLine(c.src), s.job.key),
				"Put the whole condition into one pair of braces, or none, and write it on one line.", nil)
		}
	}
}

// pullRequests finds places that a pull request reaches.
func (l *workflowLint) pullRequests(s site) {
	if t, ok := s.w.trigger("pull_request_target"); ok {
		if a, _ := s.at(l.predicted("pull_request_target", "")); a != No {
			l.say("pull-request-target", Fatal, s.w.file, t.line,
				s.name+" can be reached by pull_request_target: whoever opens a pull request has work done with the secrets and permissions that publish",
				"Publish from a workflow of its own that starts on a release or a tag.", nil)
		}
	}
	t, ok := s.w.trigger("pull_request")
	if !ok || !s.pub.trusted {
		return
	}
	if a, _ := s.at(l.predicted("pull_request", "")); a == Yes {
		l.say("pull-request", Warning, s.w.file, t.line,
			s.name+" is tried for pull requests, and one from a fork gets no OIDC token: the upload fails there",
			"Let the job run if: github.event_name != 'pull_request'.", nil)
	}
}

// anyBranch is a name that only a filter for every branch lets in.
const anyBranch = "refs/heads/any/branch-there_is.0"

// everyPush finds places that publish whatever is pushed.
func (l *workflowLint) everyPush(s site) {
	t, ok := s.w.trigger("push")
	if !ok || s.toTest() {
		return
	}
	if a, _ := s.at(l.predicted("push", anyBranch)); a == Yes {
		l.say("publishes-every-push", Warning, s.w.file, t.line,
			s.name+" publishes at every push of every branch", "Name the branches or tags under on: push, or start on a release.", nil)
	}
}

// tagFilter finds filters that the tag of the event does not pass, where nothing
// else publishes for it.
func (l *workflowLint) tagFilter(s site) {
	t, ok := s.w.trigger("push")
	kind, tag := refParts(l.event.Ref)
	if only := t.with.get("tags", "tags-ignore"); !ok || kind != "tag" || l.event.What != "push" || !only.ok() {
		return
	}
	p := l.predicted("push", l.event.Ref)
	if v := s.w.pushed(t, l.event); v.is == no && len(p.Deploying(Yes))+len(p.Deploying(Undecided)) == 0 {
		l.say("tag-not-matched", Warning, s.w.file, v.why[0].Line,
			fmt.Sprintf("tag %s does not start the workflow of %s: %s", tag, s.name, v.why[0].Text), "Name the tag as the filter asks, or change the filter.", nil)
	}
}

// twice finds places that both a release and the push of its tag reach.
func (l *workflowLint) twice(s site) {
	t, ok := s.w.trigger("release")
	_, pushed := s.w.trigger("push")
	if !ok || !pushed || s.toTest() {
		return
	}
	for _, ref := range l.tags() {
		byPush, _ := s.at(l.predicted("push", ref))
		byRelease, _ := s.at(l.predicted("release", ref))
		if byPush != No && byRelease != No {
			l.say("release-and-tag", Warning, s.w.file, t.line,
				s.name+" runs for the push of a tag and again when a release is published for it: the second upload meets the files of the first", "Keep one of the two triggers.", nil)
			return
		}
	}
}
