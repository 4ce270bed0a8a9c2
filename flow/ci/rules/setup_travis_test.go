package rules_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// updating says whether golden files are rewritten, by the flag -update of this package.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

const setupGolden = "testdata/setup_travis.txt"

// TestSetUpTravis sets files of every shape up, and compares whole texts.
func TestSetUpTravis(t *testing.T) {
	text, err := os.ReadFile(setupGolden)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "=== ")
	var out strings.Builder
	out.WriteString(head)
	for _, c := range strings.Split(rest, "\n=== ") {
		title, body, _ := strings.Cut(c, "\n")
		src, want, _ := strings.Cut(body, "\n---> ")
		got := setupCase(t, title, src)
		if want == "" && !updating() {
			t.Errorf("%s has no answer", title)
		}
		if !updating() && got != strings.TrimSuffix(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", title, got, want)
		}
		out.WriteString("=== " + title + "\n" + strings.TrimSuffix(src, "\n") + "\n---> " + got + "\n")
	}
	if updating() {
		if err := os.WriteFile(setupGolden, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// setupCase sets one file up, as the words behind its name say.
func setupCase(t *testing.T, title, src string) string {
	src = strings.TrimSuffix(src, "\n") + "\n"
	_, words, _ := strings.Cut(title, ": ")
	job := rules.TravisJob{}
	if strings.Contains(words, "python") {
		job.Python = "3.10"
	}
	if strings.Contains(words, "condition") {
		job.Condition = "$A = b"
	}
	want := tagFlow(job)
	if strings.Contains(words, "branches") {
		want = branchFlow(t, job)
	}
	want.DropCheck = strings.Contains(words, "drop")
	if strings.Contains(words, "crlf") {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	if strings.Contains(words, "open") {
		src = strings.TrimRight(src, "\n")
	}
	set, err := setUp(t, src, want, setupEvent())
	if err != nil {
		return outcome(err) + ": " + err.Error()
	}
	now := string(set.New)
	if strings.HasSuffix(src, "\n") != strings.HasSuffix(now, "\n") {
		t.Errorf("%s: the end of the file has changed", title)
	}
	if n := strings.Count(now, "\r\n"); n > 0 && n != strings.Count(now, "\n") || strings.Contains(src, "\r") != (n > 0) {
		t.Errorf("%s: the line ends have changed", title)
	}
	now = strings.TrimSuffix(strings.ReplaceAll(now, "\r\n", "\n"), "\n")
	return strings.Join(set.Codes, " ") + "\n" + short(t, now)
}

func TestSetUpTravisNew(t *testing.T) {
	t.Parallel()
	want := branchFlow(t, rules.TravisJob{})
	want.Script = []string{"pip install tox", "tox"}
	const deploys = `deploy:
  - provider: pypi
    edge: true
    username: __token__
    password:
      # sealed with the repository's key SHA256:abc/def+123=
      secure: "P"
    distributions: "sdist bdist_wheel"
    on:
      branch: pypi-release
      tags: false
  - provider: pypi
    edge: true
    username: __token__
    password:
      # sealed with the repository's key SHA256:abc/def+123=
      secure: "T"
    server: https://test.pypi.org/legacy/
    distributions: "sdist bdist_wheel"
    on:
      branch: pypi-test
      tags: false
`
	const file = "language: python\npython: \"3.12\"\nscript:\n  - pip install tox\n  - tox\n" + deploys
	for src, head := range map[string]string{"": "", "# nothing yet\n": "# nothing yet\n", "\n": "\n"} {
		set, err := setUp(t, src, want, setupEvent())
		if err != nil || short(t, string(set.New)) != head+file {
			t.Errorf("of %q: %v\n%s", src, err, set.New)
		}
	}
	set, err := rules.SetUpTravis(nil, want, setupEvent())
	if err != nil || set.Old != nil || !bytes.HasPrefix(set.New, []byte("language: python\n")) || set.Codes[0] != rules.SetUpNew {
		t.Errorf("of no file: %v, %+v", err, set)
	}
}

// TestSetUpTravisReplaced looks that a deploy that goes is shown as it was, but
// for what is secret.
func TestSetUpTravisReplaced(t *testing.T) {
	t.Parallel()
	src := "language: python\ndeploy:\n- provider: pypi # ours\n  password: hunter2\n  on: {branch: x}\n"
	set, err := setUp(t, src, tagFlow(rules.TravisJob{}), setupEvent())
	if err != nil || len(set.Replaced) != 1 {
		t.Fatalf("%v, %+v", err, set.Replaced)
	}
	r := set.Replaced[0]
	got := strings.Join(r.Lines, "\n")
	if r.First != 3 || r.Last != 5 || got != "- provider: pypi # ours\n  password: (hidden)\n  on: {branch: x}" {
		t.Errorf("got %d to %d:\n%s", r.First, r.Last, got)
	}
}
