package pypi

import (
	"path"
	"slices"
	"strings"
)

// pyDirt is what has been written since the start, so that files of the tree need
// not be read as they are now.
type pyDirt struct {
	all   bool     // by something that may write anything
	words []string // paths, and commands in which they may stand
}

// spoils says whether a file may have been changed.
func (d *pyDirt) spoils(file string) bool {
	return d.all || slices.ContainsFunc(d.words, func(w string) bool {
		return strings.Contains(w, path.Base(file)) || slices.Contains(strings.Split(file, "/"), path.Base(w))
	})
}

// writers are functions of Python's own that change files, or where they are looked for.
func writers() []string {
	return []string{
		"os.system", "os.popen", "os.rename", "os.renames", "os.replace", "os.remove", "os.unlink", "os.symlink", "os.link", "os.truncate", "os.write",
		"os.chdir", "os.fchdir", "os.open", "os.chroot", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move", "shutil.rmtree",
		"shutil.unpack_archive", "shutil.copyfileobj", "fileinput.input", "fileinput.FileInput", "os.posix_spawn",
	}
}

func isWriter(name string) bool {
	return slices.Contains(writers(), name) || strings.HasPrefix(name, "subprocess.") || strings.HasPrefix(name, "os.spawn") || strings.HasPrefix(name, "os.exec") ||
		strings.HasPrefix(name, "distutils.file_util.") || strings.HasPrefix(name, "distutils.dir_util.") || strings.HasPrefix(name, "distutils.spawn.spawn")
}

// wrote notes what a call of Python's own may have changed.
func (r *pyRun) wrote(name string, a pyArgs) {
	texts, _, known := allTexts(a.at)
	switch {
	case name == "os.chdir":
		if !known || len(texts) != 1 || absolute(texts[0]) != root {
			r.dirt.all = true
		}
	case name == "open" || name == "io.open" || name == "codecs.open":
		if mode, given := a.mode(); given && strings.Trim(mode, "rbtU") != "" {
			target, _, ok := allTexts([]pyValue{a.file()})
			r.soil(ok, target)
		}
	case !isWriter(name) || onlyAsks(a):
	case strings.HasPrefix(name, "shutil.") || strings.HasPrefix(name, "os.re") || name == "os.unlink" || name == "os.symlink" || name == "os.link":
		r.soil(known && len(texts) > 0 && !a.unsure, texts)
	default:
		r.soil(false, texts)
	}
}

// soil notes texts in which changed paths stand. Where those are not all, anything
// may be changed, if it is certain that this is run.
func (r *pyRun) soil(all bool, texts []string) {
	r.dirt.words = append(r.dirt.words, texts...)
	if !all && r.guessing == 0 {
		r.dirt.all = true
	}
}

func (a pyArgs) file() pyValue {
	if named, is := a.named["file"]; is {
		return named
	}
	return firstOf(a)
}

// mode is that of an open; "?" where it is not known.
func (a pyArgs) mode() (mode string, given bool) {
	v, given := a.named["mode"]
	if len(a.at) > 1 {
		v, given = a.at[1], true
	}
	t, _ := v.(pyText)
	return cmpText(t.text, "?"), given
}

// onlyAsks says whether a command is one that writes nothing.
func onlyAsks(a pyArgs) bool {
	command, ok := firstOf(a).(pyList)
	if text, isText := firstOf(a).(pyText); isText {
		ok = !strings.ContainsAny(text.text, ">|;&`$\n")
		command = nil
		for _, word := range strings.Fields(text.text) {
			command = append(command, pyText{word, ""})
		}
	}
	if !ok || len(command) == 0 {
		return false
	}
	first, _ := command[0].(pyText)
	second := pyText{}
	if len(command) > 1 {
		second, _ = command[1].(pyText)
	}
	switch path.Base(first.text) {
	case "git":
		return slices.Contains([]string{"describe", "rev-parse", "rev-list", "log", "show", "status", "ls-files", "name-rev", "show-ref", "diff", "--version"}, second.text)
	case "uname", "which", "pkg-config", "nproc", "hostname", "sw_vers", "xcrun", "ldconfig", "llvm-config":
		return true
	}
	return strings.HasSuffix(first.text, "-config") || second.text == "--version"
}

// mayWrite says whether a line has a word that may change files.
func (l pyLine) mayWrite() bool {
	opens := false
	for i, t := range l.tokens {
		next := i+1 < len(l.tokens) && l.tokens[i+1].is("(")
		switch {
		case t.kind == tokString && opens && t.plain && t.text != "" && len(t.text) < 4 && strings.Trim(t.text, "rwaxbtU+") == "" && strings.ContainsAny(t.text, "wax+"):
			return true
		case t.kind != tokName:
		case t.text == "open":
			opens = true
		case t.name("subprocess") || t.name("fileinput"):
			return true
		case next && slices.Contains([]string{
			"write_text", "write_bytes", "check_call", "check_output", "Popen", "popen", "system", "rename", "renames", "copyfile", "copy2", "copytree",
			"rmtree", "unlink", "symlink", "symlink_to", "chdir", "truncate", "spawn", "copy_file", "run_command",
		}, t.text):
			return true
		case next && slices.Contains([]string{"replace", "copy", "move", "remove", "call", "run"}, t.text): // of texts and lists, too
			if chain := l.chainTo(i); len(chain) == 1 || slices.Contains([]string{"os", "shutil", "subprocess"}, chain[0]) {
				return true
			}
		}
	}
	return false
}

