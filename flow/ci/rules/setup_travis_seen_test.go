package rules_test

import (
	"testing"

	"ferry/flow/ci/rules"
)

// TestTravisEntries: what was set up is found again, with what it was sealed by.
func TestTravisEntries(t *testing.T) {
	t.Parallel()
	want := branchFlow(t, rules.TravisJob{})
	set, err := setUp(t, "language: python\r\ndeploy:\r\n  - provider: pypi\r\n    server: https://index.test/\r\n    password: hunter2\r\n    on: {branch: x}\r\n", want, setupEvent())
	if err != nil {
		t.Fatal(err)
	}
	found := rules.TravisEntries(set.New)
	if len(found) != 3 || found[0].Server != "https://index.test/" || found[0].Key != "" || found[0].Sealed.Text() != "" || found[0].Distributions {
		t.Fatalf("got %+v", found)
	}
	for i, target := range want.Providers {
		e := found[i+1]
		if !e.Serves(target) || e.Serves(want.Providers[1-i]) || e.Key != keyPrint || e.Sealed != target.Password || !e.Distributions || e.Line == 0 {
			t.Errorf("%s: got %+v", target.Label(), e)
		}
	}
	for _, src := range []string{"", "a: [", "deploy:\n\t- provider: pypi\n", "language: python\n"} {
		if got := rules.TravisEntries([]byte(src)); len(got) != 0 {
			t.Errorf("%q: got %+v", src, got)
		}
	}
}
