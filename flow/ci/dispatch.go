package ci

import "context"

// Dispatcher is a CI that builds the tip of a branch for whoever asks it to, as it
// does for a person on its pages.
type Dispatcher interface {
	// Dispatch asks once. It is whatever the ref points to then that is built. That
	// the file takes no such start, or not with these inputs, is a ConflictError; a
	// token that may not is a PermissionError, and none at all a NeedsTokenError.
	// After another error a run may be there: look.
	Dispatch(ctx context.Context, want DispatchSpec) error
	// NoDispatch says what keeps runs from being started, as far as it is known
	// without asking; "" if nothing does.
	NoDispatch() string
	// DispatchURL is the page on which a person starts one.
	DispatchURL(want DispatchSpec) string
	// DispatchCommand is what a person would type.
	DispatchCommand(want DispatchSpec) []string
}

// DispatchSpec is a run to be started.
type DispatchSpec struct {
	File   string // of the workflow, from the top of the tree
	Ref    string // in full: refs/heads/main
	Inputs map[string]string
}

// ByHand says whether somebody, or a program for somebody, asked for the build:
// nothing was pushed or published for it.
func (b Build) ByHand() bool {
	switch b.Event {
	case "workflow_dispatch", "api", "web":
		return true
	}
	return false
}
