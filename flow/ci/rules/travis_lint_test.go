package rules_test

import (
	"cmp"
	"encoding/base64"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// lintCase is a .travis.yml with the one diagnostic that is expected of it, and
// with the file after the mend; "" where a person must mend it.
type lintCase struct {
	code     string
	severity rules.Severity
	line     int
	src      string
	mended   string
	ref      string   // the push; "" asks of none
	files    []string // besides
	main     string   // the default branch
	message  string   // of the commit
}

func (c lintCase) tree() fstest.MapFS {
	tree := fstest.MapFS{".travis.yml": {Data: []byte(c.src)}}
	for _, f := range c.files {
		tree[f] = &fstest.MapFile{}
	}
	return tree
}

func (c lintCase) event() rules.Event {
	e := travisEvent(c.ref)
	e.DefaultBranch, e.Message = cmp.Or(c.main, "master"), c.message
	return e
}

func (c lintCase) run(t *testing.T) {
	found, err := rules.Diagnose(c.tree(), c.event())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Code != c.code {
		t.Fatalf("want %s alone, got %+v", c.code, found)
	}
	d := found[0]
	if d.Severity != c.severity || d.Line != c.line || d.File != ".travis.yml" || d.Text == "" || d.Fix == "" {
		t.Errorf("got %+v", d)
	}
	if got := mend(t, c.tree(), c.event()); got != c.mended {
		t.Errorf("mended:\n%q\nwant:\n%q", got, c.mended)
	}
}

// mend gives the file after all mends, "" if there are none.
func mend(t *testing.T, tree fstest.MapFS, e rules.Event) string {
	t.Helper()
	files, err := rules.Mend(tree, e)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return ""
	}
	return string(files[0].New)
}

// sealed is a ciphertext of n bytes.
func sealed(n int) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", n)))
}

func runLint(t *testing.T, cases []lintCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.code, func(t *testing.T) { t.Parallel(); c.run(t) })
	}
}

