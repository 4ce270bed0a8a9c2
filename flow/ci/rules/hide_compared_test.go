package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// TestComparedSecrets: a credential is not told where a condition repeats it.
func TestComparedSecrets(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"$TWINE_PASSWORD = hunter2", "hunter2 == $PYPI_TOKEN", `"${MY_SECRET}" != 'hunter2'`, "$A = b && $PYPI_TOKEN =~ hunter2"} {
		src := "env: [TWINE_PASSWORD=hunter2, PYPI_TOKEN=x]\ndeploy:\n  provider: pypi\n  on:\n    tags: true\n    condition: >-\n      " + test + "\n"
		tree := lintCase{src: src}.tree()
		path, err := rules.ReleasePath(tree, travisEvent("tag:v1"))
		if err != nil {
			t.Fatal(err)
		}
		told := reasons(predict(t, src, travisEvent("tag:v1"))) + rules.WithoutSecrets(src) + strings.Join(path, "\n")
		if strings.Contains(told, "hunter2") {
			t.Errorf("%s: told in\n%s", test, told)
		}
	}
	for _, kept := range []string{"$TOXENV = py312", "$PYPI_TOKEN != ''", "$TRAVIS_TAG == $MY_TOKEN", "-n $PYPI_TOKEN"} {
		if got := rules.WithoutSecrets(kept); got != kept {
			t.Errorf("%s became %s", kept, got)
		}
	}
}

// TestGitLabSecrets: what stands in clear in a rule, a script, an address or a
// matrix is not told, by any reader of the file.
func TestGitLabSecrets(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		lab + "  rules:\n    - if: $UPLOAD_TOKEN == \"hunter2\"\n",
		lab + "  rules:\n    - if: '\"hunter2\" == $MY_SECRET && $A'\n",
		lab + "  only:\n    variables: [$PYPI_PASSWORD == \"hunter2\"]\n",
		lab + "  except:\n    variables: [$PYPI_PASSWORD == \"hunter2\"]\n",
		"workflow:\n  rules:\n    - if: $UPLOAD_TOKEN == \"hunter2\"\n" + lab,
		"a:\n  script: [make]\n  rules:\n    - if: $UPLOAD_TOKEN == \"hunter2\"\n" + lab + "  needs: [a]\n",
		"publish:\n  script: [twine upload -p hunter2 dist/*]\n",
		"publish:\n  script: ['if [ \"$A\" ]; then TWINE_PASSWORD=hunter2 twine upload dist/*; fi']\n",
		"publish:\n  script: ['twine upload --repository-url https://me:hunter2@index.test/ dist/*']\n",
		lab + "  parallel:\n    matrix:\n      - MY_PASSWORD: [hunter2]\n        A: [b]\n",
		lab + "include:\n  - remote: https://me:hunter2@x.test/a.yml\n",
	} {
		tree := treeOf(map[string]string{".gitlab-ci.yml": src})
		p := predictTree(t, tree, eventOf("branch main"))
		found, err := rules.Diagnose(tree, eventOf("branch main"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := rules.Scan(tree)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Jobs { // its name is what GitLab shows
			p.Jobs[i].Name = ""
		}
		var told strings.Builder
		fmt.Fprintf(&told, "%+v\n%+v\n", p, found)
		for _, d := range files.Deploys {
			fmt.Fprintln(&told, d.Index, d.Undecided)
		}
		if strings.Contains(told.String(), "hunter2") {
			t.Errorf("%s: told in\n%s", src, told.String())
		}
	}
}
