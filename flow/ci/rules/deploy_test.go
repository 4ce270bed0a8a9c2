package rules_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// only gives the one deploy of a scan.
func only(t *testing.T, f rules.Files) rules.Deploy {
	t.Helper()
	if len(f.Deploys) != 1 {
		t.Fatalf("want one deploy, got %+v", f.Deploys)
	}
	return f.Deploys[0]
}

func TestTravisFields(t *testing.T) {
	t.Parallel()
	d := only(t, scan(t, ".travis.yml", `language: python
env: [TOX_ENV=py27, TOX_ENV=py36]
deploy:
- provider: pypi
  server: https://index.example/legacy/
  distributions: "sdist bdist_wheel --universal"
  password: {secure: abc}
  on:
    branch: pypi-release
    repo: o/r
    python: 3.10
    condition: $TOX_ENV = py36
`))
	if d.Provider != "travis" || d.File != ".travis.yml" || d.Line != 4 || d.Job != "" || d.Repo != "o/r" {
		t.Errorf("got %+v", d)
	}
	if d.Index != "https://index.example/legacy/" || !slices.Equal(d.Distributions, []string{"sdist", "bdist_wheel"}) {
		t.Errorf("index %q, distributions %q", d.Index, d.Distributions)
	}
	if d.Matrix != "python 3.10, $TOX_ENV = py36" || d.Undecided != "" {
		t.Errorf("matrix %q, undecided %q", d.Matrix, d.Undecided)
	}
}

func TestTravisDistributions(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		"":                                      {"sdist"},
		"  distributions: bdist_wheel\n":        {"bdist_wheel"},
		"  distributions: [sdist, bdist_egg]\n": {"sdist", "bdist_egg"},
		"  distributions: dists\n":              nil, // an alias in setup.cfg
	} {
		d := only(t, scan(t, ".travis.yml", "deploy:\n  provider: pypi\n"+src))
		if !slices.Equal(d.Distributions, want) {
			t.Errorf("%q: got %q", src, d.Distributions)
		}
	}
}

