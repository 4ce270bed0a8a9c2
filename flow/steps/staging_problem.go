package steps

import (
	"fmt"
	"path/filepath"
	"strings"

	"ferry/flow"
)

// other: files of the version are there that nothing proves to be of this commit.
func (s CheckStaging) other(v stagingVerdict, local localDist) *flow.Problem {
	w := s.World.staged()
	p := &flow.Problem{Code: flow.CodeStagingOther, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("%s has %s %s, and nothing proves that commit %s builds it", w.Index.Label(), s.Target.Name, s.Target.Version, short(s.Target.Commit)),
		Now: []string{"nothing was pushed", "a file on an index is never replaced: another commit needs another version there, such as a development version",
			"where a build of this commit gives the same bytes, dist/ proves it"},
		Next: []string{s.buildCommand(), "ferry status", sourceCommand(s.Target.Source)}}
	for _, name := range v.other {
		p.Lines = append(p.Lines, name+": "+v.proofs[name].why)
	}
	p.Lines = append(p.Lines, local.strange[:min(len(local.strange), enough)]...)
	return p
}

// absent: the index lacks files, and nothing is under way that would bring them.
func (s CheckStaging) absent(v stagingVerdict) *flow.Problem {
	w := s.World.staged()
	p := &flow.Problem{Code: flow.CodeStagingAbsent, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s has nothing of %s %s, which must be there before the release", w.Index.Label(), s.Target.Name, s.Target.Version),
		Now:  []string{"nothing was pushed", "release.staging in ferry.toml asks for it"},
		Next: []string{s.buildCommand(), s.uploadCommand(), "ferry release"}}
	if len(v.proved) > 0 {
		p.Text = fmt.Sprintf("%s has only part of the files of %s %s; missing %s", w.Index.Label(), s.Target.Name, s.Target.Version, strings.Join(v.missing, ", "))
	}
	for _, d := range s.Target.Stages {
		p.Lines = append(p.Lines, fmt.Sprintf("%s:%d %s would publish there", d.File, d.Line, d.Job))
	}
	return p
}

// waits: a run may yet bring them, or a page is too old to show them.
func (s CheckStaging) waits(v stagingVerdict) flow.Finding {
	w := s.World.staged()
	p := s.absent(v)
	p.Code, p.Class, p.Next = flow.CodeNotVisible, flow.ClassWaiting, []string{"ferry release"}
	p.Text = fmt.Sprintf("%s %s is not on %s yet", s.Target.Name, s.Target.Version, w.Index.Label())
	return flow.Finding{Status: flow.Underway, Problem: p, Text: fmt.Sprintf("%d files on %s; waiting for the CI run of %s, or for a page that shows it", len(v.proved), w.Index.Label(), short(s.Target.Commit))}
}

func (s CheckStaging) unreadDist(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeTreeUnknown, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("dist/ cannot be held against the commit: %v", err), Now: []string{"nothing was pushed"}, Next: []string{"git status"}}
}

func (s CheckStaging) buildCommand() string {
	return flow.Shell(append([]string{"python3", "-m", "build"}, folder(s.Target.Dir)...))
}

func folder(dir string) []string {
	if dir == "" {
		return nil
	}
	return []string{dir}
}

func (s CheckStaging) uploadCommand() string {
	return flow.Shell([]string{"twine", "upload", "--repository-url", s.World.Staging.Upload()}) + " " + filepath.ToSlash(filepath.Join(s.Target.Dir, "dist")) + "/*"
}
