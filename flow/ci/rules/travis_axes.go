package rules

import (
	"cmp"
	"slices"
	"strings"
)

// travisAxis is a key whose values multiply the jobs of a build.
type travisAxis struct {
	key       string
	aliases   []string
	languages []string // that know it; nil is all of them
	os        string   // the only system that knows it
	variable  string   // that tells a job its value
}

// travisAxes are the keys that travis-yml calls expand keys, of its schema/def.
var travisAxes = []travisAxis{
	{key: "python", languages: []string{"python"}, variable: "TRAVIS_PYTHON_VERSION"},
	{key: "node_js", aliases: []string{"node"}, languages: []string{"node_js", "elm"}, variable: "TRAVIS_NODE_VERSION"},
	{key: "rvm", aliases: []string{"ruby", "rbenv"}, languages: []string{"ruby", "objective-c"}, variable: "TRAVIS_RUBY_VERSION"},
	{key: "gemfile", aliases: []string{"gemfiles"}, languages: []string{"ruby", "objective-c"}},
	{key: "jdk", languages: []string{"java", "android", "clojure", "groovy", "ruby", "scala"}, variable: "TRAVIS_JDK_VERSION"},
	{key: "php", languages: []string{"php", "hack"}, variable: "TRAVIS_PHP_VERSION"},
	{key: "hhvm", languages: []string{"hack"}},
	{key: "perl", languages: []string{"perl"}, variable: "TRAVIS_PERL_VERSION"},
	{key: "go", languages: []string{"go"}},
	{key: "rust", languages: []string{"rust"}, variable: "TRAVIS_RUST_VERSION"},
	{key: "scala", languages: []string{"scala"}, variable: "TRAVIS_SCALA_VERSION"},
	{key: "r", languages: []string{"r"}},
	{key: "julia", languages: []string{"julia"}, variable: "TRAVIS_JULIA_VERSION"},
	{key: "ghc", languages: []string{"haskell"}},
	{key: "elixir", languages: []string{"elixir"}},
	{key: "otp_release", languages: []string{"elixir", "erlang"}},
	{key: "crystal", languages: []string{"crystal"}},
	{key: "dart", languages: []string{"dart"}},
	{key: "d", languages: []string{"d"}},
	{key: "elm", languages: []string{"elm"}},
	{key: "haxe", languages: []string{"haxe"}},
	{key: "dotnet", languages: []string{"csharp"}},
	{key: "mono", languages: []string{"csharp"}},
	{key: "nix", languages: []string{"nix"}},
	{key: "perl6", languages: []string{"perl6"}},
	{key: "smalltalk", languages: []string{"smalltalk"}},
	{key: "matlab", languages: []string{"matlab"}},
	{key: "compiler", languages: []string{"c", "cpp", "c++"}},
	{key: "os"},
	{key: "arch", os: "linux"},
	{key: "osx_image", os: "osx"},
}

// known says whether jobs of a language have the axis at all.
func (a travisAxis) known(language string) bool {
	return a.languages == nil || slices.Contains(a.languages, language)
}

// in gives the values that a node lists for the axis.
func (a travisAxis) in(t tree) []tree {
	if !t.isMap() {
		return nil
	}
	return t.get(append([]string{a.key}, a.aliases...)...).list()
}

// systems are the other names of operating systems.
var systems = map[string]string{
	"ubuntu": "linux", "mac": "osx", "macos": "osx", "macosx": "osx", "ios": "osx", "win": "windows", "bsd": "freebsd",
}

// machines are the other names of processors.
var machines = map[string]string{
	"x86_64": "amd64", "x64": "amd64", "power": "ppc64le", "ppc": "ppc64le", "ppc64": "ppc64le", "x86": "i386",
}

// value reads one value of the axis.
func (a travisAxis) value(t tree) string {
	v := t.text()
	switch low := strings.ToLower(v); a.key {
	case "os":
		return cmp.Or(systems[low], low)
	case "arch":
		return cmp.Or(machines[low], low)
	}
	return v
}
