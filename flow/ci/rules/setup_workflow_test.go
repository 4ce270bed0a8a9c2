package rules_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
	"ferry/pypi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// setups are all combinations of what can be asked for, by a name.
func setups() map[string]rules.Setup {
	out := map[string]rules.Setup{}
	for _, start := range []rules.Setup{
		{Start: rules.StartBranch, Ref: "pypi-release"},
		{Start: rules.StartBranch, Ref: "release/{name}/{version}"},
		{Start: rules.StartBranch, Ref: "pypi-test", Test: true},
		{Start: rules.StartTag, Ref: "v{version}"},
		{Start: rules.StartTag, Ref: "{version}"},
		{Start: rules.StartTag, Ref: "{name}@{version}+final"},
		{Start: rules.StartTag, Ref: "test/v{version}", Test: true},
		{Start: rules.StartPush, Ref: "main", Test: true},
	} {
		for _, folder := range []string{"", "packages/core"} {
			for _, python := range []string{"", "3.12"} {
				for _, scm := range []bool{false, true} {
					s := start
					s.Project, s.Folder, s.Python, s.FromTags = "Acme.Core", folder, python, scm
					if scm {
						s.Environment = "release-to-index"
					}
					out[fmt.Sprintf("%s %s test=%t in %q python %q tags=%t", s.Start, s.Ref, s.Test, folder, python, scm)] = s
				}
			}
		}
	}
	return out
}

// forms are the files that can be written for a setup.
var forms = map[string]func(rules.Setup) (rules.Generated, error){
	"github": rules.Setup.Workflow,
	"gitlab": func(s rules.Setup) (rules.Generated, error) { return s.GitLab(nil) },
}

// TestSetupPublishesOnce: for the wanted ref one job publishes, to the wanted
// index and without a stored token, and nobody finds anything wrong with it. For
// other refs nothing does.
func TestSetupPublishesOnce(t *testing.T) {
	t.Parallel()
	for name, s := range setups() {
		for form, write := range forms {
			g, err := write(s)
			if err != nil {
				t.Fatalf("%s %s: %v", form, name, err)
			}
			tree := treeOf(map[string]string{g.Path: string(g.Text)})
			for _, version := range []string{"1.2.3", "0.1", "2026.1rc1"} {
				e := s.On(version)
				e.Slug, e.DefaultBranch = "acme/core", "main"
				if wrong := published(tree, e, s); wrong != "" {
					t.Errorf("%s %s, %s: %s\n%s", form, name, e.Ref, wrong, g.Text)
				}
			}
			for _, e := range others(s) {
				if got := publishing(predictTree(t, tree, e)); got != "" {
					t.Errorf("%s %s: %s publishes for %+v\n%s", form, name, got, e, g.Text)
				}
			}
		}
	}
}

// published says what is wrong with what a tree does; "" if nothing is.
func published(tree fstest.MapFS, e rules.Event, s rules.Setup) string {
	p, err := rules.Predict(tree, e)
	if err != nil || len(p.Problems)+len(p.Undecided) > 0 || len(p.Deploying(rules.Undecided)) > 0 || len(p.Deploying(rules.Yes)) != 1 {
		return fmt.Sprintf("%v, %+v", err, p)
	}
	want := ""
	if s.Test {
		want = "https://test.pypi.org/legacy/"
	}
	ups := p.Deploying(rules.Yes)[0].Uploads
	if len(ups) != 1 || ups[0].Index != want || !ups[0].Trusted || ups[0].Environment != s.EnvironmentName() {
		return fmt.Sprintf("%+v", ups)
	}
	if found, err := rules.Diagnose(tree, e); err != nil || len(found) > 0 {
		return fmt.Sprintf("%v, %+v", err, found)
	}
	return ""
}

// others are events for which nothing may be published.
func others(s rules.Setup) []rules.Event {
	var out []rules.Event
	for _, ref := range []string{"refs/heads/feature", "refs/heads/pypi-release-2", "refs/tags/vendored", "refs/tags/latest", "refs/heads/v1.2.3", "refs/heads/1.2.3"} {
		out = append(out, rules.Event{What: "push", Ref: ref, Slug: "acme/core", DefaultBranch: "main"})
	}
	own := s.On("1.2.3")
	for _, what := range []string{"release", "pull_request", "workflow_dispatch", "schedule"} {
		out = append(out, rules.Event{What: what, Ref: own.Ref, Slug: "acme/core", DefaultBranch: "main"})
	}
	return out
}

