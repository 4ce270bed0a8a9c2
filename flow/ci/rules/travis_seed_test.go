package rules_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// Two release guides, of 2014 and 2016, are where many of these files come from:
// Cloudify's, with a branch for each index and TOX_ENV to choose the job, and
// danriti's, with master for TestPyPI, tags for PyPI and the Python version to
// choose. The files here have their shape.

func branchGuide() string {
	deploy := func(branch, server string) string {
		return "- provider: pypi\n  server: " + server + "\n  on:\n    branch: " + branch + "\n    condition: $TOX_ENV = py27\n  user: someone\n  password:\n    secure: " + sealed(128) + "\n"
	}
	return "sudo: false\nlanguage: python\npython:\n- \"2.7\"\nenv:\n- TOX_ENV=docs\n- TOX_ENV=flake8\n- TOX_ENV=py27\n- TOX_ENV=py26\nscript:\n- tox -e $TOX_ENV\ndeploy:\n" +
		deploy("pypi-release", "https://pypi.python.org/pypi") + deploy("pypi-test", "https://testpypi.python.org/pypi") +
		"after_deploy:\n- git clone https://github.com/cloudify-cosmo/travis-utils.git\n- python travis-utils/validate_pypi.py -v -b $TRAVIS_BRANCH || exit 1\n"
}

func versionGuide() string {
	deploy := func(more, tags string) string {
		return "  - provider: pypi\n    distributions: sdist\n" + more + "    user: \"Some.One\"\n    password:\n      secure: " + sealed(128) +
			"\n    on:\n      branch: master\n      tags: " + tags + "\n      condition: $TRAVIS_PYTHON_VERSION = \"2.7\"\n"
	}
	return "language: python\npython:\n  - \"2.7\"\n  - \"3.3\"\n  - \"3.4\"\n  - \"3.5\"\nscript: nosetests\ndeploy:\n    # test pypi\n" +
		deploy("    server: https://testpypi.python.org/pypi\n", "false") + "\n    # production pypi\n" + deploy("", "true")
}

// seedRefs are the pushes that the guides describe, with the one job that
// deploys and the index that it goes to.
var seedRefs = []struct{ corpus, ref, job, index string }{
	{"cloudify-cosmo__cloudify-dsl-parser", "branch:pypi-release", "python 2.7, TOX_ENV=py27", "https://pypi.python.org/pypi"},
	{"cloudify-cosmo__cloudify-dsl-parser", "branch:pypi-test", "python 2.7, TOX_ENV=py27", "https://testpypi.python.org/pypi"},
	{"cloudify-cosmo__cloudify-rest-client", "branch:pypi-release", "python 2.7, TOX_ENV=py27", "https://pypi.python.org/pypi"},
	{"cloudify-cosmo__cloudify-rest-client", "branch:pypi-test", "python 2.7, TOX_ENV=py27", "https://testpypi.python.org/pypi"},
	{"cloudify-cosmo__cloudify-cli", "branch:pypi-release", "python 2.7, os linux, TOX_ENV=py27", "https://pypi.python.org/pypi"},
	{"cloudify-cosmo__cloudify-cli", "branch:pypi-test", "python 2.7, os linux, TOX_ENV=py27", "https://testpypi.python.org/pypi"},
	{"danriti__python-traceview", "branch:master", "python 2.7", "https://testpypi.python.org/pypi"},
	{"danriti__python-traceview", "tag:0.7.0", "python 2.7", ""},
}

func TestTravisSeeds(t *testing.T) {
	t.Parallel()
	shapes := map[string]string{
		"cloudify-cosmo__cloudify-dsl-parser": branchGuide(), "danriti__python-traceview": versionGuide(),
	}
	for _, c := range seedRefs {
		if src, ok := shapes[c.corpus]; ok {
			oneDeploys(t, src, c.ref, c.job, c.index)
		}
	}
	for _, ref := range []string{"branch:master", "tag:1.0"} {
		if got := deploying(predict(t, branchGuide(), travisEvent(ref))); len(got) > 0 {
			t.Errorf("%s deploys %v", ref, got)
		}
	}
	if got := deploying(predict(t, versionGuide(), travisEvent("branch:pypi-release"))); len(got) > 0 {
		t.Errorf("another branch deploys %v", got)
	}
}

