// Package flow is the engine. It carries a plan out by looking at the world,
// acting once where something is left to do, and looking again.
//
// The nouns: a Step knows how to read one fact about the world (Observe) and
// how to bring it about (Run). A Node gives a Step its place in a Plan. What
// Observe found is a Finding; a Finding that stops the plan carries a Problem,
// which says what is true now and what to type next. The Engine tells what it
// sees as Events to a Sink and asks a person through Ask.
//
// Nothing is stored. Calling Engine.Run again is the way to resume, on this
// machine or on another, because every Finding is read from the world.
package flow

import (
	"context"
	"strings"
	"time"
)

// Status says what a step found.
type Status string

// The six findings a step may report. Unknown is a legal answer: a witness
// that cannot be read is never taken for absence, nor for success.
const (
	Unknown  Status = "unknown"
	Todo     Status = "todo"
	Underway Status = "underway"
	Done     Status = "done"
	Failed   Status = "failed"
	Conflict Status = "conflict"
)

// Effect says who feels it when a step runs.
type Effect string

// The effects, from nothing at all to what can never be taken back.
const (
	Reads     Effect = "reads"
	Local     Effect = "local"
	Shared    Effect = "shared"
	Permanent Effect = "permanent"
)

// ID names a node in a plan, in events and in JSON.
type ID string

// The nodes of a release. Front ends group by them and JSON spells them.
const (
	CheckTree      ID = "check-tree"
	CheckRemote    ID = "check-remote" // the push goes to the project's own repository
	CheckVersion   ID = "check-version"
	CheckCI        ID = "check-ci"
	CheckFree      ID = "check-free"    // no other release is under way
	CheckStaging   ID = "check-staging" // only where a staging index is configured
	Claim          ID = "claim"
	PushBranch     ID = "push-branch"
	PushTag        ID = "push-tag"
	Dispatch       ID = "dispatch"        // a workflow is started by hand
	PublishRelease ID = "publish-release" // the git host's, which makes the tag
	HostRelease    ID = "host-release"    // the git host's, after all else
	AwaitTrigger   ID = "await-trigger"   // something else sets the release going
	AwaitCI        ID = "await-ci"
	ConfirmIndex   ID = "confirm-index"
	DeleteBranch   ID = "delete-branch"
	RemovePypirc   ID = "remove-pypirc" // only where this machine's ~/.pypirc has a section for this release alone

	AbandonBranch ID = "abandon-branch" // a release that came to nothing is given up
	UploadMissing ID = "upload-missing" // what is lacking of a release that is there in part
)

// The nodes of setting a repository up. Those that are there once for each index
// have its name behind a dash.
const (
	CheckProject   ID = "check-project"
	StoreToken     ID = "store-token"
	WritePypirc    ID = "write-pypirc"
	Register       ID = "register"
	ActivateCI     ID = "activate-ci"
	SetVariable    ID = "set-variable"
	WriteCI        ID = "write-ci"
	MakeGate       ID = "make-environment"
	TrustPublisher ID = "trust-publisher"
	CheckSetup     ID = "check-setup"
	SaveRecipe     ID = "save-configuration"
	RehearseRecipe ID = "rehearse-configuration"
	CommitSetup    ID = "commit-setup"
	PushSetup      ID = "push-setup"
	OpenRequest    ID = "open-request"
)

// Of gives the ID of a node that is there for each of several things.
func (id ID) Of(what string) ID { return id + "-" + ID(what) }

// Is says whether the ID is base, or one of several that are made of it.
func (id ID) Is(base ID) bool {
	return id == base || strings.HasPrefix(string(id), string(base)+"-")
}

// Finding is what one look at the world showed.
type Finding struct {
	Status  Status
	Text    string // one line for people, without the step's name
	Proof   []Proof
	Problem *Problem // why it is unknown, failed or in conflict; or what an underway one waits for
	Warning string   // what a person should know first, although it is done
	Confirm string   // what must be typed before the gate, by whoever has read Warning; "" for nothing
	At      time.Time
	Started time.Time // since when it is underway, by the world's clock; zero if the world does not say

	Jobs  []Job  // what CI runs
	Files []File // what the index holds
	Facts []Fact // what each witness said
	Diff  *Diff  // what a local step would change
}

// Proof is a fact and where anyone can read it again.
type Proof struct{ What, Where string }

// Fact is what one witness says about one thing.
type Fact struct {
	Witness string // e.g. "git", "ci.travis", "index.simple", "index.json"
	About   string
	Says    string
	Where   string // URL or ref; "" where there is none
	ReadAt  time.Time
	MaxAge  time.Duration // how old the witness may let its answer be; 0 if it does not say
}

