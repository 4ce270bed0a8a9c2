package pypi

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
)

// The head of a project whose version a plugin makes, and its table.
func plugged(backend, table string) fstest.MapFS {
	return files("pyproject.toml", "[project]\nname = 'foo'\ndynamic = ['version']\n[build-system]\nrequires = ['setuptools-scm', 'versioningit']\nbuild-backend = '"+backend+"'\n"+table)
}

// onTags is a commit with these tags.
func onTags(tags ...string) History {
	return History{Here: func(context.Context) ([]string, error) { return tags, nil }}
}

// TestTagVersions: of tools that no test can run here, by what their sources say.
func TestTagVersions(t *testing.T) {
	const poetry = "poetry_dynamic_versioning.backend"
	for name, c := range map[string]struct {
		tree    fstest.MapFS
		tags    []string
		version string // "" where only a build can tell
	}{
		"versioningit":                  {plugged("setuptools.build_meta", "[tool.versioningit]\n"), []string{"v1.2"}, "1.2"},
		"versioningit without a prefix": {plugged("setuptools.build_meta", "[tool.versioningit.tag2version]\nrmprefix = 'core/'\nrmsuffix = '-x'\n"), []string{"core/v1.2-x"}, "1.2"},
		"versioningit by match":         {plugged("hatchling.build", "[tool.hatch.version]\nsource = 'versioningit'\n[tool.versioningit.vcs]\nmatch = ['v[0-9]*']\n"), []string{"v3", "old-2"}, "3"},
		"versioningit with a regex":     {plugged("setuptools.build_meta", "[tool.versioningit.tag2version]\nregex = '[0-9.]+'\n"), []string{"v1.2"}, ""},
		"versioningit by a function":    {plugged("setuptools.build_meta", "[tool.versioningit]\ntag2version = {module = 'a', value = 'b'}\n"), []string{"v1.2"}, ""},
		"poetry":                        {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\n"), []string{"v1.2-rc.1"}, "1.2rc1"},
		"poetry passes a tag over":      {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\n"), []string{"1.3", "v1.2"}, "1.2"},
		"poetry without a v":            {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\npattern = 'default-unprefixed'\n"), []string{"1.3"}, "1.3"},
		"poetry with a prefix":          {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\npattern-prefix = 'core-'\n"), []string{"core-v1.3", "v9"}, "1.3"},
		"poetry with a format":          {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\nformat = '{base}'\n"), []string{"v1.3"}, ""},
		"poetry with metadata":          {plugged(poetry, "[tool.poetry-dynamic-versioning]\nenable = true\nmetadata = true\n"), []string{"v1.3"}, ""},
		"poetry in poetry alone":        {plugged("poetry.core.masonry.api", "[tool.poetry]\nversion = '0'\n[tool.poetry-dynamic-versioning]\nenable = true\n"), []string{"v1.3"}, ""},
		"uv":                            {plugged("hatchling.build", "[tool.hatch.version]\nsource = 'uv-dynamic-versioning'\n"), []string{"v1.3.0"}, "1.3.0"},
		"pdm":                           {plugged("pdm.backend", "[tool.pdm.version]\nsource = 'scm'\ntag_filter = 'core-*'\ntag_regex = '^core-(.+)$'\n"), []string{"core-1.3", "2.0"}, "1.3"},
		"pdm by a function":             {plugged("pdm.backend", "[tool.pdm.version]\nsource = 'scm'\nversion_format = 'a:b'\n"), []string{"1.3"}, ""},
		"scikit-build-core":             {plugged("scikit_build_core.build", "[tool.scikit-build.metadata.version]\nprovider = 'scikit_build_core.metadata.setuptools_scm'\n[tool.setuptools_scm]\n"), []string{"v1.3"}, "1.3"},
		"scm with a look-ahead":         {plugged("setuptools.build_meta", "[tool.setuptools_scm]\ntag_regex = 'v(?=1)(.*)'\n"), []string{"v1.3"}, ""},
		"scm by a scheme of its own":    {plugged("setuptools.build_meta", "[tool.setuptools_scm]\nversion_scheme = 'mine:it'\n"), []string{"v1.3"}, ""},
		"scm describes by a script":     {plugged("setuptools.build_meta", "[tool.setuptools_scm]\ngit_describe_command = 'sh -c x'\n"), []string{"v1.3"}, ""},
		"scm describes without a glob":  {plugged("setuptools.build_meta", "[tool.setuptools_scm.scm.git]\ndescribe_command = ['git', 'describe', '--tags', '--match=a/*']\n"), []string{"a/v1.3", "v2"}, ""},
		"scm takes a tag of no version": {plugged("setuptools.build_meta", "[tool.setuptools_scm]\n"), []string{"v1.3", "beta_2"}, ""},
		"scm that nothing installs":     {files("pyproject.toml", dynamic+"[build-system]\nrequires = ['setuptools']\n[tool.setuptools_scm]\n"), []string{"v1.3"}, ""},
		"a tool that is new":            {plugged("setuptools.build_meta", "[tool.vcs-versioning]\n"), []string{"v1.3"}, ""},
		"the newest tag by date":        {plugged("setuptools.build_meta", "[tool.setuptools-git-versioning]\nenabled = true\n"), []string{"v1.3"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ReadProject(c.tree)
			if err != nil || !p.FromTag {
				t.Fatalf("%+v, %v", p, err)
			}
			at, err := p.AtCommit(t.Context(), onTags(c.tags...))
			if err != nil || at.Version != c.version || at.NeedsBuild != (c.version == "") {
				t.Errorf("%q (%s), %v; want %q", at.Version, at.Dynamic, err, c.version)
			}
		})
	}
}

// TestTagsThatContradict: which of two tags a build takes is for a person.
func TestTagsThatContradict(t *testing.T) {
	p, err := ReadProject(plugged("setuptools.build_meta", "[tool.setuptools_scm]\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.AtCommit(t.Context(), onTags("core-1.0", "util-2.0"))
	var c *ContradictionError
	if !errors.As(err, &c) || c.ASource != "tag core-1.0 (setuptools-scm)" {
		t.Errorf("%v", err)
	}
	if at, err := p.AtCommit(t.Context(), onTags("core-1.0", "v1.0")); err != nil || at.Version != "1.0" {
		t.Errorf("%+v, %v", at, err)
	}
}

// TestNoTagNoVersion: the commit has none, and a build would make its own.
func TestNoTagNoVersion(t *testing.T) {
	p, _ := ReadProject(plugged("setuptools.build_meta", "[tool.setuptools_scm]\n"))
	h := onTags()
	if at, err := p.AtCommit(t.Context(), h); err != nil || at.Version != "" || at.Development != "" || at.NeedsBuild {
		t.Errorf("%+v, %v", at, err)
	}
	for name, c := range map[string]struct {
		tags []string
		want string
	}{
		"one":          {[]string{"v1.9"}, "1.10.dev3+g…"},
		"a candidate":  {[]string{"v1.0rc9"}, "1.0rc10.dev3+g…"},
		"a dev":        {[]string{"v1.0.dev0"}, "1.0.dev3+g…"},
		"a later dev":  {[]string{"v1.0.dev4"}, ""},
		"none":         {nil, "0.1.dev3+g…"},
		"two, at odds": {[]string{"a-1.0", "b-2.0"}, ""},
		"two, at one":  {[]string{"v1.0", "1.0", "latest"}, "1.1.dev3+g…"},
	} {
		h.Nearest = func(context.Context, func(string) bool) ([]string, int, error) { return c.tags, 3, nil }
		if at, err := p.AtCommit(t.Context(), h); err != nil || at.Development != c.want {
			t.Errorf("%s: %q, %v; want %q", name, at.Development, err, c.want)
		}
	}
	broken := errors.New("no answer")
	h.Nearest = func(context.Context, func(string) bool) ([]string, int, error) { return nil, 0, broken }
	if _, err := p.AtCommit(t.Context(), h); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// TestTagVersion: before a tag is made, what it would make.
func TestTagVersion(t *testing.T) {
	p, _ := ReadProject(plugged("setuptools.build_meta", "[tool.setuptools_scm]\ntag_regex = '^r(.+)$'\n"))
	for tag, want := range map[string]string{"r1.2-rc1": "1.2rc1", "v1.2": "", "r-x2": "", "word": ""} {
		if v, known := p.TagVersion(tag); v != want || !known {
			t.Errorf("%s: %q, %v", tag, v, known)
		}
	}
	if _, known := (Project{FromTag: true, Dynamic: "x"}).TagVersion("v1"); known {
		t.Error("a rule that nobody knows is known")
	}
}

func TestGlobs(t *testing.T) {
	for pattern, names := range map[string][2]string{
		"v[0-9]*": {"v1/2", "vx"}, "*": {"", ""}, "a?c": {"abc", "ac"}, "[!v]*": {"1", "v1"}, `\*`: {"*", "x"}, "v[[:digit:]]": {"v1", "va"}, "v.1": {"v.1", "vx1"},
	} {
		match, ok := globs(pattern)
		if !ok || !match(names[0]) || names[1] != "" && match(names[1]) {
			t.Errorf("%s: %v", pattern, ok)
		}
	}
	for _, bad := range []string{"[", `a\`, "[z-a]"} {
		if _, ok := globs(bad); ok {
			t.Errorf("%s is a pattern", bad)
		}
	}
}

// TestAsksRepository: what a build without a repository would answer wrongly is
// said to come from one, and a release's own commands are not taken for that.
func TestAsksRepository(t *testing.T) {
	for source, want := range map[string]bool{
		"from dunamai import Version\nsetup(name='foo', version=Version.from_git().serialize())":        true,
		"import setuptools\nfrom pbr import setupcfg\nsetuptools.setup(**setupcfg.setup_cfg_to_args())": true,
		"from miniver import v\nsetup(name='foo', version=v())":                                         true,
		"from setuptools_scm import get_version\nsetup(name='foo', version=get_version())":              true,
		"import os\nsetup(name='foo', version=os.popen('git describe --tags').read())":                  true,
		"setup(name='foo', vcversioner={})":                                                             true,
		"import os\nif a:\n    os.system('git tag v1')\n# git describe\nsetup(name='foo', version=b())": false,
		"setup(name='foo', version=f('git+https://example.org/describe'))":                              false,
	} {
		p, err := ReadProject(files("setup.py", source))
		if err != nil || p.FromTag != want {
			t.Errorf("%s: %+v, %v", source, p, err)
			continue
		}
		at, err := p.AtCommit(t.Context(), onTags("v1.2"))
		if err != nil || !at.NeedsBuild || at.Version != "" || at.Dynamic == "" {
			t.Errorf("%s: %+v, %v", source, at, err)
		}
	}
}
