package steps

import (
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// fillIn gives the inputs that ask for the version or its tag their values. What has a
// default keeps it, and nothing else is guessed.
func fillIn(m rules.Manual, version, tag string) (map[string]string, *flow.Problem) {
	values := map[string]string{}
	var wrong *flow.Problem
	for _, i := range m.Inputs {
		v, meant := meaning(i, version, tag)
		why := unfilled(i, v, meant)
		switch {
		case why == "" && meant:
			values[i.Name] = v
		case why != "" && wrong == nil:
			wrong = &flow.Problem{Code: flow.CodeInputs, Class: flow.ClassFailed, Retry: flow.RetrySafe,
				Text: fmt.Sprintf("%s:%d input %q %s", m.File, i.Line, i.Name, why)}
		}
	}
	return values, wrong
}

// meaning is what an input asks for, by its name.
func meaning(i rules.Input, version, tag string) (value string, meant bool) {
	if i.Type != "string" && i.Type != "choice" {
		return "", false
	}
	switch strings.ReplaceAll(strings.ToLower(i.Name), "_", "-") {
	case "version", "release-version":
		return version, true
	case "tag", "release-tag":
		return tag, true
	}
	return "", false
}

// unfilled says why an input cannot be left as it is, nor be filled in; "" if it can.
func unfilled(i rules.Input, v string, meant bool) string {
	switch {
	case i.Type == "environment":
		return "asks for an environment, and which one is a person's choice"
	case meant && i.Type == "choice" && !slices.Contains(i.Options, v):
		return fmt.Sprintf("does not have %s among its choices: %s", v, strings.Join(i.Options, ", "))
	case !meant && i.Required && i.Default == "":
		return "must be given, and what it means is not known"
	}
	return ""
}

// judgeStart says why ferry cannot start what was found. A person who can may, and
// ferry goes on from there.
func (w World) judgeStart(t *Target, found []startable) {
	if len(found) > 1 {
		t.Start.Unfit, t.Start.Inputs = &flow.Problem{Code: flow.CodeManyDeploys, Class: flow.ClassFailed, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("%d workflows would publish %s %s when they are started by hand; which is meant is not known", len(found), t.Name, t.Version)}, nil
		for _, s := range found {
			t.Start.Unfit.Lines = append(t.Start.Unfit.Lines, fmt.Sprintf("%s:%d", s.File, s.Line))
		}
	}
	if t.Start.Unfit == nil {
		t.Start.Unfit = w.onlyOne(*t)
	}
	if p := t.Start.Unfit; p != nil {
		p.Now = append(p.Now, "nothing was started, and nothing was pushed", "once a person has started it at "+short(t.Commit)+", ferry release --by dispatch goes on from there")
		p.Lines, p.Next = append(p.Lines, w.startPages(*t)...), []string{"ferry release --by dispatch"}
	}
}

// startPages are where a person starts the workflow.
func (w World) startPages(t Target) (out []string) {
	d := w.dispatcher(t.Start.Provider)
	if d == nil {
		return nil
	}
	for _, f := range t.Start.Files {
		out = append(out, "a person starts it at "+d.DispatchURL(ci.DispatchSpec{File: f, Ref: t.Ref}))
	}
	return out
}

// onlyOne says why the files do not foretell that exactly one job publishes.
func (w World) onlyOne(t Target) *flow.Problem {
	if p := deployment(t.Outlook); p != nil {
		p.Now = nil
		return p
	}
	var jobs []string
	for _, d := range t.Outlook.Deploys {
		job := fmt.Sprintf("%s %s (%s:%d)", d.Provider, d.Job, d.File, d.Line)
		if d.Sure && !w.toStaging(d.Index) && !w.practice(d.Index) && !slices.Contains(jobs, job) {
			jobs = append(jobs, job)
		}
	}
	switch len(jobs) {
	case 1:
		return nil
	case 0:
		return &flow.Problem{Code: flow.CodeNoDeploy, Class: flow.ClassFailed, Retry: flow.RetrySafe, Lines: skipped(t.Outlook),
			Text: fmt.Sprintf("No job publishes to %s for certain when %s is started by hand", w.Index.Label(), t.Workflow())}
	}
	return &flow.Problem{Code: flow.CodeManyJobs, Class: flow.ClassFailed, Retry: flow.RetrySafe, Lines: jobs,
		Text: fmt.Sprintf("%d jobs would publish when %s is started by hand; exactly one may", len(jobs), t.Workflow())}
}

// practice: TestPyPI, where that is not where the release goes.
func (w World) practice(index string) bool {
	return w.Index.Name() != "testpypi" && (strings.Contains(index, "test.pypi.org") || strings.TrimSuffix(index, "/") == "testpypi")
}

// dispatcher is the CI that starts the workflow; nil if none does.
func (w World) dispatcher(provider string) ci.Dispatcher {
	for _, p := range w.CI {
		if d, ok := p.(ci.Dispatcher); ok && (provider == "" || p.Name() == provider) {
			return d
		}
	}
	return nil
}
