package pypi

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestPythonPattern: what Python's re means, or that it is not certain.
func TestPythonPattern(t *testing.T) {
	for name, c := range map[string]struct{ pattern, flags, text, want string }{
		"no less than nothing":      {`a{,2}b`, "", "aab", "aab"},
		"braces without a bound":    {`a{,}`, "", "aaa", "aaa"},
		"braces that count nothing": {`a{x}{}`, "", "a{x}{}", "a{x}{}"},
		"the end":                   {`1\Z`, "", "1", "1"},
		"the end of a line":         {`^1$`, "m", "0\n1\n2", "1"},
		"dollar":                    {`1$`, "", "1", "1"},
		"dollar before a newline":   {`1$`, "", "1\n", "?"},
		"vertical tab is space":     {`a\sb`, "", "a\vb", "a\vb"},
		"space beyond ASCII":        {`a\sb`, "", "a\u00a0b", "a\u00a0b"},
		"digits of others":          {`\d+`, "", "\u0661\u0662", "\u0661\u0662"},
		"letters of others":         {`\w+`, "", "\u00e9t\u00e9 1", "\u00e9t\u00e9"},
		"no letters":                {`[^\w.]+`, "", "a.\u00e9-", "-"},
		"a set with a bracket":      {`[[:alpha:]]+`, "", "x:]", ":]"},
		"ends of words":             {`\bv`, "", "\u00e9v", "?"},
		"ends of words in ASCII":    {`\bv1`, "", "av v1", "v1"},
		"folding":                   {`K`, "i", "\u212a", "?"},
		"escapes":                   {`\x41\u0042\.\-`, "", "AB.-", "AB.-"},
		"flags in front":            {`(?im)^v`, "", "x\nV", "V"},
		"lazy":                      {`'(.+?)'`, "", "'a' 'b'", "'a'"},
		"a group by name":           {`(?P<v>1)`, "", "1", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := "?"
			if p, ok := pythonPattern(c.pattern, c.flags); ok && p.sure(c.text) {
				got = p.re.FindString(c.text)
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestPatternsThatGoLacks: only a build can tell what these find.
func TestPatternsThatGoLacks(t *testing.T) {
	for _, pattern := range []string{
		`(a)\1`, `(?P<q>')(?P=q)`, `a(?=b)`, `(?<!a)b`, `(?<a>b)`, `(?>a)`, `(a)?(?(1)b)`, `(?x) a`, `(?a)\d`, `a++`, `a{2}+`, `a*+`,
		`a(?i)b`, `\z`, `\pL`, `\Qa\E`, `\C`, `\8`, `\07`, `\N{DASH}`, `[\S]`, `[\w-.]`, `[a-\d]`, `(a*)*`, `(a|b*)+`, `(?#a)`, `[`, `(`, `\`, `*`, "\xff",
		`(?i)é`, `^*`, `(?m:^a$)`, `(?-i:a)`,
	} {
		if _, ok := pythonPattern(pattern, ""); ok {
			t.Errorf("%s is taken", pattern)
		}
	}
}

const reOracle = `
import json, re, sys, warnings
warnings.simplefilter("ignore")
def found(pattern, flags, text):
    try: p = re.compile(pattern, sum(getattr(re, f.upper()) for f in flags))
    except re.error: return ["bad"]
    out = []
    for m in (p.search(text), p.match(text)):
        out += ["none"] if m is None else [m.group(0)] + ["none" if g is None else g for g in m.groups()]
    return out
json.dump([found(*c) for c in json.load(sys.stdin)], sys.stdout)
`

// TestPatternsAgainstPython: random expressions find in random texts what Python
// finds, unless they are said not to be certain.
func TestPatternsAgainstPython(t *testing.T) {
	if exec.Command(debianPython, "-c", "").Run() != nil {
		missing(t, debianPython)
	}
	cases := randomPatterns(20000)
	given, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(debianPython, "-c", reOracle)
	cmd.Stdin = strings.NewReader(string(given))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	if err := json.Unmarshal(out, &want); err != nil || len(want) != len(cases) {
		t.Fatal(err, len(want))
	}
	certain := 0
	for i, c := range cases {
		p, ok := pythonPattern(c[0], c[1])
		if !ok || !p.sure(c[2]) {
			continue
		}
		certain++
		if got := foundHere(p, c[2]); !slices.Equal(got, want[i]) {
			t.Errorf("%q with %q in %q: %q, and Python has %q", c[0], c[1], c[2], got, want[i])
		}
	}
	if certain < len(cases)/10 {
		t.Errorf("only %d of %d were certain", certain, len(cases))
	}
}

func foundHere(p *pyPattern, text string) (out []string) {
	for _, function := range []string{"search", "match"} {
		m, ok := matched(p, function, pyText{text, ""}).(*pyMatch)
		if !ok {
			out = append(out, "none")
			continue
		}
		for _, g := range m.groups {
			t, ok := g.(pyText)
			if !ok {
				t.text = "none"
			}
			out = append(out, t.text)
		}
	}
	return out
}

// randomPatterns are an expression, its flags, and a text each.
func randomPatterns(n int) (all [][3]string) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same ones every time
	pieces := []string{
		"a", "b", "v", "1", ".", "=", " ", "'", "-", "\\.", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\b", "^", "$", "\\A", "\\Z", "|", "(", ")", "(?:", "(?P<n>",
		"[a1]", "[^a]", "[^'\\n]", "[\\w.-]", "[\\d-]", "[a-v]", "[]a]", "[^]]", "[[:a:]]", "*", "+", "?", "*?", "+?", "{2}", "{,2}", "{1,}", "{,}", "{a}", "{}", "\\n", "\\t", "é", "\\x61", "\\-", "(?i)", "K", "s",
	}
	letters := []rune("aab11v.= '-\n\n\t\véſKkS_]:{}٣\u00a0\u2028\x1c\x85")
	for range n {
		pattern, text := "", ""
		for range 1 + random.IntN(7) {
			pattern += pieces[random.IntN(len(pieces))]
		}
		pattern += strings.Repeat(")", max(0, strings.Count(pattern, "(")-strings.Count(pattern, "(?i)")-strings.Count(strings.ReplaceAll(pattern, "(?i)", ""), ")")))
		for range random.IntN(8) {
			text += string(letters[random.IntN(len(letters))])
		}
		all = append(all, [3]string{pattern, []string{"", "m", "i", "s", "im"}[random.IntN(5)], text})
	}
	return all
}
