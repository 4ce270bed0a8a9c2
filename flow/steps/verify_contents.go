package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// opened are the downloaded files that could be read as distributions, by name.
func (v *verifier) opened() (all []*pypi.Artifact) {
	for _, name := range slices.Sorted(maps.Keys(v.bytes)) {
		if a := v.bytes[name].artifact; a != nil {
			all = append(all, a)
		}
	}
	return all
}

// unopened names the files that could not be downloaded, or are no distributions
// that can be read.
func (v *verifier) unopened() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(v.bytes)) {
		if v.bytes[name].artifact == nil {
			names = append(names, name)
		}
	}
	return names
}

// room makes a folder in the verification's own, and gives what takes it away.
func (v *verifier) room(name string) (dir string, done func(), err error) {
	if v.dir == "" {
		return "", func() {}, errors.New("no folder could be made for it")
	}
	dir = filepath.Join(v.dir, name)
	return dir, func() { _ = os.RemoveAll(dir) }, os.Mkdir(dir, 0o700)
}

// errNoSource is why nothing can be compared with the source.
var errNoSource = errors.New("no commit is known here as the one that was released")

// source is the released commit's files, from the package's folder on.
func (v *verifier) source(ctx context.Context) (fs.FS, error) {
	if v.Repo == nil || v.Remote == nil || v.target.Commit == "" {
		return nil, errNoSource
	}
	tree, err := v.tree(ctx, v.target.Commit)
	if err != nil {
		return nil, err
	}
	return packageTree(tree, v.target.Dir)
}

// checkContents: what is in the files comes from the released commit, or is what
// build tools are known to make. Of files without a source only oddities are told.
func checkContents(ctx context.Context, v *verifier) []flow.Check {
	const id = "contents"
	all := v.opened()
	if len(all) == 0 {
		return []flow.Check{unchecked(id, "nothing was downloaded that can be read")}
	}
	if names := v.unopened(); len(names) > 0 {
		return []flow.Check{unchecked(id, "%s cannot be looked into", strings.Join(names, ", "))}
	}
	tree, err := v.source(ctx)
	if err != nil {
		return []flow.Check{unchecked(id, "%v%s", err, v.noticed(ctx, all))}
	}
	var c compared
	for _, a := range all {
		if err := c.with(ctx, a, tree); err != nil {
			return []flow.Check{unchecked(id, "%s cannot be compared: %v", a.File, err)}
		}
		if text := c.of(a.File); text != "" {
			v.problem([]string{a.File}, text)
		}
	}
	return []flow.Check{c.check(id, v.target.Commit)}
}

// noticed are the oddities of files, for a person to judge.
func (v *verifier) noticed(ctx context.Context, all []*pypi.Artifact) string {
	var out []string
	for _, a := range all {
		odd, err := pypi.Suspicious(ctx, a)
		if err != nil {
			continue
		}
		for _, o := range odd {
			out = append(out, fmt.Sprintf("%s in %s %s", o.Path, a.File, o.Why))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "; to be looked at: " + listed(out)
}

// compared is what the comparison of all files came to.
type compared struct {
	strange, open, made, derived []string
}

func (c *compared) with(ctx context.Context, a *pypi.Artifact, tree fs.FS) error {
	compare := pypi.CompareSource
	if a.Kind == kindWheel {
		compare = pypi.CompareWheel
	}
	d, err := compare(ctx, a, tree)
	if err != nil {
		return err
	}
	odd, err := pypi.Suspicious(ctx, a)
	if err != nil {
		return err
	}
	for _, path := range d.OnlyA {
		c.strange = append(c.strange, a.File+": "+path+" is not in the commit"+whyOdd(odd, path))
	}
	for _, path := range d.Differ {
		c.strange = append(c.strange, a.File+": "+path+" is another in the commit"+whyOdd(odd, path))
	}
	for _, o := range odd {
		if o.Sure {
			c.strange = append(c.strange, a.File+": "+o.Path+" "+o.Why)
		}
	}
	c.made, c.open = append(c.made, d.Generated...), append(c.open, d.Unchecked...)
	for _, made := range d.Derived {
		c.derived = append(c.derived, fmt.Sprintf("%s from %s", made.File, made.Source))
	}
	return nil
}

func whyOdd(odd []pypi.Oddity, path string) string {
	for _, o := range odd {
		if o.Path == path && !o.Sure {
			return ", and " + o.Why
		}
	}
	return ""
}

// of is what is strange about one file.
func (c *compared) of(file string) string {
	var own []string
	for _, s := range c.strange {
		if rest, ok := strings.CutPrefix(s, file+": "); ok {
			own = append(own, rest)
		}
	}
	return listed(own)
}

// check: what was left open is said, and never folded into what was compared.
func (c *compared) check(id, commit string) flow.Check {
	text := fmt.Sprintf("as in commit %s, but for %s", short(commit), c.byTools())
	var left []string
	if len(c.open) > 0 {
		left = append(left, "nothing to compare with: "+listed(c.open))
	}
	if len(c.derived) > 0 {
		left = append(left, "generated from a source in the commit, and only --rebuild compares it: "+listed(c.derived))
	}
	switch {
	case len(c.strange) > 0:
		return bad(id, flow.Unexpected, "%s", listed(c.strange))
	case len(left) > 0:
		return unchecked(id, "what was compared is %s; not compared: %s", text, strings.Join(left, "; "))
	}
	return fine(id, "%s", text)
}

// byTools counts what build tools make, and names what is more than metadata.
func (c *compared) byTools() string {
	text := count(len(c.made), "file") + " that build tools make"
	var named []string
	for _, file := range c.made {
		if path.Base(file) != "PKG-INFO" && !strings.HasSuffix(path.Dir(file), ".egg-info") {
			named = appendNew(named, file)
		}
	}
	if len(named) > 0 {
		text += ", " + listed(named) + " among them"
	}
	return text
}

// enough is how many things a sentence names.
const enough = 6

// listed names the first of many.
func listed(all []string) string {
	text := strings.Join(all[:min(len(all), enough)], ", ")
	if more := len(all) - enough; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
