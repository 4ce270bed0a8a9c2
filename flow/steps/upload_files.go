package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// OpenDistributions reads one distribution file, or those of a folder, in the
// order in which they are to be sent: wheels first, so that nobody who installs in
// between has to build. The error is a *flow.Problem, or the cause of ctx's end.
func OpenDistributions(ctx context.Context, path string) ([]*pypi.Artifact, error) {
	names, err := distributionsIn(path)
	if err != nil {
		return nil, noDistribution(path, err)
	}
	if len(names) == 0 {
		return nil, nothingToSend(path)
	}
	var all []*pypi.Artifact
	for _, name := range names {
		a, err := pypi.OpenArtifact(ctx, name)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, noDistribution(name, err)
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b *pypi.Artifact) int {
		if a.Kind != b.Kind {
			return cmp.Compare(a.Kind, b.Kind) // bdist_wheel, sdist
		}
		return cmp.Compare(a.File, b.File)
	})
	return all, oneRelease(path, all)
}

// distributionsIn passes over what lies beside distributions: signatures,
// attestations, a .gitignore.
func distributionsIn(path string) (names []string, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".whl") || strings.HasSuffix(e.Name(), ".tar.gz") {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	return names, err
}

// oneRelease: files of two versions in one folder are an old build and a new one.
func oneRelease(path string, all []*pypi.Artifact) error {
	for _, a := range all[1:] {
		if a.Name != all[0].Name || a.Version != all[0].Version {
			return &flow.Problem{Code: flow.CodeUploadMixed, Class: flow.ClassFailed, Retry: flow.RetrySafe,
				Text: fmt.Sprintf("%s holds files of more than one release: %s and %s", path, all[0].File, a.File),
				Now:  []string{"nothing was sent"}, Next: []string{flow.Shell([]string{"ls", path}), "rm -r dist && python3 -m build"}}
		}
	}
	return nil
}

func nothingToSend(path string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeUploadNone, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: "There is no wheel and no sdist in " + path, Now: []string{"nothing was sent"}, Next: []string{"python3 -m build"}}
}

func noDistribution(path string, err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeUploadFile, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("%s is no distribution that could be uploaded: %v", filepath.Base(path), err),
		Now:  []string{"nothing was sent"}, Next: []string{"python3 -m build"}}
	if errors.Is(err, os.ErrNotExist) {
		p.Text = "There is no " + path
	}
	return p
}
