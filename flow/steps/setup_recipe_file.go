package steps

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ferry/flow"
	"ferry/flow/ci"
)

// WriteRecipe: a file of the work tree has the configuration that starts the
// release, for a person to import where no server is asked.
type WriteRecipe struct {
	Yard  Yard
	Setup Setup
	After []flow.Step // must be done first

	file edited
}

// NewWriteRecipe makes the step.
func NewWriteRecipe(y Yard, s Setup) *WriteRecipe { return &WriteRecipe{Yard: y, Setup: s} }

// Observe compares the file with the document.
func (s *WriteRecipe) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	f, c := s.look(ctx)
	if p := s.file.show(c); p != nil {
		return conflict(p)
	}
	return f
}

// look gives besides the change that would be made; nil if there is none to make.
func (s *WriteRecipe) look(ctx context.Context) (flow.Finding, *change) {
	c := &change{file: filepath.ToSlash(s.Setup.RecipeFile)}
	var err error
	if c.now, err = s.document(); err != nil {
		return failed(s.unfit(err)), nil
	}
	if c.old, err = s.read(); errors.Is(err, fs.ErrNotExist) {
		c.fresh, err = true, nil
	}
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(unreadTree(err)), nil
	}
	if bytes.Equal(c.old, c.now) {
		f := done("%s has the configuration that starts the release", c.file)
		f.Warning = "whether the server has it is not checked: the top of " + c.file + " says how to import it"
		return f, nil
	}
	p := s.Yard.committed(ctx, c.file)
	if p == nil && !c.fresh && !s.Yard.holds(c.file) { // of an ignored file, or one in a new folder, the status says nothing
		p = s.dirty()
	}
	if p != nil {
		f := failed(p)
		if p.Class == flow.ClassUnknown {
			f = unknown(p)
		}
		return f, nil
	}
	f := todo("write the configuration that starts the release into %s", c.file)
	f.Diff = c.diff()
	return f, c
}

func (s *WriteRecipe) document() ([]byte, error) {
	if s.Yard.RecipeText == nil || !filepath.IsLocal(s.Setup.RecipeFile) {
		return nil, fmt.Errorf("%q is no file below the top of the work tree", s.Setup.RecipeFile)
	}
	return s.Yard.RecipeText(cmp.Or(s.Setup.Name, "release")+" release", RecipeFor(s.Setup))
}

// read follows nothing out of the tree.
func (s *WriteRecipe) read() ([]byte, error) {
	root, err := os.OpenRoot(s.Yard.Repo.Root())
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.ReadFile(s.Setup.RecipeFile)
}

// holds says whether the checked-out commit has the file.
func (y Yard) holds(file string) bool {
	head, err := y.Repo.Head()
	if err != nil {
		return false
	}
	tree, err := y.Repo.Tree(head.SHA)
	if err != nil {
		return false
	}
	_, err = fs.Stat(tree, file)
	return err == nil
}

// dirty: the file is somebody's, and in no commit from which it could come back.
func (s *WriteRecipe) dirty() *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupDirty, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: s.Setup.RecipeFile + " is there and in no commit; commit it or put it aside first",
		Now:  []string{"no file was changed"}, Next: []string{flow.Shell([]string{"git", "status", "--ignored", "--", s.Setup.RecipeFile})}}
}

// unfit: there is no document to write.
func (s *WriteRecipe) unfit(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeSetupUnfit, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("No configuration can be written: %v", err), Now: []string{"no file was changed"}, Next: []string{"ferry onboard"}}
	var wrong *ci.MalformedError
	if errors.As(err, &wrong) {
		p.Text = fmt.Sprintf("No configuration can be written for these answers: %v", wrong.Err)
	}
	return p
}

// Run writes what was shown last.
func (s *WriteRecipe) Run(ctx context.Context, log flow.Log) error {
	return s.file.write(ctx, s, s.Yard.Repo.Root(), log)
}

// Undo takes the file away, or gives it its text back.
func (s *WriteRecipe) Undo(_ context.Context, log flow.Log) error {
	return s.file.undo(s.Yard.Repo.Root(), log,
		elsewhere("What "+s.Setup.RecipeFile+" holds", flow.Shell([]string{"git", "status", "--", s.Setup.RecipeFile})))
}
