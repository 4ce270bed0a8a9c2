package rules

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The release path is what a publisher's trust hangs on: what starts the jobs that
// publish, what they may do, which gates they pass, and whose code they run.

// ReleasePath tells the release path of a tree for an event, a fact a line. Two
// trees with the same lines differ in nothing of that kind. Steps and versions
// are not in it: they change with every release.
func ReleasePath(tree fs.FS, e Event) ([]string, error) {
	p, err := Predict(tree, e)
	if err != nil {
		return nil, err
	}
	w := &pathWriter{source: &source{tree}, docs: map[string]trees{}}
	for _, j := range p.Jobs {
		for _, u := range j.Uploads {
			if err := w.upload(j, u); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(w.lines)
	return slices.Compact(w.lines), nil
}

type pathWriter struct {
	*source
	docs  map[string]trees
	lines []string
}

// trees is a CI file; ok is false where it cannot be read.
type trees struct {
	root tree
	ok   bool
}

func (w *pathWriter) upload(j Job, u Upload) error {
	for _, file := range []string{j.File, u.File} { // the caller's, and the called workflow's
		doc, err := w.doc(file)
		if err != nil {
			return err
		}
		if !doc.ok {
			continue
		}
		if file == travisFile {
			w.travis(doc.root, u)
		} else {
			w.workflow(file, doc.root, j, u)
		}
	}
	return nil
}

func (w *pathWriter) doc(file string) (trees, error) {
	if d, ok := w.docs[file]; ok {
		return d, nil
	}
	text, err := fs.ReadFile(w, file)
	if err != nil {
		return trees{}, err
	}
	root, _, wrong := parseYAML(text)
	w.docs[file] = trees{root, wrong == ""}
	return w.docs[file], nil
}

func (w *pathWriter) add(file, what string, t tree) {
	if t.ok() {
		w.lines = append(w.lines, fmt.Sprintf("%s: %s: %s", file, what, withoutSecrets(t.words())))
	}
}

// travis: what is built at all, and the entry that publishes. Credentials are no
// part of it: they are encrypted anew each time.
func (w *pathWriter) travis(root tree, u Upload) {
	for _, key := range []string{"branches", "if", "stages"} {
		w.add(travisFile, key, root.get(key))
	}
	for _, d := range root.get("deploy").list() {
		if d.line() != u.Line {
			continue
		}
		for _, key := range []string{"provider", "server", "script", "on", "skip_existing", "allow_failure"} {
			w.add(travisFile, "deploy "+key, d.get(key))
		}
	}
	for _, key := range []string{"script", "after_success", "before_deploy", "after_deploy"} {
		w.add(travisFile, key, root.get(key))
	}
}

// workflow: what starts it, what it and its publishing job may do, the gate, and
// the owners of the actions that run in that job.
func (w *pathWriter) workflow(file string, root tree, j Job, u Upload) {
	for _, key := range []string{"on", "true", "permissions", "workflow"} {
		w.add(file, strings.Replace(key, "true", "on", 1), root.get(key))
	}
	for _, p := range append(root.get("jobs").pairs(), root.pairs()...) {
		if p.line > j.Line && p.line > u.Line || !p.value.isMap() || !holdsLine(p.value, u.Line) && p.line != j.Line {
			continue
		}
		name := file + " job " + p.key
		for _, key := range []string{"permissions", "environment", "if", "needs", "uses", "runs-on", "rules", "only", "except", "id_tokens"} {
			w.add(name, key, p.value.get(key))
		}
		for _, step := range p.value.get("steps").list() {
			if owner := actionOwner(step.get("uses").text()); owner != "" {
				w.lines = append(w.lines, name+": runs actions of "+owner)
			}
		}
	}
}

// holdsLine says whether a line begins something inside a tree.
func holdsLine(t tree, line int) bool {
	for _, p := range t.pairs() {
		if p.line == line || p.value.line() == line || slices.ContainsFunc(p.value.list(), func(i tree) bool { return i.line() == line }) {
			return true
		}
	}
	return false
}

// actionOwner is whose code a step runs: owner/name@ref, docker://image.
func actionOwner(uses string) string {
	if image, ok := strings.CutPrefix(uses, "docker://"); ok {
		return "docker image " + path.Dir(image)
	}
	owner, _, ok := strings.Cut(uses, "/")
	if !ok || strings.HasPrefix(uses, ".") {
		return ""
	}
	return owner
}
