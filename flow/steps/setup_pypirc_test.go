package steps_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
)

const mine = "# mine\n[local]\nrepository = http://localhost:3141/\nusername = me\n"

// filing is a yard with a token for each index, and what ~/.pypirc says.
func filing(t testing.TB, how, text string) *yard {
	y := newYard(t, options{})
	y.s.Pypirc = how
	y.keep("pypi", token(here))
	y.keep("testpypi", token("test."+here))
	if text != "" {
		must(t, os.WriteFile(y.pypirc, []byte(text), 0o600))
	}
	return y
}

func (y *yard) writing(after ...flow.Step) *steps.WritePypirc {
	return steps.NewWritePypirc(y.y, y.s, after...)
}

func TestWritePypirc(t *testing.T) {
	for name, c := range map[string]struct {
		how, text string
		begin     func(*yard)
		after     flow.Status
		status    flow.Status
		code      string
		says      string
	}{
		"no file":             {status: flow.Todo, says: "write [testpypi], [pypi] of ~/.pypirc, with the token"},
		"no password":         {how: steps.PypircKeyring, status: flow.Todo, says: "twine finds the token in the keyring"},
		"beside others":       {text: mine, status: flow.Todo},
		"an old name":         {text: "[distutils]\nindex-servers = pypitest\n[pypitest]\nrepository = https://test.pypi.org/legacy/\n", status: flow.Todo, says: "line 3: TestPyPI is called testpypi"},
		"a closed host":       {text: "[pypi]\nrepository = https://pypi.python.org/pypi\n", status: flow.Conflict, code: "pypirc.elsewhere", says: "another host"},
		"a closed host, else": {text: "[distutils]\nindex-servers = old\n[old]\nrepository = https://pypi.python.org/pypi\n", status: flow.Todo, says: "pypi.python.org is closed"},
		"malformed":           {text: "junk\n", status: flow.Failed, code: "pypirc.malformed"},
		"a link to nowhere":   {begin: func(y *yard) { must(y.t, os.Symlink("nowhere", y.pypirc)) }, status: flow.Failed, code: "pypirc.symlink"},
		"in a work tree":      {begin: func(y *yard) { must(y.t, os.Mkdir(filepath.Join(filepath.Dir(y.pypirc), ".git"), 0o700)) }, status: flow.Failed, code: "pypirc.work-tree"},
		"in one, no password": {how: steps.PypircKeyring, begin: func(y *yard) { must(y.t, os.Mkdir(filepath.Join(filepath.Dir(y.pypirc), ".git"), 0o700)) }, status: flow.Todo},
		"before the tokens":   {after: flow.Todo, status: flow.Todo, says: "after this: the step before"},
		"the tokens unknown":  {after: flow.Unknown, status: flow.Unknown},
		"no token":            {begin: func(y *yard) { delete(y.purse.kept, "pypi") }, status: flow.Todo, says: "after the tokens are there"},
		"the keyring is shut": {begin: func(y *yard) { y.purse.err = errors.New("locked") }, status: flow.Unknown, code: flow.CodeSetupTokenUnread},
		"no token may go there": {how: steps.PypircKeyring, begin: func(y *yard) {
			y.purse.err = &flow.Problem{Code: "auth.host", Class: flow.ClassCredentials, Retry: flow.RetrySafe, Text: "elsewhere", Now: []string{"n"}, Next: []string{"n"}}
		}, status: flow.Unknown, code: "auth.host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.how == "" {
				c.how = steps.PypircToken
			}
			y := filing(t, c.how, c.text)
			if c.begin != nil {
				c.begin(y)
			}
			var after []flow.Step
			if c.after != "" {
				after = append(after, y.before(c.after, "the step before"))
			}
			f := y.see(t, y.writing(after...))
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || c.code != "" && f.Problem.Code != c.code {
				t.Fatalf("%s %q %+v", f.Status, f.Text, f.Problem)
			}
			if f.Diff != nil && (f.Diff.Path == "" || !strings.Contains(f.Diff.Text, "+[testpypi]")) {
				t.Errorf("%+v", f.Diff)
			}
		})
	}
}

