package steps

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ferry/flow"
)

// WriteGitLab: .gitlab-ci.yml publishes in every lane, by trusted publishing and by
// one job each. Jobs are written below what the file holds, which stays byte for byte.
type WriteGitLab struct {
	yard  Yard
	setup Setup
	After []flow.Step // must be done first

	file edited
}

// NewWriteGitLab makes the step for all lanes of a setup: they share the file.
func NewWriteGitLab(y Yard, s Setup) *WriteGitLab { return &WriteGitLab{yard: y, setup: s} }

// gitlabFile is the first file of a pipeline.
const gitlabFile = ".gitlab-ci.yml"

// Observe reads the CI files of the work tree.
func (s *WriteGitLab) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	f, c := s.look(ctx)
	if p := s.file.show(c); p != nil {
		return conflict(p)
	}
	return f
}

// look gives besides the change that would be made.
func (s *WriteGitLab) look(ctx context.Context) (flow.Finding, *change) {
	c, err := s.yard.plain(gitlabFile)
	c.now = c.old
	if err = errors.Join(ctx.Err(), err); err != nil {
		return unknown(unreadTree(err)), nil
	}
	lacks, f := s.lanes(c)
	if f.Status != flow.Done || len(lacks) == 0 {
		return f, nil
	}
	if p := s.prove(c); p != nil {
		return failed(p), nil
	}
	if p := s.yard.committed(ctx, c.file); p != nil {
		return flow.Finding{Status: statusOf(p), Text: p.Text, Problem: p}, nil
	}
	out := todo("write into %s the jobs that publish to %s", c.file, strings.Join(lacks, " and "))
	out.Diff, out.Warning, out.Proof = c.diff(), f.Warning, f.Proof
	return out, c
}

// lanes writes into the change what each lane lacks, and names those lanes. The
// finding is done where nothing stands against it.
func (s *WriteGitLab) lanes(c *change) (lacks []string, f flow.Finding) {
	f.Status = flow.Done
	for _, l := range s.setup.Lanes {
		v, err := s.yard.looks(s.yard.Tree(), s.setup, l)
		if err != nil {
			return nil, unknown(unreadTree(err))
		}
		is, ok := s.yard.told(s.setup, l, v)
		if ok && is.Status != flow.Done {
			return nil, is
		}
		f.Text, f.Warning, f.Proof = joined(f.Text, is.Text), joined(f.Warning, is.Warning), append(f.Proof, is.Proof...)
		if ok {
			continue
		}
		g, err := s.setup.Rules(l).GitLab(c.now)
		if err != nil {
			return nil, conflict(s.refused(err))
		}
		c.now, lacks, f.Warning = g.Text, append(lacks, l.title()), joined(f.Warning, v.doubts())
	}
	return lacks, f
}

// joined puts two sentences one behind the other; the same one is said once.
func joined(a, b string) string {
	if a == "" || b == "" || a == b {
		return cmp.Or(a, b)
	}
	return a + "; " + b
}

// refused: nothing can be written below what the file holds.
func (s *WriteGitLab) refused(err error) *flow.Problem {
	return &flow.Problem{Code: flow.CodeSetupOther, Class: flow.ClassConflict, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("Nothing can be written into %s as it is: %v", gitlabFile, err), Now: []string{"no file was changed"},
		Next: []string{"${EDITOR:-vi} " + gitlabFile}}
}

// prove holds the file as it would be against the rules of GitLab: what it says of
// whole pipelines may keep the jobs from running.
func (s *WriteGitLab) prove(c *change) *flow.Problem {
	tree := laid{s.yard.Tree(), c.file, c.now}
	for _, l := range s.setup.Lanes {
		v, err := s.yard.looks(tree, s.setup, l)
		if err != nil {
			return unreadTree(err)
		}
		if _, ok := v.sole(s.setup.service()); ok {
			continue
		}
		p := s.refused(fmt.Errorf("no one job would publish to %s when %s", l.title(), when(v.event)))
		for _, j := range v.idle {
			p.Lines = append(p.Lines, reasons(j.Why)...)
		}
		for _, j := range v.places {
			p.Lines = append(p.Lines, because(j.Job, j.Upload)...)
		}
		p.Class = flow.ClassFailed
		return p
	}
	return nil
}

// Run writes what was shown last.
func (s *WriteGitLab) Run(ctx context.Context, log flow.Log) error {
	return s.file.write(ctx, s, s.yard.Repo.Root(), log)
}

// Undo gives the file its text back, or takes it away.
func (s *WriteGitLab) Undo(_ context.Context, log flow.Log) error {
	return s.file.undo(s.yard.Repo.Root(), log,
		elsewhere("What "+gitlabFile+" holds", "git diff HEAD -- "+gitlabFile, "git checkout HEAD -- "+gitlabFile))
}

// laid is a tree with another text for one file of it.
type laid struct {
	fs.FS
	name string
	text []byte
}

// Open gives the text in the place of the file.
func (t laid) Open(name string) (fs.File, error) {
	if name != t.name {
		return t.FS.Open(name)
	}
	return &page{Reader: bytes.NewReader(t.text), name: name}, nil
}

// page is a file in memory, and what is known of it.
type page struct {
	*bytes.Reader
	name string
}

func (p *page) Stat() (fs.FileInfo, error) { return p, nil }
func (p *page) Close() error               { return nil }
func (p *page) Name() string               { return p.name }
func (p *page) Mode() fs.FileMode          { return 0o644 }
func (p *page) ModTime() time.Time         { return time.Time{} }
func (p *page) IsDir() bool                { return false }
func (p *page) Sys() any                   { return nil }
