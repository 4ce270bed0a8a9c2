package pypi

import (
	"fmt"
	"slices"
	"strings"
)

// setupCall is what the setup() call of a setup.py states in plain text.
type setupCall struct {
	name, version found
	configured    bool // a plugin's settings are among its arguments
	followed      bool // all that leads to it was
}

const computed = "setup.py computes it"

// readSetupPy looks at the one setup() call of a setup.py. Its name and version
// count when they are strings, or constants the file assigns exactly once.
// What they are is left open where setup() may be anything but setuptools' own.
func readSetupPy(src string) (setupCall, error) {
	tokens, err := tokenize(pyFile, src)
	if err != nil {
		return setupCall{}, err
	}
	calls := setupCalls(tokens)
	if len(calls) != 1 {
		return setupCall{version: found{dynamic: computed}}, nil
	}
	args, spread := arguments(tokens, calls[0])
	s := setupCall{name: value(tokens, args["name"]), version: value(tokens, args["version"])}
	s.name.dynamic = ""
	if args["version"] == nil {
		s.version = versionByKeyword(args, spread)
		s.configured = args["use_scm_version"] != nil && !args["use_scm_version"][0].name("True")
	} else if plugin := versionByKeyword(args, false); plugin.fromTag {
		s.version = byTag(plugin.rule.besides(s.version))
	} else if plugin.dynamic != "" {
		s.version = plugin
	} else if asksVersioneer(tokens, args["version"]) {
		s.version = found{dynamic: "versioneer", fromTag: true}
	}
	if !plainSetup(tokens) {
		s.leaveOpen()
	}
	return s, nil
}

// leaveOpen takes back what is stated in plain text.
func (s *setupCall) leaveOpen() {
	s.name = found{}
	if s.version.text != "" || s.version == (found{}) {
		s.version = found{dynamic: computed}
	}
}

// setupPy reads a setup.py, and follows it for what it does not plainly state.
func (t tree) setupPy(src string, local bool) (setupCall, error) {
	s, err := readSetupPy(src)
	if err != nil {
		return s, err
	}
	if s.name.text == "" || s.version.dynamic == computed || s.version == (found{}) {
		s = t.followSetupPy(src, local, s)
	}
	return t.distrust(src, s), nil
}

// distrust leaves open what setuptools is given where a build may make something
// else of it.
func (t tree) distrust(src string, s setupCall) setupCall {
	tokens, err := tokenize(pyFile, src)
	if err != nil {
		return s
	}
	sources := t.reached(tokens)
	name, version := tampered(sources)
	blind := !s.followed && sources[0].mentions("exec") && !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == tokString && strings.HasSuffix(t.text, ".py") })
	odd := blind || otherwiseWritten(src) || slices.ContainsFunc(tokens, func(t token) bool { return t.kind == tokName && !isASCII(t.text) })
	if name || odd {
		s.name = found{}
	}
	if (version || odd) && (s.version.text != "" || s.version == (found{})) {
		s.version = found{dynamic: computed}
	}
	return s
}

// asksVersioneer knows the call of versioneer that gives its version, and nothing
// that makes anything else of it.
func asksVersioneer(tokens, expr []token) bool {
	if len(expr) == 1 && bindings(tokens, expr[0].text) == 1 {
		expr, _, _ = assigned(tokens, expr[0].text)
	}
	switch spelt(expr) {
	case "versioneer.get_version()", "versioneer.get_versions()[version]":
		return true
	case "get_version()":
		for i := range tokens {
			if spelt(tokens[i:min(i+4, len(tokens))]) == "fromversioneerimportget_version" {
				return bindings(tokens, "get_version") == 1
			}
		}
	}
	return false
}

func spelt(expr []token) string {
	text := ""
	for _, t := range expr {
		text += t.text
	}
	return text
}

