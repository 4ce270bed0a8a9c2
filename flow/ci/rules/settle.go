package rules

import (
	"cmp"
	"strings"
)

// settle brings the refs of a deploy and its further condition together: what
// the condition rules out goes, what it names is listed, and what it leaves
// open is put into words. It says whether anything can start the deploy.
func (d *Deploy) settle() bool {
	d.Repo = cmp.Or(d.Repo, repoIn(d.also))
	branches, tags := d.AnyBranch, d.AnyTag
	d.AnyBranch, d.Branches = d.narrow("branch", d.AnyBranch, d.Branches)
	d.AnyTag, d.Tags = d.narrow("tag", d.AnyTag, d.Tags)
	d.byCond.branches, d.byCond.tags = branches && len(d.Branches) > 0, tags && len(d.Tags) > 0
	d.Release = d.Release && evaluate(d.also, releaseEvent()) != no
	d.Dispatch = d.Dispatch && evaluate(d.also, dispatchEvent()) != no
	d.doubts()
	return d.AnyBranch || d.AnyTag || len(d.Branches)+len(d.Tags) > 0 || d.Release || d.Dispatch
}

func releaseEvent() event { return event{what: "release", kind: "tag", open: true} }

func dispatchEvent() event { return event{what: "workflow_dispatch", open: true} }

func openPush(kind string) event { return event{what: "push", kind: kind, open: true} }

// narrow reduces the refs of one kind to those that the condition admits.
func (d *Deploy) narrow(kind string, every bool, patterns []string) (bool, []string) {
	if !every && len(patterns) == 0 {
		return false, nil
	}
	e := openPush(kind)
	if evaluate(d.also, e) == no {
		return false, nil
	}
	if max(evaluate(suppose(d.also, yes), e), evaluate(suppose(d.also, no), e)) == yes {
		return every, patterns
	}
	if !every {
		return false, patterns
	}
	var admitted []string
	for _, p := range namesIn(d.also, kind) {
		if strings.ContainsAny(p, "*/") || evaluate(d.also, pushOf(kind, p)) != no {
			admitted = append(admitted, p)
		}
	}
	return len(admitted) == 0, admitted
}

// doubts fills Undecided with what the condition leaves open for the events
// that can start the deploy.
func (d *Deploy) doubts() {
	var es []event
	add := func(on bool, e event) {
		if on {
			es = append(es, e)
		}
	}
	add(d.AnyBranch || len(d.Branches) > 0, openPush("branch"))
	add(d.AnyTag || len(d.Tags) > 0, openPush("tag"))
	for _, b := range d.Branches {
		add(true, pushOf("branch", b))
	}
	add(d.Release, releaseEvent())
	add(d.Dispatch, dispatchEvent())
	for _, e := range es {
		d.undecided(doubt(d.also, e))
	}
}

// undecided adds words to what is undecided, once.
func (d *Deploy) undecided(words string) {
	words = withoutSecrets(words)
	switch {
	case words == "" || strings.Contains(d.Undecided, words):
	case d.Undecided == "":
		d.Undecided = words
	default:
		d.Undecided += "; " + words
	}
}
