package rules

import (
	"path"
	"regexp"
	"strings"
)

// leading are the options of a program before its subcommand; some have a value.
const leading = `(?:(?:-[CepP]|--(?:directory|project|config|config-file|cache-dir|color|env|env-file|ini-path|repository))[=\s]+[^\s-]\S*\s+|-\S+\s+)*`

// uploadCommand finds the commands that put distributions on an index.
var uploadCommand = regexp.MustCompile(`\btwine\s+` + leading + `upload\b|\b(?:flit|hatch|poetry|pdm|uv|rye|maturin)\s+` + leading +
	`publish\b|\bmaturin\s+upload\b|\bsemantic-release\s+publish\b|\bsetup\.py\b[^\n]*\supload(?:\s|$)`)

// uploadArguments finds the same in a program that is not the shell's, as a list
// of arguments: ['twine', 'upload', …].
var uploadArguments = regexp.MustCompile(`["'](?:twine["'],.*["']upload|(?:flit|hatch|poetry|pdm|uv|rye|maturin)["'],.*["']publish)["']`)

// commands separates the commands of a line.
var commands = regexp.MustCompile(`&&|\|\||[;|]`)

// uploads says whether a line uploads, other than on trial.
func uploads(line string) bool {
	for _, c := range commands.Split(line, -1) {
		if (uploadCommand.MatchString(c) || uploadArguments.MatchString(c)) && !strings.Contains(c, "--dry-run") {
			return true
		}
	}
	return false
}

// Where such a command names its index.
var (
	urlOption  = regexp.MustCompile(`--(?:repository-url|publish-url|index-url)[=\s]+["']?([^\s"']+)`)
	nameOption = regexp.MustCompile(`(?:--repository|--repo|--index|\s-r)[=\s]+["']?([\w.-]+)`)
	joinLines  = regexp.MustCompile(`\\\r?\n\s*`)
)

// testIndex is the upload URL behind the names that TestPyPI has in .pypirc files.
const testIndex = "https://test.pypi.org/legacy/"

// command is an upload found in a script.
type command struct {
	line  string
	index string // URL, "" for PyPI
	named string // a name whose URL no file tells
	doubt string // why it may not upload, in words
}

// skips says whether a command takes a file that is there already for success.
func skips(line string) bool { return strings.Contains(line, "--skip-existing") }

// uploadIn looks for the first upload in a script, or in a script of the tree
// that it calls. Comments do not count, nor does what is only echoed.
func (s *scanner) uploadIn(script string) (command, bool) {
	return s.uploadBelow(script, 0)
}

// maxCalls bounds how deep scripts are followed into the scripts they call.
const maxCalls = 3

func (s *scanner) uploadBelow(script string, depth int) (command, bool) {
	for line := range strings.SplitSeq(joinLines.ReplaceAllString(script, " "), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "echo ") {
			continue
		}
		if uploads(line) {
			return describe(line), true
		}
		for _, called := range s.called(line, depth) {
			if c, ok := s.uploadBelow(called, depth+1); ok {
				return c, true
			}
		}
	}
	return command{}, false
}

// called gives the text of the shell scripts in the tree that a line runs.
func (s *scanner) called(line string, depth int) []string {
	if depth >= maxCalls {
		return nil
	}
	var out []string
	for _, word := range strings.Fields(line) {
		name := path.Clean(strings.Trim(word, `"';`))
		if !strings.HasSuffix(name, ".sh") && !strings.HasPrefix(word, "./") {
			continue
		}
		if b, err := s.readFile(name); err == nil && b != nil {
			out = append(out, string(b))
		}
	}
	return out
}

func describe(line string) command {
	c := command{line: line}
	if !uploadCommand.MatchString(line) && uploadArguments.MatchString(line) {
		c.doubt = "a program in the script decides whether it comes to: " + line
	}
	if m := urlOption.FindStringSubmatch(line); m != nil {
		c.index = m[1]
		return c
	}
	if m := nameOption.FindStringSubmatch(line); m != nil {
		c.name(m[1])
	}
	return c
}

// name resolves the names that every uploader knows.
func (c *command) name(n string) {
	switch strings.ToLower(n) {
	case "pypi":
	case "testpypi", "pypitest", "test-pypi", "test":
		c.index = testIndex
	default:
		c.named = n
	}
}

// into adds what the command says to a deploy.
func (c command) into(d *Deploy) {
	d.Index = c.index
	d.undecided(c.doubt)
	if c.named != "" {
		d.undecided("uploads to the repository that is called " + c.named)
	}
}
