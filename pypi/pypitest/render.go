package pypitest

import (
	"regexp"
	"strings"
)

// checkDescription stands in for docutils, which PyPI runs with warnings as
// errors over a description that is reStructuredText, or names no markup. It
// knows the two mistakes that keep most of the broken ones out: an underline
// shorter than its title, and Sphinx's own markup.
func checkDescription(f *form) *refusal {
	kind := f.get("description_content_type")
	bare, _, _ := strings.Cut(kind, ";")
	if bare = strings.TrimSpace(bare); bare != "" && bare != "text/x-rst" || !brokenReST(f.get("description")) {
		return nil
	}
	said := "in the default format of reStructuredText."
	if kind != "" {
		said = "for '" + kind + "'."
	}
	return bad("The description failed to render %s See https://pypi.org/help/#description-content-type for more information.", said)
}

var (
	underline = regexp.MustCompile(`^(={4,}|-{4,}|~{4,}|\^{4,}|\+{4,}|#{4,})$`)
	sphinx    = regexp.MustCompile("(?m)^\\.\\. (?:toctree|automodule|autoclass|autofunction|versionadded)::|:(?:ref|doc|class|func|meth|mod):`")
)

func brokenReST(text string) bool {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 1; i < len(lines); i++ {
		title, below := strings.TrimRight(lines[i-1], " "), strings.TrimRight(lines[i], " ")
		paragraph := i > 1 && strings.TrimSpace(lines[i-2]) != ""
		if underline.MatchString(below) && len([]rune(title)) > len(below) && !paragraph {
			return true
		}
	}
	return sphinx.MatchString(text)
}
