package steps_test

import (
	"crypto/rsa"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/rules"
	"ferry/flow/steps"
)

const matrixFile = `# ours
language: python
python: ["3.11", "3.12"] # both
script: tox
`

func travisStep(s *site) flow.Step { return steps.NewWriteTravis(s.y, s.s) }

// picked is a site where one job is to deploy.
func picked(t testing.TB, how steps.Publishing, text string) *site {
	s := newSite(t, how, text)
	s.s.Job = rules.TravisJob{Python: "3.12"}
	return s
}

func TestTravisLaws(t *testing.T) {
	for name, how := range map[string]steps.Publishing{"sealed": steps.PublishSealed, "setting": steps.PublishSetting} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keeps(t, flow.Local, func() *site { return picked(t, how, matrixFile) }, travisStep,
				func(s *site) { must(t, os.WriteFile(s.file(), []byte(matrixFile+"# theirs\n"), 0o600)) })
		})
	}
}

// opened are the values of a file, as builds with a key read them.
func opened(t *testing.T, text string, key *rsa.PrivateKey) string {
	var out []string
	for _, m := range regexp.MustCompile(`secure: "([^"]+)"`).FindAllStringSubmatch(text, -1) {
		b, err := base64.StdEncoding.DecodeString(m[1])
		must(t, err)
		plain, err := rsa.DecryptPKCS1v15(nil, key, b) //nolint:staticcheck // SA1019: Travis decides the padding
		must(t, err)
		out = append(out, strings.TrimRight(string(plain), "x"))
	}
	return strings.Join(out, " ")
}

// TestTravisSealed: the file gets what builds open, whatever form the key has, and
// nothing on the way has a token in clear.
func TestTravisSealed(t *testing.T) {
	for name, form := range map[string]citest.KeyForm{"PKIX": citest.KeyPKIX, "mislabelled": citest.KeyMislabelled, "PKCS1": citest.KeyPKCS1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := picked(t, steps.PublishSealed, matrixFile)
			s.api.UseKey(keysOf[2048](), form)
			step := travisStep(s)
			f := s.see(t, step)
			is(t, name, f, flow.Todo, "", "to TestPyPI when the branch pypi-test is pushed, and to PyPI when the branch pypi-release is pushed")
			log, err := s.does(step)
			must(t, err)
			text := s.text()
			if !strings.HasPrefix(text, matrixFile+"deploy:\n") || opened(t, text, keysOf[2048]()) != "pypi-CANARY-testpypi pypi-CANARY-pypi" {
				t.Errorf("written:\n%s", text)
			}
			for _, line := range strings.Split(text[len(matrixFile):len(text)-1], "\n") {
				if !strings.Contains(f.Diff.Text, "+"+line+"\n") {
					t.Errorf("%q is not in the diff:\n%s", line, f.Diff.Text)
				}
			}
			is(t, "afterwards", s.see(t, step), flow.Done, "", "by one job each; sealed with the repository's key")
			inNoPlace(t, s, log+f.Diff.Text+f.Text)
		})
	}
}

// inNoPlace looks for a token in what was said, and in every file of the clone.
func inNoPlace(t *testing.T, s *site, said string) {
	must(t, filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		said += string(b)
		return err
	}))
	if strings.Contains(said, "CANARY") {
		t.Error("a token is there in clear")
	}
}

// TestTravisSetting: the file names no password, and one that it has goes.
func TestTravisSetting(t *testing.T) {
	t.Parallel()
	s := picked(t, steps.PublishSetting, matrixFile+"deploy:\n  provider: pypi\n  password: hunter2hunter2\n  on: {branch: pypi-release}\n")
	step := travisStep(s)
	f := s.see(t, step)
	is(t, "before", f, flow.Todo, "", "has a password in clear in line")
	if strings.Contains(f.Diff.Text, "hunter2") || !strings.Contains(f.Diff.Text, "-  password: (hidden)") {
		t.Errorf("the diff:\n%s", f.Diff.Text)
	}
	_, err := s.does(step)
	must(t, err)
	if text := s.text(); strings.Contains(text, "password") || strings.Count(text, "provider: pypi") != 2 || strings.Count(text, "python: \"3.12\"") != 2 {
		t.Errorf("written:\n%s", text)
	}
	f = s.see(t, step)
	is(t, "afterwards", f, flow.Done, "", "the token is the setting PYPI_PASSWORD")
	if !strings.Contains(f.Warning, "stays in the history") {
		t.Errorf("the warning is gone with the password: %q", f.Warning)
	}
	s.y.Service = nil // on another machine, nobody need be asked
	is(t, "elsewhere", s.see(t, travisStep(s)), flow.Done, "")
}