// TestTravisSeedFiles asks the same of the files as they were published.
func TestTravisSeedFiles(t *testing.T) {
	dir := corpus(t)
	for _, c := range seedRefs {
		src, err := os.ReadFile(filepath.Join(dir, c.corpus+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		oneDeploys(t, string(src), c.ref, c.job, c.index)
	}
}

func oneDeploys(t *testing.T, src, ref, job, index string) {
	t.Helper()
	p := predict(t, src, travisEvent(ref))
	if got := deploying(p); len(got) != 1 || got[0] != job {
		t.Errorf("%s deploys %v, want %s", ref, got, job)
		return
	}
	uploads := p.Deploying(rules.Yes)[0].Uploads
	i := slices.IndexFunc(uploads, func(u rules.Upload) bool { return u.Happens == rules.Yes })
	if uploads[i].Index != index {
		t.Errorf("%s goes to %s, want %s", ref, uploads[i].Index, index)
	}
}

// TestTravisSeedMistakes makes the mistakes again that the two histories show,
// each of which has its own diagnostic.
func TestTravisSeedMistakes(t *testing.T) {
	t.Parallel()
	branch, version := branchGuide(), versionGuide()
	for _, c := range []struct{ name, src, ref, code string }{
		{"the condition beside on", strings.ReplaceAll(branch, "    condition:", "  condition:"), "branch:pypi-release", "travis-condition-outside-on"},
		{"so that four jobs deploy", strings.ReplaceAll(branch, "    condition:", "  condition:"), "branch:pypi-release", "travis-several-jobs-deploy"},
		{"after_deploy inside deploy", strings.Replace(branch, "  user: someone\n", "  after_deploy:\n  - make check\n  user: someone\n", 1), "branch:pypi-release", "travis-after-deploy-inside-deploy"},
		{"a host that never was", strings.ReplaceAll(branch, "testpypi.python.org", "pypitest.python.org"), "branch:pypi-test", "travis-dead-server"},
		{"a host that is gone", branch, "branch:pypi-release", "travis-dead-server"},
		{"the check whose failure is not counted", branch, "branch:pypi-release", "travis-validate-script"},
		{"the password of an account", branch, "branch:pypi-release", "travis-user-password"},
		{"a key too short for a token", branch, "branch:pypi-release", "travis-secure-1024"},
		{"no on at all", withoutOn(version), "branch:master", "travis-several-jobs-deploy"},
		{"a branch, and no condition", strings.ReplaceAll(version, "      condition: $TRAVIS_PYTHON_VERSION = \"2.7\"\n", ""), "branch:master", "travis-several-jobs-deploy"},
		{"a condition with ==", strings.ReplaceAll(version, "$TRAVIS_PYTHON_VERSION = \"2.7\"", "\"$TRAVIS_PYTHON_VERSION == 2.7\""), "branch:master", "travis-condition-equals"},
		{"== and quotes", strings.ReplaceAll(version, "$TRAVIS_PYTHON_VERSION = \"2.7\"", "$TRAVIS_PYTHON_VERSION == \"2.7\""), "branch:master", "travis-condition-equals"},
		{"quotes around the whole test", strings.ReplaceAll(version, "$TRAVIS_PYTHON_VERSION = \"2.7\"", "'\"$TRAVIS_PYTHON_VERSION == 2.7\"'"), "branch:master", "travis-condition-always"},
		{"a branch beside tags", version, "tag:0.7.0", "travis-tags-and-branch"},
		{"a value that is not encrypted", strings.ReplaceAll(version, "secure: "+sealed(128), "secure: plain-words"), "branch:master", "travis-secure-unreadable"},
		{"a password in clear", strings.ReplaceAll(version, "password:\n      secure: "+sealed(128), "password: plain-words"), "branch:master", "travis-password-in-clear"},
		{"one ciphertext for both indexes", version, "tag:0.7.0", "travis-one-secret-two-indexes"},
	} {
		codes := diagnosed(t, lintCase{src: c.src, ref: c.ref})
		if !slices.Contains(codes, c.code) {
			t.Errorf("%s: want %s, got %v", c.name, c.code, codes)
		}
	}
}

// withoutOn takes the conditions away.
func withoutOn(src string) string {
	var out strings.Builder
	for line := range strings.Lines(src) {
		if word := strings.TrimSpace(line); !strings.HasPrefix(word, "on:") && !strings.HasPrefix(word, "branch:") && !strings.HasPrefix(word, "tags:") && !strings.HasPrefix(word, "condition:") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// TestTravisSeedMended mends the older guide's file: it still deploys once from
// each branch, now to addresses that are alive.
func TestTravisSeedMended(t *testing.T) {
	t.Parallel()
	c := lintCase{src: strings.ReplaceAll(branchGuide(), "    condition:", "  condition:"), ref: "branch:pypi-release"}
	mended := mend(t, c.tree(), c.event())
	oneDeploys(t, mended, "branch:pypi-release", "python 2.7, TOX_ENV=py27", "https://upload.pypi.org/legacy/")
	oneDeploys(t, mended, "branch:pypi-test", "python 2.7, TOX_ENV=py27", "https://test.pypi.org/legacy/")
	if strings.Contains(mended, "after_deploy") || strings.Contains(mended, "sudo") {
		t.Errorf("got\n%s", mended)
	}
}

// TestTravisTagsFalse is about the last mistake of the younger history: in 2016
// the build of a tag on master went to TestPyPI as well without tags: false.
// Today the branch of such a build is the tag, and on.branch keeps it out.
func TestTravisTagsFalse(t *testing.T) {
	t.Parallel()
	src := strings.Replace(versionGuide(), "      tags: false\n", "", 1)
	oneDeploys(t, src, "tag:0.7.0", "python 2.7", "")
}

// FuzzTravis reads anything, within bounds.
func FuzzTravis(f *testing.F) {
	f.Add(branchGuide(), "pypi-release", "$A = b")
	f.Add(versionGuide(), "0.7.0", `! ("$A" =~ ^(a|b) && -n x) || [[`)
	f.Add("jobs: {include: [{stage: a, if: 'env(A) IN (b, concat(c))'}], exclude: [{env: A=1}]}\nenv: [A=1, {secure: x}]\n", "x", "\\")
	f.Add("a: &a [*b]\nb: &b\n  <<: *b\ndeploy: *b\n", "x", "'")
	f.Fuzz(func(t *testing.T, src, ref, cond string) {
		for _, text := range []string{src, "env: ['" + quoted(cond) + "']\nif: '" + quoted(cond) + "'\n" + entry("all_branches: true, condition: '"+quoted(cond)+"'")} {
			c := lintCase{src: text}
			for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
				e := rules.Event{What: "push", Ref: prefix + ref, Slug: cond, Message: cond}
				p, err := rules.Predict(c.tree(), e)
				if err != nil || len(p.Jobs) > 400 {
					t.Fatalf("%v, %d jobs", err, len(p.Jobs))
				}
				if _, err := rules.Diagnose(c.tree(), e); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := rules.Mend(c.tree(), c.event()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
