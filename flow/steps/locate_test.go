package steps_test

import (
	"errors"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

// TestLocate: the release to look at is the branch's, else the newest unfinished
// claim's, else the tree's.
func TestLocate(t *testing.T) {
	for name, c := range map[string]struct {
		like  options
		world []happens
		want  who
	}{
		"nothing":                             {options{}, nil, ours},
		"our branch":                          {options{}, []happens{branch(ours)}, ours},
		"another's branch":                    {options{}, []happens{branch(theirs)}, theirs},
		"the branch before a newer claim":     {options{}, []happens{branch(theirs), claim(1, ours, hour)}, theirs},
		"an unfinished claim":                 {options{}, []happens{claim(1, theirs, hour)}, theirs},
		"the newest attempt":                  {options{}, []happens{claim(1, ours, 9*hour), claim(2, theirs, hour)}, theirs},
		"the tenth attempt":                   {options{}, []happens{claim(9, ours, 9*hour), claim(10, theirs, hour)}, theirs},
		"the newest version":                  {options{}, []happens{claim(1, ours, hour), claimOf("1.10.0", 1, theirs, 9*hour)}, theirs},
		"a finished claim":                    {options{}, []happens{claim(1, theirs, 9*hour), published(hour, sdist)}, ours},
		"a claim that the index went past":    {options{}, []happens{claim(1, theirs, 9*hour), existing("1.5.0")}, ours},
		"a claim that the tree went past":     {options{}, []happens{claimOf("1.3.0", 1, theirs, 9*hour)}, ours},
		"a claim that is none":                {options{}, []happens{ref(claimRef+"@x", theirs), ref("refs/releases/acme-core/nonsense", theirs)}, ours},
		"another project's claim":             {options{}, []happens{ref("refs/releases/acme/1.4.0", theirs)}, ours},
		"a claim, and the index says nothing": {options{}, []happens{claim(1, theirs, hour), down("index", "500")}, ours},
		"the remote says nothing":             {options{}, []happens{branch(theirs), down("git", "500")}, ours},
		"the tag":                             {options{byTag: true}, []happens{tag(theirs)}, theirs},
		"no claims with tags":                 {options{byTag: true}, []happens{claim(1, theirs, hour)}, ours},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.like)
			for _, h := range c.world {
				h(b)
			}
			got, err := b.world.Locate(flow.WithReading(t.Context()), b.intent, b.ours)
			if err != nil || got != b.commit(c.want) {
				t.Errorf("got %s, want %s (%v)", got, b.commit(c.want), err)
			}
		})
	}
}

// TestLocateReadsWhatThisCloneLacks: another maintainer's commit is fetched, and
// the clone stays as it is.
func TestLocateReadsWhatThisCloneLacks(t *testing.T) {
	b := newBench(t, options{})
	new := b.git.Commit(slug, "topic", "Newer", map[string]string{"pyproject.toml": strings.ReplaceAll(sample["pyproject.toml"], "1.4.0", "1.5.0")}, day.Add(99*hour))
	b.git.SetRef(slug, branchRef, new)
	before := b.state()
	got, err := b.world.Locate(flow.WithReading(t.Context()), b.intent, b.ours)
	must(t, err)
	target, err := b.world.Aim(t.Context(), b.intent, got)
	if err != nil || got != new || target.Version != "1.5.0" || target.Commit != new {
		t.Errorf("located %s, aimed at %+v: %v", got, target, err)
	}
	if b.state() != before {
		t.Error("it changed the world")
	}
}

// scm is a project whose version comes from a tag.
var scm = map[string]string{"pyproject.toml": "[build-system]\nrequires = [\"setuptools\", \"setuptools-scm>=8\"]\nbuild-backend = \"setuptools.build_meta\"\n[project]\nname = \"acme-core\"\ndynamic = [\"version\"]\n[tool.setuptools_scm]\n"}

func pyproject(text string) map[string]string { return map[string]string{"pyproject.toml": text} }

