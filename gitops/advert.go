package gitops

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Ref is a name on a remote. Commit is what it stands for: SHA itself, or for
// an annotated tag the object behind it. Target is set for HEAD only.
type Ref struct{ Name, SHA, Commit, Target string }

// What a sane list of refs weighs at most.
const (
	maxRefs      = 50_000
	maxRefsBytes = 32 << 20
)

// advert is what a server says first: its refs and what it can do.
type advert struct {
	refs  []Ref
	caps  map[string]string
	heads map[string]string // symbolic refs
	index map[string]int
	lines int
}

// readAdvert reads to the flush packet.
func readAdvert(r io.Reader) (*advert, error) {
	limited := &io.LimitedReader{R: r, N: maxRefsBytes}
	a := &advert{caps: map[string]string{}, heads: map[string]string{}, index: map[string]int{}}
	p := newPackets(limited)
	for {
		line, flush, err := p.line()
		if err != nil {
			if limited.N <= 0 {
				err = fmt.Errorf("the list of refs: %w", ErrTooBig)
			}
			return nil, whole(err)
		}
		if flush && a.lines > 0 || flush && !a.prefixed() {
			return a.finish(), nil
		}
		if flush {
			continue
		}
		if err := a.take(line); err != nil {
			return nil, err
		}
	}
}

// whole makes an end between two packets an error: a list ends by a flush.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// prefixed says whether "# service=" was read and its own flush is still to come.
func (a *advert) prefixed() bool {
	_, ok := a.caps["# service"]
	delete(a.caps, "# service")
	return ok
}

func (a *advert) take(line string) error {
	if strings.HasPrefix(line, "# service=") && a.lines == 0 {
		a.caps["# service"] = ""
		return nil
	}
	delete(a.caps, "# service") // some servers leave the flush out
	if strings.HasPrefix(line, "version ") || strings.HasPrefix(line, "shallow ") {
		return nil
	}
	a.lines++
	if a.lines > 2*maxRefs {
		return fmt.Errorf("the list of refs: %w", ErrTooBig)
	}
	line, caps, _ := strings.Cut(line, "\x00")
	a.capabilities(caps)
	sha, name, ok := strings.Cut(line, " ")
	if !ok || !fullSHA(sha) {
		return fmt.Errorf("%w: no ref in a list of refs", errMalformed)
	}
	a.ref(sha, name)
	return nil
}

func (a *advert) capabilities(text string) {
	for c := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(c, "=")
		if from, to, ok := strings.Cut(value, ":"); name == "symref" && ok {
			a.heads[from] = to
			continue
		}
		a.caps[name] = value
	}
}

func (a *advert) ref(sha, name string) {
	if sha == zeroSHA || name == ".have" { // an empty repository; a borrowed one
		return
	}
	if peeled, ok := strings.CutSuffix(name, "^{}"); ok {
		if i, ok := a.index[peeled]; ok {
			a.refs[i].Commit = sha
		}
		return
	}
	a.index[name] = len(a.refs)
	a.refs = append(a.refs, Ref{Name: name, SHA: sha, Commit: sha})
}

func (a *advert) finish() *advert {
	for i, ref := range a.refs {
		a.refs[i].Target = a.heads[ref.Name]
	}
	return a
}

func (a *advert) sorted() []Ref {
	list := slices.Clone(a.refs)
	slices.SortFunc(list, func(x, y Ref) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// at is where name points, "" if it is not there.
func (a *advert) at(name string) string {
	if i, ok := a.index[name]; ok {
		return a.refs[i].SHA
	}
	return ""
}

func (a *advert) can(capability string) bool {
	_, ok := a.caps[capability]
	return ok
}
