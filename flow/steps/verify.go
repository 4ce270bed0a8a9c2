package steps

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// VerifyOptions says how far a verification goes beyond the index's own pages
// and the bytes of what they list.
type VerifyOptions struct {
	Dist    string       // a folder with the person's own files, to compare with; "": none
	Rebuild bool         // build an sdist from the released commit and compare it
	Install bool         // install it into a clean environment and import it, if nothing speaks against its bytes
	Builder pypi.Builder // how it is built; folder, time and version are set here
	Deep    bool         // download also what is too large to be downloaded by the way
	Log     flow.Log     // told what takes long, by several goroutines; may be nil
	Again   Again        // how the person asked, for the commands that go on
}

// Again are the words of the command line that asked, which the commands that a
// problem offers need as well: where to look, and what to hold it against.
type Again struct {
	Where []string      // flags that every command knows: --repo, --package …
	Flags []string      // all that were given, but --wait
	Wait  time.Duration // as it was given; 0 if it was not
}

// verifier is one verification on its way: what the witnesses said, and what the
// checks have in common. A check never expects anything of it to be there.
type verifier struct {
	World   // Repo, Remote and CI are nil where there is no checkout
	target  Target
	options VerifyOptions

	evidence evidence
	wanted   expected
	own      map[string]*pypi.Artifact // the person's own files, by name
	ownErr   error
	since    time.Time // when the last upload was over, as far as is known; else zero
	files    []flow.File
	bytes    map[string]bytesOf // of each file that was downloaded, or could not be
	large    bool               // nothing was downloaded, because it is too much
	late     bool               // nothing was downloaded, because a page may be about to change its mind
	dir      string             // a folder of this verification alone; "" where none could be made
	read     atomic.Int64       // bytes downloaded so far
	checks   []flow.Check       // those that were made so far
}

// bytesOf is what came of downloading one file.
type bytesOf struct {
	digest   pypi.Digest
	path     string         // where the bytes are kept; "" where they are not
	artifact *pypi.Artifact // nil where the file cannot be read as a distribution
	unsound  error          // why it cannot, or what its metadata contradicts
	err      error          // why it could not be downloaded
}

// checks are the facts about a release, in the order in which they are shown.
// Each function gives the results of one check, or of several that it finds
// together; a check without its facts is not-checked, with the reason.
func checks() []func(context.Context, *verifier) []flow.Check {
	return []func(context.Context, *verifier) []flow.Check{
		checkFiles,
		checkUnexpected,
		checkDigests,
		checkBytes,
		checkSize,
		checkYanked,
		checkStatus,
		checkVersions,
		checkMetadata,
		checkSurfaces,
		checkPage,
		checkHost,
		checkProvenance,
		checkOrigin,
		checkOwners,
		checkContents,
		checkSecrets,
		checkRebuild,
		checkInstall,
	}
}

// Verify proves a release on the index, fact by fact. The target may have no
// commit: then what needs one is not checked, and so is what needs a remote or
// CI where the World has none.
func (w World) Verify(ctx context.Context, t Target, o VerifyOptions) flow.Verification {
	out, _ := w.verify(ctx, t, o)
	return out
}

// verify also says when it is worth while to look again; 0 if it is not.
func (w World) verify(ctx context.Context, t Target, o VerifyOptions) (flow.Verification, time.Duration) {
	v := &verifier{World: w, target: t, options: o, bytes: map[string]bytesOf{}}
	if dir, err := os.MkdirTemp("", "ferry-verify-"); err == nil {
		v.dir = dir
		defer func() { _ = os.RemoveAll(dir) }()
	}
	ctx = flow.WithReading(ctx)
	v.gather(ctx)
	out := flow.Verification{Name: t.Name, Version: t.Version, Index: w.Index.Label()}
	for _, check := range checks() {
		for _, c := range check(ctx, v) {
			c.Decides = c.Decides || v.asked(c.ID)
			v.checks = append(v.checks, c)
		}
	}
	out.Files, out.Checks, out.Verdict = v.files, v.checks, flow.Judge(v.checks)
	return out, v.pause(out.Verdict)
}

// asked: who asks for a check takes nothing for verified without it.
func (v *verifier) asked(id string) bool {
	return id == "rebuild" && v.options.Rebuild || id == "install" && v.options.Install
}

func (v *verifier) tell(format string, args ...any) {
	if v.options.Log != nil {
		v.options.Log(fmt.Sprintf(format, args...))
	}
}

// The results of a check.

func fine(id, format string, args ...any) flow.Check {
	return flow.Check{ID: id, Result: flow.Good, Evidence: fmt.Sprintf(format, args...)}
}

func bad(id string, means flow.Verdict, format string, args ...any) flow.Check {
	return flow.Check{ID: id, Result: flow.Bad, Means: means, Evidence: fmt.Sprintf(format, args...)}
}

func unchecked(id, format string, args ...any) flow.Check {
	return flow.Check{ID: id, Result: flow.NotChecked, Evidence: fmt.Sprintf(format, args...)}
}
