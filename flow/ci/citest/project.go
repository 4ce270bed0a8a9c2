package citest

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// project is what a build needs to know of a Python project.
type project struct{ name, version string }

// normal is the name as it stands in file names.
func (p project) normal() string {
	return strings.ToLower(regexp.MustCompile(`[-_.]+`).ReplaceAllString(p.name, "_"))
}

var errNoProject = errors.New("no pyproject.toml, setup.cfg or setup.py names the project and its version")

// Where names and versions stand. Only literals are read, and attr: and
// __version__ references to literals: enough for projects of a test.
var (
	tomlName     = regexp.MustCompile(`(?m)^name\s*=\s*["']([^"']+)["']`)
	tomlVersion  = regexp.MustCompile(`(?m)^version\s*=\s*["']([^"']+)["']`)
	cfgName      = regexp.MustCompile(`(?m)^name\s*=\s*(\S+)\s*$`)
	cfgVersion   = regexp.MustCompile(`(?m)^version\s*=\s*(\S.*?)\s*$`)
	pyName       = regexp.MustCompile(`\bname\s*=\s*["']([^"']+)["']`)
	pyVersion    = regexp.MustCompile(`\bversion\s*=\s*["']([^"']+)["']`)
	dunder       = regexp.MustCompile(`(?m)^__version__\s*(?::\s*\w+\s*)?=\s*["']([^"']+)["']`)
	tomlSection  = regexp.MustCompile(`(?m)^\[`)
	preRelease   = regexp.MustCompile(`[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\d*)`)
	devRelease   = regexp.MustCompile(`[-_.]?dev[-_.]?(\d*)`)
	postRelease  = regexp.MustCompile(`[-_.]?(?:post|rev|r)[-_.]?(\d+)`)
	preCanonical = map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
)

// readProject finds name and version.
func readProject(fsys fs.FS) (project, error) {
	toml := section(text(fsys, "pyproject.toml"), "[project]")
	cfg := section(text(fsys, "setup.cfg"), "[metadata]")
	py := text(fsys, "setup.py")
	p := project{
		name:    cmp.Or(first(tomlName, toml), first(cfgName, cfg), first(pyName, py)),
		version: cmp.Or(first(tomlVersion, toml), referred(fsys, first(cfgVersion, cfg)), first(pyVersion, py)),
	}
	if p.version == "" {
		p.version = anyDunder(fsys)
	}
	if p.name == "" || p.version == "" {
		return p, errNoProject
	}
	p.version = canonical(p.version)
	return p, nil
}

func text(fsys fs.FS, name string) string {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "" // a file that is not there says nothing
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// section cuts one table out of a file.
func section(src, header string) string {
	_, rest, ok := strings.Cut("\n"+src, "\n"+header+"\n")
	if !ok {
		return ""
	}
	if loc := tomlSection.FindStringIndex(rest); loc != nil {
		rest = rest[:loc[0]]
	}
	return rest
}

func first(re *regexp.Regexp, src string) string {
	if m := re.FindStringSubmatch(src); m != nil {
		return m[1]
	}
	return ""
}

// referred resolves attr: and file: in setup.cfg.
func referred(fsys fs.FS, value string) string {
	if attr, ok := strings.CutPrefix(value, "attr:"); ok {
		module := strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(attr), ".__version__"), ".", "/")
		for _, root := range []string{"", "src"} {
			for _, f := range []string{module + ".py", module + "/__init__.py"} {
				if v := first(dunder, text(fsys, path.Join(root, f))); v != "" {
					return v
				}
			}
		}
		return ""
	}
	if file, ok := strings.CutPrefix(value, "file:"); ok {
		return strings.TrimSpace(text(fsys, strings.TrimSpace(file)))
	}
	return value
}

// anyDunder is the version in the package itself, for a pyproject.toml or
// setup.py that takes it from there.
func anyDunder(fsys fs.FS) string {
	for _, f := range modules(fsys) {
		if v := first(dunder, text(fsys, f.src)); v != "" {
			return v
		}
	}
	return ""
}

// canonical spells a version as PEP 440 wants it in file names.
func canonical(v string) string {
	v = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(v)), "v")
	release := v
	if i := strings.IndexFunc(v, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '!' }); i >= 0 {
		release = v[:i]
	}
	rest := v[len(release):]
	rest = devRelease.ReplaceAllString(rest, ".dev$1")
	rest = postRelease.ReplaceAllString(rest, ".post$1")
	if m := preRelease.FindStringSubmatchIndex(rest); m != nil && m[0] == 0 {
		kind, n := rest[m[2]:m[3]], rest[m[4]:m[5]]
		rest = cmp.Or(preCanonical[kind], kind) + cmp.Or(n, "0") + rest[m[1]:]
	}
	return strings.TrimSuffix(release, ".") + rest
}
