package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
	"ferry/flow/sandbox"
)

// blocks are the fenced texts of a page, in one language.
func blocks(t testing.TB, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1]+"\n")
	}
	return out
}

// TestServersCommandsAreOurs: every release that the pages have somebody type is one
// that the command line takes.
func TestServersCommandsAreOurs(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile("ferry release( [^`|\n]*)")
	for page, least := range map[string]int{"docs/servers.md": 8, "docs/quickbuild.md": 2} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all := said.FindAllStringSubmatch(string(text), -1)
		if len(all) < least {
			t.Errorf("%s has %d commands", page, len(all))
		}
		for _, m := range all {
			line := strings.NewReplacer(`"$VERSION"`, "1.4.0", `${vars.get("ferry_version")}`, "1.4.0", `${vars.get("ferry_options")}`, "--dry-run").Replace(m[1])
			out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "ferry"), append(append([]string{"release"}, strings.Fields(line)...), "--help")...).CombinedOutput()
			if err != nil {
				t.Errorf("%s: ferry release%s: %s", page, m[1], out)
			}
		}
	}
}

// TestServersWorkflows can be read, pin what they use, and paste no input into a script.
func TestServersWorkflows(t *testing.T) {
	yaml := blocks(t, "docs/servers.md", "yaml")
	if len(yaml) != 2 {
		t.Fatalf("%d texts", len(yaml))
	}
	const path = ".github/workflows/release.yml"
	files, err := rules.Scan(fstest.MapFS{path: {Data: []byte(yaml[0])}, ".gitlab-ci.yml": {Data: []byte(yaml[1])}})
	if err != nil || len(files.Workflows) != 2 {
		t.Errorf("%+v, %v", files.Workflows, err)
	}
	known := map[string]bool{}
	for _, p := range rules.Pins() {
		known[p.Action+"@"+p.Commit+" # "+p.Version] = true
	}
	uses := regexp.MustCompile(`uses: (.*)`).FindAllStringSubmatch(yaml[0], -1)
	for _, m := range uses {
		if !known[m[1]] {
			t.Errorf("%s is not what ferry pins", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`run: (?:\|\n(?: {10}.*\n)+|.*)`).FindAllString(yaml[0], -1) {
		if strings.Contains(m, "${{") {
			t.Errorf("pasted into a script: %s", m)
		}
	}
	lint := installed(t, "actionlint", "actionlint")
	cmd := exec.CommandContext(t.Context(), lint, "-no-color", "-")
	cmd.Stdin = strings.NewReader(yaml[0])
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// node runs a script as a server's node does, in a checkout of its own.
func node(t *testing.T, w world, script string, env ...string) result {
	t.Helper()
	cmd, err := w.Command(context.WithoutCancel(t.Context()), w.bin, "node", []string{installed(t, "sh", "sh"), "-e", "-c", script})
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, env...)
	return finish(t, cmd)
}

// TestServersJenkins: what the Jenkinsfile has a shell run. A version that is a
// script is a version, and a wrong one.
func TestServersJenkins(t *testing.T) {
	t.Parallel()
	w := start(t, "happy", quick, nil)
	text := strings.Join(blocks(t, "docs/servers.md", "groovy"), "")
	script := regexp.MustCompile(`(?s)'''(.*)'''`).FindStringSubmatch(text)
	if script == nil {
		t.Fatal("no script")
	}
	for _, c := range []struct {
		version, dry string
		code         int
	}{{"1.4.0; touch ../pwned #", "false", 3}, {"$(touch ../pwned)", "true", 3}, {"", "false", 64}, {sandbox.Version, "true", 0}} {
		if r := node(t, w, script[1], "VERSION="+c.version, "DRY_RUN="+c.dry); r.code != c.code || len(w.uploads()) != 0 {
			t.Errorf("%+v: code %d\n%s", c, r.code, r.err)
		}
	}
	for range 2 {
		if r := node(t, w, script[1], "VERSION="+sandbox.Version, "DRY_RUN=false"); r.code != 0 {
			t.Errorf("code %d\n%s", r.code, r.err)
		}
		w.published()
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "node", "pwned")); err == nil {
		t.Error("the version was run")
	}
	if text, err := os.ReadFile(filepath.Join(w.Dir, "node", "ferry.jsonl")); err != nil || !strings.Contains(string(text), `"kind":"result"`) {
		t.Errorf("no events: %v", err)
	}
}

// TestServersCron: nothing is released until a commit says so; then it is, once.
func TestServersCron(t *testing.T) {
	t.Parallel()
	installed(t, "git", "git")
	w := start(t, "happy", quick, nil)
	script := strings.Join(blocks(t, "docs/servers.md", "sh"), "")
	dir, err := w.Clone("node")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(script, "cd /srv/release/acme-core\n") {
		t.Fatal(script)
	}
	script = strings.Replace(script, "cd /srv/release/acme-core\n", "cd '"+dir+"'\n", 1)
	if r := node(t, w, script); r.code != 0 || len(w.uploads()) != 0 {
		t.Errorf("no order: code %d\n%s", r.code, r.err)
	}
	if r := node(t, w, "git commit -q --allow-empty -m 'Release it' -m 'Release: "+sandbox.Version+"' && git push -q origin HEAD:main"); r.code != 0 {
		t.Fatal(r.err)
	}
	for range 2 {
		if r := node(t, w, script); r.code != 0 {
			t.Errorf("code %d\n%s%s", r.code, r.out, r.err)
		}
		w.published()
	}
}
