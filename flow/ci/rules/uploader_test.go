package rules_test

import (
	"testing"

	"ferry/flow/ci/rules"
)

// uploaders are commands and what becomes of a job that runs them.
var uploaders = map[string]rules.Answer{
	"rye publish --yes":                                rules.Yes,
	"twine --no-color upload dist/*":                   rules.Yes,
	"uv --directory sub publish":                       rules.Yes,
	"uv --directory=sub -q publish":                    rules.Yes,
	"poetry -C sub publish":                            rules.Yes,
	"poetry publish --dry-run && uv publish":           rules.Yes,
	"python -c \"run(['twine', 'upload', 'dist/a'])\"": rules.Undecided,
	"poetry publish --dry-run":                         rules.No,
	"uv publish --dry-run; echo done":                  rules.No,
	"uv run pytest tests/publish":                      rules.No,
	"twine check dist/upload":                          rules.No,
}

func TestUploaders(t *testing.T) {
	t.Parallel()
	for line, want := range uploaders {
		literal := "|\n        " + line + "\n"
		for service, p := range map[string]rules.Prediction{
			"github": predictTree(t, oneWorkflow("on: push\njobs:\n  a:\n    steps:\n    - run: "+literal), eventOf("tag v1")),
			"gitlab": predictTree(t, treeOf(map[string]string{".gitlab-ci.yml": "a:\n  script:\n    - " + literal}), eventOf("tag v1")),
			"travis": predict(t, "deploy:\n  provider: script\n  on: {tags: true}\n  script: "+literal, travisEvent("tag:v1")),
		} {
			got := rules.No
			for _, j := range p.Jobs {
				got = j.Deploys()
			}
			if got != want {
				t.Errorf("%s: %s: %s, want %s", service, line, got, want)
			}
		}
	}
}
