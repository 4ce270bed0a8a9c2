package pypi

import (
	"regexp"
	"slices"
	"strings"
)

// words are the few statements besides plain values that a generated file may
// hold, each as the texts of its tokens, and what may be imported from where.
type words struct {
	lines   []string            // whole lines
	imports map[string][]string // names, by their modules
	setup   bool                // calls of setup() with plain values
}

func typingNames() []string {
	return []string{"TYPE_CHECKING", "Tuple", "Union", "Optional", "List", "Dict", "Any", "Final"}
}

// versionWords are those of setuptools-scm and its kin, and of versioneer.
func versionWords() words {
	return words{
		lines:   []string{"if TYPE_CHECKING :", "else :", "import json", "def get_versions ( ) :", "return json . loads ( version_json )"},
		imports: map[string][]string{"__future__": {"annotations"}, "typing": typingNames()},
	}
}

// setupWords are those of poetry, with its build script if there is one, of flit
// and of hatchling.
func setupWords(script string) words {
	w := words{
		lines:   []string{"setup ( ** setup_kwargs )"},
		imports: map[string][]string{"setuptools": {"setup"}, "distutils . core": {"setup"}},
		setup:   true,
	}
	if script != "" {
		w.lines = append(w.lines, "from "+script+" import *", "build ( setup_kwargs )")
	}
	return w
}

// plain is a file on the way to being understood.
type plain struct {
	words
	known []string // names that hold plain values
}

// plainly says whether a source is nothing but values given to names, and the
// words. Names are of use only for what was seen to be given to them, so that there
// is nothing to be had by giving another thing to a name that is called.
func plainly(text string, w words) bool {
	tokens, err := tokenize("", unixLines(text))
	if err != nil || !asRead(text) || slices.ContainsFunc(tokens, func(t token) bool { return t.kind == tokName && !isASCII(t.text) }) {
		return false // of names in other letters Python makes others
	}
	p := &plain{w, append(typingNames(), "True", "False", "None", "str", "int", "bool", "tuple", "object")}
	for _, line := range logicalLines(tokens) {
		if !p.understood(line) {
			return false
		}
	}
	return true
}

// codingLine is how a file names its encoding, as Python looks for it.
var codingLine = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// asRead says whether Python reads the text as it stands here: in another encoding
// a comment may hold lines, and so it may with the ends of lines of old systems.
func asRead(text string) bool {
	for _, line := range strings.SplitN(text, "\n", 3)[:min(2, strings.Count(text, "\n")+1)] {
		if m := codingLine.FindStringSubmatch(strings.TrimPrefix(line, "\ufeff")); m != nil && !strings.EqualFold(strings.ReplaceAll(m[1], "_", "-"), "utf-8") {
			return false
		}
	}
	return !strings.Contains(unixLines(text), "\r")
}

func logicalLines(tokens []token) (all [][]token) {
	from := 0
	for i, t := range tokens {
		if t.isLine() {
			all, from = append(all, tokens[from:i]), i+1
		}
	}
	return append(all, tokens[from:])
}

func (p *plain) understood(line []token) bool {
	switch {
	case len(line) == 0 || slices.Contains(p.lines, inWords(line)):
		return true
	case line[0].kind == tokString:
		return p.value(line)
	case line[0].name("from"):
		return p.imported(line)
	case p.setup && len(line) > 2 && line[0].name("setup") && line[1].is("("):
		return line[len(line)-1].is(")") && line[len(line)-1].depth == 0 && p.arguments(line[2:len(line)-1])
	}
	return p.assigned(line)
}

// inWords is a line with a space between its tokens; a string is not spelt as a name.
func inWords(line []token) string {
	var all []string
	for _, t := range line {
		if t.kind == tokString {
			return ""
		}
		all = append(all, t.text)
	}
	return strings.Join(all, " ")
}

