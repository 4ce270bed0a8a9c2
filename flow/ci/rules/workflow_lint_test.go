package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

const (
	commit = "0123456789abcdef0123456789abcdef01234567"
	// clean is a workflow with which nothing is wrong.
	clean = `name: Release
on:
  release:
    types: [published]
jobs:
  build:
    steps:
    - run: python -m build
  a:
    needs: build
    environment: pypi
    permissions:
      id-token: write
    steps:
    - uses: actions/download-artifact@v4
    - uses: pypa/gh-action-pypi-publish@` + commit + `
      with:
        print-hash: true
`
)

// mistake is a workflow with the one diagnostic that is expected of it, and with
// the line that mends it. It is clean with some of its text replaced.
type mistake struct {
	code     string
	severity rules.Severity
	line     int
	replace  []string // old, new, …
	mended   []string // replacements that the mend makes; nil where a person must
	event    string
	files    map[string]string
	place    string // of the file, if not that of GitHub
}

func (m mistake) tree(src string) fstest.MapFS {
	tree := treeOf(m.files)
	tree[m.file()] = &fstest.MapFile{Data: []byte(src)}
	return tree
}

func (m mistake) file() string {
	if m.place != "" {
		return m.place
	}
	return hub + "a.yml"
}

func (m mistake) run(t *testing.T) {
	src := strings.NewReplacer(m.replace...).Replace(clean)
	var e rules.Event
	if m.event != "" {
		e = eventOf(m.event)
	}
	found, err := rules.Diagnose(m.tree(src), e)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Code != "workflow-"+m.code {
		t.Fatalf("want %s alone, got %+v\n%s", m.code, found, src)
	}
	d := found[0]
	if d.Severity != m.severity || d.Line != m.line || d.File != m.file() || d.Text == "" || d.Fix == "" {
		t.Errorf("got %+v", d)
	}
	m.mend(t, src, e)
}

