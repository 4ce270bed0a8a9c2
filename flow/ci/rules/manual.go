package rules

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Manual is a CI file that a person, or a program for one, can start by hand.
type Manual struct {
	Provider, File string
	Line           int // of what says so; 0 where the whole file does
	Inputs         []Input
}

// Input is a value that is asked for when a file is started by hand.
type Input struct {
	Name, Type string // string, boolean, choice, number or environment
	Line       int
	Required   bool
	Default    string // "" is none
	Options    []string
}

// Manuals lists the CI files of a tree that can be started by hand. The host is the
// remote's: it says whose workflows they are where the tree does not. Files that
// cannot be read, or that their service refuses, are none.
func Manuals(tree fs.FS, host string) ([]Manual, error) {
	src := &source{tree}
	var out []Manual
	for _, f := range workflowFolders(src, host, &Prediction{}) {
		sim := newSimulation(src, f, Event{Host: host})
		if err := sim.load(); err != nil {
			return nil, err
		}
		for _, w := range sim.files {
			if t, ok := w.trigger(manualEvent); ok && len(w.refused) == 0 {
				out = append(out, Manual{f.provider(), w.file, t.line, inputsOf(t.with)})
			}
		}
	}
	return withGitLab(src, host, out)
}

const manualEvent = "workflow_dispatch"

// withGitLab adds the file that every pipeline of GitLab is of.
func withGitLab(src *source, host string, out []Manual) ([]Manual, error) {
	_, err := fs.Stat(src, gitlabFile)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && foreignToGitLab(Event{Host: host}):
		return out, nil
	case err != nil:
		return nil, err
	}
	return append(out, Manual{Provider: "gitlab", File: gitlabFile}), nil
}

// inputsOf are the inputs of a workflow_dispatch. One without a type is a text.
func inputsOf(with tree) []Input {
	var out []Input
	for _, p := range with.get("inputs").pairs() {
		required, _ := p.value.get("required").truth()
		out = append(out, Input{Name: p.key, Type: cmp.Or(p.value.get("type").text(), "string"), Line: p.line,
			Required: required, Default: p.value.get("default").text(), Options: p.value.get("options").texts()})
	}
	return out
}

// Wrong says why the service refuses a start with these values; "" if it does not.
// The words are GitHub's.
func (m Manual) Wrong(values map[string]string) string {
	for name := range values {
		if !slices.ContainsFunc(m.Inputs, func(i Input) bool { return strings.EqualFold(i.Name, name) }) {
			return `Unexpected inputs provided: ["` + name + `"]`
		}
	}
	for _, i := range m.Inputs {
		v, given := values[i.Name]
		switch {
		case !given && i.Required && i.Default == "":
			return "Required input '" + i.Name + "' not provided"
		case given && i.Type == "choice" && !slices.Contains(i.Options, v):
			return "Provided value '" + v + "' for input '" + i.Name + "' not in the list of allowed values"
		}
	}
	return ""
}

// ByAPI is the start of one file through the API of its service.
type ByAPI struct {
	File   string
	Inputs map[string]string // those that are given a value
}

// elsewhere says whether an event is the start of another file than this.
func (e Event) elsewhere(file string) bool {
	return e.asked() && e.ByAPI.File != file
}

func (e Event) asked() bool { return e.What == manualEvent && e.ByAPI != nil }

// filled puts the values of a start over what an input is without one. In the
// context of inputs only a boolean is no text.
func filled(inputs map[string]exprValue, with tree, by *ByAPI) map[string]exprValue {
	if by == nil {
		return inputs
	}
	for _, i := range inputsOf(with) {
		v, ok := by.Inputs[i.Name]
		switch {
		case !ok:
		case i.Type == "boolean":
			inputs[strings.ToLower(i.Name)] = boolValue(v == "true")
		default:
			inputs[strings.ToLower(i.Name)] = textValue(v)
		}
	}
	return inputs
}
