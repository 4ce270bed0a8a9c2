package steps

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/gitops"
	"ferry/pypi"
)

// ways are the ways out that are true now, and why the others are none. Exactly
// one is recommended, unless nothing is left to do.
func (p plight) ways(ctx context.Context) (offered []flow.WayOut, not []flow.NotOffered) {
	for _, way := range []func(context.Context) (flow.WayOut, string){
		p.resume, p.cleanUp, p.restart, p.complete, p.supersede, p.abandon, p.wait,
	} {
		w, why := way(ctx)
		switch {
		case why == "" && p.blind() != "" && w.ID != flow.WayWait:
			why = p.blind() + ", and nothing is done on a guess"
		case why == "" && p.state() == stateDone:
			why = "nothing is left to do"
		}
		if why != "" {
			not = append(not, flow.NotOffered{ID: w.ID, Why: why})
			continue
		}
		offered = append(offered, w)
	}
	id, why := p.advice(offered)
	for i := range offered {
		if offered[i].ID == id {
			offered[i].Recommended, offered[i].Why = true, why
		}
	}
	return offered, not
}

func (p plight) recover(flags ...string) []string {
	return append([]string{"ferry", "recover", p.t.Version}, flags...)
}

// resume runs the plan on, where something is still to come of it.
func (p plight) resume(context.Context) (flow.WayOut, string) {
	w := flow.WayOut{ID: flow.WayResume, Text: "watch CI, prove every file, clean up", Effect: flow.Shared, Command: p.recover("--resume"),
		Consequence: "nothing is pushed again; the branch is deleted once every file is proved"}
	if p.branchless() || p.t.KeepBranch {
		w.Text, w.Effect, w.Consequence = "watch CI and prove every file", flow.Reads, "it only looks, until every file is proved"
	}
	if p.tagged() && p.clean.Status == flow.Todo {
		w.Text, w.Effect, w.Consequence = "watch CI, prove every file, publish the host's release", flow.Shared, "nothing is pushed; the release is published on the host once every file is proved"
	}
	switch state := p.state(); {
	case state == stateConflicted:
		return w, p.stopped().Text
	case state == stateNotCleaned && p.tagged():
		w.Text, w.Consequence = "publish release "+p.t.ShortRef()+" on the host", "nothing is pushed or uploaded; who follows the project hears of the release"
	case state == stateNotCleaned:
		return w, "only the clean-up is left"
	case p.index.Status == flow.Failed:
		return w, "every job is finished, and no more comes by itself"
	case state == stateNotStarted && p.push.Status != flow.Todo:
		return w, "there is nothing to go on with: " + p.push.Text
	case state == stateNotStarted:
		w.Text, w.Effect = p.goOn(), flow.Permanent
		if p.t.By == ByRelease {
			w.Text = "publish release " + p.t.ShortRef() + " at " + short(p.t.Commit) + ", watch CI, prove every file"
		}
		w.Consequence = "CI uploads what it builds, which cannot be taken back"
	}
	return w, ""
}

// cleanUp deletes the branch of a release that is proved.
func (p plight) cleanUp(ctx context.Context) (flow.WayOut, string) {
	w := flow.WayOut{ID: flow.WayCleanUp, Text: "delete " + p.t.ShortRef() + " at " + short(p.t.Commit), Effect: flow.Shared, Command: p.recover("--clean-up"),
		Consequence: "the release stays as it is; the branch is free for the next one"}
	switch {
	case p.tagged():
		return w, "the tag stays; there is no branch to delete"
	case p.started():
		return w, "no branch was made for it"
	case p.t.KeepBranch:
		return w, "release.keep-branch says that the branch stays"
	case p.blind() != "":
		return w, ""
	case p.e.at(p.t.Ref) == "":
		return w, "there is no " + p.t.ShortRef() + " on " + p.World.Remote.Name()
	}
	if f, now := (DeleteBranch{p.World, p.t}).judge(ctx); !now {
		return w, f.Text
	}
	return w, ""
}

// restart has CI build the same commit again.
func (p plight) restart(context.Context) (flow.WayOut, string) {
	w := flow.WayOut{ID: flow.WayRestart, Text: "have CI build " + short(p.t.Commit) + " again", Effect: flow.Permanent, Command: p.recover("--restart"),
		Consequence: "nothing is pushed; what CI uploads cannot be taken back"}
	ours := p.e.ours()
	switch {
	case p.blind() != "":
		return w, ""
	case p.stopped() != nil:
		return w, p.stopped().Text
	case len(ours) == 0:
		return w, "there is no build of " + short(p.t.Commit) + " to run again"
	case !final(ours):
		return w, "a job goes on"
	case p.index.Status != flow.Failed:
		return w, "nothing is known to be missing"
	case p.closed():
		return w, p.World.Index.Label() + " takes no more files of " + p.t.Version
	case p.removed():
		return w, "the index never takes a file name twice, whoever deleted the file"
	case p.gone() && !p.started():
		return w, p.t.ShortRef() + " does not stand at " + short(p.t.Commit) + ": a job could not clone it"
	case len(restartable(ours)) == 0:
		return w, "no CI that built it can be asked to"
	}
	if p.e.published() && !p.skipsExisting() {
		w.Consequence = "a job that neither skips what is there nor makes the same bytes stops at its first file; what is uploaded cannot be taken back"
	}
	return w, ""
}

