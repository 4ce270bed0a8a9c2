package flow

// The stable codes of what sets a release going, and of what must be so before.
const (
	CodeStagingAbsent = "staging.absent" // the staging index lacks what the commit builds
	CodeStagingOther  = "staging.other"  // it has other files under this version
)
