package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// The keys of the choices of a setup: the flags and the keys of an answers file.
const (
	KeyPublish   = "publish"
	KeyStart     = "start"
	KeyTest      = "testpypi"
	KeyJob       = "job"
	KeyPython    = "python"
	KeyScript    = "script"
	KeyDropCheck = "drop-check"
	KeyRegister  = "register"
	KeyPypirc    = "pypirc"
	KeyServer    = "server"
	KeyTemplate  = "template"
	KeyCommit    = "commit"
	KeyRehearse  = "rehearse"
)

// SetupKeys are all of them, each with what its flag says, in the order in which
// they are asked.
func SetupKeys() [][2]string {
	return [][2]string{
		{KeyPublish, "how CI publishes: travis, travis-setting, github, gitlab or headless"},
		{KeyStart, "what starts it: branch or tag"},
		{KeyTest, "publish to TestPyPI as well: yes or no"},
		{KeyJob, "the `JOB` of .travis.yml that deploys, as ferry onboard lists them"},
		{KeyPython, "the Python `VERSION` of a new .travis.yml"},
		{KeyScript, "the `COMMAND` that a new .travis.yml runs as the test"},
		{KeyDropCheck, "take the check of the old guide out of after_deploy: yes or no"},
		{KeyRegister, "how a project that is not there comes to the index: ci or upload"},
		{KeyPypirc, "write ~/.pypirc: no, keyring (without tokens) or token"},
		{KeyServer, "a server that starts the release: no, file or save"},
		{KeyTemplate, "the `PATH` of a configuration that a new one is made from, or none"},
		{KeyCommit, "where the files go: request, branch or no"},
		{KeyRehearse, "release this commit to TestPyPI once, when all is set up: yes or no"},
	}
}

// Answers are the values by their keys.
type Answers map[string]string

func (a Answers) yes(key string) bool { return a[key] == "yes" }

// chooser collects the choices that apply.
type chooser struct {
	f    Found
	a    Answers
	list []flow.Choice
}

// Choices are the questions that apply given the answers so far, in their order,
// answered ones too. A question comes only after those it depends on are answered.
func (f Found) Choices(given map[string]string) []flow.Choice {
	c := chooser{f: f, a: given}
	for _, ask := range []func(*chooser) bool{(*chooser).publish, (*chooser).start, (*chooser).testing, (*chooser).travis, (*chooser).register, (*chooser).pypirc, (*chooser).server, (*chooser).commit, (*chooser).rehearse} {
		if !ask(&c) {
			break
		}
	}
	return c.list
}

// add asks, and says whether the answer is there.
func (c *chooser) add(q flow.Choice) bool {
	c.list = append(c.list, q)
	v, ok := c.a[q.Key]
	return ok && q.Takes(v) == ""
}

func yesNo(key, title, why, dflt string, yes, no []string) flow.Choice {
	return flow.Choice{Key: key, Title: title, Why: why, Default: dflt, Options: []flow.Option{
		{Value: "yes", Title: "Yes", Lines: yes}, {Value: "no", Title: "No", Lines: no}}}
}

func (c *chooser) publish() bool {
	q := flow.Choice{Key: KeyPublish, Title: "How shall CI publish?", Why: c.f.ciWords(), Options: []flow.Option{
		{Value: string(PublishSealed), Title: "Travis, with the token sealed in .travis.yml", Off: c.keyTooSmall(),
			Lines: []string{"The token is encrypted with the repository's key; only Travis can read it.", "Whoever may push can have it used; a new key makes it useless."}},
		{Value: string(PublishSetting), Title: "Travis, with the token in a private setting of the branch",
			Lines: []string{"Nothing secret is in the repository; only the branch's builds get it.", c.onlyWay()}},
		{Value: string(PublishWorkflow), Title: "GitHub Actions, with trusted publishing", Off: c.notOn("github", "GitHub"),
			Lines: []string{"No token exists; the index trusts one workflow in one environment.", "The index has to be told once, on its page. Files carry attestations."}},
		{Value: string(PublishGitLab), Title: "GitLab CI, with trusted publishing", Off: c.notOn("gitlab", "GitLab"),
			Lines: []string{"No token exists; the index trusts one file and one environment.", "The index has to be told once. PyPI trusts gitlab.com and no other GitLab."}},
		{Value: string(PublishElse), Title: "As it is; a server of ours starts the release",
			Lines: []string{"No CI file is changed; a build server runs ferry release.", "Something must publish from the release ref already; this is checked."}},
	}}
	q.Default = c.likely(q)
	return c.add(q)
}

