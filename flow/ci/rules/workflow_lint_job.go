package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var fullCommit = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// pins judges the versions of the actions in a publishing job: what stands there
// runs with the credentials of the release.
func (l *workflowLint) pins(s site) {
	var seen []string
	for _, step := range s.job.value.get("steps").list() {
		at := step.get("uses")
		uses := at.text()
		if uses == "" || strings.HasPrefix(uses, "./") || slices.Contains(seen, uses) {
			continue
		}
		seen = append(seen, uses)
		l.pin(s, at, uses)
	}
}

func (l *workflowLint) pin(s site, at tree, uses string) {
	name, version, _ := strings.Cut(uses, "@")
	owner, _, _ := strings.Cut(name, "/")
	image := strings.HasPrefix(uses, "docker://")
	switch lower := strings.ToLower(name); {
	case fullCommit.MatchString(version), image && strings.HasPrefix(version, "sha256:"), owner == "actions" || owner == "github":
	case lower == publishAction && (version == "master" || version == "main"):
		// github.com/pypa/gh-action-pypi-publish, README: master has been sunset.
		l.say("publish-action-sunset", Warning, s.w.file, at.line(),
			fmt.Sprintf("%s in job %s is a branch that gets no updates any more, not even for security", uses, s.job.key),
			"Write @release/v1.", l.lines(s.w.file).replace(at.node(), name+"@release/v1"))
	case lower == publishAction && version == "release/v1":
		l.say("unpinned-action", Advice, s.w.file, at.line(),
			fmt.Sprintf("%s in job %s is the documented form; what it runs changes with the branch", uses, s.job.key), "Name a full commit, and let a bot move it.", nil)
	default:
		l.say("unpinned-action", Warning, s.w.file, at.line(),
			fmt.Sprintf("%s in job %s is not a full commit: whoever can move that name runs code with the credentials of the release", uses, s.job.key),
			"Name a full commit, and let a bot move it.", nil)
	}
}

// environment finds publishing jobs that nobody can hold back.
func (l *workflowLint) environment(s site) {
	if at := s.job.value.get("environment"); s.w.gitea || at.ok() || !s.toPublic() {
		return
	}
	l.say("no-environment", Advice, s.w.file, s.job.line,
		"job "+s.job.key+" has no environment: neither a reviewer nor a rule about refs can stand before it, and any workflow file of that name counts for the index",
		"Write environment: pypi, and name it to the index as well.", nil)
}

// builds are the commands and actions that make distributions.
var builds = regexp.MustCompile(`\b(?:python[\d.]*|py)\s+-m\s+build\b|\bpipx\s+run\s+build\b|\bpyproject-build\b|\b(?:uv|poetry|hatch|flit|pdm|maturin)\s+build\b|\bsetup\.py\b.*\b[sb]dist|\bcibuildwheel\b`)

// building finds jobs that build what they publish.
func (l *workflowLint) building(s site) {
	for _, step := range s.job.value.get("steps").list() {
		if !builds.MatchString(step.get("run").text()) && !strings.HasPrefix(strings.ToLower(step.get("uses").text()), "pypa/cibuildwheel@") {
			continue
		}
		l.say("builds-and-publishes", Advice, s.w.file, step.line(),
			"job "+s.job.key+" builds and publishes: all that the build installs runs where the credentials of the release are",
			"Build in a job of its own, and hand the files over as an artifact.", nil)
		return
	}
}

// needs finds publishing jobs that are skipped in silence with others.
func (l *workflowLint) needs(s site) {
	own := readIf(s.job.value.get("if").text())
	if own.checksStatus() || len(s.w.refused) > 0 {
		return
	}
	var ignored Prediction
	sim := *l.sim
	sim.out = &ignored
	r := sim.begin(s.w)
	if r.judge(s.job.key).is == no && r.explainsItself(s.job.key) {
		return // it is not meant for this event
	}
	for _, p := range l.asked() {
		if best, _ := s.at(p); best == Yes {
			return // it publishes for what it is meant for
		}
	}
	jobs := s.w.root.get("jobs")
	for _, n := range s.w.ancestors(s.job.key) {
		c := readIf(jobs.get(n).get("if").text())
		if c.src == "" || c.src == own.src || r.judge(n).is == yes {
			continue
		}
		l.say("needs-may-skip", Warning, s.w.file, s.job.value.get("needs").line(),
			fmt.Sprintf("job %s needs %s, which is skipped unless: %s. It is skipped with it then, and the run is green", s.job.key, n, oneLine(c.src)),
			"Give both the same condition, or let the job run if: ${{ !cancelled() && !failure() }}.", nil)
		return
	}
}

