package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// TravisJobs gives the ways to tell one job of a file from all others, so that
// SetUpTravis makes it deploy to a target: first none, where that is enough, then
// by the Python version, by a variable, by both. It is empty where nothing tells
// the jobs apart, or where the file is refused whatever the job.
func TravisJobs(text []byte, t TravisTarget, e Event) []TravisJob {
	src, _ := plainEnds(text)
	var out []TravisJob
	for _, job := range append([]TravisJob{{}}, jobChoices(src, t, e)...) {
		t.Job = job
		if _, err := SetUpTravis(text, TravisSetup{Providers: []TravisTarget{t}}, e); err == nil {
			out = append(out, job)
		}
	}
	return out
}

// maxChoices bounds how many ways are tried.
const maxChoices = 24

func jobChoices(src string, t TravisTarget, e Event) []TravisJob {
	root, _, wrong := parseYAML([]byte(src))
	if wrong != "" {
		return nil
	}
	e.What, e.Ref, e.Message = "push", t.ref(), ""
	now, _ := pushed(e)
	cells := running(newTravisBuild(&source{noFiles{}}, root, e, now).arranged())
	var out []TravisJob
	for _, c := range slices.Backward(cells) {
		for _, job := range c.choices() {
			fits := slices.DeleteFunc(slices.Clone(cells), func(o *travisCell) bool { return !o.chosen(job) })
			if len(fits) == 1 && !slices.Contains(out, job) {
				out = append(out, job)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b TravisJob) int { return cmp.Compare(a.rank(), b.rank()) })
	return out[:min(len(out), maxChoices)]
}

// running leaves out jobs that the ref does not start, where any is started: a
// branches section that keeps the ref out is changed as well.
func running(cells []*travisCell) []*travisCell {
	out := slices.DeleteFunc(slices.Clone(cells), func(c *travisCell) bool { return c.runs == no })
	if len(out) == 0 {
		return cells
	}
	return out
}

// pythonRelease is a version that is out, and no other interpreter's.
var pythonRelease = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)*$`)

// rank orders the ways: the fewer words the better, and releases first.
func (j TravisJob) rank() int {
	rank := 0
	if j.Condition != "" {
		rank += 2
	}
	if j.Python != "" && !pythonRelease.MatchString(j.Python) {
		rank += 4
	}
	if j.Python != "" && j.Condition != "" {
		rank++
	}
	return rank
}

// plainValue is a value that a test in bash can be made of without quotes.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9_./+-]+$`)

// choices are the ways to tell a job from others. One whose failure is not
// counted is none to deploy.
func (c *travisCell) choices() []TravisJob {
	var out []TravisJob
	python := c.at["python"]
	if c.allowed || c.language != "python" || c.at["os"] == "windows" {
		return nil
	}
	if python != "" {
		out = append(out, TravisJob{Python: python})
	}
	tests := []string{"$TRAVIS_OS_NAME = " + c.at["os"]}
	for _, v := range c.env {
		if value := strings.Trim(v.raw, `"'`); !v.secret && !v.confidential() && plainValue.MatchString(value) {
			tests = append(tests, "$"+v.name+" = "+value)
		}
	}
	for _, test := range tests {
		out = append(out, TravisJob{Condition: test})
		if python != "" {
			out = append(out, TravisJob{Python: python, Condition: test})
		}
	}
	return out
}

// chosen says whether a way may choose the job.
func (c *travisCell) chosen(j TravisJob) bool {
	if j.Python != "" && c.variable("TRAVIS_PYTHON_VERSION").text != j.Python {
		return false
	}
	test, ok := parseTest(j.Condition)
	return j.Condition == "" || ok && test.eval(c.variable) != no
}
