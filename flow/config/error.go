package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Error is one thing that is wrong with one setting. Key and Text may hold text
// from a file, which a front end must make visible before it shows it.
type Error struct {
	File       string // the file, or "env NAME" or "flag --name"; "" if none says it
	Line       int    // 0 if it has none
	Key        string // "" if the file as a whole is meant
	Text       string // what is wrong, without the key
	Suggestion string // what was probably meant; "" if nothing is near
}

// Error gives "ferry.toml:3: release.brnach: unknown key; did you mean release.branch?".
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			b.WriteString(":" + strconv.Itoa(e.Line))
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Text)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %s?", e.Suggestion)
	}
	return b.String()
}

func unknownKey(key, where string, line int) *Error {
	e := &Error{File: where, Line: line, Key: key, Text: "unknown key"}
	if last(key) == "yes" {
		e.Text = "cannot be set; --yes=VERSION is typed for each release"
		return e
	}
	e.Suggestion = nearestKey(key)
	return e
}

// nearestKey finds the key that was probably meant, also when it stands in the
// wrong table or is written with underscores.
func nearestKey(key string) string {
	best, least := "", 4
	for _, s := range specs() {
		known := s.key
		if parts := strings.Split(key, "."); s.named() && len(parts) > 2 {
			known = strings.Replace(known, "*", strings.Join(parts[1:len(parts)-1], "."), 1)
		}
		d := min(distance(plainKey(key), known), distance(plainKey(last(key)), last(known))+1)
		if d < least && d <= 1+len(last(known))/3 {
			best, least = known, d
		}
	}
	return strings.Replace(best, "*", "NAME", 1)
}

func nearestWord[T any](word string, known map[string]T) string {
	best, least := "", 3
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

func plainKey(key string) string { return strings.ToLower(strings.ReplaceAll(key, "_", "-")) }

func last(key string) string { return key[strings.LastIndex(key, ".")+1:] }

// distance counts the letters to insert, remove or replace. Long words are far
// from everything: whoever sends one does not get to make us compare it.
func distance(a, b string) int {
	if len(a) > 100 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j], row[j+1]) + 1
			if a[i] == b[j] {
				next = diagonal
			} else {
				next = min(next, diagonal+1)
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
