package rules_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// scan reads one CI file.
func scan(t *testing.T, name, src string) rules.Files {
	t.Helper()
	files, err := rules.Scan(fstest.MapFS{name: {Data: []byte(src)}})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// refCase is a CI file with the refs that do and do not publish. A ref is
// written branch:NAME, tag:NAME, release or dispatch.
type refCase struct {
	name, src string
	on, off   []string
	undecided string // must be part of Undecided of the first deploy
}

func (c refCase) run(t *testing.T, file string) {
	t.Helper()
	files := scan(t, file, c.src)
	if len(files.Problems) > 0 {
		t.Fatalf("problems: %+v", files.Problems)
	}
	for _, ref := range c.on {
		if !publishes(files, ref) {
			t.Errorf("%s should publish: %+v", ref, files.Deploys)
		}
	}
	for _, ref := range c.off {
		if publishes(files, ref) {
			t.Errorf("%s should not publish: %+v", ref, files.Deploys)
		}
	}
	undecided := ""
	if len(files.Deploys) > 0 {
		undecided = files.Deploys[0].Undecided
	}
	if c.undecided == "" && undecided != "" || !strings.Contains(undecided, c.undecided) {
		t.Errorf("undecided is %q, want %q", undecided, c.undecided)
	}
}

func publishes(f rules.Files, ref string) bool {
	kind, name, _ := strings.Cut(ref, ":")
	return slices.ContainsFunc(f.Deploys, func(d rules.Deploy) bool {
		switch kind {
		case "branch":
			return d.OnBranch(name)
		case "tag":
			return d.OnTag(name)
		}
		return d.On(kind)
	})
}

func TestTravisRefs(t *testing.T) {
	t.Parallel()
	for _, c := range []refCase{
		{
			name: "without on, the branch is master", src: "deploy:\n  provider: pypi\n",
			on: []string{"branch:master"}, off: []string{"branch:main", "tag:v1.0", "branch:pypi-release"},
		},
		{
			name: "one branch", src: "deploy:\n  provider: pypi\n  on:\n    branch: pypi-release\n",
			on: []string{"branch:pypi-release"}, off: []string{"branch:master", "tag:v1.0"},
		},
		{
			name: "a list of branches", src: "deploy:\n  provider: pypi\n  on:\n    branch: [a, b]\n",
			on: []string{"branch:a", "branch:b"}, off: []string{"branch:c"},
		},
		{
			name: "bash matches patterns", src: "deploy:\n  provider: pypi\n  on:\n    branch: release-*\n",
			on: []string{"branch:release-1", "branch:release-1/x"}, off: []string{"branch:release"},
		},
		{
			name: "tags alone", src: "deploy:\n  provider: pypi\n  on:\n    tags: true\n",
			on: []string{"tag:v1.0"}, off: []string{"branch:master"},
		},
		{
			name: "YAML 1.1 words", src: "deploy:\n  provider: pypi\n  on:\n    tags: yes\n",
			on: []string{"tag:v1.0"}, off: []string{"branch:master"},
		},
		{
			name: "a key that a converter has turned into true", src: "deploy:\n  provider: pypi\n  true:\n    tags: true\n",
			on: []string{"tag:v1.0"}, off: []string{"branch:master"},
		},
		{
			name: "with tags the branch is not asked for", src: "deploy:\n  provider: pypi\n  on: {tags: true, branch: master}\n",
			on: []string{"tag:v1.0"}, off: []string{"branch:master"},
		},
		{
			name: "tags false", src: "deploy:\n  provider: pypi\n  on: {tags: false, branch: main}\n",
			on: []string{"branch:main"}, off: []string{"tag:v1.0"},
		},
		{
			name: "all branches means tags too", src: "deploy:\n  provider: pypi\n  on: {all_branches: true}\n",
			on: []string{"branch:x", "tag:v1.0"},
		},
		{
			name: "all branches without tags", src: "deploy:\n  provider: pypi\n  on: {all_branches: true, tags: false}\n",
			on: []string{"branch:x"}, off: []string{"tag:v1.0"},
		},
		{
			name: "a pattern for tags asks for nothing", src: "deploy:\n  provider: pypi\n  on:\n    tags: v*\n",
			on: []string{"branch:anything", "tag:nightly"}, undecided: "neither true nor false",
		},
		{
			name: "a condition on the tag", src: "deploy:\n  provider: pypi\n  on:\n    tags: true\n    condition: $TRAVIS_TAG =~ ^v[0-9]\n",
			on: []string{"tag:v1"}, off: []string{"tag:nightly"},
		},
		{
			name: "a condition on the branch", src: "deploy:\n  provider: pypi\n  on:\n    all_branches: true\n    condition: '$TRAVIS_BRANCH != main'\n",
			on: []string{"branch:x"}, off: []string{"branch:main"},
		},
		{
			name: "a condition on something else", src: "deploy:\n  provider: pypi\n  on:\n    tags: true\n    condition: $REALLY = yes\n",
			on: []string{"tag:v1"}, undecided: "$REALLY = yes",
		},
		{
			name: "a safelist keeps tags out", src: "branches: {only: [main]}\ndeploy:\n  provider: pypi\n  on: {tags: true}\n",
			off: []string{"tag:v1.0", "branch:main"},
		},
		{
			name: "a safelist of expressions", src: "branches:\n  only:\n    - main\n    - /^v\\d+\\.\\d+$/\ndeploy:\n  provider: pypi\n  on: {tags: true}\n",
			on: []string{"tag:v1.0"}, off: []string{"tag:1.0", "branch:main"},
		},
		{
			name: "a blocklist", src: "branches: {except: [/^wip/, old]}\ndeploy:\n  provider: pypi\n  on: {all_branches: true}\n",
			on: []string{"branch:main"}, off: []string{"branch:wip-1", "branch:old"},
		},
		{
			name: "a stage with a condition", src: "stages:\n- {name: Deploy, if: tag IS present}\njobs:\n  include:\n  - stage: deploy\n    deploy: {provider: pypi, on: {all_branches: true}}\n",
			on: []string{"tag:v1"}, off: []string{"branch:main"},
		},
		{
			name: "a job belongs to the stage before it", src: "stages:\n- {name: deploy, if: branch = release}\njobs:\n  include:\n  - {stage: deploy, script: skip}\n  - deploy: {provider: pypi, on: {all_branches: true}}\n",
			on: []string{"branch:release"}, off: []string{"branch:main"},
		},
		{
			name: "a condition of the whole file", src: "if: NOT (branch =~ ^pyup AND type != pull_request) AND tag IS blank\ndeploy: {provider: pypi, on: {all_branches: true}}\n",
			on: []string{"branch:main"}, off: []string{"branch:pyup-1", "tag:v1"},
		},
		{
			name: "IN and types", src: "if: type IN (push, api) AND branch NOT IN (a, b)\ndeploy: {provider: pypi, on: {all_branches: true}}\n",
			on: []string{"branch:c"}, off: []string{"branch:a", "branch:b"},
		},
		{
			name: "an environment in a condition", src: "if: env(DEPLOY) = yes\ndeploy: {provider: pypi}\n",
			on: []string{"branch:master"}, undecided: "env",
		},
		{
			name: "a merged anchor", src: "x: &base\n  deploy: &d {provider: pypi, on: {tags: true}}\njobs:\n  include:\n  - <<: *base\n    name: wheels\n",
			on: []string{"tag:v1"}, off: []string{"branch:master"},
		},
		{
			name: "the old word for jobs", src: "matrix:\n  include:\n  - deploy: {provider: pypi, on: {branch: r}}\n",
			on: []string{"branch:r"},
		},
		{
			name: "another provider", src: "deploy: {provider: releases, on: {tags: true}}\n",
			off: []string{"tag:v1"},
		},
		{
			name: "a script that uploads", src: "deploy:\n- provider: script\n  script: python -m twine upload dist/*\n  on: {tags: true}\n",
			on: []string{"tag:v1"},
		},
		{
			name: "a script that does not", src: "deploy:\n- provider: script\n  script: make docs\n  on: {tags: true}\n",
			off: []string{"tag:v1"},
		},
		{
			name: "an upload beside the deploy section", src: "after_success:\n- twine upload dist/*\n",
			on: []string{"branch:x", "tag:v1"}, undecided: "after_success runs: twine upload dist/*",
		},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, ".travis.yml") })
	}
}

