package plain

import (
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/board"
)

// stateWord is the one word for a finding: ok, run, wait, FAIL, unknown, and
// change for what this run has just brought about.
func stateWord(before, row board.Row) string {
	f := row.Finding
	switch f.Status {
	case flow.Done:
		switch {
		case f.Red(): // CI is over when every job is, whatever its colour; it is said all the same
			return "FAIL"
		case row.Acted && before.Finding.Status != flow.Done:
			return "change"
		}
		return "ok"
	case flow.Underway:
		if row.Running || running(f.Jobs) {
			return "run"
		}
		return "wait"
	case flow.Todo:
		return "todo"
	case flow.Unknown:
		return "unknown"
	}
	return "FAIL"
}

func running(jobs []flow.Job) bool {
	for _, j := range jobs {
		if j.State == flow.JobRunning {
			return true
		}
	}
	return false
}

func jobWord(s flow.JobState) string {
	switch s {
	case flow.JobRunning:
		return "run"
	case flow.JobQueued, flow.JobApproval:
		return "wait"
	case flow.JobPassed, flow.JobSkipped:
		return "ok"
	case flow.JobFailed, flow.JobCancelled:
		return "FAIL"
	}
	return "unknown"
}

func jobText(j flow.Job) string {
	parts := []string{"job"}
	for _, p := range []string{j.Number, j.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if j.State == flow.JobApproval {
		parts = append(parts, "waits for approval")
	} else {
		parts = append(parts, string(j.State))
	}
	if !j.Started.IsZero() && j.Ended.After(j.Started) {
		parts = append(parts, "after "+duration(j.Ended.Sub(j.Started)))
	}
	if j.Publishes == flow.PublishYes && !j.State.Over() {
		parts = append(parts, "(then deploys)")
	}
	if j.Note != "" {
		parts = append(parts, "("+j.Note+")")
	}
	if jobWord(j.State) == "FAIL" && j.URL != "" {
		parts = append(parts, j.URL)
	}
	return strings.Join(parts, " ")
}

// stepName is the part of a job that runs, or that failed.
func stepName(j flow.Job) string {
	for _, state := range []flow.JobState{flow.JobFailed, flow.JobRunning} {
		for _, s := range j.Steps {
			if s.State == state {
				return s.Name
			}
		}
	}
	return ""
}

// count is how many jobs there are of one kind.
type count struct {
	n    int
	word string
}

func counts(jobs []flow.Job) []count {
	n := map[string]int{}
	for _, j := range jobs {
		n[jobWord(j.State)]++
	}
	var out []count
	for _, w := range []string{"ok", "run", "wait", "FAIL", "unknown"} {
		if n[w] > 0 {
			out = append(out, count{n[w], w})
		}
	}
	return out
}

func classWord(c flow.Class) string {
	switch c {
	case flow.ClassWaiting:
		return "wait"
	case flow.ClassUnknown:
		return "unknown"
	case flow.ClassDeclined:
		return "no"
	}
	return "FAIL"
}

func retryWords(retry string) string {
	switch retry {
	case flow.RetrySafe:
		return "safe"
	case flow.RetryUnsafe:
		return "not safe"
	case flow.RetryNewVersion:
		return "only with a new version"
	}
	return "unknown whether it is safe"
}

// duration is short and never rounds a wait down to nothing.
func duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh %02dm %02ds", s/3600, s/60%60, s%60)
}
