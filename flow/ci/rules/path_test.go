package rules

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const pathWorkflow = `name: release
on:
  push:
    tags: ["v*"]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python -m build
  publish:
    needs: build
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v4
      - uses: pypa/gh-action-pypi-publish@release/v1
`

const pathTravis = `language: python
deploy:
  provider: pypi
  username: __token__
  password:
    secure: "aaaa"
  on:
    branch: pypi-release
`

// TestReleasePath: what changes whom one trusts is seen, and what changes with
// every release is not.
func TestReleasePath(t *testing.T) {
	t.Parallel()
	tag := Event{What: "push", Ref: "refs/tags/v1.4.0"}
	branch := Event{What: "push", Ref: "refs/heads/pypi-release"}
	lines := func(file, text string, e Event) []string {
		got, err := ReleasePath(fstest.MapFS{file: {Data: []byte(text)}, "setup.py": {}}, e)
		if err != nil || len(got) == 0 {
			t.Fatalf("%s: %q, %v", file, got, err)
		}
		return got
	}
	for _, c := range []struct {
		says, file, text, old, now string
		e                          Event
		seen                       bool
	}{
		{"another trigger", ".github/workflows/r.yml", pathWorkflow, `tags: ["v*"]`, `tags: ["*"]`, tag, true},
		{"more permissions", ".github/workflows/r.yml", pathWorkflow, "id-token: write", "id-token: write\n      contents: write", tag, true},
		{"another environment", ".github/workflows/r.yml", pathWorkflow, "environment: pypi", "environment: anywhere", tag, true},
		{"no environment", ".github/workflows/r.yml", pathWorkflow, "    environment: pypi\n", "", tag, true},
		{"an action of another owner", ".github/workflows/r.yml", pathWorkflow, "actions/download-artifact@v4", "somebody/download-artifact@v4", tag, true},
		{"a newer action of the same owner", ".github/workflows/r.yml", pathWorkflow, "actions/download-artifact@v4", "actions/download-artifact@v5", tag, false},
		{"another step of the build", ".github/workflows/r.yml", pathWorkflow, "python -m build", "python -m build --sdist", tag, false},
		{"Travis: another branch", ".travis.yml", pathTravis, "branch: pypi-release", "all_branches: true", branch, true},
		{"Travis: a token encrypted anew", ".travis.yml", pathTravis, "aaaa", "bbbb", branch, false},
		{"Travis: another server", ".travis.yml", pathTravis, "provider: pypi", "provider: pypi\n  server: https://pypi.example/legacy/", branch, true},
	} {
		was, is := lines(c.file, c.text, c.e), lines(c.file, strings.Replace(c.text, c.old, c.now, 1), c.e)
		if seen := !slices.Equal(was, is); seen != c.seen {
			t.Errorf("%s: seen %v\nwas %q\nis  %q", c.says, seen, was, is)
		}
	}
}
