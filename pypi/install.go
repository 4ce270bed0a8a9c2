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

// TryInstall installs a release from an index into a new environment in dir,
// which must be private, as pip does for everybody, and imports the modules, each
// in a process of its own. It runs the release's code. Dependencies come from the
// same index: what is not there makes it fail, and Output says so. An error is an
// *InstallError, or the context's own; one that is ErrNoPython says that nothing
// was done for want of python3 or its modules.
func TryInstall(ctx context.Context, x *Index, name, version string, modules []string, dir string) error {
	if v, err := ParseVersion(version); err != nil || !ValidName(name) || v.String() == "" {
		return &InstallError{Reason: fmt.Sprintf("%q %q is no release", name, version)}
	}
	python, err := python3()
	if err != nil {
		return &InstallError{Reason: err.Error(), Err: err}
	}
	dirs, err := rooms(dir, "home")
	if err != nil {
		return err
	}
	t := trial{ctx: ctx, home: dirs[0], venv: filepath.Join(dir, "venv")}
	for _, step := range []func() error{
		func() error { return t.newVenv(python) },
		func() error { return t.pip(x, name, version) },
		func() error { return t.imports(modules) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
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
func (t trial) pip(x *Index, name, version string) error {
	args := []string{"-m", "pip", "install", "--quiet", "--no-cache-dir", "--index-url", withoutUser(x.conf.Simple)}
	if u, err := url.Parse(x.conf.Simple); err == nil && u.Scheme == "http" && loopback(u.Hostname()) {
		args = append(args, "--trusted-host", u.Host)
	}
	return t.run(installLimit, "pip install "+name+"=="+version, t.python(), append(args, name+"=="+version)...)
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
func (t trial) imports(modules []string) error {
	for _, module := range modules {
		if !moduleName.MatchString(module) {
			return &InstallError{Reason: fmt.Sprintf("%q is no module that can be imported", module)}
		}
		if err := t.run(importLimit, "import "+module, t.python(), "-I", "-c", "import importlib, sys; importlib.import_module(sys.argv[1])", module); err != nil {
			return err
		}
	}
	return nil
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
