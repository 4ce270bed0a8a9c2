package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ferry/flow/config"
)

func tree(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func userFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Release{
		Trigger: "auto", Branch: "pypi-release", Tag: "v{version}", Remote: "origin",
		Index: "pypi", Claim: true, Notes: "auto", HostRelease: "auto", Timeout: 6 * time.Hour,
	}
	if !reflect.DeepEqual(c.Release, want) {
		t.Errorf("release: got %+v", c.Release)
	}
	pypi := config.Index{Upload: "https://upload.pypi.org/legacy/", Simple: "https://pypi.org/simple/", JSON: "https://pypi.org/pypi/"}
	if c.Index["pypi"] != pypi || c.Index["testpypi"].Upload != "https://test.pypi.org/legacy/" {
		t.Errorf("indexes: got %+v", c.Index)
	}
	if c.Wait != (config.Wait{Every: 10 * time.Second, Settle: time.Minute, SecondLook: 10 * time.Second, Fresh: time.Minute}) {
		t.Errorf("wait: got %+v", c.Wait)
	}
	if !reflect.DeepEqual(c.CI, config.CI{Provider: []string{"auto"}}) || c.UI != (config.UI{Face: "auto", Color: "auto", Motion: true}) {
		t.Errorf("got %+v, %+v", c.CI, c.UI)
	}
	if got := c.Origin("release.branch"); got != "default" {
		t.Errorf("origin: %s", got)
	}
}

func TestPrecedence(t *testing.T) {
	const key = "release.remote"
	s := config.Sources{Env: env()}
	step := func(want, origin string) {
		t.Helper()
		c, err := config.Load(s)
		if err != nil {
			t.Fatal(err)
		}
		if c.Release.Remote != want || c.Origin(key) != origin {
			t.Errorf("got %s from %s, want %s from %s", c.Release.Remote, c.Origin(key), want, origin)
		}
	}
	step("origin", "default")
	s.User = userFile(t, "\n[release]\nremote = \"user\"\n")
	step("user", s.User+":3")
	s.Project = tree("ferry.toml", "# ours\nrelease.remote = 'project'\n")
	step("project", "ferry.toml:2")
	s.Env = env("FERRY_RELEASE_REMOTE", "environment")
	step("environment", "env FERRY_RELEASE_REMOTE")
	s.Flags = map[string]string{key: "flag"}
	step("flag", "flag --remote")
}

func TestWhereAValueStands(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, ".config", "ferry")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte("[wait]\nevery = \"1s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Sources{
		Env:   env("HOME", home, "XDG_CONFIG_HOME", filepath.Join(home, ".config"), "FERRY_TIMEOUT", "90m", "FERRY_INDEX_CORP_JSON", "https://pip.corp/json"),
		Flags: map[string]string{"release.trigger": "tag"},
		Project: tree("pyproject.toml", strings.Join([]string{
			"[project]", "name = 'x'", "[tool.ferry]", "[tool.ferry.release]", `"keep-branch" = true`,
			"[tool.ferry.index]", "corp = { simple = 'https://pip.corp/simple', upload = 'https://pip.corp/up' }",
			`[tool.ferry.package."zope.interface"]`, "path = 'src/zope'", "[tool.ferry.ci]", "provider = [", "'travis', 'github']",
		}, "\r\n")),
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"release.trigger":             "flag --by",
		"release.timeout":             "env FERRY_TIMEOUT",
		"release.keep-branch":         "pyproject.toml:5",
		"index.corp.simple":           "pyproject.toml:7",
		"index.corp.json":             "env FERRY_INDEX_CORP_JSON",
		"package.zope.interface.path": "pyproject.toml:9",
		"ci.provider":                 "pyproject.toml:11",
		"wait.every":                  "~/.config/ferry/config.toml:2",
		"no.such.key":                 "default",
	} {
		if got := c.Origin(key); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	if got := c.Index["corp"]; got != (config.Index{Upload: "https://pip.corp/up", Simple: "https://pip.corp/simple/", JSON: "https://pip.corp/json/"}) {
		t.Errorf("got %+v", got)
	}
	if c.Package["zope.interface"].Path != "src/zope" || !reflect.DeepEqual(c.CI.Provider, []string{"travis", "github"}) {
		t.Errorf("got %+v, %+v", c.Package, c.CI)
	}
}

func TestAllIsSortedAndComplete(t *testing.T) {
	c, err := config.Load(config.Sources{Flags: map[string]string{"release.artifacts": "wheel,sdist"}})
	if err != nil {
		t.Fatal(err)
	}
	all := c.All()
	found := false
	for i, s := range all {
		if i > 0 && all[i-1].Key >= s.Key {
			t.Errorf("%s stands before %s", all[i-1].Key, s.Key)
		}
		found = found || s == config.Setting{Key: "release.artifacts", Value: "wheel, sdist", Origin: "flag --artifacts"}
	}
	if !found || len(all) != 31 {
		t.Errorf("got %d settings: %v", len(all), all)
	}
}

