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
	v := r.called(f, a, l, s)
	if _, followed := f.(*pyFunction); v == nil && !followed {
		r.handedOn(f, a)
	}
	return v
}

// handedOn is of values that went to what is not followed, and may be changed there.
func (r *pyRun) handedOn(f pyValue, a pyArgs) {
	if m, ok := f.(pyMethod); ok {
		r.spoil(m)
	}
	for _, v := range a.at {
		r.spoil(v)
	}
	for _, v := range a.named {
		r.spoil(v)
	}
}

func (r *pyRun) called(f pyValue, a pyArgs, l pyLine, s *pyScope) pyValue {
	switch f := f.(type) {
	case *pyFunction:
		v := r.function(f, a)
		if v == nil { // it may have done anything of what it does
			r.escape(f)
		}
		return v
	case pyKnown:
		if module, ok := strings.CutSuffix(f.name, ".setup"); ok && ownSetup(module) {
			r.note(l, a)
			return pyNone{}
		}
		r.wrote(f.name, a)
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
	texts, _, ok := allTexts([]pyValue{a.file()})
	if !ok {
		return nil
	}
	mode, given := a.mode()
	if given && strings.Trim(mode, "rbtU") != "" {
		return nil
	}
	_, newline := a.named["newline"]
	text, ok := r.read(texts[0])
	if !ok || (plain || newline || strings.Contains(mode, "b")) && r.otherLines(text.from) {
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
	if !ok || r.dirt.spoils(in) {
		return pyText{}, false
	}
	text, err := r.tree.read(in)
	plain := utf8.ValidString(text) && !strings.HasPrefix(text, "\ufeff")
	return pyText{strings.ReplaceAll(text, "\r", "\n"), in}, err == nil && plain
}

func (r *pyRun) attribute(v pyValue, name string) pyValue {
	switch v := v.(type) {
	case pyKnown:
		switch full := v.name + "." + name; {
		case r.assigned[name] && !strings.HasPrefix(full, "sys."):
			return nil
		case full == "os.pardir", full == "os.path.pardir":
			return pyText{"..", ""}
		case full == "os.curdir", full == "os.path.curdir":
			return pyText{".", ""}
		case full == "os.sep", full == "os.path.sep":
			return pyText{"/", ""}
		default:
			return pyKnown{full}
		}
	case *pySpace:
		if v.module && r.assigned[name] {
			return nil
		}
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
