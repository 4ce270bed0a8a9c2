package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/gitops"
)

// Fix is a CI file with everything mended that needs nobody's decision.
type Fix struct {
	Codes    []string // of the diagnostics that are gone
	Diff     flow.Diff
	old, now []byte
}

// Fixes gives what can be mended with a view to a push of ref. Files that differ
// from the commit are left alone: the person is working on them.
func (w World) Fixes(ctx context.Context, tree fs.FS, ref, message string) ([]Fix, error) {
	mended, err := rules.Mend(tree, w.pushed(ref, message))
	if err != nil {
		return nil, fixProblem(fmt.Sprintf("The CI files cannot be mended: %v", err), err)
	}
	changed, err := w.Repo.Status(ctx)
	if err != nil {
		return nil, fixProblem(fmt.Sprintf("Whether the CI files are as committed cannot be told: %v", err), err)
	}
	var out []Fix
	for _, m := range mended {
		if slices.ContainsFunc(changed, func(c gitops.Change) bool { return c.Path == m.File }) {
			return nil, fixProblem(m.File+" differs from the commit; commit or put aside what you are working on first", nil)
		}
		text := rules.WithoutSecrets(udiff.Unified("a/"+m.File, "b/"+m.File, string(m.Old), string(m.New)))
		out = append(out, Fix{Codes: m.Codes, Diff: flow.Diff{Path: m.File, Text: text}, old: m.Old, now: m.New})
	}
	return out, nil
}

func fixProblem(text string, err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeFix, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: text, Err: err,
		Now: []string{"no file was changed"}, Next: []string{"git status", "ferry check"}}
}

// Write puts a fix into the work tree: the whole file or nothing, and only if it
// still is what was read.
func (w World) Write(f Fix) error {
	name := filepath.Join(w.Repo.Root(), filepath.FromSlash(f.Diff.Path))
	now, err := os.ReadFile(name)
	if err == nil && !bytes.Equal(now, f.old) {
		err = errors.New("it was changed meanwhile")
	}
	if err == nil {
		err = replace(name, f.now)
	}
	if err != nil {
		p := fixProblem(fmt.Sprintf("%s could not be written: %v", f.Diff.Path, err), err)
		p.Now = []string{f.Diff.Path + " is as it was"}
		return p
	}
	return nil
}

// replace swaps a file for one with other contents, in one move. Its mode stays.
func replace(name string, text []byte) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no plain file")
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already after the move
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
