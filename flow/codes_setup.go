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
)
