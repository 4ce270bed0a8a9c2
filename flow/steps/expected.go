package steps

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// The kinds of distributions, as the metadata of an upload spells them.
const (
	kindSdist = "sdist"
	kindWheel = "bdist_wheel"
)

// expected is which files a release must have, and who says so: the publishing
// run, else the configuration, else the deploy section, else nobody.
type expected struct {
	names  map[string]string // file name → sha256 as the run printed it, "" if it did not
	kinds  []string          // at least one file of each
	source string
	exact  bool        // a file that is neither named nor of these kinds is one too many
	part   bool        // not every job that may have uploaded something was heard
	err    error       // the run's own word could not be read, and may yet be
	exists []ci.Exists // what the index refused, by the logs
	alarms []ci.Alarm  // secrets in the logs
}

// wants says whether a file is one of the release's.
func (x expected) wants(name string) bool {
	_, named := x.names[name]
	return named || slices.ContainsFunc(x.kinds, func(k string) bool { return isKind(name, k) })
}

// met: the index shows no file that is none of the release's. That those are all
// there is for ConfirmIndex to say.
func (x expected) met(e evidence) bool {
	names, _ := fileNames(e)
	return x.exact && !slices.ContainsFunc(names, func(n string) bool { return !x.wants(n) })
}

// maxLogs bounds how many jobs are asked what they uploaded.
const maxLogs = 3

func (w World) expected(ctx context.Context, e evidence) expected {
	logs := heard{names: map[string]string{}}
	w.uploads(ctx, e, &logs)
	x := logs.expect(e)
	x.exists, x.alarms = logs.exists, logs.alarms
	return x
}

func (h heard) expect(e evidence) expected {
	names, part, err := h.names, h.part, h.unread
	if len(names) > 0 {
		return expected{names: names, source: "the publishing job's log", exact: true, part: part, err: err}
	}
	if len(e.target.Artifacts) > 0 {
		return expected{kinds: kinds(e.target.Artifacts), source: "release.artifacts", exact: true}
	}
	for _, d := range e.target.Deploys {
		if len(d.Distributions) > 0 {
			return expected{kinds: kinds(d.Distributions), source: d.File, exact: true, err: err}
		}
	}
	return expected{kinds: []string{kindSdist}, source: "nothing; a release has at least an sdist", err: err}
}

func kinds(words []string) []string {
	var out []string
	for _, word := range words {
		kind := word
		if strings.Contains(word, "wheel") {
			kind = kindWheel
		}
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// uploads hears what the publishing run's logs say was uploaded. A log is never
// evidence of a file; it only says what to look for. After a log that tells of
// uploads only its equals are asked, if there can be several.
func (w World) uploads(ctx context.Context, e evidence, h *heard) {
	last := 0
	for _, j := range publishingFirst(e) {
		rank := rankPublisher(e, j)
		if len(h.names) > 0 && (rank < last || !severalPublish(e, rank)) {
			break
		}
		last = rank
		text, err := w.log(ctx, j)
		h.part = h.part || err != nil || len(text) == 0
		if err != nil {
			if mayBeReadLater(err) {
				h.unread = err
			}
			continue
		}
		h.listen(e, j, text)
	}
	h.part = h.part || finished(e) > maxLogs
}

// heard is what the publishing run's logs say. unread is of a log that could not
// be read now; one that is gone, not for us or too long is none.
type heard struct {
	names  map[string]string
	part   bool
	unread error
	exists []ci.Exists
	alarms []ci.Alarm
}

func (h *heard) listen(e evidence, j loggedJob, text []byte) {
	for _, u := range ci.Uploads(text) {
		if d, err := pypi.ParseFilename(u.Name); err == nil && sameVersion(d.Version, e.target.Version) {
			h.names[u.Name] = strings.ToLower(u.SHA256)
		}
	}
	x, _ := ci.Explain(j.Job, bytes.NewReader(text), 0) // reading memory does not fail
	h.exists, h.alarms = append(h.exists, x.Exists...), append(h.alarms, x.Alarms...)
}

// finished counts the jobs of the release that may have uploaded something.
func finished(e evidence) (n int) {
	for _, b := range e.ours() {
		for _, j := range b.Jobs {
			if j.State.Final() && j.State != ci.StateSkipped && j.State != ci.StateCancelled {
				n++
			}
		}
	}
	return n
}

// severalPublish says whether more than one of the jobs of a rank may publish:
// those that bear the name of the publishing job do, as a matrix of it has them;
// the others only where the CI files name no job.
func severalPublish(e evidence, rank int) bool {
	return rank == namedPublisher || !slices.ContainsFunc(e.target.Deploys, func(d rules.Deploy) bool { return d.Job != "" || d.Matrix != "" })
}

func mayBeReadLater(err error) bool {
	var silent *ci.UnreachableError
	var later *ci.RateLimitError
	return errors.As(err, &silent) || errors.As(err, &later)
}

func sameVersion(a, b string) bool {
	v, err := pypi.ParseVersion(a)
	u, err2 := pypi.ParseVersion(b)
	return err == nil && err2 == nil && v.Compare(u) == 0
}

type loggedJob struct {
	ci.Job
	build build
}

// publishingFirst are the final jobs worth asking, the likeliest publisher first.
func publishingFirst(e evidence) []loggedJob { return likeliest(e, e.ours()) }

// likeliest are those of some builds.
func likeliest(e evidence, bs []build) []loggedJob {
	var out []loggedJob
	for _, b := range bs {
		for _, j := range b.Jobs {
			if j.State.Final() && j.State != ci.StateSkipped && j.State != ci.StateCancelled {
				out = append(out, loggedJob{j, b})
			}
		}
	}
	slices.Reverse(out) // of those that ended together the last one is the likelier
	slices.SortStableFunc(out, func(a, b loggedJob) int {
		if c := rankPublisher(e, b) - rankPublisher(e, a); c != 0 {
			return c
		}
		return b.Ended.Compare(a.Ended)
	})
	return out[:min(len(out), maxLogs)]
}

// namedPublisher is the rank of a job that the CI files name.
const namedPublisher = 2

func rankPublisher(e evidence, j loggedJob) int {
	name := strings.ToLower(j.Name)
	for _, d := range e.target.Deploys {
		if d.Job != "" && strings.Contains(name, strings.ToLower(d.Job)) {
			return namedPublisher
		}
	}
	for _, word := range []string{"publish", "deploy", "release", "upload", "pypi"} {
		if strings.Contains(name, word) {
			return 1
		}
	}
	return 0
}

// log reads one job's log, once a survey.
func (w World) log(ctx context.Context, j loggedJob) ([]byte, error) {
	l, ok := j.build.provider.(ci.Logger)
	if !ok {
		return nil, nil
	}
	return flow.Read(ctx, readingOf{"log", j.build.provider.Name() + j.ID}, func(ctx context.Context) ([]byte, error) {
		ctx, done := polite(ctx)
		defer done()
		chunk, err := l.Log(ctx, j.Job, 0)
		return chunk.Text, err
	})
}
