package rules_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// labTagged is a job that publishes for tags, with an identity token.
const labTagged = lab + "  id_tokens: {T: {aud: pypi}}\n  rules:\n    - if: $CI_COMMIT_TAG\n"

func TestDiagnoseGitLab(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, event string
		codes             string
		line              int // of the first
	}{
		{"nothing wrong", labTagged, "tag v1", "", 0},
		{"nothing published", "test:\n  script: [tox]\ninclude:\n  - remote: https://x.test/a.yml\n", "tag v1", "", 0},
		{"no credentials in the file", lab + "  rules:\n    - if: $CI_COMMIT_TAG\n", "tag v1", "gitlab-no-credentials gitlab-protected-variable", 2},
		{"GitLab's registry needs none", "publish:\n  script: ['twine upload --repository-url ${CI_API_V4_URL}/projects/1/packages/pypi dist/*']\n  only: [tags]\n", "tag v1", "", 0},
		{"every branch", lab + "  id_tokens: {T: {aud: pypi}}\n", "branch main", "gitlab-every-branch", 2},
		{"a dead host", "publish:\n  script: [twine upload --repository-url https://pypi.python.org/pypi dist/*]\n  id_tokens: {T: {aud: pypi}}\n  only: [tags]\n", "tag v1", "gitlab-dead-server", 2},
		{"no slash", "publish:\n  script: [twine upload --repository-url https://upload.pypi.org/legacy dist/*]\n  id_tokens: {T: {aud: pypi}}\n  only: [tags]\n", "tag v1", "gitlab-server-without-slash", 2},
		{"two jobs", labTagged + strings.ReplaceAll(labTagged, "publish:", "again:"), "tag v1", "gitlab-several-deploy", 1},
		{"two jobs, of which the event starts one", labTagged + strings.ReplaceAll(strings.ReplaceAll(labTagged, "publish:", "again:"), "$CI_COMMIT_TAG", "$CI_COMMIT_BRANCH == \"a\""), "tag v1", "", 0},
		{"two indexes", labTagged + "test:\n  script: [twine upload -r testpypi dist/*]\n  id_tokens: {T: {aud: testpypi}}\n  only: [tags]\n", "tag v1", "", 0},
		{"a v too much", strings.ReplaceAll(labTagged, "$CI_COMMIT_TAG", "$CI_COMMIT_TAG =~ /^\\d/"), "tag v1.0", "gitlab-tag-prefix", 2},
		{"a v too few", lab + "  id_tokens: {T: {aud: pypi}}\n  only: [/^v/]\n  except: [branches]\n", "tag 1.0", "gitlab-tag-prefix", 2},
		{"another tag altogether", strings.ReplaceAll(labTagged, "$CI_COMMIT_TAG", "$CI_COMMIT_TAG =~ /^rel/"), "tag v1.0", "", 0},
		{"an include that may change", "include:\n  - project: g/ci\n    file: a.yml\n    ref: main\n" + labTagged, "tag v1", "gitlab-unpinned-include", 2},
		{"an include that may not", "include:\n  - project: g/ci\n    file: a.yml\n    ref: 3f786850e387550fdab836ed7e6dc881de23001b\n" + labTagged, "tag v1", "", 0},
		{"two languages", lab + "  id_tokens: {T: {aud: pypi}}\n  only: [tags]\n  rules:\n    - if: $CI_COMMIT_TAG\n", "tag v1", "gitlab-only-and-rules", 4},
		{"a need that is missing", "build:\n  script: [make]\n  only: [branches]\n" + labTagged + "  needs: [build]\n", "tag v1", "gitlab-needs-missing", 9},
		{"a token in the file", lab + "  variables: {TWINE_PASSWORD: pypi-AgEIcHlwaS5vcmc}\n  only: [tags]\n", "tag v1", "gitlab-token-in-file", 2},
	} {
		got, err := rules.Diagnose(treeOf(map[string]string{".gitlab-ci.yml": c.file}), eventOf(c.event))
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, d := range got {
			codes = append(codes, d.Code)
			if d.File != ".gitlab-ci.yml" || d.Text == "" || d.Fix == "" || strings.Contains(d.Text, "AgEI") {
				t.Errorf("%s: %+v", c.name, d)
			}
		}
		if strings.Join(codes, " ") != c.codes || len(got) > 0 && got[0].Line != c.line {
			t.Errorf("%s: %+v, want %s in line %d", c.name, got, c.codes, c.line)
		}
	}
}

// spreading makes keys each of which holds the next one ten times.
func spreading(entry, last string) string {
	var b strings.Builder
	for i := range 20 {
		b.WriteString(strings.ReplaceAll(entry, "I", string(rune('a'+i))))
		for range 10 {
			b.WriteString(strings.ReplaceAll(last, "N", string(rune('b'+i))))
		}
		b.WriteString("]\n")
	}
	return b.String()
}

// TestGitLabSpreads: a few lines that mean billions come to an end all the same.
func TestGitLabSpreads(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"references": spreading("I: [", "!reference [N], ") + "x:\n  script: !reference [a]\n",
		"extends":    spreading("I: {script: [twine upload x]}\n.I:\n  extends: [", ".N, ") + "x:\n  extends: .a\n  script: [tox]\n",
		"needs":      spreading("I:\n  script: [tox]\n  needs: [", "N, "),
	} {
		tree := treeOf(map[string]string{".gitlab-ci.yml": file})
		p := predictTree(t, tree, eventOf("branch main"))
		if _, err := rules.Scan(tree); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if told := len(p.Problems) > 0; told != (name == "references") {
			t.Errorf("%s: %+v", name, p.Problems)
		}
	}
}

// FuzzGitLab: no file takes the program down, and what is surely published is
// also seen by Scan.
func FuzzGitLab(f *testing.F) {
	for _, c := range labCases {
		f.Add(c.file, c.event)
	}
	f.Add("a: &a [*a, *a]\n", "tag v1")
	f.Add("a:\n  script: [!reference [a, script]]\n", "branch main")
	f.Add("include: .gitlab-ci.yml\nworkflow: {rules: [{if: '$A =~ $B'}]}\n", "branch main")
	f.Fuzz(func(t *testing.T, file, event string) {
		tree := fstest.MapFS{".gitlab-ci.yml": {Data: []byte(file)}}
		e := eventOf(event)
		p, err := rules.Predict(tree, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rules.Diagnose(tree, e); err != nil {
			t.Fatal(err)
		}
		files, err := rules.Scan(tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range p.Deploying(rules.Yes) {
			if !strings.Contains(j.Name, " / ") && !slices.ContainsFunc(files.Deploys, func(d rules.Deploy) bool { return strings.HasPrefix(j.Name, d.Job) }) {
				t.Errorf("%s publishes and Scan does not know it", j.Name)
			}
		}
	})
}
