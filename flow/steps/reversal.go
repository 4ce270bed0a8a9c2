package steps

import "ferry/flow"

// What each step of a release says of taking its effect back. None of them can be
// undone exactly: what was pushed was seen, and CI may have begun.

func stays(why string) flow.Reversal { return flow.Reversal{Kind: flow.ReversalNone, Text: why} }

func compensated(what string) flow.Reversal {
	return flow.Reversal{Kind: flow.ReversalCompensated, Text: what}
}

// Reversal: a claim says that a commit was to be released, which stays true.
func (Claim) Reversal() flow.Reversal {
	return stays("the claim stays for good; a later attempt takes the next number")
}

// Reversal: giving the release up deletes the branch, where nothing came of it.
func (s PushBranch) Reversal() flow.Reversal {
	return compensated("ferry recover --abandon=" + s.Target.Version + ", as long as nothing is published and no job runs")
}

// Reversal: others may have fetched it, and CI has.
func (PushTag) Reversal() flow.Reversal {
	return stays("a tag that was pushed is never moved or deleted")
}

// Reversal: people were told of it, and its tag stays for good.
func (PublishRelease) Reversal() flow.Reversal {
	return stays("the tag of a release is never moved or deleted, and CI begins at once")
}

// Reversal: nothing is built from it.
func (HostRelease) Reversal() flow.Reversal {
	return compensated("deleting it, or making it a draft again, on its page; the tag stays")
}

// Reversal: what the tag sets going ends in the upload, and is not ours to stop.
func (s AwaitTrigger) Reversal() flow.Reversal { return uploaded(s.World) }

// Reversal is that of the upload which it watches.
func (s AwaitCI) Reversal() flow.Reversal { return uploaded(s.World) }

// Reversal: an index never takes a file name twice.
func (s Upload) Reversal() flow.Reversal { return uploaded(s.World) }

func uploaded(w World) flow.Reversal {
	return stays("a file name on " + w.Index.Label() + " is used up; yanking by hand hides it from pip")
}

// Reversal: the branch at the same commit would start CI again.
func (DeleteBranch) Reversal() flow.Reversal {
	return stays("the same branch pushed again would start a second build")
}

// Reversal: the commit was pushed once and is not pushed again.
func (s AbandonBranch) Reversal() flow.Reversal {
	return stays("the same commit is not pushed again; " + s.Target.Version + " stays free for another")
}

// Reversal: what CI does not upload leaves nothing.
func (RestartCI) Reversal() flow.Reversal {
	return compensated("cancelling the build, until its upload starts")
}

// Reversal: the same commit can be built once more.
func (CancelCI) Reversal() flow.Reversal { return compensated("having CI build the commit again") }

// Reversal: a token that was taken out of the file is nowhere kept.
func (RemovePypirc) Reversal() flow.Reversal {
	return stays("what stood there is not kept; ferry pypirc write makes it anew")
}

// Reversal is that of the step which is looked at again.
func (s After) Reversal() flow.Reversal { return flow.Node{Step: s.Then}.Reversal() }