// keyTooSmall computes whether a token can be sealed.
func (c *chooser) keyTooSmall() string {
	if k := c.f.Key; k != nil && k.Room < leastToken {
		return fmt.Sprintf("the repository's key has %d bits and seals %d bytes; a token of PyPI has %d and more", k.Bits, k.Room, leastToken)
	}
	return ""
}

// leastToken is how short an upload token can be, in bytes: a macaroon of pypi.org
// with a user's id and a signature, and no limit. Those that are made have 170 to 220.
const leastToken = 119

func (c *chooser) onlyWay() string {
	if c.keyTooSmall() != "" {
		return "With this repository's key it is the only way on Travis."
	}
	return "It is set again when the token changes, without a commit."
}

func (c *chooser) notOn(kind, name string) string {
	if c.f.HostKind != "" && c.f.HostKind != kind {
		return fmt.Sprintf("the remote is on %s, and not on %s", c.f.Host, name)
	}
	return ""
}

// likely is the way that is there, or that fits what is there; never one that is off.
func (c *chooser) likely(q flow.Choice) string {
	var wish []string
	for _, d := range c.f.Deploys {
		wish = append(wish, d.Provider)
	}
	wish = append(wish, c.f.Providers...)
	for _, w := range append(wish, c.f.HostKind) {
		if w == "travis" && c.keyTooSmall() != "" {
			w = string(PublishSetting)
		}
		if o, ok := q.Option(w); ok && o.Off == "" {
			return w
		}
	}
	return ""
}

func (c *chooser) start() bool {
	test, main := testBranch(c.f.Branch), cmp.Or(c.f.Default, "main")
	q := flow.Choice{Key: KeyStart, Title: "What shall start the publishing?", Default: c.startThere(), Options: []flow.Option{
		{Value: string(rules.StartBranch), Title: fmt.Sprintf("A push of the branch %s", c.f.Branch), Off: c.needsTag(),
			Lines: []string{fmt.Sprintf("%s goes to PyPI, %s to TestPyPI; nothing else publishes.", c.f.Branch, test), "ferry release pushes it, and deletes it when the index is proved."}},
		{Value: string(rules.StartTag), Title: fmt.Sprintf("A tag %s", strings.ReplaceAll(c.f.Tag, "{version}", "1.2.3")),
			Lines: []string{fmt.Sprintf("Tags go to PyPI, every push to %s to TestPyPI.", main), "A tag stays: a release that fails needs another version."}},
	}}
	return c.add(q)
}

func (c *chooser) needsTag() string {
	if c.f.FromTags {
		return "the project's version comes from a tag, so a branch alone names none"
	}
	return ""
}

// startThere is what starts a deploy now, else the branch.
func (c *chooser) startThere() string {
	if c.needsTag() != "" {
		return string(rules.StartTag)
	}
	version := cmp.Or(c.f.Version, "1.2.3")
	tag := strings.NewReplacer("{name}", c.f.Name, "{version}", version).Replace(c.f.Tag)
	tags := func(d rules.Deploy) bool { return d.OnTag(tag) }
	branch := func(d rules.Deploy) bool { return d.OnBranch(c.f.Branch) }
	if slices.ContainsFunc(c.f.Deploys, tags) && !slices.ContainsFunc(c.f.Deploys, branch) {
		return string(rules.StartTag)
	}
	return string(rules.StartBranch)
}

