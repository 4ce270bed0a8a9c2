package quickbuild

import (
	"regexp"
	"strings"
)

// hidden stands in the place of what a document keeps secret.
const hidden = "(hidden)"

// telling are elements that are named after the secret in them.
var telling = regexp.MustCompile(`(?i)pass(word|wd|phrase)?$|token|secret|credential|api_?key|private_?key`)

// shown is the document for people. What a variable holds, the server's own
// encrypted values and the environment of a step may be secrets, and are hidden
// whatever they are called.
func (d *draft) shown() string {
	e := edits{src: d.src}
	e.hide(d.root)
	return string(e.bytes())
}

func (e *edits) hide(el *element) {
	if el.shut > el.open && el.attr("secret") != "" || len(el.kids) == 0 && telling.MatchString(el.name) && strings.TrimSpace(el.text) != "" {
		e.put(el.open, el.shut, hidden)
		return
	}
	for _, k := range el.kids {
		switch {
		case el.holds(k) && k.shut > k.open:
			e.put(k.open, k.shut, hidden)
		default:
			e.hide(k)
		}
	}
}

// holds says whether a child is the value of a variable: of the configuration, or,
// as the second of two texts, of an environment.
func (el *element) holds(k *element) bool {
	texts := el.list("string")
	return k.name == "value" || el.name == "entry" && len(texts) == 2 && k == texts[1]
}
