package rules_test

import (
	"testing"

	"ferry/flow/ci/rules"
)

// TestTravisNoMend is about files whose lines hold more than the thing that is
// wrong: they are told about, and left to a person.
func TestTravisNoMend(t *testing.T) {
	t.Parallel()
	const head = "deploy:\n- provider: pypi\n  edge: true\n"
	for name, src := range map[string]string{
		"all on one line":             "deploy: {provider: pypi, edge: true, condition: $A = b, on: {tags: true}}\n",
		"the first key of an item":    "deploy:\n- condition: $A = b\n  provider: pypi\n  edge: true\n  on:\n    tags: true\n",
		"conditions that are merged":  "x: &x\n  on:\n    tags: true\n" + head + "  <<: *x\n  condition: $A = b\n",
		"conditions by an alias":      "x: &x\n  tags: true\n" + head + "  on: *x\n  condition: $A = b\n",
		"conditions that are a text":  head + "  on: rel\n  condition: $A = b\n",
		"a condition that is there":   head + "  on:\n    condition: $C = d\n  condition: $A = b\n",
		"a text over several lines":   head + "  on:\n    tags: true\n  condition: $A =\n    b\n",
		"a text as a block":           head + "  on:\n    tags: true\n  condition: |\n    $A = b\n",
		"a server in a block":         head + "  on: {tags: true}\n  server: >-\n    https://pypi.python.org/pypi\n",
		"a server with escapes":       head + "  on: {tags: true}\n  server: \"https:\\x2F/pypi.python.org/pypi\"\n",
		"a server by an alias":        "x: &x https://pypi.python.org/pypi\n" + head + "  on: {tags: true}\n  server: *x\n",
		"an operator in a quotation":  head + "  on:\n    tags: true\n    condition: $A == \"b == c\"\n",
		"a hook in a job of its own":  "jobs:\n  include:\n  - deploy:\n      provider: pypi\n      edge: true\n      on: {tags: true}\n      after_deploy: make\n",
		"a check that shares a line":  head + "  on: {tags: true}\nafter_deploy: [make, python validate_pypi.py]\n",
		"a check with a comment":      head + "  on: {tags: true}\nafter_deploy:\n- make\n- python validate_pypi.py # ours\n",
		"an option of an unknown dpl": "deploy:\n- provider: pypi\n  on: {tags: true}\n  skip_cleanup: true\n",
	} {
		c := lintCase{src: src}
		found, err := rules.Diagnose(c.tree(), c.event())
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %v, %+v", name, err, found)
		}
		if got := mend(t, c.tree(), c.event()); got != "" {
			t.Errorf("%s: mended\n%s", name, got)
		}
	}
}