func TestTravisLintOn(t *testing.T) {
	t.Parallel()
	const head = "language: python # kept\ndeploy:\n  provider: pypi\n  edge: true\n"
	runLint(t, []lintCase{
		{
			code: "travis-condition-outside-on", severity: rules.Fatal, line: 7,
			src:    head + "  on: # when\n    tags: true\n  condition: $A = \"b\"   # one job\n  distributions: sdist\n",
			mended: head + "  on: # when\n    tags: true\n    condition: $A = \"b\"   # one job\n  distributions: sdist\n",
		},
		{
			code: "travis-condition-outside-on", severity: rules.Fatal, line: 5,
			src:    head + "  condition:\n    - $A = b\n    - $C = d\n  distributions: sdist\n  on:\n    tags: true\n",
			mended: head + "  distributions: sdist\n  on:\n    tags: true\n    condition:\n      - $A = b\n      - $C = d\n",
		},
		{
			code: "travis-branch-outside-on", severity: rules.Fatal, line: 5,
			src: head + "  branch: rel\n", mended: head + "  on:\n    branch: rel\n",
		},
		{
			code: "travis-tags-outside-on", severity: rules.Fatal, line: 6,
			src: head + "  on: {branch: rel}\n  tags: true\n",
		},
		{
			code: "travis-repo-outside-on", severity: rules.Fatal, line: 5,
			src: head + "  repo: o/r\n  on:\n    tags: true", mended: head + "  on:\n    tags: true\n    repo: o/r",
		},
		{
			code: "travis-python-outside-on", severity: rules.Fatal, line: 5,
			src: head + "  python: 3.10\n  on:\r\n    tags: true\r\n", mended: head + "  on:\r\n    tags: true\r\n    python: 3.10\r\n",
		},
		{
			code: "travis-all-branches-outside-on", severity: rules.Fatal, line: 5,
			src: head + "  all_branches: true\n", mended: head + "  on:\n    all_branches: true\n",
		},
		{
			code: "travis-after-deploy-inside-deploy", severity: rules.Warning, line: 5,
			src:    head + "  after_deploy:\n    - echo done\n  on:\n    tags: true\nscript: tox\n",
			mended: head + "  on:\n    tags: true\nscript: tox\nafter_deploy:\n  - echo done\n",
		},
		{
			code: "travis-before-deploy-inside-deploy", severity: rules.Fatal, line: 5,
			src: head + "  before_deploy: make\nbefore_deploy: other\n",
		},
		{
			code: "travis-condition-brackets", severity: rules.Fatal, line: 7,
			src:    head + "  on:\n    tags: true\n    condition: '[[ $A = b ]]' # so\n",
			mended: head + "  on:\n    tags: true\n    condition: '$A = b' # so\n",
		},
		{
			code: "travis-condition-brackets", severity: rules.Fatal, line: 7,
			src: head + "  on:\n    tags: true\n    condition: '[[ $A = b ]] && [[ $C = d ]]'\n",
		},
		{
			code: "travis-after-deploy-inside-deploy", severity: rules.Warning, line: 5,
			src: head + "  after_deploy: echo done\n  on: {tags: true}\n...\n",
		},
		{
			code: "travis-condition-always", severity: rules.Fatal, line: 7,
			src: head + "  on:\n    tags: true\n    condition: $TOX_ENV=py27\n",
		},
		{
			code: "travis-condition-equals", severity: rules.Advice, line: 7,
			src:    head + "  on:\n    tags: true\n    condition: \"$TRAVIS_PYTHON_VERSION == 2.7\"\n",
			mended: head + "  on:\n    tags: true\n    condition: \"$TRAVIS_PYTHON_VERSION = 2.7\"\n",
		},
		{
			code: "travis-condition-digit", severity: rules.Fatal, line: 7,
			src:    head + "  on:\n    tags: true\n    condition: $TRAVIS_TAG =~ ^v\\d+\\.\\d+$\n",
			mended: head + "  on:\n    tags: true\n    condition: $TRAVIS_TAG =~ ^v[0-9]+\\.[0-9]+$\n",
		},
		{
			code: "travis-tags-text", severity: rules.Fatal, line: 6,
			src: head + "  on:\n    tags: 'v*' # ours\n", mended: head + "  on:\n    tags: true # ours\n    condition: $TRAVIS_TAG = v*\n",
		},
		{
			code: "travis-tags-text", severity: rules.Fatal, line: 6,
			src: head + "  on:\n    tags: ^v[0-9]\n",
		},
		{
			code: "travis-tags-and-branch", severity: rules.Warning, line: 7,
			src: head + "  on:\n    tags: true\n    branch: master\n",
		},
		{
			code: "travis-default-branch", severity: rules.Fatal, line: 3, main: "main",
			src: head,
		},
		{
			code: "travis-branch-expression", severity: rules.Fatal, line: 6,
			src: head + "  on:\n    branch: /^rel/\n",
		},
		{
			code: "travis-on-unknown-key", severity: rules.Warning, line: 7,
			src: head + "  on:\n    tags: true\n    distributions: sdist\n",
		},
	})
}

func TestTravisLintServer(t *testing.T) {
	t.Parallel()
	const head = "deploy:\n- provider: pypi\n  edge: true\n  on: {tags: true}\n"
	const script = "deploy: {provider: script, edge: true, on: {tags: true}, script: '"
	runLint(t, []lintCase{
		{
			code: "travis-dead-server", severity: rules.Fatal, line: 5,
			src: head + "  server: https://pypi.python.org/pypi # old\n", mended: head + "  server: https://upload.pypi.org/legacy/ # old\n",
		},
		{
			code: "travis-dead-server", severity: rules.Fatal, line: 5,
			src: head + "  server: 'https://testpypi.python.org/pypi'\n", mended: head + "  server: 'https://test.pypi.org/legacy/'\n",
		},
		{
			code: "travis-dead-server", severity: rules.Fatal, line: 5,
			src: head + "  server: pypitest.python.org\n", mended: head + "  server: https://test.pypi.org/legacy/\n",
		},
		{
			code: "travis-dead-server", severity: rules.Fatal, line: 1,
			src: script + "twine upload --repository-url https://pypi.org/pypi dist/*'}\n",
		},
		{
			code: "travis-server-without-slash", severity: rules.Fatal, line: 5,
			src: head + "  server: \"https://upload.pypi.org/legacy\"\n", mended: head + "  server: \"https://upload.pypi.org/legacy/\"\n",
		},
		{code: "travis-skip-existing", severity: rules.Warning, line: 5, src: head + "  skip_existing: true\n"},
		{
			code: "travis-skip-cleanup", severity: rules.Advice, line: 5,
			src: head + "  skip_cleanup: true\n  distributions: sdist\n", mended: head + "  distributions: sdist\n",
		},
		{
			code: "travis-skip-upload-docs", severity: rules.Advice, line: 5,
			src: head + "  skip_upload_docs: true\n", mended: head,
		},
		{
			code: "travis-upload-docs", severity: rules.Warning, line: 5,
			src: head + "  upload_docs: yes\n", mended: head,
		},
		{
			code: "travis-dpl-not-pinned", severity: rules.Advice, line: 1,
			src: "deploy: {provider: pypi, on: {tags: true}}\n",
		},
		{code: "travis-allow-failure", severity: rules.Warning, line: 5, src: head + "  allow_failure: true\n"},
		{code: "travis-no-setup-py", severity: rules.Fatal, line: 2, src: head, files: []string{"pyproject.toml"}},
		{code: "travis-no-setup-py", severity: rules.Fatal, line: 2, src: head, files: []string{"setup.cfg"}},
	})
}

