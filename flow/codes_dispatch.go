package flow

// The stable codes of a release that starts a workflow by hand.
const (
	CodeNoDispatch      = "dispatch.none"    // nothing here can start one
	CodeInputs          = "dispatch.inputs"  // an input has no value that is known for certain
	CodeNotTip          = "dispatch.not-tip" // what would be built is another commit
	CodeDispatchAwaited = "dispatch.awaited" // another run of ferry has claimed the start, and is about to make it
	CodeDispatchRefused = "dispatch.refused"
)
