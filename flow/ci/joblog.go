package ci

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Upload is a file that a publishing job says it uploaded.
type Upload struct {
	Name   string
	SHA256 string // lower-case hex; "" if the log does not say
	// Skipped: the uploader said that the index has a file of this name
	// already. What is there need not be what this job built.
	Skipped bool
	To      string // the addresses that it was sent to, with blanks between; "" if the log does not say
}

// What logs look like. ghTime is what GitHub puts before each line, noise are
// terminal sequences, and distFile is the name of a distribution, with a path.
var (
	ghTime     = regexp.MustCompile(`^\x{FEFF}?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z `)
	noise      = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)
	distFile   = regexp.MustCompile(`(?:^|[\s'"(/\\])([A-Za-z0-9][\w.+!-]*\.(?:whl|tar\.gz|zip|egg|tar\.bz2))(?:$|[\s'",):…])`)
	uploading  = regexp.MustCompile(`(?i)(?:^|\s)(?:-\s+)?uploading\s`)
	goingTo    = regexp.MustCompile(`(?i)^\x{FEFF}?(?:uploading distributions to|publishing \d+ files? (?:to )?)\s*(https?://\S+)`)
	hashLine   = regexp.MustCompile(`(?i)\bsha-?256(?:\s+(?:hash|digest))?\s*[:=]?\s*([0-9a-f]{64})\b`)
	sumLine    = regexp.MustCompile(`(?i)^(?:sha256:\s*)?([0-9a-f]{64})\s+\*?(\S+)$`)
	exists     = regexp.MustCompile(`(?i)skipping\s.*\bbecause\b.*\balready\b|already exists, skipping`)
	skipReason = regexp.MustCompile(`Skipping a deployment with the (?:pypi|script) provider because (.*)`)
)

// maxUploads bounds what a log that was made to be long can cost us.
const maxUploads = 1000

// Uploads gives the files that a job's log says it uploaded, in the order in
// which it names them first: what to expect on the index, not evidence of it.
func Uploads(log []byte) []Upload {
	u := uploads{at: -1}
	for line := range lines(log) {
		u.read(line)
	}
	return u.out
}

// uploads reads a log line by line. at is the file that a hash without a name
// belongs to: the one named last. to is where the uploader said it sends to.
type uploads struct {
	out []Upload
	at  int
	to  string
}

func (u *uploads) read(line string) {
	if m := sumLine.FindStringSubmatch(line); m != nil {
		if name := distName(" " + m[2]); name != "" {
			u.add(name)
			u.hash(m[1])
		}
		return
	}
	if m := goingTo.FindStringSubmatch(line); m != nil {
		u.to = m[1]
		return
	}
	name := distName(line)
	switch {
	case exists.MatchString(line) && name != "":
		u.add(name)
		u.skip()
	case uploading.MatchString(line) && name != "":
		u.add(name)
		u.sent()
	case isPath(line, name):
		u.add(name)
	case name != "":
		u.at = u.find(name)
	}
	if m := hashLine.FindStringSubmatch(line); m != nil {
		u.hash(m[1])
	}
}

// distName finds the name of a distribution in a line, "" if there is none.
func distName(line string) string {
	if m := distFile.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// isPath says whether a line is nothing but a path to a distribution, which is
// how gh-action-pypi-publish heads the hashes it prints.
func isPath(line, name string) bool {
	return name != "" && !strings.ContainsAny(line, " \t") && strings.Contains(line, "dist/") && path.Base(line) == name
}

func (u *uploads) find(name string) int {
	return slices.IndexFunc(u.out, func(f Upload) bool { return f.Name == name })
}

func (u *uploads) add(name string) {
	if u.at = u.find(name); u.at < 0 && len(u.out) < maxUploads {
		u.out = append(u.out, Upload{Name: name})
		u.at = len(u.out) - 1
	}
}

func (u *uploads) hash(hex string) {
	if u.at >= 0 && !u.out[u.at].Skipped {
		u.out[u.at].SHA256 = strings.ToLower(hex)
	}
}

// sent notes where the file named last goes.
func (u *uploads) sent() {
	if u.at >= 0 && !slices.Contains(strings.Fields(u.out[u.at].To), u.to) {
		u.out[u.at].To = strings.TrimSpace(u.out[u.at].To + " " + u.to)
	}
}

func (u *uploads) skip() {
	if u.at >= 0 {
		u.out[u.at].Skipped, u.out[u.at].SHA256 = true, ""
	}
}

// Skips gives the reasons for which Travis says it skipped deploying, each once.
func Skips(log []byte) []string {
	var out []string
	for line := range lines(log) {
		if m := skipped(line); m != nil {
			if r := strings.TrimSpace(m[1]); !slices.Contains(out, r) && len(out) < maxUploads {
				out = append(out, r)
			}
		}
	}
	return out
}

// skipped finds the reason for which a line says that deploying was left out.
func skipped(line string) []string {
	if !strings.Contains(line, "Skipping a deployment") {
		return nil // which is most lines of any log
	}
	return skipReason.FindStringSubmatch(line)
}

// plainLine is a line without time stamp, terminal sequences and blanks around it.
func plainLine(line string) string {
	if line != "" && (line[0] == '2' || line[0] >= 0x80) {
		line = ghTime.ReplaceAllString(line, "")
	}
	if strings.Contains(line, "\x1b") {
		line = noise.ReplaceAllString(line, "")
	}
	return strings.TrimSpace(line)
}

// lines yields the lines of a log as a reader sees them: without time stamps
// and terminal sequences, and one for each time that a carriage return begins
// a line anew.
func lines(log []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.FieldsFuncSeq(string(log), func(r rune) bool { return r == '\n' || r == '\r' }) {
			if line = plainLine(line); line != "" && !yield(line) {
				return
			}
		}
	}
}

// Marks of Travis for its own log view, and lines on which a job failed.
var (
	foldMark = regexp.MustCompile(`^(?:\x1b\[0?K)*travis_(?:fold|time):`)
	failMark = regexp.MustCompile(`exited with [1-9]|##\[error\]|failed to deploy|^(?:\S*Error|ERROR)\b`)
)

// unmarked takes fold and time marks out of a line, each of which ends with a
// carriage return.
func unmarked(line string) string {
	if !strings.Contains(line, "travis_") {
		return strings.TrimSuffix(line, "\r")
	}
	var kept []string
	for part := range strings.SplitSeq(line, "\r") {
		part = strings.TrimPrefix(part, eraseLine) // stands behind every mark
		if !foldMark.MatchString(part) {
			kept = append(kept, part)
		}
	}
	return strings.TrimSuffix(strings.Join(kept, "\r"), "\r")
}

const eraseLine = "\x1b[0K"

// Unmarked gives a line of a log without Travis' fold and time marks, and
// whether anything is left to show of a line that had some.
func Unmarked(line string) (text string, ok bool) {
	text = unmarked(line)
	return text, text != "" || strings.TrimRight(line, "\r") == ""
}
