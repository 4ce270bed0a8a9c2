package rules

import (
	"cmp"
	"fmt"
	"strings"
)

// answers puts an answer of a condition into that of a prediction.
var answers = map[answer]Answer{no: No, maybe: Undecided, yes: Yes}

// job makes the report of a cell.
func (b *travisBuild) job(c *travisCell) Job {
	shown := c.shown()
	return Job{
		Provider: "travis", File: travisFile, Line: c.line,
		Name:   cmp.Or(c.node.get("name").text(), shown, fmt.Sprintf("job in line %d", c.line)),
		Matrix: shown, Stage: c.stage,
		Runs: answers[c.runs], Why: c.why,
		Uploads: append(c.entries(), c.scripts()...),
	}
}

// entries reads the deploy section that the job has, its own or that of the file.
func (c *travisCell) entries() []Upload {
	var out []Upload
	for _, item := range c.get("deploy").list() {
		if u, ok := c.entry(item); ok {
			out = append(out, u)
		}
	}
	return out
}

// place is where a thing is written, for an alias as well.
func (t tree) place() int {
	if n := t.node(); n != nil {
		return n.Line
	}
	return 0
}

// provider names who does a deploy.
func provider(item tree) string {
	return strings.ToLower(cmp.Or(item.text(), item.get("provider").text()))
}

// entry reads one deploy; false if it does not publish.
func (c *travisCell) entry(item tree) (Upload, bool) {
	u := Upload{File: travisFile, Line: item.place()}
	var left []check
	s := &scanner{fsys: c.build.src}
	switch provider(item) {
	case "pypi":
		u.SkipExisting, _ = onBool(item.get("skip_existing"))
		u.Index, u.Distributions = withoutSecrets(item.get("server").text()), distributions(item.get("distributions"))
	case "script":
		cmd, ok := s.uploadOrSuspect(byRunning, item.get("script"), item.get("run"))
		if !ok {
			return u, false
		}
		u.Index, u.SkipExisting = withoutSecrets(cmd.index), skips(cmd.line)
		left = cmd.checks(item.get("script").line())
	default:
		return u, false
	}
	u.settle(append(c.checks(item), left...))
	return u, true
}

// uploadIn looks for an upload in commands and in the scripts that they call.
func (b *travisBuild) uploadIn(phases ...tree) (command, bool) {
	s := scanner{fsys: b.src}
	return s.uploadIn(linesIn(phases))
}

func linesIn(phases []tree) string {
	var lines []string
	for _, p := range phases {
		lines = append(lines, p.texts()...)
	}
	return strings.Join(lines, "\n")
}

// uploadOrSuspect gives an upload, else a command that may be one.
func (s *scanner) uploadOrSuspect(how suspicion, phases ...tree) (command, bool) {
	script := linesIn(phases)
	if cmd, ok := s.uploadIn(script); ok {
		return cmd, true
	}
	return s.suspect(script, how)
}

// checks says what a command leaves open.
func (c command) checks(line int) []check {
	var out []check
	if c.named != "" {
		out = append(out, check{maybe, "uploads to the repository that is called " + c.named, line})
	}
	if c.doubt != "" {
		out = append(out, check{maybe, c.doubt, line})
	}
	return out
}

// uploading are the phases in which scripts upload by themselves.
var uploading = []string{"script", "after_success", "after_script", "after_deploy"}

// scripts finds the uploads beside the deploy section. Whether they happen is up
// to the shell that runs them, except that Travis gives no secrets to pull requests.
func (c *travisCell) scripts() []Upload {
	var out []Upload
	s := &scanner{fsys: c.build.src}
	for _, phase := range uploading {
		t := c.get(phase)
		cmd, ok := s.uploadOrSuspect(byWord, t)
		if !ok {
			continue
		}
		u := Upload{File: travisFile, Line: t.line(), Index: withoutSecrets(cmd.index), SkipExisting: skips(cmd.line)}
		u.settle(append(cmd.checks(t.line()), check{maybe, phase + " runs: " + cmd.line, t.line()}))
		out = append(out, u)
	}
	return out
}

// check is one condition of an upload, and what became of it.
type check struct {
	is   answer
	text string
	line int
}

// settle brings the checks together. What is against the upload is told alone;
// otherwise all is told.
func (u *Upload) settle(checks []check) {
	out := yes
	for _, k := range checks {
		out = min(out, k.is)
	}
	u.Happens, u.Why = answers[out], []Reason{}
	for _, k := range checks {
		if out == yes || k.is == out {
			u.Why = append(u.Why, Reason{withoutSecrets(k.text), travisFile, k.line})
		}
	}
}
