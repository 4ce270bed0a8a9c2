package rules

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Start is what makes a CI publish.
type Start string

// The starts.
const (
	StartBranch Start = "branch" // a push of the release branch
	StartTag    Start = "tag"    // a push of the release's tag
	StartPush   Start = "push"   // every push of the default branch, to TestPyPI only
)

// Setup says what a CI file that is to be written does: one package, one index and
// one start. Nothing in it is a secret: the CI publishes without a stored token.
type Setup struct {
	Project     string // as the metadata spells it
	Test        bool   // publishes to TestPyPI instead of PyPI
	Start       Start
	Ref         string // short, with {name} and {version} where the configuration has them: pypi-release, v{version}; the default branch for StartPush
	Folder      string // of the package, from the top of the repository; "" is the top
	Python      string // 3.12; "" is the newest 3
	FromTags    bool   // the version comes from tags, so that the build needs the history
	Environment string // "" is the index's name
}

// Generated is a file to be written.
type Generated struct {
	Path string // from the top of the repository
	Text []byte
}

// What may stand in a file that is written here without changing its meaning in
// YAML, in a shell, in a glob or in a regular expression.
var (
	plainName   = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	plainFolder = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)
	plainRef    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*$`)
	plainPython = regexp.MustCompile(`^3(?:\.\d+){0,2}$`)
)

// anyVersion stands for {version} while a ref is looked at.
const anyVersion = "0VERSION0"

// Check says why no CI file can be written for a setup; nil if one can.
func (s Setup) Check() error {
	switch {
	case !plainName.MatchString(s.Project):
		return fmt.Errorf("%q is no name of a project", s.Project)
	case s.Start != StartBranch && s.Start != StartTag && s.Start != StartPush:
		return fmt.Errorf("%q is not a start: branch, tag or push", s.Start)
	case s.Start == StartPush && !s.Test:
		return errors.New("every push of the default branch publishes to TestPyPI only: what PyPI has taken cannot be taken back")
	case !plainRef.MatchString(s.ref(anyVersion)):
		return fmt.Errorf("%q cannot stand in a CI file as it is: letters, digits and ._+@/- can, {name} and {version} too", s.Ref)
	case s.Start == StartPush && s.ref("") != s.ref(anyVersion):
		return fmt.Errorf("%q is no name of a branch", s.Ref)
	case s.Folder != "" && !plainFolder.MatchString(s.Folder):
		return fmt.Errorf("the folder %q cannot stand in a CI file as it is: letters, digits and ._-/ can", s.Folder)
	case s.Python != "" && !plainPython.MatchString(s.Python):
		return fmt.Errorf("%q is no version of Python 3", s.Python)
	case s.Environment != "" && !plainName.MatchString(s.Environment):
		return fmt.Errorf("%q cannot be the name of an environment here: letters, digits and ._- can", s.Environment)
	}
	return nil
}

// ref is the ref with something in the place of the version.
func (s Setup) ref(version string) string {
	return strings.NewReplacer("{name}", s.Project, "{version}", version).Replace(s.Ref)
}

// Glob is the ref as a pattern for the environment of a host: Ruby's fnmatch. A
// version begins with a digit, and v* would also take vendored.
func (s Setup) Glob() string { return s.ref("[0-9]*") }

// filter is the same for the filters of a workflow, where a plus repeats.
func (s Setup) filter() string {
	return strings.ReplaceAll(strings.ReplaceAll(s.ref(anyVersion), "+", `\+`), anyVersion, "[0-9]*")
}

// Kind is what the ref is: branch or tag.
func (s Setup) Kind() string {
	if s.Start == StartTag {
		return "tag"
	}
	return "branch"
}

// On is the event that starts what is written, for a version.
func (s Setup) On(version string) Event {
	e := Event{What: "push", Ref: "refs/heads/" + s.ref(version)}
	if s.Start == StartTag {
		e.Ref = "refs/tags/" + s.ref(version)
	}
	return e
}

// index is the short name of the index.
func (s Setup) index() string {
	if s.Test {
		return "testpypi"
	}
	return "pypi"
}

func (s Setup) indexTitle() string {
	if s.Test {
		return "TestPyPI"
	}
	return "PyPI"
}

// WorkflowPath is the file of the workflow, from the top of the repository.
func (s Setup) WorkflowPath() string { return ".github/workflows/publish-" + s.tail() + ".yml" }

// EnvironmentName is that of the deployment environment.
func (s Setup) EnvironmentName() string { return cmp.Or(s.Environment, s.index()) }

// page is the project's on the index.
func (s Setup) page() string {
	if s.Test {
		return "https://test.pypi.org/project/" + s.slug() + "/"
	}
	return "https://pypi.org/project/" + s.slug() + "/"
}

var nameRuns = regexp.MustCompile(`[-_.]+`)

// slug is the normalised name of the project (PEP 503).
func (s Setup) slug() string { return strings.ToLower(nameRuns.ReplaceAllString(s.Project, "-")) }

// title is what people see of it; two packages of a repository differ in it.
func (s Setup) title() string { return "Publish " + s.Project + " to " + s.indexTitle() }

// tail tells the packages of one repository apart in the names of files and jobs.
func (s Setup) tail() string {
	if s.Folder == "" {
		return s.index()
	}
	return s.slug() + "-" + s.index()
}

// starts says in words when it publishes.
func (s Setup) starts() string {
	switch s.Start {
	case StartPush:
		return "at every push of the branch " + s.ref("")
	case StartTag:
		return "when a tag " + s.ref("VERSION") + " is pushed"
	}
	return "when the branch " + s.ref("VERSION") + " is pushed"
}
