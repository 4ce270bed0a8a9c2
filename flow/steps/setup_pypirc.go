package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/keyring"
	"ferry/pypi"
)

// What the sections of ~/.pypirc get for a password.
const (
	PypircToken   = "token"   // the token itself
	PypircKeyring = "keyring" // none: twine asks the keyring
)

// WritePypirc: ~/.pypirc has a section for the index of every lane. Nothing else
// in it is touched, and what is odd in it is only told.
type WritePypirc struct {
	After []flow.Step // the tokens are there

	yard  Yard
	setup Setup

	mu    sync.Mutex
	shown *pypircEdit // by the last look; nil if there was nothing to write
	wrote *pypircUndo
}

type pypircEdit struct {
	file   *pypi.PypircFile
	change pypi.PypircChange
	wishes []pypi.PypircWish
}

type pypircUndo struct {
	written pypi.Pypirc
	former  pypi.PypircFormer
}

// NewWritePypirc makes the step.
func NewWritePypirc(y Yard, s Setup, after ...flow.Step) *WritePypirc {
	return &WritePypirc{After: after, yard: y, setup: s}
}

// Observe reads the file, and shows what would change in it.
func (s *WritePypirc) Observe(ctx context.Context) flow.Finding {
	f, edit := s.look(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = edit
	return f
}

// look gives besides the edit, where there is one to make.
func (s *WritePypirc) look(ctx context.Context) (flow.Finding, *pypircEdit) {
	if ctx.Err() != nil {
		return unknown(s.problem(context.Cause(ctx))), nil
	}
	file, err := pypi.ReadPypirc(s.yard.Pypirc)
	if err != nil {
		return s.found(err), nil
	}
	if f, ok := awaited(ctx, s.After); !ok {
		return f, nil
	}
	wishes, err := s.wishes(ctx)
	switch {
	case err != nil:
		return unknown(tokenUnread(s.setup.Lanes[0], err)), nil
	case wishes == nil:
		return todo("write %s of ~/.pypirc, after the tokens are there", s.sections()), nil
	}
	change, err := file.Plan(wishes, nil, false, false)
	if err != nil {
		return s.found(err), nil
	}
	return s.compared(pypircEdit{file, change, wishes})
}

// wishes are the sections as they are to be; nil while a token is missing. With
// the keyring it is looked for all the same: where no token may go, no address
// is written either.
func (s *WritePypirc) wishes(ctx context.Context) (out []pypi.PypircWish, err error) {
	for _, l := range s.setup.Lanes {
		t, err := s.yard.token(ctx, l)
		if err != nil {
			return nil, err
		}
		w := pypi.PypircWish{Name: l.Index, Repository: s.yard.at(l).Index.Upload()}
		if s.setup.Pypirc == PypircToken {
			if w.Password = t.Secret; t.Secret.IsZero() {
				return nil, nil
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// compared: the file is as it is to be, or what is to change is shown. A file
// that others may read is not as it is to be.
func (s *WritePypirc) compared(e pypircEdit) (flow.Finding, *pypircEdit) {
	v := e.file.View()
	open := slices.ContainsFunc(v.Findings, func(o pypi.PypircFinding) bool { return o.Code == "mode" })
	odd := oddities(v)
	switch {
	case len(e.change.Diff) > 0:
		f := todo("write %s of ~/.pypirc, %s%s", s.sections(), s.password(), odd)
		text := fmt.Sprintf("--- %s\n+++ %s\n%s\n", v.Target, v.Target, strings.Join(e.change.Diff, "\n"))
		f.Diff = &flow.Diff{Path: v.Target, Text: rules.WithoutSecrets(text)}
		return f, &e
	case open:
		return todo("make ~/.pypirc readable for you alone%s", odd), &e
	}
	f := done("%s of ~/.pypirc as wanted, %s", s.sections(), s.password())
	f.Warning = strings.TrimPrefix(odd, "; ")
	return f, nil
}

func oddities(v pypi.PypircView) (text string) {
	for _, o := range v.Findings {
		if o.Line > 0 {
			text += fmt.Sprintf("; line %d: %s", o.Line, o.Text)
		} else {
			text += "; " + o.Text
		}
	}
	return text
}

func (s *WritePypirc) sections() string {
	var names []string
	for _, l := range s.setup.Lanes {
		names = append(names, l.Index)
	}
	return bracketed(names)
}

func (s *WritePypirc) password() string {
	if s.setup.Pypirc == PypircToken {
		return "with the token"
	}
	return "without a password: twine finds the token in the keyring"
}

// Run writes what was shown last, if the file still is what that was made of and
// the tokens still are the same.
func (s *WritePypirc) Run(ctx context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit := s.shown
	if edit == nil {
		var f flow.Finding
		if f, edit = s.look(ctx); edit == nil {
			return fmt.Errorf("~/.pypirc is not written: %s", f.Text)
		}
	}
	now, err := s.wishes(flow.WithReading(ctx))
	if err != nil {
		return tokenUnread(s.setup.Lanes[0], err)
	}
	if !slices.EqualFunc(now, edit.wishes, func(a, b pypi.PypircWish) bool { return keyring.Same(a.Password, b.Password) }) {
		return s.otherToken()
	}
	former := edit.file.Former()
	lost, err := edit.change.Write()
	s.shown = nil
	if err != nil {
		return s.problem(err)
	}
	s.wrote = &pypircUndo{edit.file.Text(), former}
	if len(lost) > 0 {
		log("not taken over from the old file: " + strings.Join(lost, ", "))
	}
	log("~/.pypirc is written, and read back")
	return nil
}

// Undo puts the file back as it was, if it still is what Run wrote.
func (s *WritePypirc) Undo(_ context.Context, log flow.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrote == nil {
		return s.kept("was not written by this run", nil)
	}
	err := pypi.PutPypircBack(s.yard.Pypirc, s.wrote.written, s.wrote.former)
	var p *pypi.PypircError
	switch {
	case errors.As(err, &p) && p.Reason == pypi.PypircChanged:
		return s.kept("is not what this run wrote", err)
	case err != nil:
		return s.problem(err)
	}
	s.wrote, s.shown = nil, nil
	log("~/.pypirc is as it was")
	return nil
}

// Command is what a person would type.
func (s *WritePypirc) Command() []string {
	words := []string{"ferry", "pypirc", "write"}
	if s.setup.Pypirc == PypircKeyring {
		words = append(words, "--without-password")
	}
	for _, l := range s.setup.Lanes {
		words = append(words, "--index", l.Index)
	}
	return words
}
