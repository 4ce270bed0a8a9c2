package rules_test

import (
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// lab is the beginning of most files here: a job that publishes.
const lab = "publish:\n  script: [twine upload dist/*]\n"

var labCases = []struct {
	name, file string
	event      string // as eventOf reads it; "push main" is a branch
	yes, open  string // names of the jobs that publish, and that perhaps do
	why        string // in the reasons of what does not surely publish
}{
	{name: "without rules: branches", file: lab, event: "branch main", yes: "publish"},
	{name: "without rules: tags", file: lab, event: "tag v1", yes: "publish"},
	{name: "a release is a push of its tag", file: lab, event: "release v1"},
	{name: "a person starts a pipeline", file: lab, event: "dispatch main", yes: "publish"},
	{name: "a template is no job", file: ".publish:\n  script: [twine upload dist/*]\n", event: "branch main"},
	{name: "nothing publishes", file: "test:\n  script: [tox]\n", event: "branch main"},
	{name: "rules: a tag", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n", event: "tag v1", yes: "publish"},
	{name: "rules: no tag", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n", event: "branch main", why: "no rule holds"},
	{name: "rules: a branch by name", file: lab + "  rules:\n    - if: $CI_COMMIT_BRANCH == \"pypi-release\"\n", event: "branch pypi-release", yes: "publish"},
	{name: "rules: a tag is no branch", file: lab + "  rules:\n    - if: $CI_COMMIT_BRANCH == \"v1\"\n", event: "tag v1"},
	{name: "rules: the default branch", file: lab + "  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n", event: "branch main", yes: "publish"},
	{name: "rules: not the default branch", file: lab + "  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n", event: "branch other"},
	{name: "rules: a pattern", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG =~ /^v\\d+\\.\\d+$/\n", event: "tag v1.2", yes: "publish"},
	{name: "rules: a pattern that is another", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG =~ /^v\\d+\\.\\d+$/\n", event: "tag 1.2"},
	{name: "rules: a pattern without regard to case", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG =~ /^REL-/i\n", event: "tag rel-1", yes: "publish"},
	{name: "rules: not a pattern", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG !~ /rc/ && $CI_COMMIT_TAG\n", event: "tag v1rc1"},
	{name: "rules: and before or", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG || $CI_COMMIT_BRANCH == \"a\" && $CI_PIPELINE_SOURCE == \"web\"\n", event: "branch a"},
	{name: "rules: parentheses", file: lab + "  rules:\n    - if: ($CI_COMMIT_TAG || $CI_COMMIT_BRANCH == \"a\") && $CI_PIPELINE_SOURCE == \"push\"\n", event: "branch a", yes: "publish"},
	{name: "rules: null", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG == null\n", event: "branch a", yes: "publish"},
	{name: "rules: the first that holds decides", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n      when: never\n    - when: always\n", event: "tag v1", why: "when: never"},
	{name: "rules: manual", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n      when: manual\n", event: "tag v1", open: "publish", why: "a person must start it"},
	{name: "rules: after a failure", file: lab + "  rules:\n    - when: on_failure\n", event: "tag v1", why: "on_failure"},
	{name: "rules: a variable of the project", file: lab + "  rules:\n    - if: $PUBLISH == \"1\"\n", event: "tag v1", open: "publish", why: "$PUBLISH"},
	{name: "rules: open, and the same without it", file: lab + "  rules:\n    - if: $PUBLISH == \"1\"\n    - when: always\n", event: "tag v1", yes: "publish"},
	{name: "rules: open, and then never", file: lab + "  rules:\n    - if: $STOP\n      when: never\n    - when: always\n", event: "tag v1", open: "publish", why: "$STOP"},
	{name: "rules: a variable of the file", file: "variables: {PUBLISH: 'yes'}\n" + lab + "  rules:\n    - if: $PUBLISH == \"no\"\n", event: "tag v1"},
	{name: "rules: what is not read", file: lab + "  rules:\n    - if: $A == (\n", event: "tag v1", open: "publish", why: "$A == ("},
	{name: "rules: changes on a tag", file: lab + "  rules:\n    - changes: [docs/*]\n", event: "tag v1", yes: "publish"},
	{name: "rules: changes on a branch", file: lab + "  rules:\n    - changes: [docs/*]\n", event: "branch a", open: "publish", why: "docs/*"},
	{name: "rules: exists", file: lab + "  rules:\n    - exists: ['**/*.yml']\n", event: "branch a", yes: "publish"},
	{name: "rules: exists not", file: lab + "  rules:\n    - exists: [setup.py]\n", event: "branch a"},
	{name: "workflow: no pipeline", file: "workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\n" + lab, event: "branch main", why: "workflow: no rule holds"},
	{name: "workflow: a pipeline", file: "workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\n" + lab, event: "tag v1", yes: "publish"},
	{name: "only tags", file: lab + "  only: [tags]\n", event: "tag v1", yes: "publish"},
	{name: "only tags, a branch", file: lab + "  only: [tags]\n", event: "branch main", why: "only: tags"},
	{name: "only a name", file: lab + "  only: [pypi-release]\n", event: "branch pypi-release", yes: "publish"},
	{name: "only a pattern", file: lab + "  only: [/^v/]\n", event: "tag v1", yes: "publish"},
	{name: "only in another project", file: lab + "  only: [tags@else/where]\n", event: "tag v1"},
	{name: "only here", file: lab + "  only: [tags@owner/repo]\n", event: "tag v1", yes: "publish"},
	{name: "only refs and variables", file: lab + "  only:\n    refs: [tags]\n    variables: [$CI_COMMIT_TAG =~ /^v/]\n", event: "tag 1"},
	{name: "except branches", file: lab + "  except: [branches]\n", event: "branch main", why: "except: branches"},
	{name: "only and except", file: lab + "  only: [/^v/]\n  except: [branches]\n", event: "tag v1", yes: "publish"},
	{name: "when manual", file: lab + "  when: manual\n", event: "tag v1", open: "publish"},
	{name: "extends", file: ".tags:\n  only: [tags]\n.base:\n  extends: .tags\n  script: [twine upload dist/*]\npublish:\n  extends: .base\n", event: "branch main"},
	{name: "extends, the job's own counts", file: ".tags:\n  only: [tags]\npublish:\n  extends: .tags\n  only: [branches]\n  script: [twine upload dist/*]\n", event: "branch main", yes: "publish"},
	{name: "extends itself", file: ".a:\n  extends: .b\n.b:\n  extends: .a\npublish:\n  extends: .a\n  script: [twine upload dist/*]\n", event: "branch main", yes: "publish"},
	{name: "reference", file: ".up:\n  script: [twine upload dist/*]\npublish:\n  script:\n    - !reference [.up, script]\n    - echo done\n", event: "branch main", yes: "publish"},
	{name: "reference of rules", file: ".r:\n  rules:\n    - if: $CI_COMMIT_TAG\n" + lab + "  rules:\n    - !reference [.r, rules]\n", event: "branch main"},
	{name: "anchors", file: ".a: &a\n  only: [tags]\npublish:\n  <<: *a\n  script: [twine upload dist/*]\n", event: "branch main"},
	{name: "default", file: "default:\n  after_script: [twine upload dist/*]\ntest:\n  script: [tox]\n", event: "branch main", yes: "test"},
	{name: "default declined", file: "default:\n  after_script: [twine upload dist/*]\ntest:\n  inherit: {default: false}\n  script: [tox]\n", event: "branch main"},
	{name: "a matrix", file: lab + "  parallel:\n    matrix:\n      - PY: ['3.11', '3.12']\n", event: "branch main", yes: "publish: [3.11], publish: [3.12]"},
	{name: "a matrix with rules", file: lab + "  parallel:\n    matrix:\n      - PY: ['3.11', '3.12']\n  rules:\n    - if: $PY == \"3.12\"\n", event: "branch main", yes: "publish: [3.12]"},
	{name: "several of the same", file: lab + "  parallel: 2\n", event: "branch main", yes: "publish 1/2, publish 2/2"},
	{name: "needs what is not there", file: "build:\n  script: [make]\n  only: [branches]\n" + lab + "  needs: [build]\n", event: "tag v1", why: "is not in the pipeline"},
	{name: "needs what may not be there", file: "build:\n  script: [make]\n  only: [branches]\n" + lab + "  needs:\n    - job: build\n      optional: true\n", event: "tag v1", yes: "publish"},
	{name: "needs what a person starts", file: "build:\n  script: [make]\n  when: manual\n" + lab + "  needs: [build]\n", event: "tag v1", open: "publish", why: "needs build"},
	{name: "the shell decides", file: "publish:\n  script:\n    - if [ -n \"$CI_COMMIT_TAG\" ]; then twine upload dist/*; fi\n", event: "tag v1", open: "publish", why: "the shell decides"},
	{name: "only echoed", file: "publish:\n  script:\n    - echo twine upload dist/*\n", event: "tag v1"},
	{name: "other uploaders", file: "a:\n  script: [uv publish]\nb:\n  script: [flit publish]\nc:\n  script: [poetry publish --build]\nd:\n  script: [hatch publish]\n", event: "tag v1", yes: "a, b, c, d"},
}

func TestPredictGitLab(t *testing.T) {
	t.Parallel()
	for _, c := range labCases {
		p := predictTree(t, treeOf(map[string]string{".gitlab-ci.yml": c.file}), eventOf(c.event))
		if got := jobNames(p, rules.Yes); got != c.yes {
			t.Errorf("%s: surely %q, want %q", c.name, got, c.yes)
		}
		if got := jobNames(p, rules.Undecided); got != c.open {
			t.Errorf("%s: perhaps %q, want %q", c.name, got, c.open)
		}
		if all := reasonsOf(p); !strings.Contains(all, c.why) {
			t.Errorf("%s: want %q in %q", c.name, c.why, all)
		}
	}
}

func jobNames(p rules.Prediction, want rules.Answer) string {
	var out []string
	for _, j := range p.Deploying(want) {
		out = append(out, j.Name)
	}
	return strings.Join(out, ", ")
}

func reasonsOf(p rules.Prediction) string {
	var out []string
	for _, j := range p.Jobs {
		for _, r := range j.Why {
			out = append(out, r.Text)
		}
		for _, u := range j.Uploads {
			for _, r := range u.Why {
				out = append(out, r.Text)
			}
		}
	}
	for _, r := range p.Undecided {
		out = append(out, r.Text)
	}
	return strings.Join(out, "\n")
}

// TestGitLabFiles: jobs in files that are included, or whose pipeline is started.
func TestGitLabFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		files          map[string]string
		yes, open, why string
	}{
		{"a local file", map[string]string{".gitlab-ci.yml": "include: /ci/pypi.yml\n", "ci/pypi.yml": lab}, "publish", "", "runs twine upload"},
		{"what is over it counts", map[string]string{".gitlab-ci.yml": "include:\n  - local: ci/pypi.yml\npublish:\n  when: manual\n", "ci/pypi.yml": lab}, "", "publish", "when: manual"},
		{"a pattern", map[string]string{".gitlab-ci.yml": "include: 'ci/*.yml'\n", "ci/a.yml": lab, "ci/b.yml": "two:\n  script: [uv publish]\n"}, "publish, two", "", ""},
		{"itself", map[string]string{".gitlab-ci.yml": "include: .gitlab-ci.yml\n" + lab}, "publish", "", ""},
		{"from elsewhere", map[string]string{".gitlab-ci.yml": "include:\n  - project: g/ci\n    file: pypi.yml\n" + lab}, "publish", "", "pypi.yml of g/ci"},
		{"a template of GitLab's", map[string]string{".gitlab-ci.yml": "include:\n  - template: Jobs/SAST.gitlab-ci.yml\n" + lab}, "publish", "", ""},
		{"a child pipeline", map[string]string{".gitlab-ci.yml": "go:\n  trigger:\n    include: child.yml\n  only: [branches]\n", "child.yml": lab}, "go / publish", "", ""},
		{"a child that wants a push", map[string]string{".gitlab-ci.yml": "go:\n  trigger:\n    include: child.yml\n", "child.yml": lab + "  rules:\n    - if: $CI_PIPELINE_SOURCE == \"push\"\n"}, "", "", ""},
		{"a child elsewhere", map[string]string{".gitlab-ci.yml": "go:\n  trigger: g/deploy\n"}, "", "", "go starts is not in this tree"},
		{"a script of the tree", map[string]string{".gitlab-ci.yml": "publish:\n  script: [./up.sh]\n", "up.sh": "#!/bin/sh\ntwine upload dist/*\n"}, "publish", "", ""},
	} {
		p := predictTree(t, treeOf(c.files), eventOf("branch main"))
		if yes, open := jobNames(p, rules.Yes), jobNames(p, rules.Undecided); yes != c.yes || open != c.open || !strings.Contains(reasonsOf(p), c.why) {
			t.Errorf("%s: %q and %q; %q", c.name, yes, open, reasonsOf(p))
		}
	}
}

// TestGitLabUploads: where an upload goes, and with what.
func TestGitLabUploads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, index string
		trusted           bool
		environment       string
	}{
		{"PyPI", lab, "", false, ""},
		{"trusted", lab + "  id_tokens:\n    PYPI_ID_TOKEN:\n      aud: pypi\n", "", true, ""},
		{"a token for something else", lab + "  id_tokens:\n    T:\n      aud: https://vault\n", "", false, ""},
		{"a stored token comes first", lab + "  variables: {TWINE_PASSWORD: $PYPI_TOKEN}\n  id_tokens:\n    T:\n      aud: [pypi]\n", "", false, ""},
		{"an environment", lab + "  environment:\n    name: release\n", "", false, "release"},
		{"TestPyPI by name", "publish:\n  script: [twine upload -r testpypi dist/*]\n", "https://test.pypi.org/legacy/", false, ""},
		{"a URL", "publish:\n  script: [twine upload --repository-url https://x.test/legacy/ dist/*]\n", "https://x.test/legacy/", false, ""},
		{"a variable", lab + "  variables: {TWINE_REPOSITORY_URL: 'https://x.test/legacy/'}\n", "https://x.test/legacy/", false, ""},
		{"GitLab's own registry", "publish:\n  script: ['twine upload --repository-url ${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi dist/*']\n", "${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi", false, ""},
	} {
		p := predictTree(t, treeOf(map[string]string{".gitlab-ci.yml": c.file}), eventOf("tag v1"))
		if len(p.Jobs) != 1 || len(p.Jobs[0].Uploads) != 1 {
			t.Errorf("%s: %+v", c.name, p)
			continue
		}
		if u := p.Jobs[0].Uploads[0]; u.Index != c.index || u.Trusted != c.trusted || u.Environment != c.environment || u.Line != 2 || u.File != ".gitlab-ci.yml" {
			t.Errorf("%s: %+v", c.name, u)
		}
	}
}

// TestScanGitLab: a release is triggered by what Scan says of refs.
func TestScanGitLab(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file                  string
		branch, tag, other          bool // pypi-release, v1.0, main
		branches, tags, undecidedly string
	}{
		{name: "everything", file: lab, branch: true, tag: true, other: true},
		{name: "tags", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n", tag: true},
		{name: "only tags", file: lab + "  only: [tags]\n", tag: true},
		{name: "a branch", file: lab + "  rules:\n    - if: $CI_COMMIT_BRANCH == \"pypi-release\"\n", branch: true, branches: "pypi-release"},
		{name: "only a name", file: lab + "  only: [pypi-release]\n  except: [tags]\n", branch: true, branches: "pypi-release"},
		{name: "a pattern of tags", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG =~ /^v/\n", tag: true, tags: "/^v/"},
		{name: "the workflow's branch", file: "workflow:\n  rules:\n    - if: $CI_COMMIT_BRANCH == \"pypi-release\"\n" + lab, branch: true, branches: "pypi-release"},
		{name: "manual", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG\n      when: manual\n", tag: true, undecidedly: "when: manual"},
		{name: "a variable", file: lab + "  rules:\n    - if: $CI_COMMIT_TAG && $GO\n", tag: true, undecidedly: "$GO"},
		{name: "never", file: lab + "  rules:\n    - when: never\n"},
	} {
		files, err := rules.Scan(treeOf(map[string]string{".gitlab-ci.yml": c.file}))
		if err != nil || len(files.Workflows) != 1 || strings.Join(files.Providers, " ") != "gitlab" {
			t.Fatalf("%s: %+v, %v", c.name, files, err)
		}
		var d rules.Deploy
		if len(files.Deploys) > 0 {
			d = files.Deploys[0]
		}
		if d.OnBranch("pypi-release") != c.branch || d.OnTag("v1.0") != c.tag || d.OnBranch("main") != c.other {
			t.Errorf("%s: branch %v, tag %v, main %v", c.name, d.OnBranch("pypi-release"), d.OnTag("v1.0"), d.OnBranch("main"))
		}
		if strings.Join(d.Branches, " ") != c.branches || strings.Join(d.Tags, " ") != c.tags || !strings.Contains(d.Undecided, c.undecidedly) || c.undecidedly == "" && d.Undecided != "" {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// TestGitLabChild: Scan knows what the pipeline publishes that a job starts.
func TestGitLabChild(t *testing.T) {
	t.Parallel()
	files, err := rules.Scan(treeOf(map[string]string{
		".gitlab-ci.yml": "go:\n  trigger: {include: child.yml}\n  only: [tags]\n", "child.yml": lab + "  rules:\n    - if: $CI_COMMIT_TAG =~ /^v/\n",
		"itself.yml": "go:\n  trigger: {include: itself.yml}\n",
	}))
	if err != nil || len(files.Deploys) != 1 {
		t.Fatalf("%+v, %v", files, err)
	}
	if d := files.Deploys[0]; d.Job != "go / publish" || d.File != "child.yml" || d.OnBranch("v1") || !d.OnTag("v1") || d.OnTag("1") {
		t.Errorf("%+v", d)
	}
}

// TestGitLabElsewhere: GitHub reads no file of GitLab's.
func TestGitLabElsewhere(t *testing.T) {
	t.Parallel()
	e := eventOf("tag v1")
	e.Host = "github.com"
	tree := treeOf(map[string]string{".gitlab-ci.yml": lab})
	if p := predictTree(t, tree, e); len(p.Jobs) != 0 || len(p.Undecided) != 0 {
		t.Errorf("%+v", p)
	}
	if got, err := rules.Diagnose(tree, e); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
