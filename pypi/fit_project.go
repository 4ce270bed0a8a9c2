package pypi

import (
	"fmt"
	"io/fs"
	"strings"
)

// ProjectMisfits lists what PyPI would refuse, as far as the [project] table of
// pyproject.toml tells it without a build; read is false where there is no such
// table. What a backend makes of it is checked when it is uploaded.
func ProjectMisfits(fsys fs.FS) (all []Misfit, read bool) {
	p, err := tree{fsys}.pyproject()
	if err != nil || !p.has("project") {
		return nil, false
	}
	add := func(no bool, why Refusal, text, fix string) {
		if no {
			all = append(all, Misfit{why, text, fix})
		}
	}
	add(len([]rune(p.text("project", "description"))) > 512, RefusedMetadata, "the description in [project] is longer than 512 characters", "shorten it; the long one belongs into the readme")
	for _, c := range p.list("project", "classifiers") {
		add(strings.HasPrefix(c, "Private ::") || !strings.Contains(c, " :: "), RefusedMetadata, fmt.Sprintf("%q is no classifier of PyPI's", c), "take it out; Private :: is there to keep a project off PyPI")
	}
	for _, r := range p.list("project", "dependencies") {
		spec, _, _ := strings.Cut(r, ";")
		add(strings.Contains(spec, "@"), RefusedDirectURL, fmt.Sprintf("the dependency %q names an address", strings.TrimSpace(spec)), "depend on a version of what is on the index")
	}
	urls, _ := p.get("project", "urls").(map[string]any)
	for label := range urls {
		add(len([]rune(label)) > 32, RefusedMetadata, fmt.Sprintf("the label of a project URL is longer than 32 characters: %q", label), "shorten it")
	}
	return append(all, p.readmeMisfit(fsys)...), true
}

// readmeMisfit: a readme that is named and not there fails every build.
func (p pyproject) readmeMisfit(fsys fs.FS) []Misfit {
	file, kind := p.text("project", "readme"), ""
	if file == "" {
		file, kind = p.text("project", "readme", "file"), p.text("project", "readme", "content-type")
	}
	if !knownMarkup(kind) {
		return []Misfit{{RefusedMetadata, fmt.Sprintf("the readme's content-type %q is none that PyPI knows", kind), "use text/markdown, text/x-rst or text/plain"}}
	}
	if file == "" {
		return nil
	}
	if _, err := fs.Stat(fsys, strings.TrimPrefix(file, "./")); err != nil {
		return []Misfit{{RefusedMetadata, fmt.Sprintf("[project] names the readme %q, which is not there", file), "add the file, or name the one that is there"}}
	}
	return nil
}

// BuildSystem cuts the [build-system] table out of the text of a pyproject.toml.
func BuildSystem(text string) string {
	var out strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		if head := strings.TrimSpace(line); strings.HasPrefix(head, "[") && !strings.HasPrefix(line, " ") {
			inside = strings.HasPrefix(head, "[build-system]")
		}
		if inside {
			out.WriteString(line)
		}
	}
	return out.String()
}
