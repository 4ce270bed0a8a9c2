package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// TestAliasesAreBounded: a document whose aliases never end, or mean billions of
// nodes, is a problem of the file and of nobody else.
func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	bomb := "b0: &b0 [x, x]\n"
	for n := 1; n < 20; n++ {
		bomb += fmt.Sprintf("b%d: &b%d [*b%d, *b%d]\n", n, n, n-1, n-1)
	}
	for _, src := range []string{
		"on: push\njobs:\n  a:\n    steps:\n    - run: twine upload x\n      env: &e {A: *e}\n",
		"on: &a\n  b: *a\n  push: {}\njobs: {}\n",
		bomb + "jobs:\n  a:\n    steps:\n    - run: twine upload x\n      env: *b19\n",
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"on: push\njobs:\n  a:\n    steps:\n    - run: twine upload x\n" + strings.Repeat("# x\n", 1<<18),
	} {
		files, err := rules.Scan(fstest.MapFS{".github/workflows/a.yml": {Data: []byte(src)}})
		if err != nil || len(files.Problems) != 1 {
			t.Errorf("%.40q: %v, %+v", src, err, files.Problems)
		}
	}
}
