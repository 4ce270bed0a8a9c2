package pypi

import (
	"regexp"
	"slices"
	"strings"
)

// tampered says whether the name or the version that setup() is given need not be
// those of the build: because a file changes setuptools, or a command or a class
// of the project changes what was given.
func tampered(sources []pySource) (name, version bool) {
	for _, s := range sources {
		n, v := s.tampers()
		name, version = name || n, version || v
	}
	return name, version
}

func (s pySource) tampers() (name, version bool) {
	own := s.file == pyFile
	if s.mentions("_getframe", "currentframe", "settrace", "setprofile", "f_globals") || s.replacesModule() {
		return true, true
	}
	if !own && !s.mentions("setuptools", "distutils") {
		return false, false
	}
	if !own && s.callsSetup() {
		return true, true
	}
	name = slices.ContainsFunc(pyLines(s.tokens), s.changesName) || own && s.ownClass()
	version = name || slices.ContainsFunc(pyLines(s.tokens), s.changesVersion) || own && s.givesOptions()
	return name, version
}

func (s pySource) replacesModule() bool {
	return slices.ContainsFunc(pyLines(s.tokens), func(l pyLine) bool {
		return slices.ContainsFunc(l.targets(), func(t pyTarget) bool {
			module, _, _ := s.from(t.root())
			return t.leaf() == "modules" && (t.root() == "sys" || module == "sys") && !strings.Contains(spelt(l.tokens), "[__name__]")
		})
	})
}

func (s pySource) callsSetup() bool {
	return slices.ContainsFunc(setupCalls(s.tokens), func(at int) bool {
		return at < 3 || !s.tokens[at-2].is(".") || !s.tokens[at-3].name("self")
	})
}

// harmless are attributes of setuptools' that neither name nor version depend on.
func harmless() []string {
	return []string{
		"classifiers", "download_url", "run", "build_extension", "build_extensions", "build_libraries", "byte_compile", "add_defaults",
		"walk_revctrl", "_build_ext", "compile", "user_options", "sub_commands", "link", "find_sources", "verbose", "have_rtld",
	}
}

// changesName says whether a line changes setuptools itself, or the name.
func (s pySource) changesName(l pyLine) bool {
	for _, t := range l.targets() {
		module, _, imported := s.from(t.root())
		switch {
		case len(t.chain) < 2:
		case imported && ofSetuptools(module) && !slices.Contains(harmless(), t.leaf()),
			slices.Contains([]string{
				"metadata", "setup", "parse_command_line", "parse_config_files", "get_name", "get_fullname", "__class__", "__dict__",
				"run_command", "run_commands", "get_command_obj", "__init__", "__new__", "egg_name",
			}, t.leaf()),
			t.leaf() == "name" && (len(t.chain) > 2 || !t.isOwn()) && s.mentions("metadata"):
			return true
		}
	}
	return s.setsByName(l) || slices.ContainsFunc(l.tokens, func(t token) bool {
		if t.kind != tokString {
			return s.file == pyFile && t.name("__dict__")
		}
		last := t.text[strings.LastIndexByte(t.text, '.')+1:]
		return ofSetuptools(t.text) && len(last) < len(t.text) && !slices.Contains(harmless(), last) && s.mentions("patch", "mock", "monkeypatch")
	})
}

// setsByName is setattr, unless it sets something that does not matter.
func (s pySource) setsByName(l pyLine) bool {
	for i, t := range l.tokens {
		if !t.name("setattr") && !t.name("delattr") || i+1 == len(l.tokens) || !l.tokens[i+1].is("(") {
			continue
		}
		parts := (&pyRun{}).split(pyLine{l.tokens[i+1 : i+1+closed(l.tokens[i+1:])], 0})
		if len(parts) < 2 {
			return true
		}
		of, key := parts[0].tokens, parts[1].tokens
		if len(of) == 1 && of[0].name("self") {
			continue
		}
		if len(key) != 1 || !key[0].plain {
			return true
		}
		module, _, imported := s.from(of[0].text)
		if imported && ofSetuptools(module) || slices.Contains(versionMakers(), key[0].text) || slices.Contains([]string{"name", "metadata", "setup"}, key[0].text) {
			return true
		}
	}
	return false
}

