package sandbox

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

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

// events are the directives that say what happened before the scenario begins, each
// with how many words it takes at least and at most.
var events = map[string]struct {
	least, most int
	do          func(*World, []string) error
}{
	"released":    {2, 99, (*World).released},
	"half":        {2, 2, (*World).half},
	"yanked":      {2, 2, (*World).yanked},
	"deleted":     {1, 1, (*World).deleted},
	"quarantined": {1, 1, (*World).quarantined},
	"claim":       {4, 4, (*World).claimed},
	"tag":         {4, 4, (*World).tagged},
	"branch":      {1, 1, (*World).branched},
	"build":       {3, 4, (*World).built},
	"release":     {4, 4, (*World).hostRelease},
}

// happened makes one thing true that happened before the scenario begins.
func (w *World) happened(d directive) error {
	e := events[d.verb]
	if len(d.args) < e.least || len(d.args) > e.most {
		return fmt.Errorf("wrong number of words")
	}
	return e.do(w, d.args)
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
	w.publish(args[0], at, pypitest.File{Name: sdist, Data: sdata}, pypitest.File{Name: wheel, Data: wdata})
	return nil
}

// half VERSION AGO: of a version only the wheel is on the index.
func (w *World) half(args []string) error {
	at, err := ago(args[1])
	if err != nil {
		return err
	}
	name, data := pypitest.Wheel(Project, args[0], at, nil)
	w.publish(args[0], at, pypitest.File{Name: name, Data: data})
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
