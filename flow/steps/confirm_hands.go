package steps

import (
	"fmt"

	"ferry/flow"
	"ferry/pypi"
)

// What the pages that a release reads anyway tell beyond its files: whether the
// project still counts, and whether somebody stopped saying who publishes it. The
// rest is for `ferry verify`, which may ask more.

// withdrawn: the index says that nobody should count on the project, and offers
// no file of it any more.
func (s ConfirmIndex) withdrawn(page pypi.Page) *flow.Problem {
	return &flow.Problem{Code: flow.CodeWithdrawn, Class: flow.ClassConflict, Retry: flow.RetryUnknown,
		Text: fmt.Sprintf("The project %s is %s on %s", s.Target.Name, projectStatus(page), s.World.Index.Label()),
		Now:  []string{"no release of it is confirmed as long as it is", standings()[page.Project].means},
		Next: []string{s.verifyCommand(), "ferry status"}}
}

// unattested names the files that do not say who published them, although the
// release before did.
func unattested(e evidence) (names []string) {
	page := e.simple().page
	if !saidBefore(page, e.target.Version) {
		return nil
	}
	for _, f := range e.simple().files {
		if f.Provenance == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// saidBefore: a file of the newest release that is older says who published it.
func saidBefore(page pypi.Page, version string) bool {
	for _, f := range page.Of(versionBefore(page, version)) {
		if f.Provenance != "" {
			return true
		}
	}
	return false
}

// versionBefore is the newest version on a page that is older than another; "" if
// there is none.
func versionBefore(page pypi.Page, version string) string {
	here, err := pypi.ParseVersion(version)
	if err != nil {
		return ""
	}
	var last pypi.Version
	found := ""
	for _, f := range page.Files {
		d, err := pypi.ParseFilename(f.Name)
		if err != nil {
			continue
		}
		v, err := pypi.ParseVersion(d.Version)
		if err == nil && v.Compare(here) < 0 && (found == "" || v.Compare(last) > 0) {
			last, found = v, v.String()
		}
	}
	return found
}

func (s ConfirmIndex) unattested(e evidence) *flow.Problem {
	before := versionBefore(e.simple().page, s.Target.Version)
	p := &flow.Problem{Code: flow.CodeUnattested, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("%s %s does not say who published it, and %s did", s.Target.Name, s.Target.Version, before),
		Now:  []string{"the files are published, without the provenance that those before them had", "whoever has a token can publish so; a trusted publisher cannot"},
		Next: []string{s.verifyCommand(), "ferry status"}}
	for _, name := range unattested(e) {
		p.Lines = append(p.Lines, name+": no provenance")
	}
	return p
}

func (s ConfirmIndex) verifyCommand() string {
	return s.World.verifyAgain(Again{}, s.Target.Name, s.Target.Version)
}

// leftToVerify says what a confirmed release was not held against.
func leftToVerify(t Target) flow.Fact {
	return flow.Fact{Witness: "ferry", About: t.Name + " " + t.Version,
		Says: "not checked here: metadata, contents, the project's page, publisher and attested commit; ferry verify does"}
}