// versionWords are what setuptools makes a version of.
func versionMakers() []string {
	return []string{"version", "get_version", "tagged_version", "tags", "vtags", "tag_build", "tag_date", "tag_svn_revision", "egg_version"}
}

// changesVersion says whether a line is of a class that makes a version.
func (s pySource) changesVersion(l pyLine) bool {
	col := l.tokens[0].col
	for _, t := range l.targets() {
		switch {
		case !slices.Contains(versionMakers(), t.leaf()):
		case t.leaf() == "version" && len(t.chain) == 1, t.leaf() == "version" && t.isOwn() && len(t.chain) == 2:
		case t.leaf() == "version" && !s.mentions("metadata"):
		case len(t.chain) > 1, col > 0 && t.leaf() != "tags":
			return true
		}
	}
	if col > 0 && l.starts("def") && len(l.tokens) > 1 {
		return slices.Contains([]string{"tagged_version", "tags", "vtags"}, l.tokens[1].text)
	}
	text := spelt(l.tokens)
	return (strings.Contains(text, "setup.cfg") || strings.Contains(text, "PKG-INFO")) && l.mayWrite()
}

// givesOptions says whether options of a command that make a version are given.
func (s pySource) givesOptions() bool {
	argv := slices.ContainsFunc(pyLines(s.tokens), func(l pyLine) bool {
		i := slices.IndexFunc(l.tokens, func(t token) bool { return t.name("argv") })
		return i >= 0 && (l.assigns(i) || i+2 < len(l.tokens) && slices.Contains([]string{"append", "extend", "insert"}, l.tokens[i+2].text))
	})
	for i, t := range s.tokens {
		key := t.kind == tokName && i+1 < len(s.tokens) && s.tokens[i+1].is("=") && t.depth > 0 || t.kind == tokString
		switch {
		case key && t.text == "script_args", key && t.text == "command_options",
			t.kind == tokString && slices.Contains([]string{"tag_build", "tag-build", "tag_date", "tag-date", "tag_svn_revision"}, t.text),
			t.kind == tokString && argv && (strings.HasPrefix(t.text, "-b") || strings.HasPrefix(t.text, "--tag") || t.text == "egg_info"):
			return true
		}
	}
	return false
}

// ownClass says whether setup() is given a class of its own for what it builds,
// unless all that it does is to say what is in it.
func (s pySource) ownClass() bool {
	for i, t := range s.tokens {
		if t.text != "distclass" || t.kind != tokName && t.kind != tokString {
			continue
		}
		if i+3 >= len(s.tokens) || !s.tokens[i+1].is("=") && !s.tokens[i+1].is(":") || s.tokens[i+2].kind != tokName || !s.onlySays(s.tokens[i+2].text) {
			return true
		}
	}
	return false
}

func (s pySource) onlySays(class string) bool {
	lines := pyLines(s.tokens)
	for i, l := range lines {
		if !l.starts("class") || len(l.tokens) < 2 || !l.tokens[1].name(class) {
			continue
		}
		_, body, _, _ := block(lines[i:])
		return bindings(s.tokens, class) == 1 && !slices.ContainsFunc(body, func(l pyLine) bool {
			says := l.starts("def") && len(l.tokens) > 1 && slices.Contains([]string{"has_ext_modules", "is_pure", "has_c_libraries"}, l.tokens[1].text)
			return !says && !l.starts("pass", "return") && l.tokens[0].kind != tokString
		})
	}
	return false
}

var declared = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// otherwiseWritten says whether Python may read other text in a source than is here.
func otherwiseWritten(src string) bool {
	lines := strings.SplitN(src, "\n", 3)
	for _, l := range lines[:min(2, len(lines))] {
		m := declared.FindStringSubmatch(l)
		if m != nil && !slices.Contains([]string{"utf-8", "utf8", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "iso-8859-15", "cp1252", "utf-8-sig"},
			strings.ReplaceAll(strings.ToLower(m[1]), "_", "-")) {
			return true
		}
	}
	return false
}
