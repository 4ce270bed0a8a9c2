package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/rules"
	"ferry/flow/ci/travis"
	"ferry/flow/steps"
	"ferry/keyring"
)

const deployed = "deploy:\n  provider: pypi\n  username: me\n  on: {branch: pypi-release}\n"

// TestTravisBadFiles: each gets a clear answer, at its line, and no edit at all.
func TestTravisBadFiles(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		code  string
		tells string
	}{
		"tabs":              {"language: python\nscript:\n\t- tox\n", flow.CodeSetupTravisFile, ".travis.yml:3: a tab"},
		"a key twice":       {"language: python\nscript: tox\nscript: make\n", flow.CodeSetupTravisFile, ".travis.yml:3: the key script stands in line 2"},
		"several documents": {"language: python\n---\nlanguage: ruby\n", flow.CodeSetupTravisFile, ".travis.yml:"},
		"a merge key":       {"x: &x\n  provider: pypi\n  on: {branch: other}\nlanguage: python\ndeploy:\n  <<: *x\n", flow.CodeSetupTravisFile, ".travis.yml:"},
		"a template":        {"language: {{ language }}\n", flow.CodeSetupTravisFile, ".travis.yml:1: a template's marks"},
		"an alias":          {"deploy: &d\n" + strings.ReplaceAll(deployed[8:], "\n  ", "\n  ") + "jobs:\n  include:\n    - deploy: *d\nlanguage: python\n", flow.CodeSetupTravisFile, ".travis.yml:"},
		"no YAML":           {"language: [python\n", flow.CodeSetupTravisFile, ".travis.yml"},
		"a list":            {"- language: python\n", flow.CodeSetupTravisFile, ".travis.yml"},
		"line ends":         {"language: python\r\nscript: tox\n", flow.CodeSetupTravisFile, "CR LF"},
		"branches without":  {"language: python\nbranches:\n  except: [pypi-release]\n", flow.CodeSetupTravisFile, ".travis.yml:"},
		"two deploys":       {"language: python\ndeploy:\n  - provider: pypi\n    on: {branch: a}\n  - provider: pypi\n    on: {branch: b}\n", flow.CodeSetupTravisFile, "has a deploy in line"},
		"several jobs":      {matrixFile, flow.CodeSetupNotOneJob, "2 jobs deploy (python 3.11 | python 3.12)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, steps.PublishSealed, c.text)
			before := s.state()
			step := travisStep(s)
			is(t, name, s.see(t, step), flow.Failed, c.code, c.tells)
			if _, err := s.does(step); err == nil || s.state() != before {
				t.Errorf("it ran: %v\n%s", err, s.text())
			}
		})
	}
}

// TestTravisMends: conditions that stand in the wrong place are moved, and what is
// wanted is written, in one diff.
func TestTravisMends(t *testing.T) {
	t.Parallel()
	text := matrixFile + "deploy:\n  provider: pypi\n  server: https://pypi.python.org/pypi\n  condition: $TRAVIS_PYTHON_VERSION = 3.12\n  on:\n    branch: pypi-release\n"
	s := picked(t, steps.PublishSealed, text)
	step := travisStep(s)
	f := s.see(t, step)
	is(t, "misplaced", f, flow.Todo, "")
	if f.Diff == nil || strings.Count(f.Diff.Text, "--- ") != 1 || !strings.Contains(f.Diff.Text, "-  server: https://pypi.python.org/pypi") {
		t.Fatalf("the diff: %+v", f.Diff)
	}
	_, err := s.does(step)
	must(t, err)
	is(t, "afterwards", s.see(t, step), flow.Done, "")
}