const uploadJob = "jobs:\n  publish:\n    runs-on: ubuntu-latest\n    steps:\n    - uses: pypa/gh-action-pypi-publish@release/v1\n"

// ifJob is a workflow for any push, and for what else may start one, whose
// publishing job has a condition.
func ifJob(cond string) string {
	return "on: {push: , release: , workflow_dispatch: }\n" + strings.Replace(uploadJob, "    steps", "    if: "+cond+"\n    steps", 1)
}

func TestWorkflowRefs(t *testing.T) {
	t.Parallel()
	for _, c := range []refCase{
		{name: "a single event", src: "on: push\n" + uploadJob, on: []string{"branch:x", "tag:v1"}, off: []string{"release", "dispatch"}},
		{name: "a list of events", src: "on: [release, workflow_dispatch]\n" + uploadJob, on: []string{"release", "dispatch"}, off: []string{"branch:x", "tag:v1"}},
		{name: "a quoted key", src: "\"on\":\n  push:\n" + uploadJob, on: []string{"branch:x", "tag:v1"}},
		{name: "pull requests never", src: "on: [pull_request]\n" + uploadJob, off: []string{"branch:x", "tag:v1", "release", "dispatch"}},
		{name: "branches keep tags out", src: "on: {push: {branches: [main, 'rel/**']}}\n" + uploadJob, on: []string{"branch:main", "branch:rel/a/b"}, off: []string{"branch:x", "tag:v1"}},
		{name: "tags keep branches out", src: "on: {push: {tags: ['v*']}}\n" + uploadJob, on: []string{"tag:v1.2"}, off: []string{"tag:1.2", "branch:v1", "tag:v1/x"}},
		{name: "both", src: "on: {push: {branches: [main], tags: ['v[0-9]+.[0-9]+']}}\n" + uploadJob, on: []string{"branch:main", "tag:v1.20"}, off: []string{"tag:v1.2.3", "branch:v1.2"}},
		{name: "order and negation", src: "on: {push: {branches: ['releases/**', '!releases/**-alpha', releases/x-alpha]}}\n" + uploadJob, on: []string{"branch:releases/10", "branch:releases/x-alpha"}, off: []string{"branch:releases/beta/3-alpha"}},
		{name: "ignored branches", src: "on: {push: {branches-ignore: ['wip/*']}}\n" + uploadJob, on: []string{"branch:main"}, off: []string{"branch:wip/a", "tag:v1"}},
		{name: "ignored tags", src: "on: {push: {tags-ignore: ['*rc*']}}\n" + uploadJob, on: []string{"tag:v1"}, off: []string{"tag:v1rc1", "branch:main"}},
		{name: "paths", src: "on: {push: {paths: ['src/**']}}\n" + uploadJob, on: []string{"branch:main", "tag:v1"}, undecided: "src/**"},
		{name: "releases that are published", src: "on: {release: {types: [published]}}\n" + uploadJob, on: []string{"release"}, off: []string{"tag:v1"}},
		{name: "releases that are deleted", src: "on: {release: {types: [deleted]}}\n" + uploadJob, off: []string{"release"}},
		{name: "another event", src: "on: {schedule: [{cron: '0 0 * * *'}]}\n" + uploadJob, off: []string{"branch:main", "tag:v1"}, undecided: "on schedule"},
		{name: "if a tag", src: ifJob("startsWith(github.ref, 'refs/tags/')"), on: []string{"tag:v1", "release", "dispatch"}, off: []string{"branch:main"}},
		{name: "if a tag of a form", src: ifJob("${{ github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v') }}"), on: []string{"tag:v1"}, off: []string{"tag:1", "branch:v1", "release", "dispatch"}},
		{name: "if one branch", src: ifJob("github.ref == 'refs/heads/pypi-release'"), on: []string{"branch:pypi-release", "dispatch"}, off: []string{"branch:main", "tag:pypi-release", "release"}},
		{name: "if the kind of ref", src: ifJob("github.ref_type == 'tag'"), on: []string{"tag:v1"}, off: []string{"branch:main"}},
		{name: "if not", src: ifJob("\"!contains(github.ref, 'rc') && github.event_name != 'release'\""), on: []string{"tag:v1", "branch:main"}, off: []string{"tag:v1rc1", "release"}},
		{name: "if either", src: ifJob("github.event_name == 'release' || github.ref_name == 'main'"), on: []string{"release", "branch:main"}, off: []string{"branch:x"}},
		{name: "if the action", src: ifJob("github.event_name == 'release' && github.event.action == 'published'"), on: []string{"release"}, off: []string{"branch:main", "tag:v1"}},
		{name: "if something else", src: ifJob("needs.check.outputs.go == 'true' && github.event_name == 'push'"), on: []string{"branch:main"}, off: []string{"release"}, undecided: "needs.check.outputs.go == 'true'"},
		{name: "an unknown part that makes no difference", src: ifJob("github.event_name == 'nothing' && vars.X"), off: []string{"branch:main", "tag:v1", "release"}},
		{name: "an expression that cannot be read", src: ifJob("\"github.ref == \""), on: []string{"branch:main"}, undecided: "github.ref =="},
		{name: "always", src: ifJob("always() && github.ref_type == 'tag'"), on: []string{"tag:v1"}, off: []string{"branch:main"}},
		{
			name: "the condition of a step", off: []string{"branch:main"}, on: []string{"tag:v1"},
			src: "on: push\njobs:\n  a:\n    steps:\n    - if: startsWith(github.ref, 'refs/tags')\n      run: |\n        python -m build\n        twine upload dist/*\n",
		},
		{
			name: "the condition of a job that is needed", off: []string{"branch:main"}, on: []string{"tag:v1"},
			src: "on: push\njobs:\n  build: {if: github.ref_type == 'tag', steps: [{run: make}]}\n  a:\n    needs: [build]\n    steps:\n    - run: uv publish\n",
		},
		{name: "a comment and an echo upload nothing", src: "on: push\njobs:\n  a:\n    steps:\n    - run: |\n        # twine upload dist/*\n        echo twine upload\n", off: []string{"branch:main"}},
		{name: "flit", src: "on: push\njobs: {a: {steps: [{run: flit publish}]}}\n", on: []string{"branch:main"}},
		{name: "poetry with options", src: "on: push\njobs: {a: {steps: [{run: poetry --no-ansi publish --build}]}}\n", on: []string{"branch:main"}},
		{name: "uv after other words", src: "on: push\njobs: {a: {steps: [{run: uvx hatch publish}]}}\n", on: []string{"branch:main"}},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, ".github/workflows/release.yml") })
	}
}
