package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// deploying says whether the push that the event is about publishes once,
// several times or never.
func (l *travisLint) deploying() {
	if len(l.jobs) == 0 || len(l.entries) == 0 {
		return
	}
	p := Prediction{Jobs: l.jobs}
	if len(p.Deploying(Yes))+len(p.Deploying(Undecided)) == 0 {
		l.none()
		return
	}
	for _, d := range l.entries {
		l.several(d)
	}
	l.rivals()
}

// rivals finds deploys of one push that upload the same files to one index.
func (l *travisLint) rivals() {
	for i, d := range l.entries {
		for _, other := range l.entries[:i] {
			if l.rival(d, other) {
				text := fmt.Sprintf("%s and %s both upload %s to %s: the index refuses the second file of a name, and the build fails half published",
					other.name, d.name, l.b.pushName(), cmp.Or(withoutSecrets(d.index), "PyPI"))
				l.say("two-deploys", Warning, d.line(), text, "Keep one of them, or let them ask for different refs.", nil)
				break
			}
		}
	}
}

func (l *travisLint) rival(d, other lintEntry) bool {
	mine, myPython := l.done(d)
	theirs, python := l.done(other)
	if d.place() == other.place() || mine == nil || theirs == nil || mine.SkipExisting || theirs.SkipExisting {
		return false
	}
	shared := func(kind string) bool {
		return has(mine.Distributions, kind) && has(theirs.Distributions, kind)
	}
	same := shared("sdist") || shared("bdist_wheel") && myPython == python // a wheel is of one Python
	return same && cmp.Or(publicUpload(d.index), d.index) == cmp.Or(publicUpload(other.index), other.index)
}

// has says whether a kind is among the distributions; where a file says none, all are.
func has(distributions []string, kind string) bool {
	return len(distributions) == 0 || slices.Contains(distributions, kind)
}

var pythonMajor = regexp.MustCompile(`python (\d+)`)

// done is the upload of a deploy in a job that surely does it, and the job's Python:
// 2 or 3, "" where nothing says it. It is nil if none does.
func (l *travisLint) done(d lintEntry) (*Upload, string) {
	for _, j := range l.jobs {
		for _, u := range j.Uploads {
			if u.Line == d.place() && j.Publishes(u) == Yes {
				return &u, pythonMajor.FindString(j.Matrix)
			}
		}
	}
	return nil, ""
}

// none says why no job publishes: the reason that is given most often.
func (l *travisLint) none() {
	count, best := map[string]int{}, Reason{Line: l.entries[0].line()}
	for _, j := range l.jobs {
		why := j.Why
		for _, u := range j.Uploads {
			if j.Runs == Yes {
				why = u.Why
			}
			for _, r := range why {
				if count[r.Text]++; count[r.Text] > count[best.Text] {
					best = r
				}
			}
		}
	}
	text := "no job deploys " + l.b.pushName()
	if best.Text != "" {
		text += ": " + best.Text
	}
	l.say("none-deploys", Warning, max(best.Line, 1), text, "Let one deploy ask for this ref, and one job pass its conditions.", nil)
}

// several finds a deploy that more than one job does, and a deploying job that
// is allowed to fail.
func (l *travisLint) several(d lintEntry) {
	var doing []*travisCell
	for i, j := range l.jobs {
		does := slices.ContainsFunc(j.Uploads, func(u Upload) bool { return u.Line == d.place() && j.Publishes(u) == Yes })
		if does {
			doing = append(doing, l.cells[i])
		}
		if does && l.cells[i].allowed {
			text := fmt.Sprintf("%s is done by the job %s, which allow_failures lets fail: the build is green although nothing was published", d.name, j.Name)
			l.say("allow-failures", Warning, l.cells[i].line, text, "Take the job out of allow_failures.", nil)
		}
	}
	if len(doing) < 2 {
		return
	}
	text := fmt.Sprintf("%d jobs do %s for %s: of a file name that several of them make, the index refuses the second (400 File already exists), and the build fails half published", len(doing), d.name, l.b.pushName())
	l.say("several-jobs-deploy", Warning, d.line(), text, oneJob(doing), nil)
}

// oneJob says how to choose one of several jobs, by what makes them different.
func oneJob(cells []*travisCell) string {
	last := cells[len(cells)-1]
	for _, a := range travisAxes {
		differs := slices.ContainsFunc(cells, func(c *travisCell) bool { return c.has(a) != last.has(a) })
		if differs && a.key == "python" && last.has(a) != "" {
			return fmt.Sprintf(`Write on.python: "%s".`, last.has(a))
		}
	}
	for _, v := range last.env {
		mine := v.raw
		others := slices.ContainsFunc(cells, func(c *travisCell) bool {
			return c != last && slices.ContainsFunc(c.env, func(o envVar) bool { return o.name == v.name && o.raw == mine })
		})
		if v.name != "" && !v.secret && !v.confidential() && !others {
			return fmt.Sprintf("Write on.condition: $%s = %s.", v.name, mine)
		}
	}
	return "Give the deploy to one job in jobs.include, in a stage of its own."
}

