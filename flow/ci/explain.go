package ci

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Explanation is what a job's log tells of how it ended. A log can be forged by
// what runs in the job: all of this explains, and nothing of it proves.
type Explanation struct {
	Lines  []string // those that explain most first, without the secrets in them
	Cause  Cause    // what the first of them tells of
	Skips  []string // the reasons for which Travis says it skipped deploying
	Exists []Exists // files that the index refused
	Alarms []Alarm  // secrets that can be read in the log, at most a hundred
	Cut    bool     // the log is longer than is read
}

// Cause is what kind of lines explain an end.
type Cause string

// The causes, the one that explains most first.
const (
	CauseUpload  Cause = "upload"  // the index or the uploader refused something
	CauseDeploy  Cause = "deploy"  // the deployment failed for another reason
	CauseSkipped Cause = "skipped" // the deployment was left out
	CauseOther   Cause = "other"   // the last failing lines, or the last lines
)

// Exists is a file that the index has already under other bytes, as its refusal
// says: File already exists ('f', with blake2_256 hash 'h').
type Exists struct {
	Name    string
	Blake2b string // BLAKE2b-256 of what was to be uploaded, lower-case hex; "" if the log does not say
}

const (
	maxLog    = 32 << 20
	maxLine   = 16 << 10
	maxFound  = 100
	exactness = 4 // lines over which an uploader may have wrapped one message
)

// What explains a failed deployment: the words of PyPI and twine, and those of dpl.
var (
	ofUpload = []string{
		"HTTPError: 4", "HTTPError: 5", "File already exists", "filename was previously used", "Only one sdist may be uploaded",
		"Uploading new files to releases older", "Invalid distribution file", "is invalid, should be", "Non-user identities cannot create",
		"Username/Password authentication is no longer supported", "does not have two-factor authentication", "verified primary email",
		"Invalid or non-existent authentication information", "isn't allowed to upload to project", "too many new projects", "InvalidDistribution:",
		"invalid-publisher", "invalid-pending-publisher", "Trusted publishing exchange failure",
	}
	ofDeploy = []string{
		"failed to deploy", "Twine check failed", "Twine upload failed", "setup.py failed", "eployment failed",
		"Failed to install pip, setuptools, twine or wheel",
	}
	alreadyThere = regexp.MustCompile(`File already exists \('([^']{1,300})'(?:, with blake2_256 hash '([0-9a-fA-F]{64})')?`)
	wholeMessage = regexp.MustCompile(`File already exists \('[^']*'(?:, with blake2_256 hash '[^']*')?\)`)
)

// Explain reads a job's log from its beginning and gives at most n lines of it.
// Of a very long log it reads the first 32 MiB.
func Explain(job Job, log io.Reader, n int) (Explanation, error) {
	x := explainer{job: cmp.Or(job.Name, job.Number, job.ID), n: max(0, n)}
	limited := &io.LimitedReader{R: log, N: maxLog}
	r := bufio.NewReaderSize(limited, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if long := errors.Is(err, bufio.ErrBufferFull); long || len(line) > 0 {
			x.line(strings.TrimSuffix(string(line), "\n"))
			if long {
				err = skipLine(r)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			x.out.Cut = limited.N <= 0
			return x.end(), nil
		case err != nil:
			return x.end(), err
		}
	}
}

// skipLine leaves out the rest of a line that is too long.
func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// explainer reads a log line by line.
type explainer struct {
	out     Explanation
	job     string
	n, at   int
	mask    Masker
	last    []string // the last n lines
	failing []string // the last n lines up to the last that tells of a failure
	upload  []string
	deploy  []string
	skipped []string
	message string // of an index, as far as it was read
	wrapped int    // how many lines it may still go on
}

func (x *explainer) line(raw string) {
	x.at++
	text, kinds := x.mask.Line(unmarked(raw))
	for _, kind := range kinds {
		if len(x.out.Alarms) < maxFound {
			x.out.Alarms = append(x.out.Alarms, Alarm{Kind: kind, Job: x.job, Line: x.at})
		}
	}
	seen := plainLine(text)
	if seen == "" {
		return
	}
	x.refusal(seen)
	x.remember(text, seen)
}

// remember puts a line where it belongs.
func (x *explainer) remember(text, seen string) {
	if x.last = append(x.last, text); len(x.last) > x.n {
		x.last = x.last[1:]
	}
	if anyOf(seen, []string{"exited with", "##[error]", "failed to deploy", "rror", "ERROR"}) && failMark.MatchString(seen) {
		x.failing = append(x.failing[:0], x.last...)
	}
	switch m := skipped(seen); {
	case m != nil:
		x.skipped = x.once(x.skipped, text)
		if why := strings.TrimSpace(m[1]); !slices.Contains(x.out.Skips, why) && len(x.out.Skips) < maxFound {
			x.out.Skips = append(x.out.Skips, why)
		}
	case anyOf(seen, ofUpload):
		x.upload = x.once(x.upload, text)
	case anyOf(seen, ofDeploy):
		x.deploy = x.once(x.deploy, text)
	}
}

func anyOf(line string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) })
}

// once adds a line unless it is there, or there are enough.
func (x *explainer) once(to []string, line string) []string {
	if slices.Contains(to, line) || len(to) >= x.n {
		return to
	}
	return append(to, line)
}

// refusal reads "File already exists", which uploaders wrap at 80 columns.
func (x *explainer) refusal(seen string) {
	switch i := strings.Index(seen, "File already exists"); {
	case i >= 0:
		x.message, x.wrapped = seen[i:], exactness
	case x.wrapped > 0:
		x.message += " " + seen
	default:
		return
	}
	if x.wrapped--; x.wrapped > 0 && !wholeMessage.MatchString(x.message) {
		return
	}
	x.wrapped = 0
	m := alreadyThere.FindStringSubmatch(x.message)
	if m == nil || len(x.out.Exists) >= maxFound {
		return
	}
	if e := (Exists{Name: m[1], Blake2b: strings.ToLower(m[2])}); !slices.Contains(x.out.Exists, e) {
		x.out.Exists = append(x.out.Exists, e)
	}
}

// end puts what explains most first, and fills up with the lines before the last
// failure.
func (x *explainer) end() Explanation {
	if x.wrapped > 0 {
		x.wrapped = 1
		x.refusal(".")
	}
	rest := x.failing
	if len(rest) == 0 {
		rest = x.last
	}
	x.out.Cause = CauseOther
	groups := [][]string{x.upload, x.deploy, x.skipped}
	if len(x.failing) > 0 && len(x.upload)+len(x.deploy) == 0 {
		groups = groups[:2] // the job failed before: that a deployment was left out is no cause
	}
	for i, g := range groups {
		if len(g) > 0 && x.out.Cause == CauseOther {
			x.out.Cause = []Cause{CauseUpload, CauseDeploy, CauseSkipped}[i]
		}
		for _, line := range g {
			x.out.Lines = x.once(x.out.Lines, line)
		}
	}
	room := x.n - len(x.out.Lines)
	rest = slices.DeleteFunc(slices.Clone(rest), func(l string) bool { return slices.Contains(x.out.Lines, l) })
	x.out.Lines = append(x.out.Lines, rest[max(0, len(rest)-room):]...)
	return x.out
}
