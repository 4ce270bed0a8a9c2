package plain

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"ferry/flow"
	"ferry/ui/visible"
)

// AskChoices asks, one after the other, what a plan is made by: choices gives all
// that apply to the answers so far, and given are the answers that are there. Where
// nobody can be asked the default is taken. The end of the input and three wrong
// answers are flow.ErrDeclined; anything else that is wrong is a *flow.Problem.
func AskChoices(ctx context.Context, o AskOptions, choices func(map[string]string) []flow.Choice, given map[string]string) (map[string]string, error) {
	c := newChooser(o)
	answers := map[string]string{}
	maps.Copy(answers, given)
	for {
		all := choices(answers)
		next, err := c.next(all, answers)
		if err != nil {
			return answers, err
		}
		if next == nil {
			return answers, c.unused(all, given)
		}
		value, err := c.choose(ctx, *next)
		if err != nil {
			return answers, err
		}
		answers[next.Key] = value
	}
}

type chooser struct {
	asker
	out *output
	v   voice
}

func newChooser(o AskOptions) chooser {
	if o.Command == "" {
		o.Command = "ferry onboard"
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	c := chooser{asker: asker{AskOptions: o}, out: &output{w: o.Out}}
	if o.In != nil {
		c.in = bufio.NewReader(o.In)
	}
	c.v = o.voice(c.out)
	return c
}

// next is the first choice that is open; every answer before it must fit.
func (c chooser) next(all []flow.Choice, answers map[string]string) (*flow.Choice, error) {
	for i, q := range all {
		value, ok := answers[q.Key]
		if !ok {
			return &all[i], nil
		}
		if why := q.Takes(value); why != "" {
			return nil, c.wrong(q, value, why)
		}
	}
	return nil, nil
}

// unused tells of answers that no question took: nothing of theirs will be done.
func (c chooser) unused(all []flow.Choice, given map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(all, func(q flow.Choice) bool { return q.Key == key }) {
			c.row("note", fmt.Sprintf("--%s=%s  is not asked here, and changes nothing", key, given[key]))
		}
	}
	return c.out.err
}

// fallback is the default, where it can be taken.
func fallback(q flow.Choice) (string, bool) {
	return q.Default, q.Default != "" && q.Takes(q.Default) == ""
}

func (c chooser) choose(ctx context.Context, q flow.Choice) (string, error) {
	if !c.NoInput && c.in != nil {
		return c.person(ctx, q)
	}
	value, ok := fallback(q)
	if !ok {
		return "", c.nobody(q)
	}
	c.row("note", fmt.Sprintf("--%s=%s  the default; nobody is asked", q.Key, value))
	return value, c.out.err
}

func (c chooser) row(label, text string) { c.v.row(label, visible.Line(text)) }

// person asks in words, as the asker does.
func (c chooser) person(ctx context.Context, q flow.Choice) (string, error) {
	c.explain(q)
	for range maxTries {
		if c.out.err != nil {
			return "", c.out.err
		}
		if _, err := fmt.Fprint(c.Out, visible.Line(request(q))); err != nil {
			return "", err
		}
		line, err := c.line(ctx)
		if err != nil {
			return "", err
		}
		value, why := taken(q, line)
		if why == "" {
			return value, nil
		}
		if _, err := fmt.Fprintf(c.Out, "%s.\n", visible.Line(why)); err != nil {
			return "", err
		}
	}
	return "", flow.ErrDeclined
}

// explain says the question, why it is asked, and what comes of each answer.
func (c chooser) explain(q flow.Choice) {
	c.row("ask", q.Title)
	if q.Why != "" {
		c.row("why", q.Why)
	}
	for i, o := range q.Options {
		title := o.Title
		if title == "" {
			title = o.Value
		}
		c.row(strconv.Itoa(i+1), fmt.Sprintf("%s  (--%s=%s)", title, q.Key, o.Value))
		for _, l := range o.Lines {
			c.row("so", l)
		}
		if o.Off != "" {
			c.row("off", o.Off)
		}
	}
}

func request(q flow.Choice) string {
	value, ok := fallback(q)
	switch {
	case q.Text() && ok:
		return fmt.Sprintf("Type it, or an empty line for %s: ", value)
	case q.Text():
		return "Type it: "
	case !ok:
		return fmt.Sprintf("Type a number, 1 to %d: ", len(q.Options))
	}
	return fmt.Sprintf("Type a number, 1 to %d, or an empty line for %d: ", len(q.Options), place(q, value))
}

// place is the number of a value among the options.
func place(q flow.Choice, value string) int {
	for i, o := range q.Options {
		if o.Value == value {
			return i + 1
		}
	}
	return 0
}

// taken is what a line answers, or why it is no answer. A value counts as its number does.
func taken(q flow.Choice, line string) (value, why string) {
	if line == "" {
		value, ok := fallback(q)
		if !ok {
			return "", "An answer is needed"
		}
		return value, ""
	}
	if q.Text() {
		return line, ""
	}
	value = line
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(q.Options) {
		value = q.Options[n-1].Value
	}
	if why := q.Takes(value); why != "" {
		return "", fmt.Sprintf("%q cannot be taken: %s", line, why)
	}
	return value, ""
}

// wrong is an answer from a flag or a file that does not fit.
func (c chooser) wrong(q flow.Choice, value, why string) error {
	p := &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Text: fmt.Sprintf("--%s=%s cannot be taken: %s", q.Key, value, why),
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: c.commands(q)}
	for _, o := range q.Options {
		l := o.Value + "  " + o.Title
		if o.Off != "" {
			l += "  (cannot be taken: " + o.Off + ")"
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

func (c chooser) nobody(q flow.Choice) error {
	return &flow.Problem{Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Text: "Nobody can be asked: " + q.Title,
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: c.commands(q)}
}

// commands go on with each answer that can be taken.
func (c chooser) commands(q flow.Choice) (out []string) {
	for _, o := range q.Options {
		if o.Off == "" {
			out = append(out, c.Command+" "+flow.Verbatim("--"+q.Key+"="+o.Value))
		}
	}
	if len(out) == 0 {
		out = append(out, c.Command+" --"+q.Key+"=VALUE")
	}
	return out
}
