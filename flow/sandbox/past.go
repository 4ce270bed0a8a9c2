package sandbox

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// publish keeps the files as well, for what the log of a build says of them.
func (w *World) publish(version string, at time.Time, files ...pypitest.File) {
	w.past[version] = append(w.past[version], files...)
	w.Index.Publish(Project, version, at, files...)
}

// yanked VERSION REASON, deleted VERSION and quarantined REASON are what became of
// files that were there.
func (w *World) yanked(args []string) error { return w.Index.Yank(Project, args[0], args[1]) }

func (w *World) deleted(args []string) error { return w.Index.DeleteRelease(Project, args[0]) }

func (w *World) quarantined(args []string) error { return w.Index.Quarantine(Project, args[0]) }

// claim VERSION COMMIT WHO AGO: somebody claimed a version at a commit.
func (w *World) claimed(args []string) error {
	return w.annotated("refs/releases/"+Project+"/"+args[0], "release "+Project+" "+args[0], args[1:])
}

// tag NAME COMMIT WHO AGO: somebody tagged a commit. A second one of the name moves it.
func (w *World) tagged(args []string) error {
	return w.annotated("refs/tags/"+args[0], Project+" "+args[0], args[1:])
}

func (w *World) annotated(ref, message string, args []string) error {
	sha, err := w.commitAt(args[0])
	if err != nil {
		return err
	}
	at, err := ago(args[2])
	if err != nil {
		return err
	}
	name, mail, _ := strings.Cut(strings.TrimSuffix(args[1], ">"), " <")
	w.Remote.Tag(Slug, ref, sha, name, mail, at, message+"\n")
	return nil
}

// branch COMMIT: the release branch is at a commit.
func (w *World) branched(args []string) error {
	sha, err := w.commitAt(args[0])
	if err == nil {
		w.Remote.SetRef(Slug, "refs/heads/"+Branch, sha)
	}
	return err
}

// build COMMIT STATE AGO [VERSION]: CI built the release branch at a commit, or the
// tag, where GitHub builds. Its log says that it uploaded the files of the version.
func (w *World) built(args []string) error {
	sha, err := w.commitAt(args[0])
	if err != nil {
		return err
	}
	at, err := ago(args[2])
	if err != nil {
		return err
	}
	b := ci.Build{Ref: w.ref(), SHA: sha, Event: "push", State: ci.State(args[1]), Created: at, Started: at.Add(3 * time.Second)}
	name, log := w.printed(b.State, args[3:])
	j := ci.Job{Name: name, State: b.State, Started: b.Started}
	if b.State.Final() {
		b.Ended = at.Add(5 * time.Minute)
		j.Ended = b.Ended
	}
	b.Jobs = []ci.Job{j}
	w.CI.AddBuild(citest.Build{Provider: w.scenario.Provider, Build: b, Logs: map[string]string{name: log}})
	return nil
}

// printed is which job built, and what it printed: its tests, or how it uploaded.
func (w *World) printed(state ci.State, version []string) (job, log string) {
	if len(version) == 0 {
		return "py39", "$ python -m pytest\ntests/test_plan.py::test_circle " + strings.ToUpper(string(state)) + "\nThe command \"python -m pytest\" exited with 1.\n"
	}
	job, log = "py312", "Uploading distributions to https://upload.pypi.org/legacy/\n"
	if w.tags() {
		job = "publish"
	}
	for _, f := range w.past[version[0]] {
		log += fmt.Sprintf("Uploading %s\nSHA256 hash: %x\n", f.Name, sha256.Sum256(f.Data))
	}
	if !state.Good() {
		log += "The command \"python -m pytest\" exited with 1.\n"
	}
	return job, log
}

// tags says whether releases are made by tag in this world.
func (w *World) tags() bool { return w.scenario.Provider == "github" }

// ref is what a release pushes.
func (w *World) ref() string {
	if w.tags() {
		return "refs/tags/v" + Version
	}
	return "refs/heads/" + Branch
}
