package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// build is what makes an sdist of the package.
func (s *RegisterLane) build() []string {
	words := []string{"python3", "-m", "build", "--sdist"}
	if s.setup.Dir != "" {
		words = append(words, s.setup.Dir)
	}
	return words
}

// dist is the folder where a build puts what it made.
func (s *RegisterLane) dist() string {
	return filepath.Join(s.yard.Repo.Root(), filepath.FromSlash(s.setup.Dir), "dist")
}

// sdist is the one of exactly this name and version in the package's dist folder.
func (s *RegisterLane) sdist(ctx context.Context) (*pypi.Artifact, *flow.Problem) {
	dist := s.dist()
	a, err := flow.Read(ctx, readingOf{"sdist", dist}, func(ctx context.Context) (*pypi.Artifact, error) {
		names, err := s.sdists(dist)
		if err != nil {
			return nil, err
		}
		if len(names) != 1 {
			return nil, s.notOne(names)
		}
		return pypi.OpenArtifact(ctx, filepath.Join(dist, names[0]))
	})
	var p *flow.Problem
	var broken *pypi.ArtifactError
	switch {
	case err == nil:
		return a, nil
	case errors.As(err, &p):
		return nil, p
	case errors.As(err, &broken):
		return nil, &flow.Problem{Code: flow.CodeUploadFile, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err, Text: fmt.Sprintf("the sdist cannot be used: %v", err),
			Now: []string{"nothing was sent"}, Next: []string{flow.Shell(s.build())}}
	}
	return nil, &flow.Problem{Code: flow.CodeUploadFile, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err, Text: fmt.Sprintf("the sdist cannot be read: %v", err),
		Now: []string{"nothing was sent"}, Next: []string{flow.Shell([]string{"ls", "-l", dist})}}
}

func (s *RegisterLane) sdists(dist string) (names []string, err error) {
	entries, err := os.ReadDir(dist)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		d, err := pypi.ParseFilename(e.Name())
		if err == nil && d.Kind == pypi.KindSdist && d.Name == pypi.NormalizeName(s.setup.Name) && (s.setup.Version == "" || sameVersion(d.Version, s.setup.Version)) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// notOne: there is none, or it is not known which is meant.
func (s *RegisterLane) notOne(names []string) *flow.Problem {
	if len(names) == 0 {
		p := s.register(nil).unreal()
		p.Text = strings.TrimSpace(fmt.Sprintf("There is no sdist of %s %s", s.setup.Name, s.setup.Version)) + " in dist/ to register it with"
		p.Next = []string{flow.Shell(s.build())}
		return p
	}
	return &flow.Problem{Code: flow.CodeSetupSdists, Class: flow.ClassFailed, Retry: flow.RetrySafe, Lines: names,
		Text: fmt.Sprintf("dist/ holds %d sdists of %s, and which one is to register it is not known", len(names), s.setup.Name),
		Now:  []string{"nothing was sent"}, Next: []string{flow.Shell([]string{"ls", "-l", s.dist()}), flow.Shell(s.build())}}
}
