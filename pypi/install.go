package pypi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// InstallError is an installation that did not come to its end. Output is the
// end of what was printed; it is text from outside.
type InstallError struct {
	Reason string
	Output []string
	Err    error
}

func (e *InstallError) Error() string { return e.Reason }
func (e *InstallError) Unwrap() error { return e.Err }

const (
	installLimit = 5 * time.Minute
	importLimit  = time.Minute // of one module
)

// Pinned is a release with the bytes that may be installed of it: those of any of
// its files, by their sha256 in hex.
type Pinned struct {
	Name, Version string
	SHA256        []string
}

// requirement is the line that pip reads, with a hash for each file. pip then
// takes nothing of that name which has another hash.
func (p Pinned) requirement() (string, error) {
	v, err := ParseVersion(p.Version)
	if err != nil || !ValidName(p.Name) || v.String() == "" {
		return "", &InstallError{Reason: fmt.Sprintf("%q %q is no release", p.Name, p.Version)}
	}
	line := p.Name + "==" + v.String()
	for _, sum := range p.SHA256 {
		if !isSHA256.MatchString(sum) {
			return "", &InstallError{Reason: fmt.Sprintf("%q is no sha256", sum)}
		}
		line += " --hash=sha256:" + sum
	}
	if len(p.SHA256) == 0 {
		return "", &InstallError{Reason: "no sha256 says which bytes may be installed"}
	}
	return line + "\n", nil
}

var isSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Installation is what came of trying a release. Install and Import are nil, or
// an *InstallError; one that is ErrNoPython says that nothing was done for want
// of python3 or its modules.
type Installation struct {
	Install  error
	Import   error
	Imported []string // the modules that could be imported, up to the first that could not
}

// TryInstall installs a release from an index into a new environment in dir,
// which must be private, as pip does for everybody, and imports the modules, each
// in a process of its own. It runs the release's code. The release itself is
// installed by hash and alone; what it depends on comes from the same index in a
// second step, by version only, because nobody has proved those bytes. What a
// build of an sdist needs comes from there in the same way. The error is the
// context's own.
func TryInstall(ctx context.Context, x *Index, p Pinned, modules []string, dir string) (Installation, error) {
	t := trial{ctx: ctx, home: filepath.Join(dir, "home"), venv: filepath.Join(dir, "venv")}
	if err := t.install(x, p); err != nil {
		return Installation{Install: err}, canceled(ctx)
	}
	imported, err := t.imports(modules)
	return Installation{Import: err, Imported: imported}, canceled(ctx)
}

func canceled(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// install makes the environment and puts the release into it, and then what it
// depends on: pip finds it there and takes nothing in its place.
func (t trial) install(x *Index, p Pinned) error {
	line, err := p.requirement()
	if err != nil {
		return err
	}
	python, err := python3()
	if err != nil {
		return &InstallError{Reason: err.Error(), Err: err}
	}
	list := filepath.Join(t.home, "requirements.txt")
	if err := t.prepare(list, line); err != nil {
		return &InstallError{Reason: fmt.Sprintf("no room could be made for it: %v", err), Err: err}
	}
	if err := t.newVenv(python); err != nil {
		return err
	}
	what := "pip install " + p.Name + "==" + p.Version
	if err := t.pip(x, what, "--require-hashes", "--no-deps", "-r", list); err != nil {
		return err
	}
	release, _, _ := strings.Cut(line, " ")
	return t.pip(x, what+", what it depends on,", release)
}

func (t trial) prepare(list, line string) error {
	if err := os.Mkdir(t.home, 0o700); err != nil {
		return err
	}
	return os.WriteFile(list, []byte(line), 0o600)
}

// trial is one installation on its way.
type trial struct {
	ctx        context.Context
	home, venv string
}

// run runs a program within a limit; what says what failed if it does.
func (t trial) run(limit time.Duration, what, program string, args ...string) error {
	limited, stop := withLimit(t.ctx, limit)
	defer stop()
	alone := []string{"PIP_CONFIG_FILE=" + os.DevNull} // which may name another index
	out, err := child{t.home, alone, limited}.run(program, args...)
	switch {
	case t.ctx.Err() != nil:
		return context.Cause(t.ctx)
	case errors.Is(err, errSilence):
		return &InstallError{Reason: fmt.Sprintf("%s took longer than %s", what, limit), Output: endOf(out), Err: err}
	case err != nil:
		return &InstallError{Reason: what + " failed", Output: endOf(out), Err: err}
	}
	return nil
}

func (t trial) newVenv(python string) error {
	err := t.run(installLimit, "python3 -m venv", python, "-m", "venv", t.venv)
	var failed *InstallError
	if errors.As(err, &failed) && missingModule.MatchString(strings.Join(failed.Output, "\n")) {
		failed.Reason, failed.Err = "python3 has no venv with pip", fmt.Errorf("ensurepip or venv is %w", ErrNoPython)
	}
	return err
}

var missingModule = regexp.MustCompile(`No module named (venv|ensurepip)|ensurepip is not\s+available`)

// pip installs from the one index. Credentials in the index's address are not
// given to it: what it runs could read them.
func (t trial) pip(x *Index, doing string, what ...string) error {
	args := []string{"-m", "pip", "install", "--quiet", "--no-cache-dir", "--index-url", withoutUser(x.conf.Simple)}
	if u, err := url.Parse(x.conf.Simple); err == nil && u.Scheme == "http" && loopback(u.Hostname()) {
		args = append(args, "--trusted-host", u.Host)
	}
	return t.run(installLimit, doing, t.python(), append(args, what...)...)
}

func (t trial) python() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(t.venv, "Scripts", "python.exe")
	}
	return filepath.Join(t.venv, "bin", "python")
}

var moduleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// imports runs each module with -I: neither a folder nor a variable adds to what
// was installed.
func (t trial) imports(modules []string) (imported []string, err error) {
	for _, module := range modules {
		if !moduleName.MatchString(module) {
			return imported, &InstallError{Reason: fmt.Sprintf("%q is no module that can be imported", module)}
		}
		if err := t.run(importLimit, "import "+module, t.python(), "-I", "-c", "import importlib, sys; importlib.import_module(sys.argv[1])", module); err != nil {
			return imported, err
		}
		imported = append(imported, module)
	}
	return imported, nil
}

// TopModules are the modules that a wheel puts at the top, those for people: not
// the private ones, and not what only lies there.
func (a *Artifact) TopModules() (all []string) {
	if a.Kind != KindWheel {
		return nil
	}
	for _, m := range a.Members {
		file := installed(m.Path)
		top, rest, inFolder := strings.Cut(file, "/")
		stem, isModule := strings.CutSuffix(top, ".py")
		if compiled, _, _ := strings.Cut(top, "."); !inFolder && (strings.HasSuffix(top, ".so") || strings.HasSuffix(top, ".pyd")) {
			stem, isModule = compiled, true
		}
		if inFolder {
			stem, isModule = top, rest == "__init__.py"
		}
		if isModule && moduleName.MatchString(stem) && !strings.HasPrefix(stem, "_") && !slices.Contains(all, stem) {
			all = append(all, stem)
		}
	}
	slices.Sort(all)
	return all
}
