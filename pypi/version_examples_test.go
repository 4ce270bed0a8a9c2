package pypi

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPEP440Examples: every list of versions that PEP 440 gives is in its order,
// and every spelling has the normal form that it names.
func TestPEP440Examples(t *testing.T) {
	for _, list := range []string{
		"0.9 0.9.1 0.9.2 0.9.10 0.9.11 1.0 1.0.1 1.1 2.0 2.0.1", "2012.1 2012.2 2012.3 2012.15 2013.1 2013.2", "0.1 0.2 0.3 1.0 1.1",
		"1.0 1.1 2.0 2013.10 2014.04 1!1.0 1!1.1 1!2.0", "1.1.0 1.1.1 1.1.2 1.2.0", "0.9 1.0a1 1.0a2 1.0b1 1.0rc1 1.0 1.1a1",
		"0.9 1.0.dev1 1.0.dev2 1.0.dev3 1.0.dev4 1.0c1 1.0c2 1.0 1.0.post1 1.1.dev1",
		"1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 " +
			"1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1",
	} {
		all := strings.Fields(list)
		for i := range all[1:] {
			if must(t, all[i]).Compare(must(t, all[i+1])) >= 0 {
				t.Errorf("%s is not before %s", all[i], all[i+1])
			}
		}
	}
	for in, want := range map[string]string{
		"1.1RC1": "1.1rc1", "00": "0", "09000": "9000", "1.0+foo0100": "1.0+foo0100", "1.1.a1": "1.1a1", "1.1-a1": "1.1a1", "1.1a.1": "1.1a1", "1.1alpha1": "1.1a1",
		"1.1beta2": "1.1b2", "1.1c3": "1.1rc3", "1.1pre3": "1.1rc3", "1.1preview3": "1.1rc3", "1.2a": "1.2a0", "1.2-post2": "1.2.post2", "1.2post2": "1.2.post2",
		"1.2.post-2": "1.2.post2", "1.0-r4": "1.0.post4", "1.2.rev2": "1.2.post2", "1.2.post": "1.2.post0", "1.0-1": "1.0.post1", "1.2-dev2": "1.2.dev2", "1.2dev2": "1.2.dev2",
		"1.2.dev": "1.2.dev0", "1.0+ubuntu-1": "1.0+ubuntu.1", "v1.0": "1.0", "1.0\n": "1.0", "1.0.post": "1.0.post0",
	} {
		if got := must(t, in).String(); got != want {
			t.Errorf("%q is spelt %s, want %s", in, got, want)
		}
	}
}

// TestPairsAgainstPackaging: ten thousand pairs are ordered, and equal, as the
// reference implementation has it.
func TestPairsAgainstPackaging(t *testing.T) {
	const pairs = 10_000
	var valid []string
	for _, text := range generate(30_000) {
		if _, err := ParseVersion(text); err == nil {
			valid = append(valid, strings.TrimSpace(text))
		}
	}
	r := rand.New(rand.NewPCG(440, 10_000))
	var lines, want []string
	equal := 0
	for range pairs {
		a := valid[r.IntN(len(valid))]
		b := valid[r.IntN(len(valid))]
		if r.IntN(4) == 0 { // near each other
			b = a + []string{".0", ".dev1", "", ".post1", "+a"}[r.IntN(5)]
		}
		v, err := ParseVersion(a)
		w, err2 := ParseVersion(b)
		if err != nil || err2 != nil {
			b, w = a, v
		}
		if v.Equal(w) {
			equal++
		}
		lines = append(lines, a+" "+b)
		want = append(want, fmt.Sprint(sign(v.Compare(w)), " ", title(v.Equal(w))))
	}
	if equal < 100 || equal > pairs/2 {
		t.Errorf("%d of the pairs are equal, which proves little", equal)
	}
	got := python(t, `
import sys
from packaging.version import Version
for line in sys.stdin.read().split("\n")[:-1]:
    a, b = map(Version, line.split(" "))
    print((a > b) - (a < b), a == b)
`, strings.Join(lines, "\n")+"\n")
	for i, said := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if said != want[i] {
			t.Errorf("%s: %s, packaging says %s", lines[i], want[i], said)
		}
	}
}
