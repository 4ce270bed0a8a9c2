package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

func TestPredictMessages(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"fix":                                   "a",
		"fix [skip ci]":                         "",
		"[actions skip] fix":                    "",
		"fix\n\nbody [no ci] more":              "",
		"fix [Skip CI]":                         "a?",
		"fix\n\n\nskip-checks: true":            "",
		"fix\n\n\nA: b\nskip-checks:true\n":     "",
		"fix\n\nskip-checks: true":              "a?",
		"fix\n\n\nskip-checks: true\nand more":  "a",
		"fix\r\n\r\n\r\nskip-checks: true\r\n":  "",
		"the words skip ci without any bracket": "a",
	} {
		e := eventOf("branch main")
		e.Message = message
		if got := publishing(predictTree(t, oneWorkflow("on: push\n"+jobA("")), e)); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
	e := eventOf("release v1")
	e.Message = "fix [skip ci]"
	if got := publishing(predictTree(t, oneWorkflow("on: release\n"+jobA("")), e)); got != "a" {
		t.Errorf("a message stopped a release: %q", got)
	}
}

func TestPredictByJob(t *testing.T) {
	t.Parallel()
	tree := oneWorkflow("on: [push, release, workflow_dispatch]\n" + jobA(""))
	for event, want := range map[string]string{"branch main": "", "tag v1": "", "release v1": "", "dispatch main": "a"} {
		e := eventOf(event)
		e.ByJob = true
		p := predictTree(t, tree, e)
		if got := publishing(p); got != want || want == "" && !strings.Contains(reasons(p), "token of a job") {
			t.Errorf("%s: got %q\n%s", event, got, reasons(p))
		}
	}
}

func TestPredictChanged(t *testing.T) {
	t.Parallel()
	many := make([]string, 400)
	for i := range many {
		many[i] = "src/x.py"
	}
	for _, c := range []struct {
		paths, want string
		changed     []string
	}{
		{"paths: ['src/**', '!src/docs/**']", "a", []string{"README", "src/a.py"}},
		{"paths: ['src/**', '!src/docs/**']", "", []string{"README", "src/docs/a.py"}},
		{"paths-ignore: ['**.md']", "a", []string{"a.md", "b.py"}},
		{"paths-ignore: ['**.md']", "", []string{"a.md", "docs/b.md"}},
		{"paths: ['src/**']", "a?", many},
		{"paths: ['src/**']", "a?", []string{}},
	} {
		e := eventOf("branch main")
		e.Changed = &c.changed
		if got := publishing(predictTree(t, oneWorkflow("on: {push: {"+c.paths+"}}\n"+jobA("")), e)); got != c.want {
			t.Errorf("%s with %d files: got %q, want %q", c.paths, len(c.changed), got, c.want)
		}
	}
}

func TestPredictPrereleases(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, c := range []struct {
		types string
		is    *bool
		want  string
	}{
		{"released", &no, "a"}, {"released", &yes, ""}, {"released", nil, "a?"},
		{"prereleased", &yes, "a?"}, {"prereleased", &no, ""}, {"'prereleased', published", &yes, "a"},
	} {
		e := eventOf("release v1")
		e.Prerelease = c.is
		if got := publishing(predictTree(t, oneWorkflow("on: {release: {types: ["+c.types+"]}}\n"+jobA("")), e)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.types, got, c.want)
		}
	}
}

