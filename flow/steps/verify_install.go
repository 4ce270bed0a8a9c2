package steps

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkInstall: what people do with a release works: pip finds it on this index,
// installs it into a new environment, and its modules can be imported. These are
// two facts. What is installed are the bytes that were proved, and no others.
func checkInstall(ctx context.Context, v *verifier) []flow.Check {
	const id, second = "install", "import"
	if !v.options.Install {
		return []flow.Check{unchecked(id, "not asked for; --install installs it into a new environment and imports it"), unchecked(second, "not asked for; --install does")}
	}
	if why := v.unsafeToRun(); why != "" {
		return []flow.Check{unchecked(id, "%s", why), unchecked(second, "it was not installed")}
	}
	modules := v.modules()
	v.tell("installing %s %s", v.target.Name, v.target.Version)
	dir, done, err := v.room("install")
	defer done()
	var got pypi.Installation
	if err == nil {
		got, err = pypi.TryInstall(ctx, v.Index, v.pinned(), modules, dir)
	}
	switch {
	case err != nil:
		return []flow.Check{unchecked(id, "%v", err), unchecked(second, "%v", err)}
	case got.Install != nil:
		return []flow.Check{v.tried(id, got.Install), unchecked(second, "it was not installed")}
	}
	return []flow.Check{fine(id, "pip installs it, held to the sha256 of %s", count(len(v.pinned().SHA256), "file")), v.imported(second, modules, got)}
}

// imported: a release that names no modules may hold none, so that nobody waits
// for a proof that cannot be.
func (v *verifier) imported(id string, modules []string, got pypi.Installation) flow.Check {
	switch {
	case len(modules) == 0:
		return unchecked(id, "no wheel names modules that could be imported")
	case got.Import != nil:
		c := v.tried(id, got.Import)
		c.Decides = true
		return c
	}
	return fine(id, "%s", listed(got.Imported))
}

// tried is a trial that failed, by the release's fault or for another reason.
func (v *verifier) tried(id string, err error) flow.Check {
	if !v.itsFault(err) {
		return unchecked(id, "%v%s", err, output(err))
	}
	return bad(id, flow.Mismatch, "%v%s", err, output(err))
}

// unsafeToRun is why the release's code is not run here: something is known to be
// other than expected, or nothing proves which bytes these are.
func (v *verifier) unsafeToRun() string {
	var against []string
	for _, c := range v.checks {
		if c.Result == flow.Bad && (c.Means == flow.Mismatch || c.Means == flow.Unexpected) {
			against = append(against, c.ID)
		}
	}
	switch {
	case len(against) > 0:
		return "not run, because what is there is not what was expected: " + strings.Join(against, ", ")
	case len(v.evidence.simple().files) == 0:
		return "the simple index, which pip reads, shows no file"
	case !v.good("bytes") && (!v.large || !v.good("digests")):
		return "not run, because nothing proves the bytes of its files"
	}
	return ""
}

// good: a check was made before this one, and is good.
func (v *verifier) good(id string) bool {
	return slices.ContainsFunc(v.checks, func(c flow.Check) bool { return c.ID == id && c.Result == flow.Good })
}

// pinned are the bytes that were proved: by a download, or by all who name them
// where there is too much to download.
func (v *verifier) pinned() pypi.Pinned {
	p := pypi.Pinned{Name: v.target.Name, Version: v.target.Version}
	for _, f := range v.files {
		if f.URL == "" {
			continue
		}
		sum := f.SHA256
		if b, read := v.bytes[f.Name]; read {
			sum = b.digest.SHA256
		}
		p.SHA256 = append(p.SHA256, sum)
	}
	return p
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
