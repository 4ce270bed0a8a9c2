package flow

// The stable codes of what sets a release going, and of what must be so before.
const (
	CodeStagingAbsent = "staging.absent" // the staging index lacks what the commit builds
	CodeStagingOther  = "staging.other"  // it has other files under this version

	CodeTagLightweight = "tag.lightweight" // where an annotated one is expected
	CodeTagMoved       = "tag.moved"       // two places do not agree, or it is gone
	CodeReleaseDrafts  = "release.drafts"  // the git host has several of one tag
	CodeReleaseGone    = "release.gone"    // CI was started by one that the host shows no more
	CodeReleaseByHand  = "release.by-hand" // none can be published from here
	CodeReleaseRefused = "release.refused" // by the git host

	CodeNotTriggered = "trigger.awaited" // something else sets the release going, and has not
)
