package pypi

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// CompareWheel holds what a wheel installs against the tree it was built from.
// Backends choose and move files, so one is at home in the tree if any of its
// name there has the same contents. Differ are files whose place in the tree has
// other contents, OnlyA is what Python could run and the tree does not have;
// compiled code of a platform's wheel and data of which the tree has nothing are
// Unchecked. The wheel's own metadata is left out.
func CompareWheel(ctx context.Context, wheel *Artifact, src fs.FS) (ArchiveDiff, error) {
	c, err := newSourceCheck(wheel, src)
	if err != nil {
		return ArchiveDiff{}, err
	}
	w := wheelCheck{sourceCheck: c, places: map[string][]string{}, sums: map[string]map[string]bool{}}
	if err := w.index(ctx); err != nil {
		return ArchiveDiff{}, err
	}
	err = wheel.Walk(ctx, func(m Member, r io.Reader) error {
		if top, _, _ := strings.Cut(m.Path, "/"); m.Folder || strings.HasSuffix(top, ".dist-info") {
			return nil
		}
		return w.member(m.Path, r)
	})
	return w.result(), err
}

type wheelCheck struct {
	*sourceCheck
	places map[string][]string // the paths of the tree, by their base names
	sums   map[string]map[string]bool
}

func (w *wheelCheck) index(ctx context.Context) error {
	count := 0
	return fs.WalkDir(w.tree, ".", func(file string, d fs.DirEntry, err error) error {
		if count++; err != nil || count > maxMembers || ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if !d.IsDir() {
			w.places[path.Base(file)] = append(w.places[path.Base(file)], file)
		}
		return nil
	})
}

func (w *wheelCheck) member(file string, r io.Reader) error {
	own, err := readContents(r, maxSource)
	if err != nil {
		return w.artifact.spoilt()
	}
	at := installed(file)
	home, place, err := w.home(at, own)
	switch text, _ := own.text(); {
	case err != nil:
		return err
	case home:
	case own.size == 0, w.madeByMaturin(at, text): // an empty module does nothing
		w.diff.Generated = append(w.diff.Generated, file)
	case place == "" && (w.versionFile(at, text) || w.made.fills(at, text)) || place != "" && slices.Contains(w.made.versions, place) && harmlessVersion(at, text):
		w.diff.Generated = append(w.diff.Generated, file)
	case place != "":
		w.diff.Differ = append(w.diff.Differ, file)
	case w.derived(at, own) != "":
		w.diff.Derived = append(w.diff.Derived, Derived{file, w.derived(at, own)})
	case w.made.byHook(at) || !w.runs(file, own) || path.Ext(at) == ".py" && harmlessVersion(at, text):
		w.diff.Unchecked = append(w.diff.Unchecked, file)
	default:
		w.diff.OnlyA = append(w.diff.OnlyA, file)
	}
	return nil
}

// home looks for the contents at a file's name anywhere in the tree, and closer
// at the path that ends like the file's own, which is place.
func (w *wheelCheck) home(file string, own contents) (home bool, place string, err error) {
	sums, err := w.sumsOf(path.Base(file))
	if err != nil || sums[own.sha256] {
		return err == nil, "", err
	}
	if home, place, err = w.moved(file, own); home || err != nil {
		return home, "", err
	}
	for _, candidate := range w.places[path.Base(file)] {
		script := strings.Contains(file, ".data/scripts/")
		if candidate != file && !strings.HasSuffix(candidate, "/"+file) && !script {
			continue
		}
		theirs, there, err := w.inTree(candidate)
		if err != nil {
			return false, "", err
		}
		if there && (w.same(candidate, own, theirs) || script && sameScript(own, theirs) || w.made.rewrites(candidate, own, theirs)) {
			return true, "", nil
		}
		if !script {
			place = candidate
		}
	}
	return false, place, nil
}

var sharedFolder = regexp.MustCompile(`^[^/]+\.data/(data|scripts)/`)

// moved looks where the project's settings take the file from.
func (w *wheelCheck) moved(file string, own contents) (home bool, place string, err error) {
	file = sharedFolder.ReplaceAllString(file, ".data/$1/")
	from := w.made.from(file)
	if from == file {
		return false, "", nil
	}
	theirs, there, err := w.inTree(from)
	if err != nil || !there {
		return false, "", err
	}
	script := strings.HasPrefix(file, ".data/scripts/")
	return w.same(from, own, theirs) || script && sameScript(own, theirs), from, nil
}

// sumsOf are the hashes of all files of a name, read once: __init__.py is
// everywhere.
func (w *wheelCheck) sumsOf(base string) (map[string]bool, error) {
	if known := w.sums[base]; known != nil {
		return known, nil
	}
	sums := map[string]bool{}
	for _, candidate := range w.places[base] {
		theirs, there, err := w.inTree(candidate)
		if err != nil {
			return nil, err
		}
		if there {
			sums[theirs.sha256] = true
		}
		if large := largeFile(theirs); there && large != "" {
			sums[large] = true
		}
	}
	w.sums[base] = sums
	return sums, nil
}

// versionFile: the wheel's file is one that a version tool writes.
func (w *wheelCheck) versionFile(file, text string) bool {
	return slices.ContainsFunc(w.made.versions, func(v string) bool { return v == file || strings.HasSuffix(v, "/"+file) }) && harmlessVersion(file, text)
}

// sameScript: the first line of a script names the Python that runs it.
func sameScript(own, theirs contents) bool {
	a, okA := own.text()
	b, okB := theirs.text()
	_, a, cutA := strings.Cut(a, "\n")
	first, b, cutB := strings.Cut(b, "\n")
	return okA && okB && cutA && cutB && strings.HasPrefix(first, "#!") && strings.Contains(first, "python") && a == b
}

// program is where a wheel keeps what people run by its name.
var program = regexp.MustCompile(`\.data/(?:scripts|data/(?:s?bin|Scripts))/`)

// runs says whether Python, or a person, may run the file. Compiled programs are
// what a platform's wheel is for.
func (w *wheelCheck) runs(file string, own contents) bool {
	base := path.Base(file)
	native := isNative(base, own.start)
	return program.MatchString(file) && (!native || w.artifact.pure()) || slices.Contains([]string{".py", ".pyw", ".pyc", ".pth"}, path.Ext(base)) || w.artifact.pure() && native
}

// maturinInit is what maturin makes of a module that is all compiled.
var maturinInit = regexp.MustCompile(`^from \.(\w+) import \*\n+__doc__ = (\w+)\.__doc__\nif hasattr\((\w+), "__all__"\):\n    __all__ = (\w+)\.__all__\n*$`)

func (w *wheelCheck) madeByMaturin(file, text string) bool {
	return w.made.pp.backend() == "maturin" && path.Base(file) == "__init__.py" && maturinInit.MatchString(text)
}
