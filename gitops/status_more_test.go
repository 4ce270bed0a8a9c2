package gitops_test

import "os"

// ignored commits an ignore file and then writes files for it to judge.
func ignored(text string, files ...string) func(checkout) {
	return func(c checkout) {
		c.put(".gitignore", text)
		c.git("add", "-f", ".gitignore")
		c.git("commit", "-qm", "ignore")
		for _, f := range files {
			c.write(f, "x")
		}
	}
}

var ignoreCases = []statusCase{
	{name: "ignore: names, folders, anchors", make: ignored("*.log\nbuild/\n/top\nsub/only\n",
		"x.log", "sub/x.log", "build/f", "sub/build/f", "sub/deep/build", "top", "sub/top", "sub/only", "sub/deep/only", "sub/deep/sub/only")},
	{name: "ignore: negation, and none below an ignored folder", make: ignored("*.o\n!keep.o\nout/\n!out/keep\n", "a.o", "keep.o", "sub/keep.o", "out/keep")},
	{name: "ignore: the last line wins", make: ignored("!x\nx\n*.y\n!a.y\na*\n", "x", "a.y", "b.y")},
	{name: "ignore: two stars", make: ignored("**/foo\nsub/**/bar\nall/**\nx**y\n/a/**/\nq/**z\n",
		"foo", "sub/deep/foo", "sub/bar", "sub/deep/bar", "sub/deep/er/bar", "all/in/it", "xay", "n/x/y", "a/f", "a/b/f", "q/wz", "q/w/z")},
	{name: "ignore: one star stops at slashes", make: ignored("sub/*.x\n*/f\nsub*/k\n", "sub/a.x", "sub/deep/a.x", "sub/f", "sub/deep/f", "sub/k")},
	{name: "ignore: sets and marks", make: ignored("[ab].x\n[!a]?.y\n[^a].z\nn[0-9].t\np[[:digit:]].t\nq[[:alpha:]_-].t\nr[]-]x\ns[a\n[[:nope:]]\nu[\\]]v\n",
		"a.x", "c.x", "ab.y", "bb.y", "a.z", "b.z", "n5.t", "nx.t", "p7.t", "px.t", "q_.t", "q-.t", "q1.t", "r]x", "r-x", "rax", "s[a", "n", "u]v")},
	{name: "ignore: escapes, blanks, comments", make: ignored("\\#hash\n\\!bang\n# comment\ntrail   \nkept\\ \nback\\*slash\n\n  \n\ttab\nend\\",
		"#hash", "!bang", "# comment", "trail", "kept ", "kept", "back*slash", "backXslash", "\ttab", "end\\", "  ")},
	{name: "ignore: lines of Windows, and a mark before them", make: ignored("\ufeffone\r\ntwo/\r\nthree", "one", "two/f", "three", "three\r")},
	{name: "ignore: odd lines", make: ignored("/\n!\n!/\n//x\n*/\n!sub/\n**\n!*.keep\n", "x", "n/f", "sub/n", "f.keep", "n/f.keep")},
	{name: "ignore: files below a folder", make: func(c checkout) {
		c.put(".gitignore", "*.a\n")
		c.put("sub/.gitignore", "!x.a\n/deep/y\nz/\n")
		c.commit()
		for _, f := range []string{"x.a", "sub/x.a", "sub/deep/x.a", "sub/deep/y", "sub/deep/n/y", "sub/z/f", "z/f", "new/.gitignore", "new/x.a"} {
			c.write(f, "*\n")
		}
	}},
	{name: "ignored folder with tracked files", make: func(c checkout) {
		c.put("build/tracked", "x")
		c.put("build/gone", "x")
		c.commit()
		c.put(".gitignore", "build/\n")
		c.commit()
		c.write("build/tracked", "changed")
		c.remove("build/gone")
		c.write("build/new", "x")
		c.write("build/.gitignore", "!new\n")
	}},
	{name: "folder with nothing but ignored files", make: ignored("*.o\n", "n/a.o", "n/m/b.o", "m/.hidden/c.o")},
	{name: "info/exclude", make: func(c checkout) {
		c.write(".git/info/exclude", "*.o\n!b.o\n")
		c.write("a.o", "x")
		c.write("b.o", "x")
	}},
	{name: "core.excludesFile, weaker than info/exclude", make: func(c checkout) {
		outside := checkout{c.t, c.t.TempDir()}
		outside.write("global", "*.o\n*.p\n")
		c.git("config", "core.excludesFile", outside.at("global"))
		c.write(".git/info/exclude", "!a.o\n")
		for _, f := range []string{"a.o", "b.o", "sub/c.p"} {
			c.write(f, "x")
		}
	}},
	{name: "the person's own ignore file", make: func(c checkout) {
		home := checkout{c.t, c.t.TempDir()}
		home.write("git/ignore", "*.swp\n")
		c.t.Setenv("XDG_CONFIG_HOME", home.dir)
		c.write("a.swp", "x")
		c.write("b.swo", "x")
	}},
	{name: "ignore file that is a link", make: func(c checkout) {
		c.write("rules", "*.o\n")
		c.link("rules", ".gitignore")
		c.write("a.o", "x")
	}},
	{name: "ignored nested repository", make: func(c checkout) {
		c.git("init", "-q", "nested")
		c.write(".git/info/exclude", "nested\n")
	}},
	{name: "status.showUntrackedFiles=no hides nothing", make: func(c checkout) {
		c.git("config", "status.showUntrackedFiles", "no")
		c.write("new", "x")
	}},
}