func TestTravisScriptInTheTree(t *testing.T) {
	t.Parallel()
	files, err := rules.Scan(fstest.MapFS{
		".travis.yml":   {Data: []byte("deploy: {provider: script, script: bash ci/publish.sh, on: {tags: true}}\n")},
		"ci/publish.sh": {Data: []byte("#!/bin/sh\nset -e\ntwine upload \\\n  -r testpypi dist/*\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := only(t, files); d.Index != "https://test.pypi.org/legacy/" || !d.OnTag("v1") {
		t.Errorf("got %+v", d)
	}
}

func TestWorkflowFields(t *testing.T) {
	t.Parallel()
	d := only(t, scan(t, ".github/workflows/release.yaml", `name: Release
on: {release: {types: [published]}}
permissions: {id-token: write}
jobs:
  pypi:
    name: to PyPI
    if: github.repository == 'o/r'
    environment: {name: pypi, url: "https://pypi.org/p/x"}
    steps:
    - uses: actions/checkout@v6
    - uses: pypa/gh-action-pypi-publish@v1
      with: {repository-url: "https://test.pypi.org/legacy/"}
`))
	if d.Job != "to PyPI" || d.Line != 11 || d.Repo != "o/r" || d.Environment != "pypi" || !d.Trusted || !d.Release {
		t.Errorf("got %+v", d)
	}
	if d.Index != "https://test.pypi.org/legacy/" || d.Undecided != "" {
		t.Errorf("index %q, undecided %q", d.Index, d.Undecided)
	}
}

func TestWorkflowIndexes(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{
		"run: twine upload dist/*":                                                            "",
		"run: twine upload --repository pypi dist/*":                                          "",
		"run: twine upload --repository testpypi dist/*":                                      "https://test.pypi.org/legacy/",
		"run: twine upload --repository-url https://i.example/ dist/*":                        "https://i.example/",
		"run: uv publish --publish-url=https://i.example/up":                                  "https://i.example/up",
		"{run: twine upload d/*, env: {TWINE_REPOSITORY: testpypi}}":                          "https://test.pypi.org/legacy/",
		"{run: twine upload d/*, env: {TWINE_REPOSITORY_URL: 'https://i.example/'}}":          "https://i.example/",
		"{uses: pypa/gh-action-pypi-publish@v1, with: {repository_url: 'https://i.example'}}": "https://i.example",
		"{uses: PyO3/maturin-action@v1, with: {command: upload}}":                             "",
	} {
		d := only(t, scan(t, ".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n    - "+step+"\n"))
		if d.Index != want {
			t.Errorf("%s: got %q", step, d.Index)
		}
	}
}

func TestWorkflowCalled(t *testing.T) {
	t.Parallel()
	files, err := rules.Scan(fstest.MapFS{
		".github/workflows/rules.yml":   {Data: []byte("on:\n  push: {tags: ['v*'], branches: [main]}\njobs:\n  release:\n    if: github.ref_type == 'tag'\n    uses: ./.github/workflows/publish.yml\n")},
		".github/workflows/publish.yml": {Data: []byte("on:\n  workflow_call:\n" + uploadJob)},
		".github/workflows/lonely.yml":  {Data: []byte("on: workflow_call\n" + uploadJob)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files.Deploys) != 2 {
		t.Fatalf("got %+v", files.Deploys)
	}
	if d := files.Deploys[0]; d.File != ".github/workflows/publish.yml" || !d.OnTag("v1") || d.OnBranch("main") || d.OnTag("1") {
		t.Errorf("called: %+v", d)
	}
	if d := files.Deploys[1]; d.OnTag("v1") || !strings.Contains(d.Undecided, "another workflow") {
		t.Errorf("lonely: %+v", d)
	}
}

func TestWorkflowsStart(t *testing.T) {
	t.Parallel()
	files, err := rules.Scan(fstest.MapFS{
		".travis.yml":                 {Data: []byte("branches: {only: [main]}\nscript: tox\n")},
		".github/workflows/rules.yml": {Data: []byte("on: {push: {branches: ['**']}, workflow_dispatch: }\njobs: {}\n")},
		".github/workflows/x.json":    {Data: []byte("{}")},
		".github/workflows/sub/a.b":   {Data: []byte("{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files.Workflows) != 2 || !slices.Equal(files.Providers, []string{"travis", "github"}) {
		t.Fatalf("got %+v", files)
	}
	travis, github := files.Workflows[0], files.Workflows[1]
	if !travis.OnBranch("main") || travis.OnBranch("x") || travis.OnTag("v1") || travis.On("release") {
		t.Errorf("travis: %+v", travis)
	}
	if !github.OnBranch("a/b") || github.OnTag("v1") || !github.On("dispatch") {
		t.Errorf("github: %+v", github)
	}
}

// TestNarrowedRefs is about what is shown: the condition decides in any case.
func TestNarrowedRefs(t *testing.T) {
	t.Parallel()
	d := only(t, scan(t, ".github/workflows/a.yml", ifJob("github.event_name == 'push' && (startsWith(github.ref, 'refs/tags/v') || github.ref == 'refs/heads/pypi-release')")))
	if !slices.Equal(d.Branches, []string{"pypi-release"}) || d.AnyBranch || d.AnyTag || !slices.Contains(d.Tags, "v**") {
		t.Errorf("got %+v", d)
	}
	if !d.OnTag("v1") || d.OnTag("1") || d.OnBranch("v1") {
		t.Errorf("got %+v", d)
	}
}

func TestDeployAsALiteral(t *testing.T) {
	t.Parallel()
	d := rules.Deploy{Provider: "github", Branches: []string{"pypi-release"}, AnyTag: true, TagsIgnore: []string{"*rc*"}}
	if !d.OnBranch("pypi-release") || d.OnBranch("main") || !d.OnTag("v1") || d.OnTag("v1rc1") {
		t.Errorf("got %+v", d)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	files, err := rules.Scan(fstest.MapFS{
		".travis.yml":                {Data: []byte("a: b\n  c: d\n")},
		".github/workflows/a.yml":    {Data: []byte("- just\n- a list\n")},
		".github/workflows/b.yml":    {Data: nil},
		".github/workflows/good.yml": {Data: []byte("on: push\n" + uploadJob)},
	})
	if err != nil || len(files.Problems) != 3 || len(files.Deploys) != 1 {
		t.Fatalf("%v, %+v", err, files)
	}
	if p := files.Problems[0]; p.File != ".travis.yml" || p.Line == 0 || p.Text == "" {
		t.Errorf("got %+v", p)
	}
	for _, src := range []string{"deploy: 3\n", "deploy: [[[]]]\n", "jobs: {include: x}\n", "branches: 7\nstages: {a: b}\ndeploy: {provider: [pypi], on: [a]}\n", "a: &a\n  <<: *a\ndeploy: *a\n"} {
		scan(t, ".travis.yml", src) // odd, and no reason to fall over
	}
	for _, src := range []string{"on:\njobs:\n", "on: {push: [a]}\njobs: {a: {steps: {b: c}}}\n", "on: push\njobs: {a: {needs: a, steps: [{run: twine upload x}]}}\n"} {
		scan(t, ".github/workflows/a.yml", src)
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{".travis.yml": {}, ".github/workflows/a.yml": {}}
	for _, c := range []struct {
		tree fstest.MapFS
		host string
		want string
	}{
		{tree, "github.com", "travis github"},
		{fstest.MapFS{".travis.yml": {}}, "github.com", "travis github"},
		{fstest.MapFS{".gitlab-rules.yml": {}}, "gitlab.example.org", "gitlab"},
		{fstest.MapFS{".forgejo/workflows/a.yml": {}}, "codeberg.org", "gitea"},
		{fstest.MapFS{}, "git.example.org", ""},
	} {
		var got []string
		for _, cand := range rules.Detect(c.tree, c.host) {
			got = append(got, cand.Provider)
			if cand.Why == "" {
				t.Errorf("%s: no evidence", cand.Provider)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v on %s: got %v", c.tree, c.host, got)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add("on: push\n"+uploadJob, "a && (b || !c('x'))")
	f.Add("deploy: {provider: pypi, on: {condition: $A =~ (}}", "NOT (branch IN (a, b)) AND tag =~ ^v(")
	f.Fuzz(func(t *testing.T, src, cond string) {
		for _, name := range []string{".travis.yml", ".github/workflows/a.yml"} {
			files, err := rules.Scan(fstest.MapFS{name: {Data: []byte(src)}, "x": {}})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range files.Deploys {
				_, _ = d.OnBranch(cond), d.OnTag(cond)
			}
		}
		quoted := strings.ReplaceAll(strings.ReplaceAll(cond, "\\", ""), "\"", "")
		_, _ = rules.Scan(fstest.MapFS{
			".travis.yml":             {Data: []byte("if: \"" + quoted + "\"\ndeploy: {provider: pypi}\n")},
			".github/workflows/a.yml": {Data: []byte(ifJob("\"" + quoted + "\""))},
		})
	})
}
