package plain_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/ui/plain"
)

// setup asks three things; the second only where Travis publishes.
func setup(answers map[string]string) []flow.Choice {
	out := []flow.Choice{{Key: "publish", Title: "How does CI publish?", Why: ".travis.yml is there\x1b[2J", Default: "travis", Options: []flow.Option{
		{Value: "travis", Title: "Travis, the token sealed in .travis.yml", Lines: []string{"only Travis can read it", "a new key needs a new value"}},
		{Value: "github", Title: "GitHub Actions, trusted publishing", Lines: []string{"no token at all"}},
		{Value: "gitlab", Title: "GitLab CI", Off: "the remote is not at a GitLab"},
	}}}
	if answers["publish"] == "travis" {
		out = append(out, flow.Choice{Key: "job", Title: "Which job deploys?", Options: []flow.Option{{Value: "py36"}, {Value: "py37", Title: "the newest Python"}}})
	}
	return append(out, flow.Choice{Key: "branch", Title: "On which branch is it committed?", Default: "ferry-onboard"})
}

func TestAskChoices(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		given    string // key=value …
		want     string // the answers, or the outcome
	}{
		{"numbers", "1\n2\nmine\n", "", "branch=mine job=py37 publish=travis"},
		{"values", "github\n\n", "", "branch=ferry-onboard publish=github"},
		{"defaults", "\npy36\n\n", "", "branch=ferry-onboard job=py36 publish=travis"},
		{"given is not asked", "x\n", "publish=github", "branch=x publish=github"},
		{"all given", "", "publish=travis job=py36 branch=b", "branch=b job=py36 publish=travis"},
		{"what is off", "3\ngitlab\n2\n\n", "", "branch=ferry-onboard publish=github"},
		{"three wrong ones", "9\n3\nx\n1\n", "", "no"},
		{"no default, empty", "1\n\n1\n\n", "", "branch=ferry-onboard job=py36 publish=travis"},
		{"end of input", "1\n", "", "no"},
		{"end within the line", "1", "", "no"},
		{"given is off", "", "publish=gitlab", flow.CodeUsage},
		{"given is none", "", "publish=x", flow.CodeUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := plain.AskOptions{In: strings.NewReader(tt.in), Out: io.Discard}
			if got := chosen(plain.AskChoices(t.Context(), o, setup, pairs(tt.given))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func pairs(s string) map[string]string {
	out := map[string]string{}
	for _, f := range strings.Fields(s) {
		k, v, _ := strings.Cut(f, "=")
		out[k] = v
	}
	return out
}

func chosen(answers map[string]string, err error) string {
	if err != nil {
		return outcome(flow.Answer{}, err)
	}
	var out []string
	for _, k := range []string{"branch", "job", "publish"} {
		if v, ok := answers[k]; ok {
			out = append(out, k+"="+v)
		}
	}
	return strings.Join(out, " ")
}

// TestNobodyIsAskedToChoose: the default is taken and said; where there is none the
// problem names the flag with each value.
func TestNobodyIsAskedToChoose(t *testing.T) {
	var out bytes.Buffer
	o := plain.AskOptions{NoInput: true, In: strings.NewReader("2\n"), Out: &out}
	_, err := plain.AskChoices(t.Context(), o, setup, nil)
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeNeedsPerson || flow.ExitCode(err) != 8 {
		t.Fatalf("got %v", err)
	}
	if got := strings.Join(p.Next, "; "); got != "ferry onboard --job=py36; ferry onboard --job=py37" {
		t.Errorf("goes on with %q", got)
	}
	if !strings.Contains(out.String(), "--publish=travis  the default") {
		t.Errorf("said %q", out.String())
	}
	_, err = plain.AskChoices(t.Context(), plain.AskOptions{}, func(map[string]string) []flow.Choice {
		return []flow.Choice{{Key: "token-scope", Title: "Which?"}}
	}, nil)
	if !errors.As(err, &p) || p.Next[0] != "ferry onboard --token-scope=VALUE" {
		t.Errorf("got %+v", p)
	}
}

func TestAWrongAnswerNamesTheValues(t *testing.T) {
	given := map[string]string{"publish": "gitlab"}
	_, err := plain.AskChoices(t.Context(), plain.AskOptions{}, setup, given)
	var p *flow.Problem
	if !errors.As(err, &p) || flow.ExitCode(err) != 64 || len(p.Lines) != 3 || !strings.Contains(p.Text, "--publish=gitlab") || !strings.Contains(p.Text, "not at a GitLab") {
		t.Fatalf("got %+v", p)
	}
	if p.Next[1] != "ferry onboard --publish=github" || len(p.Next) != 2 {
		t.Errorf("goes on with %q", p.Next)
	}
	if !maps.Equal(given, map[string]string{"publish": "gitlab"}) {
		t.Error("the caller's answers were changed")
	}
}

func TestChoicesInWords(t *testing.T) {
	for _, accessible := range []bool{false, true} {
		var out bytes.Buffer
		o := plain.AskOptions{In: strings.NewReader("3\x1b[A\n1\n\n2\n\n"), Out: &out, Accessible: accessible}
		if _, err := plain.AskChoices(t.Context(), o, setup, nil); err != nil {
			t.Fatal(err)
		}
		golden(t, map[bool]string{false: "choices.lines", true: "choices.accessible"}[accessible], out.String())
	}
}

func TestChoicesThatCannotBeShown(t *testing.T) {
	_, err := plain.AskChoices(t.Context(), plain.AskOptions{In: strings.NewReader("1\n1\n\n"), Out: &full{}}, setup, nil)
	if !errors.Is(err, errDisk) {
		t.Errorf("a question that could not be shown was answered: %v", err)
	}
}

// TestAskShowsWhatIsWritten: the whole diff stands before the question, and before
// the yes of a flag; the answer to what was not shown is no yes.
func TestAskShowsWhatIsWritten(t *testing.T) {
	q := flow.Question{Plan: "set acme-core up", Node: flow.Node{ID: flow.WriteCI, Title: "write .travis.yml", Effect: flow.Local}}
	q.Covers = []flow.Node{q.Node}
	q.Finding = flow.Finding{Text: "2 lines added", Diff: &flow.Diff{Path: ".travis.yml", Text: "@@ -1 +1,300 @@\n" + strings.Repeat(" same\n", 300) + "+last\x1b[31m\n"}}
	for name, o := range map[string]plain.AskOptions{
		"a person":      {In: strings.NewReader("y\n")},
		"--yes":         {YesSet: true},
		"--yes=VERSION": {YesSet: true, Yes: "1.4.0", Version: "1.4.0"},
		"in sentences":  {YesSet: true, Accessible: true},
	} {
		var out bytes.Buffer
		o.Out = &out
		a, err := plain.NewAsker(o)(t.Context(), q)
		if got := outcome(a, err); got != "yes" {
			t.Errorf("%s: %s", name, got)
		}
		if s := out.String(); !strings.Contains(s, `+last\x1b[31m`) || strings.Count(s, " same") != 300 || !strings.Contains(s, ".travis.yml") {
			t.Errorf("%s: shown %q", name, s)
		}
	}
	if _, err := plain.NewAsker(plain.AskOptions{YesSet: true, Out: &full{}})(t.Context(), q); !errors.Is(err, errDisk) {
		t.Errorf("what could not be shown was agreed to: %v", err)
	}
	q.Node.Effect = flow.Reads
	var out bytes.Buffer
	if _, err := plain.NewAsker(plain.AskOptions{YesSet: true, Out: &out})(t.Context(), q); err != nil || out.Len() > 0 {
		t.Errorf("a step that writes nothing showed %q (%v)", out.String(), err)
	}
}

// TestAskChoicesTellsOfTheUnused: an answer to what is not asked is not lost in silence.
func TestAskChoicesTellsOfTheUnused(t *testing.T) {
	var out bytes.Buffer
	_, err := plain.AskChoices(t.Context(), plain.AskOptions{NoInput: true, Out: &out}, setup, pairs("publish=github job=py36 branch=b"))
	if err != nil || !strings.Contains(out.String(), "--job=py36  is not asked here, and changes nothing") || strings.Contains(out.String(), "--branch") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestAskChoicesQuotes: what is a variable to the CI is none to the person's shell.
func TestAskChoicesQuotes(t *testing.T) {
	job := func(map[string]string) []flow.Choice {
		return []flow.Choice{{Key: "job", Title: "Which?", Options: []flow.Option{{Value: "3.9 $TOX_ENV = a"}}}}
	}
	_, err := plain.AskChoices(t.Context(), plain.AskOptions{NoInput: true}, job, nil)
	var p *flow.Problem
	if !errors.As(err, &p) || len(p.Next) != 1 || p.Next[0] != "ferry onboard '--job=3.9 $TOX_ENV = a'" {
		t.Errorf("%v", err)
	}
}
