package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"unicode/utf8"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/keyring"
)

var ofCore = Target{Name: "acme-core", Version: "1.4.0", Commit: strings.Repeat("a", 40), Ref: "refs/tags/v1.4.0"}

func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

// TestNotesAt: what each choice comes to, and how it is shown.
func TestNotesAt(t *testing.T) {
	const said, silent = "## 1.4.0\n\n### Added\n\n- A thing.\n- Another.\n", "## 1.3.0\n- y\n"
	for name, c := range map[string]struct {
		tree              fstest.MapFS
		choice, dir, code string
		text, says        string
		byHost, chosen    bool
	}{
		"a changelog":              {tree: files("CHANGELOG.md", said), choice: "auto", text: "### Added\n\n- A thing.\n- Another.", says: "from CHANGELOG.md, 4 lines: ### Added / - A thing. / - Another."},
		"the better known one":     {tree: files("NEWS", "1.4.0\n-----\nx\n", "HISTORY.rst", "1.4.0\n-----\ny\n"), choice: "", text: "y", says: "from HISTORY.rst: y"},
		"of a package":             {tree: files("CHANGELOG.md", said, "core/CHANGES.md", "# 1.4.0\nx\n"), dir: "core", choice: "changelog", text: "x", says: "from core/CHANGES.md: x", chosen: true},
		"a byte order mark":        {tree: files("CHANGELOG.md", "\ufeff# 1.4.0\nx\n"), choice: "changelog", text: "x", says: "from CHANGELOG.md: x", chosen: true},
		"it says nothing":          {tree: files("CHANGELOG.md", silent), choice: "auto", byHost: true, says: "from the host, which writes them: CHANGELOG.md says nothing of 1.4.0"},
		"no changelog":             {tree: files("README.md", said), choice: "auto", byHost: true, says: "from the host, which writes them: The commit has no changelog, such as CHANGELOG.md"},
		"no text":                  {tree: files("CHANGELOG.md", "## 1.4.0\n\xff\n"), choice: "auto", byHost: true, says: "from the host, which writes them: CHANGELOG.md cannot be read: it is no text in UTF-8"},
		"asked, it says nothing":   {tree: files("CHANGELOG.md", silent), choice: "changelog", chosen: true, code: flow.CodeNotesNone, says: "CHANGELOG.md says nothing of 1.4.0"},
		"asked, no changelog":      {tree: files(), choice: "changelog", chosen: true, code: flow.CodeNotesNone, says: "The commit has no changelog, such as CHANGELOG.md"},
		"asked, no text":           {tree: files("CHANGELOG.md", "## 1.4.0\n\x00\n"), choice: "changelog", chosen: true, code: flow.CodeNotesFile, says: "CHANGELOG.md cannot be read: it is no text in UTF-8"},
		"asked, two-byte letters":  {tree: files("CHANGELOG.md", "\xff\xfe#\x001\x00"), choice: "changelog", chosen: true, code: flow.CodeNotesFile, says: "CHANGELOG.md cannot be read: it is no text in UTF-8"},
		"asked, no folder":         {tree: files("CHANGELOG.md", said), dir: "core", choice: "changelog", chosen: true, code: flow.CodeNotesFile, says: "The commit has no folder core, where ferry.toml says that the package is"},
		"asked, larger than a log": {tree: files("CHANGELOG.md", strings.Repeat("x\n", 2<<20+1)), choice: "changelog", chosen: true, code: flow.CodeNotesFile, says: "CHANGELOG.md cannot be read: it is larger than 4 MiB"},
		"the host":                 {tree: files("CHANGELOG.md", said), choice: "host", byHost: true, chosen: true, says: "from the host, which writes them"},
		"none":                     {tree: files("CHANGELOG.md", said), choice: "none", chosen: true, says: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			target := ofCore
			target.Dir = c.dir
			n := notesAt(c.tree, target, c.choice)
			if n.Text != c.text || n.ByHost != c.byHost || n.Chosen != c.chosen || n.says() != c.says {
				t.Errorf("%+v, says %q", n, n.says())
			}
			if (n.Problem != nil) != (c.code != "") || n.Problem != nil && (n.Problem.Code != c.code || len(n.Problem.Next) == 0) {
				t.Errorf("%+v", n.Problem)
			}
			if fs := n.facts(); len(fs) != 1 || fs[0].Witness != flow.NotesWitness || fs[0].Says != n.says() {
				t.Errorf("%+v", fs)
			}
		})
	}
}

// TestNotesOf: what a person gives is theirs, and no secret is published with it.
func TestNotesOf(t *testing.T) {
	if n := NotesOf("\nx\n\n", "your editor"); n.Text != "x" || !n.Chosen || n.says() != "from your editor: x" {
		t.Errorf("%+v", n)
	}
	if n := NotesOf(" \n\t\n", "your editor"); n.Text != "" || n.says() != "none" {
		t.Errorf("%+v", n)
	}
	_ = keyring.NewSecret("example-of-notes-7f3k9q2m")
	n := NotesOf("- x example-of-notes-7f3k9q2m", "NEWS.md")
	if n.Text != "" || n.Problem == nil || n.Problem.Code != flow.CodeNotesSecret || strings.Contains(fmt.Sprintf("%+v", n.Problem), "7f3k9q2m") {
		t.Errorf("%+v", n)
	}
	long := NotesOf("a\nb\nc\nd\n"+strings.Repeat("ü", 300), "x")
	if long.says() != "from x, 5 lines: a / b / c" {
		t.Error(long.says())
	}
	if wide := NotesOf(strings.Repeat("ü", 300), "x"); utf8.RuneCountInString(wide.says()) != len("from x: ")+100 {
		t.Error(wide.says())
	}
}

