package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A release through real programs only: git, its http server or sshd, a hook
// that builds and uploads with the tools that Python people use.
func TestWithRealPrograms(t *testing.T) {
	python(t, "build", "setuptools", "wheel")
	y := yard{t.TempDir()}
	t.Run("over http", y.overHTTP) // first: the others find what it built
	t.Run("more", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"over ssh": y.overSSH, "by path": y.byPath, "refused branch": y.refusedBranch, "refused claim": y.refusedClaim,
			"shallow clone": y.shallow, "detached HEAD": y.detached, "linked worktree": y.worktree, "sub-directory": y.subDirectory,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t)
			})
		}
	})
}

func (y yard) overHTTP(t *testing.T) {
	h := y.host(t, "lantern", true)
	h.git(h.clone, "remote", "set-url", "origin", h.web())
	h.password("wrong")
	before := h.refs()
	h.ends(h.release(h.clone), 4, "refuses the login from git credential (401)", "Invalid user name or password", " next ")
	h.git(h.dir, "config", "--global", "--unset", "credential.helper")
	h.ends(h.release(h.clone), 4, "wants credentials and there are none", " next ")
	if now := h.refs(); now != before {
		t.Errorf("refs changed:\n%s", now)
	}
	h.password(realPassword)
	h.git(h.clone, "fetch", "-q", "origin")
	h.released(h.release(h.clone))
	h.claimed()
	h.again(h.clone)
}

func (y yard) overSSH(t *testing.T) {
	python(t, "flit_core")
	h := y.host(t, "spyglass", false)
	address, known := h.sshd()
	h.git(h.clone, "remote", "set-url", "origin", address)
	h.know(known, "home/.ssh/id_ed25519.pub")
	h.ends(h.release(h.clone), 4, "changed", "SHA256:", " next ")
	h.write("home/.ssh/known_hosts", "", 0o600)
	h.ends(h.release(h.clone), 4, "not in known_hosts", "SHA256:", " next ")
	h.know(known, "hostkey.pub")
	r := h.release(h.clone)
	h.released(r)
	h.ends(r, 0, "the host builds "+h.git(h.clone, "rev-parse", "HEAD"))
	h.claimed()
	h.again(h.clone)
}

func (y yard) byPath(t *testing.T) {
	h := y.host(t, "lantern", false)
	h.released(h.release(h.clone))
	h.claimed()
	h.again(h.clone)
}

// A rule of the host against the branch: its reason is told, and once the rule
// is gone the same release goes on under the same claim.
func (y yard) refusedBranch(t *testing.T) {
	h := y.host(t, "lantern", true)
	h.git(h.clone, "remote", "set-url", "origin", h.web())
	h.refuses(realBranch, "Mondays are for mending nets")
	h.ends(h.release(h.clone), 1, "refused", "Mondays are for mending nets", " now ", " next ")
	if len(h.uploaded()) != 0 {
		t.Error("something was uploaded")
	}
	h.claimed()
	h.refuses("nothing", "")
	h.released(h.release(h.clone))
	h.claimed()
}

// A rule against claims: the branch alone must do.
func (y yard) refusedClaim(t *testing.T) {
	h := y.host(t, "lantern", true)
	h.git(h.clone, "remote", "set-url", "origin", h.web())
	h.refuses(claimRef+"*", "no such refs here")
	r := h.release(h.clone)
	h.released(r)
	h.ends(r, 0, "no such refs here", "Two maintainers at the same moment are kept apart by the branch alone")
	if refs := h.refs(); strings.Contains(refs, claimRef) {
		t.Errorf("claimed all the same:\n%s", refs)
	}
	h.ends(h.release(h.clone), 3, "nothing shows that it is from commit") // what was not promised
	h.released(r)
}

func (y yard) shallow(t *testing.T) {
	h := y.host(t, "lantern", true)
	h.write("src/README.md", "A better lantern.\n", 0o600)
	src := filepath.Join(h.dir, "src")
	h.git(src, "commit", "-qam", "more history")
	h.git(src, "push", "-q", h.bare, "main")
	h.clone = filepath.Join(h.dir, "shallow")
	h.git(h.dir, "clone", "-q", "--depth", "1", h.web(), h.clone)
	if n := h.git(h.clone, "rev-list", "--count", "HEAD"); n != "1" {
		t.Fatalf("the clone has %s commits", n)
	}
	h.released(h.release(h.clone))
	h.claimed()
	h.again(h.clone)
}

func (y yard) detached(t *testing.T) {
	h := y.host(t, "lantern", false)
	h.git(h.clone, "checkout", "-q", "-b", "a-later-one")
	h.git(h.clone, "commit", "-q", "--allow-empty", "-m", "after the release")
	h.git(h.clone, "push", "-q", "origin", "a-later-one")
	h.git(h.clone, "checkout", "-q", "--detach", "main")
	h.git(h.clone, "branch", "-q", "-D", "main")
	r := h.release(h.clone)
	h.released(r)
	h.ends(r, 0, "HEAD = origin/main")
	h.claimed()
}

func (y yard) worktree(t *testing.T) {
	h := y.host(t, "lantern", false)
	linked := filepath.Join(h.dir, "linked")
	h.git(h.clone, "worktree", "add", "-q", "-b", "next", linked)
	h.write("clone/unfinished", "in the other work tree", 0o600)
	h.released(h.release(linked))
	h.claimed()
}

func (y yard) subDirectory(t *testing.T) {
	h := y.host(t, "lantern", false)
	h.released(h.release(h.dir, "-C", filepath.Join("clone", "src", "lantern")))
	h.claimed()
	h.again(filepath.Join(h.clone, "src"))
}
