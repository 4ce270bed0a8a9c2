// Package config says how a release is to be made: what the command line, the
// environment, the project's file and the user's file ask for, in this order,
// and else the default. Every setting knows where it came from.
//
// A project file travels with the repository, so whoever may send a change may
// write it. It therefore cannot set what belongs to the person: the face (ui),
// the pace (wait), and a yes to anything.
package config

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Config is every setting after merging. Make it with Load.
type Config struct {
	Release Release
	Index   map[string]Index
	CI      CI
	UI      UI
	Wait    Wait
	Package map[string]Package

	settings map[string]entry
}

// Release is the table [release].
type Release struct {
	Trigger    string // auto, branch, tag, release, dispatch or external
	Branch     string // pattern without refs/heads/; see BranchRef
	Tag        string // pattern without refs/tags/; see TagRef
	Remote     string
	Index      string   // the name of the index that is released to
	Staging    string   // the name of the index that must hold the files first; "" for none
	Artifacts  []string // sdist, wheel; nil: what the publishing run made
	KeepBranch bool
	Claim      bool
	Timeout    time.Duration // where Origin says default, the last builds may say better

	Notes       string // of the git host's release: auto, changelog, host or none
	HostRelease string // whether it is made after a release by tag: auto, yes or no
}

// Index is a table [index.NAME].
type Index struct {
	Upload, Simple string
	JSON           string // "" where the index has no JSON API
}

// CI is the table [ci].
type CI struct {
	Provider []string // "auto" or "none" alone, or the providers to watch
	URL      string   // of the API; "" for the provider's own
	UI       string   // where people look at builds; "" for the provider's own

	Configuration string // QuickBuild's, by its path; "" where none is meant
}

// UI is the table [ui].
type UI struct {
	Face                      string // auto, tui, lines, plain, json or quiet
	Color                     string // auto, always or never
	ASCII, Motion, Accessible bool
}

// Wait is the table [wait]: the pace at which the world is looked at.
type Wait struct {
	Every      time.Duration // between two looks at what is underway
	Settle     time.Duration // until the look after a deletion
	SecondLook time.Duration // until a push that shows nothing counts as not landed
	Fresh      time.Duration // how old a reading may be that a step acts on
}

// Package is a table [package.NAME].
type Package struct {
	Path string // its folder, from the repository's root
}

// Sources says where settings are read.
type Sources struct {
	Project fs.FS                   // the root of the tree; nil if there is none
	User    string                  // the user's file, which must exist; "" for the usual place
	Env     func(key string) string // as os.Getenv
	Flags   map[string]string       // dotted key to text, as in "release.trigger": "branch"
}

// Setting is one key of the merged configuration.
type Setting struct{ Key, Value, Origin string }

// Load reads and merges the sources. What is wrong with one comes as an *Error.
func Load(s Sources) (Config, error) {
	if s.Env == nil {
		s.Env = func(string) string { return "" }
	}
	user, err := userEntries(s)
	if err != nil {
		return Config{}, err
	}
	project, err := projectEntries(s.Project)
	if err != nil {
		return Config{}, err
	}
	merged := merge(defaults(), user, project)
	env, err := envEntries(s.Env, merged)
	if err != nil {
		return Config{}, err
	}
	flags, err := flagEntries(s.Flags)
	if err != nil {
		return Config{}, err
	}
	c := build(merge(values(merged), env, flags))
	return c, c.checkIndexes()
}

// Origin says where a key's value came from: "flag --by", "env FERRY_TIMEOUT",
// "ferry.toml:12", "~/.config/ferry/config.toml:3" or "default".
func (c Config) Origin(key string) string {
	e, ok := c.settings[key]
	if !ok {
		return "default"
	}
	return e.origin()
}

// FromProject says whether a setting comes from a file of the project, which
// whoever may send a change to the project may write.
func (c Config) FromProject(key string) bool {
	origin := c.Origin(key)
	return strings.HasPrefix(origin, "ferry.toml") || strings.HasPrefix(origin, "pyproject.toml")
}

// All gives every setting, sorted by key.
func (c Config) All() []Setting {
	out := make([]Setting, 0, len(c.settings))
	for k, e := range c.settings {
		out = append(out, Setting{k, e.value, e.origin()})
	}
	slices.SortFunc(out, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

func build(settings map[string]entry) Config {
	c := Config{Index: map[string]Index{}, Package: map[string]Package{}, settings: settings}
	for _, e := range settings {
		e.spec.set(&c, e.name, e.value)
	}
	return c
}
