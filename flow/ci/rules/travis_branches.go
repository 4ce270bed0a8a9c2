package rules

import (
	"regexp"
	"slices"
	"strings"
)

// A branches section lists names and /expressions/, no globs; tags obey it as
// branches do (travis-core, lib/travis/model/request/branches.rb).

// readSafelist reads it: lists, or texts with commas.
func readSafelist(t tree) safelist {
	if !t.isMap() {
		return safelist{only: commas(t.texts())}
	}
	return safelist{only: commas(t.get("only").texts()), except: commas(t.get("except", "exclude").texts())}
}

func commas(texts []string) []string {
	var out []string
	for _, t := range texts {
		if isExpression(t) {
			out = append(out, t)
			continue
		}
		for part := range strings.SplitSeq(t, ",") {
			out = append(out, strings.TrimSpace(part))
		}
	}
	return out
}

func isExpression(pattern string) bool {
	return len(pattern) > 1 && pattern[0] == '/' && pattern[len(pattern)-1] == '/'
}

// pages are branches that are not built unless they are asked for.
var pages = regexp.MustCompile(`(?i)gh[-_]pages`)

func (s safelist) evalName(name string) answer {
	only, except := listed(s.only, name), listed(s.except, name)
	if len(s.only) == 0 {
		only = truth(!pages.MatchString(name))
	}
	return min(only, not(except))
}

// listed says whether a name is in a list. An expression that only Ruby can read
// leaves it open.
func listed(patterns []string, name string) answer {
	out := no
	for _, p := range patterns {
		if !isExpression(p) {
			out = max(out, truth(p == name))
			continue
		}
		re, err := compileRuby(p[1 : len(p)-1])
		if err != nil {
			out = max(out, maybe)
			continue
		}
		out = max(out, truth(re.MatchString(name)))
	}
	return out
}

// holds gives the entry of a list that selects a name, "" if none does.
func holds(patterns []string, name string) string {
	i := slices.IndexFunc(patterns, func(p string) bool { return listed([]string{p}, name) == yes })
	if i < 0 {
		return ""
	}
	return patterns[i]
}