// TestTravisRefuses: what stands against it is said first, and nothing is asked for.
func TestTravisRefuses(t *testing.T) {
	wide := func(s *site) { s.api.UseKey(keysOf[1024](), citest.KeyPKIX) }
	for name, c := range map[string]struct {
		begin func(*site)
		want  flow.Status
		code  string
		tells string
	}{
		"a small key":              {wide, flow.Failed, flow.CodeSetupKeySmall, "has 1024 bits and seals 117 bytes (1024/8 - 11); the token has"},
		"a small key and no token": {func(s *site) { wide(s); s.purse.kept = nil }, flow.Failed, flow.CodeSetupKeySmall, "a token of PyPI is longer"},
		"no key":                   {func(s *site) { s.api.Forget() }, flow.Failed, flow.CodeSetupCIUnknown, ""},
		"no token of Travis":       {func(s *site) { s.y.Service = s.as("") }, flow.Failed, flow.CodeSetupCIToken, "preferences"},
		"no answer":                {func(s *site) { s.shut("travis", "500") }, flow.Unknown, flow.CodeCIUnreachable, ""},
		"the old site":             {elsewhereTravis("https://api.travis-ci.org"), flow.Failed, flow.CodeSetupCIAddress, "https://api.travis-ci.com"},
		"no setup.py":              {func(s *site) { must(s.t, os.Remove(filepath.Join(s.dir, "setup.py"))) }, flow.Failed, flow.CodeSetupNoSetupPy, "python setup.py"},
		"in a folder":              {func(s *site) { s.s.Dir = "core" }, flow.Failed, flow.CodeSetupTravisWant, "core"},
		"the default branch":       {func(s *site) { s.s.Lanes[1].Ref = "main" }, flow.Failed, flow.CodeSetupTravisWant, "every push to the default branch"},
		"a version in a branch":    {func(s *site) { s.s.Lanes[1].Ref = "release-{version}" }, flow.Failed, flow.CodeSetupTravisWant, "another name"},
		"no such job":              {func(s *site) { s.s.Job.Python = "2.7" }, flow.Failed, flow.CodeSetupNotOneJob, "no job deploys"},
		"not a file":               {linked, flow.Failed, flow.CodeSetupTravisFile, "no plain file"},
		"uncommitted":              {func(s *site) { must(s.t, os.WriteFile(s.file(), []byte(matrixFile+"\n"), 0o600)) }, flow.Failed, flow.CodeSetupDirty, "differs from the commit"},
		"no token of PyPI":         {func(s *site) { delete(s.purse.kept, "pypi") }, flow.Failed, flow.CodeSetupTokenNone, "no token of PyPI"},
		"another tag's workflow":   {func(s *site) { s.rival() }, flow.Conflict, flow.CodeSetupRival, "2 jobs publish to PyPI"},
		"a token that is unfit": {func(s *site) {
			s.purse.kept["pypi"] = steps.IndexToken{Secret: keyring.NewSecret("pypi-CANARY$x"), From: "the keyring"}
		}, flow.Failed, flow.CodeSetupTokenUnfit, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := picked(t, steps.PublishSealed, matrixFile)
			c.begin(s)
			before := s.yard.state()
			step := travisStep(s)
			is(t, name, s.see(t, step), c.want, c.code, c.tells)
			if _, err := s.does(step); err == nil || s.yard.state() != before {
				t.Errorf("it ran: %v", err)
			}
		})
	}
}

// elsewhereTravis asks another address of Travis, which is never connected to.
func elsewhereTravis(url string) func(*site) {
	return func(s *site) {
		p, err := travis.New(travis.Options{URL: url, Slug: slug, Token: keyring.NewSecret(siteToken)})
		must(s.t, err)
		s.y.Service = p
	}
}

// linked makes the file a link to another of the tree.
func linked(s *site) {
	must(s.t, os.Remove(s.file()))
	must(s.t, os.Symlink("README.md", s.file()))
}

// rival is a workflow that publishes from the release branch.
func (s *site) rival() {
	text := strings.ReplaceAll(workflowFile, `tags: ["v*"]`, "branches: [pypi-release]")
	name := filepath.Join(s.dir, ".github", "workflows", "own.yml")
	must(s.t, os.MkdirAll(filepath.Dir(name), 0o700))
	must(s.t, os.WriteFile(name, []byte(text), 0o600))
}

