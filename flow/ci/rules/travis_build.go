package rules

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
)

// travisBuild is what Travis makes of a push and of the .travis.yml in it.
type travisBuild struct {
	src      *source
	root     tree
	e        Event
	now      event
	language string
	env      travisEnv
	tooMany  bool
}

func init() { simulators = append(simulators, simulateTravis) }

// simulateTravis predicts the jobs of a push. Other events start nothing on
// Travis: a release starts it by the push of its tag.
func simulateTravis(src *source, e Event, p *Prediction) error {
	text, err := travisText(src)
	if text == nil || err != nil {
		return err
	}
	root, line, wrong := parseYAML(text)
	if wrong != "" {
		p.Problems = append(p.Problems, FileProblem{travisFile, line, wrong})
		return nil
	}
	now, ok := pushed(e)
	if !ok {
		return nil
	}
	b := newTravisBuild(src, root, e, now)
	for _, c := range b.arranged() {
		p.Jobs = append(p.Jobs, b.job(c))
	}
	p.Undecided = append(p.Undecided, b.open()...)
	return nil
}

// travisText gives the bytes of the file, nil where there is none.
func travisText(src *source) ([]byte, error) {
	text, err := fs.ReadFile(src, travisFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return append([]byte{}, text...), err
}

func newTravisBuild(src *source, root tree, e Event, now event) *travisBuild {
	return &travisBuild{src: src, root: root, e: e, now: now, language: travisLanguage(root.get("language")), env: readEnv(root.get("env"))}
}

// pushed gives the push that an event is for Travis; false for other events, and
// for refs that are neither branch nor tag.
func pushed(e Event) (event, bool) {
	what := e.What
	if what == "" {
		what = "push"
	}
	branch, isBranch := strings.CutPrefix(e.Ref, "refs/heads/")
	tag, isTag := strings.CutPrefix(e.Ref, "refs/tags/")
	switch {
	case what != "push" && what != "pull_request":
		return event{}, false
	case isBranch:
		return event{what: what, kind: "branch", name: branch}, true
	case isTag:
		return event{what: what, kind: "tag", name: tag}, true
	}
	return event{}, false
}

// travisLanguage reads the language, which is Ruby where none is given.
func travisLanguage(t tree) string {
	for _, item := range t.list() {
		if s := strings.ToLower(item.text()); s != "" {
			return s
		}
	}
	return "ruby"
}

// skipCommand is what keeps a commit from being built (docs,
// user/customizing-the-build.md, and travis-core, lib/travis/commit_command.rb).
var skipCommand = regexp.MustCompile(`(?i)\[(?:skip\s+(?:ci|travis|travis[ -]?ci)|(?:ci|travis|travis[ -]?ci)[ :]+skip)\s*\]`)

// started says whether the push makes a build at all, with what stands against it.
func (b *travisBuild) started() (answer, []Reason) {
	out, why := yes, []Reason(nil)
	stop := func(a answer, text string, line int) {
		out = min(out, a)
		why = append(why, Reason{text, travisFile, line})
	}
	if skip := skipCommand.FindString(b.e.Message); skip != "" {
		out, why = no, append(why, Reason{Text: "the message of the commit says " + skip})
	}
	list := b.root.get("branches")
	if a := readSafelist(list).eval(b.now); a != yes {
		stop(a, b.unlisted(list), list.line())
	}
	if cond := b.root.get("if"); cond.ok() {
		if a := evaluate(parseTravisIf(cond.text()), b.event(nil)); a != yes {
			stop(a, notMet(a, "if", cond.text()), cond.line())
		}
	}
	return out, why
}

// unlisted says why a branches section leaves a ref out.
func (b *travisBuild) unlisted(list tree) string {
	safe := readSafelist(list)
	switch name := holds(safe.except, b.now.name); {
	case name != "":
		return "branches.except has " + name + ", the push is of " + b.now.name
	case len(safe.only) > 0 && b.now.kind == "tag":
		return "branches.only does not list the tag " + b.now.name + ": tags obey it as branches do"
	case len(safe.only) > 0:
		return "branches.only does not list " + b.now.name
	case len(safe.except) == 0:
		return "Travis builds " + b.now.name + " only where branches.only lists it"
	}
	return "whether branches.except has " + b.now.name + " depends on an expression that only Ruby reads"
}

// notMet puts a condition that does not hold, or may not, into words.
func notMet(a answer, key, cond string) string {
	if a == no {
		return key + " does not hold: " + cond
	}
	return "whether " + key + " holds is not decided by the files: " + cond
}

// open lists what the file leaves to others.
func (b *travisBuild) open() []Reason {
	var out []Reason
	if imported := b.root.get("import"); imported.ok() {
		out = append(out, Reason{"import brings in another file, which is not read here", travisFile, imported.line()})
	}
	if b.tooMany {
		out = append(out, Reason{"the matrix has more jobs than the 200 that Travis allows", travisFile, b.root.line()})
	}
	return out
}