// TestTravisNew: where there is no file one is made, and an undo takes it away.
func TestTravisNew(t *testing.T) {
	t.Parallel()
	s := newSite(t, steps.PublishSealed, "")
	must(t, os.Remove(s.file()))
	is(t, "deleted, not committed", s.see(t, travisStep(s)), flow.Failed, flow.CodeSetupDirty)
	s = newSite(t, steps.PublishSealed, noFile)
	s.s.Script = []string{"tox"}
	step := travisStep(s)
	f := s.see(t, step)
	is(t, "no file", f, flow.Todo, "")
	if !strings.HasPrefix(f.Diff.Text, "--- "+os.DevNull) {
		t.Errorf("the diff:\n%s", f.Diff.Text)
	}
	_, err := s.does(step)
	must(t, err)
	if !strings.HasPrefix(s.text(), "language: python\npython: \"3.12\"\nscript: tox\ndeploy:\n") {
		t.Errorf("written:\n%s", s.text())
	}
	refusedWith(t, s.takesBack(travisStep(s)), flow.CodeSetupNotOurs)
	must(t, s.takesBack(step))
	if _, err := os.Lstat(s.file()); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestTravisResumed: another run, on a machine without tokens, finds it done; it
// finds a key that has changed since, and then wants them.
func TestTravisResumed(t *testing.T) {
	t.Parallel()
	s := picked(t, steps.PublishSealed, matrixFile)
	_, err := s.does(travisStep(s))
	must(t, err)
	kept := s.purse.kept
	s.purse.kept = nil
	is(t, "without tokens", s.see(t, travisStep(s)), flow.Done, "")
	s.api.UseKey(keysOf[2049](), citest.KeyPKIX)
	is(t, "written and not committed", s.see(t, travisStep(s)), flow.Failed, flow.CodeSetupDirty)
	s.commit(s.text())
	is(t, "another key, without tokens", s.see(t, travisStep(s)), flow.Failed, flow.CodeSetupTokenNone)
	s.purse.kept = kept
	step := travisStep(s)
	f := s.see(t, step)
	is(t, "another key", f, flow.Todo, "", "sealed anew for PyPI, for the value was sealed with the key", "builds can no longer read it")
	if again := s.see(t, step); again.Diff.Text != f.Diff.Text {
		t.Error("another look shows another diff")
	}
	_, err = s.does(step)
	must(t, err)
	if got := opened(t, s.text(), keysOf[2049]()); got != "pypi-CANARY-testpypi pypi-CANARY-pypi" {
		t.Errorf("builds read %q", got)
	}
	is(t, "afterwards", s.see(t, step), flow.Done, "")
}

// TestTravisMeanwhile: what is not what was shown is not written, and said once;
// the next look shows what is to be now.
func TestTravisMeanwhile(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*site){
		"committed": func(s *site) { s.commit(matrixFile + "# theirs\n") },
		"a new key": func(s *site) { s.api.UseKey(keysOf[2049](), citest.KeyPKIX) },
	} {
		s := picked(t, steps.PublishSealed, matrixFile)
		step := travisStep(s)
		is(t, name, s.see(t, step), flow.Todo, "")
		meanwhile(s)
		before := s.text()
		if name == "committed" {
			_, err := s.does(step)
			refusedWith(t, err, flow.CodeSetupChanged)
			is(t, name+", again", s.see(t, step), flow.Todo, "")
			meanwhile = func(s *site) { s.commit(matrixFile + "# theirs, again\n") }
			meanwhile(s)
			before = s.text()
		}
		is(t, name+", looked at", s.see(t, step), flow.Conflict, flow.CodeSetupChanged)
		if _, err := s.does(step); err == nil || s.text() != before {
			t.Errorf("%s: it was written: %v", name, err)
		}
		is(t, name+", then", s.see(t, step), flow.Todo, "")
		_, err := s.does(step)
		must(t, err)
		must(t, os.WriteFile(s.file(), []byte("# mine\n"), 0o600))
		refusedWith(t, s.takesBack(step), flow.CodeSetupChanged)
	}
}
