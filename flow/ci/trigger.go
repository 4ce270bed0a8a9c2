package ci

import "context"

// Triggerer is a provider that can be asked for a build of a commit on a ref.
type Triggerer interface {
	// Trigger asks once, with variables of the caller's besides those that say
	// which commit and ref, and gives the id of the request. What was joined to
	// another request is a ConflictError. An error of another kind does not say
	// that nothing was started: whether a build is there is for Builds to say.
	Trigger(ctx context.Context, q Query, variables map[string]string) (request string, err error)
	// Requested is the build that a request became, or the one that it waits to be.
	Requested(ctx context.Context, request string) (Build, error)
}
