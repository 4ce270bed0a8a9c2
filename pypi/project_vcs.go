package pypi

import (
	"fmt"
	"slices"
	"strings"
)

// asksRepository says whether source asks a version control system, by a program
// or a library that is known for it. A build of files without their repository
// would then say another version than one of a checkout.
func asksRepository(source string) bool {
	tokens, err := tokenize("", source)
	return err == nil && slices.ContainsFunc(tokens, func(t token) bool {
		switch t.kind {
		case tokName:
			return slices.Contains([]string{
				"dunamai", "miniver", "pbr", "vcversioner", "versioneer", "get_versions", "setuptools_scm", "setuptools_git_versioning",
				"versioningit", "vcs_versioning", "pygit2", "dulwich", "hgtools",
			}, t.text)
		case tokString:
			command, _, _ := strings.Cut(strings.TrimPrefix(t.text, "git "), " ")
			return slices.Contains([]string{"describe", "rev-parse", "rev-list", "name-rev", "show-ref"}, command)
		}
		return false
	})
}

// askedOfRepository is a version that a file asks a repository for.
func askedOfRepository(file string) found {
	return byTag(&tagRule{tool: file, unsure: file + " asks the repository for it"})
}

// besides is a rule where another place states the version too, and which of the
// two counts depends on the release of the tool. Where both say the same, that is
// what a build says.
func (rule *tagRule) besides(stated found) *tagRule {
	if rule.unsure != "" || stated.text == "" && stated.dynamic == "" {
		return rule
	}
	r := *rule
	where := stated.source
	if where == "" {
		where = stated.dynamic
	}
	r.beside = fmt.Sprintf("%s would take it from a tag, and there is also %s; which of them counts depends on the release of %s", rule.tool, where, rule.tool)
	r.version = func(tag string) (string, error) {
		text, err := rule.version(tag)
		if err == nil && !sameVersion(text, stated.text) {
			err = errNoRule
		}
		return text, err
	}
	r.after = func(string, int) string { return "" }
	return &r
}