func attributes(line string, then func(checkout)) func(checkout) {
	return func(c checkout) {
		c.put(".gitattributes", line+"\n")
		c.commit()
		then(c)
	}
}

func crlf(value string, then func(checkout)) func(checkout) {
	return func(c checkout) {
		c.git("config", "core.autocrlf", value)
		then(c)
	}
}

// checkedOut has git write the file anew, as the settings want it.
func (c checkout) checkedOut(name string) {
	c.remove(name)
	c.git("checkout", "--", name)
}

var filterCases = []statusCase{
	{name: "autocrlf=true: fresh, then touched", make: crlf("true", func(c checkout) {
		c.checkedOut("a.txt")
		c.touch("a.txt")
	})},
	{name: "autocrlf=true: same size, other text", make: crlf("true", func(c checkout) {
		c.checkedOut("a.txt")
		c.write("a.txt", "ALPHA\r\n")
	})},
	{name: "autocrlf=true: other size", make: crlf("true", func(c checkout) { c.write("a.txt", "alpha\r\n") })},
	{name: "autocrlf=input: touched", make: crlf("input", func(c checkout) { c.touch("a.txt") })},
	{name: "autocrlf=input: carriage returns in the index", make: func(c checkout) {
		c.put("dos", "one\r\ntwo\r\n")
		c.commit()
		c.git("config", "core.autocrlf", "input")
		c.touch("dos")
	}},
	{name: "autocrlf=input: binary", make: func(c checkout) {
		c.put("bin", "x\n\x00\n")
		c.commit()
		c.git("config", "core.autocrlf", "input")
		c.write("bin", "\r\n\x00\n")
	}},
	{name: "attributes: clean by its stamp", make: attributes("*.txt filter=x text eol=crlf", func(checkout) {})},
	{name: "attributes: text, no carriage return", make: attributes("* text=auto", func(c checkout) { c.write("a.txt", "ALPHA\n") })},
	{name: "attributes: eol=crlf, other size", make: attributes("*.txt text eol=crlf", func(c checkout) { c.write("a.txt", "alpha\r\n") })},
	{name: "attributes: eol=crlf, touched", doubt: true, make: attributes("*.txt text eol=crlf", func(c checkout) {
		c.checkedOut("a.txt")
		c.touch("a.txt")
	})},
	{name: "attributes: nothing that rewrites", make: attributes("*.txt diff=x export-subst", func(c checkout) { c.write("a.txt", "\rLPHA\n") })},
	{name: "attributes: filter on other files", make: attributes("*.bin filter=x -text", func(c checkout) { c.touch("a.txt") })},
	{name: "attributes: clean filter, touched", doubt: true, make: attributes("*.txt filter=up", func(c checkout) {
		c.git("config", "filter.up.clean", "tr a-z A-Z")
		c.git("config", "filter.up.smudge", "tr A-Z a-z")
		c.touch("a.txt")
		c.git("add", "--renormalize", ".")
		c.git("commit", "-qm", "filtered")
		c.checkedOut("a.txt")
		c.touch("a.txt")
	})},
	{name: "attributes: in info/attributes", doubt: true, make: func(c checkout) {
		c.write(".git/info/attributes", "a.txt ident\n")
		c.touch("a.txt")
	}},
	{name: "attributes: below a folder", doubt: true, make: func(c checkout) {
		c.put("sub/.gitattributes", "deep/* filter=x\n")
		c.touch("sub/deep/d.txt")
	}},
	{name: "pipe in the work tree", make: func(c checkout) { pipe(c.t, c.at("pipe")) }},
	{name: "unreadable untracked folder", make: func(c checkout) {
		c.write("closed/f", "x")
		must(c.t, os.Chmod(c.at("closed"), 0))
		c.t.Cleanup(func() { os.Chmod(c.at("closed"), 0o755) })
	}},
}
