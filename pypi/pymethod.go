package pypi

import (
	"strings"
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
		return v.method(name)
	case pyPath:
		return r.pathMethod(v, name, a)
	case *pySpace:
		if key, ok := firstOf(a).(pyText); ok && name == "get" && len(a.at) == 1 {
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
			return r.loaded(v, &pySpace{map[string]pyValue{}, true})
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
	f.text.text = ""
	return list
}

func (f *pyOpen) method(name string) pyValue {
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
			return f.lines()
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
	case "read_text":
		if text, ok := r.read(p.path); ok {
			return text
		}
	case "open":
		return r.open(pyArgs{at: append([]pyValue{p}, a.at...), named: a.named})
	case "joinpath":
		if ok {
			return pyPath{pyJoin(texts)}
		}
	case "resolve", "absolute":
		return pyPath{absolute(p.path)}
	}
	return nil
}

// stripSpace is what Python strips where no characters are named.
const stripSpace = " \t\n\r\f\v\x1c\x1d\x1e\x1f\u0085\u00a0"

func (t pyText) method(name string, a pyArgs) pyValue {
	args, _, ok := allTexts(a.at[:min(1, len(a.at))])
	if !ok || len(a.named) > 0 && name != "encode" {
		return t.join(name, a)
	}
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	text := func(s string) pyValue { return pyText{s, t.from} }
	switch name {
	case "strip":
		return text(strings.Trim(t.text, cmpText(first, stripSpace)))
	case "rstrip":
		return text(strings.TrimRight(t.text, cmpText(first, stripSpace)))
	case "lstrip":
		return text(strings.TrimLeft(t.text, cmpText(first, stripSpace)))
	case "lower":
		return text(strings.ToLower(t.text))
	case "startswith":
		return strings.HasPrefix(t.text, first)
	case "endswith":
		return strings.HasSuffix(t.text, first)
	case "splitlines":
		return t.parts(strings.Split(strings.TrimSuffix(t.text, "\n"), "\n"))
	case "split", "rsplit":
		return t.split(name, first, a)
	case "replace":
		if both, _, ok := allTexts(a.at); ok && len(both) == 2 && both[0] != "" {
			return text(strings.ReplaceAll(t.text, both[0], both[1]))
		}
	}
	return t.join(name, a)
}

func (t pyText) split(name, by string, a pyArgs) pyValue {
	switch {
	case len(a.at) == 0:
		return t.parts(strings.Fields(t.text))
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
