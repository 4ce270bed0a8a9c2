package flow

// The nodes that prepare a release: they stand before those of the release itself.
const (
	BumpVersion ID = "bump-version" // the version, and the changelog's heading
	CommitBump  ID = "commit-bump"
	PushMain    ID = "push-main" // that one commit
	AwaitMain   ID = "await-main"
)

// The codes of preparing a release.
const (
	CodeBumpPlace    = "bump.place"     // the version is in no one place that can be edited
	CodeBumpOlder    = "bump.not-newer" // than what the commit or the index has
	CodeBumpBranch   = "bump.branch"    // another than the default branch is checked out
	CodeBumpApart    = "bump.apart"     // the branch here is not as the remote has it
	CodeBumpMoved    = "bump.moved"     // the default branch went on meanwhile
	CodeBumpCommit   = "bump.commit"    // by git, or by a hook
	CodeBumpPublish  = "bump.publishes" // a push to the default branch would
	CodeBumpMainRed  = "bump.main-red"
	CodeBumpMainWait = "bump.main-no-build"
)
