package rules_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// travisMaker makes files in which every shape of a section may meet every other.
type travisMaker struct {
	*rand.Rand
	indent string // before the dashes of lists under a key
}

func (m travisMaker) one(list ...string) string { return list[m.IntN(len(list))] }

func (m travisMaker) maybe(text string) string { return m.one("", text) }

// file makes a whole file; what follows its name says how it was made.
func (m travisMaker) file() string {
	sections := []string{
		m.one("language: python\n", "language:   python   # ours\n", "language: 'python'\n"),
		m.one("", "python: \"3.12\"\n", "python:\n"+m.indent+"- 3.9\n"+m.indent+"- '3.12' # last\n", "python: [3.9, \"3.12\"]\n"),
		m.one("", "env:\n  global:\n  - A=b\n", "env: [TOX=a, TOX=b]\n", "env:\n- TOX=a\n- TOX=b\n"),
		m.one("", "script: tox\n", "script:\n- |\n  # no comment\n  make\n\n", "script: >-\n  a\n  b\n", "script: \"a\n  b\"\n"),
		m.maybe(m.one("branches:\n  only:\n  - master\n", "branches: {only: [master]}\n", "branches:\n"+m.indent+"- master # ours\n", "branches:\n  except: gh-pages\n")),
		m.deploy(),
		m.maybe("after_deploy:\n- git clone https://github.com/cloudify-cosmo/travis-utils.git\n- python travis-utils/validate_pypi.py\n- make\n"),
		m.maybe("notifications:\n    email: false   # never\n"),
	}
	m.Shuffle(len(sections), func(i, j int) { sections[i], sections[j] = sections[j], sections[i] })
	out := m.maybe("# the first line\n") + m.maybe("---\n") + strings.Join(sections, m.one("", "", "\n", "# between\n", "\n# after it\n\n")) + m.maybe("# the end\n")
	if m.IntN(4) == 0 {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if m.IntN(4) == 0 {
		out = strings.TrimRight(out, "\r\n")
	}
	return out
}

// deploy makes a deploy section.
func (m travisMaker) deploy() string {
	switch m.IntN(7) {
	case 0:
		return ""
	case 1:
		return m.one("deploy:\n", "deploy: # none\n", "deploy: ~\n", "deploy: []\n", "deploy: heroku # there\n", "deploy: pypi\n", "deploy: {}\n")
	case 2:
		return "deploy: " + m.flow() + "\n"
	case 3:
		return "deploy: [" + m.flow() + m.maybe(", heroku") + "]" + m.maybe(" # both") + "\n"
	case 4:
		return "deploy:" + m.maybe(" &d") + m.maybe(" # one") + "\n" + m.entry(m.one(" ", "  ", "    "), "")
	}
	var out strings.Builder
	out.WriteString("deploy:\n")
	gap := m.one(" ", "   ")
	for range 1 + m.IntN(3) {
		out.WriteString(m.maybe(m.indent + "# an entry\n"))
		out.WriteString(m.entry(m.indent+" "+gap, m.indent+"-"+gap))
	}
	return out.String()
}

func (m travisMaker) flow() string {
	return "{provider: " + m.one("pypi", "heroku") + m.maybe(", user: 'me'") + m.maybe(", server: https://testpypi.python.org/pypi") +
		m.maybe(", password: {secure: \"old\"}") + m.maybe(", on: "+m.one("{tags: true}", "{branch: x}", "x", "{tags: true, branch: master}")) + "}"
}

// entry makes a mapping over lines; its first line has a head of its own.
func (m travisMaker) entry(indent, head string) string {
	keys := []string{m.one("provider: pypi\n", "provider: heroku\n", "provider: pypi # dpl\n")}
	for _, k := range []string{
		m.one("user: \"me\" # who\n", "username: __token__\n"),
		m.one("password: $X # given\n", "password:\n  secure: old\n", "password:\n  # sealed with the repository's key SHA256:old\n  secure: \"old\"\n", "password:\n  secure: >-\n    old\n    old\n", "password: {secure: old}\n"),
		m.one("server: https://pypi.python.org/pypi\n", "server: https://test.pypi.org/legacy/\n", "server: 'https://testpypi.python.org/pypi'\n"),
		m.one("distributions: sdist\n", "distributions:\n- sdist\n- bdist_wheel\n", "distributions: \"bdist_wheel sdist\"\n"),
		m.one("skip_existing: true\n", "skip_cleanup: true\n"),
		m.one("edge: true\n", "dpl_version: 1.9\n", "dpl_version: 2.0.5.4\n"),
		m.one("on: rel\n", "on:\n  tags: true\n  repo: o/r\n", "on: {branch: master}\n", "on:\n  # when\n  branch: [a, b]\n  python: 3.10\n", "on:\n    all_branches: true # all\n", "if:\n  branch:\n  - x\n  condition: $TOX = a\n"),
	} {
		if m.IntN(2) == 0 {
			keys = append(keys, k)
		}
	}
	m.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	text := indent + strings.ReplaceAll(strings.TrimSuffix(strings.Join(keys, ""), "\n"), "\n", "\n"+indent) + "\n"
	return head + text[len(head):]
}

func (m travisMaker) want(t testing.TB) rules.TravisSetup {
	want := branchFlow(t, rules.TravisJob{})
	if m.IntN(2) == 0 {
		want = tagFlow(rules.TravisJob{})
	}
	switch m.IntN(4) {
	case 0:
		want.Providers = want.Providers[:1]
	case 1:
		want.Providers = want.Providers[1:]
	}
	want.DropCheck = m.IntN(2) == 0
	return want
}

// generated sets a number of made files up, and counts what became of them.
func generated(t *testing.T, number int) map[string]int {
	count := map[string]int{}
	for seed := range number {
		m := travisMaker{rand.New(rand.NewPCG(6, uint64(seed))), ""} //nolint:gosec // to be made again
		m.indent = m.one("", "  ", "    ")
		src := m.file()
		want := withJobs([]byte(src), m.want(t), setupEvent())
		set, err := setUp(t, src, want, setupEvent())
		count[outcome(err)]++
		if outcome(err) == "refused, unclear" {
			t.Logf("file %d: %v\n%s", seed, err, src)
		}
		if t.Failed() {
			t.Fatalf("file %d, %v:\n%s\nis\n%s", seed, err, src, short(t, string(set.New)))
		}
	}
	return count
}

func TestSetUpTravisGenerated(t *testing.T) {
	t.Parallel()
	number := 150
	if text := os.Getenv("FERRY_SETUPS"); text != "" {
		var err error
		if number, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	count := generated(t, number)
	for _, key := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%d %s", count[key], key)
	}
	if count["edited"] < number/2 || count["refused, unclear"] > 0 {
		t.Errorf("most files should be edited: %v", count)
	}
}

// FuzzSetUpTravis looks that no text makes a panic, and that what is given keeps
// every line that is not planned.
func FuzzSetUpTravis(f *testing.F) {
	for seed := range 20 {
		m := travisMaker{rand.New(rand.NewPCG(7, uint64(seed))), "  "} //nolint:gosec // to be made again
		f.Add(m.file(), uint64(seed))
	}
	text, err := os.ReadFile(setupGolden)
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range strings.Split(string(text), "\n=== ") {
		_, body, _ := strings.Cut(c, "\n")
		src, _, _ := strings.Cut(body, "---> ")
		f.Add(src, uint64(i))
	}
	if dir := os.Getenv("FERRY_CORPUS"); dir != "" {
		addFiles(f, filepath.Join(dir, "travis", "*.yml"))
	}
	f.Fuzz(func(t *testing.T, src string, seed uint64) {
		m := travisMaker{rand.New(rand.NewPCG(8, seed)), ""} //nolint:gosec // to be made again
		want := m.want(t)
		edit := func(text []byte) (rules.TravisSet, error) { return rules.EditTravis(text, want) }
		if _, err := edited(t, src, want, edit); err == nil {
			_, err = rules.SetUpTravis([]byte(src), want, setupEvent())
			if err != nil {
				named(t, err)
			}
		}
	})
}

func addFiles(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint64(i))
	}
}