// testBranch is the branch that publishes to TestPyPI, beside the one for PyPI.
func testBranch(branch string) string {
	if s, ok := strings.CutSuffix(branch, "release"); ok {
		return s + "test"
	}
	return branch + "-test"
}

func (c *chooser) testing() bool {
	if c.how() == PublishElse {
		return true
	}
	q := yesNo(KeyTest, "Publish to TestPyPI as well?", "", "yes",
		[]string{"A release can be tried out on an index that nobody installs from.", "It needs an account there of its own."},
		[]string{"The first upload that anybody sees is the real one."})
	if c.how() == PublishSetting && c.a[KeyStart] == string(rules.StartTag) {
		q.Options[0].Off, q.Default = "Travis limits a setting to a branch and never to tags, so a build would get both tokens", "no"
	}
	if c.f.FromTags && c.a[KeyStart] == string(rules.StartTag) {
		q.Default, q.Why = "no", "between tags the version is a local one (1.2.dev3+g1234567), which TestPyPI refuses, unless the project drops that part"
	}
	return c.add(q)
}

func (c *chooser) how() Publishing { return Publishing(c.a[KeyPublish]) }

// tokens says whether CI needs a stored token.
func (c *chooser) tokens() bool { return c.how() == PublishSealed || c.how() == PublishSetting }

// travis asks what .travis.yml does not say.
func (c *chooser) travis() bool {
	switch {
	case !c.tokens():
		return true
	case c.f.Travis == nil:
		return c.add(flow.Choice{Key: KeyPython, Title: "Which Python does the build run?", Why: "there is no .travis.yml", Default: "3.12"}) &&
			c.add(flow.Choice{Key: KeyScript, Title: "Which command is the test?", Why: "what Travis runs before it publishes; skip runs nothing", Default: c.f.Tests})
	}
	return c.job() && c.dropCheck()
}

func (c *chooser) job() bool {
	jobs := c.f.jobs(c.lanes())
	if len(jobs) < 2 && (len(jobs) == 0 || jobs[0] == rules.TravisJob{}) {
		return true // the writer says what is wrong, or nothing is to be chosen
	}
	q := flow.Choice{Key: KeyJob, Title: "Which job publishes?", Why: "only one may: a second upload of the same file fails", Default: JobValue(jobs[0])}
	for _, j := range jobs {
		o := flow.Option{Value: JobValue(j), Title: "The job with " + JobValue(j)}
		if j == (rules.TravisJob{}) {
			o.Title = "The only one there is, as the file stands"
		}
		q.Options = append(q.Options, o)
	}
	return c.add(q)
}

func (c *chooser) dropCheck() bool {
	if !strings.Contains(string(c.f.Travis), "validate_pypi") {
		return true
	}
	return c.add(yesNo(KeyDropCheck, "Take the old check out of after_deploy?", "validate_pypi.py of the old guide runs there", "yes",
		[]string{"ferry proves more, and later: the script looks too early."}, []string{"It goes on running after every deploy."}))
}

func (c *chooser) register() bool {
	if !c.tokens() || len(c.f.Free) == 0 {
		return true
	}
	upload := flow.Option{Value: "upload", Title: "By a first file, now", Lines: []string{"dist/'s sdist is uploaded: public at once, and never taken back.", "After that the token can be limited to the project."}}
	if c.f.Sdist == "" {
		upload.Off = "dist/ has no sdist of this version: python3 -m build --sdist makes it"
	}
	return c.add(flow.Choice{Key: KeyRegister, Title: "How does the project come to the index?", Why: "no project " + pypi.NormalizeName(c.f.Name) + " on " + strings.Join(c.f.Free, " and "), Default: "ci",
		Options: []flow.Option{
			{Value: "ci", Title: "By CI's first release", Lines: []string{"Nothing is uploaded now, and nothing keeps the name until then.", "The token has to be one of the whole account for that release."}},
			upload,
		}})
}