func TestReadNotesPassesAnErrorOn(t *testing.T) {
	if text, err := ReadNotes(iotest.ErrReader(errDisk)); text != "" || !errors.Is(err, errDisk) {
		t.Errorf("%q, %v", text, err)
	}
}

var errDisk = errors.New("the disk does not answer")

// TestShortened: not a character more than a host takes, and it is said.
func TestShortened(t *testing.T) {
	const most = 125000
	exactly := strings.Repeat("ü", most)
	if got := shortened(exactly, "x"); got != exactly {
		t.Errorf("%d characters became %d", most, utf8.RuneCountInString(got))
	}
	for name, text := range map[string]string{
		"one line":        strings.Repeat("ü", most+1),
		"lines":           strings.Repeat("- a line of notes\n", 20000),
		"in a quotation":  "```\n" + strings.Repeat("- a line of notes\n", 20000) + "```\n",
		"after quotation": "```\nx\n```\n" + strings.Repeat("- a line of notes\n", 20000),
	} {
		got := shortened(text, "CHANGELOG.md")
		if n := utf8.RuneCountInString(got); n > most || n < most-200 || !utf8.ValidString(got) {
			t.Errorf("%s: %d characters", name, n)
		}
		kept, last, _ := strings.Cut(got, "\n\nThese notes are cut here")
		if last != ": a release holds no more. The rest is in CHANGELOG.md." || strings.Count(kept, "```")%2 != 0 {
			t.Errorf("%s: ends %q", name, got[len(got)-200:])
		}
		if kept = strings.TrimSuffix(kept, "\n```"); !strings.HasPrefix(text, kept) {
			t.Errorf("%s: what is kept does not stand in the text", name)
		}
	}
}

// host is a git host that keeps releases.
type host struct {
	ci.Host
	ci.Releaser
	releases []ci.Release
	text     string
	err      error // of either
	writes   error
	asked    ci.ReleaseSpec
}

func (*host) Name() string { return "github" }
func (h *host) Releases(_ context.Context, tag string) ([]ci.Release, error) {
	if tag != "v1.4.0" {
		return nil, fmt.Errorf("asked for %q", tag)
	}
	return h.releases, h.err
}
func (h *host) ReleaseNotes(_ context.Context, want ci.ReleaseSpec) (string, error) {
	h.asked = want
	return h.text, errors.Join(h.err, h.writes)
}

// TestDraftNotes: what a person finds in the editor.
func TestDraftNotes(t *testing.T) {
	ours, theirs, chosen := Notes{Text: "ours", Source: "CHANGELOG.md"}, byHost(true), NotesOf("ours", "NEWS.md")
	draft := []ci.Release{{Notes: "published"}, {Draft: true}, {Draft: true, Notes: "drafted"}}
	for name, c := range map[string]struct {
		host  ci.Host
		notes Notes
		want  string
		class flow.Class
		next  string
	}{
		"no host that keeps any":      {notes: ours, want: "ours"},
		"the changelog":               {host: &host{}, notes: ours, want: "ours"},
		"a draft on the host":         {host: &host{releases: draft}, notes: ours, want: "drafted"},
		"a draft, and a choice":       {host: &host{releases: draft}, notes: chosen, want: "ours"},
		"the host":                    {host: &host{text: "written"}, notes: theirs, want: "written"},
		"the host, and its draft":     {host: &host{releases: draft, text: "written"}, notes: theirs, want: "drafted"},
		"a host that writes none":     {host: &host{writes: &ci.UnsupportedError{}}, notes: theirs},
		"it needs a token":            {host: &host{err: &ci.NeedsTokenError{Provider: "GitHub", What: "releases"}}, notes: theirs, class: flow.ClassCredentials, next: "ferry auth login github"},
		"it does not answer":          {host: &host{err: &ci.UnreachableError{Provider: "GitHub", Err: errDisk}}, notes: theirs, class: flow.ClassUnknown, next: "ferry release --notes FILE"},
		"it does not answer, for one": {host: &host{writes: &ci.UnreachableError{Provider: "GitHub", Err: errDisk}}, notes: theirs, class: flow.ClassUnknown, next: "ferry release --notes FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			target := ofCore
			target.Notes = c.notes
			got, err := World{Host: c.host}.DraftNotes(t.Context(), target)
			var p *flow.Problem
			if errors.As(err, &p) != (c.class != "") || p != nil && (p.Class != c.class || p.Next[0] != c.next) {
				t.Fatalf("%+v", err)
			}
			if got != c.want {
				t.Errorf("%q", got)
			}
			if h, ok := c.host.(*host); ok && got == "written" && (h.asked.Tag != "v1.4.0" || h.asked.Commit != ofCore.Commit) {
				t.Errorf("asked for %+v", h.asked)
			}
		})
	}
}

// TestTyped: a command with notes is one line, and nothing in them is filled in.
func TestTyped(t *testing.T) {
	for want, command := range map[string][]string{
		`gh release create v1.4.0 --notes '- x y'`:                                 {"gh", "release", "create", "v1.4.0", "--notes", "- x y"},
		`gh release create v1.4.0 --notes '- x $HOME'`:                             {"gh", "release", "create", "v1.4.0", "--notes", "- x $HOME"},
		`gh release create v1.4.0 --notes "$(printf %b '- x $HOME\n- y it'\''s')"`: {"gh", "release", "create", "v1.4.0", "--notes", "- x $HOME\n- y it's"},
		`gh release edit v1.4.0 --notes "$(printf %b '')"`:                         {"gh", "release", "edit", "v1.4.0", "--notes", "\n"},
	} {
		if got := flow.Shell(typed(command)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
