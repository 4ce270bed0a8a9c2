package rules_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// suspects are files in which no upload is found although there may be one: what
// is predicted of a tag must say why it is open. No says that nothing hints at it.
var suspects = []struct {
	says, file, src string
	want            rules.Answer
	why             string
}{
	{"a secret of the step", hub, "    - {run: make release, env: {TWINE_PASSWORD: '${{ secrets.P }}'}}", rules.Undecided, "TWINE_PASSWORD"},
	{"a secret by its own name", hub, "    - {run: python scripts/release.py, env: {T: '${{ secrets.PYPI_TOKEN }}'}}", rules.Undecided, "given T"},
	{"a secret in the command", hub, "    - run: ./go ${{ secrets.PYPI_TOKEN }}", rules.Undecided, "a secret"},
	{"an action with a token", hub, "    - {uses: aio-libs/create-release@v1, with: {pypi_token: x}}", rules.Undecided, "pypi_token"},
	{"an action that releases", hub, "    - uses: relekang/python-semantic-release@v7", rules.Undecided, "releases"},
	{"another", hub, "    - uses: jupyter-server/jupyter_releaser/.github/actions/finalize-release@v2", rules.Undecided, "releases"},
	{"an environment and a token of the job", hub, "    - uses: actions/checkout@v4\n    - run: ./ship\n    environment: pypi\n    permissions: {id-token: write}", rules.Undecided, "id-token"},
	{"a token of the job, a name", hub, "    - run: tox -e release\n    permissions: {id-token: write}", rules.Undecided, "id-token"},
	{"a secret of the job", hub, "    - run: ./ship\n    env: {PYPI_TOKEN: x}", rules.Undecided, "PYPI_TOKEN"},
	{"TestPyPI is not all", hub, "    - run: twine upload -r testpypi dist/*\n    - {run: make release, env: {PYPI_TOKEN: x}}", rules.Yes, "PYPI_TOKEN"},
	{"a test", hub, "    - run: tox\n    - run: make release-notes", rules.No, ""},
	{"a name alone", hub, "    - run: make release", rules.No, ""},
	{"a trial", hub, "    - {run: uv publish --dry-run, env: {PYPI_TOKEN: x}}", rules.No, ""},
	{"pages", hub, "    - uses: actions/deploy-pages@v4\n    - run: ./ship\n    environment: github-pages\n    permissions: {id-token: write, pages: write}", rules.No, ""},
	{"another cloud", hub, "    - uses: aws-actions/configure-aws-credentials@v4\n    - run: ./ship\n    environment: prod\n    permissions: {id-token: write}", rules.No, ""},
	{"npm", hub, "    - run: npm publish --provenance\n    environment: npm\n    permissions: {id-token: write}", rules.No, ""},
	{"a switch", hub, "    - {uses: a/b@v1, with: {to_pypi: false}}", rules.No, ""},
	{"make, on GitLab", lab2, "make publish", rules.Undecided, "make publish"},
	{"a script that is not there", lab2, "bash ci/release.sh", rules.Undecided, "ci/release.sh"},
	{"tests, on GitLab", lab2, "python -m pytest tests/release", rules.No, ""},
	{"building, on GitLab", lab2, "make all", rules.No, ""},
	{"make, on Travis", trav, "make release", rules.Undecided, "make release"},
	{"tox, on Travis", trav, "tox -e ship", rules.Undecided, "tox -e ship"},
	{"python, on Travis", trav, "python release.py", rules.Undecided, "python release.py"},
	{"documentation, on Travis", trav, "make docs", rules.No, ""},
	{"something else, on Travis", trav, "npm publish", rules.No, ""},
	{"after the tests, on Travis", "after_success: ", "make publish", rules.Undecided, "make publish"},
	{"the tests, on Travis", "script: ", "make check", rules.No, ""},
}

const (
	lab2 = "a:\n  script:\n    - "
	trav = "deploy:\n  provider: script\n  on: {tags: true}\n  script: "
)

func TestSuspects(t *testing.T) {
	t.Parallel()
	for _, c := range suspects {
		tree := treeOf(map[string]string{".travis.yml": c.file + c.src + "\n"})
		switch c.file {
		case hub:
			tree = oneWorkflow("on: push\njobs:\n  a:\n    steps:\n" + c.src + "\n")
		case lab2:
			tree = treeOf(map[string]string{".gitlab-ci.yml": c.file + c.src + "\n"})
		}
		suspected(t, c.says, tree, c.want, c.why)
	}
}

func suspected(t *testing.T, says string, tree fstest.MapFS, want rules.Answer, why string) {
	t.Helper()
	p := predictTree(t, tree, eventOf("tag v1"))
	got := rules.No
	for _, j := range p.Jobs {
		got = j.Deploys()
	}
	if got != want || !strings.Contains(reasons(p), why) {
		t.Errorf("%s: %s, want %s and %q\n%s", says, got, want, why, reasons(p))
	}
	files, err := rules.Scan(tree)
	if err != nil {
		t.Fatal(err)
	}
	open := ""
	for _, d := range files.Deploys {
		open += d.Undecided
	}
	if want == rules.No && open != "" || !strings.Contains(open, why) {
		t.Errorf("%s: Scan leaves open %q, want %q", says, open, why)
	}
}
