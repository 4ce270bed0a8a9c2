package rules_test

import (
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// jobA publishes; more goes between its name and its steps.
func jobA(more string) string {
	if more != "" {
		more = "    " + more + "\n"
	}
	return "jobs:\n  a:\n" + more + "    steps:\n    - uses: pypa/gh-action-pypi-publish@release/v1\n"
}

func anyPush(jobIf string) string { return "on: push\n" + jobA("if: "+jobIf) }

// predictCase is a workflow with events, and the jobs that publish then.
type predictCase struct {
	name, src string
	want      map[string]string // event: jobs
	says      string            // must be among the reasons of the first event that is tried
}

func (c predictCase) run(t *testing.T) {
	t.Helper()
	tree := oneWorkflow(c.src)
	said := ""
	for event, want := range c.want {
		p := predictTree(t, tree, eventOf(event))
		if got := publishing(p); got != want {
			t.Errorf("%s: got %q, want %q\n%s", event, got, want, reasons(p))
		}
		said += reasons(p)
		checkLines(t, c.src, p)
	}
	if !strings.Contains(said, c.says) {
		t.Errorf("nothing says %q:\n%s", c.says, said)
	}
}

// checkLines: every job and upload has a reason, and every reason a line that
// the file has.
func checkLines(t *testing.T, src string, p rules.Prediction) {
	t.Helper()
	lines := strings.Count(src, "\n") + 1
	for _, j := range p.Jobs {
		all := j.Why
		if len(all) == 0 || j.Line < 1 || j.Line > lines {
			t.Errorf("job %s in line %d, because of %+v", j.Name, j.Line, j.Why)
		}
		for _, u := range j.Uploads {
			if len(u.Why) == 0 || u.Line < 1 || u.Line > lines {
				t.Errorf("upload in line %d, because of %+v", u.Line, u.Why)
			}
			all = append(all, u.Why...)
		}
		for _, r := range all {
			if r.Text == "" || r.File == "" || r.Line < 1 || r.Line > lines {
				t.Errorf("reason %+v", r)
			}
		}
	}
}

var triggerCases = []predictCase{
	{name: "one event", src: "on: push\n" + jobA(""), want: map[string]string{"branch x": "a", "tag v1": "a", "release v1": "", "dispatch main": ""}},
	{name: "a list of events", src: "on: [release, workflow_dispatch]\n" + jobA(""), want: map[string]string{"branch x": "", "release v1": "a", "dispatch x": "a"}},
	{name: "branches", src: "on: {push: {branches: [main, 'rel/**', '!rel/old']}}\n" + jobA(""), want: map[string]string{"branch main": "a", "branch rel/a/b": "a", "branch rel/old": "", "branch x": "", "tag v1": ""}, says: "is not in branches: main, rel/**"},
	{name: "ignored branches", src: "on: {push: {branches-ignore: ['wip/*']}}\n" + jobA(""), want: map[string]string{"branch main": "a", "branch wip/x": "", "tag v1": ""}, says: "is in branches-ignore"},
	{name: "tags", src: "on: {push: {tags: ['v*']}}\n" + jobA(""), want: map[string]string{"tag v1.0": "a", "tag 1.0": "", "branch main": ""}, says: "filters tags alone"},
	{name: "ignored tags", src: "on: {push: {tags-ignore: ['*rc*']}}\n" + jobA(""), want: map[string]string{"tag v1": "a", "tag v1rc1": "", "branch main": ""}},
	{name: "branches and tags", src: "on: {push: {branches: [main], tags: ['v[0-9]+.[0-9]+']}}\n" + jobA(""), want: map[string]string{"branch main": "a", "tag v1.20": "a", "tag v1.2.3": "", "branch x": ""}},
	{name: "paths without knowledge", src: "on: {push: {paths: ['src/**']}}\n" + jobA(""), want: map[string]string{"branch main": "a?", "tag v1": "a"}, says: "certain files"},
	{name: "releases published", src: "on: {release: {types: [published]}}\n" + jobA(""), want: map[string]string{"release v1": "a", "tag v1": ""}},
	{name: "releases released", src: "on: {release: {types: [released]}}\n" + jobA(""), want: map[string]string{"release v1": "a?"}, says: "pre-release"},
	{name: "releases created", src: "on: {release: {types: [created]}}\n" + jobA(""), want: map[string]string{"release v1": "a?"}, says: "was a draft"},
	{name: "releases edited", src: "on: {release: {types: [edited]}}\n" + jobA(""), want: map[string]string{"release v1": ""}, says: "not of the types"},
	{name: "created refs", src: "on: create\n" + jobA(""), want: map[string]string{"tag v1": "a", "branch main": "", "branch new": "a?"}},
	{name: "a schedule", src: "on: {schedule: [{cron: '0 0 * * *'}]}\n" + jobA(""), want: map[string]string{"branch main": "", "tag v1": ""}, says: "no event here"},
	{name: "a status", src: "on: check_suite\n" + jobA(""), want: map[string]string{"branch main": "a?"}},
	{name: "pull requests", src: "on: [pull_request]\n" + jobA(""), want: map[string]string{"branch main": "", "tag v1": ""}},
	{name: "an event that does not exist", src: "on: [push, pushed]\n" + jobA(""), want: map[string]string{"branch main": ""}, says: "pushed is no event"},
	{name: "a newer run cancels", src: "on: push\nconcurrency: {group: x, cancel-in-progress: true}\n" + jobA(""), want: map[string]string{"branch main": "a"}, says: "may cancel it"},
	{name: "only called", src: "on: workflow_call\n" + jobA(""), want: map[string]string{"branch main": "", "dispatch main": ""}, says: "only another workflow"},
}

var conditionCases = []predictCase{
	{name: "a tag", src: anyPush("startsWith(github.ref, 'refs/tags/v')"), want: map[string]string{"tag v1": "a", "tag 1": "", "branch v1": ""}, says: "does not hold"},
	{name: "braces", src: anyPush("${{ github.ref == 'refs/heads/main' }}"), want: map[string]string{"branch main": "a", "branch x": ""}},
	{name: "a text around braces", src: anyPush("${{ github.ref == 'refs/heads/main' }} && true"), want: map[string]string{"branch x": "a"}, says: "always holds"},
	{name: "a newline behind braces", src: "on: push\njobs:\n  a:\n    if: |\n      ${{ false }}\n    steps:\n    - run: twine upload dist/*\n", want: map[string]string{"branch x": "a"}, says: "always holds"},
	{name: "case does not count", src: anyPush("github.REF_NAME == 'MAIN'"), want: map[string]string{"branch main": "a"}},
	{name: "the repository", src: anyPush("github.repository == 'owner/repo' && github.repository_owner == 'owner'"), want: map[string]string{"branch main": "a"}},
	{name: "another repository", src: anyPush("github.repository == 'other/repo'"), want: map[string]string{"branch main": ""}},
	{name: "the default branch", src: anyPush("github.ref_name == github.event.repository.default_branch"), want: map[string]string{"branch main": "a", "branch x": ""}},
	{name: "the actor", src: anyPush("github.actor == 'me'"), want: map[string]string{"branch main": "a?"}, says: "github.actor == 'me'"},
	{name: "an unknown part that makes no difference", src: anyPush("vars.GO == 'x' && github.ref_type == 'tag'"), want: map[string]string{"branch main": "", "tag v1": "a?"}},
	{name: "functions", src: anyPush("contains(fromJSON('[\"main\", \"next\"]'), github.ref_name) || endsWith(github.ref, format('{0}', '-rel'))"), want: map[string]string{"branch next": "a", "branch x-rel": "a", "branch x": ""}},
	{name: "numbers and null", src: anyPush("1 < 2 && github.event.release == null && !github.event.pull_request"), want: map[string]string{"branch x": "a"}},
	{name: "a release", src: "on: [push, release]\n" + jobA("if: github.event_name == 'release' && github.event.action == 'published' && !github.event.release.draft"), want: map[string]string{"release v1": "a", "tag v1": ""}},
	{name: "a pre-release", src: "on: release\n" + jobA("if: '!github.event.release.prerelease'"), want: map[string]string{"release v1": "a?"}},
	{name: "inputs", src: "on: {workflow_dispatch: {inputs: {go: {type: boolean, default: true}, to: {default: pypi}}}}\n" + jobA("if: inputs.go && github.event.inputs.to == 'pypi'"), want: map[string]string{"dispatch main": "a"}},
	{name: "an input that must be given", src: "on: {workflow_dispatch: {inputs: {v: {required: true}}}}\n" + jobA("if: inputs.v == '1'"), want: map[string]string{"dispatch main": "a?"}},
	{name: "what cannot be read", src: anyPush("\"github.ref == \""), want: map[string]string{"branch main": "a?"}},
	{name: "a step", src: "on: push\njobs:\n  a:\n    steps:\n    - run: twine upload dist/*\n      if: github.ref_type == 'tag'\n", want: map[string]string{"tag v1": "a", "branch main": ""}},
	{name: "the environment of a step", src: "on: push\nenv: {GO: 'yes'}\njobs:\n  a:\n    steps:\n    - if: env.GO == 'yes'\n      run: uv publish\n", want: map[string]string{"branch main": "a"}},
	{name: "an environment that changes", src: "on: push\nenv: {GO: 'yes'}\njobs:\n  a:\n    steps:\n    - run: echo GO=no >> $GITHUB_ENV\n    - if: env.GO == 'yes'\n      run: uv publish\n", want: map[string]string{"branch main": "a?"}},
	{name: "an output", src: "on: push\njobs:\n  a:\n    steps:\n    - if: steps.check.outputs.go == 'true'\n      run: flit publish\n", want: map[string]string{"branch main": "a?"}, says: "steps.check.outputs.go"},
	{name: "failure", src: anyPush("failure()"), want: map[string]string{"branch main": ""}},
}

func TestPredictTriggers(t *testing.T)   { runAll(t, triggerCases) }
func TestPredictConditions(t *testing.T) { runAll(t, conditionCases) }

func runAll(t *testing.T, cases []predictCase) {
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}