// skipsExisting: the jobs that publish pass over files that are there.
func (p plight) skipsExisting() bool {
	ds := p.t.Outlook.Deploys
	return len(ds) > 0 && !slices.ContainsFunc(ds, func(d flow.Deployment) bool { return !d.SkipsExisting })
}

// complete uploads what is missing from here.
func (p plight) complete(ctx context.Context) (flow.WayOut, string) {
	w := flow.WayOut{ID: flow.WayComplete, Effect: flow.Permanent, Command: p.recover("--complete"), Text: "upload the missing files from " + p.dist() + ", or from what CI keeps",
		Consequence: "the bytes that CI made are sent with your token, and stay for ever"}
	if p.blind() != "" {
		return w, ""
	}
	u, err := p.completion(ctx, nil)
	if err != nil {
		return w, inAList(err)
	}
	w.Text = "upload " + p.sources(u)
	return w, ""
}

// inAList is why something cannot be, without the capital of a sentence.
func inAList(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

// supersede is the next version, which a person makes. Yanking is theirs too.
func (p plight) supersede(context.Context) (flow.WayOut, string) {
	next := p.next()
	w := flow.WayOut{ID: flow.WaySupersede, Effect: flow.Permanent, Text: "raise the version to " + next + ", commit, push, and release that", Command: []string{"ferry", "release", "--bump", next}}
	switch state := p.state(); {
	case p.blind() != "":
		return w, ""
	case next == "":
		return w, "no version follows " + p.t.Version
	case withdrawnProject(p.e.simple().page):
		return w, "the index takes no version of the project as it is"
	case !slices.Contains([]string{statePartly, stateBuilt, stateFailed, stateConflicted}, state), p.index.Status == flow.Underway, !final(p.e.ours()):
		return w, "nothing is wrong with " + p.t.Version + " that a new version would mend"
	case p.blocked != nil && !p.tagged():
		return w, "another release holds " + p.t.ShortRef()
	case p.free():
		return w, p.t.Version + " is still free: a fix is a new commit of the same version"
	}
	w.Consequence, w.Page = p.remains()
	return w, ""
}

// free: nothing of the version was ever taken, so that another commit may have it.
func (p plight) free() bool {
	return !p.tagged() && !p.e.published() && !p.removed()
}

// remains says what stays of a version that another one replaces, and the page on which
// a person may withdraw it.
func (p plight) remains() (says, page string) {
	var parts []string
	switch yanked := slices.ContainsFunc(p.index.Files, func(f flow.File) bool { return f.Yanked }); {
	case p.removed():
		parts = append(parts, "the names of the files of "+p.t.Version+" are used up")
	case yanked:
		parts = append(parts, "what is published of "+p.t.Version+" stays yanked")
	case p.e.published():
		parts, page = append(parts, p.unyanked()), p.page()
	}
	if !p.tagged() && p.e.at(p.t.Ref) == p.t.Commit {
		by := gitops.DeleteCommand(p.World.Remote.URL(), p.t.Ref, p.t.Commit)
		if p.keeps == nil {
			by = p.giveUp()
		}
		parts = append(parts, "the branch goes first: "+flow.Shell(by))
	}
	if p.tagged() && p.e.at(p.t.Ref) != "" {
		parts = append(parts, "tag "+p.t.ShortRef()+" stays")
	}
	if len(parts) == 0 {
		return p.t.Version + " stays unused", ""
	}
	return strings.Join(parts, "; "), page
}

func (p plight) unyanked() string {
	said := "what is published of " + p.t.Version + " stays until you yank it by hand"
	if page := p.page(); page != "" {
		said += ", at " + page
	}
	return said
}

// page is where a person manages the version on a public index.
func (p plight) page() string {
	host := map[string]string{"pypi": "pypi.org", "testpypi": "test.pypi.org"}[p.World.Index.Name()]
	if host == "" {
		return ""
	}
	return "https://" + host + "/manage/project/" + pypi.NormalizeName(p.t.Name) + "/release/" + p.t.Version + "/"
}

// next is the first version that follows and of which the index has no file.
func (p plight) next() string {
	for at := p.t.Version; ; {
		v, err := pypi.ParseVersion(at)
		if err != nil {
			return ""
		}
		if at = v.Next(); len(p.e.simple().page.Of(at)) == 0 {
			return at
		}
	}
}

// abandon deletes the branch of an attempt of which nothing came and nothing will.
func (p plight) abandon(context.Context) (flow.WayOut, string) {
	w := flow.WayOut{ID: flow.WayAbandon, Effect: flow.Shared, Text: "delete " + p.t.ShortRef() + " at " + short(p.t.Commit) + " and give this attempt up",
		Command:     p.giveUp(),
		Consequence: short(p.t.Commit) + " is not released any more; " + p.t.Version + " stays free for another commit"}
	if p.removed() {
		w.Consequence = "the names of the files of " + p.t.Version + " are used up: the next release has another version"
	}
	switch {
	case p.blind() != "":
		return w, ""
	case p.keeps != nil:
		return w, p.keeps.Text
	}
	return w, ""
}

func (p plight) giveUp() []string { return []string{"ferry", "recover", "--abandon=" + p.t.Version} }

// wait changes nothing.
func (p plight) wait(context.Context) (flow.WayOut, string) {
	return flow.WayOut{ID: flow.WayWait, Effect: flow.Reads, Text: "leave it, and look again later", Command: p.recover(), Consequence: "nothing is changed"}, ""
}
