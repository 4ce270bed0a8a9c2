package plain_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/ui/plain"
)

// recovery is a release that is there in part, and another one, with text that would
// do things to a terminal.
func recovery(now time.Time) plain.Recover {
	r := flow.Recovery{Project: "acme-core", Version: "1.4.0", Commit: commit, State: "partly_deployed", Plan: "release-by-branch",
		Summary: "1.4.0 is half released: 1 of 2 files are on PyPI", Who: "Dana\x1b[2J", Since: now.Add(-48 * time.Hour), Deadline: now.Add(12 * 24 * time.Hour),
		Witnesses: []flow.Fact{
			{Witness: "git", About: "refs/heads/pypi-release", Says: "at 8f3c2ab", Where: "https://git.example.org/acme", ReadAt: now.Add(-2 * time.Second)},
			{Witness: "ci", About: "pypi-release", Says: "cannot be read: silence"},
		},
		Done: []string{"claim", "push"}, Missing: []string{"acme_core-1.4.0.tar.gz", "clean-up"},
		Files:   []flow.File{{Name: "acme_core-1.4.0.tar.gz", Expected: true, Surfaces: map[string]flow.Seen{"json": flow.SeenNo}}},
		Problem: &flow.Problem{Code: flow.CodeHalf, Class: flow.ClassFailed, Text: "Part of the files is there", Now: []string{"what is there stays there"}, Retry: flow.RetrySafe, Lines: []string{"ReadTimeout\u202e"}, Next: []string{"ferry status"}},
		Options: []flow.WayOut{
			{ID: flow.WayRestart, Text: "have CI build 8f3c2ab again", Consequence: "what CI uploads stays", Effect: flow.Permanent, Command: []string{"ferry", "recover", "1.4.0", "--restart"}, Recommended: true, Why: "CI sends the rest"},
			{ID: flow.WayWait, Text: "leave it", Consequence: "nothing is changed", Effect: flow.Reads, Command: []string{"ferry", "recover", "1.4.0"}},
		},
		NotOffered: []flow.NotOffered{{ID: flow.WayResume, Why: "every job is finished"}}}
	other := flow.Recovery{Project: "acme-core", Version: "1.5.0", Commit: strings.Repeat("a", 40), State: "conflicted", Summary: "pypi-release is at 8f3c2ab"}
	return plain.Recover{Recovery: r, InFlight: []flow.Recovery{r, other}, Exit: 1}
}

func TestRecoverFaces(t *testing.T) {
	now := start().at
	var text, doc bytes.Buffer
	if err := recovery(now).WriteText(&text, now); err != nil {
		t.Fatal(err)
	}
	if err := recovery(now).WriteJSON(&doc, now); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text.String()+doc.String(), "\x1b\u202e") {
		t.Errorf("text from outside reached the terminal: %q", text.String())
	}
	golden(t, "recover.lines", text.String())
	golden(t, "recover.json", doc.String())
	late := recovery(now)
	late.Deadline = now.Add(-time.Hour)
	text.Reset()
	if err := late.WriteText(&text, now); err != nil || !strings.Contains(text.String(), "never will again") {
		t.Errorf("%v\n%s", err, text.String())
	}
	doc.Reset()
	if err := (plain.Recover{}).WriteJSON(&doc, now); err != nil || strings.Contains(doc.String(), "null") {
		t.Errorf("got %s, %v", doc.String(), err)
	}
}

// TestWhatGivingUpMeans: it leads to no upload, and says so nowhere.
func TestWhatGivingUpMeans(t *testing.T) {
	var out bytes.Buffer
	ask := plain.NewAsker(plain.AskOptions{In: strings.NewReader("1.4.0\n"), Out: &out})
	node := flow.Node{ID: flow.AbandonBranch, Title: "delete branch pypi-release", Effect: flow.Shared, LeadsTo: flow.Permanent}
	a, err := ask(t.Context(), flow.Question{Plan: "give up acme-core 1.4.0", Node: node, Covers: []flow.Node{node}, Confirm: "1.4.0"})
	if err != nil || a.Typed != "1.4.0" || !strings.Contains(out.String(), "cannot be taken up again") || strings.Contains(out.String(), "upload") {
		t.Errorf("%+v, %v\n%s", a, err, out.String())
	}
}
