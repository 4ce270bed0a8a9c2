package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// project reads name and version of what is to be released, by a build where
// only that can tell and it is allowed.
func (w World) project(ctx context.Context, in Intent, tree fs.FS) (pypi.Project, error) {
	tree, err := packageTree(tree, in.Dir)
	if err != nil {
		return pypi.Project{}, err
	}
	p, err := pypi.ReadProject(tree)
	switch {
	case errors.Is(err, pypi.ErrNoProject) && in.Dir == "":
		return p, noProject(tree)
	case err != nil:
		return p, projectProblem(err)
	}
	if p.NeedsBuild && !p.FromTag { // a copy of the files has no tags
		if p, err = built(ctx, in, tree, p); err != nil {
			return p, err
		}
	}
	return placed(p, in.Dir), nil
}

// packageTree is the folder of one package in a repository of several.
func packageTree(tree fs.FS, dir string) (fs.FS, error) {
	if dir == "" || dir == "." {
		return tree, nil
	}
	dir = path.Clean(dir)
	info, err := fs.Stat(tree, dir)
	if err != nil || !info.IsDir() {
		return nil, usage(flow.CodeNoProject, fmt.Sprintf("The commit has no folder %s, where ferry.toml says that the package is", dir), "git ls-files")
	}
	return fs.Sub(tree, dir)
}

// placed writes where things were read as people see it from the top.
func placed(p pypi.Project, dir string) pypi.Project {
	if dir == "" || dir == "." {
		return p
	}
	for _, source := range []*string{&p.NameSource, &p.VersionSource} {
		if *source != "" && *source != builtSource { // which is no file
			*source = path.Join(dir, *source)
		}
	}
	return p
}

const builtSource = "a build of the commit (python3 -m build)"

// built asks whether a build may run, and runs it.
func built(ctx context.Context, in Intent, tree fs.FS, p pypi.Project) (pypi.Project, error) {
	if in.Build == nil {
		return p, nil
	}
	ok, err := in.Build(ctx, p.Dynamic)
	if err != nil || !ok {
		return p, err
	}
	made, err := pypi.BuildMetadata(ctx, tree, pypi.BuildOptions{})
	if err != nil {
		return p, buildProblem(err)
	}
	if p.Name != "" && pypi.NormalizeName(p.Name) != pypi.NormalizeName(made.Name) {
		return p, projectProblem(&pypi.ContradictionError{Field: "name", A: p.Name, ASource: p.NameSource, B: made.Name, BSource: made.NameSource})
	}
	if v, err := pypi.ParseVersion(made.Version); err != nil || v.IsLocal() || made.Version == "0" || made.Version == "0.0" || made.Version == "0.0.0" {
		untagged := usage(flow.CodeNoVersion, fmt.Sprintf("The build says version %q, as builds do that look for a tag and find none: name the version", made.Version), "")
		untagged.Now, untagged.Next = append(untagged.Now, whatToName("")), nameIt("")
		return p, untagged
	}
	made.Backend = p.Backend
	return made, nil
}

// buildProblem says why a build told nothing.
func buildProblem(err error) error {
	var b *pypi.BuildError
	if !errors.As(err, &b) {
		return err
	}
	p := usage(flow.CodeNoVersion, "Name and version cannot be read: "+b.Error(), "python3 -m build --sdist")
	p.Lines, p.Err = b.Output, err
	return p
}

const (
	maxFolders  = 2000 // that are looked into for projects
	maxProjects = 12   // that are named
)

// noProject says where the commit does have projects.
func noProject(tree fs.FS) *flow.Problem {
	p := projectProblem(pypi.ErrNoProject)
	dirs := projects(tree)
	if len(dirs) == 0 {
		return p
	}
	p.Text = "There is no Python project at the top of this commit, but there are some below it: " + strings.Join(dirs, ", ")
	p.Next = nil
	for _, dir := range dirs[:1] {
		p.Now = append(p.Now, fmt.Sprintf("ferry.toml can name them: [package.%s] with path = %q", path.Base(dir), dir))
		p.Next = append(p.Next, "ferry release --package "+flow.Shell([]string{path.Base(dir)}))
	}
	return p
}

// projects are the folders, three deep, in which a project can be read.
func projects(tree fs.FS) (dirs []string) {
	looked := 0
	_ = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil //nolint:nilerr // a folder that cannot be read has no project to name
		case looked >= maxFolders || len(dirs) >= maxProjects:
			return fs.SkipAll
		case name != "." && strings.HasPrefix(path.Base(name), "."), strings.Count(name, "/") > 2:
			return fs.SkipDir
		}
		looked++
		sub, err := fs.Sub(tree, name)
		if err != nil || name == "." {
			return nil //nolint:nilerr // the same
		}
		if p, err := pypi.ReadProject(sub); err == nil && p.Name != "" {
			dirs = append(dirs, name)
			return fs.SkipDir
		}
		return nil
	})
	return dirs
}
