package steps

import (
	"slices"
	"testing"
	"testing/fstest"
)

// TestPathFiles: the project files of a package below the top count as well.
func TestPathFiles(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{".github/actions/a/b/run.sh": {}, ".github/workflows/a.yml": {}}
	got := pathFiles("packages/core", tree, fstest.MapFS{})
	for _, want := range []string{"pyproject.toml", "packages/core/pyproject.toml", "packages/core/setup.py", "action.yml", ".github/actions/a/b/run.sh", ".github/workflows/a.yml"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not in %v", want, got)
		}
	}
	if top := pathFiles("", tree); len(slices.Compact(slices.Sorted(slices.Values(top)))) != len(top) {
		t.Errorf("twice in %v", top)
	}
}
