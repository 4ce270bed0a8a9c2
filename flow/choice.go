package flow

// Choice is a question that a plan is made by: it is asked before anything is
// looked at as a step. The answers have the same keys on the command line, in a
// file of answers and on the screen.
type Choice struct {
	Key     string // kebab case; the flag is --Key
	Title   string // the question
	Why     string // what was found that it is asked for, or that the default stands on; may hold text from outside
	Options []Option
	Default string // the value that is taken where nobody answers; "" if somebody must
}

// Text says whether a line of text is wanted, and not one of a few values.
func (c Choice) Text() bool { return len(c.Options) == 0 }

// Option is one answer and what comes of it.
type Option struct {
	Value string
	Title string
	Lines []string // its consequences, two lines at most
	Off   string   // why it cannot be taken here; "" if it can
}

// Option finds an option by its value.
func (c Choice) Option(value string) (Option, bool) {
	for _, o := range c.Options {
		if o.Value == value {
			return o, true
		}
	}
	return Option{}, false
}

// Takes says why a value is no answer to the choice; "" if it is one.
func (c Choice) Takes(value string) string {
	if c.Text() {
		return ""
	}
	o, ok := c.Option(value)
	switch {
	case !ok:
		return "it is none of the values"
	default:
		return o.Off
	}
}
