package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/gitops"
	"ferry/keyring"
	"ferry/pypi"
)

// Plot says what of the configuration a setup goes by.
type Plot struct {
	Intent
	Branch, Tag   string // the patterns of release.branch and release.tag
	Configuration string // on a server that starts releases, by its path; "" if none is named
}

// Found is what a repository has before it is set up, or half-way. What could
// not be read is in Facts, in words.
type Found struct {
	Plot
	Name, Version, Source string // Version is "" where it comes from tags
	FromTags              bool
	Default               string // the default branch; "" if nobody tells
	Host                  string // of the remote
	HostKind              string // github, gitlab or gitea; "" if its name says nothing
	Providers             []string
	Deploys               []rules.Deploy
	Travis                []byte // the .travis.yml of the work tree; nil without one
	Tests                 string // the command that the project's tests seem to run by
	Key                   *ci.PublicKey
	Free                  []string // the indexes that have no such project
	Sdist                 string   // in dist/, of this version
	NoRequest, NoCommit   string   // why neither can be made here
	NoServer              string   // why no server's configuration can be changed
	Facts                 []flow.Fact

	yard Yard
}

// Find reads it. Only a project without a name is an error: everything else can
// be asked for, or is found out later.
func (y Yard) Find(ctx context.Context, p Plot) (Found, error) {
	f := Found{Plot: p, yard: y, Host: y.Remote.Hostname(), HostKind: hostKind(y.Remote.Hostname()), Default: y.Remote.DefaultBranch()}
	if err := f.readProject(ctx, y); err != nil {
		return f, err
	}
	f.readFiles(y)
	var wg sync.WaitGroup
	var mu sync.Mutex
	name := f.Name
	for _, look := range []func(context.Context, Yard, string) func(*Found){findDefault, findNames, findKey} {
		wg.Go(func() {
			tell := look(ctx, y, name)
			mu.Lock()
			defer mu.Unlock()
			tell(&f)
		})
	}
	wg.Wait()
	f.NoRequest, f.NoCommit, f.NoServer = y.CanRequest(), y.canCommit(), y.canSave(p.Configuration)
	slices.SortStableFunc(f.Facts, func(a, b flow.Fact) int {
		return cmp.Compare(slices.Index(witnesses, a.Witness), slices.Index(witnesses, b.Witness))
	})
	return f, context.Cause(ctx)
}

// witnesses is the order in which they are told of.
var witnesses = []string{"files", "git", "index", "ci.travis"}

// hostKind is whose software a host runs, by its name.
func hostKind(host string) string {
	for _, c := range rules.Detect(nothing{}, host) {
		return c.Provider
	}
	return ""
}

// nothing is a tree without a file: what is found in it is found by the host alone.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (f *Found) fact(witness, about, format string, args ...any) {
	f.Facts = append(f.Facts, flow.Fact{Witness: witness, About: about, Says: fmt.Sprintf(format, args...)})
}

// readProject reads name and version from the work tree, by a build where only
// that can tell and it is agreed to.
func (f *Found) readProject(ctx context.Context, y Yard) error {
	p, err := y.project(ctx, f.Intent, y.Tree())
	if err != nil {
		return err
	}
	if p.Name == "" {
		return usage(flow.CodeNoProject, "The project's name cannot be read from the work tree", "python3 -m build --sdist")
	}
	f.Name, f.Version, f.Source, f.FromTags = p.Name, p.Version, cmp.Or(p.VersionSource, p.NameSource), p.FromTag
	if v, err := pypi.ParseVersion(p.Version); err == nil && !p.FromTag {
		f.Version = v.String()
	}
	if p.FromTag {
		f.Version = ""
	}
	f.fact("files", "project", "%s", strings.TrimSpace(fmt.Sprintf("%s %s (%s)", f.Name, cmp.Or(f.Version, "its version comes from tags"), f.Source)))
	return nil
}

// readFiles reads the CI files of the work tree, written already or not.
func (f *Found) readFiles(y Yard) {
	tree := y.Tree()
	if files, err := rules.Scan(tree); err != nil {
		f.fact("files", "CI", "cannot be read: %v", err)
	} else {
		f.Providers, f.Deploys = files.Providers, files.Deploys
	}
	if text, err := fs.ReadFile(tree, ".travis.yml"); err == nil {
		f.Travis = text
	}
	f.Tests = testCommand(tree)
	lane := RegisterLane{yard: y, setup: Setup{Name: f.Name, Version: f.Version, Dir: f.Dir}}
	if names, err := lane.sdists(lane.dist()); err == nil && len(names) == 1 {
		f.Sdist = names[0]
	}
	f.fact("files", "CI", "%s", f.ciWords())
}

