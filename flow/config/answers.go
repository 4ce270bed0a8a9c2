package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
)

// Answers reads a file of answers to questions: TOML, a key for each question and
// no tables. keys are those there are. yes and no may be written as true and false.
func Answers(file string, keys []string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &Error{File: file, Text: "cannot be read: " + reason(err)}
	}
	defer func() { _ = f.Close() }()
	text, err := readAll(f, file)
	if err != nil {
		return nil, err
	}
	lines, _, err := tomlLines(text, file, "")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, l := range lines {
		v, err := l.answer(keys)
		if err != nil {
			return nil, err
		}
		out[l.key()] = v
	}
	return out, nil
}

func (l line) answer(keys []string) (string, error) {
	if !slices.Contains(keys, l.key()) {
		known := maps.Collect(func(yield func(string, bool) bool) {
			for _, k := range keys {
				if !yield(k, true) {
					return
				}
			}
		})
		return "", &Error{File: l.file, Line: l.number, Key: l.key(), Text: "is no question", Suggestion: nearestWord(plainKey(l.key()), known)}
	}
	switch v := l.value.(type) {
	case string:
		return v, nil
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v], nil
	}
	return "", &Error{File: l.file, Line: l.number, Key: l.key(), Text: fmt.Sprintf("wants a text, not %v", l.value)}
}
