package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/keyring"
	"ferry/pypi"
)

// Upload: each of these files is on the index, with these bytes. That is how a
// first release gets there, and how a half one is completed. Sending again what
// has landed is safe: the index compares the bytes. What it holds under a name is
// never replaced.
type Upload struct {
	World World
	Files []*pypi.Artifact // of one version, in the order in which they are sent
	Login Login
	From  map[string]string // by file: where it was fetched from, of those that lie here only while we run
	Again []string          // what a person types instead, where there are such files
}

// Login gives the user and the password of an upload. It is asked only when
// something is about to be sent.
type Login func(context.Context) (user string, password keyring.Secret, err error)

// Observe holds the files against PyPI's rules, then against the index's pages.
func (s Upload) Observe(ctx context.Context) flow.Finding {
	if err := ctx.Err(); err != nil {
		return unknown(s.World.indexProblem(context.Cause(ctx)))
	}
	if len(s.Files) == 0 {
		return failed(nothingToSend("here"))
	}
	if p := s.unfit(ctx); p != nil {
		return failed(p)
	}
	l := s.look(ctx)
	f := s.judge(l)
	f.Files, f.Facts = l.rows, append(s.facts(l), s.rendering(ctx)...)
	return f
}

// judge says first what is certain, then what cannot be read, then what is left.
func (s Upload) judge(l uploadLook) flow.Finding {
	if a := l.first(otherBytes); a >= 0 {
		return conflict(s.otherBytes(s.Files[a], l))
	}
	if a := l.first(unread); a >= 0 {
		return unknown(s.World.indexProblem(l.err))
	}
	missing := l.all(absent)
	switch {
	case len(missing) > 0:
		return s.left(l, missing)
	case l.first(coming) >= 0 || l.first(doubtful) >= 0:
		return s.onItsWay(l)
	}
	f := done("%s on %s, with the bytes that are here", count(len(s.Files), "file"), s.World.Index.Label())
	for i, row := range l.rows {
		f.Proof = append(f.Proof, flow.Proof{What: s.Files[i].File + " sha256:" + s.Files[i].SHA256, Where: row.URL})
		if row.Yanked {
			f.Warning = s.Files[i].File + " is there, and yanked"
		}
	}
	return f
}

// left: something is to be sent, if the release still takes files.
func (s Upload) left(l uploadLook, missing []int) flow.Finding {
	if p := s.closed(l); p != nil {
		return failed(p)
	}
	var names []string
	size := int64(0)
	for _, i := range missing {
		names, size = append(names, s.named(s.Files[i])), size+s.Files[i].Size
	}
	f := todo("send %s (%s) to %s", strings.Join(names, ", "), bytesText(size), s.World.Index.Label())
	if until := l.opened(); !until.IsZero() && s.World.Index.Strict() {
		f.Text += "; the release takes files until " + until.Add(releaseOpen).UTC().Format("2006-01-02 15:04 UTC")
	}
	if odd := s.misfits(); len(odd) > 0 && !s.World.Index.Strict() {
		f.Warning = "PyPI would not take it, another index may: " + odd[0].Text
	}
	return f
}

// named is a file, and where it was fetched from.
func (s Upload) named(a *pypi.Artifact) string {
	if from := s.From[a.File]; from != "" {
		return a.File + " from " + from
	}
	return a.File
}