// TestSetupGolden: the texts, as people read them.
func TestSetupGolden(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]rules.Setup{
		"branch":         {Project: "acme-core", Start: rules.StartBranch, Ref: "pypi-release"},
		"branch-test":    {Project: "acme-core", Start: rules.StartBranch, Ref: "pypi-test", Test: true},
		"tag":            {Project: "acme-core", Start: rules.StartTag, Ref: "v{version}", Python: "3.12", FromTags: true},
		"push-test":      {Project: "acme-core", Start: rules.StartPush, Ref: "main", Test: true},
		"package-by-tag": {Project: "acme-core", Start: rules.StartTag, Ref: "{name}/v{version}", Folder: "packages/core"},
	} {
		for form, write := range forms {
			g, err := write(s)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "setup", form+"-"+name+".yml")
			text := "# " + g.Path + "\n" + string(g.Text)
			if *update {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || string(want) != text {
				t.Errorf("the file is no longer what %s says; -update, if that is meant (%v)\n%s", file, err, text)
			}
		}
	}
}

// TestSetupPins: every action is named by a whole commit, in one place, and with
// the version that people read.
func TestSetupPins(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range rules.Pins() {
		known[p.Action+"@"+p.Commit+" # "+p.Version] = true
		if !regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(p.Commit) || !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(p.Version) {
			t.Errorf("%+v", p)
		}
	}
	named := regexp.MustCompile(`(?m)uses: (.*)$`)
	for name, s := range setups() {
		g, err := s.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		all := named.FindAllStringSubmatch(string(g.Text), -1)
		if len(all) != len(known) {
			t.Errorf("%s uses %d actions of %d", name, len(all), len(known))
		}
		for _, m := range all {
			if !known[m[1]] {
				t.Errorf("%s uses %q", name, m[1])
			}
		}
	}
}

// TestSetupPermissions: what the builder needs, and nothing else where the
// identity is.
func TestSetupPermissions(t *testing.T) {
	t.Parallel()
	for name, s := range setups() {
		g, err := s.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		build, publish, _ := strings.Cut(string(g.Text), "\n  publish:\n")
		switch {
		case !strings.Contains(build, "\npermissions: {}\n"), strings.Count(build, "permissions:") != 2, strings.Contains(build, "id-token"),
			!strings.Contains(build, "    permissions:\n      contents: read\n    steps:"), !strings.Contains(build, "persist-credentials: false"):
			t.Errorf("%s: the build may too much\n%s", name, build)
		case strings.Contains(publish, "run:"), strings.Contains(publish, "checkout"), strings.Contains(publish, "attestations"), strings.Contains(publish, "password"),
			!strings.Contains(publish, "    permissions:\n      id-token: write # the identity that the index trusts\n    steps:"):
			t.Errorf("%s: what publishes does more\n%s", name, publish)
		}
	}
}