// Seen says whether a surface shows a file.
type Seen string

// What a surface may say of a file.
const (
	SeenYes        Seen = "yes"         // there, and the hash is the right one
	SeenNo         Seen = "no"          // absent, read late enough to count
	SeenLate       Seen = "late"        // absent, but the answer may be older than the upload
	SeenDiffers    Seen = "differs"     // there with another hash or size
	SeenUnknown    Seen = "unknown"     // the surface could not be read
	SeenNotChecked Seen = "not-checked" // this index has no such surface, or nothing says what to expect
)

// The surfaces on which a file is looked for, in the order they are shown.
const (
	SurfaceLog    = "log"    // the hash that the CI job printed
	SurfaceJSON   = "json"   // the index's JSON API
	SurfaceSimple = "simple" // the simple index, which pip reads
	SurfaceBytes  = "bytes"  // the downloaded file, hashed here
	SurfaceDist   = "dist"   // the person's own copy, where they gave one to compare with
)

// File is one distribution of the release as the surfaces show it.
type File struct {
	Name     string
	SHA256   string // lower-case hex; "" while no surface gives it
	Size     int64  // bytes; 0 while unknown
	URL      string
	Yanked   bool
	Expected bool // named by the publishing run, the configuration or the deploy section
	Surfaces map[string]Seen
	Problems []string // what a verification found wrong with it; text from outside
}

// Diff is a change to one local file, in unified form.
type Diff struct{ Path, Text string }

// Step is one fact about the world and the way to bring it about.
type Step interface {
	// Observe reads the world and changes nothing. It keeps no cache; what
	// several steps read in one survey they share through Read. A look that
	// was cancelled or failed is Unknown, never Todo and never Done.
	Observe(context.Context) Finding
	// Run makes one attempt. A nil error says only that the attempt ended;
	// the engine always looks again. An error may be a *Problem.
	Run(context.Context, Log) error
}

// Log takes one line about an attempt. The line may hold text from outside.
type Log func(line string)

// Undoer is a step that can take its effect back exactly.
type Undoer interface {
	Undo(context.Context, Log) error
}

// Commander is a step that a person could do by hand. Command gives the words
// to type; run by a shell they leave the world as Run does.
type Commander interface{ Command() []string }

// Follower is a step that can stream what goes on while it is underway, such
// as the log of a CI job. Follow returns when ctx ends or nothing more comes.
type Follower interface {
	Follow(ctx context.Context, job string, log Log) error
}

// Plan is an ordered list of nodes. Every node stands behind those it needs.
type Plan struct {
	Name, Title string
	Confirm     string // what the gate wants typed: the version
	GoOn        string // the command that carries it on; "" is ferry release
	Nodes       []Node
}

// Node is a step's place in a plan.
type Node struct {
	ID      ID
	Title   string // imperative: "push branch pypi-release"
	Effect  Effect
	LeadsTo Effect // what it sets going, e.g. Shared leading to Permanent; "" if nothing
	Needs   []ID
	Step    Step
	Every   time.Duration // how often to look while underway; 0: once
	Limit   time.Duration // how long to look while it makes no progress; 0: for ever
	Settle  time.Duration // how long after it ran to look once more; 0: not at all
}

// Command gives the words a person would type for the node, nil if there are none.
func (n Node) Command() []string {
	if c, ok := n.Step.(Commander); ok {
		return c.Command()
	}
	return nil
}

// Counts walks back from the ends, the nodes that no other needs: a node counts
// only while a node that needs it is not done. So a check that guards the push
// is history once the push is done, and a release that is confirmed and cleaned
// up is simply done. Of two ends neither speaks for the other.
func (p Plan) Counts(found map[ID]Finding) map[ID]bool {
	counts, needed := map[ID]bool{}, map[ID]bool{}
	for _, n := range p.Nodes {
		for _, need := range n.Needs {
			needed[need] = true
		}
	}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := p.Nodes[i]
		counts[n.ID] = counts[n.ID] || !needed[n.ID]
		if !counts[n.ID] || found[n.ID].Status == Done {
			continue
		}
		for _, need := range n.Needs {
			counts[need] = true
		}
	}
	return counts
}

// Node finds a node by its ID.
func (p Plan) Node(id ID) (Node, bool) {
	for _, n := range p.Nodes {
		if n.ID == id {
			return n, true
		}
	}
	return Node{}, false
}
