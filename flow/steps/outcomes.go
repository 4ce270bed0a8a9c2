package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops"
)

// The outcomes of a release that is not simply published, each with its own words.

// nothing: no surface shows a file. Until the pages are young enough to count,
// that is only "not visible yet".
func (s ConfirmIndex) nothing(ctx context.Context, e evidence, x expected) flow.Finding {
	ours := e.ours()
	end := lastEnd(ours)
	if len(ours) == 0 || !e.absent(end) {
		return s.tooEarly(ctx, e, end)
	}
	if good(ours) {
		return failed(s.greenButNothing(ctx, e, x))
	}
	return failed(s.red(ctx, e))
}

// tooEarly waits for pages that are young enough. Why CI failed is told meanwhile.
func (s ConfirmIndex) tooEarly(ctx context.Context, e evidence, end time.Time) flow.Finding {
	text := fmt.Sprintf("0 files of %s on %s", s.Target.Version, s.World.Index.Label())
	if counts := s.countsFrom(e, end); !end.IsZero() && !counts.IsZero() {
		text += "; a page may be old until " + counts.UTC().Format("15:04:05 UTC")
	}
	p := &flow.Problem{Code: flow.CodeNotVisible, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s %s is not visible yet: %s", s.Target.Name, s.Target.Version, text),
		Now:  []string{"absence counts only on a page that is younger than the upload"}, Next: []string{"ferry status --follow"}}
	if len(s.World.CI) == 0 {
		p.Now = []string{"there is no CI to ask: an upload that failed looks like one that is still to come", s.Target.ShortRef() + " stays where it is"}
	}
	if red := redFirst(e); len(red) > 0 && final(e.ours()) {
		p.Now = append([]string{"CI failed: " + verdictLine(e.ours())}, p.Now...)
		s.World.toldBy(ctx, red).into(p, len(red) > 1)
	}
	return flow.Finding{Status: flow.Underway, Text: text, Problem: p}
}

// countsFrom is when absence counts on every surface.
func (s ConfirmIndex) countsFrom(e evidence, end time.Time) (latest time.Time) {
	for _, sf := range e.surfaces {
		if at := end.Add(sf.page.MaxAge); at.After(latest) {
			latest = at
		}
	}
	return latest
}

// greenButNothing: every job passed and no file came of it.
func (s ConfirmIndex) greenButNothing(ctx context.Context, e evidence, x expected) *flow.Problem {
	p := s.unpublished(e, flow.CodeNotPublished,
		fmt.Sprintf("CI is green, but nothing of %s %s is on %s", s.Target.Name, s.Target.Version, s.World.Index.Label()))
	first := publishingFirst(e)
	for _, j := range first {
		if text, err := s.World.log(ctx, j); err == nil {
			p.Lines = append(p.Lines, ci.Skips(text)...)
		}
	}
	t := s.World.toldBy(ctx, first)
	t.lines, t.of = nil, "" // of a green job only what it skipped explains
	t.into(p, false)
	if len(x.names) > 0 {
		s.usedUp(p)
	}
	if len(p.Lines) == 0 && len(t.shut) == 0 {
		p.Lines = []string{"no job's log says that it skipped the upload; expected by " + x.source}
	}
	return p
}

// usedUp: CI printed that it uploaded what is not there. Whoever deleted it, the
// index takes no file of that name again, so neither a build nor a commit helps.
func (s ConfirmIndex) usedUp(p *flow.Problem) {
	p.Retry = flow.RetryNewVersion
	p.Now[0] = fmt.Sprintf("0 files of %s on %s; CI printed that it uploaded them, and the name of a file that was deleted is never taken again", s.Target.Version, s.World.Index.Label())
	p.Next = []string{"ferry recover " + s.Target.Version}
}

// red: a job failed and no file came of it.
func (s ConfirmIndex) red(ctx context.Context, e evidence) *flow.Problem {
	p := s.unpublished(e, flow.CodeCIRed, fmt.Sprintf("CI failed: %s. Nothing was uploaded: 0 files on %s", verdictLine(e.ours()), s.World.Index.Label()))
	red := redFirst(e)
	s.World.toldBy(ctx, red).into(p, len(red) > 1)
	return p
}

