package pypi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// BuildOptions say how a project's own backend is run.
type BuildOptions struct {
	Python    string        // the interpreter that has "build"; "" is python3
	Limit     time.Duration // how long all of it may take; 0 is two minutes
	Installed bool          // take the backend that is installed, instead of a new environment
}

// BuildError is a build that gave no name and version. Output is the end of what
// it printed; it is text from outside.
type BuildError struct {
	Reason string
	Output []string
	Err    error
}

func (e *BuildError) Error() string { return "the build " + e.Reason }
func (e *BuildError) Unwrap() error { return e.Err }

// BuildMetadata runs the project's backend on a copy of the tree and gives the
// name and version that it states. This runs code of the project: ask before. The
// backend sees nothing of the environment that it does not need, and no
// repository, so a version that comes from a tag cannot be had this way. An error
// is a *BuildError, or the context's own.
func BuildMetadata(ctx context.Context, tree fs.FS, o BuildOptions) (Project, error) {
	room, err := os.MkdirTemp("", "ferry-build")
	if err != nil {
		return Project{}, &BuildError{Reason: fmt.Sprintf("did not begin: %v", err), Err: err}
	}
	defer func() { _ = os.RemoveAll(room) }()
	b := build{o, room, cmpText(o.Python, "python3")}
	if err := copyOut(ctx, tree, b.in("tree")); err != nil {
		if ctx.Err() != nil {
			return Project{}, context.Cause(ctx)
		}
		return Project{}, &BuildError{Reason: fmt.Sprintf("did not begin, because the files could not be copied: %v", err), Err: err}
	}
	limit := o.Limit
	if limit == 0 {
		limit = 2 * time.Minute
	}
	limited, stop := context.WithTimeout(ctx, limit)
	defer stop()
	name, version, err := b.metadata(limited)
	switch {
	case ctx.Err() != nil:
		return Project{}, ctx.Err()
	case limited.Err() != nil:
		return Project{}, &BuildError{Reason: fmt.Sprintf("took longer than %s", limit), Err: limited.Err()}
	case err != nil:
		return Project{}, err
	}
	const source = "a build of the commit (python3 -m build)"
	return Project{Name: name, NameSource: source, Version: version, VersionSource: source}.checked()
}

// build is one run, in a room of its own.
type build struct {
	BuildOptions
	room, python string
}

func (b build) in(name string) string { return filepath.Join(b.room, name) }

// metadata asks for the metadata alone where "build" can, and else makes an sdist.
func (b build) metadata(ctx context.Context) (name, version string, err error) {
	out, err := b.run(ctx, "--version")
	if err != nil {
		return "", "", &BuildError{Reason: "cannot be run: " + b.python + " -m build does not answer", Output: endOf(out), Err: err}
	}
	args := []string{"--sdist", "--outdir", b.in("out")}
	asks := since14.FindStringSubmatch(out)
	if asks != nil && atLeast14(asks[1], asks[2]) {
		args = []string{"--metadata"}
	}
	if b.Installed {
		args = append(args, "--no-isolation")
	}
	if out, err = b.run(ctx, append(args, b.in("tree"))...); err != nil {
		return "", "", &BuildError{Reason: "failed", Output: endOf(out), Err: err}
	}
	if args[0] == "--metadata" {
		return parsedMetadata(out)
	}
	return sdistMetadata(b.in("out"))
}

var since14 = regexp.MustCompile(`(?m)^build ([0-9]+)\.([0-9]+)`)

// atLeast14 says whether this "build" knows --metadata.
func atLeast14(major, minor string) bool {
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return a > 1 || a == 1 && b >= 4
}

func parsedMetadata(out string) (name, version string, err error) {
	var m struct{ Name, Version string }
	from := strings.IndexByte(out, '{')
	if from < 0 || json.NewDecoder(strings.NewReader(out[from:])).Decode(&m) != nil || m.Name == "" || m.Version == "" {
		return "", "", &BuildError{Reason: "printed no metadata", Output: endOf(out)}
	}
	return m.Name, m.Version, nil
}

// passedToBuilds is all that a backend may see: where programs are, how to reach
// an index, and what Windows cannot do without.
var passedToBuilds = []string{
	"PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SystemRoot", "ComSpec", "PATHEXT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
}

// run runs "build" and gives what it printed.
func (b build) run(ctx context.Context, args ...string) (string, error) {
	return child{home: b.room, until: ctx}.run(b.python, append([]string{"-m", "build"}, args...)...)
}

// capped keeps the beginning of what is written, and swallows the rest.
type capped struct {
	text strings.Builder
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.text.Write(p[:n])
	return len(p), nil
}

// endOf is the last lines of an output.
func endOf(out string) []string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[max(0, len(lines)-8):]
}

// What a tree may be at most to be copied for a build.
const (
	maxCopied      = 1 << 30
	maxCopiedFiles = 100_000
)

var errLargeTree = errors.New("there is too much of them")

// copyOut writes a tree's files into a new folder. A link is written as what it
// leads to; one that leads nowhere inside the tree is left out. A name that would
// lead out of the folder here, or mean a device, is refused.
func copyOut(ctx context.Context, tree fs.FS, dir string) error {
	size, files := int64(0), 0
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !isHere(name) {
			return fmt.Errorf("%q cannot be written on this system", name)
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(to, 0o700))
		}
		info, err := fs.Stat(tree, name)
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link out of the tree is no file of the project
		}
		size, files = size+info.Size(), files+1
		if size > maxCopied || files > maxCopiedFiles {
			return errLargeTree
		}
		return copyFileOut(tree, name, to, 0o600|info.Mode().Perm()&0o100)
	})
}

// isHere says whether a path of a tree is one below a folder of this system, and
// the same one: git has names that Windows reads otherwise.
func isHere(name string) bool {
	local, err := filepath.Localize(name)
	return err == nil && filepath.IsLocal(local)
}

func copyFileOut(tree fs.FS, name, to string, mode fs.FileMode) error {
	from, err := tree.Open(name)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, from.Close(), file.Close())
}
