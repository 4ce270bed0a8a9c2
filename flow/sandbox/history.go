package sandbox

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// history makes the commits, and then what the scene says has happened.
func (w *World) history() error {
	base, err := read(sample + ".txtar")
	if err != nil {
		return err
	}
	files := maps.Clone(base.Commits[0].files)
	maps.Copy(files, base.extra[w.scenario.Provider])
	commits := w.scenario.Commits
	if len(commits) == 0 {
		commits = []commit{{}}
	}
	begin := time.Now().Add(-48 * time.Hour)
	for i, c := range commits {
		maps.Copy(files, c.files)
		when := begin.Add(time.Duration(i) * time.Hour)
		if i == 0 {
			w.Commits = append(w.Commits, w.Remote.Repo(Slug, files))
			continue
		}
		w.Commits = append(w.Commits, w.Remote.Commit(Slug, "main", fmt.Sprintf("Fix blueprint cache (%d)", i+1), files, when))
	}
	for _, d := range w.scenario.Scene {
		if err := w.happened(d); err != nil {
			return fmt.Errorf("%s %s: %w", d.verb, strings.Join(d.args, " "), err)
		}
	}
	return nil
}

// happened makes one thing true that happened before the scenario begins.
func (w *World) happened(d directive) error {
	switch {
	case d.verb == "released" && len(d.args) >= 2:
		return w.released(d.args)
	case d.verb == "half" && len(d.args) == 2:
		return w.half(d.args)
	case d.verb == "yanked" && len(d.args) == 2:
		return w.Index.Yank(Project, d.args[0], d.args[1])
	case d.verb == "claim" && len(d.args) == 4:
		return w.claimed(d.args)
	case d.verb == "branch" && len(d.args) == 1:
		sha, err := w.commitAt(d.args[0])
		if err == nil {
			w.Remote.SetRef(Slug, "refs/heads/"+Branch, sha)
		}
		return err
	case d.verb == "build" && len(d.args) == 3:
		return w.built(d.args)
	}
	return fmt.Errorf("wrong number of words")
}

// released VERSION AGO [SALT]: files of a version are on the index. The salt
// makes their bytes differ from what CI would build.
func (w *World) released(args []string) error {
	at, err := ago(args[1])
	if err != nil {
		return err
	}
	files := map[string]string{"src/acme_core/__init__.py": strings.Join(args[2:], " ") + "\n"}
	sdist, sdata := pypitest.Sdist(Project, args[0], at, files)
	wheel, wdata := pypitest.Wheel(Project, args[0], at, files)
	w.Index.Publish(Project, args[0], at, pypitest.File{Name: sdist, Data: sdata}, pypitest.File{Name: wheel, Data: wdata})
	return nil
}

// half VERSION AGO: of a version only the wheel is on the index.
func (w *World) half(args []string) error {
	at, err := ago(args[1])
	if err != nil {
		return err
	}
	name, data := pypitest.Wheel(Project, args[0], at, nil)
	w.Index.Publish(Project, args[0], at, pypitest.File{Name: name, Data: data})
	return nil
}

// claim VERSION COMMIT WHO AGO: somebody claimed a version at a commit.
func (w *World) claimed(args []string) error {
	sha, err := w.commitAt(args[1])
	if err != nil {
		return err
	}
	at, err := ago(args[3])
	if err != nil {
		return err
	}
	name, mail, _ := strings.Cut(strings.TrimSuffix(args[2], ">"), " <")
	w.Remote.Tag(Slug, "refs/releases/"+Project+"/"+args[0], sha, name, mail, at, "release "+Project+" "+args[0]+"\n")
	return nil
}

// build COMMIT STATE AGO: CI built the release branch at a commit.
func (w *World) built(args []string) error {
	sha, err := w.commitAt(args[0])
	if err != nil {
		return err
	}
	at, err := ago(args[2])
	if err != nil {
		return err
	}
	b := ci.Build{Ref: "refs/heads/" + Branch, SHA: sha, Event: "push", State: ci.State(args[1]), Created: at, Started: at.Add(3 * time.Second)}
	j := ci.Job{Name: "py39", State: b.State, Started: b.Started}
	if b.State.Final() {
		b.Ended = at.Add(5 * time.Minute)
		j.Ended = b.Ended
	}
	b.Jobs = []ci.Job{j}
	log := "$ python -m pytest\ntests/test_plan.py::test_circle " + strings.ToUpper(args[1]) + "\nThe command \"python -m pytest\" exited with 1.\n"
	w.CI.AddBuild(citest.Build{Provider: w.scenario.Provider, Build: b, Logs: map[string]string{j.Name: log}})
	return nil
}

func (w *World) commitAt(n string) (string, error) {
	i, err := strconv.Atoi(n)
	if err != nil || i < 1 || i > len(w.Commits) {
		return "", fmt.Errorf("no commit %s", n)
	}
	return w.Commits[i-1], nil
}

func ago(text string) (time.Time, error) {
	d, err := time.ParseDuration(text)
	return time.Now().Add(-d), err
}
