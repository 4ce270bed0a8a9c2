package pypi

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// ordered goes from the oldest to the newest; versions on one line are equal.
var ordered = []string{
	"1.0.dev456", "1.0a1.dev1", "1.0a1 1.0-alpha.1 v1.0A1 1.0.a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12",
	"1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345 1.0b2-345", "1.0rc1.dev456",
	"1.0rc1 1.0c1 1.0pre1 1.0-preview-1 1.0RC01", "1.0 1 1.0.0 01.00", "1.0+abc", "1.0+abc.5", "1.0+abc.7 1.0+ABC-07", "1.0+5",
	"1.0.post456.dev34", "1.0.post456 1.0-456 1.0r456 1.0.rev456", "1.0.15", "1.1.dev1", "1.1",
	"18446744073709551616.1", "18446744073709551617", "1!0.1 01!0.1.0",
}

func TestVersionsAreOrdered(t *testing.T) {
	for i, a := range ordered {
		for j, b := range ordered {
			for _, x := range strings.Fields(a) {
				for _, y := range strings.Fields(b) {
					if got := must(t, x).Compare(must(t, y)); sign(got) != sign(i-j) {
						t.Errorf("%s against %s: %d", x, y, got)
					}
				}
			}
		}
	}
}

func TestNextVersion(t *testing.T) {
	for in, want := range map[string]string{
		"1.3.0": "1.3.1", "1.9": "1.10", "2": "3", "1!1.0": "1!1.1", "1.4.0rc1": "1.4.0", "1.4.0.dev3": "1.4.0", "1.4.0rc1.post1": "1.4.0",
		"1.4.0.post1": "1.4.1", "1.4.0.post1.dev2": "1.4.1", "2024.01": "2024.2", "1.0+deb": "1.1", "1.99999999999999999999": "",
	} {
		if got := must(t, in).Next(); got != want {
			t.Errorf("after %s: %s, want %s", in, got, want)
		}
	}
}

func TestVersionSpelling(t *testing.T) {
	for in, want := range map[string]string{
		" v1.0 ": "1.0", "1.0.0": "1.0.0", "0!1": "1", "1!01.02": "1!1.2", "1.0-RC1": "1.0rc1", "1.0.0-beta.1": "1.0.0b1",
		"1.0-1": "1.0.post1", "1.0post": "1.0.post0", "1dev": "1.dev0", "1a": "1a0", "1.0+Ubuntu-01_x": "1.0+ubuntu.1.x",
		"1.0alpha-2.post_3.dev4": "1.0a2.post3.dev4",
	} {
		if got := must(t, in).String(); got != want {
			t.Errorf("%q is spelt %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{"", "v", "1.", ".1", "1..0", "french toast", "1.0+", "1.0+a+b", "1.0+_a", "1!2!3", "1.0-", "1.0.*", "1_0",
		"1.0-x", "=1.0", "1.0\u0661", "1.0+\u212a", "1.0 1", "latest"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("%q was taken as %s", bad, v)
		}
	}
}

func TestVersionKinds(t *testing.T) {
	if v := must(t, "1.0.dev1"); !v.IsPrerelease() || v.IsLocal() {
		t.Error("a dev version counts as pre-release")
	}
	if v := must(t, "1!2.0.post1+x"); v.IsPrerelease() || !v.IsLocal() || !v.IsPostrelease() || v.Base() != "1!2.0" {
		t.Errorf("%s is a local post-release of %s", v, v.Base())
	}
}

// TestVersionsAgainstPackaging asks the reference implementation about texts
// made of the grammar's own pieces, right and wrong.
func TestVersionsAgainstPackaging(t *testing.T) {
	const script = `
import sys
from packaging.version import Version, InvalidVersion
vs = []
for line in sys.stdin.read().split("\n")[:-1]:
    try: v = Version(line)
    except InvalidVersion: print("!"); continue
    print(v, v.base_version, v.is_prerelease, v.local is not None)
    vs.append(v)
print("--")
for a, b in zip(vs, vs[1:]): print((a > b) - (a < b))
`
	texts := generate(6000)
	out := python(t, script, strings.Join(texts, "\n")+"\n")
	verdicts, orders, _ := strings.Cut(out, "--\n")
	var valid []Version
	for i, want := range strings.Split(strings.TrimSuffix(verdicts, "\n"), "\n") {
		got := "!"
		if v, err := ParseVersion(texts[i]); err == nil {
			got = fmt.Sprint(v, " ", v.Base(), " ", title(v.IsPrerelease()), " ", title(v.IsLocal()))
			valid = append(valid, v)
		}
		if got != want {
			t.Errorf("%q: %s, packaging says %s", texts[i], got, want)
		}
	}
	if len(valid) < 1000 || t.Failed() {
		t.Fatalf("%d valid versions of %d", len(valid), len(texts))
	}
	for i, want := range strings.Fields(orders) {
		if got := fmt.Sprint(sign(valid[i].Compare(valid[i+1]))); got != want {
			t.Errorf("%s against %s: %s, packaging says %s", valid[i], valid[i+1], got, want)
		}
	}
}

func generate(n int) []string {
	r := rand.New(rand.NewPCG(440, 440))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	num := func() string { return pick("", "0", "1", "01", "2", "10", "99999999999999999999") }
	some := func(s string) string {
		if r.IntN(3) == 0 {
			return s
		}
		return ""
	}
	sep := func() string { return pick("", "", ".", "-", "_") }
	texts := make([]string, n)
	for i := range texts {
		texts[i] = pick("", "", "", "v", " ", "V") + some(pick("0!", "1!", "2!")) + pick("1", "1.0", "1.0.0", "0", "1.1", "2", "1.01", "1.", "") +
			some(sep()+pick("a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "x")+sep()+num()) +
			some(pick("-"+num(), sep()+pick("post", "rev", "r", "POST")+sep()+num())) +
			some(sep()+pick("dev", "Dev")+sep()+num()) +
			some("+"+pick("a", "1", "abc", "01", "A")+some(sep()+pick("5", "x", "007", "", "1a")))
		if strings.TrimSpace(texts[i]) == "" {
			texts[i] = "0"
		}
	}
	return texts
}

func FuzzParseVersion(f *testing.F) {
	for _, line := range ordered {
		for _, s := range strings.Fields(line) {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err != nil {
			return
		}
		again, err := ParseVersion(v.String())
		if err != nil || !again.Equal(v) || again.String() != v.String() {
			t.Fatalf("%q is spelt %q, which is read as %q, %v", s, v, again, err)
		}
	})
}

func must(t *testing.T, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sign(n int) int { return max(-1, min(1, n)) }

func title(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// python runs a script with the system's Python and its packaging. Without
// them the test is skipped, unless FERRY_REAL=require.
func python(t *testing.T, script, stdin string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err == nil {
		return string(out)
	}
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatalf("/usr/bin/python3 with packaging: %v", err)
	}
	t.Skipf("/usr/bin/python3 with packaging is not here: %v", err)
	return ""
}
