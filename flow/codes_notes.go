package flow

// The stable codes of the notes of a host's release.
const (
	CodeNotesNone   = "notes.none"       // the changelog says nothing of the version
	CodeNotesFile   = "notes.unreadable" // no text, too large, or not to be read
	CodeNotesSecret = "notes.secret"     // they hold one
	CodeNotesEditor = "notes.editor"     // none is known, or it does not start
)

// NotesWitness is who speaks in the facts that show the notes of a host's release.
const NotesWitness = "notes"
