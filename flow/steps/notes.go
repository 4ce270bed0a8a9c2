package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/keyring"
)

// What release.notes asks for. Auto is the changelog's section where it has one, else
// what the host writes; a draft on the host then keeps its own.
const (
	NotesAuto      = "auto"
	NotesChangelog = "changelog"
	NotesHost      = "host"
	NotesNone      = "none"
)

const (
	maxNotes     = 125000  // characters that GitHub takes of a release's text
	maxChangelog = 4 << 20 // bytes
)

// notesAt are the notes of a target by its choice, from the files of its commit.
func notesAt(tree fs.FS, t Target, choice string) Notes {
	switch choice {
	case NotesNone:
		return Notes{Chosen: true}
	case NotesHost:
		return byHost(true)
	}
	n := changelogNotes(tree, t)
	switch {
	case choice == NotesChangelog:
		n.Chosen = true
		return n
	case n.Problem != nil:
		host := byHost(false)
		host.Aside = n.Problem.Text
		return host
	}
	return n
}

func byHost(chosen bool) Notes {
	return Notes{Source: "the host, which writes them", ByHost: true, Chosen: chosen}
}

// blindNotes are those of a target whose commit cannot be read.
func blindNotes(choice string) Notes {
	if choice == NotesNone {
		return Notes{Chosen: true}
	}
	return byHost(choice == NotesHost)
}

// changelogNotes is what the changelog of a commit says of the version.
func changelogNotes(tree fs.FS, t Target) Notes {
	tree, err := packageTree(tree, t.Dir)
	if err != nil {
		return Notes{Problem: notesProblem(flow.CodeNotesFile, err.Error(), err)}
	}
	file := changelogOf(tree)
	if file == "" {
		return Notes{Problem: notesProblem(flow.CodeNotesNone, "The commit has no changelog, such as CHANGELOG.md", nil)}
	}
	where := path.Join(t.Dir, file)
	text, err := readNotesFile(tree, file)
	if err != nil {
		return Notes{Source: where, Problem: notesProblem(flow.CodeNotesFile, fmt.Sprintf("%s cannot be read: %v", where, err), err)}
	}
	said := section(file, text, t.Name, t.Version)
	if said == "" {
		return Notes{Source: where, Problem: notesProblem(flow.CodeNotesNone, fmt.Sprintf("%s says nothing of %s", where, t.Version), nil)}
	}
	return notesOf(said, where)
}

func readNotesFile(tree fs.FS, file string) (string, error) {
	f, err := tree.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return ReadNotes(f)
}

// ReadNotes reads a text of notes to its end. More than 4 MiB, and what is no UTF-8
// text, is an error.
func ReadNotes(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxChangelog+1))
	text := strings.TrimPrefix(string(b), "\ufeff")
	switch {
	case err != nil:
		return "", err
	case len(b) > maxChangelog:
		return "", fmt.Errorf("it is larger than %d MiB", maxChangelog>>20)
	case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
		return "", errors.New("it is no text in UTF-8")
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}

// NotesOf are notes that a person gives: source says where they are from. What holds
// a secret has a Problem.
func NotesOf(text, source string) Notes {
	n := notesOf(strings.Trim(text, "\n"), source)
	n.Chosen = true
	return n
}

func notesOf(text, source string) Notes {
	if keyring.HoldsKnown([]byte(text)) {
		return Notes{Source: source, Problem: notesProblem(flow.CodeNotesSecret, "The notes hold a secret: "+source, nil)}
	}
	if strings.TrimSpace(text) == "" {
		text = ""
	}
	return Notes{Text: shortened(text, source), Source: source}
}

// shortened cuts a text that is longer than a host takes, between two lines, and says
// so at its end.
func shortened(text, source string) string {
	if utf8.RuneCountInString(text) <= maxNotes {
		return text
	}
	last := "\n\nThese notes are cut here: a release holds no more. The rest is in " + source + "."
	room := []rune(text)[:maxNotes-utf8.RuneCountInString(last)-len("\n~~~~")]
	cut := string(room)
	if i := strings.LastIndexByte(cut, '\n'); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, "\n") + unfenced(cut) + last
}

// unfenced ends a quotation that a cut left open.
func unfenced(text string) string {
	open := ""
	for l := range strings.Lines(text) {
		m := fenceLine.FindStringSubmatch(strings.TrimRight(l, "\n"))
		switch {
		case m == nil:
		case open == "":
			open = m[1]
		case strings.HasPrefix(m[1], open) && strings.TrimSpace(m[2]) == "":
			open = ""
		}
	}
	if open == "" || len(open) > 4 {
		return ""
	}
	return "\n" + open
}

func notesProblem(code, text string, err error) *flow.Problem {
	p := usage(code, text, "ferry release --notes FILE")
	p.Now = []string{"no release was published on the git host"}
	p.Next = append(p.Next, "ferry release --notes host", "ferry release --notes none")
	p.Err = err
	return p
}

// firstLines is how many lines of notes are shown before they are published.
const firstLines = 3

// says is where the notes are from and how they begin, in one line.
func (n Notes) says() string {
	switch {
	case n.Problem != nil:
		return n.Problem.Text
	case n.ByHost && n.Aside != "":
		return "from " + n.Source + ": " + n.Aside
	case n.ByHost:
		return "from " + n.Source
	case n.Text == "":
		return "none"
	}
	lines := strings.Split(n.Text, "\n")
	var shown []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && len(shown) < firstLines {
			shown = append(shown, clipped(l))
		}
	}
	text := fmt.Sprintf("from %s, %d lines: %s", n.Source, len(lines), strings.Join(shown, " / "))
	if len(lines) == 1 {
		text = fmt.Sprintf("from %s: %s", n.Source, shown[0])
	}
	return text
}

func clipped(line string) string {
	if r := []rune(line); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return line
}

// facts show the notes before they are published.
func (n Notes) facts() []flow.Fact {
	return []flow.Fact{{Witness: flow.NotesWitness, About: "release notes", Says: n.says()}}
}

// DraftNotes are those that a person edits: what was chosen or, where the host is to
// write them, those of its draft, else what it would write. A host that writes none
// leaves them empty.
func (w World) DraftNotes(ctx context.Context, t Target) (string, error) {
	host, ok := w.Host.(ci.Releaser)
	if !ok {
		return t.Notes.Text, nil
	}
	if !t.Notes.Chosen || t.Notes.ByHost {
		releases, err := host.Releases(ctx, t.ShortRef())
		if err != nil {
			return "", notesUnread(w.Host, err)
		}
		for _, r := range releases {
			if r.Draft && strings.TrimSpace(r.Notes) != "" {
				return r.Notes, nil
			}
		}
	}
	if !t.Notes.ByHost {
		return t.Notes.Text, nil
	}
	text, err := host.ReleaseNotes(ctx, ci.ReleaseSpec{Tag: t.ShortRef(), Commit: t.Commit})
	var cannot *ci.UnsupportedError
	if err != nil && !errors.As(err, &cannot) {
		return "", notesUnread(w.Host, err)
	}
	return text, nil
}

func notesUnread(host ci.Host, err error) *flow.Problem {
	p := notesProblem(flow.CodeNotesFile, fmt.Sprintf("The notes that %s has for this release cannot be read: %v", host.Name(), err), err)
	p.Class = flow.ClassUnknown
	var token *ci.NeedsTokenError
	var denied *ci.PermissionError
	if errors.As(err, &token) || errors.As(err, &denied) {
		p.Class = flow.ClassCredentials
		p.Next = append([]string{"ferry auth login " + host.Name()}, p.Next...)
	}
	return p
}
