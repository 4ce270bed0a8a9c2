package flow

// The stable codes of what sets a release going, and of what must be so before.
const (
	CodeStagingAbsent = "staging.absent" // the staging index lacks what the commit builds
	CodeStagingOther  = "staging.other"  // it has other files under this version

	CodeTagLightweight = "tag.lightweight" // where an annotated one is expected
	CodeTagMoved       = "tag.moved"       // two places do not agree, or it is gone
	CodeNotTriggered   = "trigger.awaited" // something else sets the release going, and has not
)