// mend: what is mended differs in the expected places, and every other byte is
// as it was, with either end of line.
func (m mistake) mend(t *testing.T, src string, e rules.Event) {
	for _, end := range []string{"\n", "\r\n"} {
		was := strings.ReplaceAll(src, "\n", end)
		want := strings.ReplaceAll(strings.NewReplacer(m.mended...).Replace(src), "\n", end)
		got, err := rules.Mend(m.tree(was), e)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case m.mended == nil && len(got) > 0:
			t.Errorf("mended to %q", got[0].New)
		case m.mended != nil && (len(got) != 1 || string(got[0].New) != want):
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

const (
	publishLine = "    - uses: pypa/gh-action-pypi-publish@" + commit + "\n"
	permissions = "    permissions:\n      id-token: write\n"
	hashes      = "        print-hash: true\n"
	release     = "  release:\n    types: [published]\n"
)

func TestWorkflowMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range []mistake{
		{code: "no-id-token", severity: rules.Fatal, line: 9, replace: []string{permissions, ""}, mended: []string{"    needs: build\n", permissions + "    needs: build\n"}},
		{code: "no-id-token", severity: rules.Fatal, line: 13, replace: []string{"id-token: write", "contents: read"}, mended: []string{"      contents: read\n", "      contents: read\n      id-token: write\n"}},
		{code: "no-id-token", severity: rules.Fatal, line: 9, replace: []string{permissions, "", "jobs:", "permissions: {contents: read}\njobs:", "name: Release\n", ""}},
		{
			code: "no-id-token", severity: rules.Fatal, line: 9, replace: []string{permissions, "", "actions/download-artifact@v4", "actions/checkout@v4"},
			mended: []string{"    needs: build\n", permissions + "      contents: read\n    needs: build\n"},
		},
		{code: "no-id-token", severity: rules.Fatal, line: 9, replace: []string{permissions, "", hashes, "        print-hash: true\n      env: {T: '${{ secrets.GITHUB_TOKEN }}'}\n"}},
		{code: "stored-token", severity: rules.Advice, line: 16, replace: []string{hashes, "        password: ${{ secrets.PYPI }}\n"}},
		{code: "stored-token", severity: rules.Advice, line: 16, replace: []string{publishLine, "    - run: twine upload d/*\n      env: {TWINE_PASSWORD: '${{ secrets.P }}'}\n"}},
		{code: "unpinned-action", severity: rules.Advice, line: 16, replace: []string{commit, "release/v1"}},
		{code: "unpinned-action", severity: rules.Warning, line: 16, replace: []string{commit, "v1.12.4"}},
		{code: "unpinned-action", severity: rules.Warning, line: 15, replace: []string{"actions/download-artifact@v4", "someone/download@v4"}},
		{code: "unpinned-action", severity: rules.Warning, line: 15, replace: []string{"actions/download-artifact@v4", "docker://alpine:3"}},
		{code: "publish-action-sunset", severity: rules.Warning, line: 16, replace: []string{commit, "master"}, mended: []string{"@master", "@release/v1"}},
		{code: "no-environment", severity: rules.Advice, line: 9, replace: []string{"    environment: pypi\n", ""}},
		{code: "builds-and-publishes", severity: rules.Advice, line: 15, replace: []string{"uses: actions/download-artifact@v4", "run: python3 -m build"}},
		{code: "matrix-publishes", severity: rules.Warning, line: 10, replace: []string{"    needs: build\n", "    strategy: {matrix: {py: [1, 2]}}\n"}},
		{code: "needs-may-skip", severity: rules.Warning, line: 11, replace: []string{"  build:\n", "  build:\n    if: github.actor == 'me'\n"}},
		{code: "needs-may-skip", severity: rules.Warning, line: 11, event: "release v1", replace: []string{"  build:\n", "  build:\n    if: github.event_name != 'release'\n"}},
		{
			code: "dead-index", severity: rules.Fatal, line: 18, replace: []string{hashes, "        repository-url: 'https://pypi.python.org/pypi'  # ours\n"},
			mended: []string{"https://pypi.python.org/pypi", "https://upload.pypi.org/legacy/"},
		},
		{
			code: "dead-index", severity: rules.Fatal, line: 16, replace: []string{publishLine, "    - run: twine upload --repository-url https://testpypi.python.org/pypi d/*\n"},
			mended: []string{"https://testpypi.python.org/pypi", "https://test.pypi.org/legacy/"},
		},
		{
			code: "index-without-slash", severity: rules.Fatal, line: 18, replace: []string{hashes, "        repository-url: https://test.pypi.org/legacy\n"},
			mended: []string{"org/legacy\n", "org/legacy/\n"},
		},
		{code: "skip-existing", severity: rules.Warning, line: 18, replace: []string{"print-hash: true", "skip-existing: true"}},
		{code: "skip-existing", severity: rules.Warning, line: 16, replace: []string{publishLine, "    - run: twine upload --skip-existing d/*\n"}},
		{code: "attestations-off", severity: rules.Advice, line: 18, replace: []string{"print-hash: true", "attestations: false"}},
		{code: "pull-request-target", severity: rules.Fatal, line: 5, replace: []string{release, release + "  pull_request_target:\n"}},
		{code: "pull-request", severity: rules.Warning, line: 5, replace: []string{release, release + "  pull_request:\n"}},
		{code: "publishes-every-push", severity: rules.Warning, line: 3, replace: []string{release, "  push:\n"}},
		{
			code: "publishes-every-push", severity: rules.Warning, line: 3,
			replace: []string{release, "  push:\n", "    needs: build\n", "    strategy: {matrix: {url: ['https://upload.pypi.org/legacy/', 'https://index.example/']}}\n", publishLine, publishLine + "      if: matrix.url != 'https://index.example/' || vars.ALL\n", "print-hash: true", "repository-url: ${{ matrix.url }}"},
		},
		{code: "tag-not-matched", severity: rules.Warning, line: 4, event: "tag 1.0", replace: []string{release, "  push:\n    tags: ['v*']\n"}},
		{code: "release-created", severity: rules.Warning, line: 4, replace: []string{"published", "created"}, mended: []string{"created", "published"}},
		{
			code: "several-publish", severity: rules.Warning, line: 23,
			replace: []string{hashes, hashes + "  b:\n    environment: pypi\n    permissions: {id-token: write}\n    steps:\n    - uses: pypa/gh-action-pypi-publish@" + commit + "\n      with: {repository-url: 'https://upload.pypi.org/legacy/'}\n"},
		},
		{code: "release-and-tag", severity: rules.Warning, line: 3, replace: []string{release, release + "  push:\n    tags: ['v*']\n"}},
		{code: "condition-always-true", severity: rules.Warning, line: 10, replace: []string{"    needs: build\n", "    if: ${{ github.ref_type == 'tag' }} && true\n    needs: build\n"}},
		{code: "unknown-release-type", severity: rules.Fatal, line: 4, replace: []string{"[published]", "[published, publish]"}},
		{code: "unknown-event", severity: rules.Fatal, line: 5, replace: []string{release, release + "  tag:\n"}},
		{code: "filter-clash", severity: rules.Fatal, line: 7, replace: []string{release, release + "  push:\n    branches: [a]\n    branches-ignore: [b]\n"}},
		{code: "no-trigger", severity: rules.Fatal, line: 1, replace: []string{"on:\n" + release, ""}},
		{code: "bad-needs", severity: rules.Fatal, line: 10, replace: []string{"needs: build", "needs: builds"}},
		{code: "bad-call", severity: rules.Fatal, line: 7, replace: []string{"    steps:\n    - run: python -m build\n", "    uses: ./.github/workflows/none.yml\n"}},
		{code: "unknown-upstream", severity: rules.Warning, line: 4, replace: []string{release, "  workflow_run:\n    workflows: [Nothing]\n"}},
		{
			code: "trusted-in-called", severity: rules.Fatal, line: 15, replace: []string{release, "  workflow_call:\n"},
			files: map[string]string{hub + "b.yml": "on: release\njobs: {c: {uses: ./.github/workflows/a.yml}}\n"},
		},
		{code: "trusted-on-gitea", severity: rules.Fatal, line: 16, place: ".gitea/workflows/a.yml"},
		{code: "clear-token", severity: rules.Fatal, line: 16, replace: []string{publishLine, "    - run: twine upload --repository-url https://u:secretword@index.example/ --comment pypi-AgEIcHlwaS5vcmcCJ d/*\n"}},
		{code: "clear-password", severity: rules.Fatal, line: 18, replace: []string{hashes, "        password: hunter2\n        repository-url: https://index.example/\n"}},
		{code: "unreadable", severity: rules.Fatal, line: 1, replace: []string{"name: Release\n", "name: a: b\n"}},
	} {
		t.Run(m.code, func(t *testing.T) { t.Parallel(); m.run(t) })
	}
}

// TestWorkflowsWithoutMistakes: what is as it should be gets no diagnostic.
func TestWorkflowsWithoutMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, event, src string }{
		{"as documented", "", clean},
		{"for its event", "release v1", clean},
		{"for another event", "branch main", clean},
		{"permissions of the file", "", strings.NewReplacer(permissions, "", "jobs:", "permissions:\n  id-token: write\njobs:").Replace(clean)},
		{"each push to TestPyPI", "", strings.NewReplacer(release, "  push:\n", "print-hash: true", "repository-url: https://test.pypi.org/legacy/\n        skip-existing: true").Replace(clean)},
		{"a private index", "", strings.NewReplacer("print-hash: true", "repository-url: https://index.example/up\n        password: ${{ secrets.X }}").Replace(clean)},
		{"a matrix of indexes", "", strings.NewReplacer("    needs: build\n", "    strategy: {matrix: {url: ['https://test.pypi.org/legacy/', 'https://upload.pypi.org/legacy/']}}\n", "print-hash: true", "repository-url: ${{ matrix.url }}").Replace(clean)},
		{"a matrix of which one publishes", "", strings.NewReplacer("    needs: build\n", "    strategy: {matrix: {py: [1, 2]}}\n", publishLine, publishLine+"      if: matrix.py == 2\n").Replace(clean)},
		{"wheels of every platform", "", strings.NewReplacer("    needs: build\n", "    strategy: {matrix: {os: [linux, windows]}}\n", publishLine, "    - run: twine upload wheelhouse/*.whl\n").Replace(clean)},
		{"a need that is skipped for other events", "branch main", strings.NewReplacer("  build:\n", "  build:\n    if: github.event_name == 'release'\n").Replace(clean)},
		{"a need that always runs", "", strings.NewReplacer("  build:\n", "  build:\n    if: always()\n").Replace(clean)},
		{"a tag that matches, and a job that does not run", "tag v1.0", strings.NewReplacer(release, "  push:\n    tags: ['v*']\n", "    needs: build\n", "    if: github.event_name == 'release'\n").Replace(clean)},
		{"both have the condition", "", strings.NewReplacer("  build:\n", "  build:\n    if: github.repository == 'o/r'\n", "    needs: build\n", "    needs: build\n    if: github.repository == 'o/r'\n").Replace(clean)},
		{"release and branches", "", strings.NewReplacer(release, release+"  push:\n    branches: [main]\n", "    needs: build\n", "    needs: build\n    if: github.event_name == 'release'\n").Replace(clean)},
		{"a job that does not publish", "", "on: [push, pull_request_target]\njobs: {test: {steps: [{uses: someone/x@main}]}}\n"},
	} {
		var e rules.Event
		if c.event != "" {
			e = eventOf(c.event)
		}
		found, err := rules.Diagnose(oneWorkflow(c.src), e)
		if err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %+v\n%s", c.name, err, found, c.src)
		}
	}
}

