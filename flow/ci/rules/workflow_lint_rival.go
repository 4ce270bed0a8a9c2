package rules

import (
	"cmp"
	"fmt"
	"strings"
)

// rivals finds places that one event surely has publish the same files to one index.
func (l *workflowLint) rivals() {
	told := map[int]bool{}
	sites := l.sites[:min(len(l.sites), maxSites)]
	for _, p := range l.asked() {
		first := map[string]site{}
		for i, s := range sites {
			if skips, _ := s.pub.skipExisting(); skips {
				continue
			}
			if a, _ := s.at(p); a != Yes {
				continue
			}
			key := s.target()
			other, found := first[key]
			if !found {
				first[key] = s
			} else if !told[i] {
				told[i] = true
				l.rival(s, other)
			}
		}
	}
}

func (l *workflowLint) rival(s, other site) {
	l.say("several-publish", Warning, s.pub.file, s.pub.line,
		fmt.Sprintf("%s publishes to %s as %s does (%s:%d) when the same thing happens: the index refuses the second file of a name, and the release fails half published",
			s.name, cmp.Or(withoutSecrets(s.pub.index), s.pub.named, "PyPI"), other.name, other.pub.file, other.pub.line),
		"Let one of them publish, or give each its own files.", nil)
}

// target is where a place uploads to, and what, as far as the file names it.
func (s site) target() string {
	files := cmp.Or(s.step.get("with").get("packages-dir", "packages_dir").text(), "dist")
	if words := strings.Fields(s.pub.command); len(words) > 0 && strings.ContainsAny(words[len(words)-1], "./*") {
		files = words[len(words)-1]
	}
	files = strings.TrimSuffix(strings.TrimSuffix(strings.Trim(files, `"'`), "*"), "/")
	return fmt.Sprintf("%s %s %s", cmp.Or(publicUpload(s.pub.index), s.pub.index), s.pub.named, files)
}
