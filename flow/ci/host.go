package ci

// Host is the place where the repository itself lives, as far as it can be asked:
// its Inspect fills in Project.Host.
type Host interface {
	Name() string
	Inspector
}

// Hosted is what only the git host knows of a repository.
type Hosted struct {
	Fork     bool
	Parent   *Origin // what it was forked from, if the host says
	Archived bool    // or switched off: it takes nothing
	// MayPush says whether the account of the token that asked may push; nil
	// without a token. A push may go by another account's key.
	MayPush            *bool
	CloneURL, CloneSSH string // of the repository under its present name
}

// Origin is the repository that a fork was made from.
type Origin struct{ Slug, CloneURL, CloneSSH string }
