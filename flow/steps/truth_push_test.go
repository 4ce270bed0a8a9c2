package steps_test

import (
	"slices"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// unreadable are the ways in which each witness alone can fail to speak, and
// what that is called.
var unreadable = []struct {
	how    string
	do     happens
	code   string
	silent string
}{
	{"remote 500", down("git", "500"), flow.CodeRemoteUnreachable, ""},
	{"remote silent", down("git", "silent"), flow.CodeRemoteUnreachable, "git"},
	{"remote no git", down("git", "html"), flow.CodeRemoteUnreachable, ""},
	{"CI 500", down("ci", "500"), flow.CodeCIUnreachable, ""},
	{"CI silent", down("ci", "silent"), flow.CodeCIUnreachable, "ci"},
	{"CI a login page", down("ci", "html"), flow.CodeCIUnreachable, ""},
	{"CI not found", refuses(404), flow.CodeCIUnreachable, ""},
	{"CI refused", refuses(403), flow.CodeCIRefused, ""},
	{"index 500", down("index", "500"), flow.CodeIndexUnreachable, ""},
	{"index silent", down("index", "silent"), flow.CodeIndexUnreachable, "index"},
	{"index a portal", down("index", "html"), flow.CodeIndexUnreachable, ""},
	{"simple page alone", page("simple", pypitest.Fault{Status: 503}), flow.CodeIndexUnreachable, ""},
	{"JSON page alone", page("pypi", pypitest.Fault{Status: 200, Body: "<html>"}), flow.CodeIndexUnreachable, ""},
}

func TestPushRules(t *testing.T) {
	rules := []rule{
		{says: "nothing anywhere", step: flow.PushBranch, want: flow.Todo, tells: "push"},
		{says: "claimed, and nothing else", world: []happens{claim(1, ours, hour)}, step: flow.PushBranch, want: flow.Todo},
		{says: "the branch at our commit", world: []happens{branch(ours)}, step: flow.PushBranch, want: flow.Done, tells: "pypi-release ="},
		{says: "the branch at our commit, whatever CI and index do", world: []happens{branch(ours), down("ci", "500"), down("index", "500")},
			step: flow.PushBranch, want: flow.Done},
		{says: "a build of ours, branch gone", world: []happens{built(ours, hour, ci.StatePassed)}, step: flow.PushBranch, want: flow.Done, tells: "build #1"},
		{says: "a build of ours that is red, branch gone: never again", world: []happens{claim(1, ours, 9*hour), built(ours, 5*hour, ci.StateFailed)}, step: flow.PushBranch, want: flow.Done},
		{says: "a build of ours that was cancelled", world: []happens{built(ours, 5*hour, ci.StateCancelled)}, step: flow.PushBranch, want: flow.Done},
		{says: "a build of ours that waits for its turn", world: []happens{built(ours, 0, ci.StateQueued)}, step: flow.PushBranch, want: flow.Done},
		{says: "a build of ours, whatever remote and index do", world: []happens{built(ours, hour, ci.StatePassed), down("git", "500"), down("index", "500")},
			step: flow.PushBranch, want: flow.Done},
		{says: "a build of ours, and the branch is another's by now", world: []happens{built(ours, hour, ci.StateFailed), branch(theirs)}, step: flow.PushBranch, want: flow.Done},
		{says: "files with a claim of ours", world: []happens{claim(1, ours, hour), published(hour, sdist, wheel)}, step: flow.PushBranch, want: flow.Done, tells: "its files are on"},
		{says: "files without claim or build: taken", world: []happens{published(hour, sdist)}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeVersionTaken, tells: sdist},
		{says: "files that only JSON shows: taken", like: options{lag: map[string]time.Duration{pypitest.Simple: 3 * hour}},
			world: []happens{published(hour, sdist)}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "files that are yanked: taken", world: []happens{published(hour, sdist), yanked}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeVersionTaken, tells: "yanked"},
		{says: "files under another spelling of the version", world: []happens{existing("1.4")}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "our commit built on another ref is no push", world: []happens{builtOn("refs/heads/main", ours, hour, "", ci.StatePassed)}, step: flow.PushBranch, want: flow.Todo},
		{says: "another commit built on the ref, branch gone", world: []happens{built(theirs, hour, ci.StateFailed)}, step: flow.PushBranch, want: flow.Todo},
		{says: "the branch at another commit that builds", world: []happens{branch(theirs), built(theirs, 0, ci.StateRunning)}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchInTheWay},
		{says: "the branch left over at another commit", world: []happens{branch(theirs), built(theirs, hour, ci.StateFailed)}, step: flow.PushBranch, want: flow.Conflict, code: flow.CodeBranchStale},
		{says: "without CI, nothing anywhere", like: options{noCI: true}, step: flow.PushBranch, want: flow.Todo},
	}
	for _, u := range unreadable {
		rules = append(rules, rule{says: "no absence: " + u.how, world: []happens{claim(1, ours, hour), u.do}, step: flow.PushBranch, want: flow.Unknown, code: u.code, silent: u.silent})
	}
	follow(t, rules)
}

func TestTagRules(t *testing.T) {
	tags := options{byTag: true}
	rules := []rule{
		{says: "nothing anywhere", step: flow.PushTag, want: flow.Todo, tells: "push tag v1.4.0"},
		{says: "at our commit", world: []happens{tag(ours)}, step: flow.PushTag, want: flow.Done},
		{says: "at our commit, a plain ref", world: []happens{ref(tagRef, ours)}, step: flow.PushTag, want: flow.Conflict, code: flow.CodeTagLightweight, tells: "lightweight"},
		{says: "at our commit, whatever CI and index do", world: []happens{tag(ours), down("ci", "500"), down("index", "500")}, step: flow.PushTag, want: flow.Done},
		{says: "at another commit", world: []happens{tag(theirs)}, step: flow.PushTag, want: flow.Conflict, code: flow.CodeTagElsewhere, tells: "a tag is never moved"},
		{says: "at another commit, whatever CI and index do", world: []happens{tag(theirs), down("ci", "500"), down("index", "500")}, step: flow.PushTag, want: flow.Conflict, code: flow.CodeTagElsewhere},
		{says: "deleted, and CI built it", world: []happens{built(ours, hour, ci.StateFailed)}, step: flow.PushTag, want: flow.Conflict, code: flow.CodeTagMoved, tells: "second build"},
		{says: "absent, and the files are there", world: []happens{published(hour, sdist)}, step: flow.PushTag, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "no claim besides the tag", world: []happens{claim(1, theirs, hour)}, step: flow.PushTag, want: flow.Todo},
	}
	for _, u := range unreadable {
		rules = append(rules, rule{says: "no absence: " + u.how, world: []happens{u.do}, step: flow.PushTag, want: flow.Unknown, code: u.code, silent: u.silent})
	}
	for i := range rules {
		rules[i].like = tags
	}
	follow(t, rules)
}

// pushed is a push that CI answers with a build, as its script says.
func pushed(s citest.Script) happens {
	return func(b *bench) {
		b.ci.SetScript(s)
		branchOrTag := branch(ours)
		if b.target.Ref == tagRef {
			branchOrTag = tag(ours)
		}
		branchOrTag(b)
		b.ci.Push(b.target.Ref, "", b.ours)
	}
}

func TestAwaitRules(t *testing.T) {
	waits := citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "publish"}}, Approval: &citest.Approval{By: "dana", Environment: "pypi"}}}}
	tags := options{byTag: true}
	rules := []rule{
		{says: "nothing was pushed", step: flow.AwaitCI, want: flow.Todo},
		{says: "queued", world: []happens{branch(ours), built(ours, 0, ci.StateQueued)}, step: flow.AwaitCI, want: flow.Underway, tells: "1 wait"},
		{says: "running", world: []happens{branch(ours), built(ours, 0, ci.StatePassed, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Underway, tells: "1 ok, 1 run"},
		{says: "one job red, another runs", world: []happens{branch(ours), built(ours, 0, ci.StateFailed, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Underway, tells: "1 failed, 1 run"},
		{says: "a state that nobody knows is no end", world: []happens{branch(ours), built(ours, hour, ci.StatePassed), odd}, step: flow.AwaitCI, want: flow.Underway, tells: "1 unknown"},
		{says: "waits for a person, and says for whom", like: tags, world: []happens{pushed(waits)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeCIWaits, tells: "@dana (environment pypi)"},
		{says: "moved under a running build", world: []happens{branch(theirs), built(ours, 0, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Conflict, code: flow.CodeBranchMoved, tells: "left alone"},
		{says: "moved after the last job", world: []happens{branch(theirs), built(ours, hour, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Done},
		{says: "gone under a running build", world: []happens{built(ours, 0, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Underway, tells: "gone already"},
		{says: "running, and the remote says nothing", world: []happens{built(ours, 0, ci.StateRunning), down("git", "500")}, step: flow.AwaitCI, want: flow.Underway},
		{says: "all green", world: []happens{branch(ours), built(ours, hour, ci.StatePassed, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Done, tells: "passed"},
		{says: "all final, and red", world: []happens{branch(ours), built(ours, hour, ci.StatePassed, ci.StateFailed)}, step: flow.AwaitCI, want: flow.Done, tells: "failed"},
		{says: "all final, and cancelled", world: []happens{branch(ours), built(ours, hour, ci.StateCancelled)}, step: flow.AwaitCI, want: flow.Done, tells: "cancelled"},
		{says: "a second build of the commit runs", world: []happens{branch(ours), built(ours, hour, ci.StateFailed), built(ours, 0, ci.StateRunning)}, step: flow.AwaitCI, want: flow.Underway},
		{says: "another commit's build is not ours", world: []happens{branch(ours), built(theirs, hour, ci.StatePassed)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild},
		{says: "our commit's build on another ref is not it", world: []happens{branch(ours), builtOn("refs/heads/main", ours, hour, "", ci.StatePassed)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild},
		{says: "no build, and the branch is there", world: []happens{branch(ours)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild, tells: "webhook"},
		{says: "no build, and the commit asks for none", like: options{subject: "Release 1.4.0 [skip ci]"}, world: []happens{branch(ours)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild, tells: "tells CI to skip it"},
		{says: "no build, and the commit's body asks for none", like: options{subject: "Release 1.4.0\n\nAll green before.\n[ci skip]\n"}, world: []happens{branch(ours)}, step: flow.AwaitCI, want: flow.Underway, code: flow.CodeNoBuild, tells: "tells CI to skip it: [ci skip]"},
		{says: "no build any more, and our files are there", world: []happens{claim(1, ours, 99*hour), published(99*hour, sdist)}, step: flow.AwaitCI, want: flow.Done, tells: "any more"},
		{says: "no build and no branch, and the index says nothing", world: []happens{claim(1, ours, 99*hour), down("index", "500")}, step: flow.AwaitCI, want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "no build, and the remote says nothing", world: []happens{claim(1, ours, 99*hour), down("git", "500")}, step: flow.AwaitCI, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "none to ask, pushed", like: options{noCI: true}, world: []happens{branch(ours)}, step: flow.AwaitCI, want: flow.Done, tells: "not checked"},
		{says: "none to ask, published", like: options{noCI: true}, world: []happens{claim(1, ours, hour), published(hour, sdist)}, step: flow.AwaitCI, want: flow.Done, tells: "not checked"},
		{says: "none to ask, nothing pushed", like: options{noCI: true}, step: flow.AwaitCI, want: flow.Todo},
		{says: "none to ask, and the index says nothing", like: options{noCI: true}, world: []happens{claim(1, ours, hour), down("index", "500")}, step: flow.AwaitCI, want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "none to ask, and the remote says nothing", like: options{noCI: true}, world: []happens{down("git", "500")}, step: flow.AwaitCI, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
	}
	for _, u := range unreadable {
		if slices.Contains([]string{flow.CodeCIUnreachable, flow.CodeCIRefused}, u.code) {
			rules = append(rules, rule{says: "no end: " + u.how, world: []happens{branch(ours), built(ours, hour, ci.StatePassed), u.do}, step: flow.AwaitCI, want: flow.Unknown, code: u.code, silent: u.silent})
		}
	}
	follow(t, rules)
}

func TestQueueAndApprovalAreShownAsSuch(t *testing.T) {
	b := newBench(t, options{byTag: true})
	pushed(citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "publish"}}, Approval: &citest.Approval{By: "dana", Environment: "pypi"}}}})(b)
	f := b.observe(flow.AwaitCI)
	if len(f.Jobs) != 1 || f.Jobs[0].State != flow.JobApproval || f.Jobs[0].Note == "" || f.Problem.Class != flow.ClassWaiting {
		t.Errorf("jobs %+v, problem %+v", f.Jobs, f.Problem)
	}
	b.ci.Approve()
	if f := b.observe(flow.AwaitCI); len(f.Jobs) != 1 || f.Jobs[0].State != flow.JobQueued || f.Problem != nil {
		t.Errorf("after the approval: jobs %+v, problem %+v", f.Jobs, f.Problem)
	}
}
