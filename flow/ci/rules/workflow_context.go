package rules

import (
	"slices"
	"strings"
)

// occasion is an event as a run of a workflow sees it.
type occasion struct {
	Event
	workflow string
	upstream *upstream // of a workflow_run
	inputs   map[string]exprValue
}

// upstream is the run after which another one starts.
type upstream struct {
	name, event string
	branch      exprValue
	conclusion  exprValue
}

// github gives a property of the github context. What an event cannot have is
// null; what it has and nobody told is unknown.
func (o *occasion) github(path []string, words string) exprValue {
	kind, name := refParts(o.Ref)
	owner, repo, _ := strings.Cut(o.Slug, "/")
	switch strings.Join(path, ".") {
	case "ref":
		return orUnknown(o.Ref, words)
	case "ref_name":
		return orUnknown(name, words)
	case "ref_type":
		return orUnknown(kind, words)
	case "event_name":
		return orUnknown(o.What, words)
	case "repository", "event.repository.full_name":
		return orUnknown(o.Slug, words)
	case "repository_owner", "event.repository.owner.login", "event.repository.owner.name":
		return orUnknown(owner, words)
	case "event.repository.name":
		return orUnknown(repo, words)
	case "event.repository.default_branch":
		return orUnknown(o.DefaultBranch, words)
	case "workflow":
		return orUnknown(o.workflow, words)
	case "base_ref", "head_ref":
		if !strings.HasPrefix(o.What, "pull_request") {
			return textValue("")
		}
	}
	if len(path) > 1 && path[0] == "event" {
		return o.event(path[1:], words)
	}
	return unknown(words)
}

func orUnknown(s, words string) exprValue {
	if s == "" {
		return unknown(words)
	}
	return textValue(s)
}

// payloads are the parts of an event that only one kind of event has.
var payloads = map[string][]string{
	"release": {"release"}, "workflow_run": {"workflow_run"}, "inputs": {"workflow_dispatch"},
	"pull_request": {"pull_request", "pull_request_target"}, "head_commit": {"push"}, "commits": {"push"},
	"deployment": {}, "issue": {}, "comment": {}, "schedule": {}, "client_payload": {}, "check_suite": {},
}

// event gives a property of the payload.
func (o *occasion) event(path []string, words string) exprValue {
	if of, ok := payloads[path[0]]; ok && !slices.Contains(of, o.What) {
		return exprValue{kind: valueNull}
	}
	if len(path) == 1 && payloads[path[0]] != nil {
		return exprValue{holds: yes, words: []string{words}}
	}
	switch full := strings.Join(path, "."); {
	case full == "action" && o.What == "release":
		return textValue("published")
	case full == "action" && (o.What == "push" || o.What == "workflow_dispatch"):
		return exprValue{kind: valueNull}
	case full == "head_commit.message":
		return orUnknown(o.Message, words)
	case full == "ref" && o.What == "push":
		return orUnknown(o.Ref, words)
	case full == "deleted" && o.What == "push":
		return boolValue(false)
	case path[0] == "inputs" && len(path) == 2:
		return o.input(path[1], words, true)
	case path[0] == "release":
		return o.release(full, words)
	case path[0] == "workflow_run" && o.upstream != nil:
		return o.upstream.property(full, words)
	}
	return unknown(words)
}

func (o *occasion) release(full, words string) exprValue {
	_, tag := refParts(o.Ref)
	switch full {
	case "release.tag_name":
		return orUnknown(tag, words)
	case "release.draft":
		return boolValue(false)
	case "release.prerelease":
		if o.Prerelease != nil {
			return boolValue(*o.Prerelease)
		}
	}
	return unknown(words)
}

func (u *upstream) property(full, words string) exprValue {
	switch full {
	case "workflow_run.conclusion":
		if u.conclusion.known() {
			return u.conclusion
		}
	case "workflow_run.status":
		return textValue("completed")
	case "workflow_run.name":
		return textValue(u.name)
	case "workflow_run.event":
		return textValue(u.event)
	case "workflow_run.head_branch":
		if u.branch.known() {
			return u.branch
		}
	}
	return unknown(words)
}

// input gives an input. In the event every one is a text.
func (o *occasion) input(name, words string, asText bool) exprValue {
	v, ok := o.inputs[name]
	switch {
	case !ok && o.inputs == nil:
		return textValue("")
	case !ok:
		return exprValue{kind: valueNull}
	case !v.known():
		return unknown(words)
	case asText:
		return textValue(v.shown())
	}
	return v
}

// dispatchInputs are the inputs of a run started by hand, as they stand when
// nobody fills them in.
func dispatchInputs(t tree) map[string]exprValue {
	out := map[string]exprValue{}
	for _, p := range t.get("inputs").pairs() {
		out[strings.ToLower(p.key)] = inputDefault(p.value)
	}
	return out
}

// inputDefault is the value of an input that nobody gives.
func inputDefault(t tree) exprValue {
	d, kind := t.get("default"), t.get("type").text()
	required, _ := t.get("required").truth()
	switch {
	case strings.Contains(d.text(), "${{"):
		return unknown("the default of an input")
	case d.ok() && kind == "boolean":
		return boolValue(strings.EqualFold(d.text(), "true"))
	case d.ok():
		return ofTree(d)
	case required:
		return unknown("an input that must be given")
	case kind == "boolean":
		return boolValue(false)
	case kind == "choice":
		return orUnknown(firstText(t.get("options")), "an input that is chosen")
	}
	return textValue("")
}

func firstText(t tree) string {
	if all := t.texts(); len(all) > 0 {
		return all[0]
	}
	return ""
}
