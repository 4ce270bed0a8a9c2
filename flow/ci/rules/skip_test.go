package rules_test

import (
	"slices"
	"testing"

	"ferry/flow/ci/rules"
)

// TestSkipExisting: an upload that takes a file for success that is there already.
func TestSkipExisting(t *testing.T) {
	t.Parallel()
	travis := func(src string) rules.Prediction { return predict(t, "deploy:\n"+src, travisEvent("tag:v1")) }
	step := func(src string) rules.Prediction {
		return predictTree(t, oneWorkflow("on: push\njobs:\n  a:\n    steps:\n    - "+src+"\n"), eventOf("tag v1"))
	}
	for want, ps := range map[bool][]rules.Prediction{
		true: {
			travis("- {provider: pypi, skip_existing: true, on: {tags: true}}\n"),
			travis("- {provider: script, script: twine upload --skip-existing d/*, on: {tags: true}}\n"),
			step("{uses: pypa/gh-action-pypi-publish@v1, with: {skip-existing: true}}"),
			step("run: twine upload --skip-existing d/*"),
			predictTree(t, treeOf(map[string]string{".gitlab-ci.yml": "a:\n  script: [twine upload --skip-existing d/*]\n"}), eventOf("tag v1")),
		},
		false: {
			travis("- {provider: pypi, skip_existing: false, on: {tags: true}}\n"),
			travis("- {provider: pypi, on: {tags: true}}\n"),
			step("uses: pypa/gh-action-pypi-publish@v1"),
			step("run: twine upload d/*"),
		},
	} {
		for i, p := range ps {
			found := slices.ContainsFunc(p.Jobs, func(j rules.Job) bool {
				return slices.ContainsFunc(j.Uploads, func(u rules.Upload) bool { return u.SkipExisting })
			})
			if found != want || publishing(p) == "" {
				t.Errorf("%v %d: %+v", want, i, p)
			}
		}
	}
}
