package rules

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gitlabFile is the file that GitLab reads, unless a setting of the project names
// another one.
const gitlabFile = ".gitlab-ci.yml"

// Bounds of what is read: GitLab allows 150 included files, and 11 levels of extends.
const (
	maxIncludes = 150
	maxExtends  = 11
)

// labConfig is a .gitlab-ci.yml with the files of the tree that it includes.
type labConfig struct {
	s        *scanner
	root     tree
	files    map[*yaml.Node]string // of nodes that another file than the first one has
	name     string
	problems []FileProblem
	open     []labOpen // includes that are not in this tree
	seen     []string
	all      []labJob // read once
	byName   map[string]labJob
	extends  map[string]tree // jobs with what they extend below them
	steps    int             // of merging and of following references
	children *int            // configurations of pipelines that jobs start, read so far
}

// maxLabSteps bounds the work on one configuration: a few lines of references to
// one another can mean billions.
const maxLabSteps = 2_000_000

// tired counts a step, and says whether there were too many.
func (c *labConfig) tired() bool {
	c.steps++
	return c.steps > maxLabSteps
}

// exhausted is the problem of a configuration that was not read to its end.
func (c *labConfig) exhausted() []FileProblem {
	if c.steps <= maxLabSteps {
		return nil
	}
	return []FileProblem{{c.name, 1, "the file spreads to more than it can mean; it was not read to its end"}}
}

// labOpen is a part of the configuration that cannot be read here.
type labOpen struct {
	Reason
	pinned bool
	rules  tree // under which it is included
}

// readGitLab reads a configuration; nil where there is no such file.
func readGitLab(fsys fs.FS, name string) (*labConfig, error) {
	c := &labConfig{s: &scanner{fsys: fsys}, files: map[*yaml.Node]string{}, name: name, children: new(int)}
	root, err := c.load(name)
	if err != nil || root.n == nil && len(c.problems) == 0 {
		return nil, err
	}
	c.root = root
	return c, nil
}

// child reads the configuration of a pipeline that a job starts; nil where there is
// none, or where there were too many.
func (c *labConfig) child(name string) (*labConfig, error) {
	if *c.children++; *c.children > maxIncludes {
		return nil, nil
	}
	out, err := readGitLab(c.s.fsys, name)
	if err != nil || out == nil || out.root.n == nil {
		return nil, err
	}
	out.children = c.children
	return out, nil
}

// load reads a file and what it includes, below which its own keys stand. What
// GitLab would complain of is noted.
func (c *labConfig) load(name string) (tree, error) {
	src, err := fs.ReadFile(c.s.fsys, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return tree{}, nil
	}
	if err != nil {
		return tree{}, err
	}
	c.seen = append(c.seen, name)
	root, line, wrong := parseYAML(src)
	if wrong != "" {
		c.problems = append(c.problems, FileProblem{name, line, wrong})
		return tree{}, nil
	}
	if name != c.name {
		c.mark(root.n, name, 0)
	}
	if root.get("spec").ok() && !root.get("stages", "include", "workflow").ok() {
		c.open = append(c.open, labOpen{Reason: Reason{"the file takes inputs (spec), and what follows them is not read", name, root.get("spec").line()}, pinned: true})
	}
	below, err := c.included(root, name)
	if err != nil {
		return tree{}, err
	}
	return c.merge(below, root, 0), nil
}

// mark notes which file nodes are of.
func (c *labConfig) mark(n *yaml.Node, name string, depth int) {
	if n == nil || depth > maxDeep {
		return
	}
	c.files[n] = name
	for _, child := range n.Content {
		c.mark(child, name, depth+1)
	}
}

// fileOf is the file that a node is in.
func (c *labConfig) fileOf(t tree) string {
	if f := c.files[t.n]; f != "" {
		return f
	}
	return c.name
}

// included merges the files that a file includes, in their order.
func (c *labConfig) included(root tree, name string) (tree, error) {
	var out tree
	for _, item := range root.get("include").list() {
		local := c.local(item, name)
		for _, file := range c.glob(local) {
			if slices.Contains(c.seen, file) || len(c.seen) > maxIncludes {
				continue
			}
			t, err := c.load(file)
			if err != nil {
				return tree{}, err
			}
			if t.n == nil {
				c.problems = append(c.problems, FileProblem{name, item.line(), "the file " + file + " is included and cannot be read"})
			}
			out = c.merge(out, t, 0)
		}
	}
	return out, nil
}

// commitID is what pins an include to what was reviewed.
var commitID = regexp.MustCompile(`^[0-9a-f]{40,64}$`)

// local gives the path of a local include, or notes what is elsewhere. GitLab's own
// templates publish nothing to a Python index.
func (c *labConfig) local(item tree, name string) string {
	open := func(text string, pinned bool) string {
		c.open = append(c.open, labOpen{Reason{"includes " + text + ", which is not in this tree", name, item.line()}, pinned, item.get("rules")})
		return ""
	}
	text := item.text()
	switch {
	case strings.Contains(text, "://"):
		return open(text, false)
	case text != "":
		return text
	case item.get("remote").ok():
		return open(item.get("remote").text(), item.get("integrity").ok())
	case item.get("component").ok():
		component := item.get("component").text()
		_, version, _ := strings.Cut(component, "@")
		return open(component, commitID.MatchString(version))
	case item.get("project").ok():
		return open(strings.Join(item.get("file").texts(), ", ")+" of "+item.get("project").text(), commitID.MatchString(item.get("ref").text()))
	case item.get("local").ok() && item.get("rules").ok():
		return open(item.get("local").text()+" under rules", true)
	}
	return item.get("local").text()
}

// glob lists the files of the tree that the path of an include means.
func (c *labConfig) glob(pattern string) []string {
	pattern = strings.TrimPrefix(path.Clean("/"+pattern), "/")
	switch {
	case pattern == "":
		return nil
	case strings.Contains(pattern, "$"):
		c.open = append(c.open, labOpen{Reason: Reason{"includes " + pattern + ", a name that variables decide", c.name, 0}, pinned: true})
		return nil
	case !strings.Contains(pattern, "*"):
		return []string{pattern}
	}
	return c.matching([]string{pattern})
}

// maxTree bounds how many files are looked at for patterns.
const maxTree = 20_000

// matching lists the files of the tree that one of the patterns selects.
func (c *labConfig) matching(patterns []string) []string {
	var res []*regexp.Regexp
	for _, p := range patterns {
		if re, err := regexp.Compile(globRegexp(strings.TrimPrefix(p, "/"))); err == nil {
			res = append(res, re)
		}
	}
	var out []string
	count := 0
	_ = fs.WalkDir(c.s.fsys, ".", func(name string, d fs.DirEntry, err error) error { // what cannot be read matches nothing
		if count++; err != nil || count > maxTree {
			return fs.SkipAll
		}
		if !d.IsDir() && slices.ContainsFunc(res, func(re *regexp.Regexp) bool { return re.MatchString(name) }) {
			out = append(out, name)
		}
		return nil
	})
	return out
}
