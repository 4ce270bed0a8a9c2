package steps

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkInstall: what people do with a release works: pip finds it on this index,
// installs it into a new environment, and its modules can be imported.
func checkInstall(ctx context.Context, v *verifier) []flow.Check {
	const id = "install"
	switch {
	case !v.options.Install:
		return []flow.Check{unchecked(id, "not asked for; --install installs it into a new environment and imports it")}
	case len(v.evidence.simple().files) == 0:
		return []flow.Check{unchecked(id, "the simple index, which pip reads, shows no file")}
	}
	dir, done, err := v.room("install")
	defer done()
	if err != nil {
		return []flow.Check{unchecked(id, "%v", err)}
	}
	modules := v.modules()
	v.tell("installing %s %s", v.target.Name, v.target.Version)
	err = pypi.TryInstall(ctx, v.Index, v.target.Name, v.target.Version, modules, dir)
	switch {
	case err == nil && len(modules) == 0:
		return []flow.Check{fine(id, "pip installs it; no wheel names modules to import")}
	case err == nil:
		return []flow.Check{fine(id, "pip installs it, and %s can be imported", listed(modules))}
	case !v.itsFault(err):
		return []flow.Check{unchecked(id, "%v%s", err, output(err))}
	}
	return []flow.Check{bad(id, flow.Mismatch, "%v%s", err, output(err))}
}

// modules are what the first wheel puts at the top.
func (v *verifier) modules() []string {
	for _, a := range v.opened() {
		if modules := a.TopModules(); len(modules) > 0 {
			return modules
		}
	}
	return nil
}

// Failures of which the release is innocent: this machine's Python, the network,
// and dependencies that are on another index.
var (
	otherPython = regexp.MustCompile(`(?i)requires? a different python`)
	noAnswer    = regexp.MustCompile(`(?i)(?:40[137]|5\d\d) (?:client|server) error|max retries exceeded|connection (?:refused|reset|aborted)|timed out|temporary failure in name resolution`)
	notFound    = regexp.MustCompile(`No matching distribution found for ([A-Za-z0-9._-]+)`)
)

// itsFault says whether a failed installation tells against the release.
func (v *verifier) itsFault(err error) bool {
	var failed *pypi.InstallError
	if !errors.As(err, &failed) || errors.Is(err, pypi.ErrNoPython) || strings.HasPrefix(failed.Reason, "python3 ") {
		return false
	}
	if strings.HasPrefix(failed.Reason, "import ") {
		return true
	}
	text := strings.Join(failed.Output, "\n")
	if otherPython.MatchString(text) || noAnswer.MatchString(text) {
		return false
	}
	missing := notFound.FindStringSubmatch(text)
	return missing == nil || pypi.NormalizeName(missing[1]) == pypi.NormalizeName(v.target.Name)
}
