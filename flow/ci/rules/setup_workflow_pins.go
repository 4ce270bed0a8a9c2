package rules

import "strings"

// Pin is an action at the commit that a version of it was made from.
type Pin struct{ Action, Commit, Version string }

// pins are the actions of the workflows that are written here. Whoever can move a
// tag runs code next to the credentials of a release, so none is named by its tag.
//
// Read on 21 November 2026: those of actions/ from the tags of stored copies of
// their repositories (v7.0.1 and v7.0.0 of July, v7.0.0 of February, v8.0.1 of
// March 2026). The stored copy of pypa/gh-action-pypi-publish ends at v1.8.14; that
// its tag v1.14.2 is this commit is said by several projects that looked it up, one
// of them in github.com/benchopt/benchopt/pull/1012. Versions of it before 1.13.0
// have GHSA-vxmw-7h4f-hqxh, those before 1.14.2 refuse metadata of version 2.5.
var pins = []Pin{
	{"actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"},
	{"actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"},
	{"actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"},
	{"actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"},
	{publishAction, "dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "v1.14.2"},
}

// Pins are the actions that Workflow uses.
func Pins() []Pin { return append([]Pin(nil), pins...) }

// uses is an action as a step names it, with its version as a comment, which bots
// that move pins keep up to date.
func uses(action string) string {
	for _, p := range pins {
		if strings.HasSuffix(p.Action, "/"+action) {
			return p.Action + "@" + p.Commit + " # " + p.Version
		}
	}
	return ""
}
