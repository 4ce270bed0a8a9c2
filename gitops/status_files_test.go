package gitops_test

import (
	"os"
	"strings"
)

var fileCases = []statusCase{
	{name: "clean", make: func(checkout) {}},
	{name: "touched, same content", make: func(c checkout) { c.touch("a.txt") }},
	{name: "modified, same size", make: func(c checkout) { c.write("a.txt", "ALPHA\n") }},
	{name: "modified, other size, time restored", make: func(c checkout) { c.rewrite("a.txt", "longer than before\n") }},
	{name: "replaced by another file, same size and time", make: func(c checkout) {
		info, err := os.Stat(c.at("a.txt"))
		must(c.t, err)
		c.write("copy", "ALPHA\n")
		must(c.t, os.Chtimes(c.at("copy"), info.ModTime(), info.ModTime()))
		must(c.t, os.Rename(c.at("copy"), c.at("a.txt")))
	}},
	{name: "replaced by a copy", make: func(c checkout) {
		c.put("copy", "alpha\n")
		must(c.t, os.Rename(c.at("copy"), c.at("a.txt")))
	}},
	{name: "written right after git add", make: func(c checkout) {
		c.write("a.txt", "one\n")
		c.git("add", "a.txt")
		c.rewrite("a.txt", "two\n")
	}},
	{name: "emptied", make: func(c checkout) { c.write("a.txt", "") }},
	{name: "filled", make: func(c checkout) { c.write("empty", "x") }},
	{name: "deleted", make: func(c checkout) { c.remove("sub/c.txt") }},
	{name: "folder deleted", make: func(c checkout) { c.remove("sub") }},
	{name: "executable", make: func(c checkout) { must(c.t, os.Chmod(c.at("a.txt"), 0o755)) }},
	{name: "no longer executable", make: func(c checkout) { must(c.t, os.Chmod(c.at("run.sh"), 0o644)) }},
	{name: "group may write", make: func(c checkout) { must(c.t, os.Chmod(c.at("a.txt"), 0o664)) }},
	{name: "link to another place", make: func(c checkout) { c.link("b.txt", "link") }},
	{name: "link remade", make: func(c checkout) { c.link("a.txt", "link") }},
	{name: "link replaced by a file", make: func(c checkout) {
		c.remove("link")
		c.write("link", "a.txt")
	}},
	{name: "file replaced by a link", make: func(c checkout) { c.link("b.txt", "a.txt") }},
	{name: "file replaced by a folder", make: func(c checkout) {
		c.remove("a.txt")
		c.write("a.txt/x", "x")
	}},
	{name: "file replaced by an empty folder", make: func(c checkout) {
		c.remove("a.txt")
		must(c.t, os.Mkdir(c.at("a.txt"), 0o755))
	}},
	{name: "folder replaced by a file", make: func(c checkout) {
		c.remove("sub")
		c.write("sub", "x")
	}},
	{name: "folder replaced by a link to the same files", make: func(c checkout) {
		outside := c.t.TempDir() + "/sub"
		must(c.t, os.Rename(c.at("sub"), outside))
		c.link(outside, "sub")
	}},
	{name: "untracked file", make: func(c checkout) { c.write("new", "x") }},
	{name: "untracked beside tracked ones", make: func(c checkout) { c.write("sub/deep/new", "x") }},
	{name: "untracked folder", make: func(c checkout) { c.write("new/in/it", "x") }},
	{name: "untracked link", make: func(c checkout) { c.link("nowhere", "new") }},
	{name: "empty folders", make: func(c checkout) { must(c.t, os.MkdirAll(c.at("new/in"), 0o755)) }},
	{name: "repository in the repository", make: func(c checkout) { c.git("init", "-q", "nested/repo") }},
	{name: "folder with an empty .git", make: func(c checkout) { must(c.t, os.MkdirAll(c.at("nested/.git"), 0o755)) }},
	{name: "names beyond ASCII, with blanks and newlines", make: func(c checkout) {
		c.put("é è", "x")
		c.put("two\nlines/and\ttab", "x")
		c.commit()
		c.write("two\nlines/and\ttab", "y")
		c.write("ü\n", "x")
		c.write("\xff\xfe", "x")
	}},
	{name: "names around the slash", make: func(c checkout) {
		for _, name := range []string{"x/y", "x.y", "x-y", "x0", "x/y.z/w"} {
			c.put(name, "x")
		}
		c.commit()
		c.write("x.z", "x")
		c.write("x/y.z/w", "changed")
		c.remove("x-y")
	}},
	{name: "a name longer than the index can count", make: func(c checkout) {
		long := strings.Repeat(strings.Repeat("n", 200)+"/", 15)
		c.put(long+"f", "x")
		c.put(long+"g", "x")
		c.commit()
		c.write(long+"f", "y")
	}},
	{name: "many files in one folder", make: func(c checkout) {
		for i := range 1500 {
			c.put("many/"+strings.Repeat("f", i%7+1)+string(rune('a'+i%26))+strings.Repeat("g", i/26), "x")
		}
		c.commit()
		c.write("many/fa", "changed")
		c.write("many/new", "x")
	}},
}