// TestTravisWaits: nothing is shown before the tokens are there, and what stands
// against the file is said all the same.
func TestTravisWaits(t *testing.T) {
	t.Parallel()
	s := picked(t, steps.PublishSealed, matrixFile)
	s.purse.kept = nil
	step := steps.NewWriteTravis(s.y, s.s)
	step.After = []flow.Step{s.before(flow.Todo, "type a token")}
	if f := s.see(t, step); f.Status != flow.Todo || f.Diff != nil || !strings.Contains(f.Text, "after this: type a token") {
		t.Errorf("got %+v", f)
	}
	s.api.Forget()
	is(t, "not even known", s.see(t, step), flow.Todo, "", "after this: type a token")
	must(t, os.WriteFile(s.file(), []byte(matrixFile+"# mine\n"), 0o600))
	is(t, "not even known, and worked on", s.see(t, step), flow.Failed, flow.CodeSetupDirty)
	s = newSite(t, steps.PublishSetting, matrixFile)
	step = steps.NewWriteTravis(s.y, s.s)
	step.After = []flow.Step{s.before(flow.Todo, "type a token")}
	is(t, "several jobs", s.see(t, step), flow.Failed, flow.CodeSetupNotOneJob)
}

// TestTravisChoices: what is proposed does, and by its own words.
func TestTravisChoices(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, matrixFile)
	jobs, err := s.y.TravisChoices(s.s)
	must(t, err)
	f := s.see(t, travisStep(s))
	for _, j := range jobs {
		value := steps.JobValue(j)
		if strings.Contains(value, "$") { // nothing that a shell would expand
			value = "'" + value + "'"
		}
		if !slices.Contains(f.Problem.Next, "ferry onboard --job="+value) {
			t.Errorf("%q is not in %q", steps.JobValue(j), f.Problem.Next)
		}
		s.s.Job = j
		is(t, steps.JobValue(j), s.see(t, travisStep(s)), flow.Todo, "")
	}
	if len(jobs) < 2 || jobs[0] != (rules.TravisJob{Python: "3.12"}) {
		t.Errorf("got %+v", jobs)
	}
	s = newSite(t, steps.PublishSealed, noFile)
	if jobs, err = s.y.TravisChoices(s.s); err != nil || len(jobs) == 0 || steps.JobValue(jobs[0]) != "any" {
		t.Errorf("no file: %v, %+v", err, jobs)
	}
	s = newSite(t, steps.PublishSealed, "language: python\njobs:\n  include:\n    - script: a\n    - script: b\n")
	_, err = s.y.TravisChoices(s.s)
	refusedWith(t, err, flow.CodeSetupNotOneJob)
	s = newSite(t, steps.PublishSealed, "language: [python\n")
	_, err = s.y.TravisChoices(s.s)
	refusedWith(t, err, flow.CodeSetupTravisFile)
}

// TestSealRoom: what the question of the way is answered by.
func TestSealRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, "")
	key, err := s.y.SealRoom(t.Context())
	if err != nil || key.Room != 245 || s.y.SealFits(key, keyring.Secret{}) != nil || s.y.SealFits(key, canary("pypi").Secret) != nil {
		t.Errorf("%+v, %v", key, err)
	}
	refusedWith(t, s.y.SealFits(key, keyring.NewSecret(strings.Repeat("CANARY", 50))), flow.CodeSetupKeySmall)
	s.api.UseKey(keysOf[1024](), citest.KeyPKIX)
	key, err = s.y.SealRoom(t.Context())
	must(t, err)
	for _, token := range []keyring.Secret{{}, keyring.NewSecret("CANARY-short"), canary("pypi").Secret} {
		refusedWith(t, s.y.SealFits(key, token), flow.CodeSetupKeySmall)
	}
	s.y.Service = nil
	_, err = s.y.SealRoom(t.Context())
	refusedWith(t, err, flow.CodeSetupCIRefuses)
}
