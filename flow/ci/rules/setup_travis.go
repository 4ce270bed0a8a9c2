package rules

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// TravisSetup is how a .travis.yml shall publish.
type TravisSetup struct {
	Providers []TravisTarget // one for each index
	DropCheck bool           // take validate_pypi.py of the old guide out of after_deploy

	// Of a file that is not there yet; "3.12" and skip where nothing is said.
	Python []string
	Script []string
}

// TravisTarget is one index and the ref from which it is published to.
type TravisTarget struct {
	Server string // upload URL; "" is PyPI
	Branch string // the release branch; "" with Tags
	Tags   bool   // every tag instead
	Tag    string // the form that the tags have; "" is v1.2.3

	Distributions []string // for setup.py; none leaves what is there, or sdist
	SkipExisting  bool
	Username      string // "" is __token__
	Password      Sealed // none: the setting PYPI_PASSWORD of the repository
	Key           string // fingerprint of the key that sealed it, noted above it
	DplVersion    string // "" is edge: true
	Job           TravisJob
}

// TravisJob is the one job of a build that deploys. Where nothing is said, what
// a deploy that is there asks for is left.
type TravisJob struct {
	Python    string // version, for on.python
	Condition string // as on.condition has it: $TOX_ENV = py27
}

// Sealed is a value that a repository's key has encrypted, in base64. There is no
// way to make one of a text that is not.
type Sealed struct{ text string }

// ErrNotSealed means that a text is no ciphertext of a Travis key. The text is
// not in the error: it may be the secret itself.
var ErrNotSealed = errors.New("not a ciphertext of a Travis key, which has 128, 256, 512 or 1024 bytes in base64")

// ParseSealed reads a ciphertext.
func ParseSealed(text string) (Sealed, error) {
	if !slices.Contains(seals, sealedBytes(text)) {
		return Sealed{}, ErrNotSealed
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return Sealed{}, ErrNotSealed
	}
	return Sealed{base64.StdEncoding.EncodeToString(b)}, nil
}

// Text gives the ciphertext in base64.
func (s Sealed) Text() string { return s.text }

// TravisSet is a .travis.yml that was set up.
type TravisSet struct {
	Mended
	Changes  []LineChange
	Replaced []ReplacedEntry
}

// ReplacedEntry is a deploy that was there for an index and is another now.
type ReplacedEntry struct {
	Server      string // of the target
	First, Last int
	Lines       []string // as they were, without what is secret
}

// The changes, each with a name of its own in Codes and LineChange.Names.
const (
	SetUpNew      = "new-file"
	SetUpPyPI     = "deploy-pypi"
	SetUpTestPyPI = "deploy-testpypi"
	SetUpOther    = "deploy-other"
	SetUpBranches = "branches-only"
	SetUpCheck    = "after-deploy-check"
)

// ErrSetup means that what is wanted of a setup cannot be written.
var ErrSetup = errors.New("this cannot be set up")

// SetUpTravis changes a .travis.yml, nil where there is none, so that exactly one
// job deploys to each index from its ref. Every line that is not in Changes keeps
// every byte. Errors are a Refusal, a NotOneJob or ErrSetup; nothing is given with
// them. Of the event, the names of the repository and of its default branch count.
func SetUpTravis(text []byte, want TravisSetup, e Event) (TravisSet, error) {
	if err := want.check(e); err != nil {
		return TravisSet{}, err
	}
	set, err := editTravis(text, want)
	if err != nil {
		return TravisSet{}, err
	}
	if err := want.prove(set.New, e); err != nil {
		return TravisSet{}, err
	}
	return set, nil
}

// editTravis changes the text, whatever its jobs then do.
func editTravis(text []byte, want TravisSetup) (TravisSet, error) {
	if err := mixedEnds(text); err != nil {
		return TravisSet{}, err
	}
	src, back := plainEnds(text)
	set, err := setUp(src, want)
	if err != nil {
		return TravisSet{}, err
	}
	now := back(string(set.New))
	if !sameText(text, []byte(src)) || !sameText(now, set.New) {
		last := bytes.Count(text, []byte("\n")) + 1
		return TravisSet{}, refuse(RefuseLineEnds, last, "the last line has no end, and would mean something else if it had one")
	}
	set.File, set.Old, set.New = travisFile, text, now
	return set, nil
}

// sameText says whether a text means the same with other line ends.
func sameText(a, b []byte) bool {
	x, _, wrong := parseYAML(a)
	y, _, also := parseYAML(b)
	return wrong != "" && wrong == also || wrong == "" && also == "" && sameTree(newPlainTree(x.n).root, newPlainTree(y.n).root)
}

