package pypi

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxVersionFile is long for a file that says a version.
const maxVersionFile = 16 << 10

// harmlessVersion says whether a file that a version tool wrote does nothing but
// say a version: another file at its place could do anything.
func harmlessVersion(file, text string) bool {
	if len(text) > maxVersionFile {
		return false
	}
	if path.Ext(file) != ".py" {
		return path.Ext(file) != ".pth" && strings.Count(text, "\n") <= 20
	}
	return harmless(text, []string{"typing", "json"}, []string{"get_versions", "loads"})
}

// harmlessSetup says whether a setup.py is what poetry, flit and hatchling write
// for old tools: values, and one call of setup().
func (m maker) harmlessSetup(text string) bool {
	modules, calls := []string{"setuptools", "distutils"}, []string{"setup", "core"} // distutils.core
	if script := m.pp.text("tool", "poetry", "build", "script"); script != "" {
		modules, calls = append(modules, strings.TrimSuffix(script, ".py")), append(calls, "build")
	}
	return harmless(text, modules, calls)
}

// harmless: the source imports and calls nothing but what is named. Loops and
// operators on plain values are left to it.
func harmless(text string, modules, calls []string) bool {
	tokens, err := tokenize("", unixLines(text))
	if err != nil {
		return false
	}
	modules = append(modules, "__future__")
	for i, t := range tokens {
		switch {
		case t.kind == tokString && !t.plain: // a formatted one can hold any expression
			return false
		case t.is(".") && i+1 < len(tokens) && tokens[i+1].kind == tokName && !slices.Contains(calls, tokens[i+1].text):
			return false // what a module holds, others may use
		case t.is("@") || t.kind == tokName && slices.Contains(reaching(), t.text):
			return false
		case t.name("import") && !imports(tokens, i, modules):
			return false
		case t.is("(") && i > 0 && called(tokens[i-1]) && !slices.Contains(calls, tokens[i-1].text):
			return false
		}
	}
	return true
}

// reaching are names by which everything can be had, or which call without brackets.
func reaching() []string {
	return []string{"__builtins__", "__import__", "__loader__", "__spec__", "exec", "eval", "class", "lambda", "with", "del", "async", "await", "globals", "locals", "vars",
		"getattr", "setattr", "open", "compile", "input", "breakpoint", "type"}
}

// imports wants the import at i to be of one of the modules.
func imports(tokens []token, i int, modules []string) bool {
	start := i
	for start > 0 && !tokens[start-1].isLine() && !tokens[start-1].is(":") {
		start--
	}
	end := i
	for end < len(tokens) && !tokens[end].isLine() {
		end++
	}
	if tokens[start].name("from") {
		return start+1 < i && slices.Contains(modules, tokens[start+1].text)
	}
	return start == i && end == i+2 && slices.Contains(modules, tokens[i+1].text)
}

// called says whether a bracket behind the token would be a call.
func called(t token) bool {
	keyword := slices.Contains([]string{"if", "in", "is", "and", "or", "not", "elif", "else", "return", "yield", "for", "while", "assert", "import"}, t.text)
	return t.kind == tokName && !keyword || t.kind == tokString || t.is(")") || t.is("]") || t.is("}")
}

// versionLine is a line that states a version and nothing else.
var versionLine = regexp.MustCompile(`^(\s*["']?(?:__version__|version|VERSION)["']?\s*(?::\s*\w+\s*)?[=:]\s*)(?:"[^"\\]*"|'[^'\\]*')\s*,?$`)

// sameButVersion: the texts differ in nothing but versions that are stated in a
// line of their own.
func sameButVersion(before, after string) bool {
	a, b := strings.Split(unixLines(before), "\n"), strings.Split(unixLines(after), "\n")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		was, is := versionLine.FindStringSubmatch(a[i]), versionLine.FindStringSubmatch(b[i])
		if a[i] != b[i] && (was == nil || is == nil || was[1] != is[1]) {
			return false
		}
	}
	return true
}