// onItsWay: the index took it, or may have, and no page shows it yet.
func (s Upload) onItsWay(l uploadLook) flow.Finding {
	name, version := s.release()
	text := fmt.Sprintf("%s took the files; its pages do not show them all yet", s.World.Index.Label())
	now := "the index answered that it has them; a page may be as old as the index lets it be"
	if i := l.first(doubtful); i >= 0 {
		text = fmt.Sprintf("no answer came to %s, and the pages may be older than it", s.Files[i].File)
		now = "whether it landed is not known; to send the same bytes again is safe where the index compares them, as PyPI does"
	}
	p := &flow.Problem{Code: flow.CodeNotVisible, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s %s is not visible yet: %s", name, version, text), Now: []string{now}, Next: []string{s.verify()}}
	return flow.Finding{Status: flow.Underway, Text: text, Problem: p}
}

// Run sends what is not there, one file after the other, each once.
func (s Upload) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("nothing is sent: %s", f.Text)
	}
	missing := s.look(ctx).all(absent) // of the same reading
	user, password, err := s.Login(ctx)
	if err != nil {
		return s.noLogin(err)
	}
	for n, i := range missing {
		if err := s.send(ctx, s.Files[i], user, password, log); err != nil {
			return s.after(err, missing[:n])
		}
	}
	return nil
}

// after adds what had been sent before it went wrong.
func (s Upload) after(err error, sent []int) error {
	var p *flow.Problem
	if errors.As(err, &p) {
		for _, i := range sent {
			p.Now = append(p.Now, s.Files[i].File+" was taken before, and stays")
		}
	}
	return err
}

// send makes the one attempt at a file. Where the answer leaves it open, the
// pages are asked.
func (s Upload) send(ctx context.Context, a *pypi.Artifact, user string, password keyring.Secret, log flow.Log) error {
	switch err := same(ctx, a); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return s.changed(a, err)
	}
	err := s.World.Index.Send(ctx, a, user, password, progress(a, log))
	var no *pypi.RefusedError
	switch {
	case err == nil:
		log(a.File + ": taken")
		return nil
	case errors.As(err, &no) && no.Why == pypi.RefusedExists:
		return s.exists(ctx, a, no, log)
	case pypi.Uncertain(err) && s.alone(a).look(flow.WithReading(ctx)).first(present) == 0:
		log(a.File + ": no plain answer came, and it is there")
		return nil
	}
	return s.problem(a, err)
}

// same reads the file again: what was looked at is what is sent.
func same(ctx context.Context, a *pypi.Artifact) error {
	again, err := pypi.OpenArtifact(ctx, a.Path)
	if err == nil && again.SHA256 != a.SHA256 {
		err = errors.New("its sha256 was " + a.SHA256 + " and is " + again.SHA256)
	}
	return err
}

// progress tells every tenth of a file that is long enough to wait for.
func progress(a *pypi.Artifact, log flow.Log) func(int64) {
	step := max(a.Size/10, 1<<20)
	next := step
	return func(sent int64) {
		if sent >= next || sent == a.Size {
			log(fmt.Sprintf("%s: sent %s", a.File, part(sent, a.Size)))
			next = (sent/step + 1) * step
		}
	}
}

// unit is in what a size is told.
func unit(n int64) (size float64, name string) {
	if n < 100_000 {
		return 1e3, "kB"
	}
	return 1e6, "MB"
}

func bytesText(n int64) string {
	u, name := unit(n)
	return fmt.Sprintf("%.1f %s", float64(n)/u, name)
}

func part(n, of int64) string {
	u, name := unit(of)
	return fmt.Sprintf("%.1f of %.1f %s", float64(n)/u, float64(of)/u, name)
}

// Command is what a person would type.
func (s Upload) Command() []string {
	if len(s.Again) > 0 {
		return s.Again
	}
	words := []string{"twine", "upload"}
	switch x := s.World.Index; {
	case x.Name() == "pypi":
	case x.Name() == "testpypi":
		words = append(words, "--repository", "testpypi")
	default:
		words = append(words, "--repository-url", x.Upload())
	}
	for _, a := range s.Files {
		words = append(words, a.Path)
	}
	return words
}

// release is the name and the version that all the files are of.
func (s Upload) release() (name, version string) {
	return s.Files[0].Metadata.Get("Name"), s.Files[0].Version
}

func (s Upload) verify() string {
	name, version := s.release()
	return s.World.verifyAgain(Again{}, name, version)
}

// alone is the step for one of the files.
func (s Upload) alone(a *pypi.Artifact) Upload {
	s.Files = []*pypi.Artifact{a}
	return s
}
