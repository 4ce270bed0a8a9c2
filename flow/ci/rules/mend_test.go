package rules

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// tabs is a critic that wants words to be spelled otherwise, line by line.
func tabs(src *source, _ Event) ([]Diagnostic, error) {
	text, err := fs.ReadFile(src, "a.yml")
	if err != nil {
		return nil, err
	}
	var out []Diagnostic
	for i, line := range strings.Split(string(text), "\n") {
		if now := strings.Replace(line, "colour", "color", 1); now != line {
			out = append(out, Diagnostic{Code: "spelling", File: "a.yml", Line: i + 1, Text: line, Edits: []Edit{{"a.yml", i + 1, i + 1, []string{strings.TrimSuffix(now, "\r")}}}})
		}
		if strings.HasPrefix(line, "stubborn") {
			out = append(out, Diagnostic{Code: "stubborn", File: "a.yml", Line: i + 1, Text: line, Edits: []Edit{{"a.yml", i + 1, i, []string{"# tried"}}}})
		}
		if strings.HasPrefix(line, "breaks") {
			out = append(out, Diagnostic{Code: "breaks", File: "a.yml", Line: i + 1, Text: line, Edits: []Edit{{"a.yml", i + 1, i + 1, []string{"\t- :"}}}})
		}
	}
	return out, nil
}

// with replaces the critics for the time of a test, which therefore is not parallel.
func with(t *testing.T, c func(*source, Event) ([]Diagnostic, error)) {
	old := critics
	critics = []func(*source, Event) ([]Diagnostic, error){c}
	t.Cleanup(func() { critics = old })
}

func TestMend(t *testing.T) {
	with(t, tabs)
	for _, c := range []struct{ name, was, is string }{
		{"nothing to do", "a: 1\n", ""},
		{"other lines keep every byte", "a:  1   # x\r\nb: colour\r\nc: \"2\"\r\n", "a:  1   # x\r\nb: color\r\nc: \"2\"\r\n"},
		{"one after the other", "a: colour colour\nb: colour", "a: color color\nb: color"},
	} {
		got, err := Mend(fstest.MapFS{"a.yml": {Data: []byte(c.was)}}, Event{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.is == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || string(got[0].New) != c.is || string(got[0].Old) != c.was {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

func TestMendGivesUp(t *testing.T) {
	with(t, tabs)
	for _, was := range []string{"stubborn: 1\n", "breaks: 1\n"} {
		got, err := Mend(fstest.MapFS{"a.yml": {Data: []byte(was)}}, Event{})
		if !errors.Is(err, ErrMendFailed) || got != nil {
			t.Errorf("%q: got %q, %v", was, got, err)
		}
	}
}

func TestEditsOutsideTheFile(t *testing.T) {
	t.Parallel()
	for _, e := range []Edit{{"f", 0, 0, nil}, {"f", 4, 4, nil}, {"f", 3, 1, nil}, {"f", 5, 4, nil}} {
		if got, err := e.apply([]byte("1\n2\n3\n")); !errors.Is(err, ErrMendFailed) {
			t.Errorf("%+v gave %q, %v", e, got, err)
		}
	}
	got, err := Edit{"f", 4, 3, []string{"4"}}.apply([]byte("1\n2\n3"))
	if err != nil || string(got) != "1\n2\n3\n4" {
		t.Errorf("got %q, %v", got, err)
	}
}
