package quickbuild

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// element is an element of a document and where it stands there, so that what is
// not understood of the document stays as it is, byte for byte.
type element struct {
	name       string
	attrs      []xml.Attr
	start, end int // of the whole
	open, shut int // of what is inside
	text       string
	kids       []*element
}

// maxDepth is more than any configuration has.
const maxDepth = 100

var (
	errDeep  = errors.New("its elements stand too deep in each other")
	errTags  = errors.New("its elements do not close each other")
	errEmpty = errors.New("it has no element")
)

// outline reads where the elements of a document stand.
func outline(src []byte) (*element, error) {
	if err := plain(src); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(src))
	top := &element{}
	for stack := []*element{top}; ; {
		at := int(d.InputOffset())
		t, err := d.RawToken()
		now := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{name: full(t.Name), attrs: slices.Clone(t.Attr), start: at, open: int(d.InputOffset())}
			now.kids = append(now.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) == 1 || now.name != full(t.Name) {
				return nil, errTags
			}
			now.shut, now.end = at, int(d.InputOffset())
			stack = stack[:len(stack)-1]
		case xml.CharData:
			now.text += string(t)
		}
		switch {
		case errors.Is(err, io.EOF) && len(stack) > 1:
			return nil, errTags
		case errors.Is(err, io.EOF) && len(top.kids) == 0:
			return nil, errEmpty
		case errors.Is(err, io.EOF):
			return top.kids[0], nil
		case err != nil:
			return nil, err
		case len(stack) > maxDepth:
			return nil, errDeep
		}
	}
}

func full(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// kid is the only child of a name; nil if there is none, or not just one.
func (e *element) kid(name string) *element {
	var found *element
	for _, k := range e.list(name) {
		if found != nil {
			return nil
		}
		found = k
	}
	return found
}

// list are the children of a name.
func (e *element) list(name string) []*element {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.kids), func(k *element) bool { return k.name != name })
}

// value is the text of the only child of a name.
func (e *element) value(name string) string {
	if k := e.kid(name); k != nil {
		return strings.TrimSpace(k.text)
	}
	return ""
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if full(a.Name) == name {
			return a.Value
		}
	}
	return ""
}

// secrets counts the values in an element that the server has encrypted.
func (e *element) secrets() int {
	n := 0
	if e.attr("secret") != "" {
		n++
	}
	for _, k := range e.kids {
		n += k.secrets()
	}
	return n
}

// edits are changes of a document, by the places in it.
type edits struct {
	src  []byte
	cuts []cut
}

type cut struct {
	from, to int
	with     string
}

func (e *edits) put(from, to int, with string) { e.cuts = append(e.cuts, cut{from, to, with}) }

// setText puts a text into an element, in the place of all that is in it.
func (e *edits) setText(el *element, text string) {
	if el.open == el.end { // <name/>
		tag := strings.TrimRight(strings.TrimSuffix(string(e.src[el.start:el.end]), "/>"), " \t\r\n")
		e.put(el.start, el.end, tag+">"+asXML(text)+"</"+el.name+">")
		return
	}
	e.put(el.open, el.shut, asXML(text))
}

// before gives the blanks that an element stands behind, a line break first.
func (e *edits) before(el *element) string {
	from := el.start
	for from > 0 && strings.ContainsRune(" \t", rune(e.src[from-1])) {
		from--
	}
	for from > 0 && strings.ContainsRune("\r\n", rune(e.src[from-1])) && el.start-from < 200 {
		from--
	}
	return string(e.src[from:el.start])
}

// remove takes an element out, and the blanks before it.
func (e *edits) remove(el *element) { e.put(el.start-len(e.before(el)), el.end, "") }

// bytes makes the changed document. Of two changes in one place the first comes first.
func (e *edits) bytes() []byte {
	slices.SortStableFunc(e.cuts, func(a, b cut) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, c := range e.cuts {
		if c.from < at {
			return nil // changes of one thing twice
		}
		out = append(append(out, e.src[at:c.from]...), c.with...)
		at = c.to
	}
	return append(out, e.src[at:]...)
}

var toXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#xD;")

// asXML writes a text as XML has it.
func asXML(text string) string { return toXML.Replace(text) }

// writable says whether XML can hold a text at all.
func writable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}
