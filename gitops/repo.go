package gitops

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Repo is a checkout on this disk. It is safe for concurrent use, and but for
// CommitOn, CommitHere and Uncommit only read.
type Repo struct {
	root      string // top of the work tree
	gitDir    string // HEAD and index
	commonDir string // objects, refs and config; another folder in a linked work tree
	store     *store
}

// Open opens the checkout that holds dir, from any folder in it. Linked work
// trees, separate git directories and borrowed objects are followed.
func Open(dir string) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, gitDir, err := discover(abs)
	if err != nil {
		return nil, err
	}
	r := &Repo{root: root, gitDir: gitDir, commonDir: commonDir(gitDir)}
	if err := r.supported(); err != nil {
		return nil, err
	}
	r.store = newStore(r.gitDir, r.commonDir, 0)
	return r, nil
}

// Root is the top of the work tree.
func (r *Repo) Root() string { return r.root }

// discover walks up from dir to the folder that holds .git.
func discover(dir string) (root, gitDir string, err error) {
	for at := dir; ; at = filepath.Dir(at) {
		if insideGitDir(at) {
			return "", "", &UnsupportedError{"a bare repository, or the inside of a .git folder (" + at + "): a release needs the files; git worktree add DIR makes a place with them"}
		}
		gitDir, err := dotGit(filepath.Join(at, ".git"))
		if err != nil {
			return "", "", err
		}
		if gitDir != "" {
			return at, gitDir, nil
		}
		if at == filepath.Dir(at) {
			return "", "", &NotARepositoryError{dir}
		}
	}
}

// dotGit gives the git directory that path is or points to, "" if there is none.
func dotGit(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil
	}
	if info.IsDir() {
		if !insideGitDir(path) {
			return "", nil // git passes over an empty .git folder too
		}
		return path, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	to, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir:")
	if !ok {
		return "", nil
	}
	to = configPath(strings.TrimSpace(to), filepath.Dir(path))
	if !insideGitDir(to) {
		return "", &NotARepositoryError{filepath.Dir(path)}
	}
	return to, nil
}

// insideGitDir tells a git directory as git does: by HEAD, objects and refs.
func insideGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	common := commonDir(dir)
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(common, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// commonDir is where a linked work tree keeps what it shares.
func commonDir(gitDir string) string {
	b, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	if err != nil {
		return gitDir
	}
	return configPath(strings.TrimSpace(string(b)), gitDir)
}

// harmless are the extensions that change neither objects nor refs.
var harmless = map[string]bool{
	"worktreeconfig": true, "partialclone": true, "preciousobjects": true, "relativeworktrees": true, "noop": true,
}

// supported refuses the formats whose objects or refs we would misread. Only
// the repository's own file counts, and in version 0 only what git honours there.
func (r *Repo) supported() error {
	own := r.readConfig(filepath.Join(r.commonDir, "config"), maxIncludes)
	if v := own.last("core.repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return &UnsupportedError{"repository format version " + v}
	}
	for _, e := range own {
		name, ok := strings.CutPrefix(e.key, "extensions.")
		value := strings.ToLower(e.value)
		fine := harmless[name] || name == "objectformat" && value == "sha1" || name == "refstorage" && value == "files"
		if ok && !fine {
			return &UnsupportedError{unreadable(name, value)}
		}
	}
	if truth(own.last("core.bare")) && r.gitDir == r.commonDir {
		return &UnsupportedError{"a bare repository: a release needs the files; git worktree add DIR makes a place with them"}
	}
	return nil
}

// unreadable names a format, and what to do about it.
func unreadable(extension, value string) string {
	switch extension {
	case "objectformat":
		return "a repository with " + value + " objects, which cannot be read here: release from a repository with sha1 objects, or with git by hand"
	case "refstorage":
		return "a repository with its refs in a " + value + ": git refs migrate --ref-format=files puts them into files, or release from a fresh clone"
	}
	return fmt.Sprintf("a repository with the extension %s %s: release from a fresh clone", extension, value)
}

// Head is what is checked out.
type Head struct{ SHA, Branch string }

// Head reads the checked out commit. Branch is "" where HEAD is detached.
// Without any commit the error is ErrNoCommit, and Branch is still told.
func (r *Repo) Head() (Head, error) {
	ref, err := r.store.reference(plumbing.HEAD)
	if err != nil {
		return Head{}, fmt.Errorf("reading HEAD: %w", err)
	}
	if ref.Type() == plumbing.HashReference {
		return Head{SHA: ref.Hash().String()}, nil
	}
	branch := strings.TrimPrefix(ref.Target().String(), "refs/heads/")
	tip, err := r.follow(ref.Target())
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return Head{Branch: branch}, ErrNoCommit
	}
	return Head{tip, branch}, err
}

const maxSymbolic = 5

// follow reads a ref through symbolic ones.
func (r *Repo) follow(name plumbing.ReferenceName) (string, error) {
	for range maxSymbolic {
		ref, err := r.store.reference(name)
		if err != nil {
			return "", err
		}
		if ref.Type() == plumbing.HashReference {
			return ref.Hash().String(), nil
		}
		name = ref.Target()
	}
	return "", fmt.Errorf("%s is symbolic without end", name)
}