// mayHaveWritten is after lines of which it is not known what they did, or whether.
func (r *pyRun) mayHaveWritten(lines []pyLine, s *pyScope) {
	for _, l := range lines {
		if r.quiet || !l.mayWrite() {
			continue
		}
		for i, t := range l.tokens {
			if t.kind == tokString {
				r.dirt.words = append(r.dirt.words, t.text)
			}
			if t.kind != tokName || i > 0 && l.tokens[i-1].is(".") {
				continue
			}
			value := s.get(t.text)
			if texts, _, ok := allTexts([]pyValue{value}); ok && len(texts[0]) < 200 {
				r.dirt.words = append(r.dirt.words, texts...)
			}
			if i+2 < len(l.tokens) && (l.tokens[i+2].name("write_text") || l.tokens[i+2].name("write_bytes")) {
				_, path := value.(pyPath)
				r.soil(path, nil)
			}
		}
	}
}

// suspect notes the functions and classes that are not followed, and may write.
func (r *pyRun) suspect(lines []pyLine) {
	if !slices.ContainsFunc(lines, pyLine.mayWrite) {
		return
	}
	for _, l := range lines {
		for i, t := range l.tokens[:len(l.tokens)-1] {
			if t.name("def") || t.name("class") {
				r.suspects[l.tokens[i+1].text] = true
			}
		}
	}
}

// leavesForGood says whether lines end the program when they are run.
func leavesForGood(lines []pyLine) bool {
	if len(lines) == 0 {
		return false
	}
	for _, l := range lines {
		if l.tokens[0].col != lines[0].tokens[0].col {
			continue
		}
		text := spelt(l.tokens)
		for _, way := range []string{"raise", "sys.exit(", "exit(", "quit(", "os._exit("} {
			if strings.HasPrefix(text, way) {
				return true
			}
		}
		if l.starts("return") {
			return false
		}
	}
	return false
}

// runs says whether a line runs a program that may write anything.
func (l pyLine) runs() bool {
	if !slices.ContainsFunc(l.tokens, func(t token) bool {
		return t.kind == tokName && slices.Contains([]string{"subprocess", "check_call", "check_output", "Popen", "popen", "system", "spawn"}, t.text)
	}) || l.find("import") >= 0 || slices.ContainsFunc(l.tokens, func(t token) bool { return t.name("platform") }) {
		return false
	}
	return !slices.ContainsFunc(l.tokens, func(t token) bool {
		return t.kind == tokString && (onlyAsks(pyArgs{at: []pyValue{pyText{t.text, ""}}}) || slices.Contains([]string{"git", "hg"}, t.text))
	})
}

// ranCommand is after lines that were run, if not each for certain.
func (r *pyRun) ranCommand(lines []pyLine) {
	if slices.ContainsFunc(lines, pyLine.runs) {
		r.soil(false, nil)
	}
}

// outside leaves out the lines of functions.
func outside(lines []pyLine) (out []pyLine) {
	inside := -1
	for _, l := range lines {
		if col := l.tokens[0].col; inside < 0 || col <= inside {
			inside = -1
			if l.starts("def") {
				inside = col
			}
			out = append(out, l)
		}
	}
	return out
}

// suspectsOf are the functions and classes of modules that may run a program.
func suspectsOf(sources []pySource) map[string]bool {
	r := &pyRun{suspects: map[string]bool{}}
	for _, s := range sources {
		for lines := pyLines(s.tokens); len(lines) > 0; {
			_, _, rest, _ := block(lines)
			all := lines[:len(lines)-len(rest)]
			if slices.ContainsFunc(all, pyLine.runs) {
				r.suspect(all)
			}
			lines = rest
		}
	}
	return r.suspects
}

// ranByImport says whether importing one of the modules runs a program.
func ranByImport(sources []pySource) bool {
	return slices.ContainsFunc(sources, func(s pySource) bool {
		return slices.ContainsFunc(pyLines(s.tokens), func(l pyLine) bool { return l.tokens[0].col == 0 && !l.starts("def", "class", "if", "try") && l.runs() })
	})
}

// wroteConfigured says whether the file may have been written that setup.cfg or
// pyproject.toml names for the version.
func (r *pyRun) wroteConfigured() bool {
	for _, file := range []string{cfgFile, "pyproject.toml"} {
		text, _, _ := r.tree.optional(file)
		for line := range strings.Lines(text) {
			if !strings.Contains(line, "file") && !strings.Contains(line, "attr") {
				continue
			}
			for _, w := range r.dirt.words {
				base := strings.TrimSuffix(path.Base(w), ".py")
				if r.dirt.all || len(base) > 2 && strings.Contains(line, base) {
					return true
				}
			}
			if r.dirt.all {
				return true
			}
		}
	}
	return false
}