var indexCases = []statusCase{
	{name: "staged new", make: func(c checkout) {
		c.write("new/file", "x")
		c.git("add", "new")
	}},
	{name: "staged, then changed", make: func(c checkout) {
		c.write("a.txt", "staged\n")
		c.git("add", "a.txt")
		c.write("a.txt", "changed\n")
	}},
	{name: "staged deep down", make: func(c checkout) {
		c.write("sub/deep/d.txt", "staged\n")
		c.git("add", "-A")
	}},
	{name: "staged deletion", make: func(c checkout) { c.git("rm", "-rq", "sub") }},
	{name: "deleted from the index only", make: func(c checkout) { c.git("rm", "-q", "--cached", "sub/c.txt") }},
	{name: "renamed", make: func(c checkout) { c.git("mv", "sub/c.txt", "sub/z.txt") }},
	{name: "staged mode", make: func(c checkout) { c.git("update-index", "--chmod=+x", "a.txt") }},
	{name: "staged link for a file", make: func(c checkout) {
		c.link("b.txt", "a.txt")
		c.git("add", "-A")
	}},
	{name: "staged folder for a file", make: func(c checkout) {
		c.remove("a.txt")
		c.write("a.txt/x", "x")
		c.git("add", "-A")
	}},
	{name: "staged file for a folder", make: func(c checkout) {
		c.remove("sub")
		c.write("sub", "x")
		c.git("add", "-A")
	}},
	{name: "staged and taken back", make: func(c checkout) {
		c.write("sub/c.txt", "x\n")
		c.git("add", "-A")
		c.rewrite("sub/c.txt", "gamma\n")
		c.git("add", "-A")
	}},
	{name: "intent to add", make: func(c checkout) {
		c.write("new", "x")
		c.git("add", "-N", "new")
	}},
	{name: "intent to add, then deleted", make: func(c checkout) {
		c.write("new", "x")
		c.git("add", "-N", "new")
		c.remove("new")
	}},
	{name: "intent to add what HEAD has", make: func(c checkout) {
		c.git("rm", "-q", "--cached", "a.txt")
		c.git("add", "-N", "a.txt")
	}},
	{name: "unmerged: both modified, one deleted", make: func(c checkout) {
		c.git("checkout", "-qb", "other")
		c.put("a.txt", "theirs\n")
		c.put("both", "theirs\n")
		c.git("rm", "-q", "b.txt")
		c.commit()
		c.git("checkout", "-q", "main")
		c.put("a.txt", "ours\n")
		c.put("both", "ours\n")
		c.put("b.txt", "ours\n")
		c.commit()
		if _, err := tryGit(c.t, c.dir, "merge", "other"); err == nil {
			c.t.Fatal("merged")
		}
	}},
	{name: "index version 3", make: func(c checkout) {
		c.git("update-index", "--skip-worktree", "b.txt")
		c.write("a.txt", "changed\n")
		c.write("b.txt", "changed\n")
	}},
	{name: "index version 4", make: func(c checkout) {
		c.git("update-index", "--index-version=4")
		c.write("sub/deep/d.txt", "changed\n")
		c.write("new", "x")
	}},
	{name: "no cached trees", make: func(c checkout) {
		c.git("read-tree", "--empty")
		c.git("add", "-A")
		c.remove("sub/c.txt")
	}},
	{name: "untracked cache", make: func(c checkout) {
		c.git("update-index", "--force-untracked-cache")
		c.git("status")
		c.write("sub/new", "x")
	}},
	{name: "index without checksum", make: func(c checkout) {
		c.git("config", "index.skipHash", "true")
		c.git("update-index", "--force-write-index")
	}},
	{name: "split index", doubt: true, make: func(c checkout) { c.git("update-index", "--split-index") }},
	{name: "sparse index", doubt: true, make: func(c checkout) {
		c.put("left/out/f", "x")
		c.commit()
		c.git("sparse-checkout", "set", "--cone", "--sparse-index", "sub")
	}},
	{name: "no index", make: func(c checkout) { c.remove(".git/index") }},
	{name: "no commit", make: func(c checkout) {
		c.git("checkout", "-q", "--orphan", "fresh")
		c.git("rm", "-rq", "--cached", "sub")
	}},
	{name: "empty repository", make: func(c checkout) {
		c.remove(".git")
		c.git("init", "-q")
	}},
}
