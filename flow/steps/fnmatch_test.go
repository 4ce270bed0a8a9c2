package steps

import (
	"strings"
	"testing"
)

// TestFnmatch: the examples of Ruby's documentation of File.fnmatch with
// FNM_PATHNAME, and of GitHub's of its deployment branch policies.
func TestFnmatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"main", []string{"main"}, []string{"Main", "main2", "a/main"}},
		{"v*", []string{"v1.0", "v"}, []string{"v1/0", "1.0"}},
		{"*", []string{"main", "v1.0"}, []string{"release/1"}},
		{"**", []string{"main"}, []string{"release/1"}},
		{"release/*", []string{"release/1.0"}, []string{"release", "release/1/0", "x/release/1"}},
		{"release/*/*", []string{"release/1/0"}, []string{"release/1", "release/1/0/0"}},
		{"**/*", []string{"main", "a/b", "a/b/c"}, nil},
		{"release/**/*", []string{"release/1", "release/1/2/3"}, []string{"release", "main"}},
		{"**/foo", []string{"foo", "a/b/c/foo"}, []string{"foo/a", "xfoo"}},
		{"v[0-9].?", []string{"v1.0"}, []string{"v1.10", "va.0"}},
		{"v[!0-9]*", []string{"va"}, []string{"v1"}},
		{"v[^0-9]*", []string{"va"}, []string{"v1"}},
		{`v\*`, []string{"v*"}, []string{"v1"}},
		{"{main,next}", nil, []string{"main", "next"}},
		{"v[", nil, []string{"v[", "v"}},
		{"", nil, []string{"main"}},
	} {
		for _, name := range c.yes {
			if !fnmatch(c.pattern, name) {
				t.Errorf("%q does not match %q", c.pattern, name)
			}
		}
		for _, name := range c.no {
			if fnmatch(c.pattern, name) {
				t.Errorf("%q matches %q", c.pattern, name)
			}
		}
	}
}

// TestFnmatchEnds: also with a pattern that was made to be slow.
func TestFnmatchEnds(t *testing.T) {
	if fnmatch(strings.Repeat("**/", 200)+"x", strings.Repeat("a/", 200)+"y") {
		t.Error("matched")
	}
}
