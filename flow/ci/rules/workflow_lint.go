package rules

import (
	"fmt"
	"slices"
	"strings"
)

func init() { critics = append(critics, criticiseWorkflows) }

// workflowLint looks for what is wrong in the workflow files of one folder.
type workflowLint struct {
	sim    *simulation
	event  Event
	sites  []site
	probes map[Event]Prediction
	texts  map[string]travisLines
	out    []Diagnostic
}

// site is a place in a workflow that publishes.
type site struct {
	w    *workflow
	job  pair
	step tree // of the job; a local action has steps of its own
	pub  publication
	name string // as a person would call it
}

// criticiseWorkflows finds the diagnostics of all workflow files.
func criticiseWorkflows(src *source, e Event) ([]Diagnostic, error) {
	var out []Diagnostic
	var ignored Prediction
	for _, f := range workflowFolders(src, e.Host, &ignored) {
		sim := newSimulation(src, f, e)
		if err := sim.load(); err != nil {
			return nil, err
		}
		l := &workflowLint{sim: sim, event: e, probes: map[Event]Prediction{}, texts: map[string]travisLines{}}
		l.collect()
		l.look()
		out = append(out, l.out...)
	}
	return out, nil
}

// maxSites bounds the uploads that are judged.
const maxSites = 200

// look goes through the files, and then through what publishes.
func (l *workflowLint) look() {
	for _, p := range l.sim.unreadable {
		l.say("unreadable", Fatal, p.File, p.Line, "the file cannot be read, so nothing in it runs: "+p.Text, "Mend the line.", nil)
	}
	for _, w := range l.sim.files {
		l.refused(w)
		l.clearTokens(w)
		l.releaseTypes(w)
		l.upstreams(w)
	}
	jobs := map[string]bool{}
	for _, s := range l.sites[:min(len(l.sites), maxSites)] {
		if key := s.w.file + " " + s.job.key; !jobs[key] {
			jobs[key] = true
			for _, look := range []func(site){l.pins, l.environment, l.building, l.needs, l.ifs} {
				look(s)
			}
		}
		for _, look := range []func(site){
			l.idToken, l.stored, l.clearPassword, l.called, l.gitea, l.matrix, l.index, l.skipExisting, l.attestations,
			l.pullRequests, l.everyPush, l.tagFilter, l.twice,
		} {
			look(s)
		}
	}
	l.rivals()
}

// collect lists the places that publish.
func (l *workflowLint) collect() {
	for _, w := range l.sim.files {
		jobs := w.root.get("jobs").pairs()
		for _, j := range jobs[:min(len(jobs), maxFileJobs)] {
			l.collectJob(w, j)
		}
	}
}

func (l *workflowLint) collectJob(w *workflow, j pair) {
	first := len(l.sites)
	pubs, steps := l.sim.publications(w, j.value)
	for i, pub := range pubs {
		if pub.guess {
			continue
		}
		l.sites = append(l.sites, site{w: w, job: j, step: steps[i], pub: pub, name: "job " + j.key})
	}
	if n := len(l.sites) - first; n > 1 {
		for i := range n {
			l.sites[first+i].name = fmt.Sprintf("upload %d of job %s", i+1, j.key)
		}
	}
}

// say adds a diagnostic. Its text is unique in the file, so that it can be told
// whether a mend made it go away.
func (l *workflowLint) say(code string, s Severity, file string, line int, text, fix string, edits []Edit) {
	for i := range edits {
		edits[i].File = file
	}
	l.out = append(l.out, Diagnostic{Code: "workflow-" + code, Severity: s, File: file, Line: max(line, 1), Text: withoutSecrets(text), Fix: fix, Edits: edits})
}

// lines gives the text of a file, for edits of whole lines.
func (l *workflowLint) lines(file string) travisLines {
	if t, ok := l.texts[file]; ok {
		return t
	}
	src, _ := l.sim.s.readFile(file) // it was read before
	l.texts[file] = linesOf(src)
	return l.texts[file]
}

// predicted simulates another event in the same repository.
func (l *workflowLint) predicted(what, ref string) Prediction {
	e := Event{What: what, Ref: ref, Slug: l.event.Slug, DefaultBranch: l.event.DefaultBranch, Host: l.event.Host, Changed: l.event.Changed}
	if what == l.event.What && ref == l.event.Ref {
		e.Message, e.Prerelease = l.event.Message, l.event.Prerelease
	}
	if p, ok := l.probes[e]; ok {
		return p
	}
	var out Prediction
	sim := *l.sim
	sim.event, sim.out, sim.room = e, &out, maxJobs
	sim.run()
	l.probes[e] = out
	return out
}

// at gives the jobs of a prediction that publish at a site, with the answers.
func (s site) at(p Prediction) (best Answer, cells []string) {
	best = No
	for _, j := range p.Jobs {
		for _, u := range j.Uploads {
			a := both(j.Runs, u.Happens)
			if u.File != s.pub.file || u.Line != s.pub.line || j.Line != s.job.line || j.File != s.w.file || a == No {
				continue
			}
			if best == No || a == Yes {
				best = a
			}
			if cell := j.Matrix + " to " + u.Index; !slices.Contains(cells, cell) {
				cells = append(cells, cell)
			}
		}
	}
	return best, cells
}

// tags are names of tags to ask about: the event's own, or what releases are
// called nearly everywhere.
func (l *workflowLint) tags() []string {
	if kind, _ := refParts(l.event.Ref); kind == "tag" {
		return []string{l.event.Ref}
	}
	return []string{"refs/tags/v1.0.0", "refs/tags/1.0.0"}
}

// main is the default branch, or what it is called nearly everywhere.
func (l *workflowLint) main() string {
	if l.event.DefaultBranch != "" {
		return "refs/heads/" + l.event.DefaultBranch
	}
	return "refs/heads/main"
}

// toTest says whether a place uploads to TestPyPI, where less is at stake.
func (s site) toTest() bool {
	return strings.Contains(s.pub.index, "test.pypi.org") || publicUpload(s.pub.index) == testIndex
}

// toPublic says whether a place uploads to PyPI or TestPyPI.
func (s site) toPublic() bool { return s.pub.named == "" && publicUpload(s.pub.index) != "" }
