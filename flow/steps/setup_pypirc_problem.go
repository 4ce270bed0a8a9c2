package steps

import (
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/pypi"
)

const editPypirc = "${EDITOR:-vi} ~/.pypirc"

// found is what an error of the file comes to: nobody can tell, the file says
// something else, or it cannot be written as it is.
func (s *WritePypirc) found(err error) flow.Finding {
	p := s.problem(err)
	switch p.Class {
	case flow.ClassUnknown:
		return unknown(p)
	case flow.ClassConflict:
		return conflict(p)
	}
	return failed(p)
}

// problem says what the file's error means. Its codes are those of `ferry pypirc`.
func (s *WritePypirc) problem(err error) *flow.Problem {
	p := &flow.Problem{Code: "pypirc." + pypi.PypircIO, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err, Text: fmt.Sprintf("~/.pypirc: %v", err),
		Now: []string{"the file is as it was"}, Next: []string{"ferry pypirc show", "ferry onboard"}}
	var e *pypi.PypircError
	if !errors.As(err, &e) {
		return p
	}
	p.Code, p.Text, p.Class = "pypirc."+e.Reason, e.Error(), flow.ClassFailed
	switch e.Reason {
	case pypi.PypircIO:
		p.Class = flow.ClassUnknown
		if e.Kept != "" { // a write did not end well, and nothing is written before somebody looked
			p.Class, p.Next = flow.ClassFailed, []string{"ls -la ~", "ferry pypirc show"}
		}
	case pypi.PypircReadBack:
		p.Now = []string{"what the file holds now is to be looked at"}
	case pypi.PypircChanged, pypi.PypircBusy, pypi.PypircShadowed, pypi.PypircStays:
		p.Class = flow.ClassConflict
	case pypi.PypircElsewhere:
		p.Class, p.Next = flow.ClassConflict, []string{flow.Shell(s.Command()), "ferry pypirc write --migrate", "ferry pypirc show"}
	case pypi.PypircOwner, pypi.PypircParent, pypi.PypircSymlink:
		p.Class, p.Next = flow.ClassCredentials, []string{"ls -ld ~ ~/.pypirc"}
	case pypi.PypircWorkTree:
		p.Next = []string{"ferry pypirc write --without-password"}
	case pypi.PypircValue, pypi.PypircNoPassword:
		p.Class = flow.ClassCredentials
	default:
		p.Next = []string{editPypirc, "ferry pypirc show"}
	}
	return p
}

// otherToken: between the showing and the writing a token became another one.
func (s *WritePypirc) otherToken() *flow.Problem {
	return &flow.Problem{Code: "pypirc.token-changed", Class: flow.ClassConflict, Retry: flow.RetrySafe,
		Text: "a token changed since this was shown: there is another one now", Now: []string{"~/.pypirc is as it was"}, Next: []string{"ferry auth status", "ferry onboard"}}
}

// kept: Undo takes back what its own run did, and no more.
func (s *WritePypirc) kept(why string, err error) *flow.Problem {
	words := []string{"ferry", "pypirc", "remove"}
	for _, l := range s.setup.Lanes {
		words = append(words, "--index", l.Index)
	}
	return &flow.Problem{Code: flow.CodeSetupPypircKept, Class: flow.ClassConflict, Retry: flow.RetrySafe, Err: err,
		Text: "~/.pypirc " + why + ", and stays", Now: []string{"the file was not changed"}, Next: []string{"ferry pypirc show", flow.Shell(words)}}
}
