package pypi

import (
	"strings"
	"unicode"
)

func (r *pyRun) method(v pyValue, name string, a pyArgs) pyValue {
	switch v := v.(type) {
	case pyText:
		return v.method(name, a)
	case pyBytes:
		if name == "decode" {
			return v.pyText
		}
	case *pyOpen:
		if len(a.at)+len(a.named) > 0 {
			return nil // only so much of it
		}
		return v.method(name)
	case pyPath:
		return r.pathMethod(v, name, a)
	case *pySpace:
		if key, ok := firstOf(a).(pyText); ok && name == "get" && len(a.at) == 1 && !v.module {
			return v.names[key.text]
		}
	case *pyMatch:
		return v.method(name, a)
	case *pyRegexp:
		if len(a.at) == 1 {
			return matched(v.re, name, a.at[0])
		}
	case *pySpec:
		space, ok := firstOf(a).(*pySpace)
		switch {
		case name == "load_module" && len(a.at) == 0:
			return r.loaded(v, &pySpace{names: map[string]pyValue{}, module: true})
		case name == "exec_module" && ok:
			return r.loaded(v, space)
		}
	}
	return nil
}

func (m *pyMatch) method(name string, a pyArgs) pyValue {
	switch {
	case name == "group" && len(a.at) == 0:
		return m.groups[0]
	case name == "group" && len(a.at) == 1:
		return m.group(a.at[0])
	case name == "groups" && len(a.at) == 0:
		return pyList(m.groups[1:])
	}
	return nil
}

// lines are what is left of a text file, line by line.
func (f *pyOpen) lines() pyList {
	list := pyList{}
	for line := range strings.Lines(f.text.text) {
		list = append(list, pyText{line, f.text.from})
	}
	return list
}

func (f *pyOpen) method(name string) pyValue {
	if f.spoilt {
		return nil
	}
	text := f.text
	switch name {
	case "read":
		f.text.text = ""
		if f.binary {
			return pyBytes{text}
		}
		return text
	case "readlines":
		if !f.binary {
			lines := f.lines()
			f.text.text = ""
			return lines
		}
	case "readline":
		if line, rest, ok := strings.Cut(text.text, "\n"); ok && !f.binary {
			f.text.text = rest
			return pyText{line + "\n", text.from}
		}
	case "close":
		return pyNone{}
	}
	return nil
}

func (r *pyRun) pathMethod(p pyPath, name string, a pyArgs) pyValue {
	texts, _, ok := allTexts(append([]pyValue{p}, a.at...))
	switch name {
	case "write_text", "write_bytes", "rename", "replace", "unlink", "symlink_to", "hardlink_to", "rmdir":
		r.soil(ok || strings.HasPrefix(name, "write"), append(texts, p.path))
	case "read_text":
		if text, ok := r.read(p.path); ok {
			return text
		}
	case "open":
		a = pyArgs{at: append([]pyValue{p}, a.at...), named: a.named}
		r.wrote("open", a)
		return r.open(a, false)
	case "joinpath":
		if ok {
			return pyPath{pyJoin(texts)}
		}
	case "resolve", "absolute":
		return pyPath{absolute(p.path)}
	}
	return nil
}

// isSpace is what Python takes for space; Go leaves four separators out.
func isSpace(c rune) bool { return unicode.IsSpace(c) || c >= 0x1c && c <= 0x1f }

// trimmed is strip and the like, of spaces or of the characters that are named.
func (t pyText) trimmed(named bool, chars string, trim func(string, func(rune) bool) string) pyValue {
	return pyText{trim(t.text, func(c rune) bool {
		if named {
			return strings.ContainsRune(chars, c)
		}
		return isSpace(c)
	}), t.from}
}

func (t pyText) method(name string, a pyArgs) pyValue {
	args, _, ok := allTexts(a.at[:min(1, len(a.at))])
	if !ok || len(a.named) > 0 {
		return t.join(name, a)
	}
	first, one, none := "", len(a.at) == 1, len(a.at) == 0
	if len(args) > 0 {
		first = args[0]
	}
	switch {
	case name == "strip" && (one || none):
		return t.trimmed(one, first, strings.TrimFunc)
	case name == "rstrip" && (one || none):
		return t.trimmed(one, first, strings.TrimRightFunc)
	case name == "lstrip" && (one || none):
		return t.trimmed(one, first, strings.TrimLeftFunc)
	case name == "lower" && none && isASCII(t.text):
		return pyText{strings.ToLower(t.text), t.from}
	case name == "startswith" && one:
		return strings.HasPrefix(t.text, first)
	case name == "endswith" && one:
		return strings.HasSuffix(t.text, first)
	case name == "splitlines" && none && !strings.ContainsAny(t.text, otherLines):
		if t.text == "" {
			return pyList{}
		}
		return t.parts(strings.Split(strings.TrimSuffix(t.text, "\n"), "\n"))
	case name == "split", name == "rsplit":
		return t.split(name, first, a)
	case name == "replace":
		if both, _, ok := allTexts(a.at); ok && len(both) == 2 && both[0] != "" {
			return pyText{strings.ReplaceAll(t.text, both[0], both[1]), t.from}
		}
	}
	return t.join(name, a)
}

// otherLines end lines for Python's splitlines as a newline does.
const otherLines = "\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029"

func (t pyText) split(name, by string, a pyArgs) pyValue {
	switch {
	case len(a.at) == 0:
		return t.parts(strings.FieldsFunc(t.text, isSpace))
	case by == "":
		return nil
	case len(a.at) == 1:
		return t.parts(strings.Split(t.text, by))
	case len(a.at) == 2 && name == "split":
		if n, ok := a.at[1].(int); ok {
			return t.parts(strings.SplitN(t.text, by, n+1))
		}
	}
	return nil
}

func (t pyText) parts(parts []string) pyValue {
	list := pyList{}
	for _, p := range parts {
		list = append(list, pyText{p, t.from})
	}
	return list
}

func (t pyText) join(name string, a pyArgs) pyValue {
	list, ok := firstOf(a).(pyList)
	if name != "join" || !ok || len(a.at) != 1 {
		return nil
	}
	texts, from, ok := allTexts(list)
	if !ok {
		return nil
	}
	return pyText{strings.Join(texts, t.text), from}
}
