package pypi

import (
	"path"
	"regexp"
	"strings"
)

// known calls what is Python's own.
func (r *pyRun) known(name string, a pyArgs, s *pyScope) pyValue {
	texts, from, plain := allTexts(a.at)
	one := plain && len(texts) == 1
	switch name {
	case "sys.exit", "exit", "quit", "os._exit", "os.abort":
		r.ended = true
		return nil
	case "open", "io.open", "codecs.open":
		return r.open(a, name == "codecs.open")
	case "exec":
		return r.run(a, s)
	case "__import__", "importlib.import_module":
		if one {
			return r.module(texts[0], s)
		}
	case "compile":
		if plain && len(texts) >= 2 {
			return a.at[0]
		}
	case "str":
		if t, ok := text(firstOf(a)); ok && len(a.at) == 1 {
			return t
		}
	case "map":
		return mapped(a)
	case "dict":
		if len(a.at) == 0 {
			return &pySpace{names: a.named}
		}
	case "ast.literal_eval", "eval":
		v := literalOf(a)
		source, text := firstOf(a).(pyText)
		r.lost = r.lost || v == nil && name == "eval" && text && strings.Contains(source.text, "(")
		return v
	case "os.path.join", "posixpath.join":
		if plain && len(texts) > 0 {
			return pyText{pyJoin(texts), from}
		}
	case "os.path.dirname":
		if one {
			dir, _ := path.Split(texts[0])
			return pyText{strings.TrimSuffix(dir, "/"), from}
		}
	case "os.path.abspath", "os.path.realpath":
		if one {
			return pyText{absolute(texts[0]), from}
		}
	case "os.path.normpath":
		if one {
			return pyText{path.Clean(texts[0]), from}
		}
	case "os.getcwd":
		return pyText{root, ""}
	case "pathlib.Path", "pathlib.PurePath":
		if plain {
			return pyPath{cmpText(pyJoin(texts), ".")}
		}
	case "pathlib.Path.cwd":
		return pyPath{root}
	case "importlib.util.spec_from_file_location":
		if plain && len(texts) == 2 {
			return &pySpec{texts[1]}
		}
	case "importlib.util.module_from_spec":
		return &pySpace{names: map[string]pyValue{}, module: true}
	case "importlib.machinery.SourceFileLoader":
		if plain && len(texts) == 2 {
			return &pySpec{texts[1]}
		}
	case "runpy.run_path":
		return r.loaded(&pySpec{strings.Join(texts, "\x00")}, &pySpace{names: map[string]pyValue{}})
	}
	if function, ok := strings.CutPrefix(name, "re."); ok {
		return r.regexp(function, a)
	}
	return nil
}

func firstOf(a pyArgs) pyValue {
	if len(a.at) == 0 {
		return nil
	}
	return a.at[0]
}

// run is exec(source), here or in a dictionary.
func (r *pyRun) run(a pyArgs, s *pyScope) pyValue {
	source, ok := firstOf(a).(pyText)
	space := &pySpace{names: map[string]pyValue{}}
	if len(a.at) > 1 {
		given, isSpace := a.at[1].(*pySpace)
		if !isSpace || len(a.at) > 2 {
			ok = false
		} else {
			space = given
		}
	} else if s.up != nil { // in a function
		ok = false
	}
	if !ok || source.from == "" || !r.load(source, space) {
		r.lost = len(a.at) < 2
		clear(space.names)
		return nil
	}
	if len(a.at) < 2 {
		for name, v := range space.names {
			if name != "__name__" {
				s.bind(name, v)
			}
		}
	}
	return pyNone{}
}

// loaded runs a file into a space, which is the module.
func (r *pyRun) loaded(spec *pySpec, space *pySpace) pyValue {
	text, ok := r.read(spec.file)
	if !ok || !r.load(text, space) {
		return nil
	}
	return space
}

func mapped(a pyArgs) pyValue {
	if len(a.at) != 2 || a.at[0] != (pyKnown{"str"}) {
		return nil
	}
	list, ok := a.at[1].(pyList)
	out := pyList{}
	for _, v := range list {
		t, known := text(v)
		if !known {
			return nil
		}
		out = append(out, t)
	}
	if !ok {
		return nil
	}
	return out
}

func literalOf(a pyArgs) pyValue {
	t, ok := firstOf(a).(pyText)
	if !ok || len(a.at) != 1 {
		return nil
	}
	tokens, err := tokenize("", t.text)
	if err != nil || len(tokens) < 2 {
		return nil
	}
	if text, ok := literal(tokens[:len(tokens)-1]); ok {
		return pyText{text, t.from}
	}
	return nil
}

// flag gives the letters of a flag of re.
func flag(v pyValue) (string, bool) {
	known, _ := v.(pyKnown)
	if flags, ok := v.(pyFlags); ok {
		return flags.letters, true
	}
	letter, ok := map[string]string{"re.M": "m", "re.MULTILINE": "m", "re.I": "i", "re.IGNORECASE": "i", "re.S": "s", "re.DOTALL": "s"}[known.name]
	return letter, ok
}

func (r *pyRun) regexp(function string, a pyArgs) pyValue {
	pattern, ok := firstOf(a).(pyText)
	takes := 2
	if function == "compile" {
		takes = 1
	}
	flags := ""
	if f, named := a.named["flags"]; named {
		a.at = append(a.at, f)
	}
	if ok && len(a.at) == takes+1 {
		flags, ok = flag(a.at[takes])
	}
	if !ok || len(a.at) < takes || len(a.at) > takes+1 {
		return nil
	}
	re, ok := pythonPattern(pattern.text, flags)
	if !ok {
		return nil
	}
	if function == "compile" {
		return &pyRegexp{re}
	}
	return matched(re, function, a.at[1])
}

// matched is search, match or findall.
func matched(p *pyPattern, function string, in pyValue) pyValue {
	t, ok := in.(pyText)
	if !ok || !p.sure(t.text) {
		return nil
	}
	re := p.re
	switch function {
	case "findall":
		return everyMatch(re, t)
	case "match":
		re = p.start
	case "search":
	default:
		return nil
	}
	m := re.FindStringSubmatchIndex(t.text)
	if m == nil {
		return pyNone{}
	}
	out := &pyMatch{re: re}
	for i := 0; i < len(m); i += 2 {
		if m[i] < 0 {
			out.groups = append(out.groups, pyNone{})
			continue
		}
		out.groups = append(out.groups, pyText{t.text[m[i]:m[i+1]], t.from})
	}
	return out
}

// everyMatch is findall. Matches of nothing are found elsewhere by Python.
func everyMatch(re *regexp.Regexp, t pyText) pyValue {
	if re.NumSubexp() > 1 || re.MatchString("") {
		return nil
	}
	list := pyList{}
	for _, m := range re.FindAllStringSubmatch(t.text, -1) {
		if m[0] == "" {
			return nil
		}
		list = append(list, pyText{m[len(m)-1], t.from})
	}
	return list
}

func (m *pyMatch) group(at pyValue) pyValue {
	n := -1
	switch at := at.(type) {
	case int:
		n = at
	case pyText:
		n = m.re.SubexpIndex(at.text)
	}
	if n < 0 || n >= len(m.groups) {
		return nil
	}
	return m.groups[n]
}