func TestTravisLintSecrets(t *testing.T) {
	t.Parallel()
	const head = "deploy:\n- provider: pypi\n  edge: true\n  on: {tags: true}\n"
	runLint(t, []lintCase{
		{code: "travis-user-password", severity: rules.Fatal, line: 5, src: head + "  user: someone\n"},
		{code: "travis-user-encrypted", severity: rules.Advice, line: 6, src: head + "  username:\n    secure: " + sealed(512) + "\n"},
		{code: "travis-password-in-clear", severity: rules.Fatal, line: 5, src: head + "  password: hunter2\n"},
		{code: "travis-secure-1024", severity: rules.Fatal, line: 6, src: head + "  password:\n    secure: " + sealed(128) + "\n"},
		{code: "travis-secure-unreadable", severity: rules.Fatal, line: 6, src: head + "  password:\n    secure: PLEASE_REPLACE_ME\n"},
		{
			code: "travis-one-secret-two-indexes", severity: rules.Warning, line: 7,
			src: head + "  password: {secure: " + sealed(512) + "}\n- provider: pypi\n  password: {secure: " + sealed(512) + "}\n  edge: true\n  on: {branch: x}\n  server: https://test.pypi.org/legacy/\n",
		},
		{code: "travis-variable-in-clear", severity: rules.Fatal, line: 7, src: head + "env:\n  global:\n  - TWINE_PASSWORD=hunter2\n"},
		{code: "travis-variable-in-clear", severity: rules.Fatal, line: 6, src: head + "env:\n  ANY: pypi-hunter2hunter2hunter2\n"},
	})
}

// TestTravisLintTellsNoSecret looks for the values that no diagnostic may tell.
func TestTravisLintTellsNoSecret(t *testing.T) {
	t.Parallel()
	src := "env: [TWINE_PASSWORD=hunter2]\nscript: [twine upload -p hunter2 d/*, 'twine upload --repository-url https://me:hunter2@pypi.org/pypi d/*']\n" +
		"deploy: [{provider: pypi, password: hunter2, server: 'https://me:hunter2@pypi.python.org/pypi'}, {provider: script, script: 'TWINE_PASSWORD=hunter2 twine upload --password=hunter2 --repository-url https://u:hunter2@pypi.org/x d/*'}]\n"
	found, err := rules.Diagnose(fstest.MapFS{".travis.yml": {Data: []byte(src)}}, travisEvent("branch:master"))
	if err != nil || len(found) < 4 {
		t.Fatalf("%v, %+v", err, found)
	}
	for _, d := range found {
		if strings.Contains(d.Text+d.Fix, "hunter2") {
			t.Errorf("got %s: %s %s", d.Code, d.Text, d.Fix)
		}
	}
	for _, j := range predict(t, src, travisEvent("branch:master")).Jobs {
		for _, u := range j.Uploads {
			for _, r := range u.Why {
				if strings.Contains(j.Name+j.Matrix+u.Index+r.Text, "hunter2") {
					t.Errorf("got %+v", u)
				}
			}
		}
	}
}
