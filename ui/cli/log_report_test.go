package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/journal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is what a ref, a job or a server may say to whoever reads the report.
const hostile = "x](http://evil.example) <script>@everyone #1 ``a`` | \n# h\x1b[2J\u202e www.evil.example"

// records are of two runs: one that stops, and one that ends.
func records() []journal.Record {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("", 3600))
	next := func(r journal.Record) journal.Record {
		at = at.Add(time.Second)
		r.At = at
		return r
	}
	var out []journal.Record
	add := func(run string, rs ...journal.Record) {
		for _, r := range rs {
			r.Run = run
			out = append(out, next(r))
		}
	}
	about := journal.Record{Kind: "about", Commit: "0123456789abcdef0123456789abcdef01234567", Ref: "refs/heads/pypi-release", Remote: "https://git.example.org/acme/acme-core.git", Index: "PyPI"}
	add("a1", journal.Record{Kind: "journal", Project: "acme-core", Version: "1.4.0"}, journal.Record{Kind: "start", Host: "quay", User: "ada"}, about,
		journal.Record{Kind: "plan", Text: "release acme-core 1.4.0 by branch pypi-release"},
		journal.Record{Kind: "observed", Step: "claim", Status: "todo", Text: "claim refs/releases/acme-core/1.4.0"},
		journal.Record{Kind: "ask", Step: "claim", Text: "1.4.0", Lines: []string{"claim refs/releases/acme-core/1.4.0"}}, journal.Record{Kind: "answer", Step: "claim", Text: "yes"},
		journal.Record{Kind: "run", Step: "claim", Command: []string{"git", "push", "--force-with-lease=refs/x:", "https://git.example.org/acme/acme-core.git"}}, journal.Record{Kind: "ran", Step: "claim", Text: hostile},
		journal.Record{Kind: "observed", Step: "await-ci", Status: "failed", Text: hostile, Proof: []journal.Proof{{What: "travis #3 of 0123456", Where: "https://ci.example.org/builds/3"}, {What: hostile, Where: "javascript:alert(1)"}, {What: "b", Where: "https://pypi.org@evil.example/"}}},
		journal.Record{Kind: "problem", Code: "ci.red", Text: "CI failed", Now: []string{"nothing is published"}, Lines: []string{hostile}})
	add("b2", journal.Record{Kind: "start", Host: hostile, User: "dana"}, about,
		journal.Record{Kind: "ask", Step: "delete-branch"}, journal.Record{Kind: "answer", Step: "delete-branch", Text: "no"},
		journal.Record{Kind: "observed", Step: "confirm-index", Status: "done", Text: "2 files", Files: []journal.File{{Name: "acme_core-1.4.0.tar.gz", SHA256: strings.Repeat("ab", 32), Size: 1489}, {Name: hostile}}},
		journal.Record{Kind: "done"})
	return out
}

func TestReport(t *testing.T) {
	var out bytes.Buffer
	if err := writeReport(&out, records()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "report.golden.md")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || out.String() != string(want) {
		t.Errorf("%v: the report is no longer what %s says; -update, if that is meant\n%s", err, file, out.String())
	}
}

// TestReportIsSafe: outside of code there is nothing but our own words and plain
// addresses, whatever stands in the journal.
func TestReportIsSafe(t *testing.T) {
	all := records()
	for i := range all {
		r := &all[i]
		for _, s := range []*string{&r.Project, &r.Version, &r.Host, &r.User, &r.Commit, &r.Ref, &r.Remote, &r.Index, &r.Step, &r.Status, &r.Text, &r.Code} {
			*s = hostile
		}
		for j := range r.Proof {
			r.Proof[j].Where = hostile
		}
	}
	var out bytes.Buffer
	if err := writeReport(&out, all); err != nil {
		t.Fatal(err)
	}
	for i, l := range strings.Split(out.String(), "\n") {
		if rest := outsideCode(t, l); strings.ContainsAny(rest, "<>[]@|\x1b\u202e`*_") || strings.Contains(rest, "evil") || strings.Contains(strings.TrimLeft(rest, "# "), "#") {
			t.Errorf("line %d: %q", i+1, rest)
		}
	}
}

// outsideCode is a line without its spans of code, by CommonMark's rule: a run of
// backticks is closed by the next one of the same length.
func outsideCode(t *testing.T, line string) string {
	t.Helper()
	var out strings.Builder
	for {
		at := ticks.FindStringIndex(line)
		if at == nil {
			return out.String() + line
		}
		mark := line[at[0]:at[1]]
		out.WriteString(line[:at[0]])
		line = line[at[1]:]
		end := -1
		for _, m := range ticks.FindAllStringIndex(line, -1) {
			if m[1]-m[0] == len(mark) {
				end = m[1]
				break
			}
		}
		if end < 0 {
			t.Fatalf("a span that does not end: %q", line)
		}
		line = line[end:]
	}
}

func TestLink(t *testing.T) {
	for text, plain := range map[string]bool{"https://ci.example.org/b/3?x=1": true, "http://127.0.0.1:8080/x": true, "https://pypi.org@evil.example/": false, "javascript:alert(1)": false,
		"https://e.org/a>b": false, "https://e.org/`": false, "https://e.org/ x": false, "refs/heads/x": false, "https://e.org/\u202e": false} {
		if got := link(text); strings.HasPrefix(got, "<") != plain {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestTheJournalEndsOnce: an error of writing in the middle of a run is said, once, and
// of a screen after it is gone; the run goes on.
func TestTheJournalEndsOnce(t *testing.T) {
	for _, drawn := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c := newCommands(App{Err: w, Out: w, Env: func(string) string { return "" }})
		j, err := journal.Open(t.TempDir(), "acme-core", "1.4.0", func(s string) string { return s })
		if err != nil {
			t.Fatal(err)
		}
		f := &faces{c: c, journal: j, drawn: drawn}
		if err := j.Close(); err != nil { // as on a disk that is full: no write comes through any more
			t.Fatal(err)
		}
		for range 3 {
			f.sink(flow.Event{Kind: flow.KindObserved, Step: flow.Claim, Finding: &flow.Finding{Status: flow.Done}})
		}
		if drawn && f.lost == nil || !drawn && f.lost != nil {
			t.Errorf("drawn %v: %v", drawn, f.lost)
		}
		f.close(nil)
		c.flush()
		_ = w.Close()
		var said bytes.Buffer
		_, _ = said.ReadFrom(r)
		if strings.Count(said.String(), "the journal ends here: ") != 1 {
			t.Errorf("drawn %v: %q", drawn, said.String())
		}
	}
}
