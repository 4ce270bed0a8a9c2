package gitea

import (
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// state maps what runs and jobs say of themselves. Gitea has a status and, once
// that is completed, a conclusion, as GitHub has, but "waiting" is a job that
// waits for others. Forgejo and the list of tasks have one word.
func state(status, conclusion string) ci.State {
	switch status {
	case "completed":
		return ended(conclusion)
	case "queued", "requested", "pending", "waiting", "blocked":
		return ci.StateQueued
	case "in_progress", "running", "cancelling":
		return ci.StateRunning
	case "":
		return ci.StateUnknown
	}
	return ended(status)
}

func ended(word string) ci.State {
	switch word {
	case "success", "neutral":
		return ci.StatePassed
	case "failure":
		return ci.StateFailed
	case "timed_out", "startup_failure":
		return ci.StateErrored
	case "cancelled":
		return ci.StateCancelled
	case "skipped":
		return ci.StateSkipped
	case "action_required":
		return ci.StateApproval
	}
	return ci.StateUnknown
}

// note says what a state alone does not.
func note(status, conclusion string) string {
	switch {
	case state(status, conclusion) == ci.StateUnknown:
		return "the server calls its state " + strconv.Quote(strings.Trim(status+" "+conclusion, " "))
	case conclusion == "action_required":
		return needsPerson
	}
	return ""
}

const needsPerson = "waits for a person to let it run"

// moment is zero for what has not happened, which servers date to 1970.
func moment(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t
}
