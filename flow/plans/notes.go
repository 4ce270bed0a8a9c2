package plans

import (
	"io"

	"ferry/flow/steps"
)

// Notes are what the git host's release says of a version.
type Notes = steps.Notes

// NotesChoices are what release.notes may say; --notes takes a file besides.
var NotesChoices = []string{steps.NotesAuto, steps.NotesChangelog, steps.NotesHost, steps.NotesNone}

// NotesOf are notes that a person gives: source says where they are from.
func NotesOf(text, source string) Notes { return steps.NotesOf(text, source) }

// ReadNotes reads a text of notes to its end: UTF-8, at most 4 MiB.
func ReadNotes(r io.Reader) (string, error) { return steps.ReadNotes(r) }
