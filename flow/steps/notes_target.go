package steps

import "ferry/flow/ci"

// ShowsRelease says whether the target may end in a release on the git host.
func (t Target) ShowsRelease() bool {
	return t.By == ByRelease || t.By == ByTag && t.HostRelease != "no"
}

// notesFor are the notes that a release is published with. Those that a draft has
// stay, unless others were chosen.
func (t Target) notesFor(draft *ci.Release) Notes {
	if draft == nil || draft.Notes == "" || t.Notes.Chosen && !t.Notes.ByHost {
		return t.Notes
	}
	return Notes{Text: draft.Notes, Source: "the draft on the host"}
}
