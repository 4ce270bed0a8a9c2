package steps

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// Outlook says what CI would do with a push of ref, by the CI files of a tree, and
// whether the project there is fit to be uploaded. from says for people where the
// tree is. It asks nobody.
func Outlook(tree fs.FS, e rules.Event, from string) (flow.Outlook, error) {
	p, err := rules.Predict(tree, e)
	if err != nil {
		return flow.Outlook{}, err
	}
	found, err := rules.Diagnose(tree, e)
	if err != nil {
		return flow.Outlook{}, err
	}
	o := flow.Outlook{Ref: e.Ref, From: from, Undecided: reasons(p.Undecided)}
	for _, f := range p.Problems {
		if diagnosed(found, f) {
			continue
		}
		o.Diagnostics = append(o.Diagnostics, flow.Diagnostic{Code: "unreadable", Severity: flow.SeverityError, File: f.File, Line: f.Line,
			Text: "the file cannot be read: " + f.Text, Fix: "mend the line; CI cannot read it either"})
	}
	for _, j := range p.Jobs {
		o = withJob(o, j)
	}
	for _, d := range found {
		o.Diagnostics = append(o.Diagnostics, diagnostic(d))
	}
	if len(o.Deploys) == 0 {
		o.Instead, err = instead(tree, e)
	}
	return o, err
}

// diagnosed says whether the service's own diagnostics name a file that cannot be read.
func diagnosed(found []rules.Diagnostic, f rules.FileProblem) bool {
	return slices.ContainsFunc(found, func(d rules.Diagnostic) bool {
		return d.File == f.File && strings.HasSuffix(d.Code, "-unreadable")
	})
}

// instead says which other events would publish, by the same files.
func instead(tree fs.FS, e rules.Event) ([]string, error) {
	var out []string
	for _, other := range []struct{ what, ref, words string }{
		{"push", "refs/tags/v1.0.0", "a push of a tag, such as v1.0.0"},
		{"release", "refs/tags/v1.0.0", "publishing a release on the host"},
		{"workflow_dispatch", e.Ref, "starting the workflow by hand"},
	} {
		if other.what == e.What && strings.HasPrefix(e.Ref, "refs/tags/") {
			continue
		}
		event := e
		event.What, event.Ref = other.what, other.ref
		p, err := rules.Predict(tree, event)
		if err != nil {
			return nil, err
		}
		for _, j := range append(p.Deploying(rules.Yes), p.Deploying(rules.Undecided)...) {
			out = append(out, fmt.Sprintf("%s would publish, by %s of %s", other.words, jobLabel(j), j.File))
		}
	}
	return out, nil
}

// withJob adds the places of a job that publish.
func withJob(o flow.Outlook, j rules.Job) flow.Outlook {
	for _, u := range j.Uploads {
		d := flow.Deployment{Provider: j.Provider, Job: jobLabel(j), Index: u.Index, File: u.File, Line: u.Line, Environment: u.Environment, Distributions: u.Distributions, SkipsExisting: u.SkipExisting, Why: because(j, u)}
		switch j.Publishes(u) {
		case rules.Yes:
			d.Sure = true
			o.Deploys = append(o.Deploys, d)
		case rules.Undecided:
			o.Deploys = append(o.Deploys, d)
			o.Undecided = append(o.Undecided, fmt.Sprintf("%s (%s:%d): %s", d.Job, d.File, d.Line, strings.Join(d.Why, "; ")))
		default:
			o.Skips = append(o.Skips, d)
		}
	}
	return o
}

// because gives the reasons of an answer; of a no those that say no.
func because(j rules.Job, u rules.Upload) []string {
	switch {
	case j.Runs == rules.No:
		return reasons(j.Why)
	case u.Happens == rules.No:
		return reasons(u.Why)
	}
	return reasons(append(slices.Clone(j.Why), u.Why...))
}

// jobLabel is a job's name, with the cell of the matrix where that is not in it.
func jobLabel(j rules.Job) string {
	if tellsCell(j) {
		return j.Name
	}
	if j.Name == "" {
		return j.Matrix
	}
	return j.Name + " (" + j.Matrix + ")"
}

// tellsCell says whether a name has every value of its cell: publish (3.12, linux).
func tellsCell(j rules.Job) bool {
	for cell := range strings.SplitSeq(j.Matrix, ", ") {
		_, value, ok := strings.Cut(cell, " ")
		if !ok {
			value = cell
		}
		if !strings.Contains(j.Name, value) {
			return false
		}
	}
	return true
}

