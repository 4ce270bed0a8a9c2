package pypi

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// pyArgs are the arguments of a call.
type pyArgs struct {
	at     []pyValue
	named  map[string]pyValue
	unsure bool // there are others
}

func (r *pyRun) arguments(l pyLine, s *pyScope) pyArgs {
	a := pyArgs{named: map[string]pyValue{}}
	for _, p := range r.split(l) {
		t := p.tokens
		switch {
		case t[0].is("**"):
			space, ok := r.expr(p.from(1), s).(*pySpace)
			if !ok || space.spoilt {
				a.unsure = true
				continue
			}
			for k, v := range space.names {
				a.named[k] = v
			}
		case t[0].is("*"):
			list, ok := r.expr(p.from(1), s).(pyList)
			a.at, a.unsure = append(a.at, list...), a.unsure || !ok || !list.whole()
		case len(t) > 2 && t[0].kind == tokName && t[1].is("="):
			a.named[t[0].text] = r.expr(p.from(2), s)
		default:
			a.at = append(a.at, r.expr(p, s))
		}
	}
	return a
}

func (r *pyRun) call(f pyValue, l pyLine, s *pyScope) pyValue {
	a := r.arguments(l, s)
	if r.ended {
		return nil
	}
	switch f := f.(type) {
	case *pyFunction:
		v := r.function(f, a)
		if v == nil { // it may have done anything of what it does
			r.escape(f)
		}
		return v
	case pyKnown:
		if f.name == "setuptools.setup" || f.name == "distutils.core.setup" {
			r.note(l, a)
			return pyNone{}
		}
		if a.unsure {
			return nil
		}
		return r.known(f.name, a, s)
	case pyMethod:
		if a.unsure {
			return nil
		}
		return r.method(f.of, f.name, a)
	}
	return nil
}

// note keeps what a call of setup() was given.
func (r *pyRun) note(l pyLine, a pyArgs) {
	if l.at >= len(r.tokens) || l.at < 0 || &r.tokens[l.at] != &l.tokens[0] { // it stands in another file
		r.lost = true
		return
	}
	now := pySetup{l.tokens[0].line, a.named, a.unsure || len(a.at) > 0, false}
	if old, again := r.calls[l.at]; again {
		now.differs = old.differs || !same(old, now)
	}
	r.calls[l.at] = now
}

func same(a, b pySetup) bool {
	for _, key := range []string{"name", "version"} {
		x, xOK := a.args[key].(pyText)
		y, yOK := b.args[key].(pyText)
		_, xIs := a.args[key]
		_, yIs := b.args[key]
		if xIs != yIs || xOK != yOK || x.text != y.text {
			return false
		}
	}
	return a.spread == b.spread
}

func (r *pyRun) function(f *pyFunction, a pyArgs) pyValue {
	if r.depth > maxPyDepth || a.unsure || len(a.at) > len(f.params) && f.rest == "" {
		return nil
	}
	s := newScope(f.home)
	for name, v := range f.defaults {
		s.names[name] = v
	}
	n := min(len(a.at), len(f.params))
	for i, v := range a.at[:n] {
		s.names[f.params[i]] = v
	}
	if f.rest != "" {
		s.names[f.rest] = pyList(a.at[n:])
	}
	for name, v := range a.named {
		if !slices.Contains(f.params, name) {
			return nil
		}
		s.names[name] = v
	}
	for _, p := range f.params {
		if _, given := s.names[p]; !given {
			return nil
		}
	}
	return r.body(f, s)
}

func (r *pyRun) body(f *pyFunction, s *pyScope) pyValue {
	r.depth++
	defer func() { r.depth-- }()
	switch flow, v := r.exec(f.body, s); flow {
	case returns:
		return v
	case goesOn:
		return pyNone{}
	}
	return nil
}

// root is where the tree is thought to be. A path that is written out whole
// and lies elsewhere is not known.
const root = "/\x00tree"

func pyJoin(parts []string) string {
	out := ""
	for _, p := range parts {
		switch {
		case strings.HasPrefix(p, "/") || out == "":
			out = p
		case strings.HasSuffix(out, "/"):
			out += p
		default:
			out += "/" + p
		}
	}
	return out
}

func absolute(p string) string {
	return path.Clean(pyJoin([]string{root, p}))
}

// open gives a file of the tree. plain says that its lines end as they do on disk.
func (r *pyRun) open(a pyArgs, plain bool) pyValue {
	texts, _, ok := allTexts(a.at[:min(1, len(a.at))])
	if named, is := a.named["file"]; is {
		texts, _, ok = allTexts([]pyValue{named})
	}
	if !ok || len(texts) == 0 {
		return nil
	}
	mode := ""
	if len(a.at) > 1 {
		t, _ := a.at[1].(pyText)
		mode = cmpText(t.text, "?")
	} else if m, is := a.named["mode"]; is {
		t, _ := m.(pyText)
		mode = cmpText(t.text, "?")
	}
	if strings.Trim(mode, "rbtU") != "" {
		return nil
	}
	_, given := a.named["newline"]
	text, ok := r.read(texts[0])
	if !ok || (plain || given || strings.Contains(mode, "b")) && r.otherLines(text.from) {
		return nil
	}
	return &pyOpen{text: text, binary: strings.Contains(mode, "b")}
}

// otherLines says whether the lines of a file end in more than a newline.
func (r *pyRun) otherLines(file string) bool {
	b, err := fs.ReadFile(r.tree, file)
	return err != nil || bytes.IndexByte(b, '\r') >= 0
}

func (r *pyRun) read(file string) (pyText, bool) {
	in, ok := strings.CutPrefix(absolute(file), root+"/")
	if !ok {
		return pyText{}, false
	}
	text, err := r.tree.read(in)
	plain := utf8.ValidString(text) && !strings.HasPrefix(text, "\ufeff")
	return pyText{strings.ReplaceAll(text, "\r", "\n"), in}, err == nil && plain
}

func attribute(v pyValue, name string) pyValue {
	switch v := v.(type) {
	case pyKnown:
		return pyKnown{v.name + "." + name}
	case *pySpace:
		if v.module {
			return v.names[name]
		}
		return pyMethod{v, name}
	case *pySpec:
		if name == "loader" {
			return v
		}
		return pyMethod{v, name}
	case pyPath:
		switch name {
		case "parent":
			return pyPath{path.Dir(v.path)}
		case "name":
			return pyText{path.Base(v.path), ""}
		}
		return pyMethod{v, name}
	case nil:
		return nil
	}
	return pyMethod{v, name}
}
