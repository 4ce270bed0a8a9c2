package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// told is what the logs of jobs tell of how they ended: explanations, not evidence.
type told struct {
	of     string   // the job that the lines are of
	lines  []string // those that explain most first
	alarms []ci.Alarm
	shut   []string // the providers that show a log only to a token
}

// enoughLines of a log explain an end.
const enoughLines = 12

var causes = []ci.Cause{ci.CauseUpload, ci.CauseDeploy, ci.CauseOther, ci.CauseSkipped}

// toldBy reads the first few of the jobs, and takes the lines of the one whose end
// says most of a release: of a refused upload sooner than of a failed test.
func (w World) toldBy(ctx context.Context, jobs []loggedJob) (t told) {
	best := len(causes)
	for _, j := range jobs[:min(len(jobs), maxLogs)] {
		text, err := w.log(ctx, j)
		var token *ci.NeedsTokenError
		if errors.As(err, &token) && !slices.Contains(t.shut, token.Provider) {
			t.shut = append(t.shut, token.Provider)
		}
		if err != nil || len(text) == 0 {
			continue
		}
		x, _ := ci.Explain(j.Job, bytes.NewReader(text), enoughLines) // reading memory does not fail
		t.alarms = append(t.alarms, x.Alarms...)
		if i := slices.Index(causes, x.Cause); i < best {
			best, t.of, t.lines = i, jobName(j.Job), x.Lines
		}
	}
	return t
}

// redFirst are the jobs that failed, the likeliest publisher first.
func redFirst(e evidence) (out []loggedJob) {
	for _, b := range e.ours() {
		for _, j := range redJobs(b) {
			out = append(out, loggedJob{j, b})
		}
	}
	slices.SortStableFunc(out, func(a, b loggedJob) int { return rankPublisher(e, b) - rankPublisher(e, a) })
	return out
}

// into puts what was told into a problem: the lines, whose they are, and what to do
// about logs that nobody may read and secrets that everybody can.
func (t told) into(p *flow.Problem, several bool) {
	p.Lines = append(p.Lines, t.lines...)
	if several && t.of != "" {
		p.Now = append(p.Now, "the lines are of "+t.of)
	}
	for _, name := range t.shut {
		p.Now = append(p.Now, name+" shows the logs of jobs only to a token, and there is none")
		p.Next = append([]string{"ferry auth login " + name}, p.Next...)
	}
	for _, a := range t.alarms[:min(len(t.alarms), maxAlarms)] {
		p.Now = append([]string{alarmText(a)}, p.Now...)
		p.Next = append(p.Next, revoke(a))
	}
	p.Next = slices.Compact(p.Next)
}

const maxAlarms = 3

// alarmText says that a secret can be read in a log, and never the secret.
func alarmText(a ci.Alarm) string {
	return fmt.Sprintf("ALARM: a %s can be read in the log of %s, line %d; whoever may read the log has it", a.Kind, a.Job, a.Line)
}

// alarmed is the warning of the first alarm, "" if there is none.
func alarmed(as []ci.Alarm) string {
	if len(as) == 0 {
		return ""
	}
	return alarmText(as[0]) + ": " + revoke(as[0])
}

// revoke says what to do about a secret that was seen.
func revoke(a ci.Alarm) string {
	at := map[string]string{"PyPI token": "https://pypi.org/manage/account/token/", "GitHub token": "https://github.com/settings/tokens", "GitLab token": "https://gitlab.com/-/user_settings/personal_access_tokens"}[a.Kind]
	if at != "" {
		at = " at " + at
	}
	return "revoke it" + at + ", and give CI a new one"
}

// LogFails says whether a line of a job's log tells of a failure.
func LogFails(line string) bool { return ci.Fails(line) }

// refused compares what the index refused, by the logs, with what it holds. The
// hash that the refusal names is that of what was to be uploaded: another one than
// the file's there is a file that this CI built otherwise.
func (s ConfirmIndex) refused(e evidence, x expected, g grid) (other, same []string) {
	for _, r := range x.exists {
		held := blake2(e, r.Name)
		switch {
		case held == "" || r.Blake2b == "":
		case held == r.Blake2b:
			same = append(same, r.Name)
		case !printedHere(g, x, r.Name):
			other = append(other, fmt.Sprintf("%s: the job would have uploaded blake2_256 %s; the index holds %s", r.Name, r.Blake2b, held))
		}
	}
	return other, same
}

// blake2 is the hash of a file by the index's pages, "" if none names it.
func blake2(e evidence, name string) string {
	for _, sf := range e.surfaces {
		if f := find(sf.files, name); f != nil && f.BLAKE2 != "" {
			return strings.ToLower(f.BLAKE2)
		}
	}
	return ""
}

// printedHere says whether a job of this release printed the hash that the index
// shows: then the file is its own, and only a second job came too late.
func printedHere(g grid, x expected, name string) bool {
	return slices.ContainsFunc(g.files, func(f flow.File) bool {
		return f.Name == name && x.names[name] != "" && f.Surfaces[flow.SurfaceLog] == flow.SeenYes && !has(f, flow.SeenDiffers)
	})
}

// refusedOther: CI built other bytes than the index took before.
func (s ConfirmIndex) refusedOther(lines []string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeDiffers, Class: flow.ClassConflict, Retry: flow.RetryUnsafe, Lines: lines,
		Text: fmt.Sprintf("CI built other bytes of %s %s than %s holds, and the index refused them", s.Target.Name, s.Target.Version, s.World.Index.Label()),
		Now:  []string{"what is there was uploaded before, by an earlier attempt or by somebody else", "nothing was deleted; the branch, if it is there, stays"},
		Next: []string{flow.Shell([]string{"ferry", "verify", s.Target.Name, s.Target.Version}), "ferry status"}}
}