// TestPredictFolders: whose files are read depends on the host, where it is known.
func TestPredictFolders(t *testing.T) {
	t.Parallel()
	const g, f, h = ".gitea/workflows/sub/g.yml", ".forgejo/workflows/f.yml", ".github/workflows/h.yml"
	for _, c := range []struct{ host, files, want string }{
		{"", h, "github h"},
		{"github.com", h, "github h"},
		{"gitea.example.org", h, "gitea h"},
		{"codeberg.org", h, "gitea h"},
		{"codeberg.org", h + " " + g, "gitea g"},
		{"codeberg.org", h + " " + g + " " + f, "gitea f"},
		{"gitea.example.org", h + " " + g + " " + f, "gitea g"},
		{"", h + " " + f, "github h, gitea f"},
		{"", g + " " + f, "gitea f, gitea g; undecided"},
		{"", ".github/workflows/sub/h.yml", ""},
	} {
		files := map[string]string{}
		for _, name := range strings.Fields(c.files) {
			job := strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], ".yml")
			files[name] = "on: push\njobs: {" + job + ": {steps: [{run: twine upload x}]}}\n"
		}
		e := eventOf("branch main")
		e.Host = c.host
		p := predictTree(t, treeOf(files), e)
		var got []string
		for _, j := range p.Jobs {
			got = append(got, j.Provider+" "+j.Name)
		}
		out := strings.Join(got, ", ")
		if len(p.Undecided) > 0 {
			out += "; undecided"
		}
		if out != c.want {
			t.Errorf("%s on %q: got %q, want %q", c.files, c.host, out, c.want)
		}
	}
}

// TestPredictGitea holds what Gitea does otherwise than GitHub.
func TestPredictGitea(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"on: {release: {types: [published]}}\n": "a",
		"on: {release: {types: [released]}}\n":  "",
		"on: [release, nonsense]\n":             "a",
	} {
		p := predictTree(t, treeOf(map[string]string{".gitea/workflows/a.yml": src + jobA("")}), eventOf("release v1"))
		if got := publishing(p); got != want {
			t.Errorf("%q: got %q, want %q\n%s", src, got, want, reasons(p))
		}
	}
	paths := treeOf(map[string]string{".gitea/workflows/a.yml": "on: {push: {paths: ['src/**']}}\n" + jobA("")})
	if got := publishing(predictTree(t, paths, eventOf("tag v1"))); got != "a?" {
		t.Errorf("paths and a tag: %q", got)
	}
	e := eventOf("branch main")
	e.Message = "x\n\n\nskip-checks: true"
	if got := publishing(predictTree(t, treeOf(map[string]string{".forgejo/workflows/a.yml": "on: push\n" + jobA("")}), e)); got != "a" {
		t.Errorf("a trailer that only GitHub knows: %q", got)
	}
}

func TestPredictUploads(t *testing.T) {
	t.Parallel()
	const head = "on: push\npermissions: {id-token: write}\njobs:\n  a:\n    environment: {name: 'to-${{ github.ref_name }}', url: x}\n    strategy: {matrix: {i: [testpypi]}}\n    steps:\n"
	for _, c := range []struct{ step, index, says string }{
		{"- uses: pypa/gh-action-pypi-publish@v1", "", "uses pypa/"},
		{"- uses: pypa/gh-action-pypi-publish@v1\n      with: {repository-url: 'https://${{ matrix.i }}.example/'}", "https://testpypi.example/", "to https://testpypi"},
		{"- uses: pypa/gh-action-pypi-publish@v1\n      with: {repository-url: '${{ vars.URL }}'}", "${{ vars.URL }}", "no file says"},
		{"- run: twine upload -r ${{ matrix.i }} dist/*", "", "twine upload"},
		{"- run: twine upload -r corp dist/*", "corp", "called corp"},
		{"- run: uv publish --publish-url https://i.example/", "https://i.example/", "runs uv publish"},
		{"- {uses: PyO3/maturin-action@v1, with: {command: upload}}", "", "maturin"},
	} {
		p := predictTree(t, oneWorkflow(head+"    "+c.step+"\n"), eventOf("branch main"))
		u := p.Jobs[0].Uploads
		if len(u) != 1 || u[0].Index != c.index || u[0].Environment != "to-main" || !strings.Contains(reasons(p), c.says) {
			t.Errorf("%s: %+v", c.step, u)
		}
	}
}

