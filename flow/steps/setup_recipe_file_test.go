package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
)

// lying lists the files of the work tree, with what is in them.
func (o *office) lying() string {
	o.t.Helper()
	var out strings.Builder
	must(o.t, filepath.WalkDir(o.dir, func(path string, d os.DirEntry, err error) error {
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		out.WriteString(path + "\n")
		if err == nil && d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			out.Write(text)
			return err
		}
		return err
	}))
	return out.String()
}

// put writes a file of the work tree.
func (o *office) put(name, text string) {
	o.t.Helper()
	file := filepath.Join(o.dir, name)
	must(o.t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(o.t, os.WriteFile(file, []byte(text), 0o644))
}

func TestWriteRecipeLaws(t *testing.T) {
	t.Parallel()
	err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
		o := newOffice(t)
		spoil := func() { o.put(o.setup.RecipeFile, "<mine/>\n") }
		return flowtest.World{Step: steps.NewWriteRecipe(o.yard, o.setup), State: o.lying, Spoil: spoil, Effect: flow.Local}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestWriteRecipe: it says how to import it, and claims nothing of any server.
func TestWriteRecipe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := steps.NewWriteRecipe(o.yard, o.setup)
	f := s.Observe(t.Context())
	if f.Status != flow.Todo || f.Diff == nil || !strings.Contains(f.Diff.Text, "+  2. curl -u YOU -X POST") || !strings.Contains(f.Diff.Text, "+  <name>acme-core release</name>") {
		t.Fatalf("%+v", f)
	}
	must(t, s.Run(t.Context(), func(string) {}))
	if f := steps.NewWriteRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Done || !strings.Contains(f.Warning, "not checked") {
		t.Errorf("%+v", f)
	}
	if err := steps.NewWriteRecipe(o.yard, o.setup).Undo(t.Context(), func(string) {}); serverCode(err) != flow.CodeSetupNotOurs {
		t.Errorf("an undo of what another run did: %v", err)
	}
	o.put(o.setup.RecipeFile, "<mine/>\n")
	mine := o.lying()
	if err := s.Undo(t.Context(), func(string) {}); serverCode(err) != flow.CodeSetupChanged || o.lying() != mine {
		t.Errorf("an undo of what is no longer there: %v", err)
	}
	if f := s.Observe(t.Context()); f.Status != flow.Failed || f.Problem.Code != flow.CodeSetupDirty {
		t.Errorf("somebody's own: %+v", f)
	}
}

// TestWriteRecipeStaysInTheTree, and writes over nothing that came since.
func TestWriteRecipeStaysInTheTree(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, name := range []string{"../out.xml", "/tmp/out.xml", ""} {
		o.setup.RecipeFile = name
		if f := steps.NewWriteRecipe(o.yard, o.setup).Observe(t.Context()); f.Status != flow.Failed || f.Problem.Code != flow.CodeSetupUnfit {
			t.Errorf("%q: %+v", name, f)
		}
	}
	o.setup.RecipeFile = "recipe.xml"
	s := steps.NewWriteRecipe(o.yard, o.setup)
	s.Observe(t.Context())
	o.put("recipe.xml", "<mine/>\n")
	mine := o.lying()
	if err := s.Run(t.Context(), func(string) {}); serverCode(err) != flow.CodeSetupChanged || o.lying() != mine {
		t.Errorf("%v", err)
	}
}
