package flow

import (
	"cmp"
	"context"
	"errors"
)

// gate asks a person where one must be asked. The one gate that wants the
// version typed stands before the first node that leads to something permanent
// and covers the whole plan; other shared nodes ask yes or no. What shows a diff
// is asked for by itself, whoever feels it: nobody's file is changed unseen.
func (r *run) gate(ctx context.Context, n Node, f Finding) error {
	shows := f.Diff != nil && n.Effect != Reads
	if !shows && (r.covered || n.Effect != Shared && n.Effect != Permanent) {
		return nil
	}
	q := Question{Plan: r.plan.Title, Node: n, Finding: f, Covers: []Node{n}}
	if permanent(n) && !r.covered {
		if err := r.seen(ctx); err != nil {
			return err
		}
		q.Confirm = r.plan.Confirm
		q.Covers, q.Leads = r.ahead(n)
	}
	q.Notes = r.notes(q.Covers)
	if err := r.ask(ctx, q); err != nil {
		return err
	}
	r.covered = r.covered || permanent(n)
	return nil
}

// seen asks, before the gate, what findings want a person to have read.
func (r *run) seen(ctx context.Context) error {
	for _, n := range r.plan.Nodes {
		f := r.found[n.ID]
		if f.Confirm == "" {
			continue
		}
		if err := r.ask(ctx, Question{Plan: f.Warning, Node: n, Finding: f, Confirm: f.Confirm}); err != nil {
			return err
		}
	}
	return nil
}

func permanent(n Node) bool { return n.Effect == Permanent || n.LeadsTo == Permanent }

// ahead lists from n on what we will run, and what the world will then do by itself.
func (r *run) ahead(from Node) (covers, leads []Node) {
	past := true
	for _, n := range r.plan.Nodes {
		past = past && n.ID != from.ID
		switch {
		case past || r.found[n.ID].Status == Done:
		case n.Effect == Shared || n.Effect == Permanent:
			covers = append(covers, n)
		case n.LeadsTo != "":
			leads = append(leads, n)
		}
	}
	return covers, leads
}

// notes are what was found of the texts that the nodes publish.
func (r *run) notes(covers []Node) (out []Fact) {
	for _, n := range covers {
		for _, f := range r.found[n.ID].Facts {
			if f.Witness == NotesWitness {
				out = append(out, f)
			}
		}
	}
	return out
}

func (r *run) ask(ctx context.Context, q Question) error {
	r.emit(Event{Kind: KindAsk, Step: q.Node.ID, Text: q.Confirm, Finding: &q.Finding})
	if r.Ask == nil {
		return nobody(q, r.goOn())
	}
	a, err := r.Ask(ctx, q)
	if err == nil && (!a.Yes || q.Confirm != "" && a.Typed != q.Confirm) {
		err = ErrDeclined
	}
	r.emit(Event{Kind: KindAnswer, Step: q.Node.ID, Text: answerText(err)})
	if errors.Is(err, ErrDeclined) {
		return declined(q, r.goOn())
	}
	return err
}

func (r *run) goOn() string { return cmp.Or(r.plan.GoOn, "ferry release") }

func answerText(err error) string {
	if err != nil {
		return "no"
	}
	return "yes"
}

func declined(q Question, goOn string) *Problem {
	return &Problem{Code: CodeDeclined, Class: ClassDeclined, Text: "Declined: " + q.Node.Title,
		Now: []string{"nothing was done after the question"}, Retry: RetrySafe, Next: []string{goOn}, Err: ErrDeclined}
}

func nobody(q Question, goOn string) *Problem {
	p := &Problem{Code: CodeNeedsPerson, Class: ClassWaiting, Text: "Needs a person: " + q.Node.Title, Now: []string{"nothing was done after the question"}, Retry: RetrySafe}
	p.Next = []string{goOn + " --yes"}
	if q.Confirm != "" {
		p.Next = []string{goOn + " --yes=" + q.Confirm}
	}
	return p
}
