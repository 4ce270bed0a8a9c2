package plain

import (
	"fmt"
	"io"
	"strings"

	"ferry/flow"
	"ferry/ui/visible"
)

// Verify is the one document of `ferry verify`.
type Verify struct {
	flow.Verification
	Newest  bool          // nobody named the version: it is the newest on the index
	Problem *flow.Problem // what stands against the release; nil if it is verified
}

// VerifyFace says how WriteText speaks.
type VerifyFace struct {
	Accessible bool // sentences instead of signs
	ASCII      bool
}

type verifyDocument struct {
	V       int           `json:"v"`
	Kind    string        `json:"kind"`
	Name    string        `json:"name"`
	Version string        `json:"version"`
	Newest  bool          `json:"newest"`
	Index   string        `json:"index"`
	Verdict flow.Verdict  `json:"verdict"`
	Exit    int           `json:"exit"`
	Files   []verifyFile  `json:"files"`
	Checks  []verifyCheck `json:"checks"`
	Problem *problemEvent `json:"problem,omitempty"`
}

type verifyFile struct {
	fileEvent
	Problems []string `json:"problems"`
}

type verifyCheck struct {
	ID       string       `json:"id"`
	Result   flow.Result  `json:"result"`
	Evidence string       `json:"evidence"`
	Decides  bool         `json:"decides"`
	Means    flow.Verdict `json:"means,omitempty"`
	Proof    []proofField `json:"proof,omitempty"`
}

type proofField struct {
	What  string `json:"what"`
	Where string `json:"where"`
}

// WriteJSON writes the document on one line.
func (d Verify) WriteJSON(w io.Writer) error {
	doc := verifyDocument{V: 1, Kind: "verify", Name: d.Name, Version: d.Version, Newest: d.Newest, Index: d.Index, Verdict: d.Verdict,
		Exit: d.exit(), Files: []verifyFile{}, Checks: []verifyCheck{}}
	for _, f := range d.Files {
		doc.Files = append(doc.Files, verifyFile{fileOf(f), list(f.Problems)})
	}
	for _, c := range d.Checks {
		doc.Checks = append(doc.Checks, checkOf(c))
	}
	doc.Problem = problemIn(d.Problem)
	return writeDocument(w, doc)
}

func checkOf(c flow.Check) verifyCheck {
	out := verifyCheck{ID: c.ID, Result: c.Result, Evidence: c.Evidence, Decides: c.Decides}
	if c.Result == flow.Bad {
		out.Means = c.Means
	}
	for _, p := range c.Proof {
		out.Proof = append(out.Proof, proofField(p))
	}
	return out
}

func (d Verify) exit() int {
	if d.Problem == nil {
		return 0
	}
	return flow.ExitCode(d.Problem)
}

// WriteText writes the same for people: the checks, the files, and last the verdict
// with what follows from it.
func (d Verify) WriteText(w io.Writer, face VerifyFace) error {
	var b strings.Builder
	line := func(text string) { b.WriteString(strings.TrimRight(text, " ") + "\n") }
	line(visible.Line(d.title()))
	for _, c := range d.Checks {
		line(checkLine(c, face))
	}
	for _, f := range d.Files {
		for _, l := range fileLines(f, face) {
			line(l)
		}
	}
	line("")
	line("verdict  " + visible.Line(d.sentence()))
	d.problem(func(label, text string) { line(pad(label, 9) + visible.Line(text)) })
	text := b.String()
	if face.ASCII {
		text = ascii(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

func (d Verify) title() string {
	text := fmt.Sprintf("%s %s on %s", d.Name, d.Version, d.Index)
	if d.Newest {
		text += ", the newest version there"
	}
	return text
}

func (d Verify) problem(row func(label, text string)) {
	if d.Problem == nil {
		return
	}
	row("problem", withCode(d.Problem, d.Problem.Text))
	for _, why := range d.Problem.Lines {
		row("why", why)
	}
	for _, now := range d.Problem.Now {
		row("now", now)
	}
	row("retry", retryWords(d.Problem.Retry))
	for i, next := range d.Problem.Next {
		row([]string{"next", "or"}[min(i, 1)], next)
	}
}

// sentence is the verdict, and how much it leaves open.
func (d Verify) sentence() string {
	open := 0
	for _, c := range d.Checks {
		if c.Result == flow.NotChecked {
			open++
		}
	}
	if open == 0 {
		return string(d.Verdict)
	}
	return fmt.Sprintf("%s; not checked: %d of %d", d.Verdict, open, len(d.Checks))
}

// signs are the results of checks, with their twins in ASCII.
var signs = map[flow.Result][2]string{flow.Good: {"✓", "+"}, flow.Bad: {"✗", "x"}, flow.NotChecked: {"–", "-"}}

const checkWidth = 11 // of the longest name of a check, and a space

func checkLine(c flow.Check, face VerifyFace) string {
	evidence := visible.Line(c.Evidence)
	if face.Accessible {
		word := map[flow.Result]string{flow.Good: "good", flow.Bad: "bad", flow.NotChecked: "not checked"}[c.Result]
		return fmt.Sprintf("Check %s: %s. %s.", c.ID, word, strings.TrimSuffix(evidence, "."))
	}
	sign := signs[c.Result][0]
	if face.ASCII {
		sign = signs[c.Result][1]
	}
	if c.Result == flow.NotChecked {
		evidence = "not checked: " + evidence
	}
	return sign + " " + pad(c.ID, checkWidth) + evidence
}

// fileLines are a file, its sha256 on a line of its own, and what is wrong with it.
func fileLines(f flow.File, face VerifyFace) []string {
	text := f.Name
	if f.Size > 0 {
		text += fmt.Sprintf("  %d bytes", f.Size)
	}
	if f.URL == "" {
		text += "  not there"
	}
	if f.Yanked {
		text += "  yanked"
	}
	out := []string{pad("file", 9) + visible.Line(text)}
	if f.SHA256 != "" {
		out = append(out, pad("", 9)+"sha256 "+visible.Line(f.SHA256))
	}
	label := ""
	if face.Accessible {
		label = "problem"
	}
	for _, p := range f.Problems {
		out = append(out, pad(label, 9)+visible.Line(p))
	}
	return out
}

// ascii shows what is left of other characters as question marks.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return '?'
	}, text)
}
