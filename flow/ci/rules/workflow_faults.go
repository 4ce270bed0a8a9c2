package rules

import (
	"fmt"
	"slices"
	"strings"
)

// fault is something for which a service refuses a whole workflow file.
type fault struct {
	code, text, fix string
	line            int
}

// events are the names that `on:` may hold: docs.github.com, "Events that
// trigger workflows".
var events = strings.Fields(`branch_protection_rule check_run check_suite create delete deployment
	deployment_status discussion discussion_comment fork gollum image_version issue_comment issues
	label merge_group milestone page_build project project_card project_column public pull_request
	pull_request_comment pull_request_review pull_request_review_comment pull_request_target push
	registry_package release repository_dispatch schedule status watch workflow_call
	workflow_dispatch workflow_run`)

// faults finds what a service refuses a file for. find gives the other files.
func (w *workflow) faults(find func(string) *workflow) []fault {
	var out []fault
	add := func(code string, line int, fix, text string, args ...any) {
		out = append(out, fault{code, fmt.Sprintf(text, args...), fix, line})
	}
	if !w.root.get("on", "true").ok() {
		add("workflow-no-trigger", 1, "say on: what starts it", "the file does not say on: what it starts")
	}
	for _, t := range w.triggers() {
		if !w.gitea && !slices.Contains(events, t.event) {
			add("workflow-unknown-event", t.line, "name an event that exists", "on: %s is no event", t.event)
		}
		for _, key := range []string{"branches", "tags", "paths"} {
			if t.with.get(key).ok() && t.with.get(key+"-ignore").ok() && !w.gitea {
				add("workflow-filter-clash", t.with.get(key+"-ignore").line(), "keep one of them, with ! before what it leaves out",
					"%s and %s-ignore stand beside one another", key, key)
			}
		}
	}
	if jobs := w.root.get("jobs"); len(jobs.pairs()) > maxFileJobs {
		add("workflow-too-many-jobs", jobs.line(), "", "there are more than %d jobs in the file, and they are not followed", maxFileJobs)
		return out
	}
	return append(append(out, w.badNeeds()...), w.badCalls(find)...)
}

// maxFileJobs bounds the jobs of one file that are followed.
const maxFileJobs = 200

func (w *workflow) badNeeds() []fault {
	var out []fault
	jobs := w.root.get("jobs")
	for _, j := range jobs.pairs() {
		needs := j.value.get("needs")
		for _, n := range needs.texts() {
			if !jobs.get(n).ok() {
				out = append(out, fault{"workflow-bad-needs", fmt.Sprintf("job %s needs %s, which is not there", j.key, n), "name a job of the file", needs.line()})
			}
		}
		if slices.Contains(w.ancestors(j.key), j.key) {
			out = append(out, fault{"workflow-bad-needs", fmt.Sprintf("job %s needs itself, by way of others", j.key), "take one of the needs away", needs.line()})
		}
	}
	return out
}

func (w *workflow) badCalls(find func(string) *workflow) []fault {
	var out []fault
	for _, j := range w.root.get("jobs").pairs() {
		uses := j.value.get("uses")
		local, ok := strings.CutPrefix(uses.text(), "./")
		if !ok {
			continue
		}
		switch called := find(local); {
		case called == nil:
			out = append(out, fault{"workflow-bad-call", fmt.Sprintf("job %s calls %s, which is not among the workflow files", j.key, local), "name a file of the workflow folder", uses.line()})
		case !called.called():
			out = append(out, fault{"workflow-bad-call", fmt.Sprintf("job %s calls %s, which has no on: workflow_call", j.key, local), "let " + local + " start on workflow_call", uses.line()})
		}
	}
	return out
}
