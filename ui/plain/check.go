package plain

import (
	"fmt"
	"io"
	"strings"

	"ferry/flow"
	"ferry/ui/visible"
)

// Check is the one document of `ferry check`.
type Check struct {
	flow.Outlook
	Problem *flow.Problem // why the ref would not be published as it should; nil if it would
}

type checkDocument struct {
	V           int               `json:"v"`
	Kind        string            `json:"kind"`
	Ref         string            `json:"ref"`
	From        string            `json:"from"`
	Exit        int               `json:"exit"`
	Deploys     []deployField     `json:"deploys"`
	Skips       []deployField     `json:"skips"`
	Undecided   []string          `json:"undecided"`
	Instead     []string          `json:"instead,omitempty"`
	Diagnostics []diagnosticField `json:"diagnostics"`
	Checks      []factCheck       `json:"checks"`
	Problem     *problemEvent     `json:"problem,omitempty"`
}

type deployField struct {
	Provider    string   `json:"provider"`
	Job         string   `json:"job"`
	Index       string   `json:"index"`
	Environment string   `json:"environment,omitempty"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
	Sure        bool     `json:"sure"`
	Why         []string `json:"why"`
}

type diagnosticField struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Text     string `json:"text"`
	Fix      string `json:"fix"`
	Mends    bool   `json:"mends"` // --fix does it
}

// factCheck is a check that decides nothing by itself.
type factCheck struct {
	ID       string       `json:"id"`
	Result   flow.Result  `json:"result"`
	Evidence string       `json:"evidence"`
	Proof    []proofField `json:"proof,omitempty"`
}

// WriteJSON writes the document on one line.
func (d Check) WriteJSON(w io.Writer) error {
	doc := checkDocument{V: 1, Kind: "check", Ref: d.Ref, From: d.From, Exit: d.exit(), Deploys: deployFields(d.Deploys), Skips: deployFields(d.Skips),
		Undecided: list(d.Undecided), Instead: d.Instead, Diagnostics: []diagnosticField{}, Checks: []factCheck{}}
	for _, g := range d.Diagnostics {
		doc.Diagnostics = append(doc.Diagnostics, diagnosticField{g.Code, g.Severity, g.File, g.Line, g.Text, g.Fix, g.Mends})
	}
	for _, c := range d.Checks {
		f := factCheck{ID: c.ID, Result: c.Result, Evidence: c.Evidence}
		for _, p := range c.Proof {
			f.Proof = append(f.Proof, proofField(p))
		}
		doc.Checks = append(doc.Checks, f)
	}
	doc.Problem = problemIn(d.Problem)
	return writeDocument(w, doc)
}

func deployFields(ds []flow.Deployment) []deployField {
	out := []deployField{}
	for _, d := range ds {
		out = append(out, deployField{d.Provider, d.Job, d.Index, d.Environment, d.File, d.Line, d.Sure, list(d.Why)})
	}
	return out
}

func (d Check) exit() int {
	if d.Problem == nil {
		return 0
	}
	return flow.ExitCode(d.Problem)
}

// CheckFace says how WriteText speaks.
type CheckFace struct {
	Accessible bool // words instead of signs
	ASCII      bool
	Width      int // of the terminal, in cells; 0 breaks no line
}

// WriteText writes the same for people: what deploys and why, what does not, what
// is wrong, and last what it comes to.
func (d Check) WriteText(w io.Writer, face CheckFace) error {
	b := &checkText{face: face}
	b.row("ref", d.Ref+", by the files of "+d.From)
	for _, j := range d.Deploys {
		b.job(j)
	}
	for _, j := range d.Skips {
		b.sign(signs[flow.NotChecked], "not", fmt.Sprintf("%s %s  %s:%d", j.Provider, j.Job, j.File, j.Line))
		b.reasons(j.Why)
	}
	for _, g := range d.Diagnostics {
		b.diagnostic(g)
	}
	for _, c := range d.Checks {
		b.line(checkLine(c, VerifyFace{Accessible: face.Accessible, ASCII: face.ASCII}))
	}
	b.line("")
	b.end(d)
	_, err := io.WriteString(w, b.String())
	return err
}

// checkText gathers lines.
type checkText struct {
	strings.Builder
	face CheckFace
}

// line writes a label and what stands under it, broken to the terminal's width.
func (b *checkText) line(text string) {
	for _, l := range hanging(b.told(text), b.face.Width, checkWidth+2) {
		b.WriteString(l + "\n")
	}
}

// told is a line as the face has it.
func (b *checkText) told(text string) string {
	if b.face.ASCII {
		text = ascii(text)
	}
	return strings.TrimRight(text, " ")
}

func (b *checkText) row(label, text string) { b.line(pad(label, checkWidth+2) + visible.Line(text)) }

// command stays on one line, so that it can be copied.
func (b *checkText) command(label, text string) {
	b.WriteString(b.told(pad(label, checkWidth+2)+visible.Line(text)) + "\n")
}

func (b *checkText) sign(signs [2]string, label, text string) {
	sign := signs[0]
	switch {
	case b.face.Accessible:
		sign = " "
	case b.face.ASCII:
		sign = signs[1]
	}
	b.line(sign + " " + pad(label, checkWidth) + visible.Line(text))
}

func (b *checkText) reasons(why []string) {
	for _, w := range why {
		b.row("", w)
	}
}

func (b *checkText) job(j flow.Deployment) {
	label, sign := "deploys", signs[flow.Good]
	if !j.Sure {
		label, sign = "perhaps", signs[flow.NotChecked]
	}
	b.sign(sign, label, fmt.Sprintf("%s %s to %s  %s:%d", j.Provider, j.Job, indexWords(j.Index), j.File, j.Line))
	b.reasons(j.Why)
}

// indexWords is what people call an upload URL.
func indexWords(url string) string {
	switch strings.TrimSuffix(url, "/") {
	case "", "https://upload.pypi.org/legacy":
		return "PyPI"
	case "https://test.pypi.org/legacy":
		return "TestPyPI"
	}
	return url
}

func (b *checkText) diagnostic(g flow.Diagnostic) {
	sign := map[string][2]string{flow.SeverityError: signs[flow.Bad], flow.SeverityWarning: {"!", "!"}, flow.SeverityNote: {"·", "."}}[g.Severity]
	b.sign(sign, g.Severity, fmt.Sprintf("%s:%d %s (%s)", g.File, g.Line, g.Text, g.Code))
	if g.Fix != "" {
		b.row("", "fix: "+g.Fix)
	}
}

func (b *checkText) end(d Check) {
	if d.Problem == nil {
		b.row("verdict", d.verdict())
		return
	}
	b.row("problem", withCode(d.Problem, d.Problem.Text))
	for _, why := range d.Problem.Lines {
		b.row("why", why)
	}
	for _, now := range d.Problem.Now {
		b.row("now", now)
	}
	b.row("retry", retryWords(d.Problem.Retry))
	for i, next := range d.Problem.Next {
		b.command([]string{"next", "or"}[min(i, 1)], next)
	}
}

// verdict counts what publishes for sure, by index, and what else may.
func (d Check) verdict() string {
	var parts []string
	perhaps := 0
	for _, j := range d.Deploys {
		if !j.Sure {
			perhaps++
			continue
		}
		parts = append(parts, fmt.Sprintf("%s publishes to %s", j.Job, indexWords(j.Index)))
	}
	if perhaps > 0 {
		parts = append(parts, fmt.Sprintf("%d more perhaps", perhaps))
	}
	return strings.Join(parts, "; ")
}