func TestWritePypircLaws(t *testing.T) {
	for name, text := range map[string]string{"none": "", "one": mine, "open to others": mine + "\n[pypi]\nusername = x\n"} {
		t.Run(name, func(t *testing.T) {
			begin := func(y *yard) {
				y.s.Pypirc = steps.PypircToken
				y.keep("pypi", token(here))
				y.keep("testpypi", token("test."+here))
				if text != "" {
					must(t, os.WriteFile(y.pypirc, []byte(text), 0o600))
				}
				if name == "open to others" {
					must(t, os.Chmod(y.pypirc, 0o644))
				}
			}
			law(t, flow.Local, begin, func(y *yard) flow.Step { return y.writing() },
				func(y *yard) { must(t, os.WriteFile(y.pypirc, []byte(text+"junk\n"), 0o600)) })
		})
	}
}

// TestPypircIsReadByPython: what is written is what its readers see, and it is done.
func TestPypircIsReadByPython(t *testing.T) {
	y := filing(t, steps.PypircToken, mine)
	s := y.writing()
	y.see(t, s)
	must(t, y.run(s))
	if f := y.see(t, s); f.Status != flow.Done {
		t.Errorf("%s %s", f.Status, f.Text)
	}
	script := "import configparser, sys; c = configparser.RawConfigParser(); c.read(sys.argv[1]); print(c.get('distutils', 'index-servers').split(), c.get('testpypi', 'repository'), c.get('pypi', 'username'), len(c.get('pypi', 'password')), c.get('local', 'username'))"
	out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script, y.pypirc).CombinedOutput()
	if err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatalf("%v %s", err, out)
		}
		t.Skipf("no python3 to read the file with: %v", err)
	}
	length := 0
	_ = y.purse.kept["pypi"].Secret.Use(func(v []byte) error { length = len(v); return nil })
	for _, want := range []string{"'testpypi', 'pypi'", "http://test.index.localhost/legacy/", "__token__", " me"} {
		if !bytes.Contains(out, []byte(want)) || length == 0 {
			t.Errorf("no %q in %s", want, out)
		}
	}
}

// TestPypircThatOthersMayRead is made private, though its text is as wanted; and
// given back as it was.
func TestPypircThatOthersMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes here")
	}
	y := filing(t, steps.PypircToken, "")
	must(t, y.run(y.writing()))
	must(t, os.Chmod(y.pypirc, 0o640))
	s := y.writing()
	if f := y.see(t, s); f.Status != flow.Todo || f.Diff != nil || !strings.Contains(f.Text, "readable for you alone; others on this machine may read") {
		t.Errorf("%s %s", f.Status, f.Text)
	}
	must(t, y.run(s))
	if info, _ := os.Stat(y.pypirc); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	must(t, s.Undo(t.Context(), func(string) {}))
	if info, _ := os.Stat(y.pypirc); info.Mode().Perm() != 0o640 {
		t.Error(info.Mode())
	}
}

// TestPypircOnlyAsShown: a file or a token that changed since is left alone.
func TestPypircOnlyAsShown(t *testing.T) {
	for code, change := range map[string]func(*yard){
		"pypirc.changed":       func(y *yard) { must(y.t, os.WriteFile(y.pypirc, []byte(mine+"# more\n"), 0o600)) },
		"pypirc.token-changed": func(y *yard) { y.keep("pypi", token(here, project)) },
	} {
		y := filing(t, steps.PypircToken, mine)
		s := y.writing()
		y.see(t, s)
		change(y)
		before, _ := os.ReadFile(y.pypirc)
		_, err := y.attempt(s)
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != code || p.Class != flow.ClassConflict {
			t.Errorf("%v", err)
		}
		if now, _ := os.ReadFile(y.pypirc); !bytes.Equal(now, before) {
			t.Errorf("%s: it was written", code)
		}
	}
}

// TestUndoOfPypirc leaves alone what this run did not write, or somebody changed.
func TestUndoOfPypirc(t *testing.T) {
	y := filing(t, steps.PypircToken, mine)
	must(t, y.run(y.writing()))
	other := y.writing()
	var p *flow.Problem
	if err := other.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupPypircKept {
		t.Errorf("%v", err)
	}
	y = filing(t, steps.PypircToken, mine)
	s := y.writing()
	must(t, y.run(s))
	must(t, os.WriteFile(y.pypirc, []byte(mine), 0o600))
	if err := s.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupPypircKept {
		t.Errorf("%v", err)
	}
	if got := flow.Shell(s.Command()); got != "ferry pypirc write --index testpypi --index pypi" {
		t.Error(got)
	}
}
