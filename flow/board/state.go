package board

import "ferry/flow"

// State is the one word for where a release stands.
type State string

// The states, as JSON spells them.
const (
	NotStarted         State = "not_started"
	TriggeredNoBuild   State = "triggered_no_build"
	Building           State = "building"
	BuiltNotDeployed   State = "built_not_deployed"
	PartlyDeployed     State = "partly_deployed"
	DeployedNotVisible State = "deployed_not_visible"
	DoneNotCleaned     State = "done_not_cleaned"
	AllDone            State = "done"
	Conflicted         State = "conflicted"
	FailedState        State = "failed"
	UnknownState       State = "unknown"
)

// State reads the rows from the last one back, as the engine does: what comes
// after a thing proves more about it than the thing itself.
func (b Board) State() State {
	index := b.Row(flow.ConfirmIndex)
	if index.Seen && index.Finding.Status != flow.Todo {
		return b.afterUpload(index.Finding)
	}
	if ci := b.Row(flow.AwaitCI); ci.Seen && ci.Finding.Status != flow.Todo {
		return building(ci.Finding)
	}
	return b.beforePush()
}

func (b Board) afterUpload(f flow.Finding) State {
	switch f.Status {
	case flow.Done:
		return b.afterConfirm()
	case flow.Conflict:
		return Conflicted
	case flow.Failed:
		return failed(f)
	case flow.Unknown:
		return UnknownState
	}
	if anySeen(f) {
		return DeployedNotVisible
	}
	if ci := b.Row(flow.AwaitCI); ci.Seen && ci.Finding.Status != flow.Done {
		return building(ci.Finding)
	}
	return BuiltNotDeployed
}

func (b Board) afterConfirm() State {
	for _, id := range []flow.ID{flow.DeleteBranch, flow.HostRelease, flow.RemovePypirc} {
		if clean := b.Row(id); clean.Node.Step != nil && clean.Finding.Status != flow.Done {
			return DoneNotCleaned
		}
	}
	return AllDone
}

func failed(f flow.Finding) State {
	switch {
	case anySeen(f):
		return PartlyDeployed
	case f.Problem != nil && f.Problem.Code == flow.CodeNotPublished:
		return BuiltNotDeployed
	}
	return FailedState
}

// anySeen: a page of the index shows a file. What a log says of it is no page.
func anySeen(f flow.Finding) bool {
	for _, file := range f.Files {
		for surface, s := range file.Surfaces {
			if s == flow.SeenYes && surface != flow.SurfaceLog {
				return true
			}
		}
	}
	return false
}

func building(f flow.Finding) State {
	switch {
	case f.Status == flow.Conflict:
		return Conflicted
	case f.Status == flow.Failed:
		return FailedState
	case f.Status == flow.Unknown:
		return UnknownState
	case f.Status == flow.Done:
		return BuiltNotDeployed
	case len(f.Jobs) == 0:
		return TriggeredNoBuild
	}
	return Building
}

// beforePush: a failed check is no failed release, so only conflicts and
// unreadable witnesses have a word of their own. This machine's ~/.pypirc is no
// witness of a release.
func (b Board) beforePush() State {
	state := NotStarted
	if p := b.Row(flow.Dispatch).Finding.Problem; p != nil && p.Code == flow.CodeNoBuild { // asked for, and not seen
		state = TriggeredNoBuild
	}
	for _, r := range b.Open() {
		switch {
		case r.Node.ID == flow.RemovePypirc:
		case r.Finding.Status == flow.Conflict:
			return Conflicted
		case r.Finding.Status == flow.Unknown:
			state = UnknownState
		}
	}
	return state
}

// exits answers `status --exit-code` with the numbers of a release.
var exits = map[State]int{
	AllDone: 0, FailedState: 1, BuiltNotDeployed: 1, PartlyDeployed: 1, Conflicted: 3,
	NotStarted: 8, TriggeredNoBuild: 8, Building: 8, DeployedNotVisible: 8, DoneNotCleaned: 8, UnknownState: 9,
}

// ExitCode is the number that stands for the state.
func (s State) ExitCode() int { return exits[s] }
