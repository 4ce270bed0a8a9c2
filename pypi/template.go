package pypi

import (
	"path"
	"regexp"
	"strings"
)

// templates are those of [[tool.scikit-build.generate]], by the files that are made
// of them. One that cannot be read is none.
func (m maker) templates() map[string]string {
	all := map[string]string{}
	tables, _ := m.pp.get("tool", "scikit-build", "generate").([]any)
	for _, t := range tables {
		values, _ := t.(map[string]any)
		table := pyproject(values)
		file, template := table.text("path"), table.text("template")
		if at := table.text("template-path"); at != "" {
			template, _, _ = m.tree.optional(path.Clean(at))
		}
		if file != "" && template != "" {
			all[path.Clean(file)] = template
		}
	}
	return all
}

// fills says whether the text is a template of the project, filled in.
func (m maker) fills(file, text string) bool {
	for made, template := range m.filled {
		if made != file && !strings.HasSuffix(made, "/"+file) || len(template) > maxVersionFile || len(text) > maxVersionFile {
			continue
		}
		if form, err := filledIn(template); err == nil && form.MatchString(unixLines(text)) {
			return true
		}
	}
	return false
}

// inTemplate is a place to be filled in, as Python's string.Template knows it.
var inTemplate = regexp.MustCompile(`\$(?:\$|[_a-zA-Z]\w*|\{[_a-zA-Z]\w*\})`)

// aValue is what may stand there: words, and nothing that ends a string or calls.
const aValue = `[\w .,:/@+!-]*`

func filledIn(template string) (*regexp.Regexp, error) {
	template = unixLines(template)
	var form strings.Builder
	last := 0
	for _, at := range inTemplate.FindAllStringIndex(template, -1) {
		form.WriteString(regexp.QuoteMeta(template[last:at[0]]))
		if template[at[0]:at[1]] == "$$" {
			form.WriteString(`\$`)
		} else {
			form.WriteString(aValue)
		}
		last = at[1]
	}
	return regexp.Compile(`\A` + form.String() + regexp.QuoteMeta(template[last:]) + `\z`)
}