func TestPredictScripts(t *testing.T) {
	t.Parallel()
	const head = "on: push\njobs:\n  a:\n    steps:\n    - run: |\n"
	for _, c := range []struct {
		script string
		lines  []int
		want   rules.Answer
	}{
		{"        python -m build\n        twine upload \\\n          dist/*\n", []int{7}, rules.Yes},
		{"        twine upload -r testpypi d/*\n        twine upload d/*\n", []int{6, 7}, rules.Yes},
		{"        if [ -n \"$X\" ]; then\n          twine upload d/*\n        fi\n", []int{7}, rules.Undecided},
		{"        if [ -n \"$X\" ]; then\n          true\n        fi\n        twine upload d/*\n", []int{9}, rules.Yes},
		{"        [ -n \"$X\" ] && twine upload d/*\n", []int{6}, rules.Undecided},
		{"        test -n \"$X\" || exit 0\n        twine upload d/*\n", []int{7}, rules.Undecided},
		{"        for f in d/*; do\n          twine upload $f\n        done\n        if x; then y; fi\n        uv publish\n", []int{7, 10}, rules.Yes},
		{"        # twine upload\n        echo twine upload\n", nil, ""},
	} {
		p := predictTree(t, oneWorkflow(head+c.script), eventOf("branch main"))
		u := p.Jobs[0].Uploads
		if len(u) != len(c.lines) {
			t.Errorf("%q: %+v", c.script, u)
			continue
		}
		for i := range u {
			if u[i].Line != c.lines[i] || u[i].Happens != c.want {
				t.Errorf("%q: line %d happens %s", c.script, u[i].Line, u[i].Happens)
			}
		}
	}
}

// TestPredictLocalAction: an action of the tree is looked into, and one whose
// name alone says that it uploads is not certain.
func TestPredictLocalAction(t *testing.T) {
	t.Parallel()
	p := predictTree(t, treeOf(map[string]string{
		hub + "a.yml":                        "on: push\njobs:\n  a:\n    steps:\n    - uses: ./.github/actions/publish\n  b:\n    steps:\n    - uses: someone/publish-to-pypi@v1\n",
		".github/actions/publish/action.yml": "runs:\n  using: composite\n  steps:\n  - if: github.ref_type == 'tag'\n    run: twine upload dist/*\n",
	}), eventOf("tag v1"))
	if got := publishing(p); got != "a, b?" {
		t.Errorf("got %q\n%s", got, reasons(p))
	}
	if u := p.Jobs[0].Uploads[0]; u.File != ".github/actions/publish/action.yml" || u.Line != 5 {
		t.Errorf("got %+v", u)
	}
}

// TestPredictIsBounded: what a hostile file multiplies is cut, and told.
func TestPredictIsBounded(t *testing.T) {
	t.Parallel()
	steps := strings.Repeat("    - run: twine upload d/*\n", 3000)
	axis := strings.Repeat("1, ", 250) + "1"
	p := predictTree(t, oneWorkflow("on: push\njobs:\n  a:\n    strategy: {matrix: {i: ["+axis+"]}}\n    steps:\n"+steps), eventOf("branch main"))
	if len(p.Jobs) != 251 || len(p.Jobs[0].Uploads) != 50 || !strings.Contains(reasons(p), "no further ones") {
		t.Errorf("%d jobs with %d uploads", len(p.Jobs), len(p.Jobs[0].Uploads))
	}
	jobs := ""
	for i := range 5 {
		jobs += fmt.Sprintf("  j%d:\n    strategy: {matrix: {i: [%s]}}\n    steps: []\n", i, axis)
	}
	p = predictTree(t, oneWorkflow("on: push\njobs:\n"+jobs), eventOf("branch main"))
	if len(p.Jobs) >= 1000 || !strings.Contains(reasons(p), "more jobs than are followed") {
		t.Errorf("%d jobs\n%+v", len(p.Jobs), p.Undecided)
	}
}