// branches compares the branches section with the ref, and with deploys of tags.
func (l *travisLint) branches() {
	list := l.b.root.get("branches")
	safe := readSafelist(list)
	if skip := skipCommand.FindString(l.b.e.Message); skip != "" {
		l.say("skip-command", Fatal, l.b.root.line(), "the message of the commit says "+skip+": Travis builds no push of it, of whatever branch or tag", "Release another commit.", nil)
	}
	if l.b.now.name != "" && list.ok() && safe.eval(l.b.now) == no {
		fix := "Add " + l.b.now.name + " to branches.only, or take it out of branches.except."
		l.say("branches-exclude-ref", Warning, list.line(), "Travis does not build "+l.b.pushName()+": "+l.b.unlisted(list), fix, nil)
		return
	}
	if len(safe.only) == 0 || l.b.now.kind == "tag" {
		return
	}
	asks := slices.ContainsFunc(l.entries, func(d lintEntry) bool {
		tags, exact := onBool(onOf(d.tree).get("tags"))
		return tags && exact
	})
	usual := slices.ContainsFunc([]string{"v1.2.3", "1.2.3", "v1.2", "1.2"}, func(tag string) bool { return safe.evalName(tag) != no })
	if asks && !usual {
		text := "a deploy asks for tags, and branches.only lists no tag such as v1.2.3: tags obey it as branches do, and are not built"
		severity := Fatal
		if l.b.now.name != "" { // this push is of a branch
			severity = Warning
		}
		l.say("branches-exclude-tags", severity, list.line(), text, `Add /^v?\d+\.\d+/ to branches.only, or the form that the tags have.`, nil)
	}
}

// old finds what has no meaning any more.
func (l *travisLint) old() {
	if line, ok := (lintEntry{tree: l.b.root}).own("sudo"); ok {
		l.say("sudo", Advice, line, "sudo chooses nothing any more: every job has a machine of its own", "Take it away.", l.lines.remove(l.b.root, "sudo"))
	}
	for i, line := range l.lines {
		if strings.Contains(line, "travis-ci.org") {
			l.say("org", Advice, i+1, fmt.Sprintf("line %d speaks of travis-ci.org, which was shut down in June 2021", i+1), "Say travis-ci.com, and note that keys of .org decrypt nothing there.", nil)
		}
	}
}

// validate is the script of an old guide, and the line that fetches it.
var (
	validate     = regexp.MustCompile(`validate_pypi\.py`)
	validateRepo = regexp.MustCompile(`^\s*git clone \S*cloudify-cosmo/travis-utils(?:\.git)?\s*$`)
)

// phases finds the old guide's check behind the deploy.
func (l *travisLint) phases() {
	for i, job := range append([]tree{l.b.root}, l.b.listed()...) {
		after := job.get("after_deploy")
		if !slices.ContainsFunc(after.list(), func(t tree) bool { return validate.MatchString(t.text()) }) {
			continue
		}
		where := cmp.Or(map[bool]string{i == 0: "the file"}[true], fmt.Sprintf("listed job %d", i))
		text := "after_deploy of " + where + " calls validate_pypi.py: its exit code is not counted, so a failed release stays green; it needs Python 2 and a host that is gone, and dpl has emptied dist/ before"
		l.say("validate-script", Warning, after.line(), text, "Take its lines away, and check the release from outside.", l.withoutCheck(job, after))
	}
}

// withoutCheck takes the lines of the check away, and the key with them if
// nothing else is left.
func (l *travisLint) withoutCheck(job, after tree) []Edit {
	var edits []Edit
	items := after.list()
	if !after.isList() {
		return l.lines.remove(job, "after_deploy")
	}
	for _, t := range items {
		if !validate.MatchString(t.text()) && !validateRepo.MatchString(t.text()) {
			continue
		}
		before, _, rest, ok := l.lines.raw(t.node())
		if !ok || strings.Trim(before, " -") != "" || strings.TrimSpace(rest) != "" {
			return nil
		}
		edits = append(edits, Edit{File: travisFile, First: t.line(), Last: t.line()})
	}
	if len(edits) == len(items) {
		return l.lines.remove(job, "after_deploy")
	}
	return edits
}
