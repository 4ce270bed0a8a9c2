package rules_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// jobsCase is a .travis.yml with the jobs that deploy for a push. A ref is
// written branch:NAME or tag:NAME; jobs are told by name, in their order, those
// that are undecided with a question mark before them.
type jobsCase struct {
	name, src string
	ref       string
	want      []string
}

func travisEvent(ref string) rules.Event {
	kind, name, _ := strings.Cut(ref, ":")
	prefix := map[string]string{"branch": "refs/heads/", "tag": "refs/tags/"}[kind]
	return rules.Event{What: "push", Ref: prefix + name, Slug: "o/r", DefaultBranch: "master", Message: "a change"}
}

func predict(t *testing.T, src string, e rules.Event) rules.Prediction {
	t.Helper()
	p, err := rules.Predict(fstest.MapFS{".travis.yml": {Data: []byte(src)}}, e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deploying lists the jobs of a prediction that publish, or may.
func deploying(p rules.Prediction) []string {
	var out []string
	for _, j := range p.Jobs {
		switch j.Deploys() {
		case rules.Yes:
			out = append(out, j.Name)
		case rules.Undecided:
			out = append(out, "?"+j.Name)
		}
	}
	return out
}

func runJobs(t *testing.T, cases []jobsCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := predict(t, c.src, travisEvent(c.ref))
			if len(p.Problems) > 0 {
				t.Fatalf("problems: %+v", p.Problems)
			}
			got, want := strings.Join(deploying(p), " | "), strings.Join(c.want, " | ")
			if got != want {
				t.Errorf("%s deploys %q, want %q\n%+v", c.ref, got, want, p.Jobs)
			}
			reasoned(t, p)
		})
	}
}

// reasoned checks that everything has a reason, and that the reasons lie in the file.
func reasoned(t *testing.T, p rules.Prediction) {
	t.Helper()
	for _, j := range p.Jobs {
		if len(j.Why) == 0 || j.Name == "" || j.Line == 0 {
			t.Errorf("a job without name, line or reason: %+v", j)
		}
		for _, u := range j.Uploads {
			if len(u.Why) == 0 {
				t.Errorf("%s: an upload without reason: %+v", j.Name, u)
			}
			for _, r := range u.Why {
				if r.Text == "" || r.File != ".travis.yml" || r.Line == 0 {
					t.Errorf("%s: a reason from nowhere: %+v", j.Name, r)
				}
			}
		}
	}
}

const (
	onTag    = "{provider: pypi, on: {tags: true}}\n"
	onMaster = "{provider: pypi}\n"
	twoEnvs  = "language: python\npython: '3.12'\nenv: [TOX_ENV=lint, TOX_ENV=py312]\n"
	py312    = "python 3.12, TOX_ENV=py312"
	lint     = "python 3.12, TOX_ENV=lint"
)

// entry is a deploy section with these conditions.
func entry(on string) string { return "deploy: {provider: pypi, on: {" + on + "}}\n" }

func TestTravisJobs(t *testing.T) {
	t.Parallel()
	for name, cases := range map[string][]jobsCase{"ref": travisByRef(), "matrix": travisByMatrix(), "listed": travisListed()} {
		t.Run(name, func(t *testing.T) { runJobs(t, cases) })
	}
}

// TestTravisAgrees holds the prediction against Scan, which lists the refs that
// publish: what is predicted is listed, and what is listed without reserve is
// predicted.
func TestTravisAgrees(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(travisByRef(), travisByMatrix(), travisListed()) {
		files, p := scan(t, ".travis.yml", c.src), predict(t, c.src, travisEvent(c.ref))
		if listed := publishes(files, c.ref); !listed && len(deploying(p)) > 0 && !slices.Contains(beyondScan, c.name) {
			t.Errorf("%s: %s is predicted to publish and not listed: %+v", c.name, c.ref, files.Deploys)
		}
		if certainly(files, c.ref) && len(deploying(p)) == 0 && !slices.Contains(beyondScan, c.name) {
			t.Errorf("%s: %s is listed and not predicted to publish: %+v", c.name, c.ref, files.Deploys)
		}
	}
}

// certainly says whether a scan finds a deploy of the ref that has no reserve.
func certainly(f rules.Files, ref string) bool {
	f.Deploys = slices.DeleteFunc(f.Deploys, func(d rules.Deploy) bool { return d.Matrix+d.Undecided+d.Repo != "" })
	return publishes(f, ref)
}

// beyondScan are the cases that only a simulation can tell.
var beyondScan = []string{
	"a tag that is called master",         // Scan keeps branches and tags apart
	"an expression is no pattern of bash", // it reads every pattern as Travis' lists do
	"a branch out of a variable",          // it has no job to ask for a variable
	"the stage of the job before",         // it does not know which jobs inherit a deploy
}

