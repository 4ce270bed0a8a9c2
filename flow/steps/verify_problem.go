package steps

import (
	"fmt"
	"strings"

	"ferry/flow"
)

// outcome is what a verdict means for a person.
type outcome struct {
	code, text, now, retry string
	next                   []string // behind "ferry verify NAME VERSION" where it begins with a dash
}

func verifyOutcomes() map[flow.Verdict]outcome {
	return map[flow.Verdict]outcome{
		flow.Incomplete:     {flow.CodeVerifyIncomplete, "is not complete", "what is there stays there; PyPI takes missing files for 14 days after the first upload", flow.RetrySafe, []string{"ferry status"}},
		flow.Absent:         {flow.CodeVerifyAbsent, "is not there", "no page shows a file of it; a page may be older than an upload", flow.RetrySafe, []string{"--wait 20m", "ferry status"}},
		flow.Withdrawn:      {flow.CodeVerifyWithdrawn, "is withdrawn", "its files, if they are there, stay what they are; their names can never be used again", flow.RetryNewVersion, nil},
		flow.Unexpected:     {flow.CodeVerifyUnexpected, "has what its release would not have", "whoever can upload to the project can have done this", flow.RetryUnsafe, []string{"ferry auth status"}},
		flow.Mismatch:       {flow.CodeVerifyMismatch, "is not what its witnesses say", "nothing was changed; do not install it before that is explained", flow.RetryUnsafe, nil},
		flow.NotVisible:     {flow.CodeVerifyNotVisible, "is not visible everywhere yet", "what is uploaded stays uploaded; a page may be older than the upload", flow.RetrySafe, []string{"--wait 20m"}},
		flow.VerdictUnknown: {flow.CodeVerifyUnknown, "cannot be judged", "what could not be read counts neither as there nor as absent", flow.RetrySafe, []string{"--wait 20m"}},
	}
}

// Unverified is what stands against a release; nil if it is verified.
func (w World) Unverified(v flow.Verification) *flow.Problem {
	if v.Verdict == flow.Verified {
		return nil
	}
	o, known := verifyOutcomes()[v.Verdict]
	if !known {
		o = verifyOutcomes()[flow.VerdictUnknown]
	}
	p := &flow.Problem{Code: o.code, Class: v.Verdict.Class(), Retry: o.retry, Now: []string{o.now},
		Text: fmt.Sprintf("%s %s on %s %s", v.Name, v.Version, v.Index, o.text)}
	for _, c := range v.Checks {
		if against(c, v.Verdict) {
			p.Lines = append(p.Lines, c.ID+": "+c.Evidence)
		}
	}
	for _, next := range o.next {
		if strings.HasPrefix(next, "-") {
			next = w.verifyCommand(v, next)
		}
		p.Next = append(p.Next, next)
	}
	p.Next = append(p.Next, flow.Shell([]string{"curl", "-sSf", w.Index.SimpleURL(v.Name)}))
	return p
}

func (w World) verifyCommand(v flow.Verification, flags string) string {
	words := []string{"ferry", "verify", v.Name, v.Version}
	if w.Index.Name() != "pypi" {
		words = append(words, "--index", w.Index.Name())
	}
	return flow.Shell(append(words, strings.Fields(flags)...))
}

// against: the check is a reason for a verdict that is not "verified".
func against(c flow.Check, verdict flow.Verdict) bool {
	return c.Result == flow.Bad || verdict == flow.VerdictUnknown && c.Result == flow.NotChecked && c.Decides
}
