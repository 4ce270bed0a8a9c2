package plain

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// output writes whole records and stays quiet after the first error.
type output struct {
	w   io.Writer
	err error
}

func (o *output) line(s string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, s+"\n")
	}
}

// voice is how a face of lines speaks. Its texts have been made visible.
type voice interface {
	record(at time.Time, stage, word, text string)
	job(at time.Time, stage, word, text string)
	still(at time.Time, stage string, took time.Duration, jobs []count)
	quote(line string)
	row(label, text string)
}

// columns is for logs: time, stage, state, text.
type columns struct{ out *output }

func (c columns) record(at time.Time, stage, word, text string) {
	c.out.line(fmt.Sprintf("%s  %-9s  %-7s %s", at.Format(time.TimeOnly), stage, word, text))
}

func (c columns) job(at time.Time, stage, word, text string) { c.record(at, stage, word, text) }
func (c columns) quote(line string)                          { c.out.line("          | " + line) }

func (c columns) row(label, text string) {
	c.out.line(fmt.Sprintf("          %-7s %s", label, text))
}

func (c columns) still(at time.Time, stage string, took time.Duration, jobs []count) {
	text := duration(took)
	for i, c := range jobs {
		text += fmt.Sprintf("%s %d %s", []string{":", ","}[min(i, 1)], c.n, c.word)
	}
	c.record(at, stage, "wait", text)
}

// sentences is for screen readers: no columns, no clock, words for states.
type sentences struct{ out *output }

func (s sentences) record(_ time.Time, stage, word, text string) {
	states := map[string]string{
		"run": "running", "wait": "waiting", "FAIL": "failed", "change": "changed", "todo": "to do",
		"ask": "question", "warn": "warning", "no": "declined",
	}
	s.out.line(stop(spoken(stage) + ", " + cmp.Or(states[word], word) + ": " + text))
}

// job leaves the state out: the text ends with it.
func (s sentences) job(_ time.Time, stage, _, text string) {
	s.out.line(stop(spoken(stage) + ": " + text))
}

func (s sentences) still(_ time.Time, stage string, took time.Duration, jobs []count) {
	text := "Still waiting for " + spoken(stage) + ", " + spokenDuration(took)
	for i, c := range jobs {
		text += fmt.Sprintf("%s %d %s", []string{".", ","}[min(i, 1)], c.n, jobsWord(c))
	}
	s.out.line(stop(text))
}

func (s sentences) quote(line string) { s.out.line("Output: " + line) }

func (s sentences) row(label, text string) {
	said := map[string]string{
		"now": "True now", "next": "To go on, type", "or": "Or type",
		"file": "File", "link": "Link", "did": "Changed", "took": "Time",
		"ask": "Question", "does": "Yes means", "then": "After that, without ferry", "note": "Note",
		"change": "This is written", "diff": "Line", "why": "Because", "so": "It means", "off": "It cannot be taken here",
	}[label]
	if _, err := strconv.Atoi(label); err == nil {
		said = "Answer " + label
	}
	switch label {
	case "retry":
		s.out.line(stop("Trying again is " + text))
	case "now", "took", "ask", "then", "note", "why", "so", "off":
		s.out.line(stop(said + ": " + text))
	default:
		s.out.line(said + ": " + text) // a stop would be taken for part of it
	}
}

func jobsWord(c count) string {
	words := map[string][2]string{
		"ok": {"job is ok", "jobs are ok"}, "run": {"job runs", "jobs run"}, "wait": {"job waits", "jobs wait"},
		"FAIL": {"job failed", "jobs failed"}, "unknown": {"job is unknown", "jobs are unknown"},
	}
	return words[c.word][min(c.n-1, 1)]
}

// spoken is a stage's name as a word.
func spoken(stage string) string {
	names := map[string]string{
		"preflight": "Preflight", "push": "Push", "ci": "CI", "index": "Index", "clean": "Clean-up", "ferry": "ferry",
		"pypi": "PyPI", "testpypi": "TestPyPI",
	}
	return cmp.Or(names[stage], stage)
}

// spokenDuration leaves the seconds out where nobody counts them.
func spokenDuration(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case minutes < 1:
		return plural(int(d/time.Second), "second")
	case minutes < 60:
		return plural(minutes, "minute")
	}
	return plural(minutes/60, "hour") + " " + plural(minutes%60, "minute")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// stop ends a sentence, unless it ends with an address that is to be copied.
func stop(s string) string {
	last := s[strings.LastIndexByte(s, ' ')+1:]
	if strings.Contains(last, "://") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ":") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
