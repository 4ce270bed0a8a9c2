package rules_test

import (
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
