// Package steps holds the steps of a release, one file each, and the World they
// look at.
//
// A step reads four witnesses: the remote's refs, CI's builds on the release
// ref, the index's pages, and the bytes behind them. They are read at the same
// time and once a survey (evidence). From them alone a step says what is done;
// the rules by which it does are the rules of truth in ARCHITECTURE.md.
package steps

import (
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/gitops"
	"ferry/pypi"
)

// World is everything a release looks at and acts on. Plans take it whole; a
// step uses of it what it needs.
type World struct {
	Repo         *gitops.Repo
	Remote       *gitops.Remote
	Index        *pypi.Index
	Staging      *pypi.Index   // must hold what the commit builds before the release is set going; nil: none
	Host         ci.Host       // the git host's API; nil: there is none to ask
	Chosen       string        // where the person chose the remote, e.g. "flag --remote"; "" if nobody did
	CI           []ci.Provider // none: CI is not checked, the index decides
	JobToken     JobToken      // nil outside of a CI job whose token could push
	ReleaseToken JobToken      // the same of the token that a release would be published with
	Waits        Waits
	Pypirc       string // the person's .pypirc; "": none to look at
	Kept         *Kept  // files that were fetched out of CI's artifacts; nil: none are
	RunID        string // written into a claim, so that people can tell runs apart
}

// Waits are the world's waiting times.
type Waits struct {
	Every      time.Duration // between two looks
	Limit      time.Duration // for a wait that makes no progress
	Settle     time.Duration // until a deleted branch is looked for once more
	SecondLook time.Duration // until an attempt that seems not to have landed is judged
	Fresh      time.Duration // how old a finding may be to act on it
	ClaimGrace time.Duration // how long after a claim a missing build still means that it is coming
}

// Target is what is released: one version of one project at one commit, by one ref.
type Target struct {
	Name    string // as the metadata spells it
	Version string // PEP 440, normal spelling
	Source  string // where the version was read
	Commit  string // full SHA
	Subject string // the commit's subject, for people
	Message string // all of the commit's message, which CI reads

	Dir string // the package's folder from the top of the tree; "" is the top

	Ref         string         // refs/heads/pypi-release or refs/tags/v1.4.0
	By          string         // what sets it going: ByBranch, ByTag, ByRelease or ByOthers
	Notes       Notes          // of the release that the git host shows
	HostRelease string         // whether one is published after a release by tag: auto, yes or no; "" is auto
	Explicit    bool           // the person named the version: a back-port is meant
	Claim       bool           // take a claim before the branch is pushed
	KeepBranch  bool           // leave the release branch where it is
	Ephemeral   []string       // the sections of this machine's ~/.pypirc that go with this release
	Artifacts   []string       // configured kinds of files: sdist, wheel
	Deploys     []rules.Deploy // the publishing jobs that Ref starts, by the CI files at Commit
	CIFiles     bool           // the commit has CI files
	Stages      []rules.Deploy // the jobs that publish to the staging index, from whatever they start
	Start       Start          // what is started by hand, by dispatch
	Outlook     flow.Outlook   // what CI does with Ref, by the same files
}

// Notes are what the git host's release says of a version.
type Notes struct {
	Text   string // Markdown; "" is none
	Source string // where the text is from, for people: CHANGELOG.md, --notes FILE; "" where there is none
	ByHost bool   // the host writes them
	Chosen bool   // by a person or the configuration: they also take the place of a draft's own
	Aside  string // why the host writes them, where nobody asked it to; "" where somebody did

	Problem *flow.Problem // why there are none, though they were asked for: nothing is published with it
}

// ShortRef is the ref as people say it.
func (t Target) ShortRef() string {
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		if s, ok := strings.CutPrefix(t.Ref, prefix); ok {
			return s
		}
	}
	return t.Ref
}

// short is a commit as people say it.
func short(sha string) string {
	if len(sha) > 7 {
		return sha[:7]
	}
	return sha
}
