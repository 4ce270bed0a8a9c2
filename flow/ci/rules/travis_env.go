package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// envVar is a variable that the file sets. The value of an encrypted one is
// nobody's business here: it is neither known nor kept.
type envVar struct {
	name, raw string
	secret    bool
	line      int
}

// envEntry is what one entry of an env section sets: the variables of one job.
type envEntry []envVar

// secretName is a name whose value is not for the eye, encrypted or not.
var secretName = regexp.MustCompile(`(?i)pass|token|secret|credential|(?:^|_)(?:key|auth|pw|pwd)(?:_|$)`)

// shown puts an entry into words for a person, without what is secret.
func (e envEntry) shown() []string {
	var out []string
	for _, v := range e {
		switch {
		case v.secret:
			out = append(out, strings.TrimPrefix(v.name+"=(encrypted)", "="))
		case v.confidential():
			out = append(out, v.name+"=(hidden)")
		default:
			out = append(out, v.name+"="+strings.Trim(v.raw, `"'`))
		}
	}
	return out
}

// confidential says whether a value that stands in clear should not.
func (v envVar) confidential() bool {
	value := strings.Trim(v.raw, `"'`)
	return strings.HasPrefix(value, "pypi-") || secretName.MatchString(v.name) && value != "" && !strings.HasPrefix(value, "$")
}

// same compares what two entries set, wherever they stand.
func (e envEntry) same(other envEntry) bool { return e.id() == other.id() }

// id tells entries apart. Two encrypted values are the same one only if they
// stand in the same place.
func (e envEntry) id() string {
	var out []string
	for _, v := range e {
		if !v.secret {
			v.line = 0
		}
		out = append(out, fmt.Sprintf("%q=%q %d", v.name, v.raw, v.line))
	}
	return strings.Join(out, " ")
}

// travisEnv is an env section as Travis normalises it: what holds for every job,
// and the entries that each make a job of the matrix
// (travis-yml, schema/def/env.rb and doc/change/env_vars.rb).
type travisEnv struct {
	global envEntry
	jobs   []envEntry
	line   int
}

func readEnv(t tree) travisEnv {
	out := travisEnv{line: t.line()}
	if t.isMap() && (t.get("global").ok() || t.get("jobs", "matrix").ok()) {
		out.global = slices.Concat(envEntries(t.get("global"))...)
		out.jobs = envEntries(t.get("jobs", "matrix"))
		return out
	}
	out.jobs = envEntries(t)
	return out
}

// envEntries reads a list of entries, or one entry.
func envEntries(t tree) []envEntry {
	var out []envEntry
	for _, item := range t.list() {
		e := readEntry(item)
		for i := range e {
			e[i].line = max(e[i].line, item.line())
		}
		if len(e) > 0 {
			out = append(out, e)
		}
	}
	return out
}

func readEntry(t tree) envEntry {
	if !t.isMap() {
		return shellVars(t.text())
	}
	var out envEntry
	for _, p := range t.pairs() {
		switch {
		case p.key == "secure":
			out = append(out, envVar{secret: true, line: p.line})
		case p.value.isMap():
			out = append(out, envVar{name: p.key, secret: true, line: p.line})
		default:
			out = append(out, envVar{name: p.key, raw: p.value.text(), line: p.line})
		}
	}
	return out
}

var assignment = regexp.MustCompile(`^\s*([A-Za-z_]\w*)=`)

// shellVars reads A=1 B='two words'.
func shellVars(src string) envEntry {
	var out envEntry
	for len(out) < maxTokens {
		m := assignment.FindStringSubmatch(src)
		if m == nil {
			return out
		}
		src = src[len(m[0]):]
		end := valueEnd(src)
		out = append(out, envVar{name: m[1], raw: src[:end]})
		src = src[end:]
	}
	return out
}

// valueEnd finds where a value ends: at a blank that is not quoted.
func valueEnd(src string) int {
	var quote rune
	for i, c := range src {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.ContainsRune(" \t\r\n", c):
			return i
		}
	}
	return len(src)
}