func (f *Found) ciWords() string {
	if len(f.Deploys) == 0 {
		return cmp.Or(strings.Join(f.Providers, ", "), "no CI file") + ": nothing publishes"
	}
	var out []string
	for _, d := range f.Deploys {
		out = append(out, d.File+" publishes"+byJob(d.Job))
	}
	return strings.Join(slices.Compact(out), "; ")
}

// byJob names a job; one that a file does not name is not.
func byJob(name string) string {
	if name == "" {
		return ""
	}
	return " by the job " + name
}

// testCommand guesses what a new CI file runs as the test.
func testCommand(tree fs.FS) string {
	has := func(name, text string) bool {
		b, err := fs.ReadFile(tree, name)
		return err == nil && strings.Contains(string(b), text)
	}
	switch {
	case has("tox.ini", "[tox"), has("pyproject.toml", "[tool.tox"):
		return "pip install tox && tox"
	case has("noxfile.py", "nox"):
		return "pip install nox && nox"
	case has("pyproject.toml", "pytest"), has("pytest.ini", ""), has("setup.cfg", "pytest"):
		return "pip install -e . pytest && pytest"
	}
	return "skip"
}

// findDefault asks the remote for its default branch.
func findDefault(ctx context.Context, y Yard, _ string) func(*Found) {
	refs, err := y.Remote.Refs(ctx)
	return func(f *Found) {
		if err != nil {
			f.fact("git", "remote", "cannot be read: %v", err)
			return
		}
		for _, r := range refs {
			if r.Name == "HEAD" && r.Target != "" {
				f.Default = strings.TrimPrefix(r.Target, "refs/heads/")
			}
		}
		f.fact("git", "remote", "%s, default branch %s", y.Remote.Slug(), cmp.Or(f.Default, "not told"))
	}
}

// findNames looks the project up on both indexes.
func findNames(ctx context.Context, y Yard, name string) func(*Found) {
	var tell []func(*Found)
	for _, index := range []string{"testpypi", "pypi"} {
		x := y.Indexes[index]
		if x == nil {
			continue
		}
		n, err := x.CheckName(ctx, name)
		tell = append(tell, func(f *Found) {
			if err == nil && n.State == pypi.NameFree {
				f.Free = append(f.Free, index)
			}
			if err != nil {
				n.Text = fmt.Sprintf("cannot be read: %v", err)
			}
			f.fact("index", x.Label(), "%s", n.Text)
		})
	}
	return func(f *Found) {
		for _, t := range tell {
			t(f)
		}
	}
}

// findKey asks Travis for the repository's key, where Travis may know it.
func findKey(ctx context.Context, y Yard, _ string) func(*Found) {
	nobody := func(*Found) {}
	p, err := y.dial(ctx, "travis")
	if err != nil || p == nil {
		return nobody
	}
	s, ok := p.(ci.Sealer[keyring.Secret])
	if !ok {
		return nobody
	}
	key, err := s.PublicKey(ctx)
	return func(f *Found) {
		var missing *ci.NotFoundError
		switch {
		case errors.As(err, &missing):
			f.fact("ci.travis", "repository", "not known to Travis, or without a key yet")
		case err != nil:
			f.fact("ci.travis", "key", "cannot be read: %v", err)
		default:
			f.Key = &key
			f.fact("ci.travis", "key", "%d bits, seals %d bytes, %s from %s", key.Bits, key.Room, key.Fingerprint, key.Origin)
		}
	}
}

func (y Yard) dial(ctx context.Context, name string) (ci.Provider, error) {
	if y.Services == nil {
		return nil, nil
	}
	return y.Services(ctx, name)
}

// canCommit says why no commit can be made; "" if one can.
func (y Yard) canCommit() string {
	if !gitops.Installed() {
		return gitops.ErrNoGit.Error()
	}
	return ""
}

// canSave says why no configuration of a server can be changed.
func (y Yard) canSave(configuration string) string {
	switch {
	case y.Server == nil:
		return "no server is configured: ci.provider, ci.url and ci.configuration name it"
	case configuration == "":
		return "ci.configuration names no configuration of the server"
	}
	return ""
}