func (c *chooser) pypirc() bool {
	if !c.tokens() {
		return true
	}
	return c.add(flow.Choice{Key: KeyPypirc, Title: "Write ~/.pypirc?", Default: "no", Options: []flow.Option{
		{Value: "no", Title: "No", Lines: []string{"ferry and twine find the token in the keyring."}},
		{Value: "keyring", Title: "Yes, without the tokens", Lines: []string{"The sections name the indexes; twine asks the keyring for the token."}},
		{Value: "token", Title: "Yes, with the tokens", Lines: []string{"Readable by you alone, and by everything that runs as you."}},
	}})
}

func (c *chooser) server() bool {
	q := flow.Choice{Key: KeyServer, Title: "Shall a build server start the release?", Default: "no", Options: []flow.Option{
		{Value: "no", Title: "No, a person does", Lines: []string{"ferry release, in a checkout, by whoever releases."}},
		{Value: "file", Title: "Write the configuration for QuickBuild to a file", Lines: []string{"Its administrator imports it; docs/servers.md has other servers."}},
		{Value: "save", Title: strings.TrimSpace("Save the configuration on QuickBuild " + c.f.Configuration), Off: c.f.NoServer, Lines: []string{"The XML is shown first; a dry run is asked for once, as a test."}},
	}}
	if !c.add(q) {
		return false
	}
	if c.a[KeyServer] != "save" {
		return true
	}
	return c.add(flow.Choice{Key: KeyTemplate, Title: "From which configuration is a new one made?", Why: "its path on the server; none makes a plain one of ours", Default: noTemplate})
}

// noTemplate is the answer that names none: an empty line takes the default.
const noTemplate = "none"

func (c *chooser) commit() bool {
	q := flow.Choice{Key: KeyCommit, Title: "Where shall the files go?", Options: []flow.Option{
		{Value: "request", Title: "On a branch of their own, with a request to merge it", Off: cmp.Or(c.f.NoCommit, c.f.NoRequest), Lines: []string{"A commit on " + SetupBranch + ", pushed; others can look first."}},
		{Value: "branch", Title: "On a branch of their own, pushed", Off: c.f.NoCommit, Lines: []string{"As above, without the request."}},
		{Value: "no", Title: "In the work tree", Lines: []string{"Nothing is committed or pushed; that is yours to do."}},
	}}
	for _, o := range q.Options {
		if o.Off == "" {
			q.Default = o.Value
			break
		}
	}
	return c.add(q)
}

// rehearse offers a first release to TestPyPI, where a branch of its own leads there.
func (c *chooser) rehearse() bool {
	if !c.a.yes(KeyTest) || c.a[KeyStart] != string(rules.StartBranch) || c.a[KeyCommit] == "no" {
		return true
	}
	return c.add(yesNo(KeyRehearse, "Try it out on TestPyPI when all is set up?", "", "no",
		[]string{fmt.Sprintf("%s is pushed, CI watched, and the files proved on TestPyPI.", testBranch(c.f.Branch)), "What is uploaded there stays there, too; the version has to be typed."},
		[]string{"The first release tells whether it works."}))
}

// Rehearse says whether a release to TestPyPI is to follow.
func (a Answers) Rehearse() bool { return a.yes(KeyRehearse) }

// Rehearsal is the intent of a release to TestPyPI by the branch that is for it.
func Rehearsal(in Intent, branch string) Intent {
	in.Trigger, in.Claim, in.KeepBranch = "branch", false, false
	in.BranchRef = func(name, version string) (string, error) {
		return "refs/heads/" + strings.NewReplacer("{name}", name, "{version}", version).Replace(testBranch(branch)), nil
	}
	return in
}

// SetupBranch is the branch that a setup is committed on.
const SetupBranch = "ferry-onboard"
