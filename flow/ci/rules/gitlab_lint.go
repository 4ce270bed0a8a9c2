package rules

import (
	"fmt"
	"strings"
)

func init() { critics = append(critics, criticiseGitLab) }

// labLint looks for what is wrong in a .gitlab-ci.yml.
type labLint struct {
	r    *labRun // nil where the event means nothing to GitLab
	c    *labConfig
	jobs []labJob
	out  []Diagnostic
}

// criticiseGitLab finds the diagnostics of the file, seen from an event where one
// is given.
func criticiseGitLab(src *source, e Event) ([]Diagnostic, error) {
	c, err := readGitLab(src.FS, gitlabFile)
	if err != nil || c == nil || c.root.n == nil || foreignToGitLab(e) {
		return nil, err
	}
	l := &labLint{c: c, jobs: c.jobs()}
	if r, ok := newLabRun(c, e); ok {
		l.r = r
		l.event(r)
	}
	publishes := false
	for _, j := range l.jobs {
		l.both(j)
		at := &labRun{c: c, e: e, now: event{what: "push", open: true}, source: "push"}
		if ups := at.uploads(j); len(ups) > 0 {
			publishes = true
			l.job(at, j, ups)
		}
	}
	if publishes {
		l.includes()
	}
	return l.out, nil
}

func (l *labLint) say(code string, s Severity, file string, line int, fix, text string, args ...any) {
	l.out = append(l.out, Diagnostic{Code: "gitlab-" + code, Severity: s, File: file, Line: line, Text: withoutSecrets(fmt.Sprintf(text, args...)), Fix: fix})
}

// event looks at what the event comes to.
func (l *labLint) event(r *labRun) {
	if v := r.missing(); v.is == no {
		l.say("needs-missing", Fatal, v.why[0].File, v.why[0].Line, "Give both jobs the same rules, or say optional: true.", "%s", v.why[0].Text)
	}
	var names []string
	seen := map[string]Job{}
	jobs, err := r.predict("", &Prediction{}, 0)
	if err != nil {
		return // the prediction tells
	}
	for _, j := range jobs {
		for _, u := range j.Uploads {
			if j.Publishes(u) != Yes {
				continue
			}
			if first, ok := seen[u.Index]; ok && first.Name != j.Name {
				names = append(names, j.Name)
				continue
			}
			seen[u.Index] = j
		}
	}
	if len(names) > 0 {
		j := jobs[0]
		for _, s := range seen {
			j = s
		}
		l.say("several-deploy", Warning, j.File, j.Line, "Publish in one job, from the artifacts of the others.",
			"%s and %s all publish to the same index; the second upload of a file is refused", j.Name, strings.Join(names, ", "))
	}
}

// both: GitLab refuses a file that says the same in its two languages.
func (l *labLint) both(j labJob) {
	if old := j.get("only", "except"); old.ok() && j.get("rules").ok() {
		l.say("only-and-rules", Fatal, l.c.fileOf(old), old.line(), "Keep rules.", "%s has rules and only or except: GitLab refuses the file, and nothing runs", j.name)
	}
}

// job looks at one that publishes.
func (l *labLint) job(at *labRun, j labJob, ups []Upload) {
	d := Deploy{Provider: "gitlab", also: labJobStarts{l.c, l.c.cells(j), nil}}
	d.fromGitLab(labAsked(l.c, j))
	if d.AnyBranch && evaluate(d.also, openPush("branch")) == yes {
		l.say("every-branch", Warning, ups[0].File, ups[0].Line, "Add rules, such as if: $CI_COMMIT_TAG.", "%s publishes on a push of every branch", j.name)
	}
	l.prefix(j, d, ups[0])
	for _, u := range ups {
		l.server(u)
	}
	l.credentials(at, j, ups[0])
}

// prefix: the tag of the event is one that the file's patterns do not take, and
// would be with or without a v.
func (l *labLint) prefix(j labJob, d Deploy, u Upload) {
	if l.r == nil || l.r.now.kind != "tag" || d.OnTag(l.r.now.name) {
		return
	}
	other, cut := strings.CutPrefix(l.r.now.name, "v")
	if !cut {
		other = "v" + other
	}
	if d.OnTag(other) {
		l.say("tag-prefix", Fatal, u.File, u.Line, "Name the tag "+other+", or let the rule take both.", "%s publishes for the tag %s and not for %s", j.name, other, l.r.now.name)
	}
}

// server looks at the place that is uploaded to.
func (l *labLint) server(u Upload) {
	want := publicUpload(u.Index)
	switch {
	case u.Index == "" || want == "" || u.Index == want:
	case u.Index+"/" == want:
		l.say("server-without-slash", Fatal, u.File, u.Line, "Write "+want+".", "%s has no slash at its end: it answers 308, and the upload fails", u.Index)
	default:
		l.say("dead-server", Fatal, u.File, u.Line, "Write "+want+".", "%s takes no uploads (410, or nobody answers)", u.Index)
	}
}

// credentials: with what the job logs in, as far as the files say it.
func (l *labLint) credentials(at *labRun, j labJob, u Upload) {
	for _, n := range tokenVariables {
		if strings.HasPrefix(at.literal(j, n), "pypi-") {
			l.say("token-in-file", Fatal, u.File, u.Line, "Revoke it on the index, and use id_tokens.", "%s stands in the file, for everybody to read", n)
			return
		}
	}
	if u.Trusted || strings.Contains(u.Index, "packages/pypi") {
		return
	}
	l.say("no-credentials", Advice, u.File, u.Line, "Add id_tokens with aud: pypi, and a trusted publisher on the index.",
		"with what %s logs in is in no file: it has no identity token for the index, so the project must have a variable with one", j.name)
	l.say("protected-variable", Advice, u.File, u.Line, "Protect the release ref, or do not protect the variable.",
		"a variable of the project that is protected is empty where the ref is not")
}

// includes: what a publishing pipeline takes from elsewhere can change unseen.
func (l *labLint) includes() {
	for _, o := range l.c.open {
		if !o.pinned {
			l.say("unpinned-include", Warning, o.File, o.Line, "Name a commit of it, by its full hash.", "the pipeline that publishes %s at no fixed commit", o.Text)
		}
	}
}
