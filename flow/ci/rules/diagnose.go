package rules

import (
	"cmp"
	"io/fs"
	"slices"
)

// Severity says how much a diagnostic matters.
type Severity string

// The severities.
const (
	Fatal   Severity = "error"   // nothing, or something else than meant, would be published
	Warning Severity = "warning" // it publishes, with a risk that the text names
	Advice  Severity = "note"    // it works; there is a better way
)

// Diagnostic is something in a CI file that is wrong, or will be.
type Diagnostic struct {
	Code     string // stable, in kebab case: travis-condition-outside-on
	Severity Severity
	File     string
	Line     int
	Text     string // what is wrong and what comes of it
	Fix      string // what to do, in words; "" if there is nothing to do
	Edits    []Edit // that do it without asking anything; nil where a person must
}

// Edit replaces whole lines of a file: those from First on up to and including
// Last, counted from 1. First is Last+1 where lines are only put in.
type Edit struct {
	File        string
	First, Last int
	Lines       []string
}

// critics find what is wrong in the files of one service.
var critics = []func(*source, Event) ([]Diagnostic, error){}

// Diagnose finds what is wrong in the CI files of a tree, with a view to an
// event. The order is that of files and lines.
func Diagnose(tree fs.FS, e Event) ([]Diagnostic, error) {
	var out []Diagnostic
	for _, criticise := range critics {
		found, err := criticise(&source{tree}, e)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out, nil
}