// unpublished is what both have in common: the version is still free, and the
// way on is a restart of the build, or a new commit after the branch is gone.
func (s ConfirmIndex) unpublished(e evidence, code, text string) *flow.Problem {
	p := &flow.Problem{Code: code, Class: flow.ClassFailed, Text: text, Retry: flow.RetrySafe,
		Now: []string{fmt.Sprintf("0 files of %s on %s; the version is still free", s.Target.Version, s.World.Index.Label())}}
	p.Next = s.restarts(e)
	if at := e.at(s.Target.Ref); e.refsErr == nil && at == s.Target.Commit && strings.HasPrefix(s.Target.Ref, "refs/heads/") {
		p.Now = append(p.Now, fmt.Sprintf("%s is at %s on %s", s.Target.ShortRef(), at, s.World.Remote.Name()))
		p.Next = append(p.Next, flow.Shell(gitops.DeleteCommand(s.World.Remote.URL(), s.Target.Ref, at)))
	}
	p.Now = append(p.Now, s.Target.once())
	p.Next = append(p.Next, "ferry release")
	return p
}

func (s ConfirmIndex) restarts(e evidence) (out []string) {
	for _, b := range e.ours() {
		if h, ok := b.provider.(ci.RestartHinter); ok {
			out = append(out, flow.Shell(h.RestartCommand(b.Build)))
		}
	}
	return out
}

// half: part of the files is there, and the rest is not coming.
func (s ConfirmIndex) half(ctx context.Context, e evidence, x expected, g grid, missing []flow.File) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeHalf, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("Part of the files of %s %s is on %s: %d of %d; missing %s", s.Target.Name, s.Target.Version,
			s.World.Index.Label(), len(g.files)-len(missing), len(g.files), fileList(missing)),
		Now: []string{"what is there stays there; expected by " + x.source}}
	if until := openUntil(s.World.Index); until != "" {
		p.Now = append(p.Now, until)
	}
	p.Next = append(s.restarts(e), "ferry recover "+s.Target.Version)
	red := redFirst(e)
	s.World.toldBy(ctx, red).into(p, len(red) > 1)
	return p
}

func fileList(files []flow.File) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// unreadLog: files are there, and which ones there should be is in a log that
// cannot be read now.
func (s ConfirmIndex) unreadLog(err error) *flow.Problem {
	p := ciProblem(err)
	p.Text = fmt.Sprintf("Which files the publishing job uploaded cannot be read: %v", err)
	p.Now = []string{"what is there stays there; with release.artifacts in ferry.toml the files are counted without the log"}
	return p
}

// differs: two witnesses show other bytes under one name.
func (s ConfirmIndex) differs(g grid) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeDiffers, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("Other bytes are published under %s %s than its witnesses say", s.Target.Name, s.Target.Version),
		Now:  []string{"nothing was deleted; the branch, if it is there, stays"},
		Next: []string{"curl -sSf " + s.World.Index.SimpleURL(s.Target.Name), "ferry status"}}
	for _, f := range g.files {
		if has(f, flow.SeenDiffers) {
			p.Lines = append(p.Lines, fmt.Sprintf("%s: expected sha256 %s; differs in %s", f.Name, f.SHA256, strings.Join(differing(f), ", ")))
		}
	}
	return p
}

func differing(f flow.File) (out []string) {
	for _, w := range surfaceWords {
		if f.Surfaces[w.surface] == flow.SeenDiffers {
			out = append(out, w.word)
		}
	}
	return out
}

func (s ConfirmIndex) yanked() *flow.Problem {
	return &flow.Problem{Code: flow.CodeYanked, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("%s %s is published and yanked", s.Target.Name, s.Target.Version),
		Now:  []string{"the files are there; pip avoids them"}, Next: []string{"ferry recover " + s.Target.Version}}
}
