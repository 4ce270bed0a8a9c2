package steps

import (
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

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

// typed is a command that may carry notes, as a shell's line where they have lines of
// their own, or a $: it must mean the same to whoever copies it, and a variable that
// the notes name is not to be filled in.
func typed(command []string) []string {
	plain, words := true, make([]string, len(command))
	for i, w := range command {
		switch text := strings.TrimRight(w, "\n"); {
		case text != w || strings.Contains(w, "\n"):
			plain, words[i] = false, flow.Text(text)
		case strings.Contains(w, "$"):
			plain, words[i] = false, flow.Verbatim(w)
		default:
			words[i] = flow.Shell([]string{w})
		}
	}
	if plain {
		return command
	}
	return []string{"sh", "-c", strings.Join(words, " ")}
}
