package rules

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

func init() { critics = append(critics, criticiseTravis) }

// travisLint looks for what is wrong in a .travis.yml.
type travisLint struct {
	b       *travisBuild
	lines   travisLines
	entries []lintEntry
	cells   []*travisCell // of the push that the event is about, with their jobs
	jobs    []Job
	aside   bool // what is looked at is no part of this push
	out     []Diagnostic
}

// lintEntry is a deploy to a Python index, wherever the file has it.
type lintEntry struct {
	tree
	name  string // as a person would call it
	job   tree   // whose deploy it is; the file's own for all jobs
	pypi  bool   // by the provider pypi, and not by a script
	index string // upload URL, "" for PyPI
}

// criticiseTravis finds the diagnostics of the file, seen from an event where
// one is given.
func criticiseTravis(src *source, e Event) ([]Diagnostic, error) {
	text, err := travisText(src)
	if text == nil || err != nil {
		return nil, err
	}
	root, _, wrong := parseYAML(text)
	if wrong != "" {
		return nil, nil // the prediction reports it
	}
	now, _ := pushed(e)
	l := &travisLint{b: newTravisBuild(src, root, e, now), lines: linesOf(text)}
	l.collect()
	l.run()
	for _, look := range []func(){
		l.branches, l.deploying, l.old, l.phases, l.clearSecrets, l.sharedSecrets, l.project,
	} {
		look()
	}
	for _, d := range l.entries {
		l.aside = l.beside(d)
		for _, look := range []func(lintEntry){
			l.nesting, l.conditions, l.tags, l.branch, l.unknownKeys, l.server, l.options, l.pin, l.user, l.password, l.failure,
		} {
			look(d)
		}
	}
	return l.out, nil
}

// collect lists the deploys of the file and of its listed jobs, each once.
func (l *travisLint) collect() {
	jobs := append([]tree{l.b.root}, l.b.listed()...)
	var seen []*yaml.Node
	for _, job := range jobs {
		for _, item := range job.get("deploy").list() {
			if d, ok := l.entry(job, item); ok && !slices.Contains(seen, item.node()) {
				seen = append(seen, item.node())
				l.entries = append(l.entries, d)
			}
		}
	}
	for i := range l.entries {
		l.entries[i].name = "the deploy"
		if len(l.entries) > 1 {
			l.entries[i].name = fmt.Sprintf("deploy %d of %d", i+1, len(l.entries))
		}
	}
}

func (l *travisLint) entry(job, item tree) (lintEntry, bool) {
	d := lintEntry{tree: item, job: job, pypi: provider(item) == "pypi", index: item.get("server").text()}
	if d.pypi || provider(item) != "script" {
		return d, d.pypi
	}
	cmd, ok := l.b.uploadIn(item.get("script"), item.get("run"))
	d.index = cmd.index
	return d, ok
}

// own says whether a deploy has a key itself, and gives its line.
func (d lintEntry) own(key string) (int, bool) {
	k, v := pairNode(d.tree, key)
	if k == nil || !(tree{v}).ok() {
		return 0, false
	}
	return k.Line, true
}

// run predicts the jobs of the push, where the event is one.
func (l *travisLint) run() {
	if l.b.now.name == "" || l.b.now.what != "push" {
		return
	}
	l.cells = l.b.arranged()
	for _, c := range l.cells {
		l.jobs = append(l.jobs, l.b.job(c))
	}
}

// reaches says whether a job of the push does a deploy.
func (l *travisLint) reaches(d lintEntry) bool {
	return slices.ContainsFunc(l.jobs, func(j Job) bool {
		return slices.ContainsFunc(j.Uploads, func(u Upload) bool { return u.Line == d.place() && j.Publishes(u) != No })
	})
}

// beside says whether a deploy is for other pushes: this one does another. What
// is wrong with it keeps nobody from publishing this time.
func (l *travisLint) beside(d lintEntry) bool {
	return !l.reaches(d) && slices.ContainsFunc(l.entries, l.reaches)
}

// say adds a diagnostic. Its text is unique in the file, so that it can be told
// whether a mend made it go away.
func (l *travisLint) say(code string, s Severity, line int, text, fix string, edits []Edit) {
	if s == Fatal && l.aside {
		s = Warning
	}
	l.add(Diagnostic{Code: code, Severity: s, Line: line, Text: text, Fix: fix, Edits: edits})
}

// alarm is for a credential in clear, which is one wherever it stands.
func (l *travisLint) alarm(code string, line int, text string) {
	l.add(Diagnostic{Code: code, Severity: Fatal, Line: line, Text: text, Fix: "Revoke it on the index now; then put a new one into the settings as PYPI_PASSWORD, or encrypt it."})
}

func (l *travisLint) add(d Diagnostic) {
	d.Code, d.File, d.Text = "travis-"+d.Code, travisFile, withoutSecrets(d.Text)
	l.out = append(l.out, d)
}
