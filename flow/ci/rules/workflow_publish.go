package rules

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// publication is a place in a step that uploads.
type publication struct {
	step    tree
	file    string // of the step, which may be that of a local action
	line    int
	action  string // the action that uploads, as it is used; "" for a command
	command string
	index   string // as it is written; "" is PyPI
	indexAt int    // the line that names the index
	named   string // a name whose URL no file tells
	trusted bool
	doubt   string // why it may not happen although the step runs
	guess   bool   // no upload was found: something hints at one
}

// publisher looks for uploads in the steps of a job.
type publisher struct {
	s         *scanner
	file      string
	root, job tree
}

// in gives the uploads of a step.
func (p publisher) in(step tree, depth int) []publication {
	uses := step.get("uses").text()
	if local, ok := strings.CutPrefix(uses, "./"); ok {
		return p.composite(local, depth)
	}
	if uses == "" {
		return p.script(step)
	}
	if pub, ok := p.action(step, uses); ok {
		return []publication{pub}
	}
	return nil
}

// composite looks into an action of the tree.
func (p publisher) composite(dir string, depth int) []publication {
	if depth >= maxCalls {
		return nil
	}
	for _, name := range []string{path.Join(dir, "action.yml"), path.Join(dir, "action.yaml")} {
		src, err := p.s.readFile(name)
		root, _, wrong := parseYAML(src)
		if err != nil || src == nil || wrong != "" {
			continue
		}
		var out []publication
		inner := publisher{p.s, name, p.root, p.job}
		for _, step := range root.get("runs").get("steps").list() {
			out = append(out, inner.in(step, depth+1)...)
		}
		return out
	}
	return nil
}

// The actions that upload.
const publishAction = "pypa/gh-action-pypi-publish"

var tokenActions = []string{"casperdcl/deploy-pypi", "jrubics/poetry-publish", "code-specialist/pypi-poetry-publish", "etils-actions/pypi-auto-publish"}

// uploadName finds actions that upload, going by their name alone.
var uploadName = regexp.MustCompile(`pypi.*(?:publish|upload|deploy|release)|(?:publish|upload|deploy|release).*pypi`)

func (p publisher) action(step tree, uses string) (publication, bool) {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	with := step.get("with")
	pub := publication{step: step, file: p.file, line: step.line(), action: uses}
	switch {
	case name == publishAction:
		at := with.get("repository-url", "repository_url")
		pub.index, pub.indexAt = at.text(), at.line()
		pub.trusted = !with.get("password").ok()
	case name == "pyo3/maturin-action":
		if cmd := with.get("command").text(); cmd != "upload" && cmd != "publish" {
			return pub, false
		}
		p.where(&pub, describe("maturin "+with.get("args").text()))
	case slices.Contains(tokenActions, name):
	case uploadName.MatchString(name):
		pub.doubt = "by its name " + name + " uploads; no file here says so"
	default:
		return pub, false
	}
	return pub, true
}

// skipExisting says whether an upload takes a file that is there already for
// success, and in which line.
func (p publication) skipExisting() (bool, int) {
	if skips(p.command) {
		return true, p.line
	}
	at := p.step.get("with").get("skip-existing", "skip_existing")
	on, _ := at.truth()
	return on, at.line()
}

// where fills in what a command and its environment say of the index and the
// credentials.
func (p publisher) where(pub *publication, c command) {
	pub.index, pub.named, pub.indexAt = c.index, c.named, pub.line
	if pub.index == "" && pub.named == "" {
		pub.index = environmentIndex(pub.step, p.job, p.root)
	}
	pub.trusted = mintsTokens(p.job, p.root) && !p.tokenGiven(pub.step, c.line)
}

// tokenVariables are the environment's names for a stored credential.
var tokenVariables = []string{
	"TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD", "FLIT_PASSWORD", "HATCH_INDEX_AUTH",
	"PDM_PUBLISH_PASSWORD", "POETRY_PYPI_TOKEN_PYPI", "POETRY_HTTP_BASIC_PYPI_PASSWORD", "MATURIN_PYPI_TOKEN", "MATURIN_PASSWORD", "PYPI_TOKEN",
}

var tokenOption = regexp.MustCompile(`\s(?:-p|--password|--token|--auth)[=\s]`)

