package flow

// The codes of setting a repository up.
const (
	// Of tokens, of registering and of the proof.
	CodeSetupTokenUnread  = "setup.token-unread"        // whether there is one cannot be told
	CodeSetupTokenNone    = "setup.token-none"          // an upload needs one, and there is none
	CodeSetupTokenOther   = "setup.token-other-project" // it is limited to others
	CodeSetupTokenNew     = "setup.token-new-project"   // it is limited, and the project is not there yet
	CodeSetupTokenExpired = "setup.token-expired"
	CodeSetupTokenIndex   = "setup.token-other-index"
	CodeSetupTokenShape   = "setup.token-shape" // it is none
	CodeSetupTokenKept    = "setup.token-kept"  // another run stored it, or another took its place
	CodeSetupPypircKept   = "setup.pypirc-kept" // another run wrote it, or it was changed since
	CodeSetupSdists       = "setup.sdists"      // which of several is meant is not known
	CodeSetupWrongIndex   = "setup.wrong-index" // a ref publishes to another index than it is to

	// Of the files of CI, the environment and the publisher.
	CodeSetupDirty       = "setup.dirty-file"  // it differs from the commit
	CodeSetupChanged     = "setup.changed"     // since the change of it was shown
	CodeSetupUnread      = "setup.unread"      // the work tree cannot be read
	CodeSetupWrite       = "setup.write"       // a file could not be written, or not be taken back
	CodeSetupUnfit       = "setup.unfit"       // no CI file can be written for the answers
	CodeSetupOther       = "setup.other-file"  // it is there, and does something else
	CodeSetupRival       = "setup.rival"       // something publishes to the index already
	CodeSetupNotOurs     = "setup.not-ours"    // an undo of what another run did
	CodeSetupEnvironment = "setup.environment" // it lets other refs pass, or could not be made

	// Of Travis: its activation, its variables and .travis.yml.
	CodeSetupCIToken    = "setup.ci-token"       // it does this for a token alone: there is none, or it is refused
	CodeSetupCIUnknown  = "setup.ci-unknown"     // it does not know the repository
	CodeSetupCILooks    = "setup.ci-looking"     // it still looks at the git host
	CodeSetupCIRefuses  = "setup.ci-refuses"     // it will not do it as things stand
	CodeSetupCIAddress  = "setup.ci-address"     // of another API than the one that keeps the keys
	CodeSetupKey        = "setup.key"            // not the one that it is said to be
	CodeSetupKeySmall   = "setup.key-small"      // no token fits
	CodeSetupTokenUnfit = "setup.token-unfit"    // it would not arrive in a build as it is
	CodeSetupVariable   = "setup.variable"       // one of the name is in the way
	CodeSetupScope      = "setup.variable-scope" // no build would get only its own
	CodeSetupTravisFile = "setup.travis-file"    // it is left as it is
	CodeSetupTravisWant = "setup.travis-want"    // the answers cannot be written into one
	CodeSetupNotOneJob  = "setup.not-one-job"    // none or several would deploy
	CodeSetupNoSetupPy  = "setup.no-setup-py"    // which the deployment runs

	// Of a server that starts the release.
	CodeServerUnreachable = "setup.server-unreachable"
	CodeServerRefused     = "setup.server-refused" // the login, or its rights
	CodeServerMissing     = "setup.server-missing" // the template, or what the configuration is to stand below
	CodeServerOld         = "setup.server-old"     // its API lacks what is asked
	CodeServerStep        = "setup.server-step"    // which step runs the release is not clear
	CodeServerRejected    = "setup.server-rejected"
	CodeServerChanged     = "setup.server-changed"   // it has something else by now
	CodeServerUndo        = "setup.server-undo"      // what is there is not what this run saved
	CodeServerVariables   = "setup.server-variables" // a person has to declare them
	CodeRehearsal         = "setup.rehearsal"        // the server could not run the release

	// Of the commit, the push and the request to merge.
	CodeGitBusy        = "setup.git-busy"      // in the middle of a merge or its like
	CodeCommitNoGit    = "setup.no-git"        // nothing else commits
	CodeCommitBranch   = "setup.branch-exists" // here, before the commit
	CodeCommitRefused  = "setup.commit"        // by git, or by a hook
	CodeCommitHalf     = "setup.commit-half"   // and could not be taken back
	CodeCommitStays    = "setup.commit-stays"  // something was done since
	CodeSetupElsewhere = "setup.branch-elsewhere"
	CodeSetupPublishes = "setup.branch-publishes" // a push of it would
	CodeSetupNoRequest = "setup.no-request"
)