// travisByRef are files whose deploys depend on the ref alone.
func travisByRef() []jobsCase {
	only := "language: python\npython: '3.12'\n"
	job := []string{"python 3.12"}
	return []jobsCase{
		{"without on, master", only + "deploy: " + onMaster, "branch:master", job},
		{"without on, not main", only + "deploy: " + onMaster, "branch:main", nil},
		{"without on, no tag", only + "deploy: " + onMaster, "tag:v1", nil},
		{"a tag that is called master", only + "deploy: " + onMaster, "tag:master", job},
		{"deploy by name alone", only + "deploy: pypi\n", "branch:master", job},
		{"a branch", only + entry("branch: pypi-release"), "branch:pypi-release", job},
		{"another branch", only + entry("branch: pypi-release"), "branch:pypi-test", nil},
		{"on as a text is the branch", only + "deploy: {provider: pypi, on: rel}\n", "branch:rel", job},
		{"if is another name for on", only + "deploy: {provider: pypi, if: {branch: rel}}\n", "branch:rel", job},
		{"a list of branches", only + entry("branch: [a, b]"), "branch:b", job},
		{"a mapping of branches", only + entry("branch: {a: {x: 1}, b: {x: 2}}"), "branch:b", job},
		{"a pattern, as bash has them", only + entry("branch: 'release-*'"), "branch:release-1/x", job},
		{"an expression is no pattern of bash", only + entry("branch: /^release/"), "branch:release-1", nil},
		{"a branch out of a variable", "env: {global: [REL=rel]}\n" + only + entry("branch: $REL"), "branch:rel", job},
		{"options by branch", only + "deploy: {provider: pypi, distributions: {rel: sdist}}\n", "branch:rel", job},
		{"tags", only + entry("tags: true"), "tag:v1", job},
		{"tags, on a branch", only + entry("tags: true"), "branch:master", nil},
		{"tags as YAML 1.1 writes it", only + entry("tags: yes"), "tag:v1", job},
		{"tags as a quoted text", only + entry("tags: 'true'"), "tag:v1", job},
		{"with tags the branch is not asked for", only + entry("tags: true, branch: master"), "tag:v1", job},
		{"tags false", only + entry("tags: false, branch: '*'"), "tag:v1", nil},
		{"tags false, on the branch", only + entry("tags: false, branch: main"), "branch:main", job},
		{"a pattern for tags asks for nothing", only + entry("tags: v*"), "branch:anything", job},
		{"tag instead of tags", only + entry("tag: true, branch: master"), "branch:master", []string{"?python 3.12"}},
		{"all branches", only + entry("all_branches: true"), "branch:x", job},
		{"all branches are tags, too", only + entry("all_branches: true"), "tag:v1", job},
		{"the repository", only + entry("repo: o/r"), "branch:master", job},
		{"a fork", only + entry("repo: them/r"), "branch:master", nil},
		{"the repository in another spelling", only + entry("repo: O/R"), "branch:master", []string{"?python 3.12"}},
		{"another provider", only + "deploy: {provider: releases, on: {tags: true}}\n", "tag:v1", nil},
		{"a safelist keeps tags out", only + "branches: {only: [main]}\n" + entry("tags: true"), "tag:v1", nil},
		{"a safelist with an expression", only + "branches: {only: [/^v\\d/]}\n" + entry("tags: true"), "tag:v1", job},
		{"a safelist has no patterns", only + "branches: {only: ['rel-*']}\n" + entry("all_branches: true"), "branch:rel-1", nil},
		{"a safelist as a text", only + "branches: main, rel\n" + entry("branch: rel"), "branch:rel", job},
		{"a blocklist", only + "branches: {except: [/^wip/]}\n" + entry("all_branches: true"), "branch:wip-1", nil},
		{"both lists: what is excluded stays out", only + "branches: {only: [a], except: [a]}\n" + entry("branch: a"), "branch:a", nil},
		{"pages are not built", only + entry("all_branches: true"), "branch:gh-pages", nil},
		{"pages that are asked for", only + "branches: {only: [gh-pages]}\n" + entry("all_branches: true"), "branch:gh-pages", job},
		{"a condition of the file", only + "if: branch = rel\n" + entry("all_branches: true"), "branch:rel", job},
		{"a condition of the file that fails", only + "if: branch = rel\n" + entry("all_branches: true"), "branch:x", nil},
		{"a tag of any name is no branch", only + "if: tag =~ .*\n" + entry("all_branches: true"), "branch:x", nil},
		{"a branch with a plus", only + entry("branch: rel+1"), "branch:rel+1", job},
		{"a set of letters", only + entry("branch: 'rel-[!a]*'"), "branch:rel-a", nil},
		{"a condition on the sender", only + "if: sender = me\n" + entry("all_branches: true"), "branch:x", []string{"?python 3.12"}},
		{"a condition on the message", only + "if: commit_message !~ /no-release/\n" + entry("all_branches: true"), "branch:x", job},
		{"a condition on the repository", only + "if: repo = them/r\n" + entry("all_branches: true"), "branch:x", nil},
		{"a condition on a variable of the file", only + "env: {global: [GO=1]}\nif: env(GO) = 1\n" + entry("all_branches: true"), "branch:x", job},
		{"a condition on a variable of the settings", only + "if: env(GO) = 1\n" + entry("all_branches: true"), "branch:x", []string{"?python 3.12"}},
		{"two lists of deploys", only + "deploy:\n- {provider: pypi, on: {branch: a}}\n- {provider: pypi, on: {branch: b}}\n", "branch:b", job},
		{"a merged anchor", only + "x: &d {provider: pypi, on: {branch: rel}}\ndeploy:\n  <<: *d\n  distributions: sdist\n", "branch:rel", job},
		{"on that a converter has turned into true", only + "deploy:\n  provider: pypi\n  true:\n    tags: true\n", "tag:v1", job},
		{"on as a list", only + "deploy: {provider: pypi, on: [tags]}\n", "tag:v1", []string{"?python 3.12"}},
	}
}

// quoted writes a text inside single quotes of YAML.
func quoted(text string) string { return strings.ReplaceAll(text, "'", "''") }
