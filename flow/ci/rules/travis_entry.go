package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// onOf gives the conditions of a deploy. A text alone is a branch; a converter
// may have turned the key `on` into true (travis-build, addons/deploy/script.rb).
func onOf(item tree) tree { return item.get("if", "on", "true") }

// checks are the conditions of a deploy, each as travis-build tests it.
func (c *travisCell) checks(item tree) []check {
	on := onOf(item)
	if c.build.now.what == "pull_request" {
		return []check{{no, "Travis deploys nothing from a pull request", item.line()}}
	}
	var out []check
	if dpl := item.get("dpl_version").text(); c.at["os"] == "windows" && !strings.HasPrefix(dpl, "1.") {
		out = append(out, check{no, "dpl does not run on Windows", item.line()})
	}
	if on.ok() && !on.isMap() && on.text() == "" {
		return append(out, check{maybe, "on is a list, which Travis does not describe", on.line()})
	}
	out = append(out, c.onRepo(on)...)
	out = append(out, c.onBranch(item, on)...)
	out = append(out, c.onRuntime(on)...)
	out = append(out, c.onCondition(on)...)
	return append(out, c.onTags(on)...)
}

func (c *travisCell) onRepo(on tree) []check {
	repo, slug := on.get("repo"), c.build.e.Slug
	switch {
	case !repo.ok():
		return nil
	case slug == "":
		return []check{{maybe, "on.repo is " + repo.text() + ", and this repository's name is not known", repo.line()}}
	}
	return []check{{sameSlug(slug, repo.text()), "on.repo is " + repo.text() + ", this is " + slug, repo.line()}}
}

// onBool reads a switch as Travis does: what is no boolean is true in Ruby.
func onBool(t tree) (is, exact bool) {
	if !t.ok() {
		return false, true
	}
	switch strings.ToLower(t.text()) {
	case "true", "yes", "on", "enabled", "required":
		return true, true
	case "false", "no", "off", "disabled", "not required":
		return false, true
	}
	return true, false
}

// onBranch compares the branch, unless tags or all_branches are asked for. A tag
// is its own branch there.
func (c *travisCell) onBranch(item, on tree) []check {
	tags, _ := onBool(on.get("tags"))
	if all, _ := onBool(on.get("all_branches")); all {
		return []check{{yes, "on.all_branches is set", on.get("all_branches").line()}}
	}
	if tags {
		return nil
	}
	names, line := branchesOf(item, on)
	text := fmt.Sprintf("on.branch is %s", strings.Join(names, ", "))
	if line == 0 {
		line, text = item.line(), "without on.branch the branch is master"
	}
	is := no
	for _, name := range names {
		is = max(is, c.isBranch(name))
	}
	return []check{{is, text + ", the push is of " + c.build.pushName(), line}}
}

func (b *travisBuild) pushName() string {
	if b.now.kind == "tag" {
		return "the tag " + b.now.name
	}
	return b.now.name
}

// isBranch compares as bash does: the name may be a pattern.
func (c *travisCell) isBranch(name string) answer {
	word, ok := parseValue(name)
	if !ok {
		return maybe
	}
	return word.matches(c.variable, c.build.now.name, bashGlob)
}

// branchesOf gives the branches of a deploy and the line that names them; line 0
// if none does, and it is master.
func branchesOf(item, on tree) ([]string, int) {
	if on.text() != "" {
		return []string{on.text()}, on.line()
	}
	branch := on.get("branch", "branches")
	names := branch.texts()
	for _, p := range branch.pairs() {
		names = append(names, p.key)
	}
	if len(names) > 0 {
		return names, branch.line()
	}
	return optionBranches(item)
}

// optionBranches reads the old way to give an option by branch, as in
// `app: {master: one, staging: two}`, which makes those the branches.
func optionBranches(item tree) ([]string, int) {
	var names []string
	line := 0
	for _, p := range item.pairs() {
		if slices.Contains([]string{"on", "if", "true", "edge", "<<"}, p.key) || !p.value.isMap() || p.value.get("secure").ok() {
			continue
		}
		for _, b := range p.value.pairs() {
			names, line = append(names, b.key), cmp.Or(line, p.line)
		}
	}
	if len(names) == 0 {
		return []string{"master"}, 0
	}
	return names, line
}

// deployRuntimes are the keys of `on` that are compared to TRAVIS_…_VERSION.
var deployRuntimes = []string{
	"d", "dart", "elm", "elixir", "ghc", "go", "haxe", "jdk", "julia", "mono", "node", "otp_release",
	"perl", "php", "python", "r", "ruby", "rust", "scala", "smalltalk",
}

// runtimeAlias are other names of runtimes in `on`.
var runtimeAlias = map[string]string{"rvm": "ruby", "node_js": "node"}

func (c *travisCell) onRuntime(on tree) []check {
	var out []check
	for _, key := range append([]string{"rvm", "node_js"}, deployRuntimes...) {
		if v := on.get(key); v.ok() {
			out = append(out, c.runtimeCheck(key, v))
		}
	}
	return out
}

func (c *travisCell) runtimeCheck(key string, v tree) check {
	want, have := v.text(), c.variable("TRAVIS_"+strings.ToUpper(cmp.Or(runtimeAlias[key], key))+"_VERSION")
	text := fmt.Sprintf("on.%s is %s, the job has %s", key, want, cmp.Or(have.text, "none"))
	switch {
	case want == "":
		return check{maybe, "on." + key + " is a list, where Travis wants one version", v.line()}
	case !have.known:
		return check{maybe, fmt.Sprintf("on.%s is %s, and the job's version is known to Travis only", key, want), v.line()}
	}
	return check{truth(have.text == want), text, v.line()}
}

func (c *travisCell) onCondition(on tree) []check {
	var out []check
	for _, t := range on.get("condition").list() {
		src := t.text()
		test, ok := parseTest(src)
		if !ok {
			out = append(out, check{maybe, "on.condition is a test that is not understood here: " + src, t.line()})
			continue
		}
		is := test.eval(c.variable)
		out = append(out, check{is, conditionText(is, src), t.line()})
	}
	return out
}

func conditionText(is answer, src string) string {
	switch is {
	case yes:
		return "on.condition holds: " + src
	case no:
		return "on.condition does not hold: " + src
	}
	return "on.condition is not decided by the files: " + src
}

// onTags asks for a tag, or for none. A text, as v*, asks for nothing.
func (c *travisCell) onTags(on tree) []check {
	tags := on.get("tags")
	want, exact := onBool(tags)
	if !tags.ok() {
		return c.onTagKey(on)
	}
	text := fmt.Sprintf("on.tags is %s, the push is of %s", tags.words(), c.build.pushName())
	if !exact {
		return []check{{yes, "on.tags is " + tags.text() + ", neither true nor false: Travis asks for no tag and no branch", tags.line()}}
	}
	return []check{{truth(want == (c.build.now.kind == "tag")), text, tags.line()}}
}

// onTagKey is about a key that is near enough to tags for Travis to guess.
func (c *travisCell) onTagKey(on tree) []check {
	if tag := on.get("tag"); tag.ok() {
		return []check{{maybe, "on.tag is no key of Travis, which may take it for tags", tag.line()}}
	}
	return nil
}
