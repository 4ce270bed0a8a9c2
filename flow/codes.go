package flow

// The stable codes of the problems of a release. Each has a paragraph in docs/outcomes.md.
const (
	CodeTreeDirty     = "tree.dirty"      // files differ from the commit
	CodeTreeUnknown   = "tree.unknown"    // cannot tell whether they do
	CodeNotPushed     = "tree.not-pushed" // the commit is on no branch of the remote
	CodeNoProject     = "project.none"
	CodeNoVersion     = "version.unreadable"
	CodeContradiction = "version.contradiction"
	CodeVersionBad    = "version.invalid"
	CodeVersionLocal  = "version.local"
	CodeUnfit         = "project.unfit" // an index would refuse it
	CodeVersionOld    = "version.not-newer"
	CodeVersionOther  = "version.other" // not the version that was asked for
	CodeVersionTaken  = "version.taken" // on the index, and not from this commit

	CodeBranchInTheWay = "branch.in-the-way"
	CodeBranchStale    = "branch.stale"
	CodeClaimed        = "claim.taken" // another attempt at this version goes on
	CodeClaimBuilt     = "claim.built" // CI builds the claim ref
	CodeNotLanded      = "push.not-landed"
	CodePushRefused    = "push.refused"
	CodeTagElsewhere   = "tag.elsewhere"
	CodeProtected      = "push.protected" // a protected branch or tag
	CodeRuleset        = "push.ruleset"
	CodeQuota          = "push.too-large"
	CodePrePush        = "push.local-hook" // the repository's own pre-push hook said no
	CodeTagUnsigned    = "tag.unsigned"    // the person's signing program failed

	CodeRemoteUnreachable = "remote.unreachable"
	CodeRemoteRefused     = "remote.refused" // credentials
	CodeRemoteNone        = "remote.none"
	CodeRemoteSecret      = "remote.secret" // the URL carries a secret
	CodeFork              = "remote.fork"   // and the person did not choose it
	CodeHostKey           = "remote.host-key"
	CodeRemoteMoved       = "remote.moved"       // it redirects to another address
	CodeCertificate       = "remote.certificate" // the host cannot prove to be it
	CodePartialClone      = "clone.partial"      // it lacks what would be pushed
	CodeArchived          = "remote.archived"
	CodeReadOnly          = "remote.read-only"  // the token, key or account may not write
	CodeTwoFactor         = "remote.two-factor" // a token is wanted in the place of a password
	CodeSSO               = "remote.sso"        // the credential is not authorised for the organisation

	CodeCIUnreachable = "ci.unreachable"
	CodeCIRefused     = "ci.refused"
	CodeNoDeploy      = "ci.no-deploy"   // nothing deploys from the release ref
	CodeManyDeploys   = "ci.ambiguous"   // several triggers would
	CodeManyJobs      = "ci.many-jobs"   // several jobs would upload the same files
	CodeCIFile        = "ci.file"        // a CI file that is wrong for certain
	CodeUndecided     = "ci.undecided"   // the files alone do not decide it
	CodeGate          = "ci.environment" // lets another ref through than ours
	CodeFix           = "ci.fix"         // a CI file that could not be mended
	CodeNoBuild       = "ci.never-started"
	CodeCIRed         = "ci.red"
	CodeCIWaits       = "ci.waits" // for a person
	CodeCIAct         = "ci.act"   // CI would not restart or cancel a build

	CodeIndexUnreachable = "index.unreachable"
	CodeNotPublished     = "index.nothing" // green, but nothing published
	CodeHalf             = "index.half"    // part of the files
	CodeDiffers          = "index.differs" // other bytes under this version
	CodeYanked           = "index.yanked"
	CodeNotVisible       = "index.not-visible" // not visible yet
	CodeWithdrawn        = "index.withdrawn"   // its project is quarantined
	CodeIndexClosed      = "index.closed"      // its project takes no new file
	CodeUnattested       = "index.unattested"  // the releases before said who published them
	CodeBranchMoved      = "branch.moved"
	CodeBranchKept       = "branch.kept"  // nobody can say that the upload is over
	CodePypircKept       = "pypirc.kept"  // a section that was to go with the release is still there
	CodeGhost            = "branch.ghost" // came back after it was deleted

	CodeNotGivenUp     = "branch.not-given-up" // its branch must stay: something of the release may live
	CodeSeveral        = "recover.several"     // more than one release is in flight
	CodeNotInFlight    = "recover.other"       // not the one that was named
	CodeNoSuchWay      = "recover.not-offered" // a way out that is none here
	CodeNoUndo         = "recover.no-undo"     // what a step did cannot be taken back
	CodeNotCompletable = "recover.incomplete"  // what is lacking is not here with the bytes that CI made

	// What a verification ends with; "verified" is no problem.
	CodeVerifyIncomplete = "verify.incomplete"
	CodeVerifyAbsent     = "verify.absent"
	CodeVerifyWithdrawn  = "verify.withdrawn"
	CodeVerifyUnexpected = "verify.unexpected"
	CodeVerifyMismatch   = "verify.mismatch"
	CodeVerifyNotVisible = "verify.not-visible"
	CodeVerifyUnknown    = "verify.unknown"

	CodeDeclined    = "declined"
	CodeNeedsPerson = "needs-person"
	CodeWrongYes    = "wrong-yes"
	CodeTimeout     = "timeout"
	CodeUsage       = "usage"
	CodeConfig      = "config"
	CodeNoRepo      = "repo.none"
	CodeBug         = "bug"
)
