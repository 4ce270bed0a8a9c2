package gitops

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// setting is one value of git's configuration. The key is in git's canonical
// spelling: section and name in lower case, the subsection as written.
type setting struct{ key, value string }

// settings are in the order of git: a later one wins over an earlier one.
type settings []setting

func (s settings) last(key string) string {
	v := ""
	for _, e := range s {
		if e.key == key {
			v = e.value
		}
	}
	return v
}

func (s settings) all(key string) []string {
	var vs []string
	for _, e := range s {
		if e.key == key {
			vs = append(vs, e.value)
		}
	}
	return vs
}

// subsections lists the middle parts of section.*.name in order of appearance.
func (s settings) subsections(section, name string) []string {
	var subs []string
	seen := map[string]bool{}
	for _, e := range s {
		sub, ok := strings.CutPrefix(e.key, section+".")
		if !ok {
			continue
		}
		sub, ok = strings.CutSuffix(sub, "."+name)
		if ok && !seen[sub] {
			seen[sub] = true
			subs = append(subs, sub)
		}
	}
	return subs
}

// truth reads a boolean as git does.
func truth(v string) bool {
	switch strings.ToLower(v) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// settings reads the configuration: by git where it is installed, because only
// git knows every include and scope, else from the files themselves. go-git's
// own reader is no choice, it refuses a good many configurations that git
// accepts (an unquoted subsection, branch.x.rebase=merges).
func (r *Repo) settings() settings {
	out, err := ask(r.root, "config", "--null", "--list")
	if s := listed(out); err == nil && s.last("core.repositoryformatversion") != "" {
		return s // without that key git did not look into the repository: it belongs to someone else
	}
	var s settings
	for _, f := range r.configFiles() {
		s = append(s, r.readConfig(f, 0)...)
	}
	return s
}

func listed(out []byte) settings {
	var s settings
	for entry := range bytes.SplitSeq(out, []byte{0}) {
		if len(entry) == 0 {
			continue
		}
		key, value, ok := strings.Cut(string(entry), "\n")
		if !ok {
			value = "true" // a name without "=" is a true boolean
		}
		s = append(s, setting{key, value})
	}
	return s
}

// configFiles are the files git reads, the weakest first.
func (r *Repo) configFiles() []string {
	files := globalFiles()
	files = append(files, filepath.Join(r.commonDir, "config"))
	return append(files, filepath.Join(r.gitDir, "config.worktree"))
}

func globalFiles() []string {
	files := []string{"/etc/gitconfig"}
	if f, ok := os.LookupEnv("GIT_CONFIG_SYSTEM"); ok {
		files[0] = f
	}
	if f, ok := os.LookupEnv("GIT_CONFIG_GLOBAL"); ok {
		return append(files, f)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return files
	}
	xdg := os.Getenv("XDG_CONFIG_HOME")
	if xdg == "" {
		xdg = filepath.Join(home, ".config")
	}
	return append(files, filepath.Join(xdg, "git", "config"), filepath.Join(home, ".gitconfig"))
}

const maxIncludes = 10 // as git has it

// readConfig reads one file with its includes in place. A file that is not
// there, or that git itself would refuse, gives what could be read of it.
func (r *Repo) readConfig(file string, depth int) settings {
	b, err := os.ReadFile(file)
	if err != nil || depth > maxIncludes {
		return nil
	}
	var out settings
	for _, e := range parseConfig(b) {
		out = append(out, e)
		if path := r.included(e); path != "" {
			out = append(out, r.readConfig(configPath(path, filepath.Dir(file)), depth+1)...)
		}
	}
	return out
}

// included gives the path of an include that applies here, else "".
func (r *Repo) included(e setting) string {
	if e.key == "include.path" {
		return e.value
	}
	cond, ok := strings.CutPrefix(e.key, "includeif.gitdir:")
	if !ok {
		return ""
	}
	cond = configPath(strings.TrimSuffix(cond, ".path"), "/")
	if strings.HasSuffix(cond, "/") && strings.HasPrefix(r.gitDir+"/", cond) || cond == r.gitDir {
		return e.value
	}
	return ""
}

func configPath(path, base string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, _ := os.UserHomeDir()
		return filepath.Join(home, rest) + trailing(rest)
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

func trailing(path string) string {
	if strings.HasSuffix(path, "/") {
		return "/"
	}
	return ""
}
