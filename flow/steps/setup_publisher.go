package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// TrustPublisher: the index trusts the job of a lane. Only a person can tell it, on a
// page of the index, and nobody sees from outside whether they did, before a release
// names the publisher. So every value of the form is shown, and no claim is made.
type TrustPublisher struct {
	yard    Yard
	setup   Setup
	lane    Lane
	Account string      // the person's on the index; "" if it is not known
	After   []flow.Step // must be done first
}

// NewTrustPublisher makes the step for one lane.
func NewTrustPublisher(y Yard, s Setup, l Lane) *TrustPublisher {
	return &TrustPublisher{yard: y, setup: s, lane: l}
}

// index is that of the lane.
func (s *TrustPublisher) index() *pypi.Index { return s.yard.Indexes[s.lane.Index] }

// publisher is what the form wants.
func (s *TrustPublisher) publisher() pypi.PendingPublisher {
	return pypi.PendingPublisher(s.yard.publisher(s.setup, s.lane))
}

// register looks the name up, for the same project on the lane's index.
func (s *TrustPublisher) register() Register {
	w, p := s.yard.World, s.publisher()
	w.Index = s.index()
	return Register{World: w, Name: s.setup.Name, Known: s.setup.Known, Account: s.Account, Way: ByPublisher, Pending: &p}
}

// Observe looks the name up, and whether a release names the publisher.
func (s *TrustPublisher) Observe(ctx context.Context) flow.Finding {
	if f, ok := awaited(ctx, s.After); !ok {
		return f
	}
	w := s.register().World
	n, err := w.named(ctx, s.setup.Name, s.setup.Known)
	if err != nil {
		return unknown(w.indexProblem(err))
	}
	if s.index().PendingPage() == "" {
		return done("not checked: %s is not known to have trusted publishers", s.index().Label())
	}
	switch n.State {
	case pypi.NameFree:
		return s.form(s.index().PendingPage(), n, "the project is not there yet")
	case pypi.NameTaken, pypi.NameEmpty:
		return s.existing(ctx, n)
	}
	return s.register().judge(n)
}

// existing: the project is there. That it is another's is told only by an index
// that names those who may upload, to somebody whose account is known.
func (s *TrustPublisher) existing(ctx context.Context, n pypi.NameFinding) flow.Finding {
	f := s.register().taken(n)
	if f.Status == flow.Conflict {
		return f
	}
	proof, err := s.named(ctx, n.Page)
	if ctx.Err() != nil {
		w := s.register().World
		return unknown(w.indexProblem(context.Cause(ctx)))
	}
	if proof != nil {
		out := done("%s trusts it: a release was published by %s", s.index().Label(), s.words())
		out.Proof, out.Facts = []flow.Proof{*proof}, s.facts(proof.Where)
		return out
	}
	why := "the project is there"
	if f.Status == flow.Unknown {
		why += ", and whether it is yours is not known"
	}
	if err != nil {
		why += fmt.Sprintf("; who published its files cannot be read: %v", err)
	}
	return s.form(s.index().PublisherPage(s.publisher()), n, why)
}

// form is what a person has to enter, and where.
func (s *TrustPublisher) form(page string, n pypi.NameFinding, why string) flow.Finding {
	p, label := s.publisher(), s.index().Label()
	f := done("not checked: only %s knows its publishers; %s", label, why)
	f.Facts = append(s.facts(page), nameFacts(s.setup.Name, n)...)
	for _, e := range p.Entries() {
		f.Proof = append(f.Proof, flow.Proof{What: e.Label + ": " + blank(e.Value), Where: page})
	}
	f.Warning = fmt.Sprintf("unless it was done, enter at %s: %s", page, s.line())
	if n.State == pypi.NameFree {
		f.Warning += fmt.Sprintf(". It reserves nothing, and is deleted if no upload uses it within %d days", pypi.PendingDays)
	}
	if missing := p.Missing(); len(missing) > 0 {
		f.Warning += ". Not known here: " + strings.Join(missing, ", ")
	}
	if s.setup.How == PublishGitLab && s.yard.Remote.Hostname() != "gitlab.com" {
		f.Warning += fmt.Sprintf(". %s trusts gitlab.com; another GitLab, such as %s, an organisation has to have registered there", label, s.yard.Remote.Hostname())
	}
	return f
}

// line is the form in one line.
func (s *TrustPublisher) line() string {
	var out []string
	for _, e := range s.publisher().Entries() {
		out = append(out, e.Label+" "+blank(e.Value))
	}
	return strings.Join(out, ", ")
}

func blank(value string) string {
	if value == "" {
		return "(leave empty)"
	}
	return value
}

// facts are the values of the form, each for itself.
func (s *TrustPublisher) facts(page string) (out []flow.Fact) {
	for _, e := range s.publisher().Entries() {
		out = append(out, flow.Fact{Witness: "form", About: e.Label, Says: e.Value, Where: page})
	}
	return out
}

// words are the publisher as people call it.
func (s *TrustPublisher) words() string {
	p := s.publisher()
	text := p.Workflow + " of " + p.Owner + "/" + p.Repository
	if p.Environment != "" {
		text += " in environment " + p.Environment
	}
	return text
}

// named finds a file of the newest releases that this very publisher published; nil
// if there is none among those that were read.
func (s *TrustPublisher) named(ctx context.Context, page pypi.Page) (*flow.Proof, error) {
	var broken error
	for _, f := range newestWith(page, maxNamed) {
		p, found, err := s.index().Provenance(ctx, f)
		broken = errors.Join(broken, err)
		if found && s.isNamed(p) {
			return &flow.Proof{What: "provenance of " + f.Name, Where: p.URL}, nil
		}
	}
	return nil, broken
}

// maxNamed is how many files are asked about: a publisher that published only
// before those says little about today.
const maxNamed = 4

// newestWith are the last files that have provenance, the last one first.
func newestWith(page pypi.Page, most int) (out []pypi.File) {
	files := append([]pypi.File(nil), page.Files...)
	slices.SortStableFunc(files, func(a, b pypi.File) int { return b.Uploaded.Compare(a.Uploaded) })
	for _, f := range files {
		if f.Provenance != "" && len(out) < most {
			out = append(out, f)
		}
	}
	return out
}

// isNamed says whether exactly this publisher is in it.
func (s *TrustPublisher) isNamed(p pypi.Provenance) bool {
	want := s.publisher()
	kind := map[string]string{pypi.ProviderGitHub: "GitHub", pypi.ProviderGitLab: "GitLab"}[want.Provider]
	return slices.ContainsFunc(p.Bundles, func(b pypi.Bundle) bool {
		is := b.Publisher
		return is.Kind == kind && strings.EqualFold(is.Repository, want.Owner+"/"+want.Repository) && is.Workflow == want.Workflow && is.Environment == want.Environment
	})
}

// Run has nothing to do: a person enters it.
func (s *TrustPublisher) Run(context.Context, flow.Log) error { return nil }

// Command is what a person would type.
func (s *TrustPublisher) Command() []string {
	page := s.index().PendingPage()
	if page == "" {
		return nil
	}
	return []string{"python3", "-m", "webbrowser", page}
}
