package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// releaseOpen is how long PyPI takes new files for a release.
const releaseOpen = 14 * 24 * time.Hour

// misfit is a rule of PyPI's that a file breaks.
type misfit struct {
	file string
	pypi.Misfit
}

func (s Upload) misfits() (all []misfit) {
	for _, a := range s.Files {
		for _, m := range a.Misfits() {
			all = append(all, misfit{a.File, m})
		}
	}
	return all
}

// unfit is what the index would refuse for certain. It is said before anything is
// read or sent.
func (s Upload) unfit(ctx context.Context) *flow.Problem {
	if !s.World.Index.Strict() {
		return nil
	}
	all := s.misfits()
	if len(all) == 0 {
		return s.unrendered(ctx)
	}
	p := s.refusal(all[0].Why)
	p.Text = fmt.Sprintf("%s would not take %s: %s", s.World.Index.Label(), all[0].file, all[0].Text)
	p.Now = append([]string{"nothing was sent"}, p.Now...)
	for _, m := range all {
		p.Lines = append(p.Lines, m.file+": "+m.Text+"; "+m.Fix)
	}
	return p
}

// render asks twine, once a survey for each description.
func render(ctx context.Context, a *pypi.Artifact) error {
	_, err := flow.Read(ctx, readingOf{"rendering", a.SHA256}, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, pypi.CheckRendering(ctx, a)
	})
	return err
}

// unrendered: a description that PyPI would refuse, by the word of twine.
func (s Upload) unrendered(ctx context.Context) *flow.Problem {
	for _, a := range s.Files {
		var no *pypi.RenderError
		if a.Markup() && errors.As(render(ctx, a), &no) {
			p := s.refusal(pypi.RefusedDescription)
			p.Text = fmt.Sprintf("%s would not take %s: its description does not render", s.World.Index.Label(), a.File)
			p.Now, p.Lines, p.Err = append([]string{"nothing was sent"}, p.Now...), plainLines(no.Text), no
			return p
		}
	}
	return nil
}

// rendering says of which descriptions nobody could tell.
func (s Upload) rendering(ctx context.Context) (all []flow.Fact) {
	for _, a := range s.Files {
		if !a.Markup() || !s.World.Index.Strict() {
			continue
		}
		says := "renders"
		if err := render(ctx, a); err != nil {
			says = "not checked whether it renders: " + err.Error()
		}
		all = append(all, flow.Fact{Witness: "twine", About: "description of " + a.File, Says: says, Where: "twine check " + a.File, ReadAt: time.Now().Round(0)})
	}
	return all
}

// closed: the pages show that no file is taken any more.
func (s Upload) closed(l uploadLook) *flow.Problem {
	name, version := s.release()
	label := s.World.Index.Label()
	status, reason := l.project()
	switch at := l.opened(); {
	case standings()[status].closed: // of a status that is not known the index judges
		p := s.refusal(pypi.RefusedProject)
		p.Text = fmt.Sprintf("%s is %s on %s and takes no files", name, status, label)
		p.Now, p.Lines = []string{"nothing was sent", standings()[status].means}, plainLines(reason)
		p.Next = []string{flow.Shell([]string{"curl", "-sSf", s.World.Index.SimpleURL(name)}), s.command("CMD")}
		if standings()[status].hidden {
			p.Next = p.Next[:1]
		}
		return p
	case s.World.Index.Strict() && !at.IsZero() && l.now().Sub(at) > releaseOpen:
		p := s.refusal(pypi.RefusedOld)
		p.Text = fmt.Sprintf("%s %s was begun on %s and takes no files any more: %s closes a release after 14 days", name, version, at.UTC().Format("2006-01-02"), label)
		p.Now = append([]string{"nothing was sent"}, p.Now...)
		return p
	}
	return nil
}
