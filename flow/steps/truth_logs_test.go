package steps_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

// refusing is what an uploader prints when the index has a file of that name.
func refusing(name, hash string) string {
	return fmt.Sprintf("Uploading %s\nERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"+
		"         File already exists ('%s', with blake2_256 hash\n         '%s'). See https://pypi.org/help/#file-name-reuse for more information.\nfailed to deploy\n", name, name, hash)
}

func blake2Of(name string) string { return fmt.Sprintf("%x", blake2b.Sum256(dist(name).Data)) }

// leaked is nobody's token, in the shape of one.
var leaked = "pypi-AgEIcHlwaS5vcmc" + strings.Repeat("Ab3", 20)

func TestLogRules(t *testing.T) {
	most := 3 * hour
	other := strings.Repeat("cd", 32)
	rules := []rule{
		{says: "the index refused other bytes than it holds", world: failedBuild(hour, refusing(sdist, other), published(most, sdist, wheel)), want: flow.Conflict, code: flow.CodeDiffers,
			tells: "would have uploaded blake2_256 " + other + "; the index holds " + blake2Of(sdist)},
		{says: "it refused what it holds", world: failedBuild(hour, refusing(sdist, blake2Of(sdist)), published(most, sdist, wheel)), want: flow.Done, tells: "there was uploaded before " + sdist},
		{says: "it refused other bytes, and names no hash of its own", like: options{noJSON: true}, world: failedBuild(hour, refusing(sdist, other), published(most, sdist, wheel)), want: flow.Done},
		{says: "what the index refused is named first", world: failedBuild(hour, "ERROR    HTTPError: 403 Forbidden from x\nfailed to deploy\n"+strings.Repeat("Cleaning up\n", 40)), want: flow.Failed, code: flow.CodeCIRed, tells: "HTTPError: 403"},
		{says: "a secret in the log of a release that is done", world: released(2*hour, published(most, sdist, wheel), logged(ours, hour, uploads(sdist, wheel)+"TOKEN="+leaked+"\n", ci.StatePassed)),
			want: flow.Done, tells: "ALARM: a PyPI token can be read in the log of py39, line 5"},
		{says: "a secret in the log of a job that failed", world: failedBuild(hour, "set -x\nTOKEN="+leaked+"\nThe command \"x\" exited with 1.\n"), want: flow.Failed, code: flow.CodeCIRed, tells: "revoke it at https://pypi.org/manage/account/token/"},
		{says: "why CI failed is told before absence counts", world: failedBuild(min5, "ERROR    HTTPError: 403 Forbidden from x\nfailed to deploy\n"), want: flow.Underway, code: flow.CodeNotVisible, tells: "HTTPError: 403"},
		{says: "logs that only a token shows", like: options{byTag: true}, world: []happens{tag(ours), built(ours, hour, ci.StateFailed)}, want: flow.Failed, code: flow.CodeCIRed, tells: "ferry auth login github"},
		{says: "green, nothing, and logs that only a token shows", like: options{byTag: true}, world: []happens{tag(ours), built(ours, hour, ci.StatePassed)}, want: flow.Failed, code: flow.CodeNotPublished, tells: "only to a token"},
	}
	for i := range rules {
		rules[i].step = flow.ConfirmIndex
	}
	follow(t, rules)
}

// TestASecretIsNeverRepeated, whatever is said of it.
func TestASecretIsNeverRepeated(t *testing.T) {
	for _, state := range []ci.State{ci.StateFailed, ci.StatePassed} {
		b := newBench(t, options{})
		logged(ours, hour, "TOKEN="+leaked+"\nThe command \"x\" exited with 1.\n", state)(b)
		if said := told(b.observe(flow.ConfirmIndex)); strings.Contains(said, leaked[20:40]) {
			t.Errorf("%s: %s", state, said)
		}
	}
}

// TestALiveLogShowsNoSecret, and an alarm in its place.
func TestALiveLogShowsNoSecret(t *testing.T) {
	b := newBench(t, options{})
	logged(ours, hour, "one\nTOKEN="+leaked+" x\n", ci.StateFailed)(b)
	var seen []string
	must(t, steps.AwaitCI{World: b.world, Target: b.target}.Follow(t.Context(), b.observe(flow.AwaitCI).Jobs[0].ID, func(l string) { seen = append(seen, l) }))
	all := strings.Join(seen, "\n")
	if strings.Contains(all, leaked[20:40]) || !strings.Contains(all, "ALARM: a PyPI token can be read in the log of 1.1 (py39), line 2") {
		t.Errorf("shown:\n%s", all)
	}
}

// TestALogThatNeedsATokenSaysSo while the job still runs.
func TestALogThatNeedsATokenSaysSo(t *testing.T) {
	b := newBench(t, options{byTag: true})
	built(ours, 0, ci.StateRunning)(b)
	jobs := b.observe(flow.AwaitCI).Jobs
	if len(jobs) != 1 {
		t.Fatalf("jobs: %+v", jobs)
	}
	err := steps.AwaitCI{World: b.world, Target: b.target}.Follow(t.Context(), jobs[0].ID, func(string) {})
	if p, ok := err.(*flow.Problem); !ok || p.Class != flow.ClassCredentials || p.Next[0] != "ferry auth login github" { //nolint:errorlint // it is what is given
		t.Errorf("%v", err)
	}
}

// TestJobsAreMarkedByTheCIFiles only where it is certain which job is meant.
func TestJobsAreMarkedByTheCIFiles(t *testing.T) {
	b := newBench(t, options{})
	b.target.Outlook = flow.Outlook{
		Deploys: []flow.Deployment{{Provider: "travis", Job: "py39 (python 3.9)", Sure: true}, {Provider: "travis", Job: "py310"}},
		Skips:   []flow.Deployment{{Provider: "travis", Job: "python 3.11, TOXENV=py311", Why: []string{"a condition"}}, {Provider: "github", Job: "py312"}},
	}
	names := []string{"py39", "py310", "python 3.11 TOXENV=py311", "py312", "py39 twin", "py39 twin"}
	want := []flow.Publishing{flow.PublishYes, "", flow.PublishNo, "", "", ""}
	x := citest.Build{Build: ci.Build{Ref: branchRef, SHA: b.ours, State: ci.StateRunning, Started: ago(hour)}}
	for _, n := range names {
		x.Jobs = append(x.Jobs, ci.Job{Name: n, State: ci.StateRunning})
	}
	b.ci.AddBuild(x)
	for i, j := range b.observe(flow.AwaitCI).Jobs {
		if j.Publishes != want[i] {
			t.Errorf("%s: %q", j.Name, j.Publishes)
		}
	}
}
