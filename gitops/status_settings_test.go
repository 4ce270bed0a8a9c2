package gitops_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"ferry/gitops"
)

func pipe(t *testing.T, path string) {
	t.Helper()
	must(t, syscall.Mkfifo(path, 0o644))
}

// withLib has a committed submodule lib, and runs the rest in it.
func withLib(then func(c, lib checkout)) func(checkout) {
	return func(c checkout) {
		c.git("submodule", "--quiet", "add", newCheckout(c.t).dir, "lib")
		c.commit()
		then(c, checkout{c.t, c.at("lib")})
	}
}

// ignoring sets what git passes over in lib, and makes one kind of change there.
func ignoring(where, value string, change func(c, lib checkout)) func(checkout) {
	return withLib(func(c, lib checkout) {
		switch where {
		case ".gitmodules":
			c.git("config", "-f", ".gitmodules", "submodule.lib.ignore", value)
			c.commit()
		case "config":
			c.git("config", "submodule.lib.ignore", value)
		default:
			c.git("config", "diff.ignoreSubmodules", value)
		}
		change(c, lib)
	})
}

func dirtyLib(_, lib checkout) { lib.write("a.txt", "dirt") }

func looseLib(_, lib checkout) { lib.write("new", "x") }

func movedLib(_, lib checkout) {
	lib.git("commit", "-q", "--allow-empty", "-m", "moved")
}

var submoduleCases = []statusCase{
	{name: "submodule clean", make: withLib(func(c, lib checkout) {})},
	{name: "submodule moved", make: withLib(movedLib)},
	{name: "submodule dirty", make: withLib(dirtyLib)},
	{name: "submodule with untracked files", make: withLib(looseLib)},
	{name: "submodule staged", make: withLib(func(c, lib checkout) {
		movedLib(c, lib)
		c.git("add", "lib")
	})},
	{name: "submodule not initialised", make: withLib(func(c, _ checkout) { c.git("submodule", "--quiet", "deinit", "-f", "lib") })},
	{name: "submodule not initialised, files in it", make: withLib(func(c, _ checkout) {
		c.git("submodule", "--quiet", "deinit", "-f", "lib")
		c.write("lib/f", "x")
	})},
	{name: "submodule deleted", make: withLib(func(c, _ checkout) { c.remove("lib") })},
	{name: "submodule replaced by a file", make: withLib(func(c, _ checkout) {
		c.remove("lib")
		c.write("lib", "x")
	})},
	{name: "ignore=dirty, dirty", make: ignoring("config", "dirty", dirtyLib)},
	{name: "ignore=dirty, moved", make: ignoring("config", "dirty", movedLib)},
	{name: "ignore=all, moved", make: ignoring(".gitmodules", "all", movedLib)},
	{name: "ignore=all, staged", make: ignoring(".gitmodules", "all", func(c, lib checkout) {
		movedLib(c, lib)
		c.git("add", "-f", "lib")
	})},
	{name: "ignore=untracked, untracked", make: ignoring(".gitmodules", "untracked", looseLib)},
	{name: "ignore=untracked, dirty", make: ignoring(".gitmodules", "untracked", dirtyLib)},
	{name: "diff.ignoreSubmodules=all, moved", make: ignoring("diff", "all", movedLib)},
	{name: "diff.ignoreSubmodules=dirty, dirty", make: ignoring("diff", "dirty", dirtyLib)},
	{name: "diff.ignoreSubmodules=all, ignore=none", make: ignoring("config", "none", func(c, lib checkout) {
		c.git("config", "diff.ignoreSubmodules", "all")
		dirtyLib(c, lib)
	})},
}

// set makes a case of one setting.
func set(key, value string, then func(checkout)) func(checkout) {
	return func(c checkout) {
		c.git("config", key, value)
		then(c)
	}
}

