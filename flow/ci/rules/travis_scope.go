package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// event is the push as conditions of a job see it; nil asks for the whole build.
func (b *travisBuild) event(c *travisCell) event {
	e := b.now
	e.ask = func(name string) given { return b.attribute(c, name) }
	return e
}

// attribute answers Travis' conditions. What is neither in the file nor in the
// event, as the sender, is unknown.
func (b *travisBuild) attribute(c *travisCell, name string) given {
	if env, ok := strings.CutPrefix(name, "env:"); ok {
		return b.envOf(c, env)
	}
	switch {
	case name == "repo":
		return perhaps(b.e.Slug)
	case name == "commit_message":
		return perhaps(b.e.Message)
	case name == "language" && c != nil:
		return certain(c.language)
	case name == "os" && c != nil:
		return certain(c.at["os"])
	case name == "dist" && c != nil:
		return perhaps(c.get("dist").text())
	}
	return unknownValue
}

// sameSlug compares the name of this repository, as its remote has it, with one
// that Travis compares letter by letter with the host's spelling.
func sameSlug(have, want string) answer {
	if have != want && strings.EqualFold(have, want) {
		return maybe
	}
	return truth(have == want)
}

// perhaps is a value that is not known if it is empty.
func perhaps(text string) given { return given{text, text != "", text != ""} }

// envOf answers env(NAME), which sees the text of the file and no shell. For the
// whole build the entries of the matrix count as well (travis-yml,
// helper/condition.rb).
func (b *travisBuild) envOf(c *travisCell, name string) given {
	entries := slices.Concat(append([]envEntry{b.env.global}, b.env.jobs...)...)
	if c != nil {
		entries = slices.Concat(b.env.global, c.env)
	}
	for _, v := range slices.Backward(entries) {
		if v.name == name {
			return given{strings.Trim(v.raw, `"'`), !v.secret, true}
		}
	}
	return b.absent(name)
}

// absent is a variable that a job does not set. If the file sets it for other
// jobs it is taken for one of the file's own, and unset. Otherwise the settings
// of the repository, which nobody can read here, may hold it.
func (b *travisBuild) absent(name string) given {
	sets := func(e envEntry) bool { return slices.ContainsFunc(e, func(v envVar) bool { return v.name == name }) }
	if sets(b.env.global) || slices.ContainsFunc(b.env.jobs, sets) {
		return unset
	}
	for _, item := range b.listed() {
		if slices.ContainsFunc(envEntries(item.get("env")), sets) {
			return unset
		}
	}
	return unknownValue
}

// variable tells what a variable holds in the shell of a job.
func (c *travisCell) variable(name string) given { return c.deepVariable(name, 0) }

func (c *travisCell) deepVariable(name string, depth int) given {
	if v, ok := c.builtin(name); ok {
		return v
	}
	if depth > maxCalls || c.assigns(name) {
		return unknownValue
	}
	for _, v := range slices.Backward(slices.Concat(c.build.env.global, c.env)) {
		if v.name != name {
			continue
		}
		word, ok := parseValue(v.raw)
		if v.secret || !ok {
			return unknownValue
		}
		text, known := word.text(func(n string) given { return c.deepVariable(n, depth+1) })
		return given{text, known, true}
	}
	return c.build.absent(name)
}

// earlier are the phases that run in the shell of a deploy, before it.
var earlier = []string{"before_install", "install", "before_script", "script", "before_cache", "after_success", "before_deploy"}

// assigns says whether a phase of the job sets a variable, to what only a run
// tells. Set before a command on its line, it is set for that command alone.
func (c *travisCell) assigns(name string) bool {
	n := regexp.QuoteMeta(name)
	set := regexp.MustCompile(`(?m)\b(?:export|declare|typeset|readonly)\s[^;&|\n]*\b` + n + `=` +
		`|(?:^|[;&|(])\s*` + n + `=(?:"[^"]*"|'[^']*'|[$` + "`" + `]\(?.*|[^\s;&|"'$` + "`" + `]*)\s*(?:$|[;&|)])` +
		`|\bread\s[^;&|\n]*\b` + n + `\b`)
	return slices.ContainsFunc(earlier, func(phase string) bool {
		return set.MatchString(strings.Join(c.get(phase).texts(), "\n"))
	})
}

// builtin gives what Travis sets itself (travis-build, env/builtin.rb); false
// for names that are not Travis' own.
func (c *travisCell) builtin(name string) (given, bool) {
	b := c.build
	switch name {
	case "TRAVIS", "CI", "CONTINUOUS_INTEGRATION":
		return certain("true"), true
	case "TRAVIS_BRANCH":
		return certain(b.now.name), true
	case "TRAVIS_TAG":
		return certain(b.now.fact(factTag).text), true
	case "TRAVIS_EVENT_TYPE":
		return certain(b.now.what), true
	case "TRAVIS_PULL_REQUEST":
		return given{"false", b.now.what == "push", true}, true
	case "TRAVIS_REPO_SLUG":
		return perhaps(b.e.Slug), true
	case "TRAVIS_COMMIT_MESSAGE":
		return perhaps(b.e.Message), true
	case "TRAVIS_OS_NAME":
		return certain(strings.TrimSuffix(c.at["os"], "-ppc64le")), true
	case "TRAVIS_CPU_ARCH":
		return c.processor(), true
	case "TRAVIS_DIST":
		return perhaps(c.get("dist").text()), true
	case "TRAVIS_LANGUAGE":
		return certain(c.language), true
	case "TRAVIS_JOB_NAME":
		return certain(c.node.get("name").text()), true
	case "TRAVIS_ALLOW_FAILURE":
		return certain(strconv.FormatBool(c.allowed)), true
	case "TRAVIS_TEST_RESULT":
		return certain("0"), true // a deploy comes after success only
	}
	for _, a := range travisAxes {
		if a.variable == name {
			return c.version(a), true
		}
	}
	return unknownValue, false
}

// processor is the machine's; only Linux has a choice.
func (c *travisCell) processor() given {
	if c.at["os"] != "linux" {
		return unknownValue
	}
	return certain(cmp.Or(c.at["arch"], "amd64"))
}

// defaultPython is what jobs in Python run on that name no version
// (travis-build, script/python.rb).
const defaultPython = "3.10"

// version gives the value of an axis in the shell.
func (c *travisCell) version(a travisAxis) given {
	switch v := c.has(a); {
	case v != "":
		return certain(v)
	case !a.known(c.language):
		return unset
	case a.key == "python":
		return certain(defaultPython)
	}
	return unknownValue
}
