package steps_test

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/gitops/gittest"
)

// file puts a file into the work tree.
func file(name, text string) happens {
	return func(b *bench) { must(b.t, os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600)) }
}

// unknownTips: every branch of the remote has gone on since the clone was made.
func unknownTips(b *bench) {
	b.git.Commit(slug, "main", "Go on", map[string]string{"more.txt": "more\n"}, day.Add(9*hour))
	b.git.DeleteRef(slug, "refs/heads/topic")
}

// onlyHere: a commit that no branch of the remote holds.
func onlyHere(b *bench) {
	sha, err := gittest.WriteCommit(b.dir, map[string]string{"here.txt": "here\n"}, "Only here", day.Add(9*hour))
	must(b.t, err)
	b.target.Commit = sha
}

// shallow: the clone's history ends at a commit, and ours is not in it.
func shallow(b *bench) {
	must(b.t, os.WriteFile(filepath.Join(b.dir, ".git", "shallow"), []byte(b.theirs+"\n"), 0o600))
	b.git.DeleteRef(slug, "refs/heads/main")
}

func TestTreeRules(t *testing.T) {
	follow(t, []rule{
		{says: "clean and pushed", step: flow.CheckTree, want: flow.Done, tells: "HEAD = origin/main"},
		{says: "clean, and an ancestor of a branch", world: []happens{func(b *bench) { b.target.Commit = b.first }}, step: flow.CheckTree, want: flow.Done, tells: "is on origin/"},
		{says: "an untracked file", world: []happens{file("new.txt", "x")}, step: flow.CheckTree, want: flow.Failed, code: flow.CodeTreeDirty, tells: "?? new.txt"},
		{says: "a changed file", world: []happens{file("README.md", "x")}, step: flow.CheckTree, want: flow.Failed, code: flow.CodeTreeDirty, tells: "README.md"},
		{says: "no git index to read", world: []happens{file(".git/index", "nonsense")}, step: flow.CheckTree, want: flow.Unknown, code: flow.CodeTreeUnknown},
		{says: "a commit that is only here", world: []happens{onlyHere}, step: flow.CheckTree, want: flow.Failed, code: flow.CodeNotPushed, tells: "git push origin HEAD"},
		{says: "the release branch does not count", world: []happens{onlyHere, func(b *bench) { ref(branchRef, ours)(b) }}, step: flow.CheckTree, want: flow.Failed, code: flow.CodeNotPushed},
		{says: "the branches are ahead of this clone: nobody can tell here", world: []happens{unknownTips}, step: flow.CheckTree, want: flow.Unknown, code: flow.CodeNotPushed, tells: "git fetch origin"},
		{says: "the clone is shallow: nobody can tell here", world: []happens{shallow}, step: flow.CheckTree, want: flow.Unknown, code: flow.CodeNotPushed, tells: "git fetch"},
		{says: "remote unreadable", world: []happens{down("git", "500")}, step: flow.CheckTree, want: flow.Unknown, code: flow.CodeRemoteUnreachable},
	})
}

func TestVersionRules(t *testing.T) {
	is := func(v string) happens { return func(b *bench) { b.target.Version = v } }
	explicit := func(b *bench) { b.target.Explicit = true }
	rules := []rule{
		{says: "the first release", want: flow.Done, tells: "no release of acme-core yet"},
		{says: "newer than the newest", world: []happens{existing("1.3.9")}, want: flow.Done, tells: "newer than 1.3.9"},
		{says: "newer than a pre-release of itself", world: []happens{existing("1.4.0rc1")}, want: flow.Done, tells: "newer than 1.4.0rc1"},
		{says: "not newer", world: []happens{existing("2.0")}, want: flow.Failed, code: flow.CodeVersionOld, tells: "ferry release 1.4.0"},
		{says: "a back-port by the person's word", world: []happens{existing("2.0"), explicit}, want: flow.Done, tells: "a back-port by your word"},
		{says: "taken", world: []happens{published(hour, sdist)}, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "taken, whatever the person's word", world: []happens{published(hour, sdist), explicit}, want: flow.Conflict, code: flow.CodeVersionTaken},
		{says: "on the index from this commit", world: []happens{claim(1, ours, hour), published(hour, sdist)}, want: flow.Done, tells: "from this commit"},
		{says: "whose files, nobody can tell", world: []happens{published(hour, sdist), down("ci", "500")}, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "the project is archived: CI would be refused", world: []happens{existing("1.3.9"), status("archived")}, want: flow.Failed, code: flow.CodeIndexClosed, tells: "takes no new file"},
		{says: "the project is quarantined", world: []happens{existing("1.3.9"), status("quarantined")}, want: flow.Failed, code: flow.CodeIndexClosed},
		{says: "the project is deprecated", world: []happens{existing("1.3.9"), status("deprecated")}, want: flow.Done},
		{says: "no version", world: []happens{is("one")}, want: flow.Failed, code: flow.CodeVersionBad},
		{says: "a local version", world: []happens{is("1.4.0+acme")}, want: flow.Failed, code: flow.CodeVersionLocal},
		{says: "index unreadable", world: []happens{down("index", "html")}, want: flow.Unknown, code: flow.CodeIndexUnreachable},
	}
	for i := range rules {
		rules[i].step = flow.CheckVersion
	}
	follow(t, rules)
}

func TestCIRules(t *testing.T) {
	noDeploy := func(b *bench) { b.target.Deploys = nil }
	rules := []rule{
		{says: "a job publishes from the branch", want: flow.Done, tells: "travis publishes from pypi-release (.travis.yml:"},
		{says: "no job does", world: []happens{noDeploy}, want: flow.Failed, code: flow.CodeNoDeploy, tells: "would publish nothing"},
		{says: "no job does, and there are no CI files", world: []happens{noDeploy, func(b *bench) { b.target.CIFiles = false }}, want: flow.Done, tells: "not checked"},
		{says: "none to ask", like: options{noCI: true}, want: flow.Done, tells: "decides"},
		{says: "a build is answer enough", world: []happens{built(ours, hour, ci.StateFailed)}, want: flow.Done},
		{says: "the repository is unknown there", world: []happens{refuses(404)}, want: flow.Unknown, code: flow.CodeCIUnreachable},
		{says: "the token is refused", world: []happens{refuses(403)}, want: flow.Unknown, code: flow.CodeCIRefused},
		{says: "CI unreadable", world: []happens{down("ci", "html")}, want: flow.Unknown, code: flow.CodeCIUnreachable},
	}
	for i := range rules {
		rules[i].step = flow.CheckCI
	}
	follow(t, rules)
}