// imported wants known names of a known module, under their own names.
func (p *plain) imported(line []token) bool {
	at := slices.IndexFunc(line, func(t token) bool { return t.name("import") })
	if at < 1 {
		return false
	}
	names, known := p.imports[inWords(line[1:at])]
	return known && !slices.ContainsFunc(line[at+1:], func(t token) bool {
		return t.kind == tokString || !slices.Contains(names, t.text) && !t.is(",") && !t.is("(") && !t.is(")")
	})
}

// assigned: NAME [: type] = NAME = value.
func (p *plain) assigned(line []token) bool {
	var targets []string
	for len(line) > 1 && line[0].kind == tokName && (line[1].is("=") || line[1].is(":")) {
		targets, p.known = append(targets, line[0].text), append(p.known, line[0].text)
		if p.reserved(line[0].text) || line[1].is(":") && len(targets) > 1 {
			return false
		}
		if line[1].is("=") {
			line = line[2:]
			continue
		}
		end := slices.IndexFunc(line, func(t token) bool { return t.is("=") && t.depth == 0 })
		if end < 0 {
			return p.value(line[2:])
		}
		if !p.value(line[2:end]) {
			return false
		}
		line = line[end+1:]
	}
	if slices.Contains(targets, "setup_kwargs") && !p.keywords(line) {
		return false
	}
	return len(targets) > 0 && p.value(line)
}

// reserved are names that the words call or go by, and those by which Python finds
// modules and attributes.
func (p *plain) reserved(name string) bool {
	own := []string{"__version__", "__version_tuple__", "__commit_id__", "__all__", "__author__", "__title__", "__date__", "__revision__"}
	return slices.Contains([]string{"json", "get_versions", "setup", "build"}, name) ||
		strings.HasPrefix(name, "__") && !slices.Contains(own, name)
}

// value wants plain strings, numbers, known names, brackets and commas: nothing is
// called, and no attribute is looked up.
func (p *plain) value(tokens []token) bool {
	for i, t := range tokens {
		switch {
		case t.kind == tokString && t.plain, t.kind == tokNumber:
		case t.kind == tokName && slices.Contains(p.known, t.text):
		case t.is("(") && i > 0 && called(tokens[i-1]):
			return false
		case t.is(":") && t.depth > 0:
		case t.kind == tokOp && slices.Contains([]string{"(", ")", "[", "]", "{", "}", ",", "...", "|", "-", "+"}, t.text):
		default:
			return false
		}
	}
	return len(tokens) > 0
}

// called says whether a bracket behind the token would be a call.
func called(t token) bool {
	return t.kind == tokName || t.kind == tokString || t.kind == tokNumber || t.is(")") || t.is("]") || t.is("}")
}

// arguments are those of setup(): keyword=value, with a comma between them.
func (p *plain) arguments(tokens []token) bool {
	for len(tokens) > 0 {
		end := slices.IndexFunc(tokens, func(t token) bool { return t.is(",") && t.depth == 1 })
		if end < 0 {
			end = len(tokens)
		}
		if end < 3 || !tokens[1].is("=") || !describes(tokens[0].text) || !p.value(tokens[2:end]) {
			return false
		}
		tokens = tokens[min(end+1, len(tokens)):]
	}
	return true
}

// keywords are those of a dictionary for setup(): each key is written out.
func (p *plain) keywords(tokens []token) bool {
	key := true
	for _, t := range tokens {
		switch {
		case t.depth == 0 && !t.is("{") && !t.is("}"):
			return false
		case t.depth == 1 && key && !t.is(":") && (t.kind != tokString || !describes(t.text)):
			return false
		case t.depth == 1 && (t.is(":") || t.is(",")):
			key = t.is(",")
		}
	}
	return true
}

// describes knows the keywords of setup() that only describe. Others have it fetch
// or run something.
func describes(keyword string) bool {
	return slices.Contains([]string{
		"name", "version", "description", "long_description", "long_description_content_type", "author", "author_email", "maintainer",
		"maintainer_email", "url", "project_urls", "license", "classifiers", "keywords", "packages", "package_dir", "package_data",
		"py_modules", "install_requires", "extras_require", "entry_points", "python_requires", "scripts",
	}, keyword)
}
