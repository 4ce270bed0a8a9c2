package steps

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
)

// outcome is what a verdict means for a person.
type outcome struct {
	code, text, now, retry string
	next                   []string // ways on, as (World).way makes commands of them
}

// The ways on.
const (
	waitLonger = "wait"
	lookHere   = "status"
	lookLogins = "logins"
)

func verifyOutcomes() map[flow.Verdict]outcome {
	return map[flow.Verdict]outcome{
		flow.Incomplete:     {flow.CodeVerifyIncomplete, "is not complete", "what is there stays there", flow.RetrySafe, []string{lookHere}},
		flow.Absent:         {flow.CodeVerifyAbsent, "is not there", "no page shows a file of it; a page may be older than an upload", flow.RetrySafe, []string{waitLonger, lookHere}},
		flow.Withdrawn:      {flow.CodeVerifyWithdrawn, "is withdrawn", "", flow.RetryNewVersion, nil},
		flow.Unexpected:     {flow.CodeVerifyUnexpected, "has what its release would not have", "whoever can upload to the project can have done this", flow.RetryUnsafe, []string{lookLogins}},
		flow.Mismatch:       {flow.CodeVerifyMismatch, "is not what its witnesses say", "nothing was changed; do not install it before that is explained", flow.RetryUnsafe, nil},
		flow.NotVisible:     {flow.CodeVerifyNotVisible, "is not visible everywhere yet", "what is uploaded stays uploaded; a page may be older than the upload", flow.RetrySafe, []string{waitLonger}},
		flow.VerdictUnknown: {flow.CodeVerifyUnknown, "cannot be judged", "what could not be read counts neither as there nor as absent", flow.RetrySafe, []string{waitLonger}},
	}
}

// Unverified is what stands against a release; nil if it is verified. Its commands
// work as they are where the person stands.
func (w World) Unverified(v flow.Verification, again Again) *flow.Problem {
	if v.Verdict == flow.Verified {
		return nil
	}
	o, known := verifyOutcomes()[v.Verdict]
	if !known {
		o = verifyOutcomes()[flow.VerdictUnknown]
	}
	p := &flow.Problem{Code: o.code, Class: v.Verdict.Class(), Retry: o.retry, Now: []string{o.now},
		Text: fmt.Sprintf("%s %s on %s %s", v.Name, v.Version, v.Index, o.text)}
	if v.Verdict == flow.Withdrawn {
		p.Now, p.Retry = withdrawal(v.Checks)
	}
	if until := openUntil(w.Index); until != "" && v.Verdict == flow.Incomplete {
		p.Now = append(p.Now, until)
	}
	for _, c := range v.Checks {
		if against(c, v.Verdict) {
			p.Lines = append(p.Lines, c.ID+": "+c.Evidence)
		}
	}
	for _, way := range o.next {
		p.Next = append(p.Next, w.way(way, v, again)...)
	}
	p.Next = append(p.Next, flow.Shell([]string{"curl", "-sSf", w.Index.SimpleURL(v.Name)}))
	return p
}

// way is a command that goes on; none where it would not work, as a status does
// not without a checkout.
func (w World) way(way string, v flow.Verification, again Again) []string {
	switch {
	case way == waitLonger && byThisMachine(v):
		return []string{w.verifyAgain(again, v.Name, v.Version)}
	case way == waitLonger:
		wait := "20m"
		if again.Wait > 0 {
			wait = plainSpan(again.Wait)
		}
		return []string{w.verifyAgain(again, v.Name, v.Version, "--wait", wait)}
	case way == lookHere && w.Remote != nil:
		return []string{flow.Shell(append([]string{"ferry", "status"}, again.Where...))}
	case way == lookLogins:
		return []string{"ferry auth status"}
	}
	return nil
}

// byThisMachine: all that is missing is a build or an installation here, or the
// person's own files, which no waiting brings about.
func byThisMachine(v flow.Verification) bool {
	here := []string{"rebuild", "install", "import"}
	return v.Verdict == flow.VerdictUnknown && !slices.ContainsFunc(v.Checks, func(c flow.Check) bool {
		return against(c, v.Verdict) && !c.Here && !slices.Contains(here, c.ID)
	})
}

// plainSpan writes a time as a person types it: 20m, not 20m0s.
func plainSpan(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// verifyAgain is the command that was typed, with what was found out since.
func (w World) verifyAgain(again Again, words ...string) string {
	all := append([]string{"ferry", "verify"}, words...)
	given := func(f string) bool { return f == "--index" || strings.HasPrefix(f, "--index=") }
	if w.Index.Name() != "pypi" && !slices.ContainsFunc(again.Flags, given) {
		all = append(all, "--index", w.Index.Name())
	}
	return flow.Shell(append(all, again.Flags...))
}

// against: the check is a reason for a verdict that is not "verified".
func against(c flow.Check, verdict flow.Verdict) bool {
	return c.Result == flow.Bad || verdict == flow.VerdictUnknown && c.Result == flow.NotChecked && c.Decides
}