// versionByKeyword knows the plugins that a keyword of setup() turns on.
func versionByKeyword(args map[string][]token, spread bool) found {
	switch {
	case args["use_scm_version"] != nil && !isFalse(args["use_scm_version"]):
		return byTag(keywordRule(args["use_scm_version"]))
	case args["pbr"] != nil && !isFalse(args["pbr"]):
		return byTag(pbrRule())
	case args["setuptools_git_versioning"] != nil || args["version_config"] != nil:
		return byTag(gitVersioningRule())
	case args["vcversioner"] != nil:
		return byTag(unknownRule("vcversioner"))
	case args["use_calver"] != nil:
		return found{dynamic: "calver"}
	case args["use_incremental"] != nil:
		return found{dynamic: "incremental"}
	case spread:
		return found{dynamic: computed}
	}
	return found{}
}

// keywordRule is the rule that use_scm_version=… sets: True, or the settings in
// a plain dictionary.
func keywordRule(expr []token) *tagRule {
	const tool = "setuptools-scm"
	if len(expr) == 1 && expr[0].name("True") {
		return scmRule(tool, nil)
	}
	settings, ok := dictionary(expr)
	if !ok {
		return notPlain(tool, "what setup.py computes")
	}
	return scmRule(tool, settings)
}

// computedOption stands for a setting that is no plain string.
type computedOption struct{}

// dictionary reads {"key": value, …}, of which only plain strings are known.
func dictionary(expr []token) (options, bool) {
	if len(expr) < 2 || !expr[0].is("{") || !closes(expr) {
		return nil, false
	}
	all := options{}
	inside := expr[0].depth + 1
	for rest := expr[1 : len(expr)-1]; len(rest) > 0; {
		end := slices.IndexFunc(rest, func(t token) bool { return t.depth == inside && t.is(",") })
		if end < 0 {
			end = len(rest)
		}
		if end < 3 || !rest[0].plain || !rest[1].is(":") {
			return nil, false
		}
		all[rest[0].text] = computedOption{}
		if text, ok := literal(rest[2:end]); ok {
			all[rest[0].text] = text
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return all, true
}

func isFalse(expr []token) bool { return len(expr) == 1 && expr[0].name("False") }

// setupCalls gives the places of the brackets that open a call of setup.
func setupCalls(tokens []token) []int {
	var at []int
	for i := range tokens {
		if i == 0 || !tokens[i].is("(") || !tokens[i-1].name("setup") {
			continue
		}
		if i > 1 && tokens[i-2].name("def") {
			continue
		}
		at = append(at, i)
	}
	return at
}

// arguments gives the keyword arguments of a call, and whether it also spreads
// a mapping, in which anything may be.
func arguments(tokens []token, open int) (args map[string][]token, spread bool) {
	args = map[string][]token{}
	inside := tokens[open].depth + 1
	for from := open + 1; from < len(tokens); {
		to := from
		for tokens[to].depth > inside || tokens[to].depth == inside && !tokens[to].is(",") {
			to++
		}
		arg := tokens[from:to]
		switch {
		case len(arg) > 2 && arg[0].kind == tokName && arg[1].is("="):
			args[arg[0].text] = arg[2:]
		case len(arg) > 0 && arg[0].is("**"):
			spread = true
		}
		if tokens[to].depth < inside {
			break
		}
		from = to + 1
	}
	return args, spread
}

// value is what an argument plainly is, or that it is computed.
func value(tokens, expr []token) found {
	if expr == nil {
		return found{}
	}
	line := expr[0].line
	if len(expr) == 1 && expr[0].kind == tokName {
		name := expr[0].text
		if bindings(tokens, name) != 1 || dynamicNames(tokens) {
			return found{dynamic: computed}
		}
		expr, line, _ = assigned(tokens, name)
	}
	text, ok := literal(expr)
	if !ok || text == "" {
		return found{dynamic: computed}
	}
	return found{text: text, source: fmt.Sprintf("%s:%d", pyFile, line)}
}

// binds says whether the word gives the name after it a value, or takes it away.
func binds(word string) bool {
	return slices.Contains([]string{"import", "as", "for", "def", "class", "del", "global", "nonlocal"}, word)
}