// TestWorkflowTwins: the same mistake in two files is mended in both.
func TestWorkflowTwins(t *testing.T) {
	t.Parallel()
	src := strings.ReplaceAll(clean, commit, "master")
	got, err := rules.Mend(treeOf(map[string]string{hub + "a.yml": src, hub + "b.yml": src}), rules.Event{})
	if err != nil || len(got) != 2 || slices.ContainsFunc(got, func(m rules.Mended) bool { return strings.Contains(string(m.New), "@master") }) {
		t.Errorf("%v, %q", err, got)
	}
}

// TestWorkflowsTellNoSecrets: what stands in a script in clear is not told on.
func TestWorkflowsTellNoSecrets(t *testing.T) {
	t.Parallel()
	src := "on: push\njobs:\n  a:\n    steps:\n    - run: twine upload -p pypi-AgEIcHlwaS5vcmcCJtop --repository-url https://u:secretword@pypi.python.org/pypi d/*\n"
	p := predictTree(t, oneWorkflow(src), eventOf("branch main"))
	found, err := rules.Diagnose(oneWorkflow(src), eventOf("branch main"))
	if err != nil || len(p.Jobs) != 1 || len(found) < 2 {
		t.Fatalf("%v, %+v, %+v", err, p, found)
	}
	all := fmt.Sprintf("%+v %+v", p, found)
	for _, secret := range []string{"AgEIcHlwaS5vcmcCJtop", "secretword"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is told: %s", secret, all)
		}
	}
}
