package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// travis reads .travis.yml.
func (s *scanner) travis() error {
	src, err := s.readFile(travisFile)
	if src == nil || err != nil {
		return err
	}
	s.found("travis")
	root, line, wrong := parseYAML(src)
	if wrong != "" {
		s.problem(travisFile, line, wrong)
		return nil
	}
	f := &travisYAML{s: s, root: root, src: string(src), stages: map[string]cond{}}
	f.read()
	return nil
}

// travisYAML is a .travis.yml being read.
type travisYAML struct {
	s      *scanner
	root   tree
	src    string
	every  cond // what must hold for any job
	stages map[string]cond
}

func (f *travisYAML) read() {
	f.every = allOf{parseTravisIf(f.root.get("if").text()), readSafelist(f.root.get("branches"))}
	on := Deploy{Provider: "travis", File: travisFile, AnyBranch: true, AnyTag: true, also: f.every}
	on.settle()
	f.s.out.Workflows = append(f.s.out.Workflows, Workflow{Provider: "travis", File: travisFile, Name: "Travis CI", on: on})
	for _, st := range f.root.get("stages").list() {
		if c := parseTravisIf(st.get("if").text()); c != nil {
			f.stages[stageName(st)] = c
		}
	}
	f.job(f.root, "", f.every)
	f.include()
}

func stageName(st tree) string {
	return strings.ToLower(cmp.Or(st.text(), st.get("name").text()))
}

// include reads the jobs that are listed one by one. A job without a stage
// belongs to the stage of the job before it.
func (f *travisYAML) include() {
	stage := ""
	jobs := f.root.get("jobs", "matrix")
	if jobs.isMap() {
		jobs = jobs.get("include")
	}
	for _, j := range jobs.list() {
		stage = cmp.Or(stageName(j.get("stage")), stage)
		c := allOf{f.every, f.stages[stage], parseTravisIf(j.get("if").text())}
		name := cmp.Or(j.get("name").text(), cmp.Or(j.get("stage").text(), stage))
		f.job(j, cmp.Or(name, "job in line "+strconv.Itoa(j.line())), c)
	}
}

// job reads what one job, or the whole file, deploys.
func (f *travisYAML) job(j tree, name string, c cond) {
	for _, item := range j.get("deploy").list() {
		if d, ok := f.deploy(item); ok {
			d.Job, d.also = name, allOf{c, d.also}
			f.emit(d)
		}
	}
	for _, phase := range []string{"script", "after_success", "after_script", "after_deploy"} {
		cmd, ok := f.s.uploadOrSuspect(byWord, j.get(phase))
		if !ok {
			continue
		}
		d := f.blank(j.get(phase).line())
		d.Job, d.AnyBranch, d.AnyTag = name, true, true
		d.also = allOf{c, inWords{phase + " runs: " + cmd.line}}
		cmd.into(&d)
		f.emit(d)
	}
}

func (f *travisYAML) emit(d Deploy) {
	if d.settle() {
		f.s.out.Deploys = append(f.s.out.Deploys, d)
	}
}

func (f *travisYAML) blank(line int) Deploy {
	return Deploy{Provider: "travis", File: travisFile, Line: line}
}

// deploy reads one entry of a deploy section; false if it does not publish.
func (f *travisYAML) deploy(item tree) (Deploy, bool) {
	d := f.blank(item.line())
	switch strings.ToLower(cmp.Or(item.text(), item.get("provider").text())) {
	case "pypi":
		d.Index = item.get("server").text()
		d.Distributions = distributions(item.get("distributions"))
	case "script":
		cmd, ok := f.s.uploadOrSuspect(byRunning, item.get("script"), item.get("run"))
		if !ok {
			return d, false
		}
		cmd.into(&d)
	default:
		return d, false
	}
	f.on(&d, item)
	return d, true
}

// distributions reads what setup.py is told to build: sdist unless the file
// says something else, and nothing if it says what only setup.cfg explains.
func distributions(t tree) []string {
	if !t.ok() {
		return []string{"sdist"}
	}
	var out []string
	for _, w := range strings.Fields(strings.Join(t.texts(), " ")) {
		if (w == "sdist" || strings.HasPrefix(w, "bdist")) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// on reads the conditions of an entry, as travis-build turns them into a test.
func (f *travisYAML) on(d *Deploy, item tree) {
	on := onOf(item)
	all, _ := on.get("all_branches").truth()
	tags := on.get("tags")
	value, known := tags.truth()
	switch {
	case on.isList():
		d.AnyBranch, d.AnyTag = true, true
		d.undecided("on: " + on.words())
	case known && value:
		d.AnyTag = true // the branch is not asked for
	case tags.ok() && !known:
		d.AnyBranch, d.AnyTag = true, true
		d.undecided("tags: " + tags.words() + " is neither true nor false, so Travis asks for neither branch nor tag and every build deploys")
	case all:
		d.AnyBranch, d.AnyTag = true, !tags.ok()
	default:
		d.Branches, _ = branchesOf(item, on)
	}
	d.Repo = on.get("repo").text()
	f.runtime(d, on)
}

// runtimes are the keys of `on` that choose a job of the matrix.
var runtimes = []string{"python", "node", "node_js", "jdk", "rvm", "ruby", "php", "perl", "go", "os", "stage"}

func (f *travisYAML) runtime(d *Deploy, on tree) {
	for _, key := range runtimes {
		if v := on.get(key); v.ok() {
			d.matrix(key + " " + v.words())
		}
	}
	var also allOf
	for _, src := range on.get("condition").texts() {
		parts, ok := parseBash(src).(allOf)
		if !ok {
			parts = allOf{inWords{src}}
		}
		for _, c := range parts {
			if w, ok := c.(inWords); ok && f.choosesJob(w.text) {
				d.matrix(w.text)
				continue
			}
			also = append(also, c)
		}
	}
	d.also = also
}

func (d *Deploy) matrix(words string) {
	if d.Matrix != "" {
		words = d.Matrix + ", " + words
	}
	d.Matrix = words
}

// variable finds the variables of a bash test; jobVariable are those that
// Travis sets differently in the jobs of one build.
var (
	variable    = regexp.MustCompile(`\$\{?(\w+)`)
	jobVariable = regexp.MustCompile(`^TRAVIS_(?:\w+_VERSION|OS_NAME|CPU_ARCH|JOB_\w+|BUILD_STAGE_NAME|DIST)$`)
)

// choosesJob says whether a test is about the matrix: all of its variables
// differ between jobs, because Travis or an env entry of the file sets them.
func (f *travisYAML) choosesJob(test string) bool {
	found := variable.FindAllStringSubmatch(test, -1)
	for _, m := range found {
		if !jobVariable.MatchString(m[1]) && !regexp.MustCompile(`\b`+m[1]+`["']?\s*[=:]`).MatchString(strings.ReplaceAll(f.src, test, "")) {
			return false
		}
	}
	return len(found) > 0
}
