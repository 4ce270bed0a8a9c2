package pypi

import "regexp"

// A value of Python as far as it is known. Nil is one that is not known: it goes
// through every operation, so that nothing is ever made of a guess.
type (
	pyValue any

	// pyText is a string, and the file that it was read from, if it was.
	pyText struct{ text, from string }
	// pyBytes are a file's bytes, which become text by decode alone.
	pyBytes struct{ pyText }
	// pyList is a list or a tuple.
	pyList []pyValue
	// pyNone is None.
	pyNone struct{}
	// pySpace is a module, or a dictionary whose keys are strings.
	pySpace struct {
		names  map[string]pyValue
		module bool
		spoilt bool // anything may be in it
	}
	// pyOpen is an open file; what was read of it is gone.
	pyOpen struct {
		text   pyText
		binary bool
		spoilt bool // nobody knows what is left of it
	}
	// pyPath is a pathlib.Path.
	pyPath struct{ path string }
	// pyMatch is a match of a regular expression.
	pyMatch struct {
		re     *regexp.Regexp
		groups []pyValue
	}
	// pyRegexp is a compiled regular expression.
	pyRegexp struct{ re *pyPattern }
	// pyFlags are flags of one.
	pyFlags struct{ letters string }
	// pySpec is a module that can be loaded from a file.
	pySpec struct{ file string }
	// pyKnown is something of Python's own, by its full name.
	pyKnown struct{ name string }
	// pyMethod is a method of a value.
	pyMethod struct {
		of   pyValue
		name string
	}
	// pyFunction is a function of the file itself.
	pyFunction struct {
		params   []string
		defaults map[string]pyValue
		rest     string // the parameter that takes all others
		body     []pyLine
		home     *pyScope
		escaped  bool // anybody may call it at any time
	}
)

// truth says whether a value counts as true, and whether that is known.
func truth(v pyValue) (is, known bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case pyText:
		return v.text != "", true
	case pyNone:
		return false, true
	case int:
		return v != 0, true
	case *pyMatch:
		return true, true
	}
	return false, false
}

func allTexts(values []pyValue) (texts []string, from string, ok bool) {
	for _, v := range values {
		switch t := v.(type) {
		case pyText:
			texts = append(texts, t.text)
			from = cmpText(from, t.from)
		case pyPath:
			texts = append(texts, t.path)
		default:
			return nil, "", false
		}
	}
	return texts, from, true
}
