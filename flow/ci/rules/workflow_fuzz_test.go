package rules_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// FuzzWorkflows: whatever two workflow files and an action hold, they are read
// in bounded time and space, each line that is named exists, and what is mended
// still parses.
func FuzzWorkflows(f *testing.F) {
	for _, c := range []string{clean, afterB + jobA("needs: [a, b]"), build, calling, matrixJob("{a: [1, 2], include: [{a: 3}], exclude: [{a: 1}]}", "")} {
		f.Add(c, "on: {workflow_call: {inputs: {x: {default: 1}}}}\n"+jobA("if: inputs.x == 1 && !cancelled()"), "v1.0", "fix [skip ci]")
	}
	f.Add("on: push\njobs:\n  a:\n    if: ${{ fromJSON('[1,{\"a\":2}]')[1].a == 2 }}\n    strategy: {matrix: '${{ fromJSON(''{\"x\":[1]}'') }}'}\n    steps: [{uses: ./x}]\n", "on: [push]\njobs: {a: {uses: ./.github/workflows/b.yml}}\n", "v1", "")
	f.Fuzz(func(t *testing.T, a, b, name, message string) {
		tree := treeOf(map[string]string{hub + "a.yml": a, hub + "b.yml": b, ".gitea/workflows/c.yml": b, "x/action.yml": a})
		for _, e := range []rules.Event{
			{What: "push", Ref: "refs/tags/" + name, Message: message}, {What: "release", Ref: "refs/tags/" + name, Slug: "o/r"},
			{What: "workflow_dispatch", Ref: "refs/heads/" + name, DefaultBranch: name}, {What: "push", Ref: "refs/heads/" + name, Changed: &[]string{name}},
		} {
			p, err := rules.Predict(tree, e)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Jobs) > 4000 {
				t.Fatalf("%d jobs", len(p.Jobs))
			}
			checkReasons(t, tree, p)
		}
		checkMends(t, tree, rules.Event{What: "push", Ref: "refs/tags/" + name})
	})
}

// checkReasons: a reason that names a line names one that there is.
func checkReasons(t *testing.T, tree fstest.MapFS, p rules.Prediction) {
	for _, j := range p.Jobs {
		for _, r := range j.Why {
			if lines := strings.Count(string(tree[r.File].Data), "\n") + 1; r.Line > lines {
				t.Fatalf("%+v, of %d lines", r, lines)
			}
		}
	}
}

func checkMends(t *testing.T, tree fstest.MapFS, e rules.Event) {
	if _, err := rules.Diagnose(tree, e); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Mend(tree, e); err != nil && !errors.Is(err, rules.ErrMendFailed) {
		t.Fatal(err)
	}
}

// TestWorkflowCorpus reads every workflow file below FERRY_CORPUS, alone and
// beside the others of its folder.
func TestWorkflowCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FERRY_CORPUS")
	if root == "" {
		t.Skip("FERRY_CORPUS names no folder of real files")
	}
	found := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".yml" && filepath.Ext(name) != ".yaml" {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found++ // whatever it is, it can lie in that place
		tree := oneWorkflow(string(src))
		for _, event := range []string{"branch main", "tag v1.0", "release v1.0", "dispatch main"} {
			checkReasons(t, tree, predictTree(t, tree, eventOf(event)))
			checkMends(t, tree, eventOf(event))
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("%d files, %v", found, err)
	}
}
