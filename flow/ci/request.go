package ci

import "context"

// Requester is a git host on which somebody can ask for a branch to be merged: by a
// pull request, or a merge request. It sees only requests of the repository's own
// branches, none of forks.
type Requester interface {
	// Requests are the open ones from a branch, by its short name.
	Requests(ctx context.Context, head string) ([]MergeRequest, error)
	// Request asks once. That one is there already, or that there is nothing to
	// merge, is a ConflictError; a token that may not is a PermissionError, and none
	// at all a NeedsTokenError. After another error one may be there: look.
	Request(ctx context.Context, want RequestSpec) (MergeRequest, error)
	// CloseRequest closes one that was not merged, which is a ConflictError. What is
	// closed already is no error.
	CloseRequest(ctx context.Context, r MergeRequest) error
	// NoRequest says what keeps requests from being opened, as far as it is known
	// without asking; "" if nothing does.
	NoRequest() string
	// RequestURL is the page on which a person opens one.
	RequestURL(want RequestSpec) string
	// RequestCommand is what a person would type.
	RequestCommand(want RequestSpec) []string
}

// RequestSpec is a request to be opened. Branches are short names of the repository.
type RequestSpec struct{ Head, Base, Title, Body string }

// MergeRequest is one that is there, by whichever name its host calls it. All but Number is text from outside.
type MergeRequest struct {
	Number     int // by which people know it
	URL        string
	Head, Base string
	State      RequestState
}

// RequestState is what became of a request.
type RequestState string

// The states of a request.
const (
	RequestOpen   RequestState = "open"
	RequestClosed RequestState = "closed"
	RequestMerged RequestState = "merged"
)
