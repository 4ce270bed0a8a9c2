package pypi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Builder builds sdists of trees with the project's own backend. That runs the
// project's code, so nobody is to call it unasked.
type Builder struct {
	Dir       string        // where to work, and to leave what was built; private and empty
	Python    string        // the interpreter that has "build"; "" is python3
	Limit     time.Duration // of all of it; 0 is five minutes
	Time      time.Time     // of the commit, for SOURCE_DATE_EPOCH
	Version   string        // for tools that would ask git, of which a tree has none; "" for other projects
	Installed bool          // take the backend that is installed, instead of a new environment
}

const sdistLimit = 5 * time.Minute

// Sdist builds the sdist of a tree with python3 -m build, and gives its path. An
// error is a *BuildError, or the context's own; one that is ErrNoPython says that
// python3 or its module build is missing.
func (b Builder) Sdist(ctx context.Context, src fs.FS) (string, error) {
	python, err := b.python()
	if err != nil {
		return "", &BuildError{Reason: fmt.Sprintf("did not begin: %v", err), Err: err}
	}
	dirs, err := rooms(b.Dir, "home", "dist")
	if err == nil {
		err = copyOut(ctx, src, filepath.Join(b.Dir, "tree"))
	}
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", &BuildError{Reason: fmt.Sprintf("did not begin, because the files could not be copied: %v", err), Err: err}
	}
	limit := b.Limit
	if limit == 0 {
		limit = sdistLimit
	}
	limited, stop := withLimit(ctx, limit)
	defer stop()
	err = b.build(child{dirs[0], b.environ(), limited}, python, dirs[1])
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, errSilence):
		return "", &BuildError{Reason: fmt.Sprintf("took longer than %s", limit), Err: err}
	case err != nil:
		return "", err
	}
	return onlySdist(dirs[1])
}

func (b Builder) python() (string, error) {
	if b.Python != "" {
		return b.Python, nil
	}
	return python3()
}

func (b Builder) build(c child, python, to string) error {
	// From the child's own folder: the tree may have a build.py, or a build folder.
	out, err := c.run(python, "-m", "build", "--version")
	if err != nil && strings.Contains(out, "No module named build") {
		err = fmt.Errorf("its module build is %w", ErrNoPython)
	}
	if err != nil {
		return &BuildError{Reason: "cannot be run: " + python + " -m build does not answer", Output: endOf(out), Err: err}
	}
	args := []string{"-m", "build", "--sdist", "--outdir", to}
	if b.Installed {
		args = append(args, "--no-isolation")
	}
	if out, err = c.run(python, append(args, filepath.Join(b.Dir, "tree"))...); err != nil {
		return &BuildError{Reason: "failed", Output: endOf(out), Err: err}
	}
	return nil
}

// environ tells the backend the commit's time, and the version in the words of
// each tool that makes it of a tag.
func (b Builder) environ() []string {
	env := []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(max(b.Time.Unix(), 0), 10)}
	if b.Version == "" {
		return env
	}
	for _, name := range []string{"SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS", "UV_DYNAMIC_VERSIONING_BYPASS"} {
		env = append(env, name+"="+b.Version)
	}
	return env
}

func onlySdist(dir string) (string, error) {
	made, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if err == nil && len(made) != 1 {
		err = &BuildError{Reason: fmt.Sprintf("made %d source archives, not one", len(made))}
	}
	if err != nil {
		return "", err
	}
	return made[0], nil
}
