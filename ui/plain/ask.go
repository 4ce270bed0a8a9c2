package plain

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"ferry/flow"
	"ferry/ui/visible"
)

// AskOptions says who answers.
type AskOptions struct {
	Yes        string    // the version of --yes=VERSION
	YesSet     bool      // --yes was given, with a version or without
	Version    string    // what the plan releases; a --yes for another version answers nothing
	NoInput    bool      // never ask
	In         io.Reader // the person; nil: there is none. A *bufio.Reader is read from as it is
	Out        io.Writer
	Accessible bool
	Command    string // what to type to go on, without --yes; "" for "ferry release"
}

// maxTries bounds how often a wrong answer is asked for again: a program that
// feeds us lines must not loop.
const maxTries = 3

// NewAsker makes the flow.Ask of a face of lines. What --yes covers is not
// asked; where nobody can be asked, the problem names the flag.
func NewAsker(o AskOptions) flow.Ask {
	if o.Command == "" {
		o.Command = "ferry release"
	}
	a := asker{AskOptions: o}
	if o.In != nil {
		a.in = bufio.NewReader(o.In) // one for all questions: it may hold the next answer
	}
	return a.ask
}

type asker struct {
	AskOptions
	in *bufio.Reader
}

func (a asker) ask(ctx context.Context, q flow.Question) (flow.Answer, error) {
	switch {
	case a.YesSet && a.Yes != "":
		return a.byVersion(q)
	case a.YesSet && q.Confirm == "":
		return flow.Answer{Yes: true}, a.show(q)
	case a.NoInput || a.in == nil:
		return flow.Answer{}, a.nobody(q)
	}
	return a.person(ctx, q)
}

func (a asker) byVersion(q flow.Question) (flow.Answer, error) {
	typed := q.Confirm
	if q.Reading() { // whoever named the version has read it
		typed = ""
	}
	for _, want := range []string{typed, a.Version} {
		if want != "" && want != a.Yes {
			return flow.Answer{}, &flow.Problem{
				Code: flow.CodeWrongYes, Class: flow.ClassConflict,
				Text: fmt.Sprintf("--yes=%s is for another version: this is %s", a.Yes, want),
				Now:  []string{"nothing was changed after the question"}, Retry: flow.RetrySafe,
				Next: []string{a.Command + " --yes=" + want},
			}
		}
	}
	return flow.Answer{Yes: true, Typed: q.Confirm}, a.show(q)
}

func (a asker) nobody(q flow.Question) error {
	flag := " --yes"
	if q.Reading() {
		flag += "=" + a.Version
	} else if q.Confirm != "" {
		flag += "=" + q.Confirm
	}
	return &flow.Problem{
		Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Text: "Nobody can be asked: " + warning(q.Node),
		Now: []string{"nothing was changed after the question"}, Retry: flow.RetrySafe, Next: []string{a.Command + flag},
	}
}

// person asks in words. No answer, an empty line and the end of the input are all no.
func (a asker) person(ctx context.Context, q flow.Question) (flow.Answer, error) {
	if err := a.explain(q); err != nil {
		return flow.Answer{}, err
	}
	for range maxTries {
		if _, err := fmt.Fprint(a.Out, prompt(q)); err != nil {
			return flow.Answer{}, err
		}
		line, err := a.line(ctx)
		if err != nil {
			return flow.Answer{}, err
		}
		switch {
		case line == "", q.Confirm == "" && isNo(line):
			return flow.Answer{}, flow.ErrDeclined
		case q.Confirm == "" && isYes(line), q.Confirm != "" && line == q.Confirm:
			return flow.Answer{Yes: true, Typed: line}, nil
		}
		if _, err := fmt.Fprintf(a.Out, "That was %s.\n", visible.Line(fmt.Sprintf("%q", line))); err != nil {
			return flow.Answer{}, err
		}
	}
	return flow.Answer{}, flow.ErrDeclined
}

func isYes(s string) bool { return strings.EqualFold(s, "y") || strings.EqualFold(s, "yes") }
func isNo(s string) bool  { return strings.EqualFold(s, "n") || strings.EqualFold(s, "no") }

func prompt(q flow.Question) string {
	if q.Confirm == "" {
		return "Go on? Type y or n: "
	}
	if q.Reading() {
		return fmt.Sprintf("Type %s when you have read it, or an empty line to go back: ", visible.Line(q.Confirm))
	}
	return fmt.Sprintf("Type the version %s to go on, or an empty line to go back: ", visible.Line(q.Confirm))
}

// explain says what the answer covers, what the world then does, and what
// cannot be undone.
func (a asker) explain(q flow.Question) error {
	out := &output{w: a.Out}
	v := a.voice(out)
	row := func(label, text string) { v.row(label, visible.Line(text)) }
	row("ask", q.Plan)
	if q.Reading() {
		for _, l := range changed(q.Finding.Diff) {
			row("diff", l)
		}
		return out.err
	}
	if q.Finding.Text != "" {
		row("now", q.Finding.Text)
	}
	for _, n := range q.Covers {
		row("does", doing(n, ""))
	}
	for _, f := range q.Notes {
		row("notes", f.Says)
	}
	for _, n := range q.Leads {
		row("then", n.Title)
	}
	quoteDiff(v, q)
	if q.Confirm != "" {
		row("note", finality(q.Node))
	}
	return out.err
}

// finality is what cannot be undone once a person has typed the version.
func finality(n flow.Node) string {
	if n.ID == flow.AbandonBranch {
		return "An attempt that is given up cannot be taken up again: its commit is not pushed twice."
	}
	return "An upload to the index cannot be undone."
}

// voice is how the questions speak.
func (o AskOptions) voice(out *output) voice {
	if o.Accessible {
		return sentences{out}
	}
	return columns{out}
}

// show is what somebody sees who is not asked: the change that --yes agrees to.
func (a asker) show(q flow.Question) error {
	if a.Out == nil {
		return nil
	}
	out := &output{w: a.Out}
	quoteDiff(a.voice(out), q)
	return out.err
}

// quoteDiff shows every line of what the question's step would write: a yes is to
// what was shown.
func quoteDiff(v voice, q flow.Question) {
	d := q.Finding.Diff
	if d == nil || q.Node.Effect == flow.Reads || q.Reading() {
		return
	}
	v.row("change", visible.Line(d.Path))
	for _, l := range visible.Lines(d.Text) {
		v.row("diff", l)
	}
}

// changed are the lines of a diff, not more than a person reads.
func changed(d *flow.Diff) []string {
	if d == nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(d.Text, "\n"), "\n")
	if len(lines) > maxDiff {
		lines = append(lines[:maxDiff:maxDiff], fmt.Sprintf("… %d more lines", len(lines)-maxDiff))
	}
	return lines
}

const maxDiff = 200 // lines of it

// line reads one answer. A read cannot be cut short, so one that was given up
// is left behind until the input ends; the program ends then, too.
func (a asker) line(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	ch := make(chan answer, 1)
	go func() {
		text, err := a.in.ReadString('\n')
		ch <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case got := <-ch:
		if got.err != nil { // also a line that was not ended: it may be half of one
			_, _ = fmt.Fprintln(a.Out)
			return "", flow.ErrDeclined
		}
		return strings.TrimSpace(got.text), nil
	}
}
