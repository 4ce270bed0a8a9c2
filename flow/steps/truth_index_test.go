package steps_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// released is a release that is over: claimed, built and, by the job's log,
// uploaded. What the index shows is for the rule to say.
func released(ended time.Duration, more ...happens) []happens {
	return append([]happens{claim(1, ours, ended+hour), branch(ours), logged(ours, ended, uploads(sdist, wheel), ci.StatePassed)}, more...)
}

// failedBuild is the same with a red build.
func failedBuild(ended time.Duration, log string, more ...happens) []happens {
	return append([]happens{claim(1, ours, ended+hour), branch(ours), logged(ours, ended, log, ci.StateFailed)}, more...)
}

func mangled(old, changed string) pypitest.Fault {
	return pypitest.Fault{Mangle: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(changed)) }}
}

// lagging is an index one surface of which shows the past.
func lagging(surface string) options {
	return options{lag: map[string]time.Duration{surface: 9 * hour}}
}

// twoJobs is a build of which two jobs uploaded, each its own files.
func twoJobs(names ...string) happens {
	return func(b *bench) {
		at := ago(2 * hour)
		x := citest.Build{Logs: map[string]string{}, Build: ci.Build{Ref: branchRef, SHA: b.ours, State: ci.StatePassed, Started: at, Ended: at}}
		for i, n := range names {
			job := []string{"py39", "py310"}[i]
			x.Jobs = append(x.Jobs, ci.Job{Name: job, State: ci.StatePassed, Started: at, Ended: at})
			x.Logs[job] = uploads(n)
		}
		b.ci.AddBuild(x)
	}
}