// explainsItself says whether it is a job's own condition that keeps it.
func (r *run) explainsItself(key string) bool {
	c := readIf(r.wf.root.get("jobs").get(key).get("if").text())
	is, _ := scope{r.jobContext(key, false), yes}.holds(c)
	return is == no
}

// matrix finds jobs of which several would upload to the same index.
func (l *workflowLint) matrix(s site) {
	at := s.job.value.get("strategy").get("matrix")
	if wheels := strings.Contains(s.pub.command, ".whl") && !strings.Contains(s.pub.command, ".tar"); !at.ok() || wheels {
		return // wheels are built for one platform each
	}
	most := 0
	for _, p := range l.asked() {
		_, cells := s.at(p)
		perIndex := map[string]int{}
		for _, c := range cells {
			_, index, _ := strings.Cut(c, " to ")
			perIndex[index]++
			most = max(most, perIndex[index])
		}
	}
	if most > 1 {
		l.say("matrix-publishes", Warning, s.w.file, at.line(),
			fmt.Sprintf("%s runs for %d combinations of its matrix: unless each uploads files of its own, all but the first are refused", s.name, most),
			"Collect the files as artifacts, and publish them in one job that needs the others.", nil)
	}
}

// asked are predictions of the events by which projects publish.
func (l *workflowLint) asked() []Prediction {
	out := []Prediction{l.predicted("push", l.main()), l.predicted("workflow_dispatch", l.main())}
	for _, ref := range l.tags() {
		out = append(out, l.predicted("push", ref), l.predicted("release", ref))
	}
	if l.event.What != "" {
		out = append(out, l.predicted(l.event.What, l.event.Ref))
	}
	return out
}

// grant makes the edit that lets a job mint tokens; nil where that could take a
// permission away that something in the job needs.
func (l *workflowLint) grant(s site) []Edit {
	lines := l.lines(s.w.file)
	if own := s.job.value.get("permissions"); own.ok() {
		pairs := own.pairs()
		if len(pairs) == 0 || own.get("id-token").ok() || own.n.Kind == yaml.AliasNode {
			return nil
		}
		b, ok := lines.block(own, pairs[len(pairs)-1].key)
		if !ok {
			return nil
		}
		return []Edit{{First: b.last + 1, Last: b.last, Lines: []string{b.indent + "id-token: write"}}}
	}
	first := s.job.value.pairs()
	if s.w.root.get("permissions").ok() || s.job.value.n.Kind == yaml.AliasNode || len(first) == 0 || !harmless(s.job.value) {
		return nil
	}
	b, ok := lines.block(s.job.value, first[0].key)
	if !ok {
		return nil
	}
	add := []string{b.indent + "permissions:", b.indent + "  id-token: write"}
	if anyScalar(s.job.value, func(text string) bool { return strings.HasPrefix(text, "actions/checkout@") }) {
		add = append(add, b.indent+"  contents: read")
	}
	return []Edit{{First: b.first, Last: b.first - 1, Lines: add}}
}

// plainActions need no permission but to read the repository.
var plainActions = regexp.MustCompile(`(?i)^(?:actions/(?:checkout|setup-python|download-artifact|upload-artifact|cache)|astral-sh/setup-uv|pypa/gh-action-pypi-publish)@`)

// usesToken finds words that mean the token of the job.
var usesToken = regexp.MustCompile(`(?i)GITHUB_TOKEN|GH_TOKEN|github\.token|\bgh\s|git\s+push`)

// harmless says whether nothing in a job uses its token for anything else.
func harmless(job tree) bool {
	if anyScalar(job, usesToken.MatchString) {
		return false
	}
	return !slices.ContainsFunc(job.get("steps").list(), func(s tree) bool {
		uses := s.get("uses").text()
		return uses != "" && !plainActions.MatchString(uses)
	})
}

// anyScalar asks about every text below a node.
func anyScalar(t tree, about func(string) bool) bool {
	n := t.node()
	if n == nil {
		return false
	}
	return n.Kind == yaml.ScalarNode && about(n.Value) || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return anyScalar(tree{c}, about) })
}