func TestAim(t *testing.T) {
	both := map[string]string{".travis.yml": "language: python\ndeploy:\n  - provider: pypi\n    on:\n      branch: pypi-release\n  - provider: pypi\n    on:\n      tags: true\n"}
	for name, c := range map[string]struct {
		files map[string]string
		asks  func(*steps.Intent)
		code  string // of the problem; "" is none
		class flow.Class
		check func(steps.Target) bool
		next  string // what must be offered
	}{
		"as it stands": {check: func(a steps.Target) bool {
			return a.Ref == branchRef && a.Claim && !a.Explicit && a.Version == version && len(a.Deploys) == 1 && a.CIFiles && a.Subject == "Release 1.4.0"
		}},
		"the version, asked for":                      {asks: func(i *steps.Intent) { i.Version = "1.4.0" }, check: func(a steps.Target) bool { return a.Explicit }},
		"the version, spelled otherwise":              {asks: func(i *steps.Intent) { i.Version = "v1.4" }, check: func(a steps.Target) bool { return a.Explicit && a.Version == version }},
		"another version":                             {asks: func(i *steps.Intent) { i.Version = "1.5.0" }, code: flow.CodeVersionOther, class: flow.ClassConflict, next: "ferry release 1.4.0"},
		"no version":                                  {asks: func(i *steps.Intent) { i.Version = "one" }, code: flow.CodeVersionBad, class: flow.ClassFailed},
		"a bad version in the tree":                   {files: pyproject("[project]\nname = \"acme-core\"\nversion = \"one\"\n"), code: flow.CodeVersionBad, class: flow.ClassFailed},
		"a version only a build knows":                {files: map[string]string{"pyproject.toml": "", "setup.py": "from setuptools import setup\nsetup(name='acme-core', version=compute())\n"}, code: flow.CodeNoVersion, class: flow.ClassFailed},
		"a contradiction":                             {files: map[string]string{"setup.py": "from setuptools import setup\nsetup(name='acme-core', version='9.9')\n", "pyproject.toml": "", "setup.cfg": "[metadata]\nname = acme-core\nversion = 1.4.0\n"}, code: flow.CodeContradiction, class: flow.ClassFailed},
		"no project":                                  {files: map[string]string{"pyproject.toml": "[tool.x]\ny = 1\n"}, code: flow.CodeNoProject, class: flow.ClassFailed},
		"from a tag, not named":                       {files: scm, code: flow.CodeNoVersion, class: flow.ClassFailed, next: "git tag --list"},
		"from a tag, by branch":                       {files: scm, asks: func(i *steps.Intent) { i.Version, i.Trigger = "1.4.0", "branch" }, code: flow.CodeNoVersion, class: flow.ClassFailed, next: "ferry release 1.4.0 --by tag"},
		"from a tag, and auto finds the branch alone": {files: scm, asks: func(i *steps.Intent) { i.Version = "1.4.0" }, code: flow.CodeNoVersion, class: flow.ClassFailed},
		"from a tag, and auto finds both":             {files: map[string]string{"pyproject.toml": scm["pyproject.toml"], ".travis.yml": both[".travis.yml"]}, asks: func(i *steps.Intent) { i.Version = "1.4.0" }, check: func(a steps.Target) bool { return a.Ref == tagRef && !a.Claim }},
		"from a tag, by tag":                          {files: scm, asks: func(i *steps.Intent) { i.Version, i.Trigger = "1.4", "tag" }, check: func(a steps.Target) bool { return a.Version == "1.4" && a.Ref == tagRef && !a.Claim }},
		"branch and tag publish":                      {files: both, code: flow.CodeManyDeploys, class: flow.ClassFailed, next: "ferry release --by tag"},
		"branch and tag, and a word":                  {files: both, asks: func(i *steps.Intent) { i.Trigger = "tag" }, check: func(a steps.Target) bool { return a.Ref == tagRef && !a.Claim }},
		"nothing publishes":                           {files: map[string]string{".travis.yml": "language: python\n"}, code: flow.CodeNoDeploy, class: flow.ClassFailed},
		"nothing publishes, and a word":               {files: map[string]string{".travis.yml": "language: python\n"}, asks: func(i *steps.Intent) { i.Trigger = "branch" }, check: func(a steps.Target) bool { return a.Ref == branchRef && len(a.Deploys) == 0 && a.CIFiles }},
		"an unreadable CI file":                       {files: map[string]string{".travis.yml": "deploy: [\n"}, code: flow.CodeNoDeploy, class: flow.ClassFailed},
		"a trigger of another program":                {asks: func(i *steps.Intent) { i.Trigger = "pigeon" }, code: flow.CodeUsage, class: flow.ClassUsage},
		"a ref that cannot be": {asks: func(i *steps.Intent) {
			i.BranchRef = func(string, string) (string, error) { return "", errors.New("a wildcard") }
		}, code: flow.CodeConfig, class: flow.ClassFailed},
		"no claim, by configuration": {asks: func(i *steps.Intent) { i.Claim = false }, check: func(a steps.Target) bool { return !a.Claim }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{byTag: name == "no project"}) // without a setup.py
			commit := b.ours
			if c.files != nil {
				commit = b.git.Commit(slug, "odd", "Release 1.4.0", c.files, day.Add(5*hour))
			}
			if c.asks != nil {
				c.asks(&b.intent)
			}
			target, err := b.world.Aim(t.Context(), b.intent, commit)
			var p *flow.Problem
			switch {
			case err == nil && c.code == "":
				if !c.check(target) {
					t.Errorf("aimed at %+v", target)
				}
			case !errors.As(err, &p):
				t.Errorf("no problem but %v, aimed at %+v", err, target)
			case p.Code != c.code || p.Class != c.class || len(p.Now) == 0 && p.Class != flow.ClassUsage || !strings.Contains(strings.Join(p.Next, "\n"), c.next):
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestAimWithoutCI(t *testing.T) {
	b := newBench(t, options{noCI: true})
	if b.target.Ref != branchRef || len(b.target.Deploys) != 0 || b.target.CIFiles {
		t.Errorf("by the person's word: %+v", b.target)
	}
	b.intent.Trigger = "auto"
	_, err := b.world.Aim(t.Context(), b.intent, b.ours)
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeNoDeploy || !strings.Contains(strings.Join(p.Next, "\n"), "ferry release --by branch") {
		t.Errorf("auto: %+v", err)
	}
	b.shut("git", "500")
	if _, err := b.world.Aim(t.Context(), b.intent, strings.Repeat("1", 40)); !errors.As(err, &p) || p.Code != flow.CodeRemoteUnreachable {
		t.Errorf("a commit out of reach: %+v", err)
	}
}