func reasons(rs []rules.Reason) []string {
	var out []string
	for _, r := range rs {
		text := r.Text
		if r.Line > 0 {
			text += fmt.Sprintf(" (%s:%d)", r.File, r.Line)
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func diagnostic(d rules.Diagnostic) flow.Diagnostic {
	return flow.Diagnostic{Code: d.Code, Severity: string(d.Severity), File: d.File, Line: d.Line, Text: d.Text, Fix: d.Fix, Mends: len(d.Edits) > 0}
}

// Foreseen is the problem that an outlook comes to: nil if no job has a rival for
// its files, at least one publishes, and nothing is wrong for certain.
func Foreseen(o flow.Outlook) *flow.Problem {
	p := deployment(o)
	if p == nil {
		p = unfit(o)
	}
	if p == nil {
		return nil
	}
	p.Now = []string{"nothing was pushed, and nothing was changed"}
	if len(p.Next) == 0 {
		p.Next = []string{findPublishing}
	}
	return p
}

// unfit is the first check that says no.
func unfit(o flow.Outlook) *flow.Problem {
	for _, c := range o.Checks {
		if c.Result != flow.Bad {
			continue
		}
		code := map[string]string{"project": flow.CodeUnfit, "metadata": flow.CodeUnfit, "rules": flow.CodeRuleset, "environment": flow.CodeGate}[c.ID]
		return &flow.Problem{Code: cmp.Or(code, flow.CodeNoDeploy), Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: c.Evidence}
	}
	return nil
}

// findPublishing shows the places that publish.
const findPublishing = "git grep -nE 'deploy:|pypi-publish|(twine|poetry|hatch|flit|uv|pdm) .*(upload|publish)' -- .travis.yml .gitlab-ci.yml .github .gitea .forgejo"

// deployment is what the CI files come to.
func deployment(o flow.Outlook) *flow.Problem {
	p := &flow.Problem{Class: flow.ClassFailed, Retry: flow.RetrySafe}
	for _, d := range o.Diagnostics {
		if d.Severity == flow.SeverityError && concerns(o, d.File) {
			p.Code, p.Text = flow.CodeCIFile, fmt.Sprintf("%s:%d %s", d.File, d.Line, d.Text)
			if d.Mends {
				p.Next = []string{"ferry check --fix"}
			}
			return p
		}
	}
	switch crowd, what := crowd(o.Deploys); {
	case len(crowd) > 0:
		p.Code, p.Lines = flow.CodeManyJobs, crowd
		p.Text = fmt.Sprintf("%d jobs would publish %s from %s; exactly one may", len(crowd), what, o.Ref)
	case len(o.Deploys) == 0 && len(o.Undecided) == 0:
		p.Code, p.Text, p.Lines = flow.CodeNoDeploy, "No job would publish from "+o.Ref, append(skipped(o), o.Instead...)
		if len(p.Lines) == 0 {
			p.Lines = []string{"no CI file has a step that publishes"}
		}
	case !slices.ContainsFunc(o.Deploys, func(d flow.Deployment) bool { return d.Sure }):
		p.Code, p.Class, p.Lines = flow.CodeUndecided, flow.ClassUnknown, o.Undecided
		p.Text = "Whether a job publishes from " + o.Ref + " is not decided by the CI files alone"
		p.Next = []string{"ferry release --dry-run"}
	default:
		return nil
	}
	return p
}

// concerns says whether what is wrong in a file stands in the way of this ref: not
// where other files publish from it, and this one does not.
func concerns(o flow.Outlook, file string) bool {
	return len(o.Deploys) == 0 || slices.ContainsFunc(o.Deploys, func(d flow.Deployment) bool { return d.File == file })
}

// crowd names the jobs, and what they upload, where more than one uploads an sdist to the same index for
// sure: of one version there is one. Jobs that upload nothing but wheels, or
// something that no file names, may well complete each other; and those that pass
// over what is there harm nobody.
func crowd(ds []flow.Deployment) (jobs []string, what string) {
	byIndex := map[string][]string{}
	for _, d := range ds {
		if d.Sure && !d.SkipsExisting && slices.Contains(d.Distributions, "sdist") {
			byIndex[indexKey(d.Index)] = append(byIndex[indexKey(d.Index)], starts(d))
		}
	}
	for _, d := range ds {
		if twice := twins(ds, d); len(twice) > 1 {
			return twice, "the same files"
		}
		if jobs := byIndex[indexKey(d.Index)]; len(jobs) > 1 {
			return jobs, "an sdist"
		}
	}
	return nil, ""
}

// twins are the starts of one job by several events, whatever it uploads: each
// uploads the same. Nil where what is there is passed over.
func twins(ds []flow.Deployment, of flow.Deployment) (out []string) {
	for _, d := range ds {
		if d.Sure && !d.SkipsExisting && d.By != "" && samePlace(d, of) {
			out = append(out, starts(d))
		}
	}
	return out
}

func starts(d flow.Deployment) string {
	text := fmt.Sprintf("%s %s (%s:%d)", d.Provider, d.Job, d.File, d.Line)
	if d.By != "" {
		text += ", by " + d.By
	}
	return text
}

// indexKey is one spelling of an upload URL; no URL is PyPI's.
func indexKey(url string) string {
	return cmp.Or(strings.TrimSuffix(url, "/"), "https://upload.pypi.org/legacy")
}

func skipped(o flow.Outlook) []string {
	var out []string
	for _, d := range o.Skips {
		out = append(out, fmt.Sprintf("%s (%s:%d): %s", d.Job, d.File, d.Line, strings.Join(d.Why, "; ")))
	}
	return out
}

// pushed is the push of a ref, with what this checkout knows of the repository.
func (w World) pushed(ref, message string) rules.Event {
	e := rules.Event{What: "push", Ref: ref, Message: message}
	if w.Remote != nil {
		e.Slug, e.Host, e.DefaultBranch = w.Remote.Slug(), w.Remote.Hostname(), w.Remote.DefaultBranch()
	}
	return e
}