func TestConfirmRules(t *testing.T) {
	both, most := []string{sdist, wheel}, 3*hour
	wrongLog := "Uploading " + sdist + "\nSHA256 hash: " + strings.Repeat("ab", 32) + "\n"
	rules := []rule{
		{says: "nothing was pushed", want: flow.Todo, tells: "0 files"},
		{says: "nothing is there while CI runs", world: []happens{branch(ours), built(ours, 0, ci.StateRunning)}, want: flow.Todo},
		{says: "everything everywhere", world: released(2*hour, published(most, both...)), want: flow.Done, tells: "2 files, sha256 equal in CI log, JSON, index, download"},
		{says: "no claim, but a build", world: []happens{logged(ours, 2*hour, uploads(both...), ci.StatePassed), published(most, both...)}, want: flow.Done},
		{says: "a claim, but no build any more", world: []happens{claim(1, ours, 9*hour), published(most, both...)}, want: flow.Done},
		{says: "JSON yes, simple too young", like: lagging(pypitest.Simple), world: released(min5, published(most, both...)), want: flow.Underway, code: flow.CodeNotVisible, tells: "2 of 2 files in JSON, 0 of 2 files in index"},
		{says: "JSON yes, simple old enough: it is still on its way", like: lagging(pypitest.Simple), world: released(hour, published(most, both...)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "JSON too young, simple yes", like: lagging(pypitest.JSON), world: released(min5, published(most, both...)), want: flow.Underway, code: flow.CodeNotVisible, tells: "0 of 2 files in JSON"},
		{says: "JSON old enough, simple yes", like: lagging(pypitest.JSON), world: released(hour, published(most, both...)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "JSON answers 404 for ever", world: released(hour, published(most, both...), page("pypi", noMaxAge)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "no JSON API", like: options{noJSON: true}, world: released(hour, published(most, both...)), want: flow.Done, tells: "equal in CI log, index, download"},
		{says: "one file missing everywhere, pages too young", world: released(min5, published(min11, sdist)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "one file missing everywhere, the JSON page too young", world: released(min11, published(most, sdist)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "one file missing everywhere, old enough", world: released(hour, published(most, sdist)), want: flow.Failed, code: flow.CodeHalf, tells: "missing " + wheel},
		{says: "a file that only the log names is missing", world: []happens{logged(ours, hour, uploads(sdist, wheel, linux), ci.StatePassed), published(most, both...)}, want: flow.Failed, code: flow.CodeHalf, tells: linux},
		{says: "a file that only the second job's log names is missing", world: []happens{twoJobs(sdist, linux), published(most, sdist)}, want: flow.Failed, code: flow.CodeHalf, tells: linux},
		{says: "two jobs uploaded, and all is there", world: []happens{twoJobs(sdist, linux), published(most, sdist, linux)}, want: flow.Done, tells: "2 files, sha256 equal in CI log, JSON, index, download"},
		{says: "red, and half", world: failedBuild(hour, "upload broke\n", published(most, sdist)), want: flow.Failed, code: flow.CodeHalf, tells: "acme_core-1.4.0-*.whl"},
		{says: "other hashes in simple than in JSON", world: released(hour, published(most, both...), page("simple", pypitest.Fault{Mangle: pypitest.WrongHashes})), want: flow.Conflict, code: flow.CodeDiffers, tells: "differs in index"},
		{says: "other hashes in JSON than in simple", like: options{}, world: released(hour, published(most, both...), page("pypi", pypitest.Fault{Mangle: pypitest.WrongHashes})), want: flow.Conflict, code: flow.CodeDiffers, tells: "differs in JSON"},
		{says: "other hashes than the job printed", world: []happens{logged(ours, hour, wrongLog, ci.StatePassed), published(most, both...)}, want: flow.Conflict, code: flow.CodeDiffers},
		{says: "other sizes in simple than in JSON", world: released(hour, published(most, both...), page("simple", mangled(`"size":`, `"size":1`))), want: flow.Conflict, code: flow.CodeDiffers},
		{says: "other bytes than the pages say", world: released(hour, published(most, both...), page("packages", pypitest.Fault{Mangle: pypitest.WrongBytes})), want: flow.Conflict, code: flow.CodeDiffers, tells: "differs in download"},
		{says: "bytes unreadable", world: released(hour, published(most, both...), page("packages", pypitest.Fault{Status: 503})), want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "bytes not there", world: released(hour, published(most, both...), page("packages", pypitest.Fault{Status: 404})), want: flow.Unknown, code: flow.CodeIndexUnreachable},
		{says: "yanked", world: released(hour, published(most, both...), yanked), want: flow.Conflict, code: flow.CodeYanked},
		{says: "green, and nothing, pages too young", world: released(min5), want: flow.Underway, code: flow.CodeNotVisible, tells: "0 files"},
		{says: "nothing, 404 without an age, too early", world: released(9*time.Minute, page("simple", noMaxAge), page("pypi", noMaxAge)), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "nothing, 404 without an age, late enough", world: released(min11, page("simple", noMaxAge), page("pypi", noMaxAge)), want: flow.Failed, code: flow.CodeNotPublished},
		{says: "green, and nothing", world: released(hour), want: flow.Failed, code: flow.CodeNotPublished},
		{says: "green, and nothing, for the reason that the log gives", world: []happens{logged(ours, hour, "Skipping a deployment with the pypi provider because the tag is missing\n", ci.StatePassed)}, want: flow.Failed, code: flow.CodeNotPublished, tells: "the tag is missing"},
		{says: "red, and nothing", world: failedBuild(hour, "E  boom\nThe command \"pytest\" exited with 1.\n"), want: flow.Failed, code: flow.CodeCIRed, tells: "E  boom"},
		{says: "red, nothing, branch gone: restart, never push", world: []happens{claim(1, ours, 9*hour), built(ours, hour, ci.StateFailed)}, want: flow.Failed, code: flow.CodeCIRed, tells: "/restart"},
		{says: "cancelled, and nothing", world: []happens{built(ours, hour, ci.StateCancelled)}, want: flow.Failed, code: flow.CodeCIRed},
		{says: "red, pages too young", world: failedBuild(min5, ""), want: flow.Underway, code: flow.CodeNotVisible},
		{says: "red, yet published", world: failedBuild(hour, uploads(both...), published(most, both...)), want: flow.Done, tells: "CI is red, yet acme-core 1.4.0 is published"},
		{says: "files without claim, build or branch", world: []happens{published(most, both...)}, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "files, and another's claim", world: []happens{claim(1, theirs, hour), published(most, both...)}, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "files, and a branch that CI did not build", world: []happens{branch(ours), published(most, both...)}, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "files, and the tag itself is the claim", like: options{byTag: true}, world: []happens{tag(ours), published(most, both...)}, want: flow.Done},
		{says: "files without a claim, and the remote says nothing", world: []happens{published(most, both...), down("git", "500")}, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "files without a claim, and CI says nothing", world: []happens{published(most, both...), down("ci", "500")}, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "nothing, and CI says nothing", world: []happens{branch(ours), down("ci", "500")}, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "nothing, and the remote says nothing", world: []happens{down("git", "500")}, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
		{says: "everything is there, and CI still runs", world: []happens{claim(1, ours, hour), built(ours, 0, ci.StateRunning), published(most, both...)}, want: flow.Underway, tells: "CI"},
		{says: "everything is there, and nobody knows whether CI still runs", world: []happens{claim(1, ours, hour), published(most, both...), down("ci", "500")}, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "what the job uploaded cannot be read now", world: released(hour, published(most, both...), func(b *bench) {
			b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 503, Match: "/log", Times: -1})
		}), want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "what the job uploaded may not be read, or is gone", world: released(hour, published(most, both...), func(b *bench) {
			b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 404, Match: "/log", Times: -1})
		}), want: flow.Done, tells: "2 files, sha256 equal in JSON, index, download"},
		{says: "what the job uploaded cannot be read now, and the configuration says it", like: options{artifacts: []string{"sdist", "wheel"}}, world: released(hour, published(most, both...), func(b *bench) {
			b.ci.Fault(citest.Fault{Kind: citest.FaultStatus, Status: 503, Match: "/log", Times: -1})
		}), want: flow.Done},
		{says: "the project is archived, and its files stay", world: released(2*hour, published(most, both...), status("archived")), want: flow.Done, tells: "archived: by order; it takes no new file"},
		{says: "the project is quarantined, which hides its files", world: released(2*hour, published(most, both...), status("quarantined")), want: flow.Conflict, code: flow.CodeWithdrawn, tells: "quarantined"},
		{says: "nobody says who published it, and before somebody did", world: released(2*hour, attested("1.3.0", "x"), published(most, both...)), want: flow.Conflict, code: flow.CodeUnattested, tells: "1.3.0 did"},
		{says: "it says who published it, as before", world: released(2*hour, attested("1.3.0", "x"), attested("1.4.0", both...)), want: flow.Done},
		{says: "yanked, and one file on its way", world: released(hour, published(most, both...), yanked, page("simple", without(wheel))), want: flow.Conflict, code: flow.CodeYanked},
		{says: "one file lost, and the bytes of the other unreadable", world: released(hour, published(most, sdist), page("packages", pypitest.Fault{Status: 503})), want: flow.Failed, code: flow.CodeHalf},
		{says: "other bytes than the job printed, and the simple page unreadable", world: []happens{logged(ours, hour, wrongLog, ci.StatePassed), published(most, both...), page("simple", pypitest.Fault{Status: 503})}, want: flow.Conflict, code: flow.CodeDiffers},
		{says: "one more file than the job uploaded", world: []happens{logged(ours, hour, uploads(sdist), ci.StatePassed), published(most, both...)}, want: flow.Done, tells: "not checked who made " + wheel},
		{says: "one more file, on its way: ours are downloaded all the same", like: options{}, world: []happens{logged(ours, min5, uploads(sdist), ci.StatePassed), published(most, both...), page("simple", without(wheel))}, want: flow.Done, tells: "download"},
		{says: "by configuration a wheel alone", like: options{artifacts: []string{"wheel"}}, world: []happens{built(ours, hour, ci.StatePassed), published(most, wheel)}, want: flow.Done},
		{says: "by configuration a wheel, and there is none", like: options{artifacts: []string{"wheel"}}, world: []happens{built(ours, hour, ci.StatePassed), published(most, sdist)}, want: flow.Failed, code: flow.CodeHalf},
		{says: "nothing says what to expect: an sdist at least", like: options{noCI: true}, world: []happens{branch(ours), published(most, sdist)}, want: flow.Done, tells: "is not checked"},
		{says: "nothing says what to expect, and there is no sdist", like: options{noCI: true}, world: []happens{branch(ours), published(most, wheel)}, want: flow.Underway, code: flow.CodeNotVisible},
		{says: "nothing says what to expect, and a wheel is on its way", like: options{noCI: true}, world: []happens{branch(ours), published(most, both...), page("simple", without(wheel))}, want: flow.Underway, code: flow.CodeNotVisible},
		{says: "without CI, nothing yet", like: options{noCI: true}, world: []happens{branch(ours)}, want: flow.Underway, code: flow.CodeNotVisible},
	}
	for _, u := range unreadable {
		if u.code == flow.CodeIndexUnreachable {
			rules = append(rules, rule{says: "neither there nor lost: " + u.how, world: released(hour, published(most, both...), u.do), want: flow.Unknown, code: u.code, silent: u.silent},
				rule{says: "nothing, and no absence: " + u.how, world: released(hour, u.do), want: flow.Unknown, code: u.code, silent: u.silent})
		}
	}
	for i := range rules {
		rules[i].step = flow.ConfirmIndex
	}
	follow(t, rules)
}

// without takes a file off a page, by giving it another project's name.
func without(name string) pypitest.Fault {
	return mangled(`"filename":"`+name, `"filename":"other-1.whl.`)
}

func TestDeleteRules(t *testing.T) {
	both, most := []string{sdist, wheel}, 3*hour
	exact := options{noCI: true, artifacts: []string{"sdist", "wheel"}}
	rules := []rule{
		{says: "nothing was pushed", want: flow.Todo, tells: "stays until every file is proved"},
		{says: "confirmed, at our commit, all jobs final", world: released(hour, published(most, both...)), want: flow.Todo, tells: "delete pypi-release at"},
		{says: "confirmed, and gone", world: []happens{claim(1, ours, 9*hour), built(ours, hour, ci.StatePassed), published(most, both...)}, want: flow.Done, tells: "is gone"},
		{says: "confirmed, and at another commit: left alone", world: released(hour, published(most, both...), branch(theirs)), want: flow.Done, tells: "for another release"},
		{says: "not confirmed: half", world: released(hour, published(most, sdist)), want: flow.Todo, tells: "stays"},
		{says: "not confirmed: nothing", world: released(hour), want: flow.Todo, tells: "stays"},
		{says: "not confirmed: yanked", world: released(hour, published(most, both...), yanked), want: flow.Todo, tells: "stays"},
		{says: "not confirmed, and gone: not done", world: []happens{built(ours, hour, ci.StateFailed)}, want: flow.Todo, tells: "stays"},
		{says: "everything is there, a job runs", world: []happens{claim(1, ours, hour), branch(ours), built(ours, 0, ci.StateRunning), published(most, both...)}, want: flow.Todo, tells: "stays"},
		{says: "everything is there, branch gone, a job runs: not done", world: []happens{claim(1, ours, hour), built(ours, 0, ci.StateRunning), published(most, both...)}, want: flow.Todo, tells: "stays"},
		{says: "everything is there, and CI shows no build", world: []happens{claim(1, ours, hour), branch(ours), published(most, both...)}, want: flow.Todo, tells: "stays"},
		{says: "without CI, nothing says which files it must have", like: options{noCI: true}, world: []happens{branch(ours), published(most, both...)}, want: flow.Failed, code: flow.CodeBranchKept},
		{says: "without CI, the exact files", like: exact, world: []happens{branch(ours), published(most, both...)}, want: flow.Todo, tells: "delete pypi-release at"},
		{says: "without CI, one file too many", like: options{noCI: true, artifacts: []string{"sdist"}}, world: []happens{branch(ours), published(most, both...)}, want: flow.Failed, code: flow.CodeBranchKept},
		{says: "without CI, one file too few", like: exact, world: []happens{branch(ours), published(most, sdist)}, want: flow.Todo, tells: "stays"},
	}
	for _, u := range unreadable {
		rules = append(rules, rule{says: "no clean-up on a guess: " + u.how, world: released(hour, published(most, both...), u.do), want: flow.Unknown, code: u.code, silent: u.silent})
	}
	for i := range rules {
		rules[i].step = flow.DeleteBranch
	}
	follow(t, rules)
}

// confirmed is what is found of a release that is everywhere.
func confirmed(t *testing.T) flow.Finding {
	t.Helper()
	b := newBench(t, options{})
	for _, h := range released(2*hour, published(3*hour, sdist, wheel)) {
		h(b)
	}
	return b.observe(flow.ConfirmIndex)
}

// TestWhatEachSurfaceShows: the cells of the finding are what people and JSON get.
func TestWhatEachSurfaceShows(t *testing.T) {
	b := newBench(t, lagging(pypitest.Simple))
	for _, h := range released(min5, published(3*hour, sdist, wheel)) {
		h(b)
	}
	f := b.observe(flow.ConfirmIndex)
	if len(f.Files) != 2 {
		t.Fatalf("files %+v", f.Files)
	}
	want := map[string]flow.Seen{flow.SurfaceLog: flow.SeenYes, flow.SurfaceJSON: flow.SeenYes, flow.SurfaceSimple: flow.SeenLate, flow.SurfaceBytes: flow.SeenNotChecked}
	for _, file := range f.Files {
		for surface, seen := range want {
			if file.Surfaces[surface] != seen || !file.Expected || file.SHA256 == "" {
				t.Errorf("%s on %s: %s, want %s; %+v", file.Name, surface, file.Surfaces[surface], seen, file)
			}
		}
	}
	if done := confirmed(t); !slices.ContainsFunc(done.Facts, func(x flow.Fact) bool { return strings.Contains(x.Says, "not checked here") }) {
		t.Errorf("nothing tells what is left to verify: %+v", done.Facts)
	}
	if !slices.ContainsFunc(f.Facts, func(x flow.Fact) bool {
		return x.Witness == "index.simple" && x.MaxAge == 600*time.Second && !x.ReadAt.IsZero()
	}) {
		t.Errorf("no fact tells how old the simple page may be: %+v", f.Facts)
	}
}
