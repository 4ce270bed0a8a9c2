package pypi

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// pySource is a file that a setup.py may run.
type pySource struct {
	file    string
	tokens  []token
	imports []pyImport
}

// pyImport is a name that an import statement binds.
type pyImport struct{ module, name, as string }

// maxReached is how many files are looked at for what importing them may do.
const maxReached = 300

// importsOf gives what the import statements of a source bind, wherever they stand.
func importsOf(tokens []token) (all []pyImport) {
	for _, l := range pyLines(tokens) {
		at := l.find("from", "import")
		switch {
		case at < 0 || l.tokens[at].kind != tokName:
		case l.tokens[at].name("import"):
			all = append(all, importNames("", l.from(at+1))...)
		default:
			rest := l.from(at + 1)
			if word := rest.find("import"); len(rest.tokens) > 0 && word > 0 {
				all = append(all, importNames(spelt(rest.tokens[:word]), rest.from(word+1))...)
			}
		}
	}
	return all
}

// importNames reads "a.b as c, d" behind the word import.
func importNames(module string, l pyLine) (all []pyImport) {
	for _, part := range commas(l.tokens) {
		name, as := spelt(part), ""
		if n := len(part); n > 2 && part[n-2].name("as") {
			name, as = spelt(part[:n-2]), part[n-1].text
		}
		i := pyImport{module, name, as}
		if module == "" {
			i.module, i.name = name, ""
			name, _, _ = strings.Cut(name, ".")
		}
		if as == "" {
			i.as = name
		}
		all = append(all, i)
	}
	return all
}

// commas cuts names at commas, and leaves brackets around them out.
func commas(tokens []token) (parts [][]token) {
	from := 0
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return t.is("(") || t.is(")") })
	for i := range len(tokens) + 1 {
		if i == len(tokens) || tokens[i].is(",") {
			if i > from {
				parts = append(parts, tokens[from:i])
			}
			from = i + 1
		}
	}
	return parts
}

// namedFiles are the Python files that a source names, perhaps to execute them.
func namedFiles(tokens []token) (files []string) {
	byName := (pySource{tokens: tokens}).mentions("run_module", "import_module", "__import__")
	for _, t := range tokens {
		if module := strings.ReplaceAll(t.text, ".", "/"); byName && t.kind == tokString && t.plain && module != "" && fs.ValidPath(module) && len(files) < 50 {
			files = append(files, module+".py", module+"/__init__.py")
		}
		if name := path.Clean(t.text); t.kind == tokString && strings.HasSuffix(name, ".py") && fs.ValidPath(name) && len(files) < 50 {
			files = append(files, name)
		}
	}
	return files
}

// reached gives the files of the tree that a setup.py runs when its imports, and
// theirs, are followed, and those that it may execute; itself first. Where it may look for modules elsewhere,
// every folder that it names is one.
func (t tree) reached(setup []token) []pySource {
	all := []pySource{{pyFile, setup, importsOf(setup)}}
	dirs := t.folders(setup)
	seen := map[string]bool{pyFile: true}
	for i := 0; i < len(all) && len(all) < maxReached; i++ {
		files := all[i].wants()
		if i == 0 && all[0].mentions("exec", "execfile", "exec_module", "load_module", "load_source", "run_path", "run_module", "import_module", "__import__") {
			files = append(files, namedFiles(setup)...)
		}
		for _, file := range files {
			for _, dir := range dirs {
				file := path.Join(dir, file)
				if text, there, err := t.optional(file); !seen[file] && there && err == nil {
					if tokens, err := tokenize(file, text); err == nil {
						all = append(all, pySource{file, tokens, importsOf(tokens)})
					}
				}
				seen[file] = true
			}
		}
	}
	return all
}

// wants are the files that the imports of a source may stand for.
func (s pySource) wants() (files []string) {
	for _, i := range s.imports {
		module := strings.TrimLeft(i.module, ".")
		if up := len(i.module) - len(module); up > 0 {
			dir := s.file
			for range up {
				dir = path.Dir(dir)
			}
			module = strings.Trim(strings.ReplaceAll(dir, "/", ".")+"."+module, ".")
		}
		at := ""
		for part := range strings.SplitSeq(module+"."+i.name, ".") {
			if at = path.Join(at, part); part != "" {
				files = append(files, at+".py", at+"/__init__.py")
			}
		}
	}
	return files
}

// folders are those that a source names, whole or by their parts, and the one it
// stands in.
func (t tree) folders(tokens []token) []string {
	dirs := []string{"."}
	for _, tok := range tokens {
		if tok.kind != tokString || !tok.plain || !fs.ValidPath(path.Clean(tok.text)) {
			continue
		}
		for _, up := range slices.Clone(dirs) {
			dir := path.Join(up, tok.text)
			if info, err := fs.Stat(t, dir); err == nil && info.IsDir() && !slices.Contains(dirs, dir) && len(dirs) < 9 {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// from gives the module that a name of the source was imported from, and the name there.
func (s pySource) from(name string) (module, as string, ok bool) {
	for _, i := range s.imports {
		if i.as == name {
			return i.module, i.name, true
		}
	}
	return "", "", false
}

func (s pySource) mentions(words ...string) bool {
	return slices.ContainsFunc(s.tokens, func(t token) bool {
		return t.kind == tokName && slices.Contains(words, t.text)
	})
}

// own says whether a module is setuptools', or one that hands a call of setup() on as it is.
func ownSetup(module string) bool {
	return slices.Contains([]string{"setuptools", "distutils.core", "numpy.distutils.core", "skbuild"}, module)
}

func ofSetuptools(module string) bool {
	top, _, _ := strings.Cut(module, ".")
	return top == "setuptools" || top == "distutils"
}

// looksElsewhere says whether a source may change where modules come from.
func (s pySource) looksElsewhere() bool {
	for i, t := range s.tokens {
		if t.kind != tokName {
			continue
		}
		ofSys := i > 1 && s.tokens[i-1].is(".") && s.tokens[i-2].name("sys")
		changed := i+1 < len(s.tokens) && (s.tokens[i+1].is(".") || s.tokens[i+1].is("[") || s.tokens[i+1].is("=") || s.tokens[i+1].is("+="))
		if ofSys && t.text == "path" && (changed || s.file == pyFile) || ofSys && t.text == "modules" && changed ||
			slices.Contains([]string{"addsitedir", "__path__", "meta_path", "path_hooks"}, t.text) {
			return true
		}
	}
	return slices.ContainsFunc(s.imports, func(i pyImport) bool {
		return i.module == "sys" && (i.name == "path" || i.name == "modules" || i.name == "*" || i.as != "sys" && i.name == "")
	})
}

// writtenBy gives the texts of lines of modules that may write.
func writtenBy(sources []pySource) (words []string) {
	for _, s := range sources {
		for _, l := range pyLines(s.tokens) {
			if !l.mayWrite() {
				continue
			}
			for _, t := range l.tokens {
				if t.kind == tokString && t.text != "" {
					words = append(words, t.text)
				}
			}
		}
	}
	return words
}
