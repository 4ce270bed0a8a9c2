package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ferry/flow"
	"ferry/ui/style"
	"ferry/ui/widget"
)

// dur is a duration as people read it: 3s, 6m 09s, 1h 02m.
func dur(d time.Duration) string {
	s := int(max(d, 0).Round(time.Second).Seconds())
	switch {
	case s == 0 && d > 0:
		return "<1s"
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh %02dm", s/3600, s/60%60)
}

// minutes is a duration that changes once a minute, for all rows below the first.
func minutes(d time.Duration) string {
	if d < time.Minute {
		return ""
	}
	m := int(d.Minutes())
	if m < 60 {
		return fmt.Sprintf("%dm", m)
	}
	return fmt.Sprintf("%dh %02dm", m/60, m%60)
}

func clock(t, now time.Time) string { return t.In(now.Location()).Format("15:04:05") }

func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1000/1000)
}

func short(commit string) string {
	if r := []rune(commit); len(r) > 7 {
		return string(r[:7])
	}
	return commit
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// status is the glyph and the word of what was found.
func status(st style.Style, f flow.Finding, seen, running bool) string {
	switch {
	case running:
		return st.Busy(st.Run + " run    ")
	case !seen:
		return st.Faint(st.Wait + " wait   ")
	}
	switch f.Status {
	case flow.Done:
		return st.Good(st.OK) + " ok     "
	case flow.Underway:
		return st.Busy(st.Run + " run    ")
	case flow.Todo:
		return st.Faint(st.Wait + " to do  ")
	case flow.Failed:
		return st.Bad(st.Fail + " FAIL   ")
	case flow.Conflict:
		return st.Bad(st.Fail + " taken  ")
	}
	return st.Warn(st.Unknown + " unknown")
}

func jobWord(st style.Style, s flow.JobState) string {
	switch s {
	case flow.JobPassed:
		return st.Good(st.OK) + " ok"
	case flow.JobRunning:
		return st.Busy(st.Run + " run")
	case flow.JobFailed:
		return st.Bad(st.Fail + " FAIL")
	case flow.JobQueued:
		return st.Faint(st.Wait + " wait")
	case flow.JobApproval:
		return st.Warn(st.Alert + " approve")
	case flow.JobCancelled:
		return st.Faint(st.Past + " cancelled")
	case flow.JobSkipped:
		return st.Faint(st.Past + " skipped")
	}
	return st.Warn(st.Unknown + " unknown")
}

func seenSign(st style.Style, s flow.Seen, wide bool) string {
	sign, word := st.Faint(st.Past), ""
	switch s {
	case flow.SeenYes:
		sign = st.Good(st.OK)
	case flow.SeenNo:
		sign = st.Faint(st.Wait)
	case flow.SeenLate:
		sign, word = st.Busy(st.Late), "late"
	case flow.SeenDiffers:
		sign, word = st.Bad(st.Differs), "differs"
	case flow.SeenUnknown:
		sign, word = st.Warn(st.Unknown), "unknown"
	}
	if wide && word != "" {
		return sign + " " + word
	}
	return sign
}

// nodeName is the one word for what a node is about.
func nodeName(id flow.ID, index string) string {
	switch id {
	case flow.CheckTree:
		return "tree"
	case flow.CheckRemote:
		return "remote"
	case flow.CheckVersion:
		return "version"
	case flow.CheckCI:
		return "CI files"
	case flow.CheckFree:
		return "free"
	case flow.Claim:
		return "claim"
	case flow.PushBranch:
		return "branch"
	case flow.PushTag:
		return "tag"
	case flow.Dispatch:
		return "start"
	case flow.PublishRelease, flow.HostRelease:
		return "release"
	case flow.AwaitCI, flow.RestartCI, flow.CancelCI:
		return "CI"
	case flow.ConfirmIndex:
		return index
	case flow.AbandonBranch:
		return "give up"
	case flow.UploadMissing:
		return "upload"
	case flow.DeleteBranch:
		return "clean up"
	case flow.RemovePypirc:
		return "pypirc"
	}
	return line(string(id))
}

func retryText(p *flow.Problem, version string) string {
	switch p.Retry {
	case flow.RetrySafe:
		return "safe. Running it again does no harm."
	case flow.RetryUnsafe:
		return "unsafe. Read what is true now before anything is tried again."
	case flow.RetryNewVersion:
		return "needs a new version. " + version + " cannot be used again."
	}
	return "unknown. Look again before anything is tried."
}

// label puts a faint label before a text, and indents what wraps.
func label(st style.Style, name string, room int, text string, width int) []string {
	out := widget.Under(" "+pad(name, room)+"  ", text, width)
	if len(out) > 0 && name != "" && len(out[0]) > len(name)+1 {
		out[0] = " " + st.Faint(name) + out[0][1+len(name):]
	}
	return out
}

func pad(s string, n int) string { return fmt.Sprintf("%-*s", n, s) }

func itoa(n int) string { return strconv.Itoa(n) }

// isPage says whether a text from outside may be opened as a page.
func isPage(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}