func setUp(src string, want TravisSetup) (TravisSet, error) {
	if !slices.ContainsFunc(linesOf([]byte(src)), func(l string) bool { return !noted(l) }) {
		if err := cleanLines(src); err != nil {
			return TravisSet{}, err
		}
		return want.fresh(src)
	}
	root, err := readable(src)
	if err != nil {
		return TravisSet{}, err
	}
	p := &setupPlan{want: want, root: root, src: src, text: newSetupText(src), shared: sharing(root.n)}
	if err := p.make(); err != nil {
		return TravisSet{}, err
	}
	return p.carryOut()
}

// What may be written into the file without a thought to quoting or to bash.
var (
	refName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`)
	printable   = regexp.MustCompile(`^[\x20-\x7e]*$`)
	fingerprint = regexp.MustCompile(`^[A-Za-z0-9+/=:._-]*$`)
	dplNumber   = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)*$`)
	serverURL   = regexp.MustCompile(`^(?:https?://[A-Za-z0-9._~:/%+-]+)?$`)
	setupWord   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

func (w TravisSetup) check(e Event) error {
	for i, t := range w.Providers {
		if err := t.check(e); err != nil {
			return err
		}
		if slices.ContainsFunc(w.Providers[:i], func(o TravisTarget) bool { return sameIndex(o.Server, t.Server) }) {
			return fmt.Errorf("%w: %s is asked for twice", ErrSetup, t.index())
		}
	}
	for _, s := range slices.Concat(w.Python, w.Script) {
		if !printable.MatchString(s) || s == "" {
			return fmt.Errorf("%w: a version or command is not one line of plain text", ErrSetup)
		}
	}
	return nil
}

func (t TravisTarget) check(e Event) error {
	for _, c := range []struct {
		wrong bool
		text  string
	}{
		{t.Tags == (t.Branch != ""), "wants either a branch or tags"},
		{t.Branch != "" && !refName.MatchString(t.Branch), "has a release branch with another name than letters and ./_+-"},
		{!refName.MatchString(t.tag()), "has tags with other names than letters and ./_+-"},
		{t.Branch != "" && t.Branch == e.DefaultBranch && publicUpload(t.Server) == pypiUpload, "would be published to by every push to the default branch"},
		{!serverURL.MatchString(t.Server), "has a server that is no plain URL"},
		{!printable.MatchString(t.Username + t.Job.Python + t.Job.Condition), "has a user name or condition that is not one line of plain text"},
		{strings.Contains(t.Job.Condition, "'") && strings.ContainsAny(t.Job.Condition, `"\`), "has a condition with both kinds of quotes"},
		{withoutSecrets(t.Username+" "+t.Job.Python+" "+t.Job.Condition) != t.Username+" "+t.Job.Python+" "+t.Job.Condition, "has a secret in clear where none belongs"},
		{!fingerprint.MatchString(t.Key), "has a key whose fingerprint is none"},
		{t.Key != "" && t.Password.text == "", "has the fingerprint of a key, and nothing that it sealed"},
		{t.DplVersion != "" && !dplNumber.MatchString(t.DplVersion), "pins dpl to what is no version"},
		{slices.ContainsFunc(t.Distributions, func(d string) bool { return !setupWord.MatchString(d) }), "has distributions that are no commands of setup.py"},
		{publicUpload(t.Server) != "" && sealedBytes(t.Password.text) == oldSeal, "has a password sealed with a key of 1024 bits, which no token fits"},
	} {
		if c.wrong {
			return fmt.Errorf("%w: %s %s", ErrSetup, t.index(), c.text)
		}
	}
	return nil
}

func (t TravisTarget) tag() string { return cmp.Or(t.Tag, "v1.2.3") }

// ref gives a ref that publishes to the index, in full.
func (t TravisTarget) ref() string {
	if t.Tags {
		return "refs/tags/" + t.tag()
	}
	return "refs/heads/" + t.Branch
}

// server gives the upload URL as the file shall have it, "" for PyPI.
func (t TravisTarget) server() string {
	if url := publicUpload(t.Server); url != pypiUpload {
		return cmp.Or(url, t.Server)
	}
	return ""
}

// index names the index for a person.
func (t TravisTarget) index() string {
	switch publicUpload(t.Server) {
	case pypiUpload:
		return "PyPI"
	case testpypiUpload:
		return "TestPyPI"
	}
	return withoutSecrets(t.Server)
}

// change names what is done for the index.
func (t TravisTarget) change() string {
	switch publicUpload(t.Server) {
	case pypiUpload:
		return SetUpPyPI
	case testpypiUpload:
		return SetUpTestPyPI
	}
	return SetUpOther
}

// sameIndex compares servers; the dead names of a public index are that index.
func sameIndex(a, b string) bool {
	return a == b || publicUpload(a) != "" && publicUpload(a) == publicUpload(b)
}
