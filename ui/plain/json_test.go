package plain_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/plain"
)

func stream(rec []played, err error) string {
	var out bytes.Buffer
	c := start()
	j := plain.NewJSON(&out, plain.JSONOptions{
		Tool: "0.4.0", Act: "release", Project: "acme-core", Release: "1.4.0", Commit: commit, World: "pypi", Mode: "json",
		LogLines: true, Now: c.now, URLs: map[string]string{"project": "https://pypi.org/project/acme-core/1.4.0/"},
	})
	j.Plan(plan())
	play(c, rec, j.Event, func(time.Time) {})
	j.Close(err)
	j.Close(errors.New("a second time"))
	j.Event(flow.Event{Kind: flow.KindDone})
	return out.String()
}

func TestJSON(t *testing.T) {
	red, err := ciRed()
	golden(t, "happy.json", stream(happy(), nil))
	golden(t, "ci-red.json", stream(red, err))
}

func TestJSONStream(t *testing.T) {
	red, err := ciRed()
	text := stream(red, err)
	var kinds []string
	for i, o := range objects(t, text) {
		if o["v"] != 1.0 || o["seq"] != float64(i+1) {
			t.Errorf("line %d: %v", i+1, o)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", o["t"].(string)); err != nil {
			t.Error(err)
		}
		kinds = append(kinds, o["kind"].(string))
	}
	all := strings.Join(kinds, " ")
	if !strings.HasPrefix(all, "hello plan step") || !strings.HasSuffix(all, " result") || strings.Count(all, "result") != 1 {
		t.Errorf("got %s", all)
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U reaches a terminal", r)
		}
	}
}

// What is escaped for the terminal is the same text to a reader.
func TestJSONKeepsText(t *testing.T) {
	const odd = "\x1b\u009b\u202e\U000e0041<&>\u2028\x7f\n\"\\"
	var out bytes.Buffer
	j := plain.NewJSON(&out, plain.JSONOptions{LogLines: true})
	j.Event(flow.Event{Kind: flow.KindLine, Line: odd})
	if got := objects(t, out.String())[1]["line"]; got != odd {
		t.Errorf("got %q", got)
	}
}

func TestJSONResult(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status string
		exit   float64
	}{
		{nil, "done", 0},
		{&flow.Problem{Class: flow.ClassConflict}, "conflict", 3},
		{fmt.Errorf("asking: %w", flow.ErrDeclined), "declined", 2},
		{flow.ErrInterrupted, "interrupted", 130},
		{flow.ErrTerminated, "interrupted", 143},
		{errors.New("?"), "bug", 70},
	} {
		var out bytes.Buffer
		plain.NewJSON(&out, plain.JSONOptions{}).Close(tt.err)
		os := objects(t, out.String())
		if r := os[1]; len(os) != 2 || r["status"] != tt.status || r["exit"] != tt.exit || r["state"] != "unknown" {
			t.Errorf("%v: got %v", tt.err, os)
		}
	}
}

func TestStatus(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 3, 3, 0, time.UTC)
	fact := flow.Fact{Witness: "git", About: "refs/heads/pypi-release", Says: "at 8f3c2ab41d07\x1b", Where: "https://github.com/acme/acme-core", ReadAt: now.Add(-3 * time.Second)}
	s := plain.Status{
		State: board.Building, Project: plain.Project{Name: "acme-core", Version: "1.4.0", Source: "pyproject.toml"}, Commit: commit,
		Remote: "https://github.com/acme/acme-core", Trigger: plain.Trigger{Kind: "branch", Ref: "refs/heads/pypi-release"}, CI: []string{"travis"},
		Facts: plain.Facts([]flow.Finding{{Facts: []flow.Fact{fact}}, {Facts: []flow.Fact{fact}}}), Next: []string{"ferry status --follow", "ferry recover"},
	}
	var text, doc bytes.Buffer
	if err := s.WriteText(&text, now); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	golden(t, "status.lines", text.String())
	golden(t, "status.json", doc.String())
	doc.Reset()
	if err := (plain.Status{}).WriteJSON(&doc); err != nil || strings.Contains(doc.String(), "null") {
		t.Errorf("got %s, %v", doc.String(), err)
	}
}

// Whoever reads the stream reads docs/json.md: every kind has a heading there,
// and below it every field.
func TestEveryFieldIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"happy.json", "ci-red.json", "status.json", "recover.json", "verify.json", "check.json"} {
		text, err := os.ReadFile("testdata/" + name + ".golden")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects(t, string(text)) {
			kind := o["kind"].(string)
			section := sectionOf(string(doc), kind)
			if section == "" {
				t.Errorf("docs/json.md has no section on %s", kind)
				continue
			}
			for _, field := range fields(o) {
				if !strings.Contains(section, "`"+field+"`") && !strings.Contains(sectionOf(string(doc), "every object"), "`"+field+"`") {
					t.Errorf("docs/json.md: %s does not name %s", kind, field)
				}
			}
		}
	}
}

func sectionOf(doc, name string) string {
	_, rest, _ := strings.Cut(doc, "\n## "+name+"\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	return section
}

// fields gives the names of all fields of an object. Below surfaces and urls
// stand names of things, not of fields.
func fields(o map[string]any) (names []string) {
	for k, v := range o {
		names = append(names, k)
		if k == "surfaces" || k == "urls" {
			continue
		}
		switch v := v.(type) {
		case map[string]any:
			names = append(names, fields(v)...)
		case []any:
			for _, e := range v {
				if m, ok := e.(map[string]any); ok {
					names = append(names, fields(m)...)
				}
			}
		}
	}
	return names
}

func objects(t *testing.T, text string) (out []map[string]any) {
	t.Helper()
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		o := map[string]any{}
		if err := json.Unmarshal(s.Bytes(), &o); err != nil {
			t.Fatalf("%v: %s", err, s.Text())
		}
		out = append(out, o)
	}
	return out
}

// TestNote: what is said beside the run is documented too, and the result stays last.
func TestNote(t *testing.T) {
	var out strings.Builder
	j := plain.NewJSON(&out, plain.JSONOptions{Now: time.Now})
	j.Note(flow.PushBranch, "sent")
	j.Close(nil)
	j.Note(flow.PushBranch, "too late")
	all := objects(t, out.String())
	note, last := all[len(all)-2], all[len(all)-1]
	if note["kind"] != "note" || note["text"] != "sent" || note["step"] != string(flow.PushBranch) || last["kind"] != "result" {
		t.Errorf("%v, %v", note, last)
	}
	doc, err := os.ReadFile("../../docs/json.md")
	if err != nil || !strings.Contains(sectionOf(string(doc), "note"), "`text`") {
		t.Errorf("docs/json.md does not name it: %v", err)
	}
}
