package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Publishing is how a file publishes already.
type Publishing struct {
	Event       Event
	Job         string
	Line        int
	Index       string // upload URL; "" is PyPI
	Trusted     bool   // without a stored token
	Environment string
	Answer      Answer // Yes, or Undecided
}

// Existing is what stands where a file is to be written.
type Existing struct {
	Found      bool
	Publishes  []Publishing
	Unreadable []FileProblem // of this file: what it does is not known
}

// LookAt says whether a file is there and what of it publishes, for the events that
// are asked about. A file is never written over on the word of this alone.
func LookAt(tree fs.FS, file string, events ...Event) (Existing, error) {
	var out Existing
	switch _, err := fs.Stat(tree, file); {
	case errors.Is(err, fs.ErrNotExist):
		return out, nil
	case err != nil:
		return out, err
	}
	out.Found = true
	for _, e := range events {
		p, err := Predict(tree, e)
		if err != nil {
			return out, err
		}
		out.add(p, e, file)
	}
	return out, nil
}

func (x *Existing) add(p Prediction, e Event, file string) {
	for _, wrong := range p.Problems {
		if wrong.File == file && !slices.Contains(x.Unreadable, wrong) {
			x.Unreadable = append(x.Unreadable, wrong)
		}
	}
	for _, j := range p.Jobs {
		for _, u := range j.Uploads {
			if a := j.Publishes(u); a != No && (j.File == file || u.File == file) {
				x.Publishes = append(x.Publishes, Publishing{e, j.Name, u.Line, u.Index, u.Trusted, u.Environment, a})
			}
		}
	}
}

// String says it in words. What a file says stands there as it is.
func (p Publishing) String() string {
	index, how, may := "PyPI", "a stored token", "publishes"
	if p.Index != "" {
		index = p.Index
	}
	if p.Trusted {
		how = "trusted publishing"
	}
	if p.Answer == Undecided {
		may = "may publish"
	}
	where := ""
	if p.Environment != "" {
		where = ", in environment " + p.Environment
	}
	return fmt.Sprintf("job %s %s to %s with %s%s, for %s", p.Job, may, index, how, where, p.Event.words())
}

func (e Event) words() string {
	if e.What != "push" {
		return e.What + " " + e.Ref
	}
	kind, name := refParts(e.Ref)
	return strings.TrimSpace("a push of the " + kind + " " + name)
}