func (p publisher) tokenGiven(step tree, line string) bool {
	for _, place := range []tree{step, p.job, p.root} {
		if slices.ContainsFunc(place.get("env").pairs(), func(v pair) bool { return slices.Contains(tokenVariables, v.key) }) {
			return true
		}
	}
	return tokenOption.MatchString(line) || strings.Contains(step.get("env").words(), "secrets.")
}

// idToken gives the permissions that a job has: its own replace those of the
// file as a whole. docs.github.com, "Assigning permissions to jobs".
func idToken(job, root tree) (granted bool, at tree) {
	at = root.get("permissions")
	if own := job.get("permissions"); own.ok() {
		at = own
	}
	return at.text() == "write-all" || at.get("id-token").text() == "write", at
}

func mintsTokens(job, root tree) bool {
	granted, _ := idToken(job, root)
	return granted
}

// environmentIndex finds the index that environment variables name, the
// innermost first.
func environmentIndex(places ...tree) string {
	for _, p := range places {
		env := p.get("env")
		if u := env.get("TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "FLIT_INDEX_URL", "HATCH_INDEX_REPO", "PDM_PUBLISH_REPO").text(); u != "" {
			return u
		}
		var c command
		c.name(cmp.Or(env.get("TWINE_REPOSITORY").text(), "pypi"))
		if c.index != "" {
			return c.index
		}
	}
	return ""
}

// script finds the upload commands of a step, line by line.
func (p publisher) script(step tree) []publication {
	var out []publication
	var shell shellBlocks
	for _, l := range scriptLines(step.get("run")) {
		shell.enter(l.text)
		c, ok := p.s.uploadIn(l.text)
		if ok {
			pub := publication{step: step, file: p.file, line: l.line, command: c.line, doubt: cmp.Or(c.doubt, shell.doubt(l.text))}
			p.where(&pub, c)
			out = append(out, pub)
		}
		shell.leave(l.text)
	}
	return out
}

// scriptLine is a command with the line of the file that it begins in.
type scriptLine struct {
	text string
	line int
}

func scriptLines(run tree) []scriptLine {
	n := run.node()
	if n == nil {
		return nil
	}
	first, step := run.line(), 0
	switch {
	case n.Style&yaml.LiteralStyle != 0:
		first, step = n.Line+1, 1
	case n.Style&yaml.FoldedStyle != 0: // whose lines are not those of the file
		first = n.Line + 1
	}
	var out []scriptLine
	goesOn := false
	for i, text := range strings.Split(run.text(), "\n") {
		cut, continued := strings.CutSuffix(strings.TrimRight(text, " \t\r"), `\`)
		if goesOn {
			out[len(out)-1].text += " " + strings.TrimSpace(cut)
		} else {
			out = append(out, scriptLine{cut, first + i*step})
		}
		goesOn = continued
	}
	return out
}

// shellBlocks follows a script as far as to say which lines surely run.
type shellBlocks struct {
	open []bool // of the blocks around a line: whether the shell decides of it
	exit string
}

var (
	blockStart = regexp.MustCompile(`^\s*(?:if|case|while|until)\s|^\s*(?:function\s+)?\w+\s*\(\)\s*\{`)
	blockEnd   = regexp.MustCompile(`(?:^|;)\s*(?:fi|esac|done|\})\s*;?\s*$`)
	loopStart  = regexp.MustCompile(`^\s*for\s`)
	shellTest  = regexp.MustCompile(`^\s*(?:\[|test\s|!|grep\s|git\s+diff).*(?:&&|\|\|)`)
	shellExit  = regexp.MustCompile(`\bexit\b`)
)

func (b *shellBlocks) enter(line string) {
	if decides := blockStart.MatchString(line); decides || loopStart.MatchString(line) {
		b.open = append(b.open, decides)
	}
}

func (b *shellBlocks) doubt(line string) string {
	switch {
	case slices.Contains(b.open, true):
		return "the shell decides whether it comes to: " + strings.TrimSpace(line)
	case shellTest.MatchString(line):
		return "the shell decides: " + strings.TrimSpace(line)
	case b.exit != "":
		return "a line before it may end the script: " + b.exit
	}
	return ""
}

func (b *shellBlocks) leave(line string) {
	if blockEnd.MatchString(line) && len(b.open) > 0 {
		b.open = b.open[:len(b.open)-1]
	}
	if b.exit == "" && shellExit.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
		b.exit = strings.TrimSpace(line)
	}
}
