package rules

import (
	"regexp"
	"strings"
)

// What a command does that hands over to another program, no CI file tells. One
// that is named after releases, or is given a credential of an index, may upload.
var (
	runner      = regexp.MustCompile(`(?:^|[\s;&|(])(?:make|tox|nox|just|invoke|inv|task|fab|poe|doit|python[\d.]*|(?:uv|poetry|pdm|hatch|pipenv)\s+run)\s+\S`)
	releaseWord = regexp.MustCompile(`(?i)release|publish|upload|pypi`)
	otherWord   = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:(?:py)?tests?|docs?|pages|gh-pages|coverage|codecov|coveralls|docker|images?|helm|notes|changelog|validate|check|verify|install)(?:[^a-z]|$)`)
	buildPython = regexp.MustCompile(`\bpython[\d.]*\s+(?:-m\s+(?:build|pip|venv|virtualenv|twine|unittest)\b|(?:\S*/)?setup\.py\b|-V|--version)`)
	shellScript = regexp.MustCompile(`(?:^|\s)(?:\./)?[\w./-]+\.sh\b`)
	trial       = "--dry-run"
)

// suspicion is how readily a command is taken for one that may upload.
type suspicion int

const (
	byWord    suspicion = iota // it is named after releases
	byRunning                  // it is run where there is little else to do than to upload
)

// suspect looks for a command of which no file tells that it uploads, and which may.
func (s *scanner) suspect(script string, how suspicion) (command, bool) {
	for _, line := range strings.Split(joinLines.ReplaceAllString(script, " "), "\n") {
		if line = strings.TrimSpace(line); s.suspicious(line, how) {
			return command{line: line, doubt: "what it does is up to another program, which may upload: " + line}, true
		}
	}
	return command{}, false
}

func (s *scanner) suspicious(line string, how suspicion) bool {
	switch {
	case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "echo "), strings.Contains(line, trial), otherWord.MatchString(line), buildPython.MatchString(line):
		return false
	case runner.MatchString(line):
		return how == byRunning || releaseWord.MatchString(line)
	case shellScript.MatchString(line) && len(s.called(line, 0)) == 0:
		return how == byRunning || releaseWord.MatchString(line)
	}
	return false
}
