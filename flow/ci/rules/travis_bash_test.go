package rules

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestTestsAsBash holds what is decided of conditions against bash itself, which
// Travis runs them in.
func TestTestsAsBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("bash is not installed, and FERRY_REAL=require")
		}
		t.Skip("bash is not installed")
	}
	tests := append(bashTests(), randomTests(600)...)
	decided := 0
	for i, want := range askBash(t, bash, tests) {
		tree, ok := parseTest(tests[i])
		if !ok {
			continue
		}
		got := tree.eval(bashVariables)
		if got == maybe {
			continue
		}
		decided++
		if got != want {
			t.Errorf("[[ (%s) ]] is %s here, and %s in bash", tests[i], answers[got], answers[want])
		}
	}
	if decided < len(tests)/3 {
		t.Errorf("only %d of %d tests are decided", decided, len(tests))
	}
}

var bashValues = map[string]string{"A": "py312", "B": "", "C": "v1.2", "D": "a b", "E": "*", "N": "10"}

func bashVariables(name string) given {
	v, ok := bashValues[name]
	return given{v, true, ok}
}

// askBash gives bash's answers; maybe stands for what it refuses.
func askBash(t *testing.T, bash string, tests []string) []answer {
	t.Helper()
	var script strings.Builder
	for name, value := range bashValues {
		fmt.Fprintf(&script, "%s='%s'\n", name, value)
	}
	for _, src := range tests {
		quoted := strings.ReplaceAll("if [[ ("+src+") ]]; then echo yes; else echo no; fi", "'", `'\''`)
		fmt.Fprintf(&script, "(eval '%s') 2>/dev/null || echo refused\n", quoted) // in a shell of its own: an error spoils the parser
	}
	cmd := exec.CommandContext(t.Context(), bash, "--norc", "-s")
	cmd.Stdin, cmd.Env = strings.NewReader(script.String()), []string{"LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(out))
	if len(words) != len(tests) {
		t.Fatalf("bash answers %d of %d tests", len(words), len(tests))
	}
	var got []answer
	for _, w := range words {
		got = append(got, map[string]answer{"yes": yes, "no": no, "refused": maybe}[w])
	}
	return got
}

// bashTests are forms that conditions are written in.
func bashTests() []string {
	return []string{
		"$A = py312", "$A == py312", `"$A" = "py312"`, "$A = py*", `$A = "py*"`, "$A=x", `"$A = x"`, "${A} = py312",
		"$B", "-n $B", "-z $B", `-n "$B"`, "! -z $A", "$D = a\\ b", `$D = "a b"`, "$A = $E", `$A = "$E"`, "$A = p$E",
		`$C =~ ^v[0-9]+(\.[0-9]+)*$`, `$C =~ ^v?[0-9]+\.[0-9]+$`, `$C =~ "v1.2"`, `$C =~ (v|w)1`, `$C =~ v1 && -n $A`,
		"$A = x || $A = py312 && $B = y", "($A = x || $A = py312) && $B = y", "! $A = x && ! ($B = y)",
		"$N -gt 9", "$N -eq 10", "$N -lt 9", "$N != 10", "$A = py31?", "$A = [pq]y312", "$A = ''", "$B = ''", `$B = ""`,
		"$C = v1.2", "$C = v1\\.2", "true", "false", "! true", "$UNSET", "-n $UNSET", "$UNSET = ''",
	}
}

// randomTests builds tests out of pieces that are apt to be misread.
func randomTests(n int) []string {
	words := []string{"$A", `"$A"`, "$B", `"$B"`, "${C}", "'$A'", "py312", "py*", `"py*"`, "v1.2", "''", "$E", `"$E"`, "a$B", "$A$B", "[a-z]*", "?", "^v", "1\\.2", "(v|p)", "$N", "[!a]*", "[^p]*", "p[y-z]*", "v+", "**/x", "a]", "[p", "[]", "[!]", "p\\*", "[p[]*"}
	ops := []string{"=", "==", "!=", "=~", "=", "-gt"}
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	var build func(int) string
	build = func(depth int) string {
		switch k := r.IntN(10); {
		case depth > 0 && k < 2:
			return build(depth-1) + " && " + build(depth-1)
		case depth > 0 && k < 4:
			return build(depth-1) + " || " + build(depth-1)
		case depth > 0 && k == 4:
			return "! " + build(depth-1)
		case depth > 0 && k == 5:
			return "( " + build(depth-1) + " )"
		case k == 6:
			return pick([]string{"-n ", "-z "}) + pick(words)
		}
		return pick(words) + " " + pick(ops) + " " + pick(words)
	}
	out := []string{}
	for range n {
		out = append(out, build(3))
	}
	return out
}