// TestSetupActionlint asks the program that reads workflows more strictly than
// anybody here.
func TestSetupActionlint(t *testing.T) {
	t.Parallel()
	lint, err := exec.LookPath("actionlint")
	if err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("there is no actionlint")
		}
		t.Skip("there is no actionlint")
	}
	args := []string{"-no-color"}
	for name, s := range setups() {
		g, err := s.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), regexp.MustCompile(`\W+`).ReplaceAllString(name, "-")+".yml")
		if err := os.WriteFile(file, g.Text, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.CommandContext(t.Context(), lint, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	broken := filepath.Join(t.TempDir(), "broken.yml")
	if err := os.WriteFile(broken, []byte("on: push\njobs: {a: {runs-on: ubuntu-latest, needs: b, steps: [{run: make}]}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), lint, broken).CombinedOutput(); err == nil || !strings.Contains(string(out), "needs job") {
		t.Errorf("it finds nothing in a broken file: %v %s", err, out)
	}
}

// TestSetupRefuses what would mean something else in the file than where it is from.
func TestSetupRefuses(t *testing.T) {
	t.Parallel()
	good := rules.Setup{Project: "acme", Start: rules.StartBranch, Ref: "pypi-release"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*rules.Setup){
		"no name":              func(s *rules.Setup) { s.Project = "" },
		"a name with a break":  func(s *rules.Setup) { s.Project = "acme\non: push" },
		"no start":             func(s *rules.Setup) { s.Start = "" },
		"no ref":               func(s *rules.Setup) { s.Ref = "" },
		"pushes to PyPI":       func(s *rules.Setup) { s.Start, s.Ref = rules.StartPush, "main" },
		"a branch of versions": func(s *rules.Setup) { s.Start, s.Ref, s.Test = rules.StartPush, "r/{version}", true },
		"a wildcard":           func(s *rules.Setup) { s.Ref = "**" },
		"an option":            func(s *rules.Setup) { s.Folder = "-x" },
		"a command":            func(s *rules.Setup) { s.Folder = "a; curl evil" },
		"an expression":        func(s *rules.Setup) { s.Folder = "${{ secrets.X }}" },
		"outside":              func(s *rules.Setup) { s.Folder = "../other" },
		"a quote":              func(s *rules.Setup) { s.Ref = "pypi'release" },
		"a variable":           func(s *rules.Setup) { s.Ref = "$CI_COMMIT_REF" },
		"Python 2":             func(s *rules.Setup) { s.Python = "2.7" },
		"an odd environment":   func(s *rules.Setup) { s.Environment = "a b" },
	} {
		s := good
		change(&s)
		for form, write := range forms {
			if g, err := write(s); err == nil || len(g.Text) > 0 {
				t.Errorf("%s %s: %s", form, name, g.Text)
			}
		}
	}
}

// TestSetupGlob: the pattern for the environment takes the refs that start what is
// written, and those alone.
func TestSetupGlob(t *testing.T) {
	t.Parallel()
	for name, s := range setups() {
		if kind := strings.Split(s.On("1.0").Ref, "/")[1]; kind != map[string]string{"branch": "heads", "tag": "tags"}[s.Kind()] {
			t.Errorf("%s: a %s of %s", name, s.Kind(), kind)
		}
		for _, version := range []string{"1.2.3", "0.1rc1", "2026.1.post2+local"} {
			ref := strings.SplitN(s.On(version).Ref, "/", 3)[2]
			if hit, err := path.Match(s.Glob(), ref); err != nil || !hit {
				t.Errorf("%s: %s does not take %s: %v", name, s.Glob(), ref, err)
			}
		}
		for _, ref := range []string{"vendored", "feature", "v/1", "latest"} {
			if hit, _ := path.Match(s.Glob(), ref); hit {
				t.Errorf("%s: %s takes %s", name, s.Glob(), ref)
			}
		}
	}
}

// TestSetupPublisher: the values of the index's form are those of the file.
func TestSetupPublisher(t *testing.T) {
	t.Parallel()
	s := rules.Setup{Project: "acme-core", Start: rules.StartTag, Ref: "v{version}"}
	x := pypi.NewIndex(pypi.Config{Name: "pypi"})
	for _, c := range []struct {
		p     rules.Publisher
		lines []string
		page  string
	}{
		{s.WorkflowPublisher("acme/core"), []string{"PyPI Project Name: acme-core", "Owner: acme", "Repository name: core", "Workflow name: publish-pypi.yml", "Environment name: pypi"}, "environment=pypi&owner=acme&provider=github&repository=core&workflow_filename=publish-pypi.yml"},
		{s.GitLabPublisher("acme/tools/core"), []string{"PyPI Project Name: acme-core", "Namespace: acme/tools", "Project name: core", "Top-level pipeline file path: .gitlab-ci.yml", "Environment name: pypi"}, "environment=pypi&namespace=acme%2Ftools&project=core&provider=gitlab&workflow_filepath=.gitlab-ci.yml"},
	} {
		form := pypi.PendingPublisher(c.p)
		var got []string
		for _, e := range form.Entries() {
			got = append(got, e.Label+": "+e.Value)
		}
		if !slices.Equal(got, c.lines) || len(form.Missing()) > 0 {
			t.Errorf("got %q, want %q", got, c.lines)
		}
		if page := x.PublisherPage(form); page != "https://pypi.org/manage/project/acme-core/settings/publishing/?"+c.page {
			t.Error(page)
		}
	}
	s.Folder, s.Test = "core", true
	if p := s.WorkflowPublisher("acme/core"); p.Workflow != "publish-acme-core-testpypi.yml" || p.Environment != "testpypi" {
		t.Errorf("%+v", p)
	}
}
