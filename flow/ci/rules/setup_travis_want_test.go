package rules_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

const clearToken = "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAAC"

// TestSealed looks that nothing but a ciphertext is taken for one, and that what
// is not taken is not told either.
func TestSealed(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 512)))
	if s, err := rules.ParseSealed(" " + good[:20] + "\n" + good[20:]); err != nil || s.Text() != good {
		t.Errorf("got %v, %v", s, err)
	}
	for _, text := range []string{"", clearToken, strings.Repeat(clearToken, 5), "hunter2", good[:684-4], strings.Repeat("$", 684), strings.Repeat("A", 172-4)} {
		s, err := rules.ParseSealed(text)
		if !errors.Is(err, rules.ErrNotSealed) || s.Text() != "" || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %q, %v", text, s.Text(), err)
		}
	}
}

// TestSetUpTravisWants is about wants that cannot be written.
func TestSetUpTravisWants(t *testing.T) {
	t.Parallel()
	small, err := rules.ParseSealed(sealed(128))
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]rules.TravisTarget{
		"no ref":                     {},
		"a branch and tags":          {Branch: "x", Tags: true},
		"a pattern":                  {Branch: "rel-*"},
		"a branch that quotes":       {Branch: "x'; y"},
		"a tag with blanks":          {Tags: true, Tag: "v 1"},
		"PyPI from every push":       {Branch: "master"},
		"no URL":                     {Branch: "x", Server: "https://a b"},
		"a password in the URL":      {Branch: "x", Server: "https://me:hunter2@example.org/"},
		"lines in a user name":       {Branch: "x", Username: "me\nscript: y"},
		"a token as a user name":     {Branch: "x", Username: clearToken},
		"a token in a condition":     {Branch: "x", Job: rules.TravisJob{Condition: "$A = " + clearToken}},
		"lines in a condition":       {Branch: "x", Job: rules.TravisJob{Condition: "a\nb"}},
		"both quotes in a condition": {Branch: "x", Job: rules.TravisJob{Condition: `$A = "it's"`}},
		"a key over lines":           {Branch: "x", Password: password(t, "p"), Key: "a\nb"},
		"a key and no password":      {Branch: "x", Key: "SHA256:x"},
		"no version of dpl":          {Branch: "x", DplVersion: "latest"},
		"no command":                 {Branch: "x", Distributions: []string{"sdist; rm"}},
		"a key too small":            {Branch: "x", Password: small},
	} {
		want := rules.TravisSetup{Providers: []rules.TravisTarget{w}}
		_, err := setUp(t, "language: python\n", want, setupEvent())
		if !errors.Is(err, rules.ErrSetup) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), clearToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := rules.TravisSetup{Providers: []rules.TravisTarget{{Branch: "x"}, {Tags: true, Server: "https://pypi.org/legacy/"}}}
	if _, err := setUp(t, "language: python\n", twice, setupEvent()); !errors.Is(err, rules.ErrSetup) {
		t.Errorf("one index twice: %v", err)
	}
}

func TestTravisJobChoices(t *testing.T) {
	t.Parallel()
	pypi := rules.TravisTarget{Branch: "pypi-release"}
	for src, want := range map[string]string{
		"":                   "{ }",
		"language: python\n": "{ }",
		"language: python\npython: [3.9, '3.12']\n":                                          "{3.12 }",
		"language: python\npython: [3.9, '3.12', nightly]\n":                                 "{3.12 }",
		"language: python\nenv: [TOX=a, TOX='b']\n":                                          "{ $TOX = b}",
		"language: python\nenv: [TOX=a b=c, TOX=b c=d, TOX=a b=d]\n":                         "{ $b = d}",
		"language: python\nenv: [TOX=a, TOX=b]\npython: [3.9, '3.12']\n":                     "{3.12 $TOX = b}",
		"language: python\nos: [linux, osx]\n":                                               "{ $TRAVIS_OS_NAME = osx}",
		"language: python\nbranches: {only: [master]}\npython: [3.9, '3.12']\n":              "{3.12 }",
		"language: python\nenv: [PASS=a, PASS=b]\n":                                          "",
		"language: python\npython: [3.9\n":                                                   "",
		"language: python\npython: [3.9, 3.8]\nmatrix:\n  allow_failures: [{python: 3.8}]\n": "{3.9 }",
	} {
		got := ""
		if jobs := rules.TravisJobs([]byte(src), pypi, setupEvent()); len(jobs) > 0 {
			got = fmt.Sprint(jobs[0])
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", src, got, want)
		}
	}
}

func TestTravisKeyNotes(t *testing.T) {
	t.Parallel()
	set, err := setUp(t, "language: python\n", branchFlow(t, rules.TravisJob{}), setupEvent())
	if err != nil {
		t.Fatal(err)
	}
	notes := rules.TravisKeyNotes(set.New)
	if len(notes) != 2 || notes[0] != (rules.TravisKeyNote{Line: 7, Key: keyPrint}) || notes[1].Line != 17 {
		t.Errorf("got %+v", notes)
	}
}

// TestNotOneJob looks that an error says which jobs.
func TestNotOneJob(t *testing.T) {
	t.Parallel()
	src := "language: python\npython: [3.9, '3.12']\n"
	_, err := setUp(t, src, branchFlow(t, rules.TravisJob{}), setupEvent())
	var n *rules.NotOneJob
	if !errors.As(err, &n) || len(n.Sure) != 2 || n.Index != "PyPI" || n.Ref != "refs/heads/pypi-release" || n.Sure[1].Name != "python 3.12" {
		t.Errorf("got %v, %+v", err, n)
	}
	_, err = setUp(t, src, branchFlow(t, rules.TravisJob{Python: "3.8"}), setupEvent())
	if !errors.As(err, &n) || len(n.Sure) != 0 || len(n.Other) != 2 || !strings.Contains(err.Error(), "on.python is 3.8") {
		t.Errorf("got %v, %+v", err, n)
	}
}
