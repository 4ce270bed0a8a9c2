package plain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/ui/plain"
)

func gate(confirm string) flow.Question {
	p := plan()
	n, _ := p.Node(flow.PushBranch)
	ci, _ := p.Node(flow.AwaitCI)
	clean, _ := p.Node(flow.DeleteBranch)
	return flow.Question{Plan: p.Title, Node: n, Confirm: confirm, Finding: flow.Finding{Text: "no branch pypi-release on origin"},
		Covers: []flow.Node{n, clean}, Leads: []flow.Node{ci}}
}

func TestAsk(t *testing.T) {
	in := func(s string) io.Reader { return strings.NewReader(s) }
	for _, tt := range []struct {
		name    string
		o       plain.AskOptions
		confirm string
		want    string // yes, no, or the code of the problem
	}{
		{"--yes=VERSION at the gate", plain.AskOptions{YesSet: true, Yes: "1.4.0"}, "1.4.0", "yes"},
		{"--yes=VERSION, y/n", plain.AskOptions{YesSet: true, Yes: "1.4.0", Version: "1.4.0"}, "", "yes"},
		{"other version", plain.AskOptions{YesSet: true, Yes: "1.3.0", In: in("1.4.0\n")}, "1.4.0", flow.CodeWrongYes},
		{"other version, y/n", plain.AskOptions{YesSet: true, Yes: "1.3.0", Version: "1.4.0"}, "", flow.CodeWrongYes},
		{"bare --yes, y/n", plain.AskOptions{YesSet: true}, "", "yes"},
		{"bare --yes at the gate", plain.AskOptions{YesSet: true}, "1.4.0", flow.CodeNeedsPerson},
		{"bare --yes at the gate, a person", plain.AskOptions{YesSet: true, In: in("1.4.0\n")}, "1.4.0", "yes"},
		{"nobody", plain.AskOptions{}, "1.4.0", flow.CodeNeedsPerson},
		{"--no-input", plain.AskOptions{NoInput: true, In: in("1.4.0\n")}, "1.4.0", flow.CodeNeedsPerson},
		{"--no-input, --yes=VERSION", plain.AskOptions{NoInput: true, YesSet: true, Yes: "1.4.0"}, "1.4.0", "yes"},
		{"typed", plain.AskOptions{In: in(" 1.4.0\r\n")}, "1.4.0", "yes"},
		{"second try", plain.AskOptions{In: in("yes\n1.4.0\n")}, "1.4.0", "yes"},
		{"three wrong ones", plain.AskOptions{In: in("y\ny\ny\n1.4.0\n")}, "1.4.0", "no"},
		{"empty line", plain.AskOptions{In: in("\n1.4.0\n")}, "1.4.0", "no"},
		{"end of input", plain.AskOptions{In: in("")}, "1.4.0", "no"},
		{"end within the line", plain.AskOptions{In: in("1.4.0")}, "1.4.0", "no"},
		{"y", plain.AskOptions{In: in("Y\n")}, "", "yes"},
		{"n", plain.AskOptions{In: in("no\n")}, "", "no"},
		{"end of input, y/n", plain.AskOptions{In: in("y")}, "", "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Out = io.Discard
			a, err := plain.NewAsker(tt.o)(t.Context(), gate(tt.confirm))
			if got := outcome(a, err); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if a.Yes && a.Typed != tt.confirm && tt.confirm != "" {
				t.Errorf("yes without the version: %+v", a)
			}
		})
	}
}

func outcome(a flow.Answer, err error) string {
	var p *flow.Problem
	switch {
	case errors.As(err, &p):
		return p.Code
	case errors.Is(err, flow.ErrDeclined):
		return "no"
	case err != nil:
		return err.Error()
	case a.Yes:
		return "yes"
	}
	return "no"
}

func TestWhereToGoOn(t *testing.T) {
	for _, tt := range []struct {
		o       plain.AskOptions
		confirm string
		code    int
		next    string
	}{
		{plain.AskOptions{}, "1.4.0", 8, "ferry release --yes=1.4.0"},
		{plain.AskOptions{Command: "ferry recover --clean-up"}, "", 8, "ferry recover --clean-up --yes"},
		{plain.AskOptions{YesSet: true, Yes: "1"}, "1.4.0", 3, "ferry release --yes=1.4.0"},
	} {
		_, err := plain.NewAsker(tt.o)(t.Context(), gate(tt.confirm))
		var p *flow.Problem
		if !errors.As(err, &p) || flow.ExitCode(err) != tt.code || p.Next[0] != tt.next {
			t.Errorf("got %+v", p)
		}
	}
}

func TestAskInWords(t *testing.T) {
	for _, accessible := range []bool{false, true} {
		var out bytes.Buffer
		ask := plain.NewAsker(plain.AskOptions{In: strings.NewReader("1.4\x1b[A\n1.4.0\ny\n"), Out: &out, Accessible: accessible})
		for _, confirm := range []string{"1.4.0", ""} {
			if _, err := ask(t.Context(), gate(confirm)); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, map[bool]string{false: "ask.lines", true: "ask.accessible"}[accessible], out.String())
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	in, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(flow.ErrInterrupted)
	_, err := plain.NewAsker(plain.AskOptions{In: in, Out: io.Discard})(ctx, gate("1.4.0"))
	if !errors.Is(err, flow.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
}

func TestAskWithoutATerminalToShowItOn(t *testing.T) {
	_, err := plain.NewAsker(plain.AskOptions{In: strings.NewReader("1.4.0\n"), Out: &full{}})(t.Context(), gate("1.4.0"))
	if !errors.Is(err, errDisk) {
		t.Errorf("a question that could not be shown was answered: %v", err)
	}
}
