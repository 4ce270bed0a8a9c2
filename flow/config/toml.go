package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// line is one key of a file, with its value as TOML has it.
type line struct {
	file   string
	path   []string
	value  any
	number int
}

func (l line) key() string { return strings.Join(l.path, ".") }

// tomlLines gives the keys below a table, and whether the table is there at all.
func tomlLines(text []byte, file, table string) ([]line, bool, error) {
	doc := map[string]any{}
	if err := toml.Unmarshal(text, &doc); err != nil {
		return nil, false, syntax(err, file)
	}
	numbers := lineNumbers(text)
	for _, part := range strings.FieldsFunc(table, func(r rune) bool { return r == '.' }) {
		below, ok := doc[part].(map[string]any)
		if !ok {
			return nil, false, nil
		}
		doc = below
	}
	var out []line
	flatten(doc, nil, func(path []string, value any) {
		full := strings.Join(path, "\x00")
		if table != "" {
			full = strings.ReplaceAll(table, ".", "\x00") + "\x00" + full
		}
		out = append(out, line{file, path, value, numbers[full]})
	})
	slices.SortStableFunc(out, func(a, b line) int { return a.number - b.number })
	return out, true, nil
}

// syntax keeps the place and the reason, and no text of the file.
func syntax(err error, file string) *Error {
	e := &Error{File: file, Text: "is not valid TOML"}
	var d *toml.DecodeError
	if errors.As(err, &d) {
		e.Line, _ = d.Position()
	}
	return e
}

func flatten(table map[string]any, path []string, emit func([]string, any)) {
	for _, k := range slices.Sorted(maps.Keys(table)) {
		full := append(slices.Clone(path), k)
		if below, ok := table[k].(map[string]any); ok && len(below) > 0 {
			flatten(below, full, emit)
			continue
		}
		emit(full, table[k])
	}
}

// entry judges the line.
func (l line) entry() (entry, error) {
	s, _, ok := find(l.key())
	switch {
	case l.isTable():
		return entry{}, l.wrong("is a table")
	case !ok || l.quoted():
		return entry{}, unknownKey(l.key(), l.file, l.number)
	}
	text, ok := asText(s.as.wants, l.value)
	if !ok {
		return entry{}, l.wrong("wants a " + s.as.wants + ", is " + typeName(l.value))
	}
	return parse(l.key(), text, l.file, l.number)
}

// isTable says whether a table of ours is called as the key is.
func (l line) isTable() bool {
	for _, s := range specs() {
		if s.table() == l.path[0] && (len(l.path) == 1 || s.named() && len(l.path) == 2) {
			return true
		}
	}
	return false
}

func (l line) emptyTable() bool {
	t, ok := l.value.(map[string]any)
	return ok && len(t) == 0 && l.isTable()
}

// quoted tells "release.branch" = … from release.branch = …: only the name in
// the middle may hold dots.
func (l line) quoted() bool {
	for i, p := range l.path {
		if strings.Contains(p, ".") && (i != 1 || len(l.path) != 3) {
			return true
		}
	}
	return false
}

func (l line) wrong(text string) *Error {
	return &Error{File: l.file, Line: l.number, Key: l.key(), Text: text}
}

func asText(wants string, value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, wants != "boolean"
	case bool:
		return fmt.Sprint(v), wants == "boolean"
	case []any:
		words := make([]string, len(v))
		for i := range v {
			w, ok := v[i].(string)
			if !ok || strings.Contains(w, ",") {
				return "", false
			}
			words[i] = w
		}
		return strings.Join(words, ","), wants == "list"
	}
	return "", false
}

func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case []any:
		return "a list of something else"
	case map[string]any:
		return "a table"
	case time.Time, toml.LocalDate, toml.LocalTime, toml.LocalDateTime:
		return "a date"
	}
	return "something else"
}

// lineNumbers says on which line each key and table starts. Keys are joined
// with NUL, which no key holds. The text has been parsed once already.
func lineNumbers(text []byte) map[string]int {
	w := walker{numbers: map[string]int{}}
	w.p.Reset(text)
	var table []string
	for w.p.NextExpression() {
		e := w.p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = w.key(nil, e)
		case unstable.KeyValue:
			w.keyValue(table, e)
		}
	}
	return w.numbers
}

type walker struct {
	p       unstable.Parser
	numbers map[string]int
}

// key records the key of a table or of a key-value and gives its full path.
func (w *walker) key(table []string, n *unstable.Node) []string {
	path, number := slices.Clone(table), 0
	for it := n.Key(); it.Next(); {
		k := it.Node()
		path = append(path, string(k.Data))
		if number == 0 {
			number = w.p.Shape(k.Raw).Start.Line
		}
		full := strings.Join(path, "\x00")
		if w.numbers[full] == 0 {
			w.numbers[full] = number
		}
	}
	return path
}

func (w *walker) keyValue(table []string, n *unstable.Node) {
	path := w.key(table, n)
	if v := n.Value(); v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			w.keyValue(path, it.Node())
		}
	}
}
