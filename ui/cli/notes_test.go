package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/plans"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// without is a command line without a terminal.
func without(t *testing.T, input string) *commands {
	t.Helper()
	in, err := os.Open(file(t, "stdin", input))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), out.Close() })
	return newCommands(App{In: in, Out: out, Err: out, Env: func(string) string { return "" }})
}

// TestNoted: what the flags give a target, and where they are refused.
func TestNoted(t *testing.T) {
	byTag := plans.Target{By: "tag", Commit: "c", Notes: plans.Notes{Text: "of the changelog"}}
	lacking := byTag
	lacking.Notes = plans.Notes{Problem: &flow.Problem{Code: flow.CodeNotesNone, Class: flow.ClassFailed}}
	off := byTag
	off.HostRelease = "no"
	news := file(t, "NEWS.md", "- x\r\n")
	for name, c := range map[string]struct {
		notes            string
		target           plans.Target
		text, from, code string
		class            flow.Class
		tells            string
	}{
		"a word":                        {notes: "changelog", target: byTag, text: "of the changelog"},
		"a word, by release":            {notes: "host", target: plans.Target{By: "release", Notes: plans.Notes{ByHost: true}}},
		"a word, and there are none":    {notes: "changelog", target: lacking, code: flow.CodeNotesNone, class: flow.ClassFailed},
		"a file":                        {notes: news, target: byTag, text: "- x", from: news},
		"a file, and there were none":   {notes: news, target: lacking, text: "- x", from: news},
		"standard input":                {notes: "-", target: byTag, text: "- typed", from: "standard input"},
		"no file":                       {notes: "changelgo", target: byTag, code: flow.CodeUsage, class: flow.ClassUsage, tells: "the words are auto, changelog, host and none"},
		"a folder":                      {notes: t.TempDir(), target: byTag, code: flow.CodeNotesFile, class: flow.ClassFailed, tells: "cannot be read"},
		"no text":                       {notes: file(t, "a", "\xff"), target: byTag, code: flow.CodeNotesFile, class: flow.ClassFailed, tells: "no text in UTF-8"},
		"a release by branch":           {notes: news, target: plans.Target{By: "branch"}, code: flow.CodeUsage, class: flow.ClassUsage, tells: "--notes is of no use: a release by branch"},
		"an edited one, by branch":      {target: plans.Target{By: "branch"}, code: flow.CodeUsage, class: flow.ClassUsage, tells: "--edit-notes is of no use"},
		"configured not to be released": {notes: "host", target: off, code: flow.CodeUsage, class: flow.ClassUsage, tells: `release.host-release = "no"`},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := without(t, "- typed\n")
			cmd.flags.notes = c.notes
			got, err := cmd.noted(t.Context(), c.target)
			var p *flow.Problem
			if errors.As(err, &p) != (c.code != "") || p != nil && (p.Code != c.code || p.Class != c.class || !strings.Contains(p.Text, c.tells)) {
				t.Fatalf("%+v", err)
			}
			if err == nil && (got.Notes.Text != c.text || got.Notes.Source != c.from) {
				t.Errorf("%+v", got.Notes)
			}
		})
	}
}

// TestNotesAreReadOnce: what a pipe gave is there for the next look at the release,
// and what was edited is of one commit.
func TestNotesAreReadOnce(t *testing.T) {
	c := without(t, "- typed\n")
	c.flags.notes = "-"
	target := plans.Target{By: "tag", Commit: "c"}
	for range 2 {
		if got, err := c.noted(t.Context(), target); err != nil || got.Notes.Text != "- typed" {
			t.Fatalf("%+v, %v", got.Notes, err)
		}
	}
	c.own.edited, c.own.of = &plans.Notes{Text: "- edited"}, "c"
	if got, _ := c.noted(t.Context(), target); got.Notes.Text != "- edited" {
		t.Errorf("%+v", got.Notes)
	}
	target.Commit = "another"
	if got, _ := c.noted(t.Context(), target); got.Notes.Text != "- typed" {
		t.Errorf("%+v", got.Notes)
	}
}

// TestEditingIsForAPerson at a terminal, and for a release that is run.
func TestEditingIsForAPerson(t *testing.T) {
	for name, set := range map[string]func(*flags){
		"no terminal":  func(*flags) {},
		"never asked":  func(f *flags) { f.noInput = true },
		"lines":        func(f *flags) { f.plain = true },
		"a program":    func(f *flags) { f.json = true },
		"a dry run":    func(f *flags) { f.dryRun = true },
		"a plan alone": func(f *flags) { f.plan = true },
	} {
		c := without(t, "")
		c.flags.editNotes = true
		set(&c.flags)
		var p *flow.Problem
		if err := c.runRelease(t.Context(), "", "minor", ""); !errors.As(err, &p) || p.Code != flow.CodeUsage || flow.ExitCode(err) != 64 || len(p.Next) != 1 {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// TestNotesFlagIsASetting only where it is a word.
func TestNotesFlagIsASetting(t *testing.T) {
	for notes, want := range map[string]string{"host": "host", "auto": "auto", "NEWS.md": "", "-": "", "": ""} {
		f := flags{notes: notes}
		if got := f.settings()["release.notes"]; got != want {
			t.Errorf("%q: %q", notes, got)
		}
	}
}

// TestNotesAreReadFirst, before a version is raised or a checkout opened.
func TestNotesAreReadFirst(t *testing.T) {
	for name, c := range map[string]struct {
		notes, apply, code string
		edit               bool
	}{
		"no file":               {notes: "nowhere.md", code: flow.CodeUsage},
		"no text":               {notes: file(t, "a", "\xff"), code: flow.CodeNotesFile},
		"edited, of saved plan": {edit: true, apply: "plan.json", code: flow.CodeUsage},
	} {
		cmd := without(t, "")
		cmd.flags.notes, cmd.flags.editNotes = c.notes, c.edit
		var p *flow.Problem
		if err := cmd.runRelease(t.Context(), "", "minor", c.apply); !errors.As(err, &p) || p.Code != c.code {
			t.Errorf("%s: %+v", name, err)
		}
	}
	cmd := without(t, "")
	cmd.flags.notes = file(t, "NEWS.md", "- x")
	if err := cmd.readNotes(t.Context(), ""); err != nil || cmd.own.file.Text != "- x" {
		t.Errorf("%v", err)
	}
}
