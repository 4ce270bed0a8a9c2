package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/journal"
)

type push struct{}

func (push) Observe(context.Context) flow.Finding { return flow.Finding{} }
func (push) Run(context.Context, flow.Log) error  { return nil }
func (push) Command() []string                    { return []string{"git", "push", "origin"} }

func plan() flow.Plan {
	return flow.Plan{Title: "release acme-core 1.4.0", Nodes: []flow.Node{{ID: flow.PushBranch, Step: push{}}}}
}

func events() []flow.Event {
	red := &flow.Problem{Code: flow.CodeCIRed, Class: flow.ClassFailed, Text: "CI failed in py39", Now: []string{"the branch is there"},
		Retry: flow.RetrySafe, Lines: []string{"E  assert\x1b[2J\nforged"}, Next: []string{"ferry recover"}}
	return []flow.Event{
		{Kind: flow.KindObserved, Step: flow.PushBranch, Finding: &flow.Finding{Status: flow.Todo, Text: "no branch"}},
		{Kind: flow.KindAsk, Step: flow.PushBranch, Text: "1.4.0"},
		{Kind: flow.KindAnswer, Step: flow.PushBranch, Text: "yes"},
		{Kind: flow.KindRun, Step: flow.PushBranch},
		{Kind: flow.KindLine, Step: flow.PushBranch, Line: "remote: hello"},
		{Kind: flow.KindRan, Step: flow.PushBranch},
		{Kind: flow.KindObserved, Step: flow.AwaitCI, Finding: &flow.Finding{Status: flow.Failed, Text: "red", Problem: red}},
		{Kind: flow.KindProblem, Problem: red},
	}
}

func write(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, "Acme.Core", "1.4.0", asItIs)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 10, 2, 59, 0, time.UTC)
	if err := j.Plan(plan(), at); err != nil {
		t.Fatal(err)
	}
	for _, ev := range events() {
		if err := j.Append(ev, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return j
}

func asItIs(s string) string { return s }

// TestHidden: what is hidden is in no record, and the lines stay whole.
func TestHidden(t *testing.T) {
	dir := t.TempDir()
	j, err := journal.Open(dir, "acme", "1", func(s string) string { return strings.ReplaceAll(s, "canary", "•••") })
	if err != nil {
		t.Fatal(err)
	}
	ev := flow.Event{Kind: flow.KindProblem, Problem: &flow.Problem{Text: "a canary", Lines: []string{"canary"}, Next: []string{"x canary"}}}
	if err := errors.Join(j.Append(ev, time.Now()), j.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(journal.Path(dir, "acme", "1"))
	if err != nil || strings.Contains(string(text), "canary") || strings.Count(string(text), "•••") != 3 {
		t.Errorf("%v: %s", err, text)
	}
	if rs, err := journal.Read(journal.Path(dir, "acme", "1")); err != nil || len(rs) != 3 {
		t.Errorf("%d records, %v", len(rs), err)
	}
}

func kinds(rs []journal.Record) (out []string) {
	for _, r := range rs {
		out = append(out, r.Kind)
	}
	return out
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	j := write(t, dir)
	path := journal.Path(dir, "acme-core", "1.4.0")
	rs, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"journal", "start", "plan", "observed", "ask", "answer", "run", "ran", "observed", "problem"}
	if !slices.Equal(kinds(rs), want) {
		t.Fatalf("got %v, want %v", kinds(rs), want)
	}
	if rs[0].Project != "Acme.Core" || rs[0].Version != "1.4.0" || rs[1].Run != j.Run() {
		t.Errorf("head: %+v, %+v", rs[0], rs[1])
	}
	if run := rs[6]; !slices.Equal(run.Command, []string{"git", "push", "origin"}) {
		t.Errorf("run: %+v", run)
	}
	last := rs[9]
	last.At, last.Run, last.V = time.Time{}, "", 0
	if !reflect.DeepEqual(last, journal.Record{Kind: "problem", Text: "CI failed in py39", Code: "ci.red", Now: []string{"the branch is there"},
		Retry: "safe", Lines: []string{"E  assert\x1b[2J\nforged"}, Next: []string{"ferry recover"}}) {
		t.Errorf("problem: %+v", last)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "\x1b") || strings.Count(string(text), "\n") != len(want) {
		t.Errorf("text from outside got into the file raw: %q", text)
	}
}

func TestOnlyTheUserCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	dir := t.TempDir()
	write(t, dir)
	path := journal.Path(dir, "acme-core", "1.4.0")
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if i, err := os.Stat(p); err != nil || i.Mode() != want {
			t.Errorf("%s: %v, %v", p, i.Mode(), err)
		}
	}
}

func TestNoPlaceForAJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(file, "x", "1", asItIs); err == nil || !strings.HasPrefix(err.Error(), "no journal is kept: ") {
		t.Errorf("got %v", err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(journal.Path(dir, "x", "1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(dir, "x", "1", asItIs); err == nil {
		t.Error("a folder is no journal")
	}
	if _, err := journal.Read(journal.Path(dir, "x", "1")); err == nil {
		t.Error("a folder is no journal")
	}
}

// A run that was killed while it wrote takes no later record with it.
func TestATornLineHurtsNobodyElse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	path := journal.Path(dir, "acme-core", "1.4.0")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if rs, err := journal.Read(path); err != nil || len(rs) != 9 {
		t.Errorf("torn: %d records, %v", len(rs), err)
	}
	write(t, dir)
	rs, err := journal.Read(path)
	var damaged *journal.DamagedError
	if !errors.As(err, &damaged) || damaged.Bad != 1 || len(rs) != 9+9 {
		t.Errorf("after another run: %d records, %v", len(rs), err)
	}
}

func TestTwoProcessesAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { write(t, dir) })
	}
	wg.Wait()
	rs, err := journal.Read(journal.Path(dir, "acme-core", "1.4.0"))
	heads := 0
	for _, r := range rs {
		if r.Kind == "journal" {
			heads++
		}
	}
	if err != nil || heads == 0 || len(rs)-heads != 4*9 {
		t.Errorf("%d records, %d heads, %v", len(rs), heads, err)
	}
}

func TestListNewestFirst(t *testing.T) {
	dir := t.TempDir()
	if es, err := journal.List(dir); err != nil || len(es) != 0 {
		t.Errorf("got %v, %v", es, err)
	}
	at := time.Now()
	for i, name := range []string{"old", "New_Name", "../../etc"} {
		j, err := journal.Open(dir, name, fmt.Sprintf("1!%d.0+x/../y", i), asItIs)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		when := at.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(journal.Path(dir, name, fmt.Sprintf("1!%d.0+x/../y", i)), when, when); err != nil {
			t.Fatal(err)
		}
	}
	es, err := journal.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range es {
		got = append(got, e.Project+" "+e.Version)
		if !strings.HasPrefix(e.Path, filepath.Join(dir, "journal")+string(filepath.Separator)) {
			t.Errorf("%s is outside", e.Path)
		}
	}
	if want := []string{"-/-/etc 1!2.0+x/../y", "new-name 1!1.0+x/../y", "old 1!0.0+x/../y"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Cut anywhere and with any bit flipped, what is read is what was written, in
// order, with lines missing at most.
func TestDamageAnywhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	path := journal.Path(dir, "acme-core", "1.4.0")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		if rs := readBack(t, path, text[:i]); !slices.EqualFunc(rs, whole[:len(rs)], same) {
			t.Fatalf("cut at %d: no prefix", i)
		}
		flipped := slices.Clone(text)
		flipped[i] ^= 1 << (i % 8)
		if rs := readBack(t, path, flipped); !subsequence(rs, whole) || len(rs) < len(whole)-2 {
			t.Fatalf("flipped at %d: %v", i, kinds(rs))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"v":1,"crc":"00000000"}` + "\n"))
	path := filepath.Join(f.TempDir(), "x.jsonl")
	f.Fuzz(func(t *testing.T, text []byte) { readBack(t, path, text) })
}

func readBack(t *testing.T, path string, text []byte) []journal.Record {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	rs, err := journal.Read(path)
	var damaged *journal.DamagedError
	if err != nil && !errors.As(err, &damaged) {
		t.Fatal(err)
	}
	return rs
}

func same(a, b journal.Record) bool { return reflect.DeepEqual(a, b) }

func subsequence(part, whole []journal.Record) bool {
	for _, r := range part {
		i := slices.IndexFunc(whole, func(w journal.Record) bool { return same(r, w) })
		if i < 0 {
			return false
		}
		whole = whole[i+1:]
	}
	return true
}
