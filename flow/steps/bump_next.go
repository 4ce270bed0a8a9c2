package steps

import (
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/pypi"
)

// next is the version that is meant. One that the commit has already stays where this
// bump made it: out of what the files said before, or of what the index has.
func (h *history) next(part string) (pypi.Version, error) {
	next, err := pypi.BumpVersion(h.now, part)
	if err != nil {
		return h.named(part)
	}
	if h.project.FromTag && !h.here {
		return next, nil
	}
	if len(h.page.Of(h.now.String())) > 0 {
		if h.here { // nothing was committed since it was released
			return h.now, nil
		}
		return next, nil
	}
	if h.here && h.project.FromTag {
		return h.now, nil
	}
	base, ok := h.page.NewestUpTo(h.now)
	if h.before != nil && leads(*h.before, part, h.now) || ok && leads(base, part, h.now) {
		return h.now, nil
	}
	return next, nil
}

func leads(from pypi.Version, part string, to pypi.Version) bool {
	v, err := pypi.BumpVersion(from, part)
	return err == nil && v.Equal(to)
}

// named is a version that the person gave.
func (h *history) named(text string) (pypi.Version, error) {
	v, err := pypi.ParseVersion(text)
	if err != nil {
		return v, usage(flow.CodeVersionBad, fmt.Sprintf("--bump %q is none of patch, minor, major and pre, and not a version by PEP 440", text), "ferry release --help")
	}
	if v.IsLocal() {
		return v, usage(flow.CodeVersionLocal, fmt.Sprintf("Version %s is a local version, which an index refuses", v), "ferry release --help")
	}
	if v.Equal(h.now) || v.Compare(h.now) > 0 {
		return v, nil
	}
	return v, h.older(fmt.Sprintf("Version %s is older than %s, which the commit has (%s)", v, h.now, h.project.VersionSource), "ferry release --bump patch")
}

// newEnough holds the version against the newest on the index, unless the person
// named it a second time: then a back-port is meant.
func (h *history) newEnough(in Intent, part string, v pypi.Version) error {
	if in.Version != "" && !sameVersion(in.Version, v.String()) {
		return &flow.Problem{Code: flow.CodeVersionOther, Class: flow.ClassConflict, Retry: flow.RetrySafe,
			Text: fmt.Sprintf("--bump %s makes version %s, not %s", part, v, in.Version), Now: nothingEdited(), Next: []string{"ferry release --bump " + in.Version}}
	}
	_, latest := h.page.Newest()
	last, err := pypi.ParseVersion(latest)
	if err != nil || in.Version != "" || v.Compare(last) > 0 || v.Equal(h.now) {
		return nil //nolint:nilerr // nothing is there to be newer than
	}
	return h.older(fmt.Sprintf("Version %s is not newer than %s, which is on %s", v, last, h.w.Index.Label()), fmt.Sprintf("ferry release %s --bump %s", v, v))
}

func (h *history) older(text, next string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeBumpOlder, Class: flow.ClassFailed, Retry: flow.RetryNewVersion, Text: text, Now: nothingEdited(), Next: []string{next}}
}

// uneditable: no one place states the version in plain text.
func uneditable(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeBumpPlace, Class: flow.ClassFailed, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The version cannot be put into a file: %v", err), Now: nothingEdited(), Next: []string{"git grep -n version"}}
	var no *pypi.UneditableError
	if errors.As(err, &no) && no.Source != "" {
		p.Next = append([]string{sourceCommand(no.Source)}, p.Next...)
	}
	return p
}

// untaggedBump: there is no version yet that another could follow.
func untaggedBump(p pypi.Project) *flow.Problem {
	q := usage(flow.CodeNoVersion, fmt.Sprintf("The version of %s comes from a tag (%s), and there is none that makes a version: name the first one", p.Name, p.Dynamic), "")
	q.Next = nameIt("")
	return q
}
