package steps

import (
	"slices"

	"ferry/flow"
)

// advised is a way and why it is the one to take.
type advised struct{ id, why string }

// advice is the first of the ways that fit the state and are offered, else to wait.
func (p plight) advice(offered []flow.WayOut) (id, why string) {
	for _, a := range p.fitting() {
		if slices.ContainsFunc(offered, func(w flow.WayOut) bool { return w.ID == a.id }) {
			return a.id, a.why
		}
	}
	return "", ""
}

// fitting are the ways that fit the state, the best first. Waiting is always last.
func (p plight) fitting() []advised {
	wait := advised{flow.WayWait, "nothing else is safe as long as that is so"}
	if p.blind() != "" {
		return []advised{{flow.WayWait, p.blind() + "; what cannot be seen is not guessed"}}
	}
	var out []advised
	switch p.state() {
	case stateNotCleaned:
		out = []advised{{flow.WayCleanUp, "every file is proved, and no job runs"}}
	case stateTriggered:
		if p.rejected {
			out = []advised{{flow.WayAbandon, "CI itself says that no build comes of the push"}}
		}
	case statePartly:
		out = p.halfway()
	case stateFailed, stateBuilt:
		out = p.empty()
	case stateConflicted:
		out = p.inConflict()
	}
	resume := advised{flow.WayResume, "it is under way, and going on pushes nothing twice"}
	switch {
	case p.state() == stateNotCleaned:
		resume.why = "every file is proved, and only the host's release is left"
	case p.state() == stateNotStarted:
		resume.why = "it was claimed for this commit, and the branch, builds and files are absent for certain"
	}
	return append(out, resume, wait)
}

func (p plight) halfway() []advised {
	restart := advised{flow.WayRestart, "CI sends the rest from the same commit, and passes over what is there"}
	complete := advised{flow.WayComplete, "the missing files are to be had with the sha256 that CI printed"}
	supersede := advised{flow.WaySupersede, "the missing files cannot come any more, or nothing here has them"}
	if p.skipsExisting() {
		return []advised{restart, complete, supersede}
	}
	restart.why = "CI alone can send the rest with the same bytes"
	return []advised{complete, restart, supersede}
}

// empty: the builds are over, and nothing came of them.
func (p plight) empty() []advised {
	restart := advised{flow.WayRestart, "the commit was built once and is not set going again; a failure that passes by is mended so"}
	abandon := advised{flow.WayAbandon, "a green build that publishes nothing does so again: mend the cause in a new commit"}
	supersede := advised{flow.WaySupersede, "nothing that is missing can come under this version any more"}
	if p.removed() {
		return []advised{supersede}
	}
	if p.state() == stateFailed {
		abandon.why = "the build cannot be run again, and the version is still free"
		return []advised{restart, abandon, supersede}
	}
	return []advised{abandon, supersede, restart}
}

// inConflict: only what is certain to be lost is superseded; who put other bytes
// there, or holds the branch, is for a person to find out.
func (p plight) inConflict() []advised {
	switch p.stopped().Code {
	case flow.CodeYanked:
		return []advised{{flow.WaySupersede, "pip avoids what is yanked, and its file names are used up"}}
	case flow.CodeTagElsewhere:
		return []advised{{flow.WaySupersede, "a tag is never moved, so this version cannot be had by it"}}
	}
	return []advised{{flow.WayWait, "a person has to find out first: " + p.stopped().Text}}
}