func TestErrorsInAProject(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"typing error", "[release]\nbrnach = 'x'", "ferry.toml:2: release.brnach: unknown key; did you mean release.branch?"},
		{"underscore", "[release]\nkeep_branch = true", "ferry.toml:2: release.keep_branch: unknown key; did you mean release.keep-branch?"},
		{"no table", "trigger = 'tag'", "ferry.toml:1: trigger: unknown key; did you mean release.trigger?"},
		{"wrong table", "[relaese]\ntag = 'v1'", "ferry.toml:2: relaese.tag: unknown key; did you mean release.tag?"},
		{"nothing near", "[colours]\nsky = 'blue'", "ferry.toml:2: colours.sky: unknown key"},
		{"empty table", "[colours]", "ferry.toml:1: colours: unknown key"},
		{"index key", "[index.corp]\nuplod = 'x'", "ferry.toml:2: index.corp.uplod: unknown key; did you mean index.corp.upload?"},
		{"quoted dots", "'release.branch' = 'x'", "ferry.toml:1: release.branch: unknown key; did you mean release.branch?"},
		{"table as value", "release = 'x'", "ferry.toml:1: release: is a table"},
		{"list of tables", "[[release]]\nbranch = 'x'", "ferry.toml:1: release: is a table"},
		{"a file of notes", "[release]\nnotes = 'NEWS.md'", `ferry.toml:2: release.notes: "NEWS.md" is none of auto, changelog, host, none`},
		{"boolean for a word", "[release]\nhost-release = true", "ferry.toml:2: release.host-release: wants a string, is a boolean"},
		{"number", "[release]\ntimeout = 60", "ferry.toml:2: release.timeout: wants a string, is a number"},
		{"string for boolean", "[release]\nclaim = 'no'", "ferry.toml:2: release.claim: wants a boolean, is a string"},
		{"boolean for list", "[ci]\nprovider = true", "ferry.toml:2: ci.provider: wants a list, is a boolean"},
		{"list of numbers", "[ci]\nprovider = [1]", "ferry.toml:2: ci.provider: wants a list, is a list of something else"},
		{"date", "[release]\ntag = 2026-01-01", "ferry.toml:2: release.tag: wants a string, is a date"},
		{"duration", "[release]\ntimeout = '2 days'", `ferry.toml:2: release.timeout: "2 days" is no duration such as 90s, 45m or 6h`},
		{"no time", "[release]\ntimeout = '0s'", `ferry.toml:2: release.timeout: "0s" is less than 1s`},
		{"word", "[release]\ntrigger = 'push'", `ferry.toml:2: release.trigger: "push" is none of auto, branch, tag, release, dispatch, external`},
		{"wildcard", "[release]\nbranch = 'release-*'", `ferry.toml:2: release.branch: "release-*" is a wildcard; one ref is released`},
		{"trunk", "[release]\nbranch = 'Main'", `ferry.toml:2: release.branch: "Main" is a branch that people work on; the release branch is deleted after the release`},
		{"full ref", "[release]\nbranch = 'refs/heads/x'", `ferry.toml:2: release.branch: "refs/heads/x" is a full ref; write it without refs/heads/`},
		{"bad ref", "[release]\nbranch = 'a..b'", `ferry.toml:2: release.branch: "a..b" is no name of a ref`},
		{"option", "[release]\ntag = '--mirror'", `ferry.toml:2: release.tag: "--mirror" is no name of a ref`},
		{"space", "[release]\ntag = 'v {version}'", `ferry.toml:2: release.tag: "v {version}" holds a character that git allows in no ref`},
		{"brace", "[release]\ntag = 'v{vesion}'", `ferry.toml:2: release.tag: "v{vesion}" holds braces that are neither {name} nor {version}`},
		{"remote", "[release]\nremote = '--upload-pack=x'", `ferry.toml:2: release.remote: "--upload-pack=x" is no name of a remote`},
		{"http", "[ci]\nurl = 'http://ci.corp'", "ferry.toml:2: ci.url: is not https; only this machine itself may be spoken to without it"},
		{"password", "[ci]\nurl = 'https://me:hunter2@ci.corp'", "ferry.toml:2: ci.url: carries a user name or a password; ferry auth login stores one"},
		{"no url", "[ci]\nurl = 'ci.corp'", "ferry.toml:2: ci.url: is no URL such as https://pypi.org/simple/"},
		{"no configuration", "[ci]\nconfiguration = '/release//pypi'", `ferry.toml:2: ci.configuration: "/release//pypi" is no path of a configuration such as root/release/pypi`},
		{"auto and more", "[ci]\nprovider = ['auto', 'travis']", "ferry.toml:2: ci.provider: auto and none stand alone"},
		{"outside", "[package.x]\npath = 'a/../../b'", `ferry.toml:2: package.x.path: "a/../../b" leads out of the repository`},
		{"face", "[ui]\nascii = true", "ferry.toml:2: ui.ascii: belongs to the person who runs ferry; a project cannot set it"},
		{"pace", "wait.every = '1s'", "ferry.toml:1: wait.every: belongs to the person who runs ferry; a project cannot set it"},
		{"yes", "[release]\nyes = true", "ferry.toml:2: release.yes: cannot be set; --yes=VERSION is typed for each release"},
		{"unknown index", "[release]\nindex = 'pipy'", `ferry.toml:2: release.index: "pipy" is not declared as an index; did you mean pypi?`},
		{"staging is the index", "[release]\nstaging = 'pypi'", "ferry.toml:2: release.staging: is the index that is released to"},
		{"index without simple", "[index.corp]\nupload = 'https://pip.corp/'", "ferry.toml:2: index.corp.simple: is missing; a release cannot be confirmed without it"},
		{"syntax", "[release]\n\nbranch = x", "ferry.toml:3: is not valid TOML"},
		{"twice", "[release]\nclaim = true\nclaim = false", "ferry.toml:3: is not valid TOML"},
		{"long value", "[release]\ntrigger = '" + strings.Repeat("a", 100) + "'", `ferry.toml:2: release.trigger: "` + strings.Repeat("a", 60) + `…" is none of auto, branch, tag, release, dispatch, external`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load(config.Sources{Project: tree("ferry.toml", tt.file)})
			var e *config.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestOtherErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    config.Sources
		want string
	}{
		{"two project files", config.Sources{Project: tree("ferry.toml", "", "pyproject.toml", "[tool.ferry]")}, "pyproject.toml: tool.ferry: the project also has a ferry.toml; keep one of them"},
		{"environment", config.Sources{Env: env("FERRY_RELEASE_CLAIM", "perhaps")}, `env FERRY_RELEASE_CLAIM: release.claim: "perhaps" is neither true nor false`},
		{"flag", config.Sources{Flags: map[string]string{"release.trigger": "x"}}, `flag --by: release.trigger: "x" is none of auto, branch, tag, release, dispatch, external`},
		{"named user file", config.Sources{User: "/nonexistent/ferry.toml"}, "/nonexistent/ferry.toml: cannot be read: no such file or directory"},
		{"named by the environment", config.Sources{Env: env("FERRY_CONFIG", "/nonexistent/x")}, "/nonexistent/x: cannot be read: no such file or directory"},
		{"too large", config.Sources{Project: tree("ferry.toml", strings.Repeat("#\n", 1<<20))}, "ferry.toml: is larger than 1024 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := config.Load(tt.s); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestWhatIsNoMistake(t *testing.T) {
	for name, s := range map[string]config.Sources{
		"a pyproject.toml beside":      {Project: tree("ferry.toml", "[release]", "pyproject.toml", "[tool.black]\nline-length = 88")},
		"a mark of Windows":            {Project: tree("ferry.toml", "\ufeff[release]\nclaim = false")},
		"an empty table":               {Project: tree("ferry.toml", "[index.pypi]\n[package]")},
		"a world on this machine":      {Project: tree("ferry.toml", "[ci]\nurl = 'http://127.0.0.1:8080'\nui = 'http://[::1]/'\n[index.pypi]\nsimple = 'http://localhost:1/simple/'")},
		"one provider without a list":  {Project: tree("ferry.toml", "ci.provider = 'none'")},
		"nothing where the user's was": {Env: env("HOME", "/nonexistent")},
	} {
		if _, err := config.Load(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefs(t *testing.T) {
	r := config.Release{Branch: "release/{name}-{version}", Tag: "{name}@v{version}"}
	branch, err := r.BranchRef("acme-core", "1.4.0")
	if err != nil || branch != "refs/heads/release/acme-core-1.4.0" {
		t.Errorf("got %s, %v", branch, err)
	}
	tag, err := r.TagRef("acme-core", "1!1.4.0")
	if err != nil || tag != "refs/tags/acme-core@v1!1.4.0" {
		t.Errorf("got %s, %v", tag, err)
	}
	for _, version := range []string{"../x", "1 0", "a\x1b", "", "x.lock"} {
		if ref, err := (config.Release{Branch: "{version}"}).BranchRef("n", version); err == nil {
			t.Errorf("%q gives %s", version, ref)
		}
	}
	if _, err := (config.Release{Branch: "{name}"}).BranchRef("master", "1"); err == nil {
		t.Error("a project called master releases over master")
	}
}

func TestCheckBranch(t *testing.T) {
	c, err := config.Load(config.Sources{Project: tree("ferry.toml", "[release]\nbranch = 'trunk'")})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckBranch("develop"); err != nil {
		t.Error(err)
	}
	err = c.CheckBranch("trunk")
	if err == nil || !strings.HasPrefix(err.Error(), `ferry.toml:2: release.branch: "trunk" is a branch that people work on`) {
		t.Errorf("got %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[release]\nbranch = 'x'\n[index.a]\nsimple='https://a/'", "2h")
	f.Add("a.b.c = {d = [1, {e = 2}]}\n[[x]]\n", "\x00")
	f.Add("[\"\\u0000\"]\n\"\" = ''", "")
	f.Fuzz(func(t *testing.T, file, text string) {
		c, err := config.Load(config.Sources{Project: tree("ferry.toml", file), Flags: map[string]string{"release.timeout": text}})
		if err != nil {
			return
		}
		for _, s := range c.All() {
			if s.Origin == "" || s.Key == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}
