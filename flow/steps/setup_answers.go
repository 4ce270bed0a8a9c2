package steps

import (
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
)

// Setup makes of the answers what the repository is to be. What does not fit is
// a problem that names the flag.
func (f Found) Setup(a Answers) (Setup, error) {
	for _, q := range f.Choices(a) {
		v, ok := a[q.Key]
		if !ok {
			return Setup{}, unanswered(q)
		}
		if why := q.Takes(v); why != "" {
			return Setup{}, notTaken(q, v, why)
		}
	}
	c := chooser{f: f, a: a}
	s := Setup{Name: f.Name, Version: f.Version, Source: f.Source, Dir: f.Dir, FromTags: f.FromTags, Default: f.Default,
		How: c.how(), Lanes: c.lanes(), DropCheck: a.yes(KeyDropCheck), Job: f.job(a[KeyJob], c.lanes())}
	if v := a[KeyPypirc]; v != "no" {
		s.Pypirc = v
	}
	if f.Travis == nil && c.tokens() {
		s.Python, s.Script = []string{a[KeyPython]}, []string{a[KeyScript]}
	}
	s.commit(a[KeyCommit])
	s.recipe(a)
	return s, nil
}

func (s *Setup) commit(where string) {
	if where == "request" || where == "branch" {
		s.Branch, s.Request = SetupBranch, where == "request"
	}
}

func (s *Setup) recipe(a Answers) {
	switch a[KeyServer] {
	case "save":
		r := RecipeFor(*s)
		if t := a[KeyTemplate]; t != noTemplate {
			r.Template = t
		}
		s.Recipe = &r
	case "file":
		s.RecipeFile = "quickbuild-" + s.Name + ".xml"
	}
}

func unanswered(q flow.Choice) error {
	values := "VALUE"
	if !q.Text() {
		values = strings.Join(openValues(q), "|")
	}
	return &flow.Problem{Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Retry: flow.RetrySafe, Text: "Nobody answered: " + q.Title,
		Now: []string{"nothing was changed"}, Next: []string{fmt.Sprintf("ferry onboard --%s=%s", q.Key, flow.Shell([]string{values}))}}
}

func openValues(q flow.Choice) (out []string) {
	for _, o := range q.Options {
		if o.Off == "" {
			out = append(out, o.Value)
		}
	}
	return out
}

func notTaken(q flow.Choice, value, why string) error {
	return &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe, Text: fmt.Sprintf("--%s=%s cannot be: %s", q.Key, value, why),
		Now: []string{"nothing was changed"}, Next: []string{fmt.Sprintf("ferry onboard --%s=%s", q.Key, strings.Join(openValues(q), "|"))}}
}

// lanes are the indexes and what publishes to each, by the answers so far.
func (c *chooser) lanes() []Lane {
	start := rules.Start(c.a[KeyStart])
	real := Lane{Index: "pypi", Start: start, Ref: c.f.Branch}
	test := Lane{Index: "testpypi", Start: start, Ref: testBranch(c.f.Branch)}
	if start == rules.StartTag {
		real.Ref = c.f.Tag
		test.Start, test.Ref = rules.StartPush, c.f.Default
	}
	lanes := []Lane{real}
	if c.a.yes(KeyTest) {
		lanes = []Lane{test, real}
	}
	for i, l := range lanes {
		if c.how().Trusted() {
			lanes[i].Register = ByPublisher
		} else if c.a[KeyRegister] == "upload" && slices.Contains(c.f.Free, l.Index) {
			lanes[i].Register = ByUpload
		}
	}
	return lanes
}

// jobs are the ways to tell one job of .travis.yml from the others. What is wrong
// with the file is said by what edits it.
func (f Found) jobs(lanes []Lane) []rules.TravisJob {
	out, err := f.yard.TravisChoices(Setup{Name: f.Name, Version: f.Version, Dir: f.Dir, FromTags: f.FromTags, Default: f.Default, How: PublishSetting, Lanes: lanes})
	if err != nil {
		return nil
	}
	return out
}

func (f Found) job(value string, lanes []Lane) rules.TravisJob {
	for _, j := range f.jobs(lanes) {
		if JobValue(j) == value {
			return j
		}
	}
	return rules.TravisJob{}
}