var settingCases = []statusCase{
	{name: "core.fileMode=false", make: set("core.fileMode", "false", func(c checkout) { must(c.t, os.Chmod(c.at("a.txt"), 0o755)) })},
	{name: "core.symlinks=false", make: set("core.symlinks", "false", func(c checkout) {
		c.remove("link")
		c.write("link", "a.txt")
	})},
	{name: "core.symlinks=false, other text", make: set("core.symlinks", "false", func(c checkout) {
		c.remove("link")
		c.write("link", "b.txt")
	})},
	{name: "core.trustctime=false", make: set("core.trustctime", "false", func(c checkout) { c.rewrite("a.txt", "ALPHA\n") })},
	{name: "core.checkStat=minimal", make: set("core.checkStat", "minimal", func(c checkout) { c.rewrite("a.txt", "ALPHA\n") })},
	{name: "core.checkStat=minimal, written", make: set("core.checkStat", "minimal", func(c checkout) { c.write("a.txt", "ALPHA\n") })},
	{name: "core.ignoreCase", make: set("core.ignoreCase", "true", func(c checkout) {
		c.put(".gitignore", "*.OUT\n/Build/\n")
		c.commit()
		for _, f := range []string{"A.TXT", "x.out", "build/f", "SUB/new", "other"} {
			c.write(f, "x")
		}
	})},
	{name: "assume-unchanged, changed and deleted", make: func(c checkout) {
		c.git("update-index", "--assume-unchanged", "a.txt", "b.txt")
		c.write("a.txt", "changed\n")
		c.remove("b.txt")
	}},
	{name: "skip-worktree, changed and deleted", make: func(c checkout) {
		c.git("update-index", "--skip-worktree", "a.txt", "b.txt")
		c.write("a.txt", "changed\n")
		c.remove("b.txt")
	}},
	{name: "sparse checkout by folders", make: func(c checkout) {
		c.put("left/out", "x")
		c.commit()
		c.git("sparse-checkout", "set", "--cone", "left")
		c.write("left/new", "x")
	}},
	{name: "sparse checkout by patterns", make: func(c checkout) {
		c.put(".gitignore", "*.o\n")
		c.commit()
		c.git("sparse-checkout", "set", "--no-cone", "/sub/")
		c.write("x.o", "x")
		c.write("sub/c.txt", "changed")
	}},
	{name: "sparse checkout, a left out file is there", make: func(c checkout) {
		c.git("sparse-checkout", "set", "--no-cone", "/sub/")
		c.write("a.txt", "changed\n")
		c.write("b.txt", "beta\n")
	}},
	{name: "linked work tree", make: func(c checkout) {
		c.git("worktree", "add", "-q", "--detach", "tree")
		c.write("tree/a.txt", "changed")
	}},
	{name: "core.worktree", make: func(c checkout) {
		other := checkout{c.t, c.t.TempDir()}
		c.git("config", "core.worktree", other.dir)
		other.write("a.txt", "alpha\n")
		other.write("new", "x")
	}},
}

// TestStatusInLinkedWorkTree: its index is its own, its info/exclude is shared.
func TestStatusInLinkedWorkTree(t *testing.T) {
	c := newCheckout(t)
	tree := checkout{t, filepath.Join(t.TempDir(), "tree")}
	c.git("worktree", "add", "-q", "--detach", tree.dir)
	c.write(".git/info/exclude", "*.o\n")
	tree.write("x.o", "x")
	tree.write("a.txt", "changed\n")
	tree.write("new", "x")
	want := tree.oracle()
	repo, err := gitops.Open(tree.dir)
	must(t, err)
	compareStatus(t, "with git", repo, want, false)
	withoutGit(t)
	compareStatus(t, "without git", repo, want, false)
}

// TestStatusSeesTheChangeTime: size and time of a file are as before, and only
// the inode's own time tells. Git as it is mostly built looks at whole seconds.
func TestStatusSeesTheChangeTime(t *testing.T) {
	c := newCheckout(t)
	c.rewrite("a.txt", "ALPHA\n")
	repo, err := gitops.Open(c.dir)
	must(t, err)
	withoutGit(t)
	compareStatus(t, "without git", repo, []string{" M a.txt"}, false)
}
