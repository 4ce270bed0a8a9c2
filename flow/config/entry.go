package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// entry is one key as one source sets it.
type entry struct {
	spec  spec
	key   string // dotted, with the name in the place of *
	name  string // what stands in the place of *
	value string // in normal form
	where string // file, "env NAME", "flag --name" or "default"
	line  int
}

func (e entry) origin() string {
	if e.line == 0 {
		return e.where
	}
	return e.where + ":" + strconv.Itoa(e.line)
}

// merge lets later layers win.
func merge(layers ...[]entry) map[string]entry {
	m := map[string]entry{}
	for _, l := range layers {
		for _, e := range l {
			m[e.key] = e
		}
	}
	return m
}

func values(m map[string]entry) []entry { return slices.Collect(maps.Values(m)) }

// parse makes an entry of a text that was written for a key.
func parse(key, text, where string, line int) (entry, error) {
	s, name, ok := find(key)
	if !ok {
		return entry{}, unknownKey(key, where, line)
	}
	value, wrong := s.as.parse(text)
	if wrong != "" {
		return entry{}, &Error{File: where, Line: line, Key: key, Text: wrong}
	}
	return entry{s, key, name, value, where, line}, nil
}

func defaults() []entry {
	var out []entry
	for _, s := range specs() {
		if !s.named() {
			out = append(out, entry{spec: s, key: s.key, value: s.value, where: "default"})
		}
	}
	for key, url := range builtIn() {
		s, name, _ := find(key)
		out = append(out, entry{spec: s, key: key, name: name, value: url, where: "default"})
	}
	return out
}

func builtIn() map[string]string {
	return map[string]string{
		"index.pypi.upload": "https://upload.pypi.org/legacy/",
		"index.pypi.simple": "https://pypi.org/simple/",
		"index.pypi.json":   "https://pypi.org/pypi/",

		"index.testpypi.upload": "https://test.pypi.org/legacy/",
		"index.testpypi.simple": "https://test.pypi.org/simple/",
		"index.testpypi.json":   "https://test.pypi.org/pypi/",
	}
}

// envEntries asks for the variable of every key there can be: an environment
// may hold anything, so what is not asked for is no mistake.
func envEntries(env func(string) string, known map[string]entry) ([]entry, error) {
	var out []entry
	for _, key := range askable(known) {
		for _, name := range variables(key) {
			text := env(name)
			if text == "" {
				continue
			}
			e, err := parse(key, text, "env "+name, 0)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			break
		}
	}
	return out, nil
}

// askable gives the keys that can be set: all fixed ones, and those of the
// indexes and packages that some file or the program itself declares.
func askable(known map[string]entry) []string {
	keys := map[string]bool{}
	for _, e := range known {
		for _, s := range specs() {
			switch {
			case !s.named():
				keys[s.key] = true
			case e.name != "" && s.table() == e.spec.table():
				keys[strings.Replace(s.key, "*", e.name, 1)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// variables gives the names under which a key may stand in the environment.
func variables(key string) []string {
	long := "FERRY_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
	switch key {
	case "release.timeout":
		return []string{long, "FERRY_TIMEOUT"}
	case "ui.face":
		return []string{long, "FERRY_PROGRESS"}
	case "ui.accessible":
		return []string{long, "FERRY_ACCESSIBLE"}
	}
	return []string{long}
}

func flagEntries(flags map[string]string) ([]entry, error) {
	var out []entry
	for _, key := range slices.Sorted(maps.Keys(flags)) {
		e, err := parse(key, flags[key], "flag "+flagName(key), 0)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// flagName is what the person typed: few flags are called as their key.
func flagName(key string) string {
	switch key {
	case "release.trigger":
		return "--by"
	case "ui.face":
		return "--progress"
	}
	return "--" + key[strings.LastIndex(key, ".")+1:]
}
