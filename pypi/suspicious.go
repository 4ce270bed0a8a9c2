package pypi

import (
	"bytes"
	"context"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Oddity is a file of a kind that distributions of honest projects rarely hold
// and that attacks like to add.
type Oddity struct {
	Path, Why string
	Sure      bool // wrong wherever the file comes from
}

// Suspicious lists the oddities of a distribution, by their names and first
// bytes alone: whether the project means them is for its source to say.
func Suspicious(ctx context.Context, a *Artifact) ([]Oddity, error) {
	var all []Oddity
	at, names := a.within(), map[string]bool{}
	for _, m := range a.Members {
		names[m.Path] = true
	}
	err := a.Walk(ctx, func(m Member, r io.Reader) error {
		if m.Folder || m.Link != "" {
			return nil
		}
		start, err := io.ReadAll(io.LimitReader(r, 512))
		if err != nil {
			return a.spoilt()
		}
		if why := a.odd(at(m), start); why != "" {
			all = append(all, Oddity{Path: at(m), Why: why})
		}
		if path.Ext(m.Path) == ".pyc" && !names[sourceOf(m.Path)] {
			all = append(all, Oddity{Path: at(m), Why: "is compiled Python without its source"})
		}
		return nil
	})
	if err == nil && a.Kind == KindWheel {
		var unlisted []Oddity
		unlisted, err = a.againstRecord(ctx)
		all = append(all, unlisted...)
	}
	slices.SortFunc(all, func(x, y Oddity) int { return strings.Compare(x.Path+x.Why, y.Path+y.Why) })
	return all, err
}

func (a *Artifact) odd(file string, start []byte) string {
	root := a.Kind == KindSdist || !strings.Contains(installed(file), "/")
	base := path.Base(file)
	switch {
	case root && path.Ext(base) == ".pth":
		return "is read by every start of Python once it is installed"
	case root && (base == "sitecustomize.py" || base == "usercustomize.py"):
		return "is run by every start of Python once it is installed"
	case isNative(base, start) && a.Kind == KindSdist:
		return "is compiled code in a source distribution"
	case isNative(base, start) && a.pure():
		return "is compiled code in a wheel for every platform"
	}
	return ""
}

// pure says whether the wheel's name promises that it has no compiled code.
func (a *Artifact) pure() bool { return strings.HasSuffix(a.File, "-none-any.whl") }

// sourceOf is where the source of compiled Python lies.
func sourceOf(file string) string {
	dir, base := path.Split(file)
	if path.Base(dir) == "__pycache__" {
		stem, _, _ := strings.Cut(base, ".")
		return path.Join(path.Dir(path.Clean(dir)), stem+".py")
	}
	return strings.TrimSuffix(file, ".pyc") + ".py"
}

var dataFolder = regexp.MustCompile(`^[^/]+\.data/(?:purelib|platlib)/`)

// installed is where pip puts a wheel's member, counted from site-packages.
func installed(file string) string { return dataFolder.ReplaceAllString(file, "") }

// isNative knows compiled code by its first bytes, and by the names under which
// it is loaded.
func isNative(base string, start []byte) bool {
	for _, magic := range []string{"\x7fELF", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\x00asm", "!<arch>\n"} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return true
		}
	}
	if bytes.HasPrefix(start, []byte("MZ")) && bytes.IndexByte(start, 0) >= 0 {
		return true
	}
	return len(start) > 0 && slices.Contains([]string{".pyd", ".dll", ".dylib", ".so"}, path.Ext(base)) && bytes.IndexByte(start, 0) >= 0
}
